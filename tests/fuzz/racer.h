/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * racer.h - a fuzzer's second thread, another CPU of the guest
 *
 * There is one.  It sleeps until it is started, then does the same thing over
 * and over while the first thread goes on.
 */
#ifndef TESTS_FUZZ_RACER_H
#define TESTS_FUZZ_RACER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Whether there is to be a race in this input: in one of so many, which is by
 * chance.  Were it for the input to say, the fuzzer would soon do little else,
 * since in a race there is always something new.
 */
bool race_wanted(const uint8_t *data, size_t size, unsigned one_in);

/* Have it call @turn(@arg) again and again; it has begun on return. */
void race_start(void (*turn)(void *arg), void *arg);

/* It has ended on return.  Fine if it was not started. */
void race_stop(void);

/* For what it does, on its thread: a number below @sides; and a byte written
 * somewhere in the @len bytes at @at.  It is 0 more often than not, so that
 * much is as it should be, and then is not. */
uint32_t race_dice(uint32_t sides);
void race_scribble(uint8_t *at, uint32_t len);

#endif
