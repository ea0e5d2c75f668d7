/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest that wants more than its share, with and without help on the host.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/util.h"
#include "devices/fs/node_fd.h"
#include "tests/devices/fs/fuse_guest.h"
#include "tests/unit.h"

static struct guest g;

static const struct share_config plain = { 0 };

static void mount(void)
{
	guest_mount(&g, &plain, 1024);
}

/* A name is one component. [hostile 81] */
START_TEST(names_that_lead_away)
{
	static const char *const names[] = {
		"",   ".",	"..",
		"/",  "../x",	"d/f",
		"d/", "/etc/x", "d/../../outside"
	};
	const struct fuse_mkdir_in dir = { .mode = 0755 };
	char long_name[1100];

	mount();
	ck_assert_int_eq(mkdir(host_path(&g, "d"), 0755), 0);
	host_write(&g, "d/f", "f");
	for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
		const char *name = names[i];

		ck_assert_int_eq(ask_name(&g, FUSE_LOOKUP, 1, name), -EINVAL);
		ck_assert_int_eq(ask_name(&g, FUSE_UNLINK, 1, name), -EINVAL);
		ck_assert_int_eq(ask_name(&g, FUSE_RMDIR, 1, name), -EINVAL);
		ck_assert_int_eq(ask_mkdir(&g, 1, name), -EINVAL);
		ck_assert_int_eq(ask_create(&g, 1, name, O_RDWR, 0644),
				 -EINVAL);
		ck_assert_int_eq(ask_rename(&g, 1, "d", 1, name, 0), -EINVAL);
		ck_assert_int_eq(ask_rename(&g, 1, name, 1, "e", 0), -EINVAL);
	}
	memset(long_name, 'n', sizeof(long_name));
	long_name[sizeof(long_name) - 1] = '\0';
	ck_assert_int_eq(ask_name(&g, FUSE_LOOKUP, 1, long_name), -EINVAL);
	/* What the host's file system says of it. */
	long_name[256] = '\0';
	ck_assert_int_eq(ask_name(&g, FUSE_LOOKUP, 1, long_name),
			 -ENAMETOOLONG);
	ck_assert_int_eq(ask_mkdir(&g, 1, long_name), -ENAMETOOLONG);
	long_name[255] = '\0';
	ck_assert_int_eq(ask_mkdir(&g, 1, long_name), 0);
	/* Without an end. */
	ck_assert_int_eq(ask(&g, FUSE_LOOKUP, 1, NULL, 0, "d", 1), -EINVAL);
	ck_assert_int_eq(ask(&g, FUSE_MKDIR, 1, &dir, sizeof(dir), "e", 1),
			 -EINVAL);
	ck_assert_int_eq(ask(&g, FUSE_SYMLINK, 1, NULL, 0, "l\0to", 4),
			 -EINVAL);
	ck_assert(host_has(&g, "d/f", "f"));
	guest_unmount(&g);
}
END_TEST

/* A link is a file with a text in it, here. */
START_TEST(links_are_not_followed)
{
	const struct fuse_open_in open = { .flags = O_RDONLY };
	uint64_t link;

	mount();
	ck_assert_int_eq(symlink(g.outside, host_path(&g, "l")), 0);
	link = ask_path(&g, "l");
	ck_assert_uint_eq(g.entry.attr.mode & S_IFMT, S_IFLNK);
	ck_assert_int_eq(ask_open(&g, link, O_RDONLY), -ELOOP);
	ck_assert_int_eq(
		ask(&g, FUSE_OPENDIR, link, &open, sizeof(open), NULL, 0),
		-ENOTDIR);
	ck_assert_int_eq(ask_name(&g, FUSE_LOOKUP, link, "secret"), -ENOTDIR);
	/* Where a file is to be made, too. */
	ck_assert_int_eq(symlink("../outside/new", host_path(&g, "m")), 0);
	ck_assert_int_eq(ask_create(&g, 1, "m", O_RDWR, 0644), -ELOOP);
	ck_assert_int_eq(access(host_path(&g, "../outside/new"), F_OK), -1);
	guest_unmount(&g);
}
END_TEST

