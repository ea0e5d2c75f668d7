/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * debug_config.h - the user's settings for debuggers and cores
 */
#ifndef VMM_DEBUG_CONFIG_H
#define VMM_DEBUG_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/option.h"

#define DEBUG_CORE_AUTO "auto"

struct debug_config {
	/* Where debuggers connect, for debugger_open(); NULL: nowhere. */
	char *gdb;
	/* The guest waits for a debugger before its first instruction. */
	bool wait;
	/* A guest that has failed waits for a debugger before the run ends, so
	 * many nanoseconds at most (0: for ever). */
	struct debug_keep {
		bool on;
		uint64_t ns;
	} keep;
	/* Where to write the core of a guest that has failed, for core_open();
	 * NULL: nowhere; DEBUG_CORE_AUTO: see debug_config_place(). */
	char *core;
};

/* The options that set it. */
extern const struct option_spec debug_options[];

/* If the core is to be placed automatically, place it beside the file @report;
 * NULL: there is no such file.  Logs; -EINVAL, -ENOMEM. */
int debug_config_place(struct debug_config *config, const char *report);

/* Check the options against each other.  Logs; -EINVAL. */
int debug_config_check(const struct debug_config *config);

/* Free what it owns; one that is all zero is fine. */
void debug_config_free(struct debug_config *config);

#endif
