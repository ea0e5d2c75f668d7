/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "cli/services/attendant.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/child.h"
#include "base/inherited.h"
#include "base/thread.h"
#include "base/util.h"
#include "cli/services/orphans.h"

/* In milliseconds: how long the command has to end after it was asked to, and
 * how long the attendant has. */
enum { PATIENCE_MS = 500, END_MS = 1000 };

/* Requests to the attendant, and its answers.  The value of an answer is 0 or
 * -errno; that of ENDED is the exit code. */
enum what { RUN, PUBLISH, PLACE_CORE, STOP, ENDED };

struct message {
	enum what what;
	int value;
};

static int send_message(int fd, enum what what, int value)
{
	const struct message m = { what, value };

	return send(fd, &m, sizeof(m), MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* False: the other process is gone. */
static bool receive_message(int fd, struct message *m)
{
	ssize_t n;

	do
		n = recv(fd, m, sizeof(*m), 0);
	while (n < 0 && errno == EINTR);
	return n == sizeof(*m);
}

/* ---- In the attendant. ---- */

struct self {
	struct attendant_task *task;
	struct loop loop;
	struct loop_fd socket;
	/* Tells of children that have ended. */
	struct loop_fd children;
	struct host_command command;
	/* The command was started, which happens once. */
	bool ran;
};

static void command_ended(void *arg, int code)
{
	struct self *self = arg;

	send_message(self->socket.fd, ENDED, code);
}

static int run_command(struct self *self)
{
	const struct attendant_task *task = self->task;

	if (!task->exec || self->ran)
		return -EINVAL;
	self->ran = true;
	self->command.done = command_ended;
	self->command.arg = self;
	return host_command_start(&self->command, &self->loop, task->exec,
				  &task->env, task->inherited);
}

static int publish(const struct attendant_task *task)
{
	if (!task->draft || rename(task->draft, task->path) < 0)
		return task->draft ? -errno : -EINVAL;
	return 0;
}

static int place_core(struct attendant_task *task)
{
	return task->core.fd < 0 ? -EINVAL :
				   draft_place(&task->core, task->core_path);
}

static int obey(struct self *self, enum what what)
{
	switch (what) {
	case RUN:
		return run_command(self);
	case PUBLISH:
		return publish(self->task);
	case PLACE_CORE:
		return place_core(self->task);
	case STOP:
		host_command_stop(&self->command, PATIENCE_MS);
		return 0;
	default:
		return -EINVAL;
	}
}

static void asked(void *arg, short revents)
{
	struct self *self = arg;
	struct message m;

	(void)revents;
	if (!receive_message(self->socket.fd, &m)) {
		loop_quit(&self->loop);
		return;
	}
	send_message(self->socket.fd, m.what, obey(self, m.what));
}

static void clean_up(struct attendant_task *task)
{
	draft_drop(&task->core);
	/* If it was put in place, the draft is not there any more. */
	if (task->draft)
		unlink(task->draft);
	for (size_t i = 0; i < task->n_sockets; i++)
		file_id_unlink(&task->sockets[i].id, task->sockets[i].path);
}

static void child_ended(void *arg, short revents)
{
	struct self *self = arg;
	struct signalfd_siginfo info;

	(void)revents;
	if (read(self->children.fd, &info, sizeof(info)) > 0)
		orphans_reap(self->command.pid, self->command.guard.pid);
}

static void adopt_orphans(struct self *self)
{
	sigset_t ended;

	sigemptyset(&ended);
	sigaddset(&ended, SIGCHLD);
	self->children = (struct loop_fd){
		.fd = signalfd(-1, &ended, SFD_NONBLOCK | SFD_CLOEXEC),
		.events = POLLIN,
		.ready = child_ended,
		.arg = self,
	};
	orphans_adopt();
	loop_add(&self->loop, &self->children);
}

/* All signals stay blocked: only the process that forked this one ends it. */
static void attend(void *arg, int fd)
{
	struct self self = {
		.task = arg,
		.socket = { .fd = fd,
			    .events = POLLIN,
			    .ready = asked,
			    .arg = &self },
	};

	thread_begin("attendant", THREAD_MAIN);
	if (loop_init(&self.loop) == 0) {
		loop_add(&self.loop, &self.socket);
		adopt_orphans(&self);
		loop_run(&self.loop);
	}
	host_command_stop(&self.command, PATIENCE_MS);
	orphans_end(PATIENCE_MS);
	clean_up(self.task);
}

/* ---- In the process that has it. ---- */

int attendant_task_socket(struct attendant_task *task, const char *path)
{
	struct attendant_socket socket = { .path = path }, *all;

	if (file_id_of(&socket.id, path) < 0)
		return 0;
	all = reallocarray(task->sockets, task->n_sockets + 1, sizeof(*all));
	if (!all)
		return -ENOMEM;
	task->sockets = all;
	all[task->n_sockets++] = socket;
	return 0;
}

bool attendant_task_any(const struct attendant_task *task)
{
	return task->exec || task->draft || task->core.fd >= 0 ||
	       task->n_sockets;
}

int attendant_start(struct attendant *attendant, struct attendant_task *task)
{
	const struct child_work work = {
		.run = attend,
		.arg = task,
		.inherited = task->inherited,
		.fds = &task->core.fd,
		.n_fds = 1,
	};
	int ends[2], err;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	err = child_fork(&attendant->pid, &attendant->pidfd, &work, ends[1]);
	close(ends[1]);
	if (err) {
		close(ends[0]);
		attendant->pid = 0;
	} else {
		attendant->socket.fd = ends[0];
	}
	return err;
}

/* Send a request and wait for the answer.  If the command ends meanwhile, that
 * is handled. */
static int ask(struct attendant *attendant, enum what what)
{
	int fd = attendant->socket.fd;
	int err = send_message(fd, what, 0);
	struct message m;

	while (!err) {
		if (!receive_message(fd, &m))
			err = -EPIPE;
		else if (m.what == what)
			return m.value;
		else
			attendant->runs = false;
	}
	return err;
}

static void heard(void *arg, short revents)
{
	struct attendant *attendant = arg;
	struct message m = { ENDED, -EPIPE };

	(void)revents;
	receive_message(attendant->socket.fd, &m);
	attendant->runs = false;
	loop_remove(attendant->loop, &attendant->socket);
	attendant->done(attendant->arg, m.value);
}

int attendant_run(struct attendant *attendant, struct loop *loop,
		  void (*done)(void *arg, int code), void *arg)
{
	struct attendant *a = attendant;
	int err = ask(a, RUN);

	if (err)
		return err;
	a->runs = true;
	a->loop = loop;
	a->done = done;
	a->arg = arg;
	a->socket.events = POLLIN;
	a->socket.ready = heard;
	a->socket.arg = a;
	loop_add(loop, &a->socket);
	return 0;
}

int attendant_publish(struct attendant *attendant)
{
	return ask(attendant, PUBLISH);
}

int attendant_place_core(struct attendant *attendant)
{
	return ask(attendant, PLACE_CORE);
}

void attendant_stop(struct attendant *attendant)
{
	if (!attendant->runs)
		return;
	loop_remove(attendant->loop, &attendant->socket);
	ask(attendant, STOP);
	attendant->runs = false;
}

void attendant_end(struct attendant *attendant)
{
	struct pollfd ended = { .fd = attendant->pidfd, .events = POLLIN };

	if (!attendant->pid)
		return;
	attendant_stop(attendant);
	close_fd(&attendant->socket.fd);
	if (poll(&ended, 1, END_MS) == 1)
		child_reap(attendant->pid);
	close_fd(&attendant->pidfd);
	attendant->pid = 0;
}
