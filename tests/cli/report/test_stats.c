/* SPDX-License-Identifier: BSD-2-Clause */
/* Counters, and what they look like as JSON and as text. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/report/stats.h"
#include "cli/report/stats_out.h"
#include "tests/unit.h"

struct things {
	uint64_t apples, pears, most;
	struct count_histogram times;
};

static const struct count_spec specs[] = {
	{ "apples", "red", offsetof(struct things, apples), COUNT_SUM },
	{ "pears", "green", offsetof(struct things, pears), COUNT_SUM },
	{ "most", "peak", offsetof(struct things, most), COUNT_PEAK },
	{ "times_ns", "log", offsetof(struct things, times), COUNT_HISTOGRAM },
};

static const struct count_table table = { "things", specs, ARRAY_SIZE(specs) };

START_TEST(counting)
{
	struct things t = { 0 };

	count_add(&t.apples, 2);
	count_add(&t.apples, 3);
	count_peak(&t.most, 7);
	count_peak(&t.most, 5);
	ck_assert_uint_eq(count_get(&t.apples), 5);
	ck_assert_uint_eq(count_get(&t.most), 7);
}
END_TEST

START_TEST(histograms)
{
	static const struct {
		uint64_t value;
		unsigned bucket;
	} seen[] = {
		{ 0, 0 },	  { 1, 0 },	      { 2, 1 },
		{ 3, 1 },	  { 4, 2 },	      { (1u << 31) - 1, 30 },
		{ 1u << 31, 31 }, { UINT64_MAX, 31 },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(seen); i++) {
		struct things t = { 0 };

		count_bucket(&t.times, seen[i].value);
		ck_assert_uint_eq(t.times.bucket[seen[i].bucket], 1);
	}
}
END_TEST

START_TEST(as_json)
{
	struct things t = { .apples = UINT64_C(1) << 40, .most = 1 };
	json_t *root = json_object();
	struct stats_json out;
	char *text;

	count_bucket(&t.times, 5);
	stats_json_init(&out, root);
	out.view.begin(out.view.arg, "outer");
	count_show(&table, &t, &out.view);
	out.view.end(out.view.arg);
	count_show_flat(&table, &(struct things){ 0 }, &out.view);
	ck_assert(!out.failed);
	text = json_dumps(root, JSON_COMPACT);
	ck_assert_str_eq(text, "{\"outer\":{\"things\":{"
			       "\"apples\":1099511627776,\"pears\":0,"
			       "\"most\":1,\"times_ns\":[0,0,1]}},"
			       "\"apples\":0,\"pears\":0,\"most\":0,"
			       "\"times_ns\":[]}");
	free(text);
	json_decref(root);
}
END_TEST

static char lines[4096];

static void collect(void *arg, const char *text)
{
	(void)arg;
	ck_assert_uint_le(strlen(text), 76);
	strcat(lines, text);
	strcat(lines, "\n");
}

START_TEST(as_text)
{
	struct things t = { .apples = 12, .most = 1 };
	struct stats_text out;

	count_bucket(&t.times, 5);
	count_bucket(&t.times, 100);
	stats_text_init(&out, collect, NULL);
	out.view.begin(out.view.arg, "outer");
	count_show(&table, &t, &out.view);
	count_show(&table, &(struct things){ 0 }, &out.view);
	out.view.end(out.view.arg);
	ck_assert_str_eq(lines, "outer things: apples 12, most 1, "
				"times_ns<8 1, times_ns<128 1\n");
}
END_TEST

/* However much there is, each line says of whom. */
START_TEST(long_text)
{
	struct things t = { 0 };
	struct stats_text out;
	unsigned n = 0;

	for (unsigned i = 0; i < COUNT_BUCKETS; i++)
		t.times.bucket[i] = UINT64_MAX;
	stats_text_init(&out, collect, NULL);
	count_show(&table, &t, &out.view);
	for (const char *at = lines; *at; at = strchr(at, '\n') + 1) {
		ck_assert_int_eq(strncmp(at, "things: times_ns<", 17), 0);
		n++;
	}
	ck_assert_uint_gt(n, 10);
}
END_TEST

/* Where the console goes, too, they are written after it. */
START_TEST(one_file_for_both)
{
	char path[] = "/tmp/test_stats.XXXXXX";
	int fd = mkstemp(path), other = open("/dev/null", O_WRONLY | O_CLOEXEC);
	struct stats_file stats;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_ge(other, 0);
	ck_assert_int_eq(stats_file_open(&stats, path), 0);
	stats_file_close_unless(&stats, fd);
	ck_assert_ptr_nonnull(stats.file);
	stats_file_close_unless(&stats, other);
	ck_assert_ptr_null(stats.file);
	ck_assert_int_gt(lseek(fd, 0, SEEK_END), 0);
	stats_file_close_unless(&stats, other);
	ck_assert_int_eq(stats_file_close(&stats), 0);
	unlink(path);
	close(fd);
	close(other);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		counting,  histograms,	      as_json, as_text,
		long_text, one_file_for_both, NULL,
	};

	return unit_run(unit_suite("stats", tests));
}
