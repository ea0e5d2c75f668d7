/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * machine_config.h - the user's settings for the machine
 *
 * Filled from the options, read-only while the machine runs.
 */
#ifndef VMM_MACHINE_CONFIG_H
#define VMM_MACHINE_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/option.h"
#include "base/string_list.h"
#include "devices/console/console_part.h"
#include "devices/rng/rng.h"
#include "devices/virtio/virtio_config.h"
#include "initramfs/root_config.h"

/* Strings are owned by the config; NULL where an option has no value. */
struct machine_config {
	/* Never NULL. */
	char *name;
	/* Files; kernel is set whenever a VM is to run. */
	char *kernel, *initrd;
	/* The user did not give the kernel's path: minivmm found it, and not in
	 * the working directory itself. */
	bool kernel_found;
	/* For boot_add_module(), one each. */
	struct string_list modules;
	/* Linux's only job: a line for a shell.  If the user gave it behind --
	 * on the command line, @words has its words, too. */
	char *job;
	struct string_list words;
	struct root_config root;
	/* What --append has said so far; begins with `+=` where it extends
	 * the default: see machine_cmdline(). */
	char *append;
	/* Never 0. */
	unsigned cpus;
	/* Bytes; a multiple of 4096, at least 16 MiB. */
	uint64_t mem;
	/* 0: none. */
	unsigned exit_port, debug_exit;
	/* The device that kvm-unit-tests expect exists. */
	bool test_device;
	/* Devices. */
	struct virtio_config console, rng;
};

/* The options that set it. */
extern const struct option_spec machine_options[];

/*
 * Make the kernel's command line: the default, the user's, or both.  To be
 * freed by the caller; NULL when out of memory.
 *
 * The default is console=ttyS0, so that the kernel's messages are seen; with a
 * virtio console, console=hvc0 follows.  @panic_ends adds panic=-1, so that a
 * panic resets the machine and ends the run.  Without it a kernel stops with
 * the panic on the screen, rather than repeat it for ever.  For a job or a root
 * the line begins with the path of its first process.  With a root the kernel
 * prints less by default, as the command uses its console.
 */
char *machine_cmdline(const struct machine_config *config, bool panic_ends);

/* If @line, a command line for Linux, has no console=, return it with the
 * default console= in front, to be freed: the user's own line must not silence
 * the kernel.  NULL: @line has one, or there is no memory. */
char *machine_keep_console(const struct machine_config *config,
			   const char *line);

/* Free what it owns; one that is all zero is fine. */
void machine_config_free(struct machine_config *config);

#endif
