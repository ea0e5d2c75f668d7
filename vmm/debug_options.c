/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * debug_options.c - the options for debuggers
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/util.h"
#include "gdb/connection.h"
#include "vmm/debug_config.h"

/* char *: see gdb_where_check(). */
static int option_gdb(const struct option_value *value, void *field)
{
	const char *wrong = gdb_where_check(value->text);

	return wrong ? option_reject(value, "%s", wrong) :
		       option_string(value, field);
}

/* char *: a file, or the word "auto". */
static int option_core(const struct option_value *value, void *field)
{
	return strcmp(value->text, DEBUG_CORE_AUTO) == 0 ?
		       option_own(field, strdup(value->text)) :
		       option_path(value, field);
}

/* struct debug_keep: for how many seconds; 10 minutes without a value. */
static int option_keep(const struct option_value *value, void *field)
{
	struct debug_keep *keep = field;

	*keep = (struct debug_keep){ true, 600 * NSEC_PER_SEC };
	return value->text ? option_seconds(value, &keep->ns) : 0;
}

int debug_config_place(struct debug_config *config, const char *report)
{
	char *path = NULL;

	if (!config->core || strcmp(config->core, DEBUG_CORE_AUTO) != 0)
		return 0;
	if (!report)
		return log_fail(-EINVAL,
				"--core auto: there is no --report for it to "
				"be beside: name a file");
	if (asprintf(&path, "%s.core", report) < 0)
		path = NULL;
	return option_own(&config->core, path);
}

int debug_config_check(const struct debug_config *config)
{
	if (config->gdb || (!config->wait && !config->keep.on))
		return 0;
	return log_fail(-EINVAL,
			"--gdb-%s: there is no --gdb: say where a "
			"debugger connects",
			config->wait ? "wait" : "on-failure");
}

void debug_config_free(struct debug_config *config)
{
	free(config->gdb);
	free(config->core);
	*config = (struct debug_config){ NULL };
}

#define FIELD(field) .offset = offsetof(struct debug_config, field)

const struct option_spec debug_options[] = {
	{ .heading = "Debugging",
	  OPTION("gdb", "WHERE",
		 "debuggers may connect: PORT, ADDR:PORT, unix:PATH",
		 option_gdb),
	  FIELD(gdb) },
	{ OPTION("gdb-wait", NULL, "wait for one before the first instruction",
		 option_flag),
	  FIELD(wait) },
	{ OPTION("gdb-on-failure", "SECONDS",
		 "keep a guest that fails until one has seen it", option_keep),
	  FIELD(keep), .optional = true, .max = 10000000 },
	{ OPTION("core", "FILE",
		 "write an ELF core of a guest that fails; or auto",
		 option_core),
	  FIELD(core) },
	{ 0 },
};
