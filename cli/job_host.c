/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "cli/job_host.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/console_host.h"
#include "cli/options/config.h"
#include "cli/root_host.h"
#include "initramfs/job.h"

/* The terminal's kind and size; a serial line does not transmit them. */
static const char *describe(struct job_settings *settings)
{
	const char *term = getenv("TERM");
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) {
		settings->rows = size.ws_row;
		settings->cols = size.ws_col;
	}
	return term ? term : "linux";
}

/*
 * Fill in the input and output of @settings: a terminal if the console of
 * @config leads to one, else a pipe, as with ssh(1).  With --send text is typed
 * at the console.  Returns the terminal's kind, as in TERM.
 */
static const char *job_terminal(const struct config *config,
				struct job_settings *settings)
{
	const char *where = config->serial.where;
	bool stdio = !strcmp(where, "stdio");
	bool file = !strcmp(where, "none") || !strncmp(where, "file:", 5);

	settings->ports = (uint8_t)console_host_ports(config, true);
	settings->pipe = settings->ports & JOB_STDIN;
	settings->plain = file || (stdio && !isatty(STDOUT_FILENO));
	if (settings->plain)
		return "dumb";
	return stdio ? describe(settings) : "linux";
}

/* Fill in a job that has an initrd: a script for the initrd's shell. */
static int fill_script(struct root_host *own, struct job *job,
		       const struct config *config, const char *term)
{
	char *kind = NULL;
	int err = asprintf(&kind, "TERM=%s", term) < 0 ? -ENOMEM : 0;

	if (!err)
		err = string_list_add(&own->env, kind);
	if (!err)
		err = string_list_add(&own->env,
				      "PATH=/usr/local/sbin:/usr/local/bin:"
				      "/usr/sbin:/usr/bin:/sbin:/bin");
	if (!err)
		err = string_list_add(&own->env, "HOME=/");
	if (!err)
		err = string_list_add(&own->args, "/bin/sh");
	if (!err)
		err = string_list_add(&own->args, JOB_SCRIPT);
	free(kind);
	job->script = config->machine.job;
	job->args = &own->args;
	job->env = &own->env;
	return err ? log_fail(err, "--job: %s", strerror(-err)) : 0;
}

int job_host_open(struct job_host *host, const struct config *config,
		  const struct boot *boot, const struct shares *shares)
{
	struct root_host own = { .cwd = NULL };
	struct job job = { .script = NULL };
	const char *term;
	int err;

	if (!config->machine.job && !config->machine.root.dir)
		return 0;
	term = job_terminal(config, &job.settings);
	host->pipe = job.settings.pipe;
	if (config->machine.root.dir)
		err = root_host_fill(&own, &job, config, boot, shares);
	else
		err = fill_script(&own, &job, config, term);
	if (!err) {
		err = job_archive(&job, &host->archive, &host->len);
		if (err)
			log_err("--job: %s", strerror(-err));
	}
	root_host_free(&own);
	return err;
}

void job_host_close(struct job_host *host)
{
	free(host->archive);
	host->archive = NULL;
}
