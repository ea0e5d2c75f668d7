/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a well-behaved guest's kernel asks of a share, and what is on the host
 * then.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/util.h"
#include "tests/devices/fs/fuse_guest.h"
#include "tests/unit.h"

static struct guest g;

static const struct share_config plain = { 0 };

static void mount(void)
{
	guest_mount(&g, &plain, 1024);
}

static mode_t host_mode(const char *name)
{
	struct stat st;

	ck_assert_int_eq(lstat(host_path(&g, name), &st), 0);
	return st.st_mode;
}

static unsigned open_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned n = 0;

	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/* Content: VIRTIO 1.2 leaves the protocol to <linux/fuse.h>. */
START_TEST(a_file)
{
	uint64_t node, fh;

	mount();
	ck_assert_int_eq(ask_create(&g, 1, "f", O_RDWR, 0640), 0);
	node = g.created.entry.nodeid;
	fh = g.created.open.fh;
	ck_assert_uint_eq(host_mode("f"), S_IFREG | 0640);
	ck_assert_int_eq(ask_write(&g, node, fh, 0, "hello world"), 0);
	ck_assert_uint_eq(g.write.size, 11);
	ck_assert(host_has(&g, "f", "hello world"));
	ck_assert_int_eq(ask_write(&g, node, fh, 6, "there"), 0);
	ck_assert(host_has(&g, "f", "hello there"));
	ck_assert_int_eq(ask_read(&g, node, fh, 6, 100), 0);
	ck_assert_uint_eq(g.len, 5);
	ck_assert_mem_eq(g.body, "there", 5);
	ck_assert_int_eq(ask_read(&g, node, fh, 11, 100), 0);
	ck_assert_uint_eq(g.len, 0);
	ck_assert_int_eq(ask_getattr(&g, node), 0);
	ck_assert_uint_eq(g.attr.attr.size, 11);
	ck_assert_uint_eq(g.attr.attr.mode, S_IFREG | 0640);
	ck_assert_int_eq(ask_release(&g, node, fh), 0);
	ck_assert_int_eq(ask_release(&g, node, fh), -EBADF);
	ck_assert_int_eq(ask_read(&g, node, fh, 0, 1), -EBADF);
	guest_unmount(&g);
}
END_TEST

/* Requests and answers in segments of one byte, of three, of 61. */
START_TEST(in_pieces)
{
	static const size_t pieces[] = { 1, 3, 61 };
	uint64_t node, fh;

	mount();
	host_write(&g, "f", "0123456789");
	g.piece = pieces[_i];
	g.room = 2000;
	node = ask_path(&g, "f");
	ck_assert_uint_ne(node, 0);
	ck_assert_int_eq(ask_open(&g, node, O_RDWR), 0);
	fh = g.open.fh;
	ck_assert_int_eq(ask_read(&g, node, fh, 2, 5), 0);
	ck_assert_uint_eq(g.len, 5);
	ck_assert_mem_eq(g.body, "23456", 5);
	ck_assert_int_eq(ask_write(&g, node, fh, 3, "abcd"), 0);
	ck_assert(host_has(&g, "f", "012abcd789"));
	guest_unmount(&g);
}
END_TEST

/* What a mode forbids counts from the next time that a file is opened. */
START_TEST(a_new_file_that_none_may_write)
{
	mount();
	ck_assert_int_eq(ask_create(&g, 1, "f", O_RDWR, 0444), 0);
	ck_assert_int_eq(ask_write(&g, g.created.entry.nodeid,
				   g.created.open.fh, 0, "x"),
			 0);
	ck_assert(host_has(&g, "f", "x"));
	guest_unmount(&g);
}
END_TEST

START_TEST(create_what_is_there)
{
	mount();
	host_write(&g, "f", "old");
	ck_assert_int_eq(ask_create(&g, 1, "f", O_RDWR | O_EXCL, 0644),
			 -EEXIST);
	ck_assert_int_eq(ask_create(&g, 1, "f", O_RDWR, 0644), 0);
	ck_assert(host_has(&g, "f", "old"));
	ck_assert_int_eq(ask_create(&g, 1, "f", O_RDWR | O_TRUNC, 0644), 0);
	ck_assert(host_has(&g, "f", ""));
	guest_unmount(&g);
}
END_TEST

