/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * services_config.h - what the host is to do when the guest is ready
 */
#ifndef CLI_SERVICES_SERVICES_CONFIG_H
#define CLI_SERVICES_SERVICES_CONFIG_H

#include "base/option.h"

struct inherited;

/* Strings are owned by the config; NULL or 0: it is not asked for. */
struct services_config {
	/* What the process was started with, for the command; NULL: not known.
	 * Not the config's. */
	const struct inherited *inherited;
	/* Run this command, write a line to this file, to this descriptor. */
	char *exec, *ready_file;
	unsigned ready_fd;
};

/* The options that set it. */
extern const struct option_spec services_options[];

/* Free what it owns; one that is all zero is fine. */
void services_config_free(struct services_config *config);

#endif
