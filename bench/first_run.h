/* SPDX-License-Identifier: BSD-2-Clause */
/* first_run.h - what the stopwatch and the library it preloads agree on */
#ifndef BENCH_FIRST_RUN_H
#define BENCH_FIRST_RUN_H

/*
 * The file descriptor of a file that takes the time of the first KVM_RUN, an
 * int64_t, CLOCK_MONOTONIC in nanoseconds.
 */
enum { FIRST_RUN_FD = 99 };

#endif
