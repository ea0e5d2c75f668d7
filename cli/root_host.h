/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root_host.h - the job of a guest whose root is a folder of the host
 *
 * The command runs as if the user had started it here: with the same user,
 * folder and environment.
 *
 * Threads: main thread.
 */
#ifndef CLI_ROOT_HOST_H
#define CLI_ROOT_HOST_H

#include <stdint.h>

#include "base/string_list.h"
#include "initramfs/kmod.h"

struct boot;
struct config;
struct job;
struct shares;

/* Owns what a struct job refers to.  All zero: nothing. */
struct root_host {
	struct string_list args, env, mounts;
	char *cwd, *resolv, *sought;
	uint32_t *groups;
	struct kmod_list modules;
};

/* Fill in @root, and @job, which points into @root.  Logs; -errno, and
 * root_host_free() must be called all the same. */
int root_host_fill(struct root_host *root, struct job *job,
		   const struct config *config, const struct boot *boot,
		   const struct shares *shares);

void root_host_free(struct root_host *root);

#endif
