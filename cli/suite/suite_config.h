/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * suite_config.h - what minivmm test is to do
 */
#ifndef CLI_SUITE_SUITE_CONFIG_H
#define CLI_SUITE_SUITE_CONFIG_H

#include <stdbool.h>

#include "base/option.h"
#include "base/string_list.h"

struct suite_config {
	/* The tests, one at least, and the options each run is given. */
	struct string_list files, args;
	/* How many runs at once; 0: as many as there are processors. */
	unsigned jobs;
	/* How often each test is run; 0: once, or with until_fail for ever. */
	unsigned repeat;
	/* A run that fails is the last one. */
	bool until_fail;
	/* The folder for the folders of runs that fail. */
	char *keep;
	/* In a run of minivmm test: its folder; else NULL. */
	char *folder;
};

/* The options that set it. */
extern const struct option_spec suite_options[];

/* Free what it owns; one that is all zero is fine. */
void suite_config_free(struct suite_config *config);

#endif
