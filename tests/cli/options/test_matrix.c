/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lists of values in test files: which tests become of them, and which options
 * the run of each has.
 */
#define _GNU_SOURCE
#include "base/util.h"
#include "cli/suite/suite_config.h"
#include "tests/unit.h"
#include "tests/unit_options.h"

/* What minivmm test makes of the file t.conf with @text, with up to two more
 * arguments. */
static int find(struct config *cfg, const char *text, const char *a,
		const char *b, char log[2048])
{
	char *argv[] = { strdup("minivmm"),    strdup("test"),
			 strdup("t.conf"),     a ? strdup(a) : NULL,
			 b ? strdup(b) : NULL, NULL };
	char *ours[ARRAY_SIZE(argv)];
	enum command command;
	int err;

	memcpy(ours, argv, sizeof(argv));
	write_file("t.conf", text, strlen(text));
	err = parse_argv(3 + !!a + !!b, argv, cfg, &command, log);
	for (size_t i = 0; i < ARRAY_SIZE(ours); i++)
		free(ours[i]);
	return err;
}

/* The names of the tests in @text are @names, one a line. */
static void check_names(const char *text, const char *a, const char *b,
			const char *names)
{
	struct config cfg;
	char log[2048], got[4096] = "";
	size_t len = 0;

	ck_assert_int_eq(find(&cfg, text, a, b, log), 0);
	for (size_t i = 0; i < cfg.suite.tests.count; i++)
		len += (size_t)snprintf(got + len, sizeof(got) - len, "%s\n",
					cfg.suite.tests.list[i].name);
	ck_assert_str_eq(got, names);
	config_free(&cfg);
}

START_TEST(names)
{
	check_names("kernel = k\n", NULL, NULL, "t\n");
	check_names("kernel = {a, ../b/c }\ncpus = {1,4}\n", NULL, NULL,
		    "t[kernel=a,cpus=1]\nt[kernel=a,cpus=4]\n"
		    "t[kernel=b-c,cpus=1]\nt[kernel=b-c,cpus=4]\n");
	check_names("$V = {6.1,6.6}\nkernel = ${V}/bzImage\n", NULL, NULL,
		    "t[V=6.1]\nt[V=6.6]\n");
	check_names("append += {\"a,b\", 'c d' ,}\n", NULL, NULL,
		    "t[append=a_b]\nt[append=c_d]\nt[append=]\n");
	/* Only a whole value without quotes is a list. */
	check_names("append = '{a,b}'\nexpect = x{1,2}\nsend = \"{}\"\n", NULL,
		    NULL, "t\n");
	check_names("append = {a}-{b}\n", NULL, NULL, "t\n");
	check_names("append = {a{b,c},d}\n", NULL, NULL,
		    "t[append=a{b_c}]\nt[append=d]\n");
}
END_TEST

START_TEST(left_out)
{
	static const char text[] = "mem = {64M,1G}\ncpus = {1,2}\n"
				   "exclude = mem=1G,cpus=2\n";

	check_names(text, NULL, NULL,
		    "t[mem=64M,cpus=1]\nt[mem=64M,cpus=2]\n"
		    "t[mem=1G,cpus=1]\n");
	check_names(text, "--exclude=cpus=1", NULL, "t[mem=64M,cpus=2]\n");
}
END_TEST

/* A list that has no effect makes no tests. */
START_TEST(overruled)
{
	static const char text[] = "mem = {64M,1G}\ncpus = {1,2}\n";

	check_names(text, "--mem=2G", NULL, "t[cpus=1]\nt[cpus=2]\n");
	check_names("mem = {64M,1G}\nmem = 2G\n", NULL, NULL, "t\n");
	check_names("mem = {64M,1G}\nmem = {1G,2G}\n", NULL, NULL,
		    "t[mem=1G]\nt[mem=2G]\n");
	check_names("append = {a,b}\nappend += c\n", "--append=+=d", NULL,
		    "t[append=a]\nt[append=b]\n");
}
END_TEST

/* The run of each test has its values, and no list. */
START_TEST(chosen)
{
	static const char text[] = "kernel = k\nmem = {64M,1G}\ncpus = {1,2}\n"
				   "append = a\nappend += {b,c}\n";
	struct config cfg;
	char log[2048];

	ck_assert_int_eq(find(&cfg, text, NULL, NULL, log), 0);
	ck_assert_uint_eq(cfg.suite.tests.count, 8);
	ck_assert_str_eq(cfg.suite.tests.list[6].choice, "1,1,0");
	config_free(&cfg);
	parse(&cfg, "--config=t.conf", "--suite-folder=d",
	      "--suite-choice=1,1,0", NULL);
	ck_assert_uint_eq(cfg.machine.mem, GIB);
	ck_assert_uint_eq(cfg.machine.cpus, 2);
	ck_assert_str_eq(cfg.machine.append, "a b");
	config_free(&cfg);
	refuses("several values", "--config=t.conf", NULL);
	/* The file has got shorter meanwhile. */
	refuses("the file was changed", "--config=t.conf",
		"--suite-choice=7,0,0", NULL);
}
END_TEST

/* What shows how wide a file's lists are is its mistake, which its run tells: a
 * test all the same. */
START_TEST(mistakes)
{
	static const char *const rows[][2] = {
		{ "cpus = {}\n", "without a value" },
		{ "cpus = {1,1}\n", "two values are called cpus=1" },
		{ "cpus = {1,${NO_SUCH}}\n", "is not set" },
		{ "cpus = {1,2}\nkernle = k\n", "no such key" },
		{ "cpus = {\"a\"b,2}\n", "follows the closing quote" },
	};
	struct config cfg;
	char log[2048];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		check_names(rows[i][0], NULL, NULL, "t\n");
		refuses(rows[i][1], "--config=t.conf", "--suite-folder=d",
			"--suite-choice=0", NULL);
		ck_assert_int_eq(find(&cfg, rows[i][0], "--list", NULL, log),
				 -EINVAL);
		ck_assert_ptr_nonnull(strstr(log, rows[i][1]));
		config_free(&cfg);
	}
	ck_assert_int_eq(
		find(&cfg, "cpus = {1,2}\nexclude = cpus=3\n", NULL, NULL, log),
		-EINVAL);
	ck_assert_ptr_nonnull(strstr(log, "no list has cpus=3"));
	config_free(&cfg);
	ck_assert_int_eq(
		find(&cfg, "cpus = {1}\nexclude = cpus=1\n", NULL, NULL, log),
		-EINVAL);
	ck_assert_ptr_nonnull(strstr(log, "leaves no test"));
	config_free(&cfg);
}
END_TEST

/* Five lists of ten values are 100,000 tests. */
START_TEST(bounded)
{
	char text[512] = "", *p = text;

	for (int i = 0; i < 5; i++)
		p += sprintf(p, "$V%d = {0,1,2,3,4,5,6,7,8,9}\n", i);
	check_names(text, NULL, NULL, "t\n");
	refuses("more than 4096 combinations", "--config=t.conf",
		"--suite-choice=0", NULL);
}
END_TEST

/* Whether a test needs its folder is not known before its run. */
START_TEST(variables_of_runs)
{
	check_names("disk = ${MINIVMM_TEST_DIR}/disk\ncpus = {1,2}\n", NULL,
		    NULL, "t[cpus=1]\nt[cpus=2]\n");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		names,	  left_out, overruled,	       chosen,
		mistakes, bounded,  variables_of_runs, NULL,
	};

	return unit_run(options_suite("matrix", tests));
}
