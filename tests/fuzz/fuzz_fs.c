/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_fs.c - libFuzzer harness: what a guest asks of a shared folder
 *
 * An input is requests, each behind a head of eight bytes: the opcode, which
 * node, which open file, the bytes of arguments, the bytes of room for an
 * answer, and how both are cut into segments.  Nodes and open files are those
 * that answers have named, as no guest finds others by chance.  Answers have
 * to be as long as they say and as there is room, and nothing outside of the
 * folder is read or changed.
 *
 * A second vCPU changes the guest's memory meanwhile: what is read of a request
 * is rewritten right after, so that it may be read once only; and in some
 * inputs a thread writes at any time.  What is answered then is not known.
 *
 * The folder lies in memory, and its files are small.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/fuse.h>
#include <signal.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"
#include "devices/fs/server.h"
#include "devices/fs/share.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/racer.h"
#include "tests/rewriter.h"

enum {
	NODES = 8,
	FILES = 4,
	ROOM_MAX = 8192,
	FILE_MAX = 8 << 20,
	RENEW = 500,
	SECRET = 16,
	IN_MAX = 512,
	OUT_MAX = ROOM_MAX + sizeof(struct fuse_out_header),
	RACE_ONE_IN = 64,
};

struct head {
	uint8_t opcode, node, file, len;
	uint16_t room;
	/* Bytes of a segment of the request, and of the answer. */
	uint8_t piece_in, piece_out;
};

static struct {
	char base[64], dir[80], secret[80];
	/* What is in the file beside the folder. */
	uint8_t random[SECRET];
	struct share_config config;
	struct share share;
	unsigned runs;
} h;

static struct {
	struct fs_server server;
	uint64_t node[NODES];
	struct {
		uint64_t node, fh;
	} file[FILES];
	unsigned n_nodes, n_files;
	/* Guest memory, and a second vCPU that writes there. */
	uint8_t in[IN_MAX], out[OUT_MAX];
	bool racing;
} m;

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	(void)st;
	(void)type;
	return ftw->level > 0 ? remove(path) : 0;
}

static void put(const char *name, const char *text)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", h.dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	check(fd >= 0 && write(fd, text, strlen(text)) > 0);
	close(fd);
}

static void renew_folder(void)
{
	char path[128];

	nftw(h.dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	snprintf(path, sizeof(path), "%s/d", h.dir);
	mkdir(path, 0755);
	put("f", "some text");
	put("d/g", "more text");
	snprintf(path, sizeof(path), "%s/l", h.dir);
	check(symlink("../secret", path) == 0 || errno == EEXIST);
}

static uint32_t cut(struct iovec *iov, uint8_t *at, size_t len, uint8_t piece)
{
	uint32_t n = 0;

	for (size_t part; len > 0; at += part, len -= part) {
		part = piece && n < 1000 ? MIN(len, piece) : len;
		iov[n++] = (struct iovec){ at, part };
	}
	return n;
}

/* What an answer has named; the request was about @node. */
static void remember(uint32_t opcode, uint64_t node, const uint8_t *body,
		     size_t len)
{
	const struct fuse_entry_out *entry = (const void *)body;
	const struct fuse_open_out *open = (const void *)body;

	if (opcode == FUSE_CREATE || opcode == FUSE_TMPFILE) {
		open = (const void *)(entry + 1);
		node = entry->nodeid;
	} else if (opcode != FUSE_OPEN && opcode != FUSE_OPENDIR) {
		open = NULL;
	}
	if (len >= sizeof(*entry) && (!open || (const void *)open != entry) &&
	    opcode != FUSE_READ && opcode != FUSE_READDIR)
		m.node[1 + m.n_nodes++ % (NODES - 1)] = entry->nodeid;
	if (open) {
		m.file[m.n_files % FILES].node = node;
		m.file[m.n_files++ % FILES].fh = open->fh;
	}
}

/* The request's node is that of the open file with whose number its arguments
 * begin. */
static bool is_about_file(uint32_t opcode)
{
	switch (opcode) {
	case FUSE_READ:
	case FUSE_WRITE:
	case FUSE_RELEASE:
	case FUSE_FSYNC:
	case FUSE_FALLOCATE:
	case FUSE_LSEEK:
	case FUSE_COPY_FILE_RANGE:
	case FUSE_READDIR:
	case FUSE_READDIRPLUS:
	case FUSE_RELEASEDIR:
	case FUSE_FSYNCDIR:
		return true;
	default:
		return false;
	}
}

/* The arguments begin with another node. */
static bool is_about_two(uint32_t opcode)
{
	return opcode == FUSE_RENAME || opcode == FUSE_RENAME2 ||
	       opcode == FUSE_LINK;
}

/* Put numbers that the guest knows into the @len bytes of arguments. */
static void put_numbers(const struct head *head, struct fuse_in_header *first,
			uint8_t *args, size_t len)
{
	unsigned i = head->file % FILES, j = head->file / FILES % FILES;

	if (head->file >= 128 || len < sizeof(uint64_t))
		return;
	if (is_about_file(first->opcode)) {
		first->nodeid = m.file[i].node;
		memcpy(args, &m.file[i].fh, sizeof(uint64_t));
	} else if (is_about_two(first->opcode)) {
		memcpy(args, &m.node[head->file % NODES], sizeof(uint64_t));
	}
	/* The other file, and its node before it. */
	if (first->opcode == FUSE_COPY_FILE_RANGE &&
	    len >= sizeof(struct fuse_copy_file_range_in))
		memcpy(args + offsetof(struct fuse_copy_file_range_in,
				       nodeid_out),
		       &m.file[j], sizeof(m.file[j]));
}

/* Not by memcmp(3), from which the fuzzer would learn it. */
static bool has_secret(const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i + SECRET <= len; i++) {
		size_t same = 0;

		while (same < SECRET && bytes[i + same] == h.random[same])
			same++;
		if (same == SECRET)
			return true;
	}
	return false;
}

