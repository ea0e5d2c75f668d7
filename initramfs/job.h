/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * job.h - a command as Linux's only job
 *
 * Linux unpacks an initramfs of several archives, one behind the other.  The
 * archive that is made here comes before the user's, if there is one.  It has a
 * program that the kernel starts as its first process (init/), and the
 * program's instructions.  The program mounts what programs expect, or builds
 * the whole root from a folder of the host.  Then it runs the command, and ends
 * the run with the command's exit code, through the exit port.
 *
 * The archive comes before the user's because the user's may be compressed, and
 * only an uncompressed archive can be followed by another one of any
 * compression.
 *
 * The instructions are files of the archive, which may have any bytes and any
 * length, unlike the kernel's command line.
 *
 * Main thread.
 */
#ifndef INITRAMFS_JOB_H
#define INITRAMFS_JOB_H

#include <stddef.h>
#include <stdint.h>

/* Paths in the guest of what the archive has.  They go on the guest's command
 * line, so they have no blanks. */
#define JOB_DIR	   "/.minivmm"
#define JOB_INIT   JOB_DIR "/init"
#define JOB_SCRIPT JOB_DIR "/job"

#define JOB_SETTINGS JOB_DIR "/settings"
/* Strings, each with its NUL: the command's words; its environment; and pairs
 * of a share's name and the folder in the guest where it is mounted. */
#define JOB_ARGS   JOB_DIR "/args"
#define JOB_ENV	   JOB_DIR "/env"
#define JOB_MOUNTS JOB_DIR "/mounts"
/* A string without a NUL: the folder in which the command starts, the contents
 * of /etc/resolv.conf, and where modules were looked for. */
#define JOB_CWD	   JOB_DIR "/cwd"
#define JOB_RESOLV JOB_DIR "/resolv.conf"
#define JOB_SOUGHT JOB_DIR "/sought"
/* The user's groups, one uint32_t each. */
#define JOB_GROUPS JOB_DIR "/groups"
/* Module 0 is the file "00". */
#define JOB_MODULES JOB_DIR "/modules"

/* The tag by which the guest mounts its root. */
#define JOB_ROOT_TAG "minivmm-root"

/* The exit port, which the program writes to; behind it are two ports from
 * which it reads the command's input (devices/serial/port_pipe.h). */
enum { JOB_PORT = 0x5e0, JOB_PIPE = JOB_PORT + 1 };

/* Exit codes: the guest could not be prepared; the command cannot be run; it
 * does not exist.  From 128 on: killed by a signal. */
enum { JOB_UNREADY = 125, JOB_CANNOT_RUN = 126, JOB_NOT_FOUND = 127 };

/* Bits of job_settings.ports: the ports "minivmm.tty", "minivmm.stdin" and so
 * on. */
enum { JOB_TTY = 1, JOB_STDIN = 2, JOB_STDOUT = 4, JOB_STDERR = 8 };

/* How the program sets up the command's input, output and root; the contents of
 * JOB_SETTINGS. */
struct job_settings {
	/* The ports of the virtio console that the command uses, one bit each.
	 * If the kernel lacks the driver, @pipe and the console are used
	 * instead. */
	uint8_t ports;
	/* The input comes from JOB_PIPE, not from the console. */
	uint8_t pipe;
	/* Lines end with a newline alone, as no terminal shows them. */
	uint8_t plain;
	/* The terminal's size; 0: not known. */
	uint16_t rows, cols;
	/* The root is a folder of the host; all fields below are for that case
	 * only. */
	uint8_t root;
	/* The command is a shell; if it does not exist, /bin/sh is run
	 * instead. */
	uint8_t shell;
	/* The number of modules. */
	uint8_t modules;
	/* The command's file mode mask. */
	uint16_t umask;
	uint32_t uid, gid;
	/* Addresses of eth0, in network order; 0: there is no network. */
	uint32_t address, netmask, gateway;
	char hostname[65];
};

struct kmod_list;
struct string_list;

/* What goes into an archive.  NULL: the archive has no such file. */
struct job {
	struct job_settings settings;
	/* A line or more for /bin/sh: JOB_SCRIPT. */
	const char *script;
	const struct string_list *args, *env, *mounts;
	const char *cwd, *resolv, *sought;
	const uint32_t *groups;
	size_t n_groups;
	const struct kmod_list *modules;
};

/* Make the archive for @job; its length is a multiple of 4.  To be freed by the
 * caller.  -ENOMEM. */
int job_archive(const struct job *job, uint8_t **archive, size_t *len);

#endif
