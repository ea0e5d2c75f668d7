/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * report_options.c - the options of where the result of a run is told
 */
#include <stdlib.h>

#include "base/option.h"
#include "cli/report/report_config.h"

void report_config_free(struct report_config *config)
{
	free(config->file);
	free(config->junit);
	free(config->tap);
	free(config->html);
	free(config->stats);
	free(config->trace);
	*config = (struct report_config){ 0 };
}

#define FIELD(field) .offset = offsetof(struct report_config, field)

const struct option_spec report_options[] = {
	{ .heading = "Results",
	  OPTION("report", "FILE", "write a report as JSON", option_path),
	  FIELD(file),
	  .suite = true },
	{ OPTION("events", "FD",
		 "write what happens to a descriptor, as JSON lines",
		 option_descriptor),
	  FIELD(events_fd), .min = 1, .max = 65535 },
	{ OPTION("junit", "FILE", "write the result as JUnit XML", option_path),
	  FIELD(junit), .suite = true },
	{ OPTION("tap", "FILE", "write the result in the TAP format",
		 option_path),
	  FIELD(tap), .suite = true },
	{ OPTION("html", "FILE", "write the result as a page to look at",
		 option_path),
	  FIELD(html), .suite = true },
	{ OPTION("stats", "FILE",
		 "write the devices' counters to a file at the end",
		 option_path),
	  FIELD(stats) },
	{ OPTION("trace", "FILE",
		 "write what happened when, for Perfetto's viewer",
		 option_path),
	  FIELD(trace) },
	/* What minivmm test gives its runs. */
	{ OPTION("suite-events", "FD", NULL, option_descriptor), FIELD(view_fd),
	  .only_argv = true, .min = 3, .max = 65535 },
	{ 0 },
};
