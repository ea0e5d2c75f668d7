/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "cli/options/config.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "cli/options/internal.h"
#include "firmware/job.h"

static const char extend[] = "+=";

void config_free(struct config *cfg)
{
	string_list_free(&cfg->config_files);
	string_list_free(&cfg->modules);
	string_list_free(&cfg->suite.files);
	string_list_free(&cfg->suite.args);
	free(cfg->suite.keep);
	free(cfg->report.file);
	free(cfg->report.junit);
	free(cfg->report.tap);
	free(cfg->report.stats);
	free(cfg->name);
	free(cfg->kernel);
	free(cfg->initrd);
	free(cfg->job);
	free(cfg->append);
	serial_config_free(&cfg->serial);
	free(cfg->symbols);
	free(cfg->services.exec);
	free(cfg->services.ready_file);
	script_free(&cfg->verdict.script);
	wait_ports_free(&cfg->verdict.wait);
	net_config_free(&cfg->net);
	*cfg = (struct config){ 0 };
}

enum log_level config_log_level(const struct config *cfg)
{
	return MIN(LOG_WARN + cfg->verbose, LOG_DEBUG);
}

bool config_goes_on(const struct config *cfg)
{
	return cfg->services.exec || cfg->services.ready_file ||
	       cfg->services.ready_fd;
}

/* The part of @line after `+=` and blanks, or NULL without one. */
static const char *extension(const char *line)
{
	if (line[0] != '+' || line[1] != '=')
		return NULL;
	line += 2;
	return line + strspn(line, " \t");
}

/* @a and @b with a space between them if there is something to separate. */
static char *join(const char *a, const char *b)
{
	bool space = *a && *b && strcmp(a, extend) != 0;
	char *line;

	if (asprintf(&line, "%s%s%s", a, space ? " " : "", b) < 0)
		return NULL;
	return line;
}

int config_extend(char **line, const char *text)
{
	const char *more = extension(text);
	char *merged;

	if (more)
		merged = join(*line ? *line : extend, more);
	else
		merged = strdup(text);
	if (!merged)
		return -ENOMEM;
	free(*line);
	*line = merged;
	return 0;
}

/* The default command line, the user's, or both; NULL. */
static char *usual_cmdline(const struct config *cfg)
{
	const char *line = cfg->append ? cfg->append : extend;
	const char *more = extension(line);

	if (!more)
		return strdup(line);
	return join(cfg->verdict.on_reset == ON_RESET_EXIT ?
			    "console=ttyS0 panic=-1" :
			    "console=ttyS0",
		    more);
}

char *config_cmdline(const struct config *cfg)
{
	char *line = usual_cmdline(cfg), *whole;

	if (!cfg->job || !line)
		return line;
	/* In front, as what is behind a -- is not the kernel's. */
	whole = join("rdinit=" JOB_INIT, line);
	free(line);
	return whole;
}

int option_cmdline(const struct option_value *value, void *field)
{
	return config_extend(field, value->text) < 0 ?
		       log_fail(-ENOMEM, "options: out of memory") :
		       0;
}
