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

int main(int argc, char **argv)
{
	struct config config;
	enum command command;
	int code = EXIT_CODE_USAGE;

	reserve_stdio();
	/* Who writes to a pipe learns by EPIPE that its reader is gone. */
	signal(SIGPIPE, SIG_IGN);
	if (options_parse(argc, argv, &config, &command) == 0) {
		log_set_level(config_log_level(&config));
		if (command == COMMAND_RUN)
			code = session_run(&config);
		else if (command == COMMAND_CHECK)
			code = hostcheck(&config, stdout);
		else if (options_print(command, stdout) == 0)
			code = EXIT_CODE_OK;
		else
			code = EXIT_CODE_HOST;
	}
	config_free(&config);
	return code;
}
