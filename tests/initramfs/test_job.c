/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_job.c - the archive with a guest's only job, and where it goes
 *
 * cpio(1) has to agree with what is in it.  That Linux does is seen by
 * guest-tests/linux.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/string_list.h"
#include "initramfs/job.h"
#include "initramfs/kmod.h"
#include "tests/unit_options.h"

static const struct job_settings settings = { .plain = 1, .rows = 50 };

static void make_job(const struct job *job, const char *file)
{
	uint8_t *archive;
	size_t len;

	ck_assert_int_eq(job_archive(job, &archive, &len), 0);
	ck_assert_uint_eq(len % 4, 0);
	write_file(file, (const char *)archive, len);
	free(archive);
}

static void make(const char *command, const char *file)
{
	make_job(&(struct job){ .settings = settings, .script = command },
		 file);
}

static void run(const char *command)
{
	ck_assert_msg(system(command) == 0, "%s", command);
}

static size_t contents(const char *file, char *buf, size_t room)
{
	FILE *in = fopen(file, "r");
	size_t len;

	ck_assert_ptr_nonnull(in);
	len = fread(buf, 1, room - 1, in);
	buf[len] = '\0';
	fclose(in);
	return len;
}

static mode_t mode_of(const char *file)
{
	struct stat st;

	ck_assert_int_eq(lstat(file, &st), 0);
	return st.st_mode;
}

START_TEST(cpio_unpacks_it)
{
	/* Of any length, to see the padding. */
	static const char command[] = "echo \"a  b\" | wc -c\nexit 7";
	char buf[4096];

	for (size_t i = 0; i < 4; i++) {
		make(command + i, "archive");
		run("cpio -idmu --quiet <archive");
		contents("." JOB_SCRIPT, buf, sizeof(buf));
		ck_assert_str_eq(buf, command + i);
	}
	ck_assert_uint_eq(contents("." JOB_SETTINGS, buf, sizeof(buf)),
			  sizeof(settings));
	ck_assert_mem_eq(buf, &settings, sizeof(settings));
	ck_assert_uint_eq(mode_of("." JOB_DIR), S_IFDIR | 0755);
	ck_assert_uint_eq(mode_of("." JOB_SCRIPT), S_IFREG | 0644);
	ck_assert_uint_eq(mode_of("." JOB_INIT), S_IFREG | 0755);
	ck_assert_uint_gt(contents("." JOB_INIT, buf, sizeof(buf)), 64);
	ck_assert_mem_eq(buf, ELFMAG, SELFMAG);
}
END_TEST

/* Small and alone: no library, no interpreter. */
START_TEST(its_program_needs_nothing)
{
	char buf[16384];
	const Elf64_Ehdr *header = (const void *)buf;
	size_t len;

	make("", "archive");
	run("cpio -idmu --quiet <archive");
	len = contents("." JOB_INIT, buf, sizeof(buf));
	ck_assert_uint_lt(len, 12288);
	ck_assert_uint_eq(header->e_type, ET_EXEC);
	ck_assert_uint_eq(header->e_machine, EM_X86_64);
	for (unsigned i = 0; i < header->e_phnum; i++) {
		const Elf64_Phdr *segment =
			(const void *)(buf + header->e_phoff +
				       i * header->e_phentsize);

		ck_assert_uint_ne(segment->p_type, PT_INTERP);
		ck_assert_uint_ne(segment->p_type, PT_DYNAMIC);
	}
}
END_TEST

/* Words have any bytes but 0, and any length. */
START_TEST(words_are_in_files)
{
	static char words[][8] = { "a  b", "\"'\n", "", "\xff\xc3" };
	char *const args[] = { words[0], words[1], words[2], words[3] };
	const struct string_list list = { (char **)(uintptr_t)args, 4 };
	struct kmod_list modules = {
		.kmods = { { .data = (uint8_t *)words[0], .len = 3 },
			   { .data = (uint8_t *)words[1], .len = 2 } },
		.count = 2,
	};
	const struct job job = { .args = &list,
				 .env = &list,
				 .mounts = &list,
				 .cwd = "/x",
				 .modules = &modules };
	char buf[64];

	make_job(&job, "archive");
	run("cpio -idmu --quiet <archive");
	ck_assert_uint_eq(contents("." JOB_ARGS, buf, sizeof(buf)), 13);
	ck_assert_mem_eq(buf, "a  b\0\"'\n\0\0\xff\xc3", 13);
	ck_assert_uint_eq(contents("." JOB_ENV, buf, sizeof(buf)), 13);
	ck_assert_uint_eq(contents("." JOB_MOUNTS, buf, sizeof(buf)), 13);
	contents("." JOB_CWD, buf, sizeof(buf));
	ck_assert_str_eq(buf, "/x");
	contents("." JOB_MODULES "/00", buf, sizeof(buf));
	ck_assert_str_eq(buf, "a  ");
	contents("." JOB_MODULES "/01", buf, sizeof(buf));
	ck_assert_str_eq(buf, "\"'");
	ck_assert_int_ne(access("." JOB_SCRIPT, F_OK), 0);
}
END_TEST

