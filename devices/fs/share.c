/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "devices/fs/share.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/fd_limit.h"
#include "base/log.h"
#include "base/util.h"

enum {
	/* However few descriptors there are in all. */
	MIN_OPEN = 64,
	/* Of all descriptors the network needs most, but not so that a guest
	 * cannot build a program in a folder. */
	USUAL_OPEN = 2048,
};

/* devtmpfs calls itself a tmpfs: it is known by what lies in it. */
static bool is_dev(int fd)
{
	return faccessat(fd, "null", F_OK, 0) == 0 &&
	       faccessat(fd, "zero", F_OK, 0) == 0;
}

bool share_is_kernels(int fd)
{
	static const unsigned long kernels[] = {
		PROC_SUPER_MAGIC,
		SYSFS_MAGIC,
		DEVPTS_SUPER_MAGIC,
		CGROUP_SUPER_MAGIC,
		CGROUP2_SUPER_MAGIC,
		DEBUGFS_MAGIC,
		TRACEFS_MAGIC,
		BPF_FS_MAGIC,
		SECURITYFS_MAGIC,
		EFIVARFS_MAGIC,
		SELINUX_MAGIC,
		SMACK_MAGIC,
		NSFS_MAGIC,
		BINFMTFS_MAGIC,
		/* configfs, pstore, mqueue. */
		0x62656570,
		0x6165676c,
		0x19800202,
	};
	struct statfs s;

	if (fstatfs(fd, &s) < 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(kernels); i++)
		if ((unsigned long)s.f_type == kernels[i])
			return true;
	return s.f_type == TMPFS_MAGIC && is_dev(fd);
}

/* By which option it came. */
static const char *option_of(const struct share *share)
{
	return share->config->is_root ? "--root" : "--share";
}

static int open_root(struct share *share)
{
	const char *dir = share->config->dir, *option = option_of(share);

	share->root = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (share->root < 0)
		return log_fail(-errno, "%s %s: %s: name a folder", option, dir,
				strerror(errno));
	if (faccessat(share->root, ".", R_OK | X_OK, AT_EACCESS) < 0)
		return log_fail(-errno,
				"%s %s: %s: it must be readable for the user "
				"that runs minivmm",
				option, dir, strerror(errno));
	if (share_is_kernels(share->root))
		return log_fail(-EINVAL,
				"%s %s: this folder shows the state of the "
				"host's kernel: name another one",
				option, dir);
	share->proc = open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (share->proc < 0)
		return log_fail(-errno, "%s %s: /proc/self/fd: %s: mount /proc",
				option, dir, strerror(errno));
	return 0;
}

/* The name that the user chose, or the folder's own. */
static int choose_tag(struct share *share)
{
	const struct share_config *config = share->config;
	char *real = NULL;
	const char *tag = config->tag;

	if (!tag) {
		real = realpath(config->dir, NULL);
		tag = real ? strrchr(real, '/') + 1 : "";
		if (!*tag)
			tag = "root";
	}
	if (strlen(tag) > SHARE_TAG_MAX) {
		free(real);
		return log_fail(-EINVAL,
				"--share %s: its name has more than %d bytes: "
				"give it another with tag=",
				config->dir, SHARE_TAG_MAX);
	}
	memcpy(share->tag, tag, strlen(tag) + 1);
	free(real);
	log_info("%s %s: in Linux `mount -t virtiofs %s DIR`", option_of(share),
		 config->dir, share->tag);
	return 0;
}

int share_open(struct share *share, const struct share_config *config,
	       unsigned max_fds)
{
	int err;

	*share = (struct share){ .config = config,
				 .root = -1,
				 .proc = -1,
				 .max_nodes_open = MAX(max_fds / 4, MIN_OPEN),
				 .max_handles = MAX(max_fds / 4 * 3, MIN_OPEN),
				 .as_root = geteuid() == 0 };
	err = open_root(share);
	if (!err)
		err = choose_tag(share);
	if (err)
		share_close(share);
	return err;
}

void share_close(struct share *share)
{
	close_fd(&share->root);
	close_fd(&share->proc);
}

static int check_tag(const struct shares *shares, size_t i)
{
	const struct share *share = &shares->share[i];

	for (size_t j = 0; j < i; j++)
		if (strcmp(share->tag, shares->share[j].tag) == 0)
			return log_fail(-EINVAL,
					"--share %s: %s is called %s, too: "
					"give it another name with tag=",
					share->config->dir,
					shares->share[j].config->dir,
					share->tag);
	return 0;
}

int shares_open(struct shares *shares, const struct share_list *list)
{
	unsigned long fds;
	int err = 0;

	*shares = (struct shares){ .count = 0 };
	if (!list->count)
		return 0;
	shares->share = calloc(list->count, sizeof(struct share));
	if (!shares->share)
		return log_fail(-ENOMEM, "--share: %s", strerror(ENOMEM));
	fds = fd_limit_raise();
	fds = MAX(fds / 8, MIN(fds / 2, USUAL_OPEN)) / list->count;
	for (size_t i = 0; i < list->count && !err; i++) {
		err = share_open(&shares->share[i], &list->shares[i],
				 (unsigned)fds);
		if (!err) {
			shares->count++;
			err = check_tag(shares, i);
		}
	}
	if (err)
		shares_close(shares);
	return err;
}

void shares_close(struct shares *shares)
{
	while (shares->count > 0)
		share_close(&shares->share[--shares->count]);
	free(shares->share);
	shares->share = NULL;
}