static void still_works(uint64_t node, uint64_t fh)
{
	struct fuse_setattr_in size = { .valid = FATTR_SIZE, .size = 3 };
	struct fuse_setattr_in mode = { .valid = FATTR_MODE, .mode = 0600 };

	ck_assert_int_eq(ask_getattr(&g, node), 0);
	ck_assert_uint_eq(g.attr.attr.nlink, 0);
	ck_assert_int_eq(
		ask(&g, FUSE_SETATTR, node, &size, sizeof(size), NULL, 0), 0);
	ck_assert_uint_eq(g.attr.attr.size, 3);
	ck_assert_int_eq(
		ask(&g, FUSE_SETATTR, node, &mode, sizeof(mode), NULL, 0), 0);
	ck_assert_uint_eq(g.attr.attr.mode, S_IFREG | 0600);
	ck_assert_int_eq(ask_read(&g, node, fh, 0, 10), 0);
	ck_assert_mem_eq(g.body, "abc", 3);
}

/* A file that is open lives on without its name, whoever has taken it. */
START_TEST(an_open_file_without_a_name)
{
	uint64_t node, fh;

	mount();
	host_write(&g, "f", "abcdef");
	host_write(&g, "other", "other");
	node = ask_path(&g, "f");
	ck_assert_int_eq(ask_open(&g, node, O_RDWR), 0);
	fh = g.open.fh;
	if (_i == 0)
		ck_assert_int_eq(ask_name(&g, FUSE_UNLINK, 1, "f"), 0);
	else if (_i == 1)
		ck_assert_int_eq(ask_rename(&g, 1, "other", 1, "f", 0), 0);
	else
		ck_assert_int_eq(unlink(host_path(&g, "f")), 0);
	ck_assert_int_eq(access(host_path(&g, "f"), F_OK), _i == 1 ? 0 : -1);
	still_works(node, fh);
	ck_assert_int_eq(ask_release(&g, node, fh), 0);
	ck_assert_int_eq(ask_forget(&g, node, 1), 0);
	ck_assert_int_eq(ask_getattr(&g, node), -ESTALE);
	guest_unmount(&g);
}
END_TEST

/* A file or folder that some process is in, or knows, likewise. */
START_TEST(known_without_a_name)
{
	uint64_t file, folder;

	mount();
	host_write(&g, "f", "f");
	file = ask_path(&g, "f");
	ck_assert_int_eq(ask_mkdir(&g, 1, "d"), 0);
	folder = g.entry.nodeid;
	ck_assert_int_eq(ask_name(&g, FUSE_UNLINK, 1, "f"), 0);
	ck_assert_int_eq(ask_name(&g, FUSE_RMDIR, 1, "d"), 0);
	ck_assert_int_eq(ask_getattr(&g, file), 0);
	ck_assert_uint_eq(g.attr.attr.nlink, 0);
	ck_assert_int_eq(ask_getattr(&g, folder), 0);
	ck_assert_int_eq(ask_open(&g, file, O_RDONLY), 0);
	ck_assert_int_eq(ask_create(&g, folder, "x", O_RDWR, 0644), -ENOENT);
	guest_unmount(&g);
}
END_TEST

