/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Folders that the user shares: what they are called, and which are refused.
 */
#define _GNU_SOURCE
#include "devices/fs/share.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"
#include "tests/files.h"
#include "tests/unit.h"

static struct share share;

/* Its texts are kept: each test is a process. */
static struct share_config named(const char *dir, const char *tag)
{
	static char texts[64][64];
	static unsigned n;
	struct share_config config = { .dir = texts[n++ % 64] };

	snprintf(config.dir, sizeof(texts[0]), "%s", dir);
	if (tag) {
		config.tag = texts[n++ % 64];
		snprintf(config.tag, sizeof(texts[0]), "%s", tag);
	}
	return config;
}

static void is_called(const char *dir, const char *tag)
{
	struct share_config config = named(dir, NULL);

	ck_assert_int_eq(share_open(&share, &config, 100), 0);
	ck_assert_str_eq(share.tag, tag);
	share_close(&share);
}

START_TEST(names)
{
	struct share_config config = named("/", "chosen");

	is_called("/", "root");
	is_called("/usr", "usr");
	is_called("/usr/", "usr");
	is_called("/usr/share/..", "usr");
	is_called("/usr/share//doc/../", "share");
	ck_assert_int_eq(chdir("/usr/share"), 0);
	is_called(".", "share");
	is_called("..", "usr");
	ck_assert_int_eq(share_open(&share, &config, 100), 0);
	ck_assert_str_eq(share.tag, "chosen");
	share_close(&share);
}
END_TEST

static void is_refused(const char *dir, int err, const char *why)
{
	struct share_config config = named(dir, NULL);

	ck_assert_int_eq(share_open(&share, &config, 100), err);
	log_expect(why);
}

START_TEST(refused)
{
	log_capture();
	is_refused("/none", -ENOENT, "--share /none: No such file");
	is_refused("/etc/passwd", -ENOTDIR,
		   "--share /etc/passwd: Not a directory");
	is_refused("/proc", -EINVAL, "state of the host's kernel");
	is_refused("/sys/kernel", -EINVAL, "state of the host's kernel");
	is_refused("/dev", -EINVAL, "state of the host's kernel");
	is_refused("", -ENOENT, "--share : No such file");
}
END_TEST

/* What nobody may read cannot be shared by somebody who is not root. */
START_TEST(not_readable)
{
	char dir[] = "/tmp/fs-test-XXXXXX";

	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(chmod(dir, 0), 0);
	log_capture();
	if (geteuid() == 0)
		ck_assert_int_eq(seteuid(65534), 0);
	is_refused(dir, -EACCES, "it must be readable for the user");
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(0), 0);
	ck_assert_int_eq(rmdir(dir), 0);
}
END_TEST

START_TEST(names_that_collide)
{
	struct share_config both[] = { named("/usr/lib", NULL),
				       named("/var/lib", NULL) };
	struct share_list list = { both, ARRAY_SIZE(both) };
	struct shares shares;

	ck_assert_int_eq(shares_open(&shares, &list), 0);
	ck_assert_uint_eq(shares.count, 2);
	ck_assert_str_eq(shares.share[0].tag, "lib");
	ck_assert_str_eq(shares.share[1].tag, "lib-2");
	shares_close(&shares);
	/* A name that was chosen counts, whatever comes first. */
	both[1] = named("/etc", "lib");
	ck_assert_int_eq(shares_open(&shares, &list), 0);
	ck_assert_str_eq(shares.share[0].tag, "lib-2");
	ck_assert_str_eq(shares.share[1].tag, "lib");
	shares_close(&shares);
	both[0] = named("/usr", "lib");
	log_capture();
	ck_assert_int_eq(shares_open(&shares, &list), -EINVAL);
	log_expect("--share /etc: /usr is called lib, too");
}
END_TEST

/* A long name is cut, between two letters; one that was chosen is refused. */
START_TEST(long_names)
{
	static const char name[] =
		"/tmp/a\nname of thirty-five bytes, and 3\u20ac";
	static const char cut[] = "a-name of thirty-five bytes, and 3";
	struct share_config both[] = { named(name, NULL), named(name, NULL) };
	struct share_list list = { both, ARRAY_SIZE(both) };
	struct shares shares;

	ck_assert_int_eq(mkdir(name, 0700), 0);
	ck_assert_int_eq(shares_open(&shares, &list), 0);
	ck_assert_str_eq(shares.share[0].tag, cut);
	ck_assert_uint_eq(strlen(shares.share[1].tag), 36);
	ck_assert_str_eq(shares.share[1].tag + 34, "-2");
	shares_close(&shares);
	ck_assert_int_eq(rmdir(name), 0);
	both[0] = named("/usr", "a name of more than thirty-six bytes!");
	log_capture();
	ck_assert_int_eq(shares_open(&shares, &list), -EINVAL);
	log_expect("has more than 36 bytes");
	both[0] = named("/usr", "a\nb");
	ck_assert_int_eq(shares_open(&shares, &list), -EINVAL);
	log_expect("has a newline");
}
END_TEST

/* How many files a guest may have open, if the process may have @fds. */
static unsigned files_of(rlim_t fds)
{
	struct share_config one = named("/usr", NULL);
	const struct rlimit limit = { fds, fds };
	struct share_list list = { &one, 1 };
	struct shares shares;
	unsigned n;

	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_int_eq(shares_open(&shares, &list), 0);
	n = shares.share[0].max_handles;
	ck_assert_uint_lt(n + shares.share[0].max_nodes_open, fds);
	shares_close(&shares);
	return n;
}

/* Enough to build a program, where the network leaves any. */
START_TEST(open_files)
{
	ck_assert_uint_ge(files_of(4096), 1024);
	ck_assert_uint_ge(files_of(1024), 300);
	ck_assert_uint_ge(files_of(200), 64);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { names,	     refused,
				       not_readable, names_that_collide,
				       long_names,   open_files,
				       NULL };

	return unit_run(unit_suite("share", tests));
}
