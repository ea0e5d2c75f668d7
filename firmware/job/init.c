/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * init.c - the guest's first process, for a guest with one job
 *
 * It runs in the guest, beneath any Linux for x86-64, and so uses no library.
 * See firmware/job.h.
 */
#include <asm/ioctls.h>
#include <asm/unistd.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>

#include "firmware/job.h"

/* Exit codes as the shell has them. */
enum { NOT_FOUND = 127, KILLED = 128 };

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

static void mount(const char *what, const char *where)
{
	call(__NR_mkdir, (long)where, 0755, 0, 0, 0);
	call(__NR_mount, (long)what, (long)where, (long)what, 0, 0);
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

/* In the child: with the console as its terminal. */
static _Noreturn void run_job(void)
{
	static const char *const argv[] = { "sh", JOB_SCRIPT, NULL };
	static const char *const env[] = {
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:"
		"/sbin:/bin",
		"HOME=/",
		"TERM=linux",
		NULL,
	};

	call(__NR_setsid, 0, 0, 0, 0, 0);
	call(__NR_ioctl, 0, TIOCSCTTY, 1, 0, 0);
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

	mount("devtmpfs", "/dev");
	mount("proc", "/proc");
	mount("sysfs", "/sys");
	open_console();
	/* Without it nobody would learn how the job went; so it doesn't
	 * begin, and the kernel panics as its first process ends. */
	if (call(__NR_ioperm, JOB_PORT, 1, 1, 0, 0) < 0) {
		say("minivmm: this kernel lets no program use an I/O port: it "
		    "lacks CONFIG_X86_IOPL_IOPERM or is locked down\n");
		end_process(1);
	}
	job = call(__NR_clone, SIGCHLD, 0, 0, 0, 0);
	if (job == 0)
		run_job();
	end_run(job < 0 ? NOT_FOUND : await(job));
}

__asm__(".globl _start\n"
	"_start:\n\t"
	"xor %ebp, %ebp\n\t"
	"call job_main");
