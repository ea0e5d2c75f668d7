/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kick: keep the emulated host alive. QEMU's TCG now and then loses an
 * interrupt that another thread raises while a CPU enters or leaves a guest
 * (VMRUN, #VMEXIT). A CPU that has lost its one-shot timer this way never
 * leaves a guest that spins. Any later interrupt repairs it, so each CPU makes
 * every other one wake a thread of its own, by an interrupt, 50 times a second.
 *
 * Threads: two per CPU, bound to it, at a real-time priority.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { MAX_CPUS = 64, PERIOD_NS = 20000000 };

struct cpu {
	int nr;
	int event;
	/* all CPUs, and how many */
	struct cpu *all;
	int count;
};

static void bind_to(const struct cpu *cpu)
{
	struct sched_param param = { .sched_priority = 2 };
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu->nr, &set);
	sched_setaffinity(0, sizeof(set), &set);
	sched_setscheduler(0, SCHED_FIFO, &param);
}

static void *sleeper(void *arg)
{
	struct cpu *cpu = arg;
	uint64_t n;

	bind_to(cpu);
	while (read(cpu->event, &n, sizeof(n)) > 0)
		;
	return NULL;
}

static void *kicker(void *arg)
{
	struct timespec period = { .tv_nsec = PERIOD_NS };
	struct cpu *cpu = arg;
	uint64_t one = 1;

	bind_to(cpu);
	for (;;) {
		nanosleep(&period, NULL);
		for (int i = 0; i < cpu->count; i++)
			if (i != cpu->nr &&
			    write(cpu->all[i].event, &one, sizeof(one)) < 0)
				return NULL;
	}
}

static void start(void *(*func)(void *), struct cpu *cpu)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, func, cpu) != 0)
		exit(1);
}

int main(void)
{
	struct cpu cpus[MAX_CPUS];
	int count = (int)sysconf(_SC_NPROCESSORS_ONLN);

	if (count > MAX_CPUS)
		count = MAX_CPUS;
	for (int i = 0; i < count; i++)
		cpus[i] = (struct cpu){ i, eventfd(0, 0), cpus, count };
	if (mlockall(MCL_CURRENT | MCL_FUTURE) < 0 || daemon(0, 0) < 0)
		return 1;
	for (int i = 0; i < count; i++) {
		start(sleeper, &cpus[i]);
		start(kicker, &cpus[i]);
	}
	pause();
	return 0;
}