START_TEST(names)
{
	const struct fuse_link_in link = { 0 };
	struct fuse_link_in arg = link;
	uint64_t d, e, f;

	mount();
	ck_assert_int_eq(ask_mkdir(&g, 1, "d"), 0);
	d = g.entry.nodeid;
	ck_assert_int_eq(ask_mkdir(&g, 1, "e"), 0);
	e = g.entry.nodeid;
	host_write(&g, "d/f", "f");
	f = ask_path(&g, "d/f");
	/* A node follows its file. */
	ck_assert_int_eq(ask_rename(&g, d, "f", e, "g", 0), 0);
	ck_assert(host_has(&g, "e/g", "f"));
	ck_assert_int_eq(ask_open(&g, f, O_RDONLY), 0);
	ck_assert_uint_eq(ask_path(&g, "e/g"), f);
	/* And its folder. */
	ck_assert_int_eq(ask_rename(&g, 1, "e", d, "h", 0), 0);
	ck_assert_int_eq(ask_open(&g, f, O_RDONLY), 0);
	ck_assert_uint_eq(ask_path(&g, "d/h/g"), f);
	/* Another name. */
	arg.oldnodeid = f;
	ck_assert_int_eq(ask(&g, FUSE_LINK, 1, &arg, sizeof(arg), "l", 2), 0);
	ck_assert_uint_eq(g.entry.nodeid, f);
	ck_assert_uint_eq(g.entry.attr.nlink, 2);
	ck_assert_int_eq(ask_name(&g, FUSE_UNLINK, e, "g"), 0);
	ck_assert_int_eq(ask_name(&g, FUSE_UNLINK, e, "g"), -ENOENT);
	ck_assert(host_has(&g, "l", "f"));
	ck_assert_int_eq(ask_name(&g, FUSE_RMDIR, 1, "d"), -ENOTEMPTY);
	ck_assert_int_eq(ask_name(&g, FUSE_RMDIR, d, "h"), 0);
	ck_assert_int_eq(ask_name(&g, FUSE_RMDIR, 1, "d"), 0);
	ck_assert_int_eq(access(host_path(&g, "d"), F_OK), -1);
	guest_unmount(&g);
}
END_TEST

START_TEST(renames_with_flags)
{
	uint64_t a, b;

	mount();
	host_write(&g, "a", "A");
	host_write(&g, "b", "B");
	a = ask_path(&g, "a");
	b = ask_path(&g, "b");
	ck_assert_int_eq(ask_rename(&g, 1, "a", 1, "b", 1 /* NOREPLACE */),
			 -EEXIST);
	ck_assert_int_eq(ask_rename(&g, 1, "a", 1, "b", 2 /* EXCHANGE */), 0);
	ck_assert(host_has(&g, "a", "B"));
	ck_assert_uint_eq(ask_path(&g, "a"), b);
	ck_assert_uint_eq(ask_path(&g, "b"), a);
	ck_assert_int_eq(ask_rename(&g, 1, "a", 1, "b", 4 /* WHITEOUT */),
			 -EINVAL);
	ck_assert_int_eq(ask_rename(&g, 1, "no", 1, "b", 0), -ENOENT);
	/* What was to be replaced has its name still. */
	ck_assert_int_eq(ask_open(&g, a, O_RDONLY), 0);
	guest_unmount(&g);
}
END_TEST

START_TEST(attributes)
{
	struct fuse_setattr_in arg = {
		.valid = FATTR_ATIME | FATTR_MTIME | FATTR_MODE,
		.atime = 1000,
		.atimensec = 123456789,
		.mtime = 2000,
		.mtimensec = 987654321,
		.mode = 06755,
	};
	struct stat st;

	mount();
	host_write(&g, "f", "f");
	ck_assert_int_eq(ask(&g, FUSE_SETATTR, ask_path(&g, "f"), &arg,
			     sizeof(arg), NULL, 0),
			 0);
	ck_assert_int_eq(stat(host_path(&g, "f"), &st), 0);
	ck_assert_int_eq(st.st_atim.tv_sec, 1000);
	ck_assert_int_eq(st.st_atim.tv_nsec, 123456789);
	ck_assert_int_eq(st.st_mtim.tv_sec, 2000);
	ck_assert_int_eq(st.st_mtim.tv_nsec, 987654321);
	/* No set-user-ID program for the host. */
	ck_assert_uint_eq(st.st_mode, S_IFREG | 0755);
	ck_assert_int_eq(ask_mkdir(&g, 1, "d"), 0);
	arg.mode = 02775;
	ck_assert_int_eq(ask(&g, FUSE_SETATTR, g.entry.nodeid, &arg,
			     sizeof(arg), NULL, 0),
			 0);
	ck_assert_uint_eq(host_mode("d"), S_IFDIR | 02775);
	guest_unmount(&g);
}
END_TEST

START_TEST(a_link)
{
	mount();
	ck_assert_int_eq(
		ask(&g, FUSE_SYMLINK, 1, NULL, 0, "l\0/etc/passwd", 14), 0);
	ck_assert_int_eq(
		ask(&g, FUSE_READLINK, g.entry.nodeid, NULL, 0, NULL, 0), 0);
	ck_assert_uint_eq(g.len, 11);
	ck_assert_mem_eq(g.body, "/etc/passwd", 11);
	ck_assert_uint_eq(host_mode("l"), S_IFLNK | 0777);
	guest_unmount(&g);
}
END_TEST

