/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * report_config.h - where the result of a run, or of many, is told
 */
#ifndef CLI_REPORT_REPORT_CONFIG_H
#define CLI_REPORT_REPORT_CONFIG_H

/* Strings are owned by the config; NULL: it is not asked for. */
struct report_config {
	/* Files: in JSON, as JUnit XML, by the Test Anything Protocol. */
	char *file, *junit, *tap;
	/* The descriptor for events; 0: none. */
	unsigned events_fd;
};

#endif
