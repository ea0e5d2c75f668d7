/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * init.c - the first process of a guest with one job
 *
 * See initramfs/job.h.
 */
#include <asm/ioctls.h>
#include <asm/termbits.h>
#include <asm/termios.h>
#include <fcntl.h>
#include <linux/time_types.h>
#include <signal.h>

#include "initramfs/init/sys.h"

/* See devices/serial/port_pipe.h. */
enum { PIPE_ENDED = 255 };

/* How long to wait for input at first, and at most, in nanoseconds. */
enum { FIRST_NAP = 500000, LAST_NAP = 20000000 };

static unsigned char in(unsigned short port)
{
	unsigned char value;

	__asm__ volatile("inb %w1, %b0" : "=a"(value) : "Nd"(port));
	return value;
}

static void out(unsigned short port, unsigned char value)
{
	__asm__ volatile("outb %b0, %w1" : : "a"(value), "Nd"(port));
}

static void in_bytes(unsigned short port, unsigned char *buf, unsigned long n)
{
	__asm__ volatile("rep insb"
			 : "+D"(buf), "+c"(n)
			 : "d"(port)
			 : "memory");
}

static void load_files(struct files *files)
{
	size_t n;
	char *text = load(JOB_SETTINGS, &n);

	if (text && n == sizeof(files->settings))
		memcpy(&files->settings, text, n);
	text = load(JOB_ARGS, &n);
	files->args = text ? split(text, n) : NULL;
	text = load(JOB_ENV, &n);
	files->env = text ? split(text, n) : NULL;
	text = load(JOB_MOUNTS, &n);
	files->mounts = text ? split(text, n) : NULL;
	files->cwd = load(JOB_CWD, &n);
	files->sought = load(JOB_SOUGHT, &n);
	files->resolv = load(JOB_RESOLV, &files->resolv_len);
	files->groups =
		(uint32_t *)(void *)load(JOB_GROUPS, &files->groups_len);
}

/* The kernel has opened the console itself if /dev/console existed by then. */
static void open_console(void)
{
	long fd = call(__NR_open, (long)"/dev/console", O_RDWR, 0, 0, 0);

	for (long i = 0; fd >= 0 && i < 3; i++)
		call(__NR_dup2, fd, i, 0, 0, 0);
	if (fd > 2)
		call(__NR_close, fd, 0, 0, 0, 0);
}

/* Set the terminal as the command needs it: see struct job_settings. */
static void set_terminal(const struct job_settings *settings)
{
	const struct winsize size = { settings->rows, settings->cols, 0, 0 };
	struct termios tty;

	if (settings->rows && settings->cols)
		call(__NR_ioctl, 1, TIOCSWINSZ, (long)&size, 0, 0);
	if (call(__NR_ioctl, 1, TCGETS, (long)&tty, 0, 0) < 0)
		return;
	if (settings->plain)
		tty.c_oflag &= ~(tcflag_t)OPOST;
	if (settings->pipe)
		tty.c_lflag &= ~(tcflag_t)ECHO;
	call(__NR_ioctl, 1, TCSETS, (long)&tty, 0, 0);
}

/* In a child: copy the input from the I/O ports to the pipe @to, until its end.
 * Nothing signals new input, so look again, less and less often. */
static _Noreturn void feed(long to)
{
	struct __kernel_timespec nap = { 0, FIRST_NAP };
	unsigned char buf[256];

	for (;;) {
		unsigned n = in(JOB_PIPE + 1);

		if (n == PIPE_ENDED)
			end_process(0);
		if (!n) {
			call(__NR_nanosleep, (long)&nap, 0, 0, 0, 0);
			if (nap.tv_nsec < LAST_NAP)
				nap.tv_nsec *= 2;
			continue;
		}
		nap.tv_nsec = FIRST_NAP;
		in_bytes(JOB_PIPE, buf, n);
		for (unsigned done = 0; done < n;) {
			long written = call(__NR_write, to, (long)buf + done,
					    n - done, 0, 0);

			if (written < 0)
				end_process(0);
			done += (unsigned)written;
		}
	}
}

/* Open the command's input: a pipe that a child fills, or the console. */
static void open_input(const struct job_settings *settings)
{
	int ends[2];

	if (!settings->pipe || call(__NR_pipe, (long)ends, 0, 0, 0, 0) < 0)
		return;
	if (call(__NR_clone, SIGCHLD, 0, 0, 0, 0) == 0) {
		call(__NR_close, ends[0], 0, 0, 0, 0);
		feed(ends[1]);
	}
	call(__NR_dup2, ends[0], 0, 0, 0, 0);
	call(__NR_close, ends[0], 0, 0, 0, 0);
	call(__NR_close, ends[1], 0, 0, 0, 0);
}

/* Wait for @job, and reap all orphans; returns the job's exit code. */
static unsigned await(long job)
{
	int status = 0;
	long pid;

	do
		pid = call(__NR_wait4, -1, (long)&status, 0, 0, 0);
	while (pid != job);
	if (status & 0x7f)
		return 128 + (status & 0x7f);
	return (unsigned)status >> 8 & 0xff;
}

/* By then all output has been written, and shared files have what programs
 * wrote through a mapping. */
_Noreturn void end_run(unsigned code)
{
	call(__NR_sync, 0, 0, 0, 0, 0);
	call(__NR_ioctl, 1, TCSBRK, 1, 0, 0);
	out(JOB_PORT, (unsigned char)code);
	for (;;)
		call(__NR_pause, 0, 0, 0, 0, 0);
}

__attribute__((used)) static _Noreturn void job_main(void)
{
	struct files files = { .args = NULL };
	struct ports ports = { .child = { 0 } };
	unsigned code;
	long job;

	mount_all();
	open_console();
	/* Without ports the job's result could not be told.  So the job does
	 * not begin, and the kernel panics because its first process ends. */
	if (call(__NR_ioperm, JOB_PORT, 3, 1, 0, 0) < 0) {
		SAY("this kernel lets no program use an I/O port: it lacks "
		    "CONFIG_X86_IOPL_IOPERM or is locked down");
		end_process(1);
	}
	load_files(&files);
	set_terminal(&files.settings);
	if (files.settings.root)
		enter_root(&files);
	bring_up_network(&files.settings);
	/* Let SysRq work, by which the user asks why the guest hangs. */
	write_text("/proc/sys/kernel/sysrq", "1", 1);
	if (!open_ports(&ports, &files.settings)) {
		/* From here on the console's output is the command's. */
		out(JOB_PIPE, 1);
		open_input(&files.settings);
	}
	job = call(__NR_clone, SIGCHLD, 0, 0, 0, 0);
	if (job == 0)
		run_command(&files);
	code = job < 0 ? JOB_NOT_FOUND : await(job);
	close_ports(&ports);
	end_run(code);
}

__asm__(".globl _start\n"
	"_start:\n\t"
	"xor %ebp, %ebp\n\t"
	"call job_main");