/* The host puts a link where the guest knows a folder, or another folder: what
 * the guest knows is stale then, and not another file of the same name. */
START_TEST(what_was_a_folder)
{
	uint64_t folder, file;

	guest_mount(&g, &plain, 1);
	ck_assert_int_eq(mkdir(host_path(&g, "d"), 0755), 0);
	host_write(&g, "d/f", "mine");
	host_write(&g, "../outside/f", "secret");
	folder = ask_path(&g, "d");
	file = ask_path(&g, "d/f");
	ck_assert_int_eq(rename(host_path(&g, "d"), host_path(&g, "../d")), 0);
	if (_i % 2 == 0)
		ck_assert_int_eq(symlink("../outside", host_path(&g, "d")), 0);
	else
		ck_assert_int_eq(
			rename(host_path(&g, "../outside"), host_path(&g, "d")),
			0);
	/* It may be open still, or not. */
	if (_i / 2 == 0)
		node_fd_close(&g.server.nodes,
			      node_get(&g.server.nodes, folder));
	if (ask_open(&g, file, O_RDONLY) == 0) {
		ck_assert_int_eq(ask_read(&g, file, g.open.fh, 0, 100), 0);
		ck_assert_mem_eq(g.body, "mine", 4);
	}
	ask_create(&g, folder, "new", O_RDWR, 0644);
	ask_name(&g, FUSE_UNLINK, folder, "f");
	ck_assert_int_eq(access(host_path(&g, "d/new"), F_OK), -1);
	ck_assert(host_has(&g, "d/f", "secret"));
	guest_unmount(&g);
}
END_TEST

enum { SWAPS = 100000 };

static int swaps;

