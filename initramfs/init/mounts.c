/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mounts.c - mounts what programs expect; a kernel may lack some of it
 */
#include "initramfs/init/sys.h"

static const struct row {
	const char *type, *where, *options;
} rows[] = {
	{ "devtmpfs", "/dev", NULL },
	{ "proc", "/proc", NULL },
	{ "sysfs", "/sys", NULL },
	{ "devpts", "/dev/pts", "ptmxmode=666" },
	{ "tmpfs", "/dev/shm", "mode=1777" },
	{ "debugfs", "/sys/kernel/debug", NULL },
	{ "tracefs", "/sys/kernel/tracing", NULL },
	{ "cgroup2", "/sys/fs/cgroup", NULL },
};

/* Scripts write to these. */
static const char *const links[][2] = {
	{ "/proc/self/fd", "/dev/fd" },
	{ "/proc/self/fd/0", "/dev/stdin" },
	{ "/proc/self/fd/1", "/dev/stdout" },
	{ "/proc/self/fd/2", "/dev/stderr" },
};

void mount_all(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		call(__NR_mkdir, (long)rows[i].where, 0755, 0, 0, 0);
		call(__NR_mount, (long)rows[i].type, (long)rows[i].where,
		     (long)rows[i].type, 0, (long)rows[i].options);
	}
	for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++)
		call(__NR_symlink, (long)links[i][0], (long)links[i][1], 0, 0,
		     0);
}
