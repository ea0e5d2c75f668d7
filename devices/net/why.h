/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * why.h - what is wrong with something the user wrote
 */
#ifndef DEVICES_NET_WHY_H
#define DEVICES_NET_WHY_H

/* For the end of a line that says where it was written. */
struct why {
	char text[256];
};

/* Say what is wrong and what to do; returns -EINVAL. */
int why_reject(struct why *why, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