static void ask(const struct head *head, const uint8_t *args, size_t len)
{
	static struct iovec iov[2][1024];
	struct fuse_in_header first = {
		.len = (uint32_t)(sizeof(first) + len),
		.opcode = head->opcode % 64,
		.unique = 1,
		.nodeid = m.node[head->node % NODES],
	};
	size_t room = head->room % OUT_MAX;
	struct fs_message message = { .in = iov[0], .out = iov[1] };
	struct fuse_out_header answer;
	uint32_t used;

	/* The host's disk is slow. */
	if (first.opcode == FUSE_SYNCFS)
		return;
	memcpy(m.in + sizeof(first), args, len);
	put_numbers(head, &first, m.in + sizeof(first), len);
	memcpy(m.in, &first, sizeof(first));
	message.in_len = first.len;
	message.out_len = room;
	message.n_in = cut(iov[0], m.in, first.len, head->piece_in);
	message.n_out = cut(iov[1], m.out, room, head->piece_out);
	used = fs_server_do(&m.server, &message);
	check(used <= room);
	check(!has_secret(m.out, used));
	if (used == 0 || m.racing)
		return;
	memcpy(&answer, m.out, sizeof(answer));
	check(answer.len == used && answer.unique == 1 && answer.error <= 0 &&
	      answer.error > -4096);
	if (!answer.error)
		remember(first.opcode, first.nodeid, m.out + sizeof(answer),
			 used - sizeof(answer));
}

/* The second vCPU's: a byte of the request's head and its first arguments, or
 * of any of it, or of the room for an answer. */
static void scribble(void *arg)
{
	(void)arg;
	if (race_dice(2))
		race_scribble(m.in, race_dice(2) ? 64 : IN_MAX);
	else
		race_scribble(m.out, OUT_MAX);
}

static void secret_is_kept(void)
{
	struct stat st;

	check(lstat(h.secret, &st) == 0 && st.st_size == SECRET &&
	      st.st_nlink == 1 && st.st_mode == (S_IFREG | 0644));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct fuse_init_in init = { .major = 7, .minor = 31 };
	static const struct head first = { .opcode = FUSE_INIT,
					   .room = 200,
					   .file = 255 };
	struct head head;

	if (h.runs++ % RENEW == 0)
		renew_folder();
	memset(&m, 0, sizeof(m));
	m.node[0] = FUSE_ROOT_ID;
	check(fs_server_init(&m.server, &h.share) == 0);
	ask(&first, (const uint8_t *)&init, sizeof(init));
	m.racing = race_wanted(data, size, RACE_ONE_IN);
	if (m.racing)
		race_start(scribble, NULL);
	while (size >= sizeof(head)) {
		size_t len;

		memcpy(&head, data, sizeof(head));
		data += sizeof(head);
		size -= sizeof(head);
		len = MIN(head.len, size);
		ask(&head, data, len);
		data += len;
		size -= len;
	}
	race_stop();
	fs_server_free(&m.server);
	secret_is_kept();
	return 0;
}

static void remove_folder(void)
{
	nftw(h.base, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	rmdir(h.base);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const struct rlimit size = { FILE_MAX, FILE_MAX };
	sigset_t too_large;
	int fd;

	(void)argc;
	(void)argv;
	strcpy(h.base, access("/dev/shm", W_OK) ? "/tmp/fuzz-fs-XXXXXX" :
						  "/dev/shm/fuzz-fs-XXXXXX");
	check(getrandom(h.random, SECRET, 0) == SECRET);
	check(mkdtemp(h.base) != NULL);
	snprintf(h.dir, sizeof(h.dir), "%s/shared", h.base);
	snprintf(h.secret, sizeof(h.secret), "%s/secret", h.base);
	check(mkdir(h.dir, 0755) == 0);
	fd = open(h.secret, O_WRONLY | O_CREAT, 0644);
	check(fd >= 0 && write(fd, h.random, SECRET) == SECRET);
	close(fd);
	h.config.dir = h.dir;
	check(share_open(&h.share, &h.config, 1) == 0);
	setrlimit(RLIMIT_FSIZE, &size);
	atexit(remove_folder);
	/* Then a file that gets too large is an error. */
	sigemptyset(&too_large);
	sigaddset(&too_large, SIGXFSZ);
	pthread_sigmask(SIG_BLOCK, &too_large, NULL);
	rewrites = true;
	return 0;
}
