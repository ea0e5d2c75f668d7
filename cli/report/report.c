/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * report.c - a run told to programs
 *
 * jansson's calls that build from NULL, for want of memory, yield NULL, so
 * only the end is checked.
 */
#define _GNU_SOURCE
#include "cli/report/report.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/output.h"
#include "base/printable.h"
#include "base/util.h"
#include "cli/report/report_config.h"
#include "cli/report/report_json.h"
#include "cli/report/stats.h"
#include "cli/report/text_json.h"
#include "devices/net/forward.h"
#include "devices/net/net_config.h"
#include "devices/net/netdev.h"
#include "vmm/vm.h"

/* The command line as it was typed; getopt_long(3) has since reordered
 * argv. */
static json_t *command_json(void)
{
	json_t *words = json_array();
	FILE *in = fopen("/proc/self/cmdline", "re");
	char *word = NULL;
	size_t size = 0;

	while (in && getdelim(&word, &size, '\0', in) > 0)
		json_array_append_new(words, text_json(word));
	free(word);
	if (in)
		fclose(in);
	return words;
}

int report_open(struct report *report, const struct report_config *config,
		const char *name, uint64_t start_ns)
{
	const struct outcome_names names = { config->junit, config->tap,
					     config->html, NULL };
	int err, outcome_err;

	*report = (struct report){ .config = config,
				   .name = name,
				   .outcome = { -1, -1, -1, -1, NULL },
				   .start_ns = start_ns,
				   .started = time(NULL) };
	if (config->file || config->html)
		report->command = command_json();
	pthread_mutex_init(&report->lock, NULL);
	if (config->file) {
		err = output_open_stream(&report->file, "--report ",
					 config->file);
		if (err)
			return err;
	}
	outcome_err = outcome_open(&report->outcome, &names);
	err = events_open(&report->events, (int)config->events_fd,
			  (int)config->view_fd, start_ns);
	if (!err)
		report_phase(report, PHASE_START, start_ns);
	return err ? err : outcome_err;
}

int report_start(struct report *report)
{
	return events_start(&report->events);
}

static char *copy(const char *text)
{
	return text && *text ? strdup(text) : NULL;
}

/* Where in the guest a forward leads, by what is known before it runs. */
static json_t *forward_json(const struct forward *f)
{
	char host[FORWARD_TEXT];

	return json_pack("{s:s, s:o, s:i}", "protocol", f->udp ? "udp" : "tcp",
			 "host", text_json(forward_host_text(f, host)),
			 "guest_port", f->guest_port);
}

static json_t *addr_json(struct in_addr addr)
{
	char text[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &addr, text, sizeof(text));
	return json_string(text);
}

static json_t *network_json(const struct net_config *net)
{
	char text[NET_SUBNET_TEXT];

	if (!net->enabled)
		return NULL;
	return json_pack(
		"{s:s, s:o, s:o, s:o}", "subnet", net_config_text(net, text),
		"gateway", addr_json(net->gateway), "name_server",
		addr_json(net->dns), "guest", addr_json(net->dhcp_start));
}

static void enter(struct report *report)
{
	pthread_mutex_lock(&report->lock);
}

static void leave(struct report *report)
{
	pthread_mutex_unlock(&report->lock);
}

void report_forwards(struct report *report, const struct net_config *net)
{
	uint64_t now = now_ns();

	enter(report);
	report->network = network_json(net);
	report->forwards = json_array();
	for (size_t i = 0; net->enabled && i < net->forwards.count; i++) {
		json_t *json = forward_json(&net->forwards.list[i]);

		events_say(&report->events, "forward", now, json_copy(json));
		json_object_set_new(json, "up",
				    json_real((double)(now - report->start_ns) /
					      NSEC_PER_SEC));
		json_array_append_new(report->forwards, json);
	}
	leave(report);
}

bool report_has_listeners(const struct report *report)
{
	return events_has_listeners(&report->events);
}

void report_said(struct report *report, char *line)
{
	printable_string(line);
	enter(report);
	events_say(&report->events, "console", now_ns(),
		   json_pack("{s:o}", "line", text_json(line)));
	leave(report);
}

bool report_is_wanted(const struct report *report)
{
	const struct report_config *c = report->config;

	return c->file || c->junit || c->tap || c->html;
}

void report_kernel(struct report *report, const char *file, const char *version)
{
	enter(report);
	report->kernel = copy(file);
	report->guest = copy(version);
	leave(report);
}

static void tell_phase(struct report *report, enum phase phase,
		       uint64_t when_ns)
{
	if (!when_ns || report->told & BIT(phase))
		return;
	report->told |= BIT(phase);
	events_say(&report->events, report_phase_name(phase), when_ns, NULL);
}

