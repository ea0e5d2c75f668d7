/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * port_env.h - environment variables that tell where the guest's ports are
 */
#ifndef CLI_SERVICES_PORT_ENV_H
#define CLI_SERVICES_PORT_ENV_H

struct forwards;
struct string_list;

/*
 * Add to @env, for the first forward to each port of the guest's, such as 22,
 * one of
 *
 *	MINIVMM_PORT_22=41873		TCP
 *	MINIVMM_UDP_22=41873
 *	MINIVMM_UNIX_22=/run/ssh.sock
 *
 * @forwards are open.  -ENOMEM.  Main thread.
 */
int port_env(struct string_list *env, const struct forwards *forwards);

#endif
