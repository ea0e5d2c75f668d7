/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "initramfs/kmod_file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/util.h"

int kmod_file_open(int root, const char *path)
{
	const struct open_how how = {
		.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	int fd = (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) == 0 && (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode)))
		return fd;
	close(fd);
	return -EINVAL;
}

/* Double the room. */
static int grow(uint8_t **data, size_t *room)
{
	uint8_t *larger;

	if (*room >= KMOD_FILE_MAX)
		return -EFBIG;
	*room = *room ? 2 * *room : 64 * KIB;
	larger = realloc(*data, *room + 1);
	if (!larger)
		return -ENOMEM;
	*data = larger;
	return 0;
}

/* Read @fd to its end.  On failure there is nothing to free. */
static int read_all(int fd, uint8_t **data, size_t *len)
{
	size_t room = 0;
	ssize_t n = 1;
	int err = 0;

	*data = NULL;
	*len = 0;
	while (!err && n > 0) {
		if (*len == room)
			err = grow(data, &room);
		if (err)
			break;
		n = read(fd, *data + *len, room - *len);
		if (n < 0 && errno != EINTR)
			err = -errno;
		*len += n > 0 ? (size_t)n : 0;
		if (n < 0)
			n = 1;
	}
	if (err) {
		free(*data);
		*data = NULL;
		return err;
	}
	(*data)[*len] = '\0';
	return 0;
}

int kmod_file_read(int root, const char *path, uint8_t **data, size_t *len)
{
	int fd = kmod_file_open(root, path), err;

	if (fd < 0)
		return fd;
	err = read_all(fd, data, len);
	close(fd);
	return err;
}

static const struct packer {
	char magic[6];
	size_t len;
	const char *program;
} packers[] = {
	{ "\xfd"
	  "7zXZ",
	  6, "xz" },
	{ "\x28\xb5\x2f\xfd", 4, "zstd" },
	{ "\x1f\x8b", 2, "gzip" },
};

static const struct packer *packer_of(const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(packers); i++)
		if (len >= packers[i].len &&
		    memcmp(data, packers[i].magic, packers[i].len) == 0)
			return &packers[i];
	return NULL;
}

/* Start @program with @in as its input and the pipe's end @out as its output.
 * Its error messages are dropped, as our own line says more. */
static int start(pid_t *pid, const char *program, int in, int out)
{
	const char *const argv[] = { program, "-dc", NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none, all;
	int err;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, in, 0);
	posix_spawn_file_actions_adddup2(&actions, out, 1);
	posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK |
						POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	err = posix_spawnp(pid, program, &actions, &attr,
			   (char *const *)(uintptr_t)argv, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	return -err;
}

/* Replace @data, the contents of the file @fd, by the output of @program. */
static int unpack(int fd, const char *program, uint8_t **data, size_t *len)
{
	int ends[2], err, status = -1;
	pid_t pid;

	free(*data);
	*data = NULL;
	if (lseek(fd, 0, SEEK_SET) < 0 || pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	err = start(&pid, program, fd, ends[1]);
	close(ends[1]);
	if (err) {
		close(ends[0]);
		return -ENOEXEC;
	}
	err = read_all(ends[0], data, len);
	/* If the program still writes, it now fails, as the pipe has no
	 * reader. */
	close(ends[0]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!err && status != 0)
		err = -ENOEXEC;
	if (err) {
		free(*data);
		*data = NULL;
	}
	return err;
}

int kmod_file_unpack(int root, const char *path, uint8_t **data, size_t *len,
		     const char **program)
{
	int fd = kmod_file_open(root, path), err;
	const struct packer *packer;

	*program = NULL;
	*data = NULL;
	if (fd < 0)
		return fd;
	err = read_all(fd, data, len);
	packer = err ? NULL : packer_of(*data, *len);
	if (packer) {
		*program = packer->program;
		err = unpack(fd, packer->program, data, len);
	}
	close(fd);
	if (!err && (*len < 4 || memcmp(*data, "\177ELF", 4) != 0)) {
		free(*data);
		*data = NULL;
		err = -ENOEXEC;
	}
	return err;
}