/* A folder and a link to one outside take turns. */
static void *swap(void *arg)
{
	char real[256], link[256];

	(void)arg;
	snprintf(real, sizeof(real), "%s/d", g.dir);
	snprintf(link, sizeof(link), "%s/l", g.dir);
	for (int i = 0; i < SWAPS; i++) {
		ck_assert_int_eq(syscall(SYS_renameat2, AT_FDCWD, real,
					 AT_FDCWD, link, 2 /* EXCHANGE */),
				 0);
		__atomic_store_n(&swaps, i + 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

static void never_the_secret(uint64_t folder)
{
	uint64_t file, fh;

	if (ask_name(&g, FUSE_LOOKUP, folder, "f") < 0)
		return;
	file = g.entry.nodeid;
	if (ask_open(&g, file, O_RDWR) == 0) {
		fh = g.open.fh;
		ck_assert_int_eq(ask_read(&g, file, fh, 0, 100), 0);
		ck_assert_mem_eq(g.body, "mine", 4);
		ask_release(&g, file, fh);
	}
	ask_create(&g, folder, "new", O_RDWR, 0644);
	ask_name(&g, FUSE_UNLINK, folder, "new");
	ask_forget(&g, file, 1);
}

/* A hundred thousand times, while a guest walks there.  This thread is not
 * confined by Landlock. */
START_TEST(a_host_that_swaps_links)
{
	pthread_t thread;

	/* A disk's journal would be slow. */
	if (access("/dev/shm", W_OK) == 0)
		setenv("TMPDIR", "/dev/shm", 1);
	guest_mount(&g, &plain, 1);
	ck_assert_int_eq(mkdir(host_path(&g, "d"), 0755), 0);
	host_write(&g, "d/f", "mine");
	host_write(&g, "../outside/f", "secret");
	ck_assert_int_eq(symlink("../outside", host_path(&g, "l")), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, swap, NULL), 0);
	for (int i = 0; __atomic_load_n(&swaps, __ATOMIC_RELAXED) < SWAPS;
	     i++) {
		const char *name = i % 2 ? "d" : "l";

		if (ask_name(&g, FUSE_LOOKUP, 1, name) < 0)
			continue;
		never_the_secret(g.entry.nodeid);
		if (i % 7 == 0)
			ck_assert_int_eq(ask_init(&g), 0);
	}
	pthread_join(thread, NULL);
	ck_assert_int_eq(access(host_path(&g, "../outside/new"), F_OK), -1);
	ck_assert(host_has(&g, "../outside/f", "secret"));
	guest_unmount(&g);
}
END_TEST

/* Whatever the guest has mounted. */
START_TEST(a_share_that_is_read_only)
{
	static const struct share_config read_only = { .read_only = true };
	static const uint32_t changing[] = {
		FUSE_SETATTR,	FUSE_SYMLINK,	      FUSE_MKNOD,
		FUSE_MKDIR,	FUSE_UNLINK,	      FUSE_RMDIR,
		FUSE_RENAME,	FUSE_RENAME2,	      FUSE_LINK,
		FUSE_CREATE,	FUSE_TMPFILE,	      FUSE_WRITE,
		FUSE_FALLOCATE, FUSE_SETXATTR,	      FUSE_REMOVEXATTR,
		FUSE_SYNCFS,	FUSE_COPY_FILE_RANGE,
	};
	char zeros[200] = { 0 };
	uint64_t node;

	guest_mount(&g, &read_only, 1024);
	host_write(&g, "f", "f");
	for (unsigned i = 0; i < ARRAY_SIZE(changing); i++)
		ck_assert_int_eq(
			ask(&g, changing[i], 1, zeros, sizeof(zeros), NULL, 0),
			-EROFS);
	node = ask_path(&g, "f");
	ck_assert_int_eq(ask_open(&g, node, O_RDWR), -EROFS);
	ck_assert_int_eq(ask_open(&g, node, O_WRONLY), -EROFS);
	ck_assert_int_eq(ask_open(&g, node, O_RDONLY | O_TRUNC), -EROFS);
	ck_assert_int_eq(ask_open(&g, node, O_RDONLY), 0);
	ck_assert(host_has(&g, "f", "f"));
	guest_unmount(&g);
}
END_TEST

/* Nodes and files that the guest was never given. [hostile 80] */
START_TEST(numbers_that_lead_nowhere)
{
	static const uint64_t numbers[] = { 0,		3,
					    1000,	UINT32_MAX,
					    UINT64_MAX, 1 | UINT64_C(1) << 32 };
	uint64_t node, fh;

	mount();
	host_write(&g, "f", "f");
	host_write(&g, "h", "h");
	node = ask_path(&g, "f");
	for (unsigned i = 0; i < ARRAY_SIZE(numbers); i++) {
		ck_assert_int_eq(ask_getattr(&g, numbers[i]), -ESTALE);
		ck_assert_int_eq(ask_rename(&g, 1, "f", numbers[i], "x", 0),
				 -ESTALE);
		ck_assert_int_eq(ask_read(&g, node, numbers[i], 0, 1), -EBADF);
		ask_forget(&g, numbers[i], UINT64_MAX);
	}
	/* A file of another node. */
	ck_assert_int_eq(ask_open(&g, node, O_RDONLY), 0);
	fh = g.open.fh;
	ck_assert_int_eq(ask_read(&g, ask_path(&g, "h"), fh, 0, 1), -EBADF);
	ck_assert_int_eq(ask_read(&g, node, fh, 0, 1), 0);
	guest_unmount(&g);
}
END_TEST

/* VIRTIO 5.11.6.2: FORGETs need not balance, and leave no number behind. */
START_TEST(forgets)
{
	uint64_t node, other;

	mount();
	host_write(&g, "f", "f");
	host_write(&g, "h", "h");
	node = ask_path(&g, "f");
	ck_assert_uint_eq(ask_path(&g, "f"), node);
	ask_forget(&g, node, 1);
	ck_assert_int_eq(ask_getattr(&g, node), 0);
	ask_forget(&g, node, UINT64_MAX);
	ck_assert_int_eq(ask_getattr(&g, node), -ESTALE);
	/* Its place is used once more, under another number. */
	other = ask_path(&g, "h");
	ck_assert_uint_eq((uint32_t)other, (uint32_t)node);
	ck_assert_uint_ne(other, node);
	ask_forget(&g, node, UINT64_MAX);
	ck_assert_int_eq(ask_getattr(&g, other), 0);
	/* The root is never forgotten. */
	ask_forget(&g, FUSE_ROOT_ID, UINT64_MAX);
	ck_assert_int_eq(ask_getattr(&g, FUSE_ROOT_ID), 0);
	guest_unmount(&g);
}
END_TEST

/* Forgotten while it is open, and while something in it is known. */
START_TEST(forgotten_in_use)
{
	uint64_t folder, file, fh;

	guest_mount(&g, &plain, 1);
	ck_assert_int_eq(mkdir(host_path(&g, "d"), 0755), 0);
	host_write(&g, "d/f", "f");
	folder = ask_path(&g, "d");
	file = ask_path(&g, "d/f");
	ask_forget(&g, folder, UINT64_MAX);
	ck_assert_int_eq(ask_getattr(&g, folder), -ESTALE);
	ck_assert_int_eq(ask_open(&g, file, O_RDONLY), 0);
	fh = g.open.fh;
	ask_forget(&g, file, UINT64_MAX);
	ck_assert_int_eq(ask_read(&g, file, fh, 0, 1), -ESTALE);
	ck_assert_uint_eq(ask_path(&g, "d"), folder);
	ck_assert_int_eq(ask_init(&g), 0);
	ck_assert_uint_eq(g.server.nodes.n_nodes, 1);
	guest_unmount(&g);
}
END_TEST

/* Requests of each kind, cut off after each byte, of nonsense. */
START_TEST(requests_cut_off)
{
	static uint8_t nonsense[200];

	mount();
	g.piece = _i ? 7 : SIZE_MAX;
	for (uint32_t opcode = 1; opcode < 80; opcode++) {
		memset(nonsense, opcode * 37 & 0xff, sizeof(nonsense));
		/* The first two end the session; the host's disk is slow. */
		if (opcode == FUSE_INIT || opcode == FUSE_DESTROY ||
		    opcode == FUSE_SYNCFS)
			continue;
		for (size_t len = 0; len <= sizeof(nonsense); len++)
			ask(&g, opcode, 1, nonsense, len, NULL, 0);
		memset(nonsense, 0, sizeof(nonsense));
		for (size_t len = 0; len <= sizeof(nonsense); len++)
			ask(&g, opcode, 1, nonsense, len, NULL, 0);
	}
	ck_assert_int_eq(ask_init(&g), 0);
	ck_assert_int_eq(ask_getattr(&g, 1), 0);
	guest_unmount(&g);
}
END_TEST

/* Answers for which there is no room, and sizes that are not so. */
START_TEST(no_room)
{
	const struct fuse_write_in write = { .size = 1 << 20 };
	struct fuse_write_in big = write;
	uint64_t node, fh;

	mount();
	host_write(&g, "f", "0123456789");
	node = ask_path(&g, "f");
	ck_assert_int_eq(ask_open(&g, node, O_RDWR), 0);
	fh = g.open.fh;
	g.room = 16;
	ck_assert_int_eq(ask_name(&g, FUSE_LOOKUP, 1, "f"), -ERANGE);
	ck_assert_int_eq(ask_read(&g, node, fh, 0, 16), 0);
	ck_assert_uint_eq(g.len, 10);
	ck_assert_int_eq(ask_read(&g, node, fh, 0, 17), -EINVAL);
	ck_assert_int_eq(ask_read(&g, node, fh, 0, UINT32_MAX), -EINVAL);
	big.fh = fh;
	ck_assert_int_eq(ask(&g, FUSE_WRITE, node, &big, sizeof(big), "x", 1),
			 -EINVAL);
	big.size = UINT32_MAX;
	ck_assert_int_eq(ask(&g, FUSE_WRITE, node, &big, sizeof(big), "x", 1),
			 -EINVAL);
	ck_assert(host_has(&g, "f", "0123456789"));
	g.room = 0;
	ck_assert_int_eq(ask_getattr(&g, 1), -ERANGE);
	guest_unmount(&g);
}
END_TEST

/* The state of the host's kernel is not in a folder that is shared. */
START_TEST(the_hosts_kernel)
{
	static const char *const names[] = { "proc", "sys", "dev" };
	static char slash[] = "/";
	static const struct share_config root = { .dir = slash };
	const struct fuse_open_in open = { .flags = O_RDONLY };
	struct fuse_read_in read = { .size = 4096 };

	guest_mount(&g, &root, 1024);
	for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
		uint64_t node = ask_path(&g, names[i]);

		ck_assert_uint_ne(node, 0);
		ck_assert_int_eq(ask_name(&g, FUSE_LOOKUP, node, "self"),
				 -ENOENT);
		ck_assert_int_eq(ask_name(&g, FUSE_LOOKUP, node, "kernel"),
				 -ENOENT);
		ck_assert_int_eq(ask_name(&g, FUSE_LOOKUP, node, "shm"),
				 -ENOENT);
		ck_assert_int_eq(ask_mkdir(&g, node, "x"), -EACCES);
		ck_assert_int_eq(ask_create(&g, node, "x", O_RDWR, 0644),
				 -EACCES);
		ck_assert_int_eq(ask(&g, FUSE_OPENDIR, node, &open,
				     sizeof(open), NULL, 0),
				 0);
		read.fh = g.open.fh;
		ck_assert_int_eq(ask(&g, FUSE_READDIRPLUS, node, &read,
				     sizeof(read), NULL, 0),
				 0);
		ck_assert_uint_eq(g.len, 0);
	}
	guest_unmount(&g);
}
END_TEST

static bool has_landlock(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0,
		       LANDLOCK_CREATE_RULESET_VERSION) >= 2;
}

