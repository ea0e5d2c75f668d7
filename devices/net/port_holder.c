/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "devices/net/port_holder.h"

#include <ctype.h>
#include <dirent.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

/* The text from field @n of a line, counted from 0, to the line's end.  It is
 * empty if the line has fewer fields. */
static const char *field(const char *line, unsigned n)
{
	line += strspn(line, " ");
	for (; n; n--) {
		line += strcspn(line, " ");
		line += strspn(line, " ");
	}
	return line;
}

/* The inode in a line of /proc/net/tcp or a like file, if the line has @port.
 * For TCP, only listening sockets count. */
static uint64_t inode_of_inet(const char *line, unsigned port, bool udp)
{
	/* sl local remote state queues timer retransmits uid timeout inode */
	const char *local = field(line, 1);
	const char *colon = strchr(local, ':');
	/* 10 is TCP_LISTEN. */
	bool listens = strtoul(field(line, 3), NULL, 16) == 10;

	if (!colon || strtoul(colon + 1, NULL, 16) != port)
		return 0;
	return udp || listens ? strtoull(field(line, 9), NULL, 10) : 0;
}

static uint64_t inode_in(const char *file, const struct sockaddr *addr,
			 bool udp)
{
	const struct sockaddr_in *in = (const void *)addr;
	uint64_t inode = 0;
	char *line = NULL;
	size_t size = 0;
	FILE *f = fopen(file, "re");

	if (!f)
		return 0;
	while (!inode && getline(&line, &size, f) > 0) {
		line[strcspn(line, "\n")] = '\0';
		/* IPv6 addresses have the port at the same offset. */
		inode = inode_of_inet(line, ntohs(in->sin_port), udp);
	}
	free(line);
	fclose(f);
	return inode;
}

static uint64_t find_inode(const struct sockaddr *addr, bool udp)
{
	const char *const tcp_files[] = { "/proc/net/tcp", "/proc/net/tcp6" };
	const char *const udp_files[] = { "/proc/net/udp", "/proc/net/udp6" };
	const char *const *files = udp ? udp_files : tcp_files;
	bool second = addr->sa_family == AF_INET6;
	uint64_t inode;

	/* An IPv6 socket may also hold the IPv4 port, and the reverse. */
	inode = inode_in(files[second], addr, udp);
	return inode ? inode : inode_in(files[!second], addr, udp);
}

static bool has_socket(const char *pid, const char *socket_name)
{
	char path[300], target[64];
	struct dirent *entry;
	bool found = false;
	ssize_t n;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	dir = opendir(path);
	if (!dir)
		return false;
	while (!found && (entry = readdir(dir))) {
		n = readlinkat(dirfd(dir), entry->d_name, target,
			       sizeof(target) - 1);
		target[n < 0 ? 0 : n] = '\0';
		found = strcmp(target, socket_name) == 0;
	}
	closedir(dir);
	return found;
}

static void read_name(pid_t pid, char *name, size_t size)
{
	char path[32];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	f = fopen(path, "re");
	if (!f || !fgets(name, (int)size, f))
		snprintf(name, size, "?");
	name[strcspn(name, "\n")] = '\0';
	if (f)
		fclose(f);
}

/* The process that listens at @addr; 0: not known.  This connects to it,
 * because its name in /proc/net/unix may be out of date. */
static pid_t who_listens(const struct sockaddr *addr)
{
	struct ucred peer = { 0 };
	socklen_t len = sizeof(peer);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return 0;
	if (connect(fd, addr, sizeof(struct sockaddr_un)) < 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
		peer.pid = 0;
	close(fd);
	return peer.pid;
}

/* The process that has the socket with @inode; 0: none that the user may
 * see. */
static pid_t who_has(uint64_t inode)
{
	DIR *proc = inode ? opendir("/proc") : NULL;
	struct dirent *entry;
	char socket_name[40];
	pid_t pid = 0;

	if (!proc)
		return 0;
	snprintf(socket_name, sizeof(socket_name), "socket:[%" PRIu64 "]",
		 inode);
	while (!pid && (entry = readdir(proc)))
		if (isdigit((unsigned char)entry->d_name[0]) &&
		    has_socket(entry->d_name, socket_name))
			pid = (pid_t)strtol(entry->d_name, NULL, 10);
	closedir(proc);
	return pid;
}

bool port_holder_find(const struct sockaddr *addr, bool udp,
		      struct port_holder *holder)
{
	holder->pid = addr->sa_family == AF_UNIX ?
			      who_listens(addr) :
			      who_has(find_inode(addr, udp));
	if (holder->pid)
		read_name(holder->pid, holder->name, sizeof(holder->name));
	return holder->pid != 0;
}
