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
#include "cli/report/trace_file.h"
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

/* Who is told about input from the host and output of the guest. */
struct host_user {
	struct chardev_user console;
	/* Called with @arg and the job's outputs, as console.output() is with
	 * the console's. */
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
	/* The command line; its first @for_linux bytes are for Linux alone. */
	char *cmdline;
	size_t for_linux;
	struct job_host job;
	/* The job's input, unless it comes from the console. */
	struct port_pipe pipe;
	bool has_pipe;
	struct boot boot;
	struct image_cancel cancel;
	/* @debug_file is used only for --debugcon file:. */
	struct chardev *console, *debug_file;
	struct console_host ports;
	struct stats_file stats;
	struct trace_file trace;
	struct disk_host disks;
	struct net_host net;
	struct shares shares;
	struct services services;
	struct symbols *symbols;
	/* The vmlinux of the tree in which the kernel was built; -1: none. */
	int symbols_fd;
	/* Complete at the end, except for the messages. */
	struct left_out left_out;
};

/* Whose fault it is, by the errno, that something cannot be opened: if the host
 * has too little of something, that is not the user's fault. */
enum ending host_ending(int err);

/*
 * Open all that @config asks for; @config must outlive @host, and the sockets
 * of its forwards are opened.  @conclusion is told what is waited for, and can
 * interrupt the loading of a kernel.  Logs; -errno, and *@ending says whose
 * fault it is; host_close() must be called all the same.
 */
int host_open(struct host *host, struct config *config,
	      struct conclusion *conclusion, const struct host_user *user,
	      enum ending *ending);

/* If anything must be done that the sandbox forbids, such as to give @core its
 * name, start the process that does it.  There is no other thread yet.  Logs;
 * -errno. */
int host_attend(struct host *host, struct core_file *core);

/* Start the threads that write output.  Logs; -errno. */
int host_start(struct host *host);

/* The job's input, unless that is the console's. */
struct port_pipe_config host_pipe(struct host *host);

/* Where the debug console leads. */
struct debugcon_config host_debugcon(const struct host *host);

/* Close everything, after the last machine has ended.  Each reader of output is
 * given up after it has taken nothing for half a second.  -errno: some output
 * could not be written, which has been logged. */
int host_close(struct host *host);

#endif