static void *serve_confined(void *arg)
{
	(void)arg;
	share_confine(&g.share);
	if (has_landlock())
		ck_assert_int_eq(open(host_path(&g, "../outside/f"), O_RDONLY),
				 -1);
	ck_assert_int_eq(ask_mkdir(&g, 1, "d"), 0);
	ck_assert_uint_eq(g.entry.attr.mode, S_IFDIR | 0755);
	ck_assert_int_eq(ask_create(&g, g.entry.nodeid, "f", O_RDWR, 0666), 0);
	ck_assert_uint_eq(g.created.entry.attr.mode, S_IFREG | 0666);
	ck_assert_int_eq(ask_rename(&g, ask_path(&g, "d"), "f", 1, "g", 0), 0);
	ck_assert_int_eq(ask_open(&g, ask_path(&g, "g"), O_RDWR), 0);
	return NULL;
}

/* The thread that serves can open nothing else, and what it makes has the mode
 * that the guest says; other threads are as before. */
START_TEST(confined)
{
	pthread_t thread;

	mount();
	umask(077);
	host_write(&g, "../outside/f", "secret");
	ck_assert_int_eq(pthread_create(&thread, NULL, serve_confined, NULL),
			 0);
	pthread_join(thread, NULL);
	ck_assert(host_has(&g, "../outside/f", "secret"));
	ck_assert_uint_eq(umask(077), 077);
	guest_unmount(&g);
}
END_TEST