/* Events are in the order of time: what is told late is told first. */
static void tell_phases(struct report *report, const struct verdict *verdict)
{
	for (unsigned i = 0; i < PHASES; i++)
		tell_phase(report, i, verdict->phase_ns[i]);
}

void report_reached(struct report *report, const struct verdict *verdict)
{
	enter(report);
	tell_phases(report, verdict);
	leave(report);
}

void report_phase(struct report *report, enum phase phase, uint64_t when_ns)
{
	enter(report);
	tell_phase(report, phase, when_ns);
	leave(report);
}

void report_machine(struct report *report, const struct vm *vm)
{
	const struct netdev *netdev = vm->config.net.netdev;

	enter(report);
	if (netdev)
		report->first_frame_ns = netdev_first_tx(netdev);
	if (netdev && netdev_is_dead(netdev))
		json_object_set_new(report->network, "dead", json_true());
	report->machines++;
	events_say(&report->events, "machine_ended", now_ns(), NULL);
	if (report->file || report->config->html) {
		json_decref(report->counters);
		report->counters = stats_json(vm);
	}
	leave(report);
}

void report_left_out(struct report *report, const struct left_out *left_out)
{
	enter(report);
	report->left_out = *left_out;
	leave(report);
}

static void note(struct report *report, int err)
{
	if (!report->error)
		report->error = err;
}

static void write_file(struct report *report, const struct verdict *verdict)
{
	json_t *json;
	int err = 0;

	if (!report->file)
		return;
	json = report_json(report, verdict);
	if (!json)
		err = -ENOMEM;
	else if (json_dumpf(json, report->file,
			    JSON_INDENT(2) | JSON_REAL_PRECISION(9)) < 0 ||
		 fputc('\n', report->file) == EOF)
		err = -EIO;
	if (fclose(report->file) != 0 && !err)
		err = -errno;
	report->file = NULL;
	json_decref(json);
	if (err)
		note(report,
		     output_fail("--report ", report->config->file, err));
}

void report_unwritten(struct verdict *verdict)
{
	char line[LOG_KEPT];

	verdict_unwritten(verdict, log_last_error(line));
}

/* This run as the only test of a suite. */
static int write_outcome(struct report *report, const struct verdict *verdict)
{
	struct outcome outcome = {
		.name = strdup(report->name),
		.kernel = copy(report->kernel),
		.guest = copy(report->guest),
		.code = verdict->code,
		.verdict = strdup(verdict_name(verdict->word)),
		.reason = strdup(verdict->reason),
		.took_ns = verdict->phase_ns[PHASE_END] - report->start_ns,
		/* They stay the verdict's. */
		.tests = verdict->tests,
		.report = report->config->html ? report_json(report, verdict) :
						 NULL,
	};
	const struct outcome_suite suite = { .name = "minivmm",
					     .started = report->started,
					     .outcomes = &outcome,
					     .n = 1,
					     .n_tests = 1 };
	int err = outcome_close(&report->outcome, &suite);

	outcome.tests = (struct subtests){ 0 };
	outcome_free(&outcome);
	return err;
}

static void write_all(struct report *report, const struct verdict *verdict)
{
	struct verdict told = *verdict;

	write_file(report, &told);
	if (report->error)
		report_unwritten(&told);
	note(report, write_outcome(report, &told));
}

void report_write(struct report *report, const struct verdict *verdict)
{
	enter(report);
	write_all(report, verdict);
	leave(report);
}

/* What events there are still to tell of. */
static void tell_end(struct report *report, const struct verdict *verdict)
{
	tell_phases(report, verdict);
	events_say(&report->events, "verdict",
		   MAX(verdict->phase_ns[PHASE_END], report->events.last_ns),
		   json_pack("{s:s, s:i, s:o}", "verdict",
			     verdict_name(verdict->word), "code", verdict->code,
			     "reason", text_json(verdict->reason)));
}

void report_rescue(struct report *report, const struct verdict *verdict)
{
	if (pthread_mutex_trylock(&report->lock) != 0)
		return;
	tell_end(report, verdict);
	write_all(report, verdict);
	leave(report);
}

int report_close(struct report *report, const struct verdict *verdict,
		 unsigned patience_ms)
{
	enter(report);
	write_all(report, verdict);
	tell_end(report, verdict);
	note(report, events_close(&report->events, patience_ms));
	json_decref(report->forwards);
	json_decref(report->network);
	json_decref(report->counters);
	json_decref(report->command);
	report->forwards = report->network = NULL;
	report->counters = report->command = NULL;
	free(report->kernel);
	free(report->guest);
	report->kernel = report->guest = NULL;
	leave(report);
	return report->error;
}
