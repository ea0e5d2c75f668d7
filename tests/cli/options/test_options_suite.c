/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * minivmm test on the command line: what the runs are given and what not.
 */
#define _GNU_SOURCE
#include "base/util.h"
#include "tests/unit.h"
#include "tests/unit_options.h"

/* Parse the command line of minivmm test, which is good. */
static void parse_test(struct config *cfg, int argc, char **argv)
{
	enum command command;

	ck_assert_int_eq(options_parse(argc, argv, cfg, &command), 0);
	ck_assert_int_eq(command, COMMAND_TEST);
}

static char *words(const char *const *from, char *argv[16])
{
	size_t n = 0;

	for (; from[n]; n++)
		argv[n] = (char *)(uintptr_t)from[n];
	argv[n] = NULL;
	return argv[0];
}

START_TEST(what_is_whose)
{
	static const char *const line[] = {
		"minivmm",	"test",		 "a.conf",   "-m", "64M",
		"--jobs=3",	"b.conf",	 "--repeat", "20", "-v",
		"--until-fail", "--junit=j.xml", "--keep",   "k",  NULL,
	};
	static const char *const args[] = { "--mem=64M", "--verbose" };
	char *argv[16];
	struct config cfg;

	words(line, argv);
	parse_test(&cfg, ARRAY_SIZE(line) - 1, argv);
	ck_assert_uint_eq(cfg.suite.files.count, 2);
	ck_assert_str_eq(cfg.suite.files.strings[0], "a.conf");
	ck_assert_str_eq(cfg.suite.files.strings[1], "b.conf");
	ck_assert_uint_eq(cfg.suite.args.count, ARRAY_SIZE(args));
	for (size_t i = 0; i < ARRAY_SIZE(args); i++)
		ck_assert_str_eq(cfg.suite.args.strings[i], args[i]);
	ck_assert_uint_eq(cfg.suite.jobs, 3);
	ck_assert_uint_eq(cfg.suite.repeat, 20);
	ck_assert(cfg.suite.until_fail);
	ck_assert_str_eq(cfg.suite.keep, "k");
	ck_assert_str_eq(cfg.report.junit, "j.xml");
	config_free(&cfg);
}
END_TEST

START_TEST(without_options)
{
	static const char *const line[] = { "minivmm", "test", "a.conf", NULL };
	char *argv[16];
	struct config cfg;

	words(line, argv);
	parse_test(&cfg, 3, argv);
	ck_assert_uint_eq(cfg.suite.args.count, 0);
	ck_assert_uint_eq(cfg.suite.jobs, 0);
	ck_assert_uint_eq(cfg.suite.repeat, 0);
	ck_assert(!cfg.suite.until_fail);
	ck_assert_str_eq(cfg.suite.keep, "minivmm-failed");
	config_free(&cfg);
}
END_TEST

START_TEST(refused)
{
	static const char *const no_test[] = { "minivmm", "test", NULL };
	static const char *const no_suite[] = { "minivmm", "-j", "2", "k",
						NULL };
	char *argv[16];
	struct config cfg;
	enum command command;

	words(no_test, argv);
	ck_assert_int_eq(options_parse(2, argv, &cfg, &command), -EINVAL);
	config_free(&cfg);
	words(no_suite, argv);
	ck_assert_int_eq(options_parse(4, argv, &cfg, &command), -EINVAL);
	config_free(&cfg);
}
END_TEST

/* --any-port and --pcap win over what a forward and --net say. */
START_TEST(overrides)
{
	static const char *const line[] = {
		"minivmm", "--any-port",    "--pcap=new", "-p", "2222:22",
		"--net",   "user,pcap=old", "k",	  NULL,
	};
	char *argv[16];
	struct config cfg;
	enum command command;
	const struct sockaddr_in *in;

	words(line, argv);
	ck_assert_int_eq(options_parse(8, argv, &cfg, &command), 0);
	ck_assert_str_eq(cfg.net.pcap, "new");
	ck_assert_uint_eq(cfg.net.forwards.count, 1);
	in = (const void *)&cfg.net.forwards.list[0].host;
	ck_assert_uint_eq(in->sin_port, 0);
	ck_assert(cfg.net.forwards.list[0].picked);
	ck_assert_uint_eq(cfg.net.forwards.list[0].guest_port, 22);
	config_free(&cfg);
}
END_TEST

/* A run leaves what it says in its folder, whatever its file says; but the
 * limits of the file, or of the command line, are the ones that count. */
START_TEST(a_run_has_its_folder)
{
	static const char text[] = "kernel = k\nserial = none\nreport = r\n"
				   "net = user,pcap=x\npublish = 1:2\n";
	static const char none[] = "kernel = k\nnet = none\nmax-output = 1M\n";
	struct config cfg;

	write_file("f", text, strlen(text));
	parse(&cfg, "--config", "f", "--suite-folder", "d", NULL);
	ck_assert_str_eq(cfg.report.file, "d/report.json");
	ck_assert_str_eq(cfg.net.pcap, "d/net.pcapng");
	ck_assert_str_eq(cfg.serial.where, "stdio");
	ck_assert(cfg.net.forwards.list[0].picked);
	ck_assert_uint_eq(cfg.max_output, 64 * MIB);
	config_free(&cfg);
	parse(&cfg, "--config", "f", "--suite-folder", "d", "--max-output=4K",
	      NULL);
	ck_assert_uint_eq(cfg.max_output, 4 * KIB);
	config_free(&cfg);
	write_file("f", none, strlen(none));
	parse(&cfg, "--suite-folder", "d", "--config", "f", NULL);
	ck_assert_ptr_null(cfg.net.pcap);
	ck_assert_uint_eq(cfg.max_output, MIB);
	config_free(&cfg);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_is_whose, without_options,	     refused,
		overrides,     a_run_has_its_folder, NULL,
	};

	return unit_run(options_suite("options-suite", tests));
}
