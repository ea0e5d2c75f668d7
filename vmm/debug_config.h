/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * debug_config.h - what the user asked for of debuggers
 */
#ifndef VMM_DEBUG_CONFIG_H
#define VMM_DEBUG_CONFIG_H

#include <stdbool.h>

#include "base/option.h"

#define DEBUG_CORE_AUTO "auto"

struct debug_config {
	/* Where debuggers connect, for debugger_open(); NULL: nowhere. */
	char *gdb;
	/* The guest waits for one before its first instruction. */
	bool wait;
	/* One that has failed waits for one, before the run ends. */
	bool on_failure;
	/* Where what is left of a guest is written, for core_open(); NULL:
	 * nowhere; DEBUG_CORE_AUTO: see debug_config_place(). */
	char *core;
};

/* The options that set it. */
extern const struct option_spec debug_options[];

/* Have a core that is to be where it belongs beside the file @report; NULL:
 * there is none.  Logs; -EINVAL, -ENOMEM. */
int debug_config_place(struct debug_config *config, const char *report);

/* What one option needs of another.  Logs; -EINVAL. */
int debug_config_check(const struct debug_config *config);

/* Free what it owns; one that is all zero is fine. */
void debug_config_free(struct debug_config *config);

#endif