/* As many files as may be open, and one more. */
START_TEST(too_many_open)
{
	uint64_t node, fh = 0;
	int n = 0;

	guest_mount(&g, &plain, 1);
	host_write(&g, "f", "f");
	node = ask_path(&g, "f");
	while (ask_open(&g, node, O_RDONLY) == 0) {
		fh = g.open.fh;
		n++;
	}
	ck_assert_int_eq(n, 64);
	ck_assert_int_eq(ask_open(&g, node, O_RDONLY), -ENFILE);
	ck_assert_int_eq(ask_release(&g, node, fh), 0);
	ck_assert_int_eq(ask_open(&g, node, O_RDONLY), 0);
	guest_unmount(&g);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		names_that_lead_away,
		links_are_not_followed,
		a_host_that_swaps_links,
		a_share_that_is_read_only,
		numbers_that_lead_nowhere,
		forgets,
		forgotten_in_use,
		no_room,
		the_hosts_kernel,
		confined,
		too_many_open,
		NULL,
	};
	const TTest *const folder[] = { what_was_a_folder, NULL };
	const TTest *const cut[] = { requests_cut_off, NULL };
	Suite *suite = unit_suite("fs_server_hostile", tests);

	unit_add(suite, folder, 4, NULL, NULL);
	unit_add(suite, cut, 2, NULL, NULL);
	return unit_run(suite);
}
