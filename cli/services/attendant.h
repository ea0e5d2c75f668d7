/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * attendant.h - a process beside this one, for what a sandbox forbids
 *
 * It is forked before the sandbox is entered, and knows all it will ever do:
 * the command to run, the file to put in place, the sockets to remove.  It is
 * told when by requests without arguments, so who takes this process over can't
 * have it do anything else.  When this process ends, however that comes about,
 * it ends the command and removes what is not to stay.
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

/* What it is to know.  Strings must stay until attendant_start(). */
struct attendant_task {
	/* For /bin/sh, with @env in its environment; NULL: there is none. */
	const char *exec;
	struct string_list env;
	const struct inherited *inherited;
	/* A file that is to appear, and what it is called before; NULL. */
	const char *draft, *path;
	/* A core that was begun (its descriptor is -1: none), and its name. */
	struct draft core;
	const char *core_path;
	/* What is to be removed at the end; to be freed. */
	struct attendant_socket *sockets;
	size_t n_sockets;
};

/* Zero-initialised, there is none. */
struct attendant {
	pid_t pid;
	/* Readable once it has ended. */
	int pidfd;
	/* Our end of a socket pair. */
	struct loop_fd socket;
	struct loop *loop;
	/* The command runs. */
	bool runs;
	/* See attendant_run(). */
	void (*done)(void *arg, int code);
	void *arg;
};

/* Note that the socket at @path, if there is one, is to be removed at the end.
 * -ENOMEM. */
int attendant_task_socket(struct attendant_task *task, const char *path);

/* Whether there is anything to do. */
bool attendant_task_any(const struct attendant_task *task);

/* Fork it; there is no other thread.  -errno. */
int attendant_start(struct attendant *attendant, struct attendant_task *task);

/* Have it run the command: @done(@arg, its exit code as a shell has it, or
 * -errno if that is not known) is called on @loop.  -errno: it did not start.
 */
int attendant_run(struct attendant *attendant, struct loop *loop,
		  void (*done)(void *arg, int code), void *arg);

/* Have it put the file in place.  -errno. */
int attendant_publish(struct attendant *attendant);

/* The same for the core. */
int attendant_place_core(struct attendant *attendant);

/* Have it end the command and all that this has started, if it runs: by
 * SIGTERM, and after a while by SIGKILL. */
void attendant_stop(struct attendant *attendant);

/* Have it do what is left, and end.  It is not waited for for long. */
void attendant_end(struct attendant *attendant);

#endif
