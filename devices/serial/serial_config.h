/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * serial_config.h - where the serial console and the debug console are
 * connected
 */
#ifndef DEVICES_SERIAL_SERIAL_CONFIG_H
#define DEVICES_SERIAL_SERIAL_CONFIG_H

#include "base/option.h"

/* Strings are owned by the config. */
struct serial_config {
	/* The arguments of chardev_open(); @log is NULL if there is no log. */
	char *where, *log;
	/* Where the debug console's output goes: "auto", "console", "none" or
	 * "file:PATH". */
	char *debugcon;
	/* For struct chardev_user. */
	uint8_t escape;
};

/* The options that set it. */
extern const struct option_spec serial_options[];

/* Free what it owns; one that is all zero is fine. */
void serial_config_free(struct serial_config *config);

#endif