START_TEST(special_files)
{
	struct fuse_mknod_in arg = { .mode = S_IFIFO | 0600 };

	mount();
	ck_assert_int_eq(ask(&g, FUSE_MKNOD, 1, &arg, sizeof(arg), "p", 2), 0);
	ck_assert_uint_eq(host_mode("p"), S_IFIFO | 0600);
	/* What it is for is the guest's; nothing is opened here. */
	ck_assert_int_eq(ask_open(&g, g.entry.nodeid, O_RDONLY), -ELOOP);
	arg.mode = S_IFSOCK | 0600;
	ck_assert_int_eq(ask(&g, FUSE_MKNOD, 1, &arg, sizeof(arg), "s", 2), 0);
	arg.mode = S_IFCHR | 0600;
	ck_assert_int_eq(ask(&g, FUSE_MKNOD, 1, &arg, sizeof(arg), "c", 2),
			 -EPERM);
	arg.mode = S_IFBLK | 0600;
	ck_assert_int_eq(ask(&g, FUSE_MKNOD, 1, &arg, sizeof(arg), "b", 2),
			 -EPERM);
	guest_unmount(&g);
}
END_TEST

/* O_TMPFILE, and then a name for it. */
START_TEST(a_file_without_a_name)
{
	const struct fuse_create_in arg = { .flags = O_RDWR, .mode = 0600 };
	struct fuse_link_in link = { 0 };
	uint64_t fh;

	mount();
	ck_assert_int_eq(ask(&g, FUSE_TMPFILE, 1, &arg, sizeof(arg), NULL, 0),
			 0);
	link.oldnodeid = g.created.entry.nodeid;
	fh = g.created.open.fh;
	ck_assert_int_eq(ask_write(&g, link.oldnodeid, fh, 0, "late"), 0);
	ck_assert_int_eq(ask_getattr(&g, link.oldnodeid), 0);
	ck_assert_int_eq(ask(&g, FUSE_LINK, 1, &link, sizeof(link), "n", 2), 0);
	ck_assert(host_has(&g, "n", "late"));
	ck_assert_int_eq(ask_release(&g, link.oldnodeid, fh), 0);
	ck_assert_uint_eq(ask_path(&g, "n"), link.oldnodeid);
	ck_assert_int_eq(ask_open(&g, link.oldnodeid, O_RDONLY), 0);
	guest_unmount(&g);
}
END_TEST

/* All names of folder @fh of @node, each once, whatever fits an answer. */
static unsigned list_all(uint64_t node, uint64_t fh, bool plus, uint32_t size)
{
	struct fuse_read_in arg = { .fh = fh, .size = size };
	size_t head = plus ? sizeof(struct fuse_entry_out) : 0;
	unsigned n = 0;

	for (;;) {
		ck_assert_int_eq(ask(&g, plus ? FUSE_READDIRPLUS : FUSE_READDIR,
				     node, &arg, sizeof(arg), NULL, 0),
				 0);
		ck_assert_uint_le(g.len, size);
		if (g.len == 0)
			return n;
		for (size_t at = 0; at < g.len;) {
			const struct fuse_dirent *entry =
				(const void *)(g.body + at + head);

			n++;
			arg.offset = entry->off;
			at += FUSE_DIRENT_ALIGN(head + FUSE_NAME_OFFSET +
						entry->namelen);
		}
	}
}

