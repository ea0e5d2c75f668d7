/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * job_host.h - the guest's job and root, from the user's options and the host
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
	/* The command's input comes through a pipe. */
	bool pipe;
};

/*
 * Make the archive for the job of @config, if it has a job or a root.  @shares
 * are the folders that the guest can mount; the root is one of them.  Logs;
 * -errno.
 */
int job_host_open(struct job_host *host, const struct config *config,
		  const struct boot *boot, const struct shares *shares);

void job_host_close(struct job_host *host);

#endif
