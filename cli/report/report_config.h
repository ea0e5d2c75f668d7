/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * report_config.h - where the result of a run, or of many, is told
 */
#ifndef CLI_REPORT_REPORT_CONFIG_H
#define CLI_REPORT_REPORT_CONFIG_H

#include "base/option.h"

/* Strings are owned by the config; NULL: it is not asked for. */
struct report_config {
	/* Files: in JSON, as JUnit XML, by the Test Anything Protocol, and as a
	 * page of HTML. */
	char *file, *junit, *tap, *html;
	/* The file for the devices' counters, for stats_file_open(). */
	char *stats;
	/* The file for what happened when, for trace_file_open(). */
	char *trace;
	/* The descriptor for events, and the socket of minivmm test for them;
	 * 0: none. */
	unsigned events_fd, view_fd;
};

/* The options that set it. */
extern const struct option_spec report_options[];

/* Free what it owns; one that is all zero is fine. */
void report_config_free(struct report_config *config);

#endif
