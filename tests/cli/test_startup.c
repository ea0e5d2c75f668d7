/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The real program, where it cannot start: each failure has its exit status,
 * and one verdict, which is the last line on stderr.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include "base/exit_code.h"
#include "base/util.h"
#include "tests/files.h"
#include "tests/kernels.h"
#include "tests/unit.h"

/* No failure takes longer than this, in milliseconds. */
#define WATCHDOG_MS 30000

#define NOBODY 65534

#define WORDS_MAX 12

/* What a run needs, or inherits that is out of the ordinary. */
enum how {
	PLAIN,
	/* A /dev/kvm that works. */
	NEEDS_KVM,
	/* Another user, who may not use it. */
	AS_NOBODY,
	FEW_FILES,
	LITTLE_STACK,
	STDIN_CLOSED,
	STDOUT_CLOSED,
	SIGINT_IGNORED,
	ALL_BLOCKED,
};

/* The folder that the program is run in. */
static char dir[] = "/tmp/minivmm-startup-XXXXXX";

struct row {
	int status;
	const char *word;
	/* Something that is said of it. */
	const char *said;
	/* The command line, in that folder; blanks separate words. */
	const char *args;
	enum how how;
};

static void make(const char *name, const void *bytes, size_t len)
{
	FILE *out = fopen(name, "we");

	ck_assert_ptr_nonnull(out);
	ck_assert_uint_eq(fwrite(bytes, 1, len, out), len);
	ck_assert_int_eq(fclose(out), 0);
}

static void make_kernels(void)
{
	struct toy toy;

	toy_bzimage(&toy);
	make("bzimage", toy.bytes, sizeof(toy.bytes));
	make("truncated", toy.bytes, TOY_CODE + 1);
	toy_pvh64(&toy);
	make("pvh", toy.bytes, sizeof(toy.bytes));
	toy.phdr64[0].p_memsz = 64 * MIB;
	make("huge", toy.bytes, sizeof(toy.bytes));
	toy_elf32(&toy);
	toy_multiboot(&toy, 0);
	make("multiboot", toy.bytes, sizeof(toy.bytes));
}

/* A socket that somebody listens on, until the end of the test. */
static void make_taken_socket(void)
{
	const struct sockaddr_un addr = { AF_UNIX, "taken" };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, (const struct sockaddr *)&addr, sizeof(addr)),
			 0);
	ck_assert_int_eq(listen(fd, 1), 0);
}

static void make_folder(void)
{
	static const char junk[] = "#!/bin/sh\n";
	static const char conf[] = "kernel = pvh\nmemori = 1G\n";

	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(chmod(dir, 0755), 0);
	ck_assert_int_eq(chdir(dir), 0);
	make_kernels();
	make("junk", junk, sizeof(junk) - 1);
	make("empty", "", 0);
	make("typo.conf", conf, sizeof(conf) - 1);
	ck_assert_int_eq(symlink("one", "link"), 0);
	ck_assert_int_eq(mkfifo("fifo", 0600), 0);
	make_taken_socket();
}

static void remove_folder(void)
{
	ck_assert_int_eq(system("rm -r \"$PWD\""), 0);
}

static void inherit(enum how how)
{
	const struct rlimit few = { 8, 8 };
	const struct rlimit little = { 128 * KIB, 128 * KIB };
	sigset_t all;

	switch (how) {
	case PLAIN:
	case NEEDS_KVM:
		break;
	case AS_NOBODY:
		if (setgroups(0, NULL) || setgid(NOBODY) || setuid(NOBODY))
			_exit(99);
		break;
	case FEW_FILES:
		setrlimit(RLIMIT_NOFILE, &few);
		break;
	case LITTLE_STACK:
		setrlimit(RLIMIT_STACK, &little);
		break;
	case STDIN_CLOSED:
		close(STDIN_FILENO);
		break;
	case STDOUT_CLOSED:
		close(STDOUT_FILENO);
		break;
	case SIGINT_IGNORED:
		signal(SIGINT, SIG_IGN);
		break;
	case ALL_BLOCKED:
		sigfillset(&all);
		sigprocmask(SIG_SETMASK, &all, NULL);
		break;
	}
}

