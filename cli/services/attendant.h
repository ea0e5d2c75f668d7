/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * attendant.h - a second process, for what a sandbox forbids
 *
 * It is forked before the sandbox is entered, and by then knows everything it
 * will ever do: the command to run, the file to put in place, the sockets to
 * remove.  Requests only tell it when, and have no arguments, so somebody who
 * takes over this process can't make it do anything else.  When this process
 * ends, for whatever reason, the attendant ends the command and removes the
 * files that must not stay.
 *
 * Threads: main thread.
 */
#ifndef CLI_SERVICES_ATTENDANT_H
#define CLI_SERVICES_ATTENDANT_H

#include "base/draft.h"
#include "base/loop.h"
#include "base/string_list.h"
#include "cli/services/host_command.h"

struct inherited;

/* A socket, and which file it is: another may have its name by then. */
struct attendant_socket {
	const char *path;
	struct file_id id;
};

/* What the attendant must know.  The strings must exist until
 * attendant_start(). */
struct attendant_task {
	/* A command for /bin/sh, with @env in its environment; NULL: none. */
	const char *exec;
	struct string_list env;
	const struct inherited *inherited;
	/* The path of a file to put in place, and of its draft; NULL: none. */
	const char *draft, *path;
	/* A core that may be written (a descriptor of -1: none), and its
	 * path. */
	struct draft core;
	const char *core_path;
	/* What is to be removed at the end; to be freed. */
	struct attendant_socket *sockets;
	size_t n_sockets;
};

/* Zero-initialised: there is no attendant. */
struct attendant {
	pid_t pid;
	/* A descriptor that is readable once it has ended. */
	int pidfd;
	/* Our end of a socket pair. */
	struct loop_fd socket;
	struct loop *loop;
	/* The command is running. */
	bool runs;
	/* See attendant_run(). */
	void (*done)(void *arg, int code);
	void *arg;
};

/* Note that the socket at @path, if there is one, is to be removed at the end.
 * -ENOMEM. */
int attendant_task_socket(struct attendant_task *task, const char *path);

/* Whether there is anything to do for it. */
bool attendant_task_any(const struct attendant_task *task);

/* Fork the attendant.  There must be no other thread.  Returns 0 or -errno. */
int attendant_start(struct attendant *attendant, struct attendant_task *task);

/* Have it run the command, which it does once.  @done(@arg, exit code as a
 * shell reports it, or -errno if that is not known) is called on @loop. -errno:
 * the command did not start. */
int attendant_run(struct attendant *attendant, struct loop *loop,
		  void (*done)(void *arg, int code), void *arg);

/* Have it put the file in place.  Returns 0 or -errno. */
int attendant_publish(struct attendant *attendant);

/* The same for the core. */
int attendant_place_core(struct attendant *attendant);

/* Have it end the command and everything that the command has started: by
 * SIGTERM, and after a while by SIGKILL. */
void attendant_stop(struct attendant *attendant);

/* Have it do what is left, and end.  This waits only for a short time. */
void attendant_end(struct attendant *attendant);

#endif
