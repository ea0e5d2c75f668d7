/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * confine.c - what the thread that serves a share gives up
 *
 * Each of these holds for one thread: the libraries' functions would change
 * all of them, so the system calls are made here.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/landlock.h"
#include "base/log.h"
#include "devices/fs/share.h"

static int confine_paths(const struct share *share)
{
	struct landlock landlock;
	int err = landlock_open(&landlock, false, false);

	if (err)
		return err;
	err = landlock_allow(&landlock, share->root, LANDLOCK_ALL);
	if (!err && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		err = -errno;
	if (!err)
		err = landlock_enforce(&landlock);
	landlock_close(&landlock);
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
