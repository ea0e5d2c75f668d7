/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * suite_options.c - the options of minivmm test
 */
#include <stdlib.h>

#include "base/option.h"
#include "base/util.h"
#include "cli/suite/suite_config.h"
#include "cli/suite/suite_tests.h"

void suite_config_free(struct suite_config *config)
{
	struct string_list *const lists[] = {
		&config->files,	      &config->args, &config->filters,
		&config->wanted_tags, &config->tags, &config->exclude,
	};

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		string_list_free(lists[i]);
	suite_tests_free(&config->tests);
	free(config->keep);
	free(config->folder);
	free(config->choice);
	free(config->set_up);
	free(config->tear_down);
	*config = (struct suite_config){ 0 };
}

#define FIELD(field) .offset = offsetof(struct suite_config, field)

const struct option_spec suite_options[] = {
	{ .heading = "Tests",
	  OPTION("jobs", "N", "test: runs at once; 0: one for each processor",
		 option_number),
	  FIELD(jobs),
	  .letter = 'j',
	  .only_argv = true,
	  .suite = true,
	  .only_suite = true,
	  .preset = "0",
	  .max = 1024 },
	{ OPTION("repeat", "N", "test: run each test so often; 0: once",
		 option_number),
	  FIELD(repeat), .only_argv = true, .suite = true, .only_suite = true,
	  .preset = "0", .max = 1000000 },
	{ OPTION("until-fail", NULL, "test: go on until a run fails",
		 option_flag),
	  FIELD(until_fail), .only_argv = true, .suite = true,
	  .only_suite = true },
	{ OPTION("keep", "DIR", "test: where runs that fail are kept",
		 option_path),
	  FIELD(keep), .only_argv = true, .suite = true, .only_suite = true,
	  .preset = "minivmm-failed" },
	/* What minivmm test gives its runs. */
	{ OPTION("suite-folder", "DIR", NULL, option_path), FIELD(folder),
	  .only_argv = true, .early = true },
	{ 0 },
};
