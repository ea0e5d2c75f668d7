/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * host.h - what a run has of the host, and lends to one machine after another
 *
 * Threads: main thread.
 */
#ifndef CLI_HOST_H
#define CLI_HOST_H

#include <stddef.h>
#include <stdint.h>

#include "cli/console_host.h"
#include "cli/disk_host.h"
#include "cli/job_host.h"
#include "cli/net_host.h"
#include "cli/report/left_out.h"
#include "cli/report/stats.h"
#include "cli/services/services.h"
#include "cli/verdict/verdict.h"
#include "devices/fs/share.h"
#include "devices/platform/debugcon.h"
#include "devices/serial/chardev.h"
#include "devices/serial/port_pipe.h"
#include "firmware/boot.h"
#include "vmm/kvm.h"

struct conclusion;
struct config;
struct core_file;
struct symbols;

/* Who is told what comes in from it. */
struct host_user {
	struct chardev_user console;
	/* Those see the job's outputs, as console.output() sees the console's.
	 */
	void (*job_stdout)(void *arg, const uint8_t *buf, size_t len);
	void (*job_stderr)(void *arg, const uint8_t *buf, size_t len);
	struct loop *loop;
	/* See net_host_await(). */
	void (*answered)(void *arg, size_t index);
	void *arg;
};

struct host {
	struct config *config;
	struct conclusion *conclusion;
	struct kvm kvm;
	/* Of which the first so many bytes are for Linux alone. */
	char *cmdline;
	size_t for_linux;
	struct job_host job;
	/* The job's input, unless it is the console's. */
	struct port_pipe pipe;
	bool has_pipe;
	struct boot boot;
	struct image_cancel cancel;
	/* The latter only for --debugcon file:. */
	struct chardev *console, *debug_file;
	struct console_host ports;
	struct stats_file stats;
	struct disk_host disks;
	struct net_host net;
	struct shares shares;
	struct services services;
	struct symbols *symbols;
	/* The vmlinux of the tree in which the kernel was built; -1: none. */
	int symbols_fd;
	/* Known at the end, but for the messages. */
	struct left_out left_out;
};

/* Whose fault it is that something cannot be opened, by its errno: what the
 * host has too little of is not the user's. */
enum ending host_ending(int err);

/*
 * Open all that @config asks for, which must outlive it; the sockets of its
 * forwards are opened.  @conclusion is told what is waited for, and can have
 * the loading of a kernel given up.  Logs; -errno, *@ending says whose fault
 * that is, and host_close() is to be called all the same.
 */
int host_open(struct host *host, struct config *config,
	      struct conclusion *conclusion, const struct host_user *user,
	      enum ending *ending);

/* Start the process that does what can't be done in a sandbox, if there is
 * anything, such as to give @core its name; there is no other thread.  Logs;
 * -errno. */
int host_attend(struct host *host, struct core_file *core);

/* Start the threads that write to what is open.  Logs; -errno. */
int host_start(struct host *host);

/* The job's input, unless that is the console's. */
struct port_pipe_config host_pipe(struct host *host);

/* Where the debug console leads. */
struct debugcon_config host_debugcon(const struct host *host);

/* Close it all, when no machine uses it any more.  Readers are waited for at
 * most half a second each, unless they read.  -errno: of what was asked for
 * something could not be written, which has been logged. */
int host_close(struct host *host);

#endif
