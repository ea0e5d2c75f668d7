/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * suite_select_options.c - the options by which tests are chosen
 */
#include <ctype.h>
#include <stdlib.h>

#include "base/option.h"
#include "cli/suite/suite_config.h"

static int option_shard(const struct option_value *value, void *field)
{
	struct suite_shard *shard = field;
	char *slash, *end;
	unsigned long part = strtoul(value->text, &slash, 10), of = 0;

	if (*slash == '/' && isdigit((unsigned char)*value->text) &&
	    isdigit((unsigned char)slash[1]))
		of = strtoul(slash + 1, &end, 10);
	if (part && part <= of && of <= 1000000 && !*end) {
		*shard = (struct suite_shard){ (unsigned)part, (unsigned)of };
		return 0;
	}
	return option_reject(value, "not a part, such as 1/4, which is the "
				    "first of four");
}

#define FIELD(field) .offset = offsetof(struct suite_config, field)

/* They belong to the heading of suite_options. */
const struct option_spec suite_select_options[] = {
	{ OPTION("max-failures", "N",
		 "test: begin no run after so many failures", option_number),
	  FIELD(max_failures), .only_argv = true, .suite = true,
	  .only_suite = true, .preset = "0", .max = 1000000 },
	{ OPTION("retries", "N", "test: how often a run that fails is repeated",
		 option_number),
	  FIELD(retries), .only_argv = true, .suite = true, .only_suite = true,
	  .preset = "0", .max = 100 },
	{ OPTION("filter", "PATTERN",
		 "test: those with such a name; !PATTERN: not those",
		 option_string_list),
	  FIELD(filters), .only_argv = true, .suite = true,
	  .only_suite = true },
	{ OPTION("tag", "TAG", "test: those with this tag; !TAG: without it",
		 option_string_list),
	  FIELD(wanted_tags), .only_argv = true, .suite = true,
	  .only_suite = true },
	{ OPTION("shard", "N/M", "test: part N of M of them", option_shard),
	  FIELD(shard), .only_argv = true, .suite = true, .only_suite = true },
	{ OPTION("list", NULL, "test: only print their names", option_flag),
	  FIELD(list), .only_argv = true, .suite = true, .only_suite = true },
	{ OPTION("tags", "TAGS", "in a test's file: its tags",
		 option_string_list),
	  FIELD(tags) },
	{ OPTION("exclude", "VALUES",
		 "in a test's file: a combination of lists",
		 option_string_list),
	  FIELD(exclude) },
	{ OPTION("set-up", "COMMAND", "test: run on the host before the run",
		 option_command),
	  FIELD(set_up) },
	{ OPTION("tear-down", "COMMAND", "test: run after it, in any case",
		 option_command),
	  FIELD(tear_down) },
	{ OPTION("hook-timeout", "SECONDS", "how long either of them may take",
		 option_seconds),
	  FIELD(hook_ns), .preset = "60", .max = 86400 },
	/* What minivmm test gives its runs. */
	{ OPTION("suite-choice", "N,N", NULL, option_string), FIELD(choice),
	  .only_argv = true, .early = true },
	{ 0 },
};
