/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/job_terminal.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/console_host.h"
#include "cli/options/config.h"
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

const char *job_terminal(const struct config *config,
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
