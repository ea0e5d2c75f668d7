/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * job_host.h - a guest's job, and its root, from what the user asked for and
 * what the host has
 *
 * Threads: main thread.
 */
#ifndef CLI_JOB_HOST_H
#define CLI_JOB_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct boot;
struct config;
struct shares;

/* All zero: none. */
struct job_host {
	uint8_t *archive;
	size_t len;
	/* The command's input comes by a pipe. */
	bool pipe;
};

/*
 * Make the archive for the job of @config, if it has one, or a root.  @shares
 * is what the guest can mount, with the root among it.  Logs; -errno.
 */
int job_host_open(struct job_host *host, const struct config *config,
		  const struct boot *boot, const struct shares *shares);

void job_host_close(struct job_host *host);

#endif
