/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sys.h - what the guest's first process does without a library
 *
 * The program runs beneath any Linux for x86-64.  It has one thread, and
 * functions return what system calls do: a negative errno for a failure.
 */
#ifndef INITRAMFS_INIT_SYS_H
#define INITRAMFS_INIT_SYS_H

#include <asm/unistd.h>
#include <stddef.h>
#include <stdint.h>

#include "initramfs/job.h"

static inline long call(long number, long a, long b, long c, long d, long e)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	/* mmap(2) has a sixth one: where in the file. */
	register long r9 __asm__("r9") = 0;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10),
			   "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

/* text.c: strings, files, messages. */
size_t length(const char *text);
void *memset(void *to, int byte, size_t n);
void *memcpy(void *to, const void *from, size_t n);

/* Whether @text begins with @start. */
int begins(const char *text, const char *start);

/* Write each of @words, which a NULL ends, to standard error, and a newline. */
void say(const char *const *words);
#define SAY(...) say((const char *const[]){ "minivmm: ", __VA_ARGS__, NULL })

/* A number as text, in a buffer of its own. */
const char *number_text(long number);

/* The @n bytes that @path has, with a 0 behind them.  NULL: it is not there. */
char *load(const char *path, size_t *n);

/* The strings in the @n bytes of @text, one behind the other, with a NULL
 * behind the last.  NULL: there is no memory. */
char **split(char *text, size_t n);

/* Memory, all 0; NULL. */
void *allocate(size_t size);

void write_text(const char *path, const char *text, size_t n);

/* Make the folder @path and those above it, where they are not there. */
void make_folders(const char *path);

_Noreturn void end_process(long code);

/* All was said: the run ends with @code. */
_Noreturn void end_run(unsigned code);

/* The files of the initramfs, which are out of reach once there is another
 * root.  What is not there is NULL, or ends at once. */
struct files {
	struct job_settings settings;
	char **args, **env, **mounts;
	char *cwd, *resolv, *sought;
	uint32_t *groups;
	size_t resolv_len, groups_len;
};

/* mounts.c: what programs expect to find, under the root that there is. */
void mount_all(void);

/* root.c: have the folder of the host's as the root.  Ends the run if that
 * cannot be. */
void enter_root(const struct files *files);

/* net.c: 127.0.0.1 works, and eth0 has the machine's addresses, as far as
 * there is a network. */
void bring_up_network(const struct job_settings *settings);

/* ports.c: the command's streams by the virtio console. */
struct ports {
	/* Its second end is closed when the command has ended. */
	int quit[2];
	/* Those that carry bytes; 0: none. */
	long child[3];
};

/* Have the command's input and output, which are descriptors 0 to 2, lead to
 * the ports that @settings names, as soon as these are there.  0: there is no
 * driver, and nothing has changed. */
int open_ports(struct ports *ports, const struct job_settings *settings);

/* The command has ended: see that all it has said is out. */
void close_ports(struct ports *ports);

/* run.c: in the child: become the command. */
_Noreturn void run_command(const struct files *files);

#endif
