/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config.h - what the user asked for
 *
 * Filled by options_parse() and read-only afterwards, by any thread.  There are
 * two exceptions: the forwards, which get their sockets (cli/net_host.h), and
 * the awaited ports, which get their answers (cli/verdict/wait_ports.h).  Only
 * the form of values is checked here.  The module that uses a value finds out
 * whether a file exists or the host has that much memory.
 */
#ifndef CLI_OPTIONS_CONFIG_H
#define CLI_OPTIONS_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/log.h"
#include "base/string_list.h"
#include "cli/options/matrix.h"
#include "cli/options/sandbox_mode.h"
#include "cli/report/report_config.h"
#include "cli/services/services_config.h"
#include "cli/suite/suite_config.h"
#include "cli/verdict/verdict_config.h"
#include "devices/disk/disk_config.h"
#include "devices/fs/share_config.h"
#include "devices/net/net_config.h"
#include "devices/serial/serial_config.h"
#include "vmm/debug_config.h"
#include "vmm/machine_config.h"

/* Strings are owned by the config; NULL where an option has no value. */
struct config {
	struct machine_config machine;
	struct serial_config serial;
	struct disk_list disks;
	struct share_list shares;
	struct net_config net;
	struct debug_config debug;
	/* At most so many bytes are kept of each output; 0: any number. */
	uint64_t max_output;
	/* For symbols_open(). */
	char *symbols;
	/* How long the guest may run after its power button was pressed. */
	uint64_t grace_ns;
	/* What the process gives up once everything is open. */
	enum sandbox_mode sandbox;
	/* Not 0: report mistakes of virtio drivers. */
	unsigned lint;
	/* How often -v was given. */
	unsigned verbose;
	struct string_list config_files;
	/* Variables set by these files: see cli/options/variables.h. */
	struct string_list variables;
	/* Lists of values in these files. */
	struct matrix matrix;
	struct verdict_config verdict;
	struct services_config services;
	struct report_config report;
	/* For minivmm test only. */
	struct suite_config suite;
};

/* Free what @cfg owns and clear it.  One that is all zero is fine. */
void config_free(struct config *cfg);

/* The most detailed messages to show. */
enum log_level config_log_level(const struct config *cfg);

/* Whether the run goes on once the guest is ready. */
bool config_goes_on(const struct config *cfg);

/* machine_cmdline() for this run, where a panic ends the run if a reset does.
 * If the guest is debugged, "nokaslr " is put in front, so that symbols are
 * where the file has them; only Linux is to get that part, and *@for_linux is
 * its length, else 0.  To be freed; NULL when out of memory. */
char *config_cmdline(const struct config *cfg, size_t *for_linux);

#endif