START_TEST(a_folder)
{
	static const uint32_t sizes[] = { 300, 4096, 60000 };
	char name[32];
	uint64_t fh;

	mount();
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "file-%d", i);
		host_write(&g, name, "x");
	}
	ck_assert_int_eq(ask(&g, FUSE_OPENDIR, 1,
			     &(struct fuse_open_in){ .flags = O_RDONLY },
			     sizeof(struct fuse_open_in), NULL, 0),
			 0);
	fh = g.open.fh;
	for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++) {
		ck_assert_uint_eq(list_all(1, fh, false, sizes[i]), 1002);
		ck_assert_uint_eq(list_all(1, fh, true, sizes[i]), 1002);
	}
	ck_assert_uint_eq(g.server.nodes.n_nodes, 1001);
	/* Each was looked up three times, and not once more. */
	ck_assert_int_eq(ask_forget(&g, ask_path(&g, "file-7"), 4), 0);
	ck_assert_uint_eq(g.server.nodes.n_nodes, 1000);
	/* Nothing fits. */
	ck_assert_int_eq(ask(&g, FUSE_READDIR, 1,
			     &(struct fuse_read_in){ .fh = fh, .size = 20 },
			     sizeof(struct fuse_read_in), NULL, 0),
			 -EINVAL);
	guest_unmount(&g);
}
END_TEST

/* Far more files than may be open: nobody in the guest sees that. */
START_TEST(more_files_than_descriptors)
{
	enum { FOLDERS = 40, FILES = 50 };
	static uint64_t nodes[FOLDERS][FILES];
	char path[64];
	unsigned before;

	guest_mount(&g, &plain, 1);
	before = open_descriptors();
	for (int d = 0; d < FOLDERS; d++) {
		snprintf(path, sizeof(path), "d%d", d);
		ck_assert_int_eq(mkdir(host_path(&g, path), 0755), 0);
		for (int f = 0; f < FILES; f++) {
			snprintf(path, sizeof(path), "d%d/f%d", d, f);
			host_write(&g, path, path);
			nodes[d][f] = ask_path(&g, path);
			ck_assert_uint_ne(nodes[d][f], 0);
		}
	}
	for (int f = 0; f < FILES; f++)
		for (int d = 0; d < FOLDERS; d++) {
			uint64_t node = nodes[d][f], fh;

			ck_assert_int_eq(ask_getattr(&g, node), 0);
			ck_assert_int_eq(ask_open(&g, node, O_RDONLY), 0);
			fh = g.open.fh;
			snprintf(path, sizeof(path), "d%d/f%d", d, f);
			ck_assert_int_eq(ask_read(&g, node, fh, 0, 100), 0);
			ck_assert_uint_eq(g.len, strlen(path));
			ck_assert_mem_eq(g.body, path, g.len);
			ck_assert_int_eq(ask_release(&g, node, fh), 0);
		}
	ck_assert_uint_le(open_descriptors(), before + 64);
	guest_unmount(&g);
}
END_TEST

/* Deeper than descriptors may be open. */
START_TEST(a_deep_folder)
{
	enum { DEEP = 200 };
	uint64_t node[DEEP + 1] = { FUSE_ROOT_ID };

	guest_mount(&g, &plain, 1);
	for (int i = 0; i < DEEP; i++) {
		ck_assert_int_eq(ask_mkdir(&g, node[i], "d"), 0);
		node[i + 1] = g.entry.nodeid;
	}
	for (int i = 0; i <= DEEP; i++)
		ck_assert_int_eq(ask_getattr(&g, node[i]), 0);
	for (int i = DEEP; i >= 0; i--)
		ck_assert_int_eq(ask_getattr(&g, node[i]), 0);
	ck_assert_int_eq(ask_getattr(&g, node[DEEP]), 0);
	guest_unmount(&g);
}
END_TEST

START_TEST(sparse_files)
{
	struct fuse_fallocate_in punch = {
		.offset = 65536,
		.length = 65536,
		.mode = 3 /* PUNCH_HOLE | KEEP_SIZE */,
	};
	struct fuse_lseek_in hole = { .whence = SEEK_HOLE };
	static char big[196609];
	struct stat before, after;
	uint64_t node;

	mount();
	memset(big, 'x', sizeof(big) - 1);
	host_write(&g, "f", big);
	ck_assert_int_eq(stat(host_path(&g, "f"), &before), 0);
	node = ask_path(&g, "f");
	ck_assert_int_eq(ask_open(&g, node, O_RDWR), 0);
	punch.fh = hole.fh = g.open.fh;
	ck_assert_int_eq(
		ask(&g, FUSE_FALLOCATE, node, &punch, sizeof(punch), NULL, 0),
		0);
	ck_assert_int_eq(stat(host_path(&g, "f"), &after), 0);
	ck_assert_int_eq(after.st_size, before.st_size);
	ck_assert_int_lt(after.st_blocks, before.st_blocks);
	ck_assert_int_eq(
		ask(&g, FUSE_LSEEK, node, &hole, sizeof(hole), NULL, 0), 0);
	ck_assert_uint_eq(g.lseek.offset, 65536);
	hole.whence = SEEK_SET;
	ck_assert_int_eq(
		ask(&g, FUSE_LSEEK, node, &hole, sizeof(hole), NULL, 0),
		-EINVAL);
	guest_unmount(&g);
}
END_TEST

