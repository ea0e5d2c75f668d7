/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "devices/fs/share.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
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

/* Copy as much of @name as a tag of @max bytes may have, in whole letters of
 * UTF-8.  Linux takes no newline. */
static void cut_name(char *tag, const char *name, size_t max)
{
	size_t len = strnlen(name, max + 1);

	if (len > max)
		for (len = max; len > 0 && (name[len] & 0xc0) == 0x80;)
			len--;
	for (size_t i = 0; i < len; i++)
		tag[i] = (char)(name[i] == '\n' ? '-' : name[i]);
	tag[len] = '\0';
}

/* The name that the user chose, or as much of the folder's own as a tag can
 * have. */
static int choose_tag(struct share *share)
{
	const struct share_config *config = share->config;
	const char *name = config->tag;
	char *real = NULL;

	if (name && strlen(name) > SHARE_TAG_MAX)
		return log_fail(-EINVAL,
				"--share %s: tag=%s has more than %d bytes: "
				"choose a shorter one",
				config->dir, name, SHARE_TAG_MAX);
	if (name && strchr(name, '\n'))
		return log_fail(-EINVAL,
				"--share %s: tag= has a newline, which Linux "
				"does not take: choose another",
				config->dir);
	if (!name)
		real = realpath(config->dir, NULL);
	if (real)
		name = strrchr(real, '/') + 1;
	cut_name(share->tag, name && *name ? name : "root", SHARE_TAG_MAX);
	free(real);
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

/* Who else of @list has @tag: a share before number @i, or, if @wanted, one
 * that the user has named so; NULL: nobody. */
static const struct share_config *other_with(const struct shares *shares,
					     const struct share_list *list,
					     size_t i, const char *tag,
					     bool wanted)
{
	for (size_t j = 0; j < list->count; j++) {
		const struct share_config *other = &list->shares[j];

		if (j < i && strcmp(shares->share[j].tag, tag) == 0)
			return other;
		if (wanted && j != i && other->tag &&
		    strcmp(other->tag, tag) == 0)
			return other;
	}
	return NULL;
}

/* Two names that the user has chosen must differ; others are numbered. */
static int settle_tag(const struct shares *shares,
		      const struct share_list *list, size_t i)
{
	struct share *share = &shares->share[i];
	const struct share_config *other;
	char name[SHARE_TAG_MAX - 1];

	if (share->config->tag) {
		other = other_with(shares, list, i, share->tag, false);
		if (other)
			return log_fail(-EINVAL,
					"--share %s: %s is called %s, too: "
					"give it another name with tag=",
					share->config->dir, other->dir,
					share->tag);
	}
	cut_name(name, share->tag, sizeof(name) - 1);
	for (char n = '2'; !share->config->tag &&
			   other_with(shares, list, i, share->tag, true);
	     n++)
		snprintf(share->tag, sizeof(share->tag), "%s-%c", name, n);
	log_info("%s %s: in Linux `mount -t virtiofs %s DIR`", option_of(share),
		 share->config->dir, share->tag);
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
			err = settle_tag(shares, list, i);
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
