/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * main.c - from the command line to an exit code
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>

#include "vmm/config.h"
#include "vmm/exit_code.h"
#include "vmm/hostcheck.h"
#include "vmm/log.h"
#include "vmm/options.h"
#include "vmm/session.h"
#include "vmm/util.h"
#include "vmm/verdict.h"

/* Descriptors 0 to 2 that the caller has closed must not become a kernel
 * image or a vCPU, for the guest's output would go there. */
static void reserve_stdio(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	close_fd(&fd);
}

/* What the command line asks for, instead of a run: an exit code. */
static int other_command(enum command command, const struct config *config)
{
	if (command == COMMAND_CHECK)
		return hostcheck(config, stdout);
	return options_print(command, stdout) < 0 ? EXIT_CODE_HOST :
						    EXIT_CODE_OK;
}

static void end_at_once(const struct verdict *verdict)
{
	verdict_log(verdict);
	_exit(verdict->code);
}

int main(int argc, char **argv)
{
	const struct observed misused = { .ending = ENDING_USAGE };
	struct verdict verdict = { .phase_ns[PHASE_START] = now_ns() };
	struct config config;
	enum command command;

	reserve_stdio();
	/* Who writes to a pipe learns by EPIPE that its reader is gone. */
	signal(SIGPIPE, SIG_IGN);
	if (options_parse(argc, argv, &config, &command) == 0) {
		log_set_level(config_log_level(&config));
		if (command != COMMAND_RUN) {
			verdict.code = other_command(command, &config);
			config_free(&config);
			return verdict.code;
		}
		session_run(&config, &verdict, end_at_once);
	} else {
		judge(&misused, &verdict);
	}
	config_free(&config);
	if (!verdict.phase_ns[PHASE_END])
		verdict.phase_ns[PHASE_END] = now_ns();
	verdict_log(&verdict);
	return verdict.code;
}
