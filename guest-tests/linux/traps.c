/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * traps: a program that sets breakpoints in itself, and steps itself
 *
 * Prints how many of both it has seen, each with the program counter behind the
 * instruction.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <ucontext.h>

enum { TIMES = 100, TF = 0x100 };

static volatile unsigned breakpoints, steps, others;

/* The labels are where the program counter is then. */
extern const char behind_int3[], behind_step[];

static void trapped(int signal, siginfo_t *info, void *context)
{
	greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;
	uintptr_t pc = (uintptr_t)regs[REG_RIP];

	(void)signal;
	(void)info;
	if (pc == (uintptr_t)behind_int3)
		breakpoints++;
	else if (pc == (uintptr_t)behind_step)
		steps++;
	else
		others++;
	regs[REG_EFL] &= ~TF;
}

/* Not inlined, so that there is one of each label. */
static __attribute__((noinline)) void trap(void)
{
	__asm__ volatile("int3\n"
			 ".globl behind_int3\n"
			 "behind_int3:\n\t"
			 "pushf\n\t"
			 "orl %0, (%%rsp)\n\t"
			 "popf\n\t"
			 "nop\n"
			 ".globl behind_step\n"
			 "behind_step:\n\t"
			 "nop"
			 :
			 : "i"(TF)
			 : "memory", "cc");
}

int main(void)
{
	struct sigaction action = { .sa_flags = SA_SIGINFO };

	action.sa_sigaction = trapped;
	sigaction(SIGTRAP, &action, NULL);
	for (unsigned i = 0; i < TIMES; i++)
		trap();
	printf("traps: %u breakpoints, %u steps, %u others\n", breakpoints,
	       steps, others);
	return 0;
}
