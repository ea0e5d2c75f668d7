/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_output.c - files that options name: no two options write the same one
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/output.h"
#include "base/util.h"
#include "tests/files.h"
#include "tests/unit_options.h"

static void refused(const char *path)
{
	char wanted[256];

	ck_assert_int_eq(output_open("--trace ", path, 0), -EEXIST);
	ck_assert(output_is_open(path));
	snprintf(wanted, sizeof(wanted),
		 "minivmm: --trace %s: another option writes this file, too: "
		 "name another file",
		 path);
	log_expect(wanted);
}

START_TEST(one_file_under_any_name)
{
	struct stat st;
	FILE *first;

	log_capture();
	ck_assert_int_eq(symlink("file", "hanging"), 0);
	ck_assert_int_eq(output_open_stream(&first, "--report ", "file"), 0);
	fputs("whole", first);
	ck_assert_int_eq(link("file", "hard"), 0);
	refused("file");
	refused("./file");
	refused("hanging");
	refused("hard");
	ck_assert_int_eq(fclose(first), 0);
	/* What was written is still there, and later runs may write it. */
	ck_assert(!output_is_open("file"));
	ck_assert_int_eq(stat("hard", &st), 0);
	ck_assert_int_eq(st.st_size, strlen("whole"));
}
END_TEST

/* A disk's file is open for reading and writing, a kernel's only for
 * reading. */
START_TEST(files_of_other_kinds)
{
	int fd = open("file", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	log_capture();
	ck_assert_int_ge(fd, 0);
	refused("file");
	close(fd);
	fd = open("file", O_RDONLY | O_CLOEXEC);
	ck_assert(!output_is_open("file"));
	close(fd);
}
END_TEST

/* A descriptor that the program was started with can be named by its number. */
START_TEST(an_inherited_descriptor)
{
	int fd = open("file", O_WRONLY | O_CREAT, 0600), output;
	char path[32];

	log_capture();
	snprintf(path, sizeof(path), "/dev/fd/%d", fd);
	output = output_open("--report ", path, 0);
	ck_assert_int_ge(output, 0);
	refused(path);
	refused("file");
}
END_TEST

/* Several options may write to a device or a pipe. */
START_TEST(no_regular_file)
{
	int reader, fd;

	log_capture();
	ck_assert_int_ge(output_open("--report ", "/dev/null", 0), 0);
	ck_assert_int_ge(output_open("--trace ", "/dev/null", 0), 0);
	ck_assert_int_eq(mkfifo("fifo", 0600), 0);
	ck_assert_int_eq(output_open("--serial file:", "fifo", O_NONBLOCK),
			 -ENXIO);
	log_expect("minivmm: --serial file:fifo: No such device or address: "
		   "nobody reads it: start its reader first");
	reader = open("fifo", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	fd = output_open("--report ", "fifo", 0);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_ge(output_open("--trace ", "fifo", 0), 0);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	close(reader);
}
END_TEST

START_TEST(what_to_do)
{
	static const struct {
		int err;
		const char *why;
	} rows[] = {
		{ -EACCES,
		  "--report file: Permission denied: name a file that can be written" },
		{ -ENOSPC,
		  "--report file: No space left on device: make room there" },
		{ -EDQUOT,
		  "--report file: Disk quota exceeded: make room there" },
		{ -EFBIG, "--report file: File too large: raise `ulimit -f`" },
	};

	log_capture();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		ck_assert_int_eq(output_fail("--report ", "file", rows[i].err),
				 rows[i].err);
		log_expect(rows[i].why);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		one_file_under_any_name,
		files_of_other_kinds,
		an_inherited_descriptor,
		no_regular_file,
		what_to_do,
		NULL,
	};

	return unit_run(options_suite("output", tests));
}
