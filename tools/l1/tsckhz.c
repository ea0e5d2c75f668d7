/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tsckhz: print the frequency of this machine's TSC in kHz. The emulated host
 * shows the same TSC, but would measure it wrongly on a loaded machine.
 */
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <x86intrin.h>

struct sample {
	/* nanoseconds, and TSC ticks */
	double time;
	double ticks;
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* Both clocks at once, as nearly as the best of some attempts has it. */
static struct sample sample(void)
{
	struct sample s = { 0, 0 };
	double best = 1e18;

	for (int i = 0; i < 50; i++) {
		double before = now();
		uint64_t ticks = __rdtsc();
		double after = now();

		if (after - before >= best)
			continue;
		best = after - before;
		s = (struct sample){ before + best / 2, (double)ticks };
	}
	return s;
}

int main(void)
{
	struct timespec pause = { .tv_nsec = 200000000 };
	struct sample a = sample(), b;

	nanosleep(&pause, NULL);
	b = sample();
	printf("%.0f\n", (b.ticks - a.ticks) / (b.time - a.time) * 1e6);
	return 0;
}
