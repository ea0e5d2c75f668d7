/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * exit_code.h - what the program's exit code says; cli/verdict/verdict.c has
 * the words
 */
#ifndef BASE_EXIT_CODE_H
#define BASE_EXIT_CODE_H

enum exit_code {
	EXIT_CODE_OK = 0,
	/* Our own fault. */
	EXIT_CODE_FAULT = 1,
	/* Wrong usage, or a file that cannot be used. */
	EXIT_CODE_USAGE = 2,
	/* The host cannot do what it takes. */
	EXIT_CODE_HOST = 3,
	/* The guest: panicked or said that it is broken; triple-faulted or
	 * crashed; reset itself where that is the end; did not say what it was
	 * to say; hangs. */
	EXIT_CODE_PANIC = 16,
	EXIT_CODE_TRIPLE_FAULT = 17,
	EXIT_CODE_RESET = 18,
	EXIT_CODE_EXPECT = 19,
	EXIT_CODE_HUNG = 20,
	/* As timeout(1) has it. */
	EXIT_CODE_TIMEOUT = 124,
	/* Plus the number of the signal that ended it. */
	EXIT_CODE_SIGNAL = 128,
};

#endif
