/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Results as a page: whole, bounded, and harmless whatever a guest says.
 */
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"
#include "cli/report/html.h"
#include "cli/report/html_kernel.h"
#include "cli/report/html_run.h"
#include "cli/report/html_text.h"
#include "cli/report/outcome_files.h"
#include "tests/unit.h"

static char dir[] = "/tmp/html.XXXXXX";

static void file(const char *name, const char *text, size_t len)
{
	char path[PATH_MAX];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(text, 1, len, f), len);
	fclose(f);
}

static void set_up(void)
{
	snprintf(dir, sizeof(dir), "/tmp/html.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void tear_down(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s", dir);
	ck_assert_int_eq(system(command), 0);
}

/* The page about @suite, to be freed. */
static char *page_of(const struct outcome_suite *suite)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	html_write(out, suite);
	fclose(out);
	return text;
}

static size_t count(const char *text, const char *what)
{
	size_t n = 0;

	while ((text = strstr(text, what))) {
		text += strlen(what);
		n++;
	}
	return n;
}

static char *lines(const char *text, size_t len, const char *marked)
{
	char *all = NULL;
	size_t size;
	FILE *out = open_memstream(&all, &size);

	html_lines(out, text, len, marked);
	fclose(out);
	return all;
}

START_TEST(text_stays_text)
{
	static const struct {
		const char *said, *shown;
	} cases[] = {
		{ "</pre><script>x()</script>",
		  "&lt;/pre&gt;&lt;script&gt;x()&lt;/script&gt;\n" },
		{ "a&b\"c\"", "a&amp;b&quot;c&quot;\n" },
		{ "\033[1;31mred\033[0m\tand \033cnot", "red\tand not\n" },
		{ "\033[", "\n" },
		{ "\033", "?\n" },
		{ "cut \033[31", "cut \n" },
		{ "\033(B\033[mreset\033 now\033(", "resetnow\n" },
		{ "bell\a \xff \xc3\xa9\r\r\nnext",
		  "bell? ? \xc3\xa9\nnext\n" },
		/* The direction of the text is not turned. */
		{ "a\xe2\x80\xae"
		  "b",
		  "a?b\n" },
		{ "", "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char *all = lines(cases[i].said, strlen(cases[i].said), NULL);

		ck_assert_str_eq(all, cases[i].shown);
		free(all);
	}
}
END_TEST

START_TEST(zero_bytes_are_shown)
{
	char *all = lines("a\0b\n", 4, NULL);

	ck_assert_str_eq(all, "a?b\n");
	free(all);
}
END_TEST

START_TEST(line_of_the_reason_is_marked)
{
	static const char said[] = "one\nKernel panic - <x>\nthree\n";
	char *all = lines(said, strlen(said), "Kernel panic - <x>");

	ck_assert_str_eq(all,
			 "one\n<mark>Kernel panic - &lt;x&gt;</mark>\nthree\n");
	free(all);
}
END_TEST

static char *kernel(const char *text)
{
	char *all = NULL;
	size_t size;
	FILE *out = open_memstream(&all, &size);

	html_kernel(out, text, strlen(text));
	fclose(out);
	return all;
}

START_TEST(pauses_of_the_kernel)
{
	char *all = kernel("[    0.000000] begin\n"
			   "no stamp\n"
			   "[    0.100000] slow <b>\n"
			   "[    0.600000] initcall pci_x+0x0/0x1 returned 0 "
			   "after 480000 usecs\r\n"
			   "[    0.600500] end\n"
			   "[    0.000001] begun anew\n"
			   "[99999999999999999999.000000] odd\n[  ] [0.] [0.1\n"
			   "[");

	ck_assert_uint_eq(count(all, "500.0</td><td><code>[    0.100000] "
				     "slow &lt;b&gt;"),
			  1);
	ck_assert_uint_eq(count(all, "480.0</td>"), 1);
	ck_assert_uint_eq(count(all, "<table>"), 2);
	ck_assert_uint_eq(count(all, "<tr>"), 2 + 2 + 1);
	free(all);
	all = kernel("nothing\n[    0.5] but\n[    0.6 noise");
	ck_assert_str_eq(all, "");
	free(all);
}
END_TEST

static char good[] = "a-1", bad[] = "<a>-2", panic[] = "panic",
	    reason[] = "Kernel panic - not syncing: \"<x>\"";

START_TEST(whole_page)
{
	json_t *report =
		json_pack("{s:{s:f, s:f, s:f}, s:{s:{s:i, s:i}}}", "phases",
			  "end", 2.0, "start", 0.0, "first_output", 0.5,
			  "counters", "serial", "tx", 12, "rx", 0);
	struct outcome outcomes[] = {
		{ .name = good, .took_ns = NSEC_PER_SEC },
		{ .name = bad,
		  .code = 16,
		  .verdict = panic,
		  .reason = reason,
		  .kept = dir,
		  .report = report },
	};
	const struct outcome_suite suite = { .name = "s<u>ite",
					     .outcomes = outcomes,
					     .n = 2,
					     .n_tests = 1,
					     .page = "/tmp/else" };
	static const char console[] =
		"hello\n[    1.000000] Kernel panic - not syncing: \"<x>\"\n";
	char *page, link[64];

	file("console", console, strlen(console));
	file("messages", "said <b>\n", 9);
	page = page_of(&suite);
	ck_assert_uint_eq(count(page, "<b class=\"good\">1 passed</b>, "
				      "<b class=\"bad\">1 failed</b>"),
			  1);
	ck_assert_uint_eq(count(page, "<title>s&lt;u&gt;ite: 1 of 2 failed<"),
			  1);
	ck_assert_uint_eq(count(page, "<li id=\"run-"), 2);
	ck_assert_uint_eq(count(page, "<details open>"), 1);
	ck_assert_uint_eq(count(page, "&lt;a&gt;-2"), 1);
	ck_assert_uint_eq(count(page, "<mark>[    1.000000] Kernel panic"), 1);
	ck_assert_uint_eq(count(page, "said &lt;b&gt;"), 1);
	ck_assert_uint_eq(count(page, "serial tx</th><td class=\"number\">12<"),
			  1);
	ck_assert_uint_eq(count(page, "serial rx"), 0);
	ck_assert_uint_eq(count(page, "x=\"25.00\" width=\"75.00\""), 1);
	/* Of a test that ran twice. */
	ck_assert_uint_eq(count(page, "<polyline"), 1);
	ck_assert_uint_eq(count(page, "<circle"), 1);
	snprintf(link, sizeof(link), "<a href=\"../%s/\">",
		 dir + strlen("/tmp/"));
	ck_assert_uint_eq(count(page, link), 1);
	ck_assert_uint_eq(count(page, "<script>"), 1);
	ck_assert_uint_eq(count(page, "</html>\n"), 1);
	free(page);
	json_decref(report);
}
END_TEST

START_TEST(tests_of_the_guest)
{
	static char two[] = "t<w>o", net[] = "net", why[] = "<why>",
		    output[] = "said\n<that>";
	struct subtest list[] = {
		{ .name = good, .result = SUBTEST_PASS },
		{ .group = net,
		  .name = two,
		  .result = SUBTEST_FAIL,
		  .why = why,
		  .output = output },
	};
	struct outcome outcome = {
		.name = good,
		.tests = { .list = list, .n = 2, .count = { 1, 1 } },
	};
	const struct outcome_suite suite = { .name = "s",
					     .outcomes = &outcome,
					     .n = 1 };
	char *page = page_of(&suite);

	ck_assert_uint_eq(count(page, "1 passed, 1 failed, 0 skipped"), 1);
	ck_assert_uint_eq(
		count(page,
		      "net.t&lt;w&gt;o: &lt;why&gt;</p>\n"
		      "<pre tabindex=\"0\" role=\"group\" aria-label=\"Output\">\nsaid\n"
		      "&lt;that&gt;\n</pre>"),
		1);
	free(page);
}
END_TEST

/* A page in the folder that it tells of. */
START_TEST(link_to_its_own_folder)
{
	struct outcome outcome = { .name = good, .kept = dir };
	const struct outcome_suite suite = {
		.name = "s", .outcomes = &outcome, .n = 1, .page = dir
	};
	char *page = page_of(&suite);

	ck_assert_uint_eq(count(page, "<a href=\"./\">"), 1);
	free(page);
}
END_TEST

START_TEST(page_of_nothing)
{
	const struct outcome_suite suite = { .name = "minivmm" };
	char *page = page_of(&suite);

	ck_assert_uint_eq(count(page, "<b class=\"good\">0 passed</b>, "
				      "<b class=\"good\">0 failed</b>"),
			  1);
	free(page);
}
END_TEST

/* Ten megabytes of a guest's are told of by their end. */
START_TEST(consoles_are_bounded)
{
	enum { LEN = 10 << 20, RUNS = 80 };
	char *console = malloc(LEN), *page;
	struct outcome *all = calloc(RUNS, sizeof(*all));
	struct outcome_suite suite = { .name = "s", .n = 1, .n_tests = 1 };

	memset(console, 'x', LEN);
	for (size_t i = 63; i < LEN; i += 64)
		memcpy(console + i - 1, "<\n", 2);
	file("console", console, LEN);
	for (size_t i = 0; i < RUNS; i++)
		all[i] =
			(struct outcome){ .name = bad, .code = 1, .kept = dir };
	suite.outcomes = all;
	page = page_of(&suite);
	/* "<" takes four bytes, and there is one in 64. */
	ck_assert_uint_ge(strlen(page), HTML_CONSOLE);
	ck_assert_uint_le(strlen(page), HTML_CONSOLE / 64 * 67 + 20000);
	free(page);
	suite.n = suite.n_tests = RUNS;
	page = page_of(&suite);
	ck_assert_uint_ge(strlen(page), HTML_CONSOLES);
	ck_assert_uint_le(strlen(page), HTML_CONSOLES / 64 * 67 + RUNS * 1000);
	free(page);
	free(all);
	free(console);
}
END_TEST

/* What is no file of ours is not read, nor waited for. */
START_TEST(odd_folder)
{
	struct outcome outcome = { .name = bad, .code = 1, .kept = dir };
	const struct outcome_suite suite = { .name = "s",
					     .outcomes = &outcome,
					     .n = 1,
					     .n_tests = 1,
					     .page = "/" };
	char path[PATH_MAX], *page;

	snprintf(path, sizeof(path), "%s/console", dir);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	snprintf(path, sizeof(path), "%s/messages", dir);
	ck_assert_int_eq(symlink("/etc/passwd", path), 0);
	page = page_of(&suite);
	ck_assert_uint_eq(count(page, "root:"), 0);
	ck_assert_uint_eq(count(page, "<pre"), 0);
	free(page);
}
END_TEST

START_TEST(written_to_a_file)
{
	char path[PATH_MAX], line[32] = "";
	struct outcome_names names = { .html = path };
	const struct outcome_suite suite = { .name = "minivmm" };
	struct outcome_files files;
	FILE *f;

	snprintf(path, sizeof(path), "%s/page.html", dir);
	ck_assert_int_eq(outcome_open(&files, &names), 0);
	ck_assert_str_eq(files.page, dir);
	ck_assert_int_eq(outcome_close(&files, &suite), 0);
	f = fopen(path, "r");
	ck_assert_ptr_nonnull(fgets(line, sizeof(line), f));
	ck_assert_str_eq(line, "<!DOCTYPE html>\n");
	fclose(f);
	names.html = "/nowhere/page.html";
	ck_assert_int_eq(outcome_open(&files, &names), -ENOENT);
	ck_assert_int_eq(outcome_close(&files, &suite), 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		text_stays_text,
		zero_bytes_are_shown,
		line_of_the_reason_is_marked,
		pauses_of_the_kernel,
		whole_page,
		link_to_its_own_folder,
		tests_of_the_guest,
		page_of_nothing,
		consoles_are_bounded,
		odd_folder,
		written_to_a_file,
		NULL,
	};

	return unit_run(unit_suite_fixture("html", tests, set_up, tear_down));
}