START_TEST(copies)
{
	struct fuse_copy_file_range_in arg = { .len = 5, .off_in = 2 };
	uint64_t from;

	mount();
	host_write(&g, "a", "0123456789");
	host_write(&g, "b", "");
	from = ask_path(&g, "a");
	arg.nodeid_out = ask_path(&g, "b");
	ck_assert_int_eq(ask_open(&g, from, O_RDONLY), 0);
	arg.fh_in = g.open.fh;
	ck_assert_int_eq(ask_open(&g, arg.nodeid_out, O_RDWR), 0);
	arg.fh_out = g.open.fh;
	ck_assert_int_eq(
		ask(&g, FUSE_COPY_FILE_RANGE, from, &arg, sizeof(arg), NULL, 0),
		0);
	ck_assert_uint_eq(g.write.size, 5);
	ck_assert(host_has(&g, "b", "23456"));
	guest_unmount(&g);
}
END_TEST

static int set_xattr(uint64_t node, const char *name, const char *value)
{
	const uint32_t arg[2] = { (uint32_t)strlen(value), 0 };
	char more[128];
	size_t len = strlen(name) + 1;

	memcpy(more, name, len);
	memcpy(more + len, value, strlen(value));
	return ask(&g, FUSE_SETXATTR, node, arg, sizeof(arg), more,
		   len + strlen(value));
}

/* As far as the host's file system has attributes of users; never others. */
START_TEST(extended_attributes)
{
	const struct fuse_getxattr_in room = { .size = 100 }, none = { 0 };
	char value[16];
	uint64_t node;
	int err;

	mount();
	host_write(&g, "f", "f");
	node = ask_path(&g, "f");
	err = setxattr(host_path(&g, "f"), "user.host", "1", 1, 0) < 0 ?
		      -errno :
		      0;
	ck_assert_int_eq(set_xattr(node, "user.guest", "two"), err);
	ck_assert_int_eq(set_xattr(node, "trusted.x", "1"), -EOPNOTSUPP);
	ck_assert_int_eq(set_xattr(node, "security.capability", "1"),
			 -EOPNOTSUPP);
	ck_assert_int_eq(ask(&g, FUSE_GETXATTR, node, &room, sizeof(room),
			     "trusted.x", 10),
			 -EOPNOTSUPP);
	if (!err) {
		ck_assert_int_eq(getxattr(host_path(&g, "f"), "user.guest",
					  value, sizeof(value)),
				 3);
		ck_assert_int_eq(ask(&g, FUSE_GETXATTR, node, &none,
				     sizeof(none), "user.host", 10),
				 0);
		ck_assert_uint_eq(g.xattr.size, 1);
		ck_assert_int_eq(ask(&g, FUSE_LISTXATTR, node, &room,
				     sizeof(room), NULL, 0),
				 0);
		ck_assert_uint_eq(g.len, 21);
		ck_assert_int_eq(
			ask_name(&g, FUSE_REMOVEXATTR, node, "user.host"), 0);
		ck_assert_int_eq(getxattr(host_path(&g, "f"), "user.host",
					  value, sizeof(value)),
				 -1);
	}
	guest_unmount(&g);
}
END_TEST

