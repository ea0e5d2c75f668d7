/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * confine.c - what the thread that serves a share gives up
 *
 * Each of these holds for one thread: the libraries' functions would change
 * all of them, so the system calls are made here.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/landlock.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"
#include "devices/fs/share.h"

#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (1ULL << 13)
#endif

/* The rights of Landlock's first version, and, where it has them, renames
 * from one folder to another. */
static uint64_t rights(long abi)
{
	uint64_t first = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;

	return abi >= 2 ? first | LANDLOCK_ACCESS_FS_REFER : first;
}

static int add_rule(int rules, const struct share *share, uint64_t allowed)
{
	const struct landlock_path_beneath_attr beneath = {
		.allowed_access = allowed,
		.parent_fd = share->root,
	};

	return (int)syscall(SYS_landlock_add_rule, rules,
			    LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
}

/* With Landlock's first version renames between folders are refused: that is
 * worse than what it protects from, as names are never followed anyway. */
static int confine_paths(const struct share *share)
{
	struct landlock_ruleset_attr attr = { 0 };
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
			   LANDLOCK_CREATE_RULESET_VERSION);
	int rules, err = 0;

	if (abi < 2)
		return -ENOSYS;
	attr.handled_access_fs = rights(abi);
	rules = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr),
			     0);
	if (rules < 0)
		return -errno;
	if (add_rule(rules, share, attr.handled_access_fs) < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    syscall(SYS_landlock_restrict_self, rules, 0) < 0)
		err = -errno;
	close(rules);
	return err;
}

void share_confine(const struct share *share)
{
	const char *dir = share->config->dir;
	int err;

	if (unshare(CLONE_FS) == 0)
		umask(0);
	else
		log_warn("--share %s: unshare: %s: new files there have "
			 "minivmm's file mode mask, too",
			 dir, strerror(errno));
	if (share->as_root && syscall(SYS_setgroups, 0, NULL) < 0)
		log_debug("--share %s: setgroups: %s", dir, strerror(errno));
	err = confine_paths(share);
	if (err)
		log_debug("--share %s: not confined by Landlock: %s", dir,
			  strerror(-err));
}
