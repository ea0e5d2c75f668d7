/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_initrd_command.c - minivmm initrd: what is in the archive, and what is
 * said of one that can't be made
 *
 * cpio(1) has to agree with what is in it.  That Linux does, with modules, is
 * seen by guest-tests/linux.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/util.h"
#include "cli/initrd_command.h"
#include "tests/unit_options.h"

/* A script needs no libraries. */
static const char busybox[] = "#!/bin/sh\n"
			      "[ \"$1\" = --list ] || exit 1\n"
			      "echo sh\necho ls\necho '['\necho cat\n";

static int make(const char *const *args)
{
	char words[12][64], *argv[13];
	int argc = 0;

	for (; args[argc]; argc++) {
		snprintf(words[argc], sizeof(words[argc]), "%s", args[argc]);
		argv[argc] = words[argc];
	}
	argv[argc] = NULL;
	return initrd_command(argc, argv);
}

#define MAKE(...) make((const char *const[]){ "initrd", __VA_ARGS__, NULL })

static void run(const char *command)
{
	ck_assert_msg(system(command) == 0, "%s", command);
}

static void write_busybox(void)
{
	write_file("bb", busybox, strlen(busybox));
	ck_assert_int_eq(chmod("bb", 0755), 0);
}

START_TEST(has_a_shell)
{
	write_busybox();
	ck_assert_int_eq(MAKE("-o", "a", "--busybox", "./bb"), 0);
	run("mkdir x && cd x && cpio -idm --quiet <../a");
	run("cmp bb x/bin/busybox && test -x x/bin/busybox");
	run("test \"$(readlink x/bin/sh) $(readlink 'x/bin/[')\" = "
	    "'busybox busybox'");
	run("test -x x/init && head -n 1 x/init | grep -qx '#!/bin/busybox sh'");
	run("sh -n x/init");
	run("cd x && test -d proc -a -d sys -a -d dev -a -d tmp -a -d root");
	run("test -z \"$(ls x/modules)\"");
	/* The same bytes, whenever. */
	run("touch bb");
	ck_assert_int_eq(MAKE("--output=b", "--busybox=bb/../bb"), 2);
	ck_assert_int_eq(MAKE("--output=b", "--busybox=./bb"), 0);
	run("cmp a b");
}
END_TEST

START_TEST(has_programs_with_their_libraries)
{
	write_busybox();
	write_file("own one", "#!/bin/sh\n", 10);
	ck_assert_int_eq(MAKE("-o", "a", "--busybox", "./bb", "-f", "cat", "-f",
			      "./own one", "-f", "env"),
			 0);
	run("mkdir x && cd x && cpio -idm --quiet <../a");
	run("cmp \"$(command -v cat)\" x/bin/cat");
	run("cmp 'own one' 'x/bin/own one'");
	/* Each of them is there. */
	run("ldd \"$(command -v cat)\" | grep -o '/[^ ]*' >libraries && "
	    "test -s libraries && while read -r l; do cmp $l x$l || exit 1; "
	    "done <libraries");
	/* Once. */
	run("test -z \"$(cpio -t --quiet <a | sort | uniq -d)\"");
}
END_TEST

/* A program that doesn't run here would not run there. */
START_TEST(a_library_that_is_missing)
{
	static const char ldd[] =
		"#!/bin/sh\n"
		"[ \"$1\" = \"$PWD/prog\" ] || exit 1\n"
		"printf '\\tliba.so.1 => not found\\n'\n"
		"printf '\\tlibb.so.6 => /lib/libb.so.6 (0x0)\\n'\n";
	char path[256], line[LOG_KEPT];

	write_busybox();
	write_file("prog", "\177ELF", 4);
	run("mkdir bin");
	write_file("bin/ldd", ldd, strlen(ldd));
	ck_assert_int_eq(chmod("bin/ldd", 0755), 0);
	snprintf(path, sizeof(path), "bin:%s", getenv("PATH"));
	setenv("PATH", path, 1);
	ck_assert_int_eq(MAKE("-o", "a", "--busybox", "./bb", "-f", "./prog"),
			 2);
	ck_assert_ptr_nonnull(log_last_error(line));
	ck_assert_msg(strstr(line, "prog: liba.so.1 is not found: install"),
		      "%s", line);
	ck_assert_int_ne(access("a", F_OK), 0);
}
END_TEST