/* In the child: become the program.  What @log is, is its stderr. */
static void become_program(const struct row *row, int program, int log)
{
	char *argv[WORDS_MAX] = { (char[]){ "minivmm" } };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	char *line, *save = NULL;
	unsigned n = 1;

	line = strdup(row->args);
	if (!line)
		_exit(99);
	for (char *word = strtok_r(line, " ", &save); word;
	     word = strtok_r(NULL, " ", &save))
		argv[n++] = word;
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
	inherit(row->how);
	/* By its descriptor: another user may not be let into the folders
	 * above it. */
	fexecve(program, argv, environ);
	_exit(98);
}

/* Its exit status as a shell has it; -1 if it does not end. */
static int await(pid_t pid)
{
	struct pollfd ended = { .fd = (int)syscall(SYS_pidfd_open, pid, 0),
				.events = POLLIN };
	int status;
	bool in_time;

	ck_assert_int_ge(ended.fd, 0);
	in_time = poll(&ended, 1, WATCHDOG_MS) == 1;
	close(ended.fd);
	if (!in_time)
		kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	if (!in_time)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) :
				   EXIT_CODE_SIGNAL + WTERMSIG(status);
}

/* The verdicts in @text, a word each, with a blank behind it; only one that
 * ends the text counts as the last line.  What was said of the failure is its
 * reason. */
static void check_verdict(const struct row *row, const char *text)
{
	static const char mark[] = "minivmm: verdict=";
	const char *at = strstr(text, mark), *word;
	size_t len = strlen(row->word);

	ck_assert_msg(at, "%s: no verdict: %s", row->args, text);
	ck_assert_msg(!strstr(at + 1, mark), "%s: two verdicts: %s", row->args,
		      text);
	word = at + strlen(mark);
	ck_assert_msg(!strncmp(word, row->word, len) && word[len] == ' ',
		      "%s: not %s: %s", row->args, row->word, text);
	ck_assert_msg(strstr(at, row->said), "%s: no \"%s\" in %s", row->args,
		      row->said, at);
	ck_assert_msg(strchr(at, '\n') == text + strlen(text) - 1,
		      "%s: not the last line: %s", row->args, text);
}

static void check_row(const struct row *row, int program)
{
	int log = memfd_create("stderr", MFD_CLOEXEC), status;
	char text[4096] = "";
	pid_t pid;

	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (!pid)
		become_program(row, program, log);
	status = await(pid);
	ck_assert_int_ge(pread(log, text, sizeof(text) - 1, 0), 0);
	ck_assert_msg(status == row->status, "%s: status %d: %s", row->args,
		      status, text);
	check_verdict(row, text);
	close(log);
}

