/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * verdict_config.h - the conditions by which a run is judged
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
	/* Restart after a reset that the guest asked for, but not after a
	 * triple fault. */
	ON_RESET_RESTART,
	ON_RESET_EXIT,
	ON_RESET_ALWAYS,
};

struct verdict_config {
	enum on_reset on_reset;
	struct script script;
	/* Ports that must answer before the guest is ready. */
	struct wait_ports wait;
	/* Time-outs; 0: none. */
	uint64_t timeout_ns, boot_timeout_ns, silence_ns;
	/* Whether the run goes on once the guest is ready, and whether it then
	 * runs a command on the host, whose exit status counts. */
	bool goes_on, command;
	/* The kernel is not Linux: its first process could not be seen, and so
	 * is not waited for. */
	bool not_linux;
	/* Whether Linux can have a root file system: there is an initrd or a
	 * disk. */
	bool has_root;
};

/* The options that set it. */
extern const struct option_spec verdict_options[];

/* Free what it owns; one that is all zero is fine. */
void verdict_config_free(struct verdict_config *config);

#endif
