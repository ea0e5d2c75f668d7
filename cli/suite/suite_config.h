/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * suite_config.h - what minivmm test is to do
 */
#ifndef CLI_SUITE_SUITE_CONFIG_H
#define CLI_SUITE_SUITE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/option.h"
#include "base/string_list.h"

/* The variables that commands of a test and its file may use: what it is
 * called, its folder, and its file. */
#define SUITE_VARIABLES "MINIVMM_TEST", "MINIVMM_TEST_DIR", "MINIVMM_TEST_FILE"

/* Strings are the owner's. */
struct suite_test {
	/* What it is called, and so is its folder. */
	char *name;
	/* Its file; which values of that file's lists it has, as for
	 * --suite-choice. */
	char *file, *choice;
	struct string_list tags;
	/* Commands before and after its run (NULL: none), and how long each may
	 * take. */
	char *set_up, *tear_down;
	uint64_t hook_ns;
	/* The file could not be read, so its tags are not known. */
	bool unread;
};

struct suite_tests {
	struct suite_test *list;
	size_t count;
};

/* Part @part of @of, from 1; 0 of 0: all. */
struct suite_shard {
	unsigned part, of;
};

struct suite_config {
	/* The files of tests, one at least, and the options each run is
	 * given. */
	struct string_list files, args;
	/* The tests in them. */
	struct suite_tests tests;
	/* Which of them are run. */
	struct string_list filters, wanted_tags;
	struct suite_shard shard;
	/* Only print their names. */
	bool list;
	/* How many runs at once; 0: as many as there are processors. */
	unsigned jobs;
	/* How often each test is run; 0: once, or with until_fail for ever. */
	unsigned repeat;
	/* A run that fails is the last one. */
	bool until_fail;
	/* So many that fail are enough; 0: any number. */
	unsigned max_failures;
	/* How often a run that fails is made once more. */
	unsigned retries;
	/* The folder for the folders of runs that fail. */
	char *keep;
	/* In a test's file: its tags, and the combinations that it leaves
	 * out. */
	struct string_list tags, exclude;
	bool unread;
	/* The same as in struct suite_test. */
	char *set_up, *tear_down;
	uint64_t hook_ns;
	/* In a run of minivmm test: its folder, else NULL; and which values of
	 * lists it has, as numbers between commas. */
	char *folder, *choice;
};

/* The options that set it. */
extern const struct option_spec suite_options[], suite_select_options[];

/* Add to the tests of @config the one in @file, of which @test has the options.
 * @labels (may be empty): the values of lists that it has, and @choice their
 * numbers.  -ENOMEM. */
int suite_tests_add(struct suite_config *config,
		    const struct suite_config *test, const char *file,
		    const char *labels, const char *choice);

/* Free what it owns; one that is all zero is fine. */
void suite_config_free(struct suite_config *config);

#endif
