/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MINIVMM_OPTIONS: how its words are told apart, and what wins over what.
 */
#define _GNU_SOURCE
#include "base/util.h"
#include "tests/unit.h"
#include "tests/unit_options.h"

#define ENVIRONMENT "MINIVMM_OPTIONS"

static void set(const char *text)
{
	ck_assert_int_eq(setenv(ENVIRONMENT, text, 1), 0);
}

START_TEST(precedence)
{
	static const char file[] = "kernel = f\nmem = 64M\ncpus = 2\n"
				   "timeout = 1\n";
	struct config cfg;

	write_file("f", file, strlen(file));
	set("--mem 128M -c 3 --kernel e");
	parse(&cfg, "--config", "f", "-m", "256M", "k", NULL);
	ck_assert_str_eq(cfg.machine.kernel, "k");
	ck_assert_uint_eq(cfg.machine.mem, 256 * MIB);
	ck_assert_uint_eq(cfg.machine.cpus, 3);
	ck_assert_uint_eq(cfg.verdict.timeout_ns, NSEC_PER_SEC);
	config_free(&cfg);
}
END_TEST

START_TEST(words)
{
	static const struct {
		const char *text, *append;
	} rows[] = {
		{ "-a x", "x" },	   { " \t--append=x\n", "x" },
		{ "-a 'a  b'", "a  b" },   { "-a \"a 'b\\\"\"", "a 'b\"" },
		{ "-a a\\ b\\'", "a b'" }, { "-a 'a\\b'", "a\\b" },
		{ "-a \"a\\b\"", "a\\b" }, { "-a pre'x y'\"z\"", "prex yz" },
		{ "--append=''", "" },	   { "-a $HOME", "$HOME" },
		{ "-a x\\", "x\\" },
	};
	struct config cfg;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		set(rows[i].text);
		parse(&cfg, "k", NULL);
		ck_assert_str_eq(cfg.machine.append, rows[i].append);
		config_free(&cfg);
	}
	set("");
	parse(&cfg, "k", NULL);
	config_free(&cfg);
}
END_TEST

START_TEST(refused)
{
	static const char *const rows[][2] = {
		{ "bzImage", "MINIVMM_OPTIONS: bzImage: not an option" },
		{ "-m 1G -- job", "MINIVMM_OPTIONS: --: only options" },
		{ "--help", "MINIVMM_OPTIONS: --help or the like" },
		{ "-a 'x", "the closing quote is missing" },
		{ "-a \"x\\\"", "the closing quote is missing" },
		{ "--memmory 1G", "MINIVMM_OPTIONS: --memmory: no such" },
		{ "--mem 1Q", "MINIVMM_OPTIONS: --mem 1Q: " },
		{ "-m", "MINIVMM_OPTIONS: -m: needs a value" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		set(rows[i][0]);
		refuses(rows[i][1], "k", NULL);
	}
}
END_TEST

/* A test's options reach its runs as arguments, once; and what only tests use
 * does not keep a single run from being made. */
START_TEST(of_tests)
{
	char minivmm[] = "minivmm", test[] = "test", file[] = "f.conf",
	     mem[] = "--mem=1G";
	char *argv[] = { minivmm, test, file, mem, NULL };
	enum command command;
	struct config cfg;

	set("--max-failures 2 -j 3 -c 2");
	write_file("f.conf", "", 0);
	ck_assert_int_eq(options_parse(4, argv, &cfg, &command), 0);
	ck_assert_int_eq(command, COMMAND_TEST);
	ck_assert_uint_eq(cfg.suite.jobs, 3);
	ck_assert_uint_eq(cfg.suite.args.count, 2);
	ck_assert_str_eq(cfg.suite.args.strings[0], "--cpus=2");
	ck_assert_str_eq(cfg.suite.args.strings[1], "--mem=1G");
	config_free(&cfg);
	parse(&cfg, "k", NULL);
	ck_assert_uint_eq(cfg.machine.cpus, 2);
	config_free(&cfg);
	parse(&cfg, "k", "--suite-folder=d", NULL);
	ck_assert_uint_eq(cfg.machine.cpus, 1);
	config_free(&cfg);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { precedence, words, refused, of_tests,
				       NULL };

	return unit_run(options_suite("environment", tests));
}
