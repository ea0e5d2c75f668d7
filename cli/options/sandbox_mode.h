/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sandbox_mode.h - the values of --sandbox, in the order of its words
 */
#ifndef CLI_OPTIONS_SANDBOX_MODE_H
#define CLI_OPTIONS_SANDBOX_MODE_H

enum sandbox_mode {
	SANDBOX_OFF,
	/* As much as this kernel can do. */
	SANDBOX_ON,
	/* All of it; if something is missing the guest is not run. */
	SANDBOX_STRICT,
};

#endif
