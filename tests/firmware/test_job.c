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

#include "firmware/job.h"
#include "tests/unit_options.h"

static const struct job_settings settings = { .plain = 1,
					      .rows = 50,
					      .term = "TERM=x" };

static void make(const char *command, const char *file)
{
	uint8_t *archive;
	size_t len;

	ck_assert_int_eq(job_archive(command, &settings, &archive, &len), 0);
	ck_assert_uint_eq(len % 4, 0);
	write_file(file, (const char *)archive, len);
	free(archive);
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
	ck_assert_uint_lt(len, 4096);
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

START_TEST(words_after_two_dashes_are_a_job)
{
	struct config cfg;
	size_t for_linux;
	char *line;

	parse(&cfg, "-i", "rd", "k", "--", "ls", "-m", "a  b", NULL);
	ck_assert_str_eq(cfg.machine.kernel, "k");
	ck_assert_str_eq(cfg.machine.job, "ls -m a  b");
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

START_TEST(it_needs_an_initrd_and_the_port)
{
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
		words_after_two_dashes_are_a_job,
		every_run_of_a_test_gets_it,
		it_needs_an_initrd_and_the_port,
		NULL,
	};

	return unit_run(options_suite("job", tests));
}