/* What may be believed, and for how long. */
START_TEST(caches)
{
	const struct share_config endless = { .cache = SHARE_CACHE_ENDLESS };

	mount();
	host_write(&g, "f", "f");
	ck_assert_int_eq(ask_name(&g, FUSE_LOOKUP, 1, "f"), 0);
	ck_assert_uint_eq(g.entry.entry_valid, 1);
	ck_assert_int_eq(ask_name(&g, FUSE_LOOKUP, 1, "none"), -ENOENT);
	guest_unmount(&g);
	guest_mount(&g, &endless, 1024);
	host_write(&g, "f", "f");
	ck_assert_int_eq(ask_name(&g, FUSE_LOOKUP, 1, "f"), 0);
	ck_assert_uint_ge(g.entry.entry_valid, 3600);
	ck_assert_int_eq(ask_name(&g, FUSE_LOOKUP, 1, "none"), 0);
	ck_assert_uint_eq(g.entry.nodeid, 0);
	ck_assert_uint_ge(g.entry.entry_valid, 3600);
	guest_unmount(&g);
}
END_TEST

/* A guest that is started anew, or mounts once more, begins with nothing. */
/* Nothing of a root changes: the guest need not open what it reads, and is told
 * so once, as of extended attributes. */
START_TEST(a_root)
{
	const struct share_config root = { .read_only = true,
					   .cache = SHARE_CACHE_ENDLESS,
					   .no_xattr = true };
	const struct fuse_getxattr_in any = { .size = 0 };
	const struct fuse_read_in whole = { .size = 4096 };
	const struct fuse_lseek_in hole = { .whence = SEEK_HOLE };
	unsigned before;
	uint64_t f, d;

	guest_mount(&g, &root, 1024);
	host_write(&g, "f", "hello");
	ck_assert_int_eq(mkdir(host_path(&g, "d"), 0755), 0);
	f = ask_path(&g, "f");
	d = ask_path(&g, "d");
	ck_assert_int_eq(ask_open(&g, f, O_RDONLY), -ENOSYS);
	ck_assert_int_eq(ask(&g, FUSE_OPENDIR, d, &any, sizeof(any), NULL, 0),
			 -ENOSYS);
	/* The nodes get theirs. */
	ck_assert_int_eq(ask_getattr(&g, f), 0);
	ck_assert_int_eq(ask_getattr(&g, d), 0);
	before = open_descriptors();
	for (unsigned i = 0; i < 3; i++) {
		ck_assert_int_eq(ask_read(&g, f, 0, 1, 100), 0);
		ck_assert_uint_eq(g.len, 4);
		ck_assert_mem_eq(g.body, "ello", 4);
		ck_assert_int_eq(ask(&g, FUSE_READDIR, d, &whole, sizeof(whole),
				     NULL, 0),
				 0);
		ck_assert_uint_gt(g.len, 0);
		ck_assert_int_eq(
			ask(&g, FUSE_LSEEK, f, &hole, sizeof(hole), NULL, 0),
			0);
		ck_assert_uint_eq(g.lseek.offset, 5);
		ck_assert_int_eq(ask_read(&g, d, 0, 0, 100), -EISDIR);
	}
	ck_assert_uint_eq(open_descriptors(), before);
	ck_assert_int_eq(
		ask(&g, FUSE_GETXATTR, f, &any, sizeof(any), "user.x", 7),
		-ENOSYS);
	ck_assert_int_eq(ask(&g, FUSE_LISTXATTR, f, &any, sizeof(any), NULL, 0),
			 -ENOSYS);
	ck_assert_int_eq(ask_create(&g, 1, "n", O_RDWR, 0644), -EROFS);
	ck_assert_int_eq(ask_write(&g, f, 0, 0, "x"), -EROFS);
	guest_unmount(&g);
}
END_TEST

START_TEST(another_session)
{
	uint64_t node, fh;
	unsigned before;

	mount();
	before = open_descriptors();
	host_write(&g, "f", "f");
	node = ask_path(&g, "f");
	ck_assert_int_eq(ask_open(&g, node, O_RDONLY), 0);
	fh = g.open.fh;
	ck_assert_int_eq(ask_init(&g), 0);
	ck_assert_int_eq(ask_getattr(&g, node), -ESTALE);
	ck_assert_int_eq(ask_release(&g, node, fh), -ESTALE);
	ck_assert_uint_eq(open_descriptors(), before);
	ck_assert_int_eq(ask_getattr(&g, FUSE_ROOT_ID), 0);
	ck_assert_uint_ne(ask_path(&g, "f"), node);
	guest_unmount(&g);
}
END_TEST

