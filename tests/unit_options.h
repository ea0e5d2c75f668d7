/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * unit_options.h - what the tests of the command line and of configuration
 * files share: an empty working directory, and a hold on standard error
 */
#ifndef TESTS_UNIT_OPTIONS_H
#define TESTS_UNIT_OPTIONS_H

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cli/options/config.h"
#include "cli/options/options.h"
#include "tests/unit.h"

/* The directory the program was started in, the test's own, and what was
 * logged.  Tests are processes, each with its own. */
static int unit_root, unit_log;
static char unit_dir[] = "/tmp/minivmm-test-XXXXXX";

static inline void enter_directory(void)
{
	unit_root = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	unit_log = memfd_create("log", MFD_CLOEXEC);
	ck_assert_int_ge(unit_log, 0);
	ck_assert_ptr_nonnull(mkdtemp(unit_dir));
	ck_assert_int_eq(chdir(unit_dir), 0);
}

static inline void leave_directory(void)
{
	char command[64];

	ck_assert_int_eq(fchdir(unit_root), 0);
	snprintf(command, sizeof(command), "rm -r %s", unit_dir);
	ck_assert_int_eq(system(command), 0);
	close(unit_log);
	close(unit_root);
}

/* unit_suite() with each of @tests in a directory of its own. */
static inline Suite *options_suite(const char *name, const TTest *const *tests)
{
	Suite *suite = suite_create(name);
	TCase *tcase = tcase_create(name);

	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, enter_directory, leave_directory);
	for (; *tests; tests++)
		tcase_add_test(tcase, *tests);
	suite_add_tcase(suite, tcase);
	return suite;
}

static inline void write_file(const char *name, const char *data, size_t len)
{
	FILE *file = fopen(name, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(data, 1, len, file), len);
	ck_assert_int_eq(fclose(file), 0);
}

/* Begin to catch what is logged; returns what release() wants. */
static inline int catch_log(void)
{
	int saved = dup(STDERR_FILENO);

	fflush(stderr);
	ck_assert_int_eq(ftruncate(unit_log, 0), 0);
	lseek(unit_log, 0, SEEK_SET);
	dup2(unit_log, STDERR_FILENO);
	return saved;
}

/* Stop catching, and have what was logged in @log. */
static inline void release_log(int saved, char log[2048])
{
	ssize_t n;

	fflush(stderr);
	n = pread(unit_log, log, 2047, 0);
	log[n > 0 ? n : 0] = '\0';
	dup2(saved, STDERR_FILENO);
	close(saved);
}

/*
 * What any parse may end in: success in silence, or -EINVAL and one line
 * without control characters (or the usage, which names no file).
 */
static inline void check_outcome(int err, const char *log)
{
	size_t len = strlen(log);

	if (!err) {
		ck_assert_str_eq(log, "");
		return;
	}
	ck_assert_int_eq(err, -EINVAL);
	if (strncmp(log, "Usage: ", 7) == 0)
		return;
	ck_assert_msg(strncmp(log, "minivmm: ", 9) == 0, "%s", log);
	ck_assert_int_eq(log[len - 1], '\n');
	for (size_t i = 0; i + 1 < len; i++)
		ck_assert_uint_ge((unsigned char)log[i], ' ');
}

/* options_parse(), its outcome checked and what it logged in @log. */
static inline int parse_argv(int argc, char **argv, struct config *cfg,
			     enum command *cmd, char log[2048])
{
	int saved = catch_log();
	int err = options_parse(argc, argv, cfg, cmd);

	release_log(saved, log);
	check_outcome(err, log);
	return err;
}

static inline int parse_list(struct config *cfg, char log[2048], va_list ap)
{
	char *argv[32] = { strdup("minivmm") }, *ours[32];
	const char *arg;
	enum command cmd;
	int argc = 1, err;

	while ((arg = va_arg(ap, const char *)))
		argv[argc++] = strdup(arg);
	/* getopt_long(3) reorders argv. */
	memcpy(ours, argv, sizeof(ours));
	err = parse_argv(argc, argv, cfg, &cmd, log);
	while (argc)
		free(ours[--argc]);
	return err;
}

/* Parse the NULL-terminated arguments, which are right. */
static inline void parse(struct config *cfg, ...)
{
	char log[2048];
	va_list ap;
	int err;

	va_start(ap, cfg);
	err = parse_list(cfg, log, ap);
	va_end(ap);
	ck_assert_msg(!err, "%s", log);
}

/* The arguments are refused by a line with @why in it. */
static inline void refuses(const char *why, ...)
{
	struct config cfg;
	char log[2048];
	va_list ap;
	int err;

	va_start(ap, why);
	err = parse_list(&cfg, log, ap);
	va_end(ap);
	config_free(&cfg);
	ck_assert_int_eq(err, -EINVAL);
	ck_assert_msg(strstr(log, why), "\"%s\" is not in: %s", why, log);
}

#endif
