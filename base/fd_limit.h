/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fd_limit.h - how many descriptors the process may have
 */
#ifndef BASE_FD_LIMIT_H
#define BASE_FD_LIMIT_H

/* Raise RLIMIT_NOFILE as far as that is allowed and of use for the network;
 * returns what it is then.  Main thread. */
unsigned long fd_limit_raise(void);

#endif