/* /dev/stdout is not to become a file. */
START_TEST(what_is_no_file_stays_what_it_is)
{
	write_busybox();
	run("ln -s /dev/null null; ln -s real link; echo old >real");
	ck_assert_int_eq(MAKE("-o", "null", "--busybox", "./bb"), 0);
	run("test -L null -a -c null");
	ck_assert_int_eq(MAKE("-o", "link", "--busybox", "./bb"), 0);
	ck_assert_int_eq(MAKE("-o", "a", "--busybox", "./bb"), 0);
	run("test -L link && cmp a real");
}
END_TEST

/* Both would be /bin/prog. */
START_TEST(programs_of_one_name)
{
	char line[LOG_KEPT];

	write_busybox();
	run("mkdir a b; echo '#!/bin/sh' >a/prog; echo '#!/bin/ash' >b/prog");
	ck_assert_int_eq(MAKE("-o", "o", "--busybox", "./bb", "-f", "a/prog",
			      "-f", "b/../a/prog"),
			 0);
	ck_assert_int_eq(MAKE("-o", "o", "--busybox", "./bb", "-f", "a/prog",
			      "-f", "b/prog"),
			 2);
	ck_assert_ptr_nonnull(log_last_error(line));
	ck_assert_msg(strstr(line, "-f b/prog: another program is /bin/prog"),
		      "%s", line);
}
END_TEST

START_TEST(messages)
{
	static const struct {
		const char *args[8];
		const char *said;
	} rows[] = {
		{ { NULL }, "no -o FILE: usage: minivmm initrd -o FILE" },
		{ { "-o" }, "-o: usage:" },
		{ { "-o", "" }, "no -o FILE" },
		{ { "-o", "a", "--bogus" }, "--bogus: usage:" },
		{ { "-o", "a", "b" }, "b: usage:" },
		{ { "-o", "no/a", "--busybox", "./bb" },
		  "-o no/a: No such file or directory: name a file that can be "
		  "written" },
		{ { "-o", "a", "--busybox", "./none" },
		  "./none: No such file or directory: install busybox-static, "
		  "or name a busybox by --busybox" },
		{ { "-o", "a", "--busybox", "./empty" },
		  "is no busybox: install busybox-static" },
		{ { "-o", "a", "--busybox", "/bin/cat" },
		  "needs libraries: install busybox-static" },
		{ { "-o", "a", "--busybox", "./bb", "-f", "no-such-program" },
		  "-f no-such-program: No such file or directory: name a "
		  "program's file" },
		{ { "-o", "a", "--busybox", "./bb", "-f", "." }, "/" },
		{ { "-o", "a", "-k", "bb", "-m", "x" },
		  "bb: a script: name a kernel" },
		{ { "-o", "a", "-k", "none", "-m", "x" },
		  "none: No such file" },
	};

	write_busybox();
	write_file("empty", "", 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *args[9] = { "initrd" };
		char line[LOG_KEPT];

		memcpy(args + 1, rows[i].args, sizeof(rows[i].args));
		ck_assert_int_eq(make(args), 2);
		ck_assert_ptr_nonnull(log_last_error(line));
		ck_assert_msg(strstr(line, rows[i].said), "%zu: %s", i, line);
		/* Nothing is left where it was to be. */
		ck_assert_int_ne(access("a", F_OK), 0);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		has_a_shell,
		has_programs_with_their_libraries,
		a_library_that_is_missing,
		what_is_no_file_stays_what_it_is,
		programs_of_one_name,
		messages,
		NULL,
	};

	return unit_run(options_suite("initrd", tests));
}
