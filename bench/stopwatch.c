/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stopwatch [-l PRELOAD] LINE COMMAND [ARG...]: run a VMM and print when, in
 * microseconds since just before its exec, things happened:
 *
 *   run    the first KVM_RUN (with -l: the library made from first_run.c)
 *   byte   the first byte of its output
 *   line   a line LINE of its output was complete
 *   exit   it has ended
 *
 * What hasn't happened isn't printed. Its stdin is empty. The status is 0 if
 * the line came and the VMM's status was 0, too.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench/first_run.h"

struct watch {
	const char *wanted;
	int64_t begun;
	int64_t byte;
	int64_t line;
	/* the line being read, as far as it fits */
	char part[256];
	size_t length;
};

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void take_line(struct watch *w, int64_t when)
{
	while (w->length && w->part[w->length - 1] == '\r')
		w->length--;
	w->part[w->length] = '\0';
	w->length = 0;
	if (!w->line && strcmp(w->part, w->wanted) == 0)
		w->line = when;
}

static void take(struct watch *w, const char *bytes, size_t n)
{
	int64_t when = now_us();

	if (!w->byte)
		w->byte = when;
	for (size_t i = 0; i < n; i++) {
		if (bytes[i] == '\n')
			take_line(w, when);
		else if (w->length < sizeof(w->part) - 1)
			w->part[w->length++] = bytes[i];
	}
}

static pid_t start(char *const *argv, const char *preload, const int *out,
		   int run)
{
	pid_t pid = fork();
	int null;

	if (pid != 0)
		return pid;
	null = open("/dev/null", O_RDONLY);
	if (dup2(null, 0) < 0 || dup2(out[1], 1) < 0)
		_exit(127);
	if (preload) {
		setenv("LD_PRELOAD", preload, 1);
		if (dup2(run, FIRST_RUN_FD) < 0)
			_exit(127);
	}
	execvp(argv[0], argv);
	perror(argv[0]);
	_exit(127);
}

static void print(const struct watch *w, const char *name, int64_t when)
{
	if (when)
		printf("%s %lld\n", name, (long long)(when - w->begun));
}

/* The time that first_run.c has written, or 0. */
static int64_t first_run(int fd)
{
	int64_t ns;

	return pread(fd, &ns, sizeof(ns), 0) == sizeof(ns) ? ns / 1000 : 0;
}

static int watch(struct watch *w, char *const *argv, const char *preload)
{
	char bytes[4096];
	int status, out[2];
	int run = memfd_create("first-run", MFD_CLOEXEC);
	ssize_t n;
	pid_t pid;

	if (pipe2(out, O_CLOEXEC) < 0 || run < 0 ||
	    ftruncate(run, sizeof(int64_t)) < 0)
		return 127;
	w->begun = now_us();
	pid = start(argv, preload, out, run);
	close(out[1]);
	while ((n = read(out[0], bytes, sizeof(bytes))) > 0)
		take(w, bytes, (size_t)n);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return 127;
	print(w, "run", first_run(run));
	print(w, "byte", w->byte);
	print(w, "line", w->line);
	print(w, "exit", now_us());
	if (!w->line)
		return 1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int main(int argc, char **argv)
{
	struct watch w = { 0 };
	const char *preload = NULL;
	int opt;

	while ((opt = getopt(argc, argv, "+l:")) == 'l')
		preload = optarg;
	if (opt != -1 || argc - optind < 2) {
		fputs("usage: stopwatch [-l PRELOAD] LINE COMMAND...\n",
		      stderr);
		return 2;
	}
	w.wanted = argv[optind];
	return watch(&w, argv + optind + 1, preload);
}
