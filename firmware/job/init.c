/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * init.c - the guest's first process, for a guest with one job
 *
 * It runs in the guest, beneath any Linux for x86-64, and so uses no library.
 * See firmware/job.h.
 */
#include <asm/ioctls.h>
#include <asm/termbits.h>
#include <asm/termios.h>
#include <asm/unistd.h>
#include <fcntl.h>
#include <linux/time_types.h>
#include <signal.h>
#include <stddef.h>

#include "firmware/job.h"

/* Exit codes as the shell has them. */
enum { NOT_FOUND = 127, KILLED = 128 };

/* What there is no header for without a library. */
enum { AF_INET = 2, SOCK_DGRAM = 2, IFF_UP = 1, SIOCSIFFLAGS = 0x8914 };

/* devices/serial/port_pipe.h */
enum { PIPE_ENDED = 255 };

/* In nanoseconds: how long to wait for input, at first and at last. */
enum { FIRST_NAP = 500000, LAST_NAP = 20000000 };

static struct job_settings settings = { .term = "TERM=linux" };

static long call(long number, long a, long b, long c, long d, long e)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10),
			   "r"(r8)
			 : "rcx", "r11", "memory");
	return result;
}

static void say(const char *text)
{
	size_t len = 0;

	while (text[len])
		len++;
	call(__NR_write, 2, (long)text, (long)len, 0, 0);
}

static unsigned char in(unsigned short port)
{
	unsigned char value;

	__asm__ volatile("inb %w1, %b0" : "=a"(value) : "Nd"(port));
	return value;
}

static void in_bytes(unsigned short port, unsigned char *buf, unsigned long n)
{
	__asm__ volatile("rep insb"
			 : "+D"(buf), "+c"(n)
			 : "d"(port)
			 : "memory");
}

static void mount(const char *what, const char *where)
{
	call(__NR_mkdir, (long)where, 0755, 0, 0, 0);
	call(__NR_mount, (long)what, (long)where, (long)what, 0, 0);
}

/* What programs expect to find; a kernel may lack some. */
static void mount_all(void)
{
	mount("devtmpfs", "/dev");
	mount("proc", "/proc");
	mount("sysfs", "/sys");
	mount("devpts", "/dev/pts");
	mount("tmpfs", "/dev/shm");
	mount("debugfs", "/sys/kernel/debug");
	mount("tracefs", "/sys/kernel/tracing");
	mount("cgroup2", "/sys/fs/cgroup");
}

static void write_file(const char *path, const char *byte)
{
	long fd = call(__NR_open, (long)path, O_WRONLY, 0, 0, 0);

	if (fd < 0)
		return;
	call(__NR_write, fd, (long)byte, 1, 0, 0);
	call(__NR_close, fd, 0, 0, 0, 0);
}

static void read_settings(void)
{
	long fd = call(__NR_open, (long)JOB_SETTINGS, O_RDONLY, 0, 0, 0);

	if (fd < 0)
		return;
	call(__NR_read, fd, (long)&settings, sizeof(settings), 0, 0);
	call(__NR_close, fd, 0, 0, 0, 0);
}

/* 127.0.0.1 works, if there is a network at all. */
static void bring_lo_up(void)
{
	struct {
		char name[16];
		short flags;
		char rest[22];
	} request = { "lo", IFF_UP, "" };
	long fd = call(__NR_socket, AF_INET, SOCK_DGRAM, 0, 0, 0);

	if (fd < 0)
		return;
	call(__NR_ioctl, fd, SIOCSIFFLAGS, (long)&request, 0, 0);
	call(__NR_close, fd, 0, 0, 0, 0);
}

/* The kernel has done so if there was a /dev/console by then. */
static void open_console(void)
{
	long fd = call(__NR_open, (long)"/dev/console", O_RDWR, 0, 0, 0);

	for (long i = 0; fd >= 0 && i < 3; i++)
		call(__NR_dup2, fd, i, 0, 0, 0);
	if (fd > 2)
		call(__NR_close, fd, 0, 0, 0, 0);
}

