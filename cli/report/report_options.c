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
	free(config->stats);
	*config = (struct report_config){ 0 };
}

#define FIELD(field) .offset = offsetof(struct report_config, field)

const struct option_spec report_options[] = {
	{
		.heading = "Results",
		.name = "report",
		.arg = "FILE",
		.help = "write a report as JSON",
		.parse = option_path,
		FIELD(file),
	},
	{
		.name = "events",
		.arg = "FD",
		.min = 1,
		.max = 65535,
		.help = "write what happens to a descriptor, as JSON lines",
		.parse = option_descriptor,
		FIELD(events_fd),
	},
	{
		.name = "junit",
		.arg = "FILE",
		.suite = true,
		.help = "write the result as JUnit XML",
		.parse = option_path,
		FIELD(junit),
	},
	{
		.name = "tap",
		.arg = "FILE",
		.suite = true,
		.help = "write the result in the TAP format",
		.parse = option_path,
		FIELD(tap),
	},
	{
		.name = "stats",
		.arg = "FILE",
		.help = "write the devices' counters to a file at the end",
		.parse = option_path,
		FIELD(stats),
	},
	{ 0 },
};