static const struct row rows[] = {
	/* The command line. */
	{ 2, "usage", "no kernel: ./bzImage", "", PLAIN },
	{ 2, "usage", "virt-get-kernel -a a.img", "--disk a.img", PLAIN },
	{ 2, "usage", "no such option", "--bogus", PLAIN },
	{ 2, "usage", "1 to 255", "--cpus 0 pvh", PLAIN },
	{ 2, "usage", "--timeout", "--timeout never pvh", PLAIN },
	{ 2, "usage", "No such file", "--config none", PLAIN },
	{ 2, "usage", "no such key", "--config typo.conf", PLAIN },
	{ 2, "usage", "--expect", "--expect ( pvh", PLAIN },
	/* The kernel, and what goes with it. */
	{ 2, "usage", "No such file", "none", PLAIN },
	{ 2, "usage", "name a file", ".", PLAIN },
	{ 2, "usage", "not a regular file", "fifo", PLAIN },
	{ 2, "usage", "not a regular file", "/dev/null", PLAIN },
	{ 2, "usage", "empty file", "empty", PLAIN },
	{ 2, "usage", "junk", "junk", PLAIN },
	{ 2, "usage", "truncated", "truncated", PLAIN },
	{ 2, "usage", "No such file", "pvh --initrd none", PLAIN },
	{ 2, "usage", "empty file", "pvh --initrd empty", PLAIN },
	{ 2, "usage", "--job", "multiboot --job true", PLAIN },
	{ 2, "usage", "there are no symbols in it", "pvh --symbols junk",
	  PLAIN },
	/* What is to be written. */
	{ 2, "usage", "--report", "pvh --report no/report", PLAIN },
	{ 2, "usage", "--junit", "pvh --junit no/junit", PLAIN },
	{ 2, "usage", "--tap", "pvh --tap no/tap", PLAIN },
	{ 2, "usage", "--stats", "pvh --stats no/stats", PLAIN },
	{ 2, "usage", "--trace", "pvh --trace no/trace", NEEDS_KVM },
	{ 2, "usage", "pcap", "pvh --pcap no/pcap", PLAIN },
	{ 2, "usage", "--serial", "pvh --serial file:no/out", NEEDS_KVM },
	{ 2, "usage", "--serial", "pvh --serial modem", NEEDS_KVM },
	{ 2, "usage", "listen", "pvh --serial unix:taken", NEEDS_KVM },
	{ 2, "usage", "reads it", "pvh --serial file:fifo", NEEDS_KVM },
	{ 2, "usage", "--console-log", "pvh --console-log no/log", NEEDS_KVM },
	{ 2, "usage", "--ready-file", "pvh --ready-file no/ready", NEEDS_KVM },
	{ 2, "usage", "choose another", "pvh -p unix:no/socket:22", NEEDS_KVM },
	/* Two options for one file: a result, or a disk. */
	{ 2, "usage", "--html ./one: another", "pvh --junit one --html ./one",
	  PLAIN },
	{ 2, "usage", "--stats link: another", "pvh --report one --stats link",
	  PLAIN },
	{ 2, "usage", "--trace one: another", "pvh --report one --trace one",
	  NEEDS_KVM },
	{ 2, "usage", "pcap=huge: another", "pvh --disk huge --pcap huge",
	  PLAIN },
	{ 2, "usage", "--console-log one: another",
	  "pvh --tap one --console-log one", NEEDS_KVM },
	{ 2, "usage", "--ready-file one: another",
	  "pvh --tap one --ready-file one", NEEDS_KVM },
	{ 2, "usage", "--core one: another", "pvh --tap one --core one",
	  NEEDS_KVM },
	/* The machine. */
	{ 2, "usage", "--mem", "huge -m 32M", NEEDS_KVM },
	{ 2, "usage", "such as 0x5e0", "pvh --exit-port 0x3f8", NEEDS_KVM },
	{ 2, "usage", "such as 0x501", "pvh --debug-exit 0x5e0", NEEDS_KVM },
	{ 2, "usage", "such as 0x5e0", "pvh --debug-exit 1281 --exit-port 1281",
	  NEEDS_KVM },
	/* The host. */
	{ 3, "host", "/dev/kvm", "pvh", AS_NOBODY },
	{ 3, "host", "`ulimit -n` allows 8 open files: 65 are needed", "pvh",
	  FEW_FILES },
	{ 3, "host", "`ulimit -s` allows a stack of 128 KiB: 512 are needed",
	  "pvh", LITTLE_STACK },
	/* What is inherited makes no difference. */
	{ 2, "usage", "No such file", "none", STDIN_CLOSED },
	{ 2, "usage", "No such file", "none", STDOUT_CLOSED },
	{ 2, "usage", "No such file", "none", SIGINT_IGNORED },
	{ 2, "usage", "No such file", "none", ALL_BLOCKED },
};

/* Without arguments it would be tried. */
static bool hosts_kernel(void)
{
	char path[100];
	struct utsname host;

	uname(&host);
	snprintf(path, sizeof(path), "/boot/vmlinuz-%s", host.release);
	return access(path, R_OK) == 0;
}

START_TEST(a_failure_has_its_status_and_verdict)
{
	const struct row *row = &rows[_i];

	if (row->how == NEEDS_KVM && access("/dev/kvm", R_OK | W_OK) < 0) {
		printf("SKIPPED, no /dev/kvm: %s\n", row->args);
	} else if (!*row->args && hosts_kernel()) {
		printf("SKIPPED, the host's kernel can be booted\n");
	} else if (row->how == AS_NOBODY && geteuid() != 0) {
		printf("SKIPPED, not root: %s\n", row->args);
	} else {
		int program = open(PROGRAM, O_RDONLY | O_CLOEXEC);

		ck_assert_int_ge(program, 0);
		make_folder();
		check_row(row, program);
		close(program);
		remove_folder();
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_failure_has_its_status_and_verdict,
		NULL,
	};

	return unit_run(unit_suite_times("startup", tests, ARRAY_SIZE(rows)));
}