static int change_once(uint64_t node, unsigned how, bool kill)
{
	const struct fuse_open_in open = {
		.flags = O_WRONLY | (how == 1 ? O_TRUNC : 0),
		.open_flags = kill ? FUSE_OPEN_KILL_SUIDGID : 0,
	};
	struct fuse_write_in write = {
		.write_flags = kill ? FUSE_WRITE_KILL_SUIDGID : 0,
		.size = 1,
	};
	struct fuse_setattr_in size = {
		.valid =
			FATTR_SIZE | FATTR_FH | (kill ? FATTR_KILL_SUIDGID : 0),
		.size = 1,
	};
	int err = ask(&g, FUSE_OPEN, node, &open, sizeof(open), NULL, 0);

	write.fh = size.fh = g.open.fh;
	if (!err && how == 0)
		err = ask(&g, FUSE_WRITE, node, &write, sizeof(write), "x", 1);
	else if (!err && how == 2)
		err = ask(&g, FUSE_SETATTR, node, &size, sizeof(size), NULL, 0);
	ask_release(&g, node, write.fh);
	return err;
}

/* Who changes a program that runs as its owner takes that from it, if the
 * guest's kernel says so; root, who may leave it, is not asked. */
START_TEST(a_changed_program_is_nobodys)
{
	const mode_t bits = S_ISUID | S_ISGID | 0777;
	uint64_t node;

	mount();
	ck_assert(g.init.flags & FUSE_HANDLE_KILLPRIV_V2);
	host_write(&g, "f", "old");
	node = ask_path(&g, "f");
	ck_assert_int_eq(chmod(host_path(&g, "f"), bits), 0);
	if (getuid() == 0) {
		ck_assert_int_eq(change_once(node, (unsigned)_i, false), 0);
		ck_assert_uint_eq(host_mode("f"), S_IFREG | bits);
		g.uid = 1000;
	}
	ck_assert_int_eq(change_once(node, (unsigned)_i, true), 0);
	ck_assert_uint_eq(host_mode("f"), S_IFREG | 0777);
	guest_unmount(&g);
}
END_TEST

START_TEST(what_is_negotiated)
{
	struct fuse_init_in arg = { .major = 7, .minor = 26 };

	mount();
	ck_assert_uint_eq(g.init.major, 7);
	ck_assert_uint_eq(g.init.max_write, FS_DATA_MAX);
	ck_assert(g.init.flags & FUSE_DO_READDIRPLUS);
	ck_assert(!(g.init.flags & FUSE_WRITEBACK_CACHE));
	ck_assert(!(g.init.flags & FUSE_POSIX_LOCKS));
	ck_assert_int_eq(ask(&g, FUSE_INIT, 0, &arg, sizeof(arg), NULL, 0),
			 -EPROTO);
	/* A newer protocol: it is told ours, and asks again. */
	arg.major = 8;
	ck_assert_int_eq(ask(&g, FUSE_INIT, 0, &arg, sizeof(arg), NULL, 0), 0);
	ck_assert_uint_eq(g.init.major, 7);
	ck_assert_int_eq(ask_getattr(&g, 1), -EIO);
	/* Flags are an answer to what was offered. */
	arg = (struct fuse_init_in){ .major = 7, .minor = 31 };
	ck_assert_int_eq(ask(&g, FUSE_INIT, 0, &arg, 16, NULL, 0), 0);
	ck_assert_uint_eq(g.init.flags, 0);
	guest_unmount(&g);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_file,
		a_new_file_that_none_may_write,
		create_what_is_there,
		known_without_a_name,
		names,
		renames_with_flags,
		attributes,
		a_link,
		special_files,
		a_file_without_a_name,
		a_folder,
		more_files_than_descriptors,
		a_deep_folder,
		sparse_files,
		copies,
		extended_attributes,
		caches,
		a_root,
		another_session,
		what_is_negotiated,
		NULL,
	};
	const TTest *const loops[] = { in_pieces, an_open_file_without_a_name,
				       a_changed_program_is_nobodys, NULL };
	Suite *suite = unit_suite("fs_server", tests);

	unit_add(suite, loops, 3, NULL, NULL);
	return unit_run(suite);
}
