/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "tests/devices/fs/fuse_guest.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/util.h"

enum { SEGMENTS = 16384 };

void guest_mount(struct guest *g, const struct share_config *config,
		 unsigned max_fds)
{
	const char *tmp = getenv("TMPDIR");
	char base[32];

	snprintf(base, sizeof(base), "%.12s/fs-test-XXXXXX",
		 tmp ? tmp : "/tmp");
	memset(g, 0, sizeof(*g));
	g->piece = SIZE_MAX;
	g->room = 64 << 10;
	g->uid = getuid();
	ck_assert_ptr_nonnull(mkdtemp(base));
	snprintf(g->dir, sizeof(g->dir), "%s/shared", base);
	snprintf(g->outside, sizeof(g->outside), "%s/outside", base);
	ck_assert_int_eq(mkdir(g->dir, 0755), 0);
	ck_assert_int_eq(mkdir(g->outside, 0755), 0);
	g->config = *config;
	if (!g->config.dir)
		g->config.dir = g->dir;
	ck_assert_int_eq(share_open(&g->share, &g->config, max_fds), 0);
	ck_assert_int_eq(fs_server_init(&g->server, &g->share), 0);
	ck_assert_int_eq(ask_init(g), 0);
}

void guest_unmount(struct guest *g)
{
	char command[128];

	fs_server_free(&g->server);
	share_close(&g->share);
	*strrchr(g->dir, '/') = '\0';
	snprintf(command, sizeof(command), "rm -rf '%s'", g->dir);
	ck_assert_int_eq(system(command), 0);
}

const char *host_path(const struct guest *g, const char *name)
{
	static char paths[8][512];
	static unsigned next;
	char *path = paths[next++ % ARRAY_SIZE(paths)];

	snprintf(path, sizeof(paths[0]), "%s/%s", g->dir, name);
	return path;
}

