/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * suite_options.c - the options of minivmm test
 */
#include <stdlib.h>

#include "base/option.h"
#include "cli/suite/suite_config.h"

void suite_config_free(struct suite_config *config)
{
	string_list_free(&config->files);
	string_list_free(&config->args);
	free(config->keep);
	free(config->folder);
	*config = (struct suite_config){ 0 };
}

#define FIELD(field) .offset = offsetof(struct suite_config, field)

const struct option_spec suite_options[] = {
	{
		.heading = "Tests",
		.name = "jobs",
		.letter = 'j',
		.arg = "N",
		.preset = "0",
		.only_argv = true,
		.suite = true,
		.only_suite = true,
		.max = 1024,
		.help = "test: runs at once; 0: one for each processor",
		.parse = option_number,
		FIELD(jobs),
	},
	{
		.name = "repeat",
		.arg = "N",
		.preset = "0",
		.only_argv = true,
		.suite = true,
		.only_suite = true,
		.max = 1000000,
		.help = "test: run each test so often; 0: once",
		.parse = option_number,
		FIELD(repeat),
	},
	{
		.name = "until-fail",
		.only_argv = true,
		.suite = true,
		.only_suite = true,
		.help = "test: go on until a run fails",
		.parse = option_flag,
		FIELD(until_fail),
	},
	{
		.name = "keep",
		.arg = "DIR",
		.preset = "minivmm-failed",
		.only_argv = true,
		.suite = true,
		.only_suite = true,
		.help = "test: where runs that fail are kept",
		.parse = option_path,
		FIELD(keep),
	},
	{
		/* What minivmm test gives its runs. */
		.name = "suite-folder",
		.arg = "DIR",
		.only_argv = true,
		.parse = option_path,
		FIELD(folder),
	},
	{ 0 },
};
