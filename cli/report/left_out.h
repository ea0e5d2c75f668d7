/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * left_out.h - what --max-output kept from being written
 */
#ifndef CLI_REPORT_LEFT_OUT_H
#define CLI_REPORT_LEFT_OUT_H

#include <stdint.h>

/* Bytes of each output.  The console is what --serial names, the messages go
 * to standard error. */
struct left_out {
	uint64_t console, console_log, debugcon, capture, messages;
};

#endif
