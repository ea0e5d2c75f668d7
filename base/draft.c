/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/draft.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"

/* 40 random bits as eight characters, of which all systems have files. */
static void random_suffix(char suffix[9])
{
	static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";
	uint64_t bits = now_ns();

	if (getrandom(&bits, sizeof(bits), GRND_NONBLOCK) < 0)
		bits ^= (uint64_t)getpid() << 32;
	for (int i = 0; i < 8; i++, bits >>= 5)
		suffix[i] = digits[bits & 31];
	suffix[8] = '\0';
}

int draft_name(char *name, size_t size, const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t dir = slash ? (size_t)(slash + 1 - path) : 0;
	size_t len = strlen(path);
	char suffix[9];

	random_suffix(suffix);
	/* Names of sockets are short: then it is not said whose draft it is. */
	if (len + 1 + sizeof(suffix) > size)
		len = dir;
	if (len + 1 + sizeof(suffix) > size)
		return -ENAMETOOLONG;
	snprintf(name, size, "%.*s.%s", (int)len, path, suffix);
	return 0;
}

int file_id_of(struct file_id *id, const char *path)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return -errno;
	*id = (struct file_id){ st.st_dev, st.st_ino };
	return 0;
}

void file_id_unlink(const struct file_id *id, const char *path)
{
	struct file_id now = { 0 };

	if (id->ino && file_id_of(&now, path) == 0 && now.dev == id->dev &&
	    now.ino == id->ino)
		unlink(path);
}
