/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * exit_code.h - what the program's exit code says
 */
#ifndef VMM_EXIT_CODE_H
#define VMM_EXIT_CODE_H

enum exit_code {
	EXIT_CODE_OK = 0,
	/* Our own fault. */
	EXIT_CODE_FAULT = 1,
	/* Wrong usage, or a file that cannot be used. */
	EXIT_CODE_USAGE = 2,
	/* The host cannot do what it takes. */
	EXIT_CODE_HOST = 3,
	/* The guest reset itself and --on-reset is exit. */
	EXIT_CODE_RESET = 18,
	/* Plus the number of the signal that ended it. */
	EXIT_CODE_SIGNAL = 128,
};

#endif