static _Noreturn void end_process(long code)
{
	for (;;)
		call(__NR_exit_group, code, 0, 0, 0, 0);
}

/* The terminal as the command is to have it: see struct job_settings. */
static void set_terminal(void)
{
	const struct winsize size = { settings.rows, settings.cols, 0, 0 };
	struct termios tty;

	if (settings.rows && settings.cols)
		call(__NR_ioctl, 1, TIOCSWINSZ, (long)&size, 0, 0);
	if (call(__NR_ioctl, 1, TCGETS, (long)&tty, 0, 0) < 0)
		return;
	if (settings.plain)
		tty.c_oflag &= ~(tcflag_t)OPOST;
	if (settings.pipe)
		tty.c_lflag &= ~(tcflag_t)ECHO;
	call(__NR_ioctl, 1, TCSETS, (long)&tty, 0, 0);
}

/* In a child: what the ports have goes into the pipe @to, until its end.  As
 * nothing says when there is some, look again, less and less often. */
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

/* The command's input: a pipe that a child of ours fills, or the console. */
static void open_input(void)
{
	int ends[2];

	if (!settings.pipe || call(__NR_pipe, (long)ends, 0, 0, 0, 0) < 0)
		return;
	if (call(__NR_clone, SIGCHLD, 0, 0, 0, 0) == 0) {
		call(__NR_close, ends[0], 0, 0, 0, 0);
		feed(ends[1]);
	}
	call(__NR_dup2, ends[0], 0, 0, 0, 0);
	call(__NR_close, ends[0], 0, 0, 0, 0);
	call(__NR_close, ends[1], 0, 0, 0, 0);
}

/* In the child: with the console as its terminal. */
static _Noreturn void run_job(void)
{
	static const char *const argv[] = { "sh", JOB_SCRIPT, NULL };
	const char *const env[] = {
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:"
		"/sbin:/bin",
		"HOME=/",
		settings.term,
		NULL,
	};

	call(__NR_setsid, 0, 0, 0, 0, 0);
	call(__NR_ioctl, 1, TIOCSCTTY, 1, 0, 0);
	call(__NR_execve, (long)"/bin/sh", (long)argv, (long)env, 0, 0);
	say("minivmm: the initrd has no /bin/sh that can be run\n");
	end_process(NOT_FOUND);
}

/* Wait for @job, and for all that others leave behind; its exit code. */
static unsigned await(long job)
{
	int status = 0;
	long pid;

	do
		pid = call(__NR_wait4, -1, (long)&status, 0, 0, 0);
	while (pid != job);
	if (status & 0x7f)
		return KILLED + (status & 0x7f);
	return (unsigned)status >> 8 & 0xff;
}

/* All that was said is out by then. */
static _Noreturn void end_run(unsigned code)
{
	call(__NR_ioctl, 1, TCSBRK, 1, 0, 0);
	__asm__ volatile("outb %b0, %w1"
			 :
			 : "a"(code), "Nd"((unsigned short)JOB_PORT));
	for (;;)
		call(__NR_pause, 0, 0, 0, 0, 0);
}

__attribute__((used)) static _Noreturn void job_main(void)
{
	long job;

	mount_all();
	open_console();
	/* Without it nobody would learn how the job went; so it doesn't
	 * begin, and the kernel panics as its first process ends. */
	if (call(__NR_ioperm, JOB_PORT, 3, 1, 0, 0) < 0) {
		say("minivmm: this kernel lets no program use an I/O port: it "
		    "lacks CONFIG_X86_IOPL_IOPERM or is locked down\n");
		end_process(1);
	}
	read_settings();
	set_terminal();
	bring_lo_up();
	/* Who asks why it hangs is answered. */
	write_file("/proc/sys/kernel/sysrq", "1");
	open_input();
	job = call(__NR_clone, SIGCHLD, 0, 0, 0, 0);
	if (job == 0)
		run_job();
	end_run(job < 0 ? NOT_FOUND : await(job));
}

__asm__(".globl _start\n"
	"_start:\n\t"
	"xor %ebp, %ebp\n\t"
	"call job_main");
