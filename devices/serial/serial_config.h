/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * serial_config.h - where the serial console and the debug console lead
 */
#ifndef DEVICES_SERIAL_SERIAL_CONFIG_H
#define DEVICES_SERIAL_SERIAL_CONFIG_H

#include "base/option.h"

/* Strings are owned by the config. */
struct serial_config {
	/* For chardev_open(); without a log NULL. */
	char *where, *log;
	/* Where the debug console leads: "auto", "console", "none" or
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