void host_write(const struct guest *g, const char *name, const char *text)
{
	FILE *file = fopen(host_path(g, name), "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
}

bool host_has(const struct guest *g, const char *name, const char *text)
{
	FILE *file = fopen(host_path(g, name), "r");
	char found[256] = "";
	size_t n;

	if (!file)
		return false;
	n = fread(found, 1, sizeof(found) - 1, file);
	fclose(file);
	return n == strlen(text) && memcmp(found, text, n) == 0;
}

/* Segments of @piece bytes that cover @len bytes at @at. */
static uint32_t cut_up(struct iovec *iov, uint8_t *at, size_t len, size_t piece)
{
	uint32_t n = 0;

	while (len > 0) {
		size_t part = MIN(len, piece);

		/* An assertion that holds is not free: Check notes it. */
		if (n == SEGMENTS)
			ck_abort_msg("too many segments");
		iov[n++] = (struct iovec){ at, part };
		at += part;
		len -= part;
	}
	return n;
}

int ask(struct guest *g, uint32_t opcode, uint64_t node, const void *arg,
	size_t arg_len, const void *more, size_t more_len)
{
	static uint8_t in[(1 << 20) + 4096];
	static uint8_t out[sizeof(g->body) + sizeof(struct fuse_out_header)];
	static struct iovec iov[2][SEGMENTS];
	struct fuse_in_header head = {
		.len = (uint32_t)(sizeof(head) + arg_len + more_len),
		.opcode = opcode,
		.unique = ++g->unique,
		.nodeid = node,
		.uid = g->uid,
		.gid = getgid(),
	};
	struct fuse_out_header answer;
	struct fs_message message = { .in = iov[0], .out = iov[1] };
	uint32_t used;

	memcpy(in, &head, sizeof(head));
	if (arg_len)
		memcpy(in + sizeof(head), arg, arg_len);
	if (more_len)
		memcpy(in + sizeof(head) + arg_len, more, more_len);
	message.in_len = head.len;
	message.out_len = sizeof(answer) + g->room;
	message.n_in = cut_up(iov[0], in, head.len, g->piece);
	message.n_out = cut_up(iov[1], out, message.out_len, g->piece);
	memset(out, 0xa5, message.out_len);
	used = fs_server_do(&g->server, &message);
	if (used == 0)
		return 0;
	memcpy(&answer, out, sizeof(answer));
	ck_assert_uint_eq(answer.len, used);
	ck_assert_uint_le(used, message.out_len);
	ck_assert_uint_eq(answer.unique, g->unique);
	ck_assert_int_le(answer.error, 0);
	g->len = used - sizeof(answer);
	if (answer.error)
		ck_assert_uint_eq(g->len, 0);
	memcpy(g->body, out + sizeof(answer), g->len);
	/* Nothing is written behind what is said to be written. */
	if (used < message.out_len)
		ck_assert_uint_eq(out[used], 0xa5);
	return answer.error;
}

int ask_init(struct guest *g)
{
	const struct fuse_init_in arg = {
		.major = FUSE_KERNEL_VERSION,
		.minor = FUSE_KERNEL_MINOR_VERSION,
		.max_readahead = 1 << 17,
		.flags = UINT32_MAX,
	};

	return ask(g, FUSE_INIT, 0, &arg, sizeof(arg), NULL, 0);
}

int ask_name(struct guest *g, uint32_t opcode, uint64_t node, const char *name)
{
	return ask(g, opcode, node, NULL, 0, name, strlen(name) + 1);
}

uint64_t ask_path(struct guest *g, const char *path)
{
	char copy[256], *rest = copy, *name;
	uint64_t node = FUSE_ROOT_ID;

	snprintf(copy, sizeof(copy), "%s", path);
	while ((name = strsep(&rest, "/"))) {
		if (ask_name(g, FUSE_LOOKUP, node, name) < 0)
			return 0;
		node = g->entry.nodeid;
	}
	return node;
}

int ask_getattr(struct guest *g, uint64_t node)
{
	const struct fuse_getattr_in arg = { 0 };

	return ask(g, FUSE_GETATTR, node, &arg, sizeof(arg), NULL, 0);
}

int ask_forget(struct guest *g, uint64_t node, uint64_t n)
{
	const struct fuse_forget_in arg = { .nlookup = n };

	return ask(g, FUSE_FORGET, node, &arg, sizeof(arg), NULL, 0);
}

int ask_mkdir(struct guest *g, uint64_t dir, const char *name)
{
	const struct fuse_mkdir_in arg = { .mode = 0755 };

	return ask(g, FUSE_MKDIR, dir, &arg, sizeof(arg), name,
		   strlen(name) + 1);
}

int ask_create(struct guest *g, uint64_t dir, const char *name, uint32_t flags,
	       uint32_t mode)
{
	const struct fuse_create_in arg = { .flags = flags, .mode = mode };

	return ask(g, FUSE_CREATE, dir, &arg, sizeof(arg), name,
		   strlen(name) + 1);
}

int ask_open(struct guest *g, uint64_t node, uint32_t flags)
{
	const struct fuse_open_in arg = { .flags = flags };

	return ask(g, FUSE_OPEN, node, &arg, sizeof(arg), NULL, 0);
}

int ask_release(struct guest *g, uint64_t node, uint64_t fh)
{
	const struct fuse_release_in arg = { .fh = fh };

	return ask(g, FUSE_RELEASE, node, &arg, sizeof(arg), NULL, 0);
}

int ask_read(struct guest *g, uint64_t node, uint64_t fh, uint64_t offset,
	     uint32_t size)
{
	const struct fuse_read_in arg = { .fh = fh,
					  .offset = offset,
					  .size = size };

	return ask(g, FUSE_READ, node, &arg, sizeof(arg), NULL, 0);
}

int ask_write(struct guest *g, uint64_t node, uint64_t fh, uint64_t offset,
	      const char *text)
{
	const struct fuse_write_in arg = { .fh = fh,
					   .offset = offset,
					   .size = (uint32_t)strlen(text) };

	return ask(g, FUSE_WRITE, node, &arg, sizeof(arg), text, strlen(text));
}

int ask_rename(struct guest *g, uint64_t from, const char *name, uint64_t to,
	       const char *new_name, uint32_t flags)
{
	const struct fuse_rename2_in arg = { .newdir = to, .flags = flags };
	size_t first = strlen(name) + 1, second = strlen(new_name) + 1;
	char names[512];

	memcpy(names, name, first);
	memcpy(names + first, new_name, second);
	return ask(g, FUSE_RENAME2, from, &arg, sizeof(arg), names,
		   first + second);
}
