/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * exit_code.h - the program's exit codes; cli/verdict/verdict.c has the words
 * for them
 */
#ifndef BASE_EXIT_CODE_H
#define BASE_EXIT_CODE_H

enum exit_code {
	EXIT_CODE_OK = 0,
	/* minivmm's own fault. */
	EXIT_CODE_FAULT = 1,
	/* Wrong usage, or a file that cannot be used. */
	EXIT_CODE_USAGE = 2,
	/* The host lacks something that is needed. */
	EXIT_CODE_HOST = 3,
	/* The guest: it panicked or said that it is broken; triple-faulted or
	 * crashed; reset itself where that ends the run; did not print what was
	 * expected; hangs. */
	EXIT_CODE_PANIC = 16,
	EXIT_CODE_TRIPLE_FAULT = 17,
	EXIT_CODE_RESET = 18,
	EXIT_CODE_EXPECT = 19,
	EXIT_CODE_HUNG = 20,
	/* The same as timeout(1)'s. */
	EXIT_CODE_TIMEOUT = 124,
	/* Plus the number of the signal that ended the run. */
	EXIT_CODE_SIGNAL = 128,
};

#endif
