/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "cli/options/config.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "firmware/job.h"

static const char extend[] = "+=";

void config_free(struct config *cfg)
{
	string_list_free(&cfg->config_files);
	string_list_free(&cfg->modules);
	string_list_free(&cfg->suite.files);
	string_list_free(&cfg->suite.args);
	free(cfg->suite.keep);
	free(cfg->report);
	free(cfg->junit);
	free(cfg->tap);
	free(cfg->pcap);
	free(cfg->name);
	free(cfg->kernel);
	free(cfg->initrd);
	free(cfg->job);
	free(cfg->append);
	free(cfg->serial);
	free(cfg->debugcon);
	free(cfg->console_log);
	free(cfg->stats);
	free(cfg->symbols);
	free(cfg->exec);
	free(cfg->ready_file);
	script_free(&cfg->script);
	wait_ports_free(&cfg->wait);
	net_config_free(&cfg->net);
	forwards_free(&cfg->publish);
	*cfg = (struct config){ 0 };
}

enum log_level config_log_level(const struct config *cfg)
{
	return MIN(LOG_WARN + cfg->verbose, LOG_DEBUG);
}

bool config_goes_on(const struct config *cfg)
{
	return cfg->exec || cfg->ready_file || cfg->ready_fd;
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
	return join(cfg->on_reset == ON_RESET_EXIT ? "console=ttyS0 panic=-1" :
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

int string_list_add(struct string_list *list, const char *text)
{
	char **strings =
		realloc(list->strings, (list->count + 1) * sizeof(*strings));

	if (!strings)
		return -ENOMEM;
	list->strings = strings;
	strings[list->count] = strdup(text);
	if (!strings[list->count])
		return -ENOMEM;
	list->count++;
	return 0;
}

void string_list_free(struct string_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->strings[i]);
	free(list->strings);
	*list = (struct string_list){ 0 };
}
