/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * report_json.c - the report as JSON
 *
 * jansson's calls that build from NULL, for want of memory, yield NULL, so
 * only the end is checked.
 */
#include "cli/report/report_json.h"

#include <sys/resource.h>
#include <sys/utsname.h>

#include "base/util.h"
#include "cli/report/report.h"
#include "cli/report/subtests_json.h"
#include "cli/report/text_json.h"
#include "devices/slirp/slirp.h"

/* Of docs/report.schema.json. */
#define REPORT_VERSION 1

static const char *const phase_names[PHASES] = {
	[PHASE_START] = "start",
	[PHASE_HOST] = "host_ready",
	[PHASE_LOADED] = "loaded",
	[PHASE_CONSOLE] = "first_output",
	[PHASE_USERSPACE] = "userspace",
	[PHASE_READY] = "ready",
	[PHASE_END] = "end",
};

const char *report_phase_name(enum phase phase)
{
	return phase_names[phase];
}

static json_t *left_out_json(const struct left_out *bytes)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I}", "console",
			 (json_int_t)bytes->console, "console_log",
			 (json_int_t)bytes->console_log, "debugcon",
			 (json_int_t)bytes->debugcon, "capture",
			 (json_int_t)bytes->capture, "messages",
			 (json_int_t)bytes->messages);
}

static void set_seconds(json_t *object, const char *name,
			const struct report *report, uint64_t when_ns)
{
	if (when_ns)
		json_object_set_new(
			object, name,
			json_real((double)(when_ns - report->start_ns) /
				  NSEC_PER_SEC));
}

static json_t *phases_json(const struct report *report,
			   const struct verdict *verdict)
{
	json_t *phases = json_object();

	for (unsigned i = 0; i < PHASES; i++)
		set_seconds(phases, phase_names[i], report,
			    verdict->phase_ns[i]);
	set_seconds(phases, "first_packet", report, report->first_frame_ns);
	return phases;
}

static json_t *versions_json(const struct report *report)
{
	struct utsname host = { 0 };
	bool faulty;

	uname(&host);
	return json_pack("{s:s, s:s, s:s, s:o*}", "minivmm", VERSION,
			 "libslirp", slirp_version(&faulty), "host_kernel",
			 host.release, "guest",
			 report->guest ? text_json(report->guest) : NULL);
}

/* Of this process, its guest's memory included. */
static json_int_t peak_bytes(void)
{
	struct rusage usage = { 0 };

	getrusage(RUSAGE_SELF, &usage);
	return (json_int_t)usage.ru_maxrss * 1024;
}

json_t *report_json(const struct report *report, const struct verdict *verdict)
{
	return json_pack(
		"{s:i, s:s, s:i, s:o, s:o*, s:o*, s:o, s:i, s:o, s:o*, s:o*, "
		"s:o, s:I, s:o, s:o}",
		"version", REPORT_VERSION, "verdict",
		verdict_name(verdict->word), "code", verdict->code, "reason",
		text_json(verdict->reason), "kernel",
		report->kernel ? text_json(report->kernel) : NULL, "tests",
		verdict->has_tests ? subtests_json(&verdict->tests) : NULL,
		"phases", phases_json(report, verdict), "machines",
		(int)report->machines, "forwards",
		report->forwards ? json_incref(report->forwards) : json_array(),
		"network", json_incref(report->network), "counters",
		json_incref(report->counters), "left_out",
		left_out_json(&report->left_out), "peak_memory", peak_bytes(),
		"versions", versions_json(report), "command",
		json_incref(report->command));
}
