/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * job.h - a command as Linux's only job
 *
 * Linux unpacks an initramfs of several archives, one behind the other.  One
 * made here goes before the user's, if there is one.  It has a program that the
 * kernel starts as its first process (init/), and what that is to run.  The
 * program mounts what programs expect, or puts the whole root together from a
 * folder of the host's, runs the command, and ends the run with the command's
 * exit code, by the exit port.
 *
 * Before and not behind: only an archive that isn't compressed can be followed
 * by another whatever the user's is compressed by.
 *
 * What the program is told is in files of the archive, which have any bytes and
 * any length, not on the kernel's command line.
 *
 * Main thread.
 */
#ifndef INITRAMFS_JOB_H
#define INITRAMFS_JOB_H

#include <stddef.h>
#include <stdint.h>

/* Where the archive has what, in the guest; without blanks, they go on its
 * command line. */
#define JOB_DIR	   "/.minivmm"
#define JOB_INIT   JOB_DIR "/init"
#define JOB_SCRIPT JOB_DIR "/job"

#define JOB_SETTINGS JOB_DIR "/settings"
/* Strings, each with its end: the command's words and its environment; and
 * pairs, the name of a share and the folder in the guest where it goes. */
#define JOB_ARGS   JOB_DIR "/args"
#define JOB_ENV	   JOB_DIR "/env"
#define JOB_MOUNTS JOB_DIR "/mounts"
/* A string without an end: the folder in which the command begins, what
 * becomes /etc/resolv.conf, and where modules were looked for. */
#define JOB_CWD	   JOB_DIR "/cwd"
#define JOB_RESOLV JOB_DIR "/resolv.conf"
#define JOB_SOUGHT JOB_DIR "/sought"
/* The user's groups, a uint32_t each. */
#define JOB_GROUPS JOB_DIR "/groups"
/* Module 0 is the file "00". */
#define JOB_MODULES JOB_DIR "/modules"

/* The name by which the guest mounts the folder that is its root. */
#define JOB_ROOT_TAG "minivmm-root"

/* The exit port that the program writes to, and behind it two ports from which
 * it reads what is the command's input (devices/serial/port_pipe.h). */
enum { JOB_PORT = 0x5e0, JOB_PIPE = JOB_PORT + 1 };

/* Exit codes: the guest could not be made ready; the command cannot be run; it
 * is not there.  128 and more: killed by a signal. */
enum { JOB_UNREADY = 125, JOB_CANNOT_RUN = 126, JOB_NOT_FOUND = 127 };

/* For struct job_settings: "minivmm.tty", "minivmm.stdin" and so on. */
enum { JOB_TTY = 1, JOB_STDIN = 2, JOB_STDOUT = 4, JOB_STDERR = 8 };

/* How the program sets up the command's input and output, and its root; the
 * contents of JOB_SETTINGS. */
struct job_settings {
	/* The virtio console's ports that are the command's: a bit each.  If
	 * the kernel lacks the driver, what follows is. */
	uint8_t ports;
	/* The input is what JOB_PIPE has, not the console. */
	uint8_t pipe;
	/* Lines end by a newline alone: nobody looks at them on a terminal. */
	uint8_t plain;
	/* The terminal's size; 0: not known. */
	uint16_t rows, cols;
	/* The root is a folder of the host's; the rest is for it alone. */
	uint8_t root;
	/* The command is a shell: if it is not there, /bin/sh. */
	uint8_t shell;
	/* How many modules there are. */
	uint8_t modules;
	uint32_t uid, gid;
	/* Of eth0, in network order; 0: there is no network. */
	uint32_t address, netmask, gateway;
	char hostname[65];
};

struct kmod_list;
struct string_list;

/* What goes into an archive.  NULL: without it. */
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

/* The archive for @job; its length is a multiple of 4.  To be freed by the
 * caller.  -ENOMEM. */
int job_archive(const struct job *job, uint8_t **archive, size_t *len);

#endif
