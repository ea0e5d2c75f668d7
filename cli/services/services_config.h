/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * services_config.h - what the host does when the guest is ready
 */
#ifndef CLI_SERVICES_SERVICES_CONFIG_H
#define CLI_SERVICES_SERVICES_CONFIG_H

#include "base/option.h"

struct inherited;

/* Strings belong to the config.  NULL or 0: it is not asked for. */
struct services_config {
	/* What this process was started with, for the command; NULL: not known.
	 * It does not belong to the config. */
	const struct inherited *inherited;
	/* The command to run, and the file and the descriptor to write a line
	 * to. */
	char *exec, *ready_file;
	unsigned ready_fd;
};

/* The options that set it. */
extern const struct option_spec services_options[];

/* Free what it owns; one that is all zero is fine. */
void services_config_free(struct services_config *config);

#endif
