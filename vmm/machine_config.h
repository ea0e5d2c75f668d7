/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * machine_config.h - what the user asked for of the machine
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
	/* It was not named, and found elsewhere than here. */
	bool kernel_found;
	/* For boot_add_module(), one each. */
	struct string_list modules;
	/* What Linux is to run as its only job: a line for a shell.  Where that
	 * is what stands behind -- on the command line, its words, too. */
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
	/* There is what kvm-unit-tests expect. */
	bool test_device;
	/* Devices. */
	struct virtio_config console, rng;
};

/* The options that set it. */
extern const struct option_spec machine_options[];

/*
 * The kernel's command line: the default, the user's, or both.  To be freed
 * by the caller; NULL when out of memory.
 *
 * The default is console=ttyS0: all a kernel needs to be seen; with a virtio
 * console, console=hvc0 behind it.  When
 * @panic_ends, panic=-1 is added, so that a panic resets the machine and ends
 * the run; otherwise the kernel stops with the panic on the screen instead of
 * repeating it for ever.  For a job or a root its first process comes before
 * all of that; with a root the kernel says less by default, as its console is
 * the command's.
 */
char *machine_cmdline(const struct machine_config *config, bool panic_ends);

/* A command line for Linux that has no console= gets the default one in front,
 * so that what the user asked for does not silence it: that line, to be freed.
 * NULL: @line has one, or there is no memory. */
char *machine_keep_console(const struct machine_config *config,
			   const char *line);

/* Free what it owns; one that is all zero is fine. */
void machine_config_free(struct machine_config *config);

#endif