START_TEST(words_after_two_dashes_are_a_job)
{
	struct config cfg;
	size_t for_linux;
	char *line;

	parse(&cfg, "-i", "rd", "k", "--", "ls", "-m", "a  b", NULL);
	ck_assert_str_eq(cfg.machine.kernel, "k");
	ck_assert_str_eq(cfg.machine.job, "ls -m a  b");
	ck_assert_uint_eq(cfg.machine.words.count, 3);
	ck_assert_str_eq(cfg.machine.words.strings[2], "a  b");
	line = config_cmdline(&cfg, &for_linux);
	ck_assert_str_eq(line, "rdinit=" JOB_INIT " console=ttyS0");
	free(line);
	config_free(&cfg);
	parse(&cfg, "k", "-a", "root=/dev/x -- y", "-i", "rd", "--job=true",
	      NULL);
	ck_assert_str_eq(cfg.machine.job, "true");
	line = config_cmdline(&cfg, &for_linux);
	ck_assert_str_eq(line, "rdinit=" JOB_INIT " root=/dev/x -- y");
	free(line);
	config_free(&cfg);
}
END_TEST

START_TEST(every_run_of_a_test_gets_it)
{
	struct config cfg;
	static char words[][8] = { "minivmm", "test", "a.conf",
				   "--",      "make", "check" };
	char *argv[] = { words[0], words[1], words[2], words[3],
			 words[4], words[5], NULL };
	enum command cmd;
	char log[2048];

	ck_assert_int_eq(parse_argv(6, argv, &cfg, &cmd, log), 0);
	ck_assert_uint_eq(cmd, COMMAND_TEST);
	ck_assert_uint_eq(cfg.suite.files.count, 1);
	ck_assert_uint_eq(cfg.suite.args.count, 1);
	ck_assert_str_eq(cfg.suite.args.strings[0], "--job=make check");
	config_free(&cfg);
}
END_TEST

/* The root is a share that can't be written to; the kernel says less. */
START_TEST(a_root_is_one_more_share)
{
	struct config cfg;
	size_t for_linux;
	char *line;

	parse(&cfg, "--root", "/srv", "--share", ".", "k", NULL);
	ck_assert_uint_eq(cfg.shares.count, 2);
	ck_assert_str_eq(cfg.shares.shares[1].dir, "/srv");
	ck_assert_str_eq(cfg.shares.shares[1].tag, JOB_ROOT_TAG);
	ck_assert(cfg.shares.shares[1].read_only);
	ck_assert(cfg.shares.shares[1].no_xattr);
	ck_assert(!cfg.shares.shares[0].is_root);
	line = config_cmdline(&cfg, &for_linux);
	ck_assert_str_eq(line, "rdinit=" JOB_INIT " console=ttyS0 loglevel=5");
	free(line);
	config_free(&cfg);
	parse(&cfg, "--root=/,user=7:8,xattr", "-a", "+=x", "k", NULL);
	ck_assert(!cfg.shares.shares[0].no_xattr);
	ck_assert(cfg.machine.root.has_user);
	ck_assert_uint_eq(cfg.machine.root.uid, 7);
	ck_assert_uint_eq(cfg.machine.root.gid, 8);
	line = config_cmdline(&cfg, &for_linux);
	ck_assert_str_eq(line,
			 "rdinit=" JOB_INIT " console=ttyS0 loglevel=5 x");
	free(line);
	config_free(&cfg);
	parse(&cfg, "--root=/,user=4294967294:1987654321", "k", NULL);
	ck_assert_uint_eq(cfg.machine.root.uid, 4294967294);
	ck_assert_uint_eq(cfg.machine.root.gid, 1987654321);
	config_free(&cfg);
	parse(&cfg, "--root=/,user=12", "--root=/x,user=root", "k", NULL);
	ck_assert_uint_eq(cfg.machine.root.uid, 0);
	ck_assert_str_eq(cfg.shares.shares[0].dir, "/x");
	config_free(&cfg);
}
END_TEST

START_TEST(it_needs_an_initrd_and_the_port)
{
	refuses("leave out --initrd", "k", "-i", "rd", "--root=/", NULL);
	refuses("--root: its end is told", "k", "--root=/", "--exit-port=none",
		NULL);
	refuses("not root, or numbers", "k", "--root=/,user=joe", NULL);
	refuses("not root, or numbers", "k", "--root=/,user=1:", NULL);
	refuses("not root, or numbers", "k", "--root=/,user=1:2:3", NULL);
	refuses("not root, or numbers", "k", "--root=/,user=99999999999", NULL);
	refuses("not root, or numbers", "k", "--root=/,user=4294967295", NULL);
	refuses("there is no initrd for it: name one", "k", "--", "ls", NULL);
	refuses("leave out --exit-port", "k", "-i", "rd", "--exit-port=none",
		"--job=ls", NULL);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		cpio_unpacks_it,
		its_program_needs_nothing,
		words_are_in_files,
		words_after_two_dashes_are_a_job,
		every_run_of_a_test_gets_it,
		a_root_is_one_more_share,
		it_needs_an_initrd_and_the_port,
		NULL,
	};

	return unit_run(options_suite("job", tests));
}
