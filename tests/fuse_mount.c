/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuse_mount [-u UID] [-n FDS] [-r] [-e] [-c FILE] DIR MOUNTPOINT COMMAND...
 *
 * Mount DIR by this host's own kernel, served by the file server that guests
 * have, and run COMMAND: a guest of such a folder, as fast as this host is.
 * The server is another process, and its user is UID; it has at most FDS
 * descriptors. -r is ro, and -e is cache=endless. -c writes to FILE which
 * requests there were, "NAME NUMBER" on a line.  As root.
 *
 * The status is COMMAND's, or 2; 3: the server has failed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/fuse.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/util.h"
#include "devices/fs/requests.h"
#include "devices/fs/server.h"
#include "devices/fs/share.h"

enum { ROOM = FS_DATA_MAX + 4096 };

static uint8_t request[ROOM], answer[ROOM];

/* Until it is unmounted. */
static int serve(int fd, struct fs_server *server)
{
	for (;;) {
		struct iovec in = { request, ROOM }, out = { answer, ROOM };
		ssize_t n = read(fd, request, ROOM);
		struct fs_message message = { &in, &out, 1, 1, 0, ROOM };
		uint32_t used;

		if (n < 0 && errno == ENODEV)
			return 0;
		if (n < 0 && (errno == EINTR || errno == ENOENT))
			continue;
		if (n < 0)
			return -errno;
		in.iov_len = message.in_len = (uint64_t)n;
		used = fs_server_do(server, &message);
		/* Who asked may be gone. */
		if (used && write(fd, answer, used) < 0 && errno != ENOENT)
			return -errno;
	}
}

static void print_counts(FILE *out, const struct fs_stats *stats)
{
#define PRINT(number, name, function, size, needs)                             \
	if (stats->request[FUSE_##number])                                     \
		fprintf(out, #name " %llu\n",                                  \
			(unsigned long long)stats->request[FUSE_##number]);
	FS_REQUESTS_LIST(PRINT)
	fprintf(out, "unknown %llu\n", (unsigned long long)stats->unknown);
}

static int serve_as(int fd, struct share_config *config, uid_t uid, rlim_t fds,
		    FILE *counts)
{
	const struct share_list list = { config, 1 };
	const struct rlimit limit = { fds, fds };
	struct fs_server server;
	struct shares shares;
	int err;

	if (fds && setrlimit(RLIMIT_NOFILE, &limit) < 0)
		return -errno;
	if (uid && (setgroups(0, NULL) < 0 || setresgid(uid, uid, uid) < 0 ||
		    setresuid(uid, uid, uid) < 0))
		return -errno;
	err = shares_open(&shares, &list);
	if (err)
		return err;
	share_confine(shares.share);
	err = fs_server_init(&server, shares.share);
	if (!err) {
		err = serve(fd, &server);
		if (counts)
			print_counts(counts, &server.stats);
		fs_server_free(&server);
	}
	shares_close(&shares);
	return err;
}

static int status_of(pid_t pid)
{
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return 2;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int fail(const char *what)
{
	fprintf(stderr, "fuse_mount: %s: %s\n", what, strerror(errno));
	return 2;
}

/* As Linux mounts virtio-fs. */
static int mount_at(const char *where, int fd)
{
	char options[128];

	snprintf(options, sizeof(options),
		 "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other,"
		 "default_permissions",
		 fd);
	return mount("minivmm", where, "fuse.minivmm", MS_NODEV, options);
}

int main(int argc, char **argv)
{
	struct share_config config = { .tag = NULL };
	unsigned long uid = 0, fds = 0;
	pid_t server, command;
	FILE *counts = NULL;
	int opt, fd, status;

	while ((opt = getopt(argc, argv, "+u:n:rec:")) >= 0) {
		if (opt == 'u')
			uid = strtoul(optarg, NULL, 10);
		else if (opt == 'n')
			fds = strtoul(optarg, NULL, 10);
		else if (opt == 'r')
			config.read_only = true;
		else if (opt == 'e')
			config.cache = SHARE_CACHE_ENDLESS;
		else if (opt == 'c')
			counts = fopen(optarg, "w");
		else
			return 2;
	}
	if (argc - optind < 3)
		return 2;
	config.dir = argv[optind];
	fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return fail("/dev/fuse");
	if (mount_at(argv[optind + 1], fd) < 0)
		return fail(argv[optind + 1]);
	server = fork();
	if (server == 0)
		return serve_as(fd, &config, (uid_t)uid, fds, counts) ? 1 : 0;
	close(fd);
	command = fork();
	if (command == 0) {
		execvp(argv[optind + 2], argv + optind + 2);
		_exit(127);
	}
	status = status_of(command);
	if (umount2(argv[optind + 1], MNT_DETACH) < 0)
		return fail("umount");
	return status_of(server) ? 3 : status;
}
