/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sandbox_mode.h - the words of --sandbox, in this order
 */
#ifndef CLI_OPTIONS_SANDBOX_MODE_H
#define CLI_OPTIONS_SANDBOX_MODE_H

enum sandbox_mode {
	SANDBOX_OFF,
	/* As far as the kernel can. */
	SANDBOX_ON,
	/* All of it, or nothing is run. */
	SANDBOX_STRICT,
};

#endif
