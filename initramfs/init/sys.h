/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sys.h - the functions of the guest's first process, which has no C library
 *
 * The program runs on any Linux for x86-64.  It has one thread.  Functions
 * return the results of system calls: a negative errno for a failure.
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
	/* mmap(2) has a sixth argument: the offset in the file. */
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

/* Write each of @words, up to a NULL, and a newline to standard error. */
void say(const char *const *words);
#define SAY(...) say((const char *const[]){ "minivmm: ", __VA_ARGS__, NULL })

/* A number as text, in a buffer of its own. */
const char *number_text(long number);

/* The contents of @path, *@n bytes and a 0.  NULL: it does not exist. */
char *load(const char *path, size_t *n);

/* Split the @n bytes of @text into strings, which end with a 0 each.  The array
 * ends with NULL.  NULL: there is no memory. */
char **split(char *text, size_t n);

/* Memory, all zero; NULL: there is none. */
void *allocate(size_t size);

void write_text(const char *path, const char *text, size_t n);

/* Make the folder @path and those above it that do not exist. */
void make_folders(const char *path);

_Noreturn void end_process(long code);

/* End the run with @code; all output was written. */
_Noreturn void end_run(unsigned code);

/* The files of the initramfs, read before another root hides them.  A missing
 * file is NULL, or empty. */
struct files {
	struct job_settings settings;
	char **args, **env, **mounts;
	char *cwd, *resolv, *sought;
	uint32_t *groups;
	size_t resolv_len, groups_len;
};

/* mounts.c: mount what programs expect under the current root. */
void mount_all(void);

/* root.c: change the root to the host's folder.  Ends the run if that fails. */
void enter_root(const struct files *files);

/* net.c: make 127.0.0.1 work and give eth0 the machine's addresses, if there is
 * a network. */
void bring_up_network(const struct job_settings *settings);

/* ports.c: the command's streams through the virtio console. */
struct ports {
	/* A pipe whose second end is closed when the command has ended. */
	int quit[2];
	/* The processes that carry bytes; 0: none. */
	long child[3];
};

/* Connect the command's input and output, descriptors 0 to 2, to the ports that
 * @settings names, as soon as the ports exist. 0: there is no driver, and
 * nothing has changed. */
int open_ports(struct ports *ports, const struct job_settings *settings);

/* The command has ended: wait until all its output is written. */
void close_ports(struct ports *ports);

/* run.c: in the child: become the command. */
_Noreturn void run_command(const struct files *files);

#endif
