/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmm/config.h"
#include "vmm/options.h"

int main(int argc, char **argv)
{
	struct config cfg;
	enum command cmd;
	int status = 0;

	if (options_parse(argc, argv, &cfg, &cmd) < 0)
		status = 2;
	else if (cmd != COMMAND_RUN && cmd != COMMAND_CHECK)
		status = options_print(cmd, stdout) < 0;
	config_free(&cfg);
	return status;
}
