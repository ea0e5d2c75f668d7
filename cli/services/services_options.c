/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * services_options.c - the options for what the host does when the guest is
 * ready
 */
#include <stdlib.h>

#include "base/option.h"
#include "cli/services/services_config.h"

void services_config_free(struct services_config *config)
{
	free(config->exec);
	free(config->ready_file);
	*config = (struct services_config){ 0 };
}

#define FIELD(field) .offset = offsetof(struct services_config, field)

const struct option_spec services_options[] = {
	{ OPTION("exec", "COMMAND",
		 "when the guest is ready run this on the host",
		 option_command),
	  FIELD(exec), .daily = true },
	{ OPTION("ready-fd", "FD",
		 "when it is ready write a line to this descriptor",
		 option_descriptor),
	  FIELD(ready_fd), .min = 1, .max = 65535 },
	{ OPTION("ready-file", "FILE",
		 "when it is ready write that line to a file", option_path),
	  FIELD(ready_file) },
	{ 0 },
};
