/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * verdict_config.h - what a run is judged by
 */
#ifndef CLI_VERDICT_VERDICT_CONFIG_H
#define CLI_VERDICT_VERDICT_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/option.h"
#include "cli/verdict/script.h"
#include "cli/verdict/wait_ports.h"

/* In the order of the words of --on-reset. */
enum on_reset {
	/* After a reset that was asked for, not after a triple fault. */
	ON_RESET_RESTART,
	ON_RESET_EXIT,
	ON_RESET_ALWAYS,
};

struct verdict_config {
	enum on_reset on_reset;
	struct script script;
	/* Ports that are to answer before the guest is ready. */
	struct wait_ports wait;
	/* Time-outs; 0: none. */
	uint64_t timeout_ns, boot_timeout_ns, silence_ns;
	/* Whether the run goes on once the guest is ready, and whether it is
	 * for a command of the host's, whose exit status counts. */
	bool goes_on, command;
	/* The kernel is none of Linux's: nobody would see its first process,
	 * so that is not waited for. */
	bool not_linux;
	/* Linux can have a root file system: an initrd, or a disk. */
	bool has_root;
};

/* The options that set it. */
extern const struct option_spec verdict_options[];

/* Free what it owns; one that is all zero is fine. */
void verdict_config_free(struct verdict_config *config);

#endif
