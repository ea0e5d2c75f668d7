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

/* The inode in a line of /proc/net/tcp, if it has @port; only of listeners
 * where there are such. */
static uint64_t inode_of_inet(const char *line, unsigned port, bool udp)
{
	unsigned local, state;
	uint64_t inode;

	/* sl local rem st queues timer retransmits uid timeout inode */
	if (sscanf(line,
		   "%*s %*[0-9A-Fa-f]:%x %*s %x %*s %*s %*s %*s %*s %" SCNu64,
		   &local, &state, &inode) != 3)
		return 0;
	/* 10 is TCP_LISTEN. */
	return local == port && (udp || state == 10) ? inode : 0;
}

/* The same of /proc/net/unix, if it has the path. */
static uint64_t inode_of_unix(const char *line, const char *path)
{
	uint64_t inode;
	int at = 0;

	/* num refcount protocol flags type state inode path */
	if (sscanf(line, "%*s %*s %*s %*s %*s %*s %" SCNu64 " %n", &inode,
		   &at) != 1 ||
	    at == 0)
		return 0;
	return strcmp(line + at, path) == 0 ? inode : 0;
}

static uint64_t inode_in(const char *file, const struct sockaddr *addr,
			 bool udp)
{
	const struct sockaddr_in *in = (const void *)addr;
	const struct sockaddr_un *un = (const void *)addr;
	uint64_t inode = 0;
	char *line = NULL;
	size_t size = 0;
	FILE *f = fopen(file, "re");

	if (!f)
		return 0;
	while (!inode && getline(&line, &size, f) > 0) {
		line[strcspn(line, "\n")] = '\0';
		/* The port is at the same place for IPv6. */
		inode = addr->sa_family == AF_UNIX ?
				inode_of_unix(line, un->sun_path) :
				inode_of_inet(line, ntohs(in->sin_port), udp);
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

	if (addr->sa_family == AF_UNIX)
		return inode_in("/proc/net/unix", addr, false);
	/* An IPv6 socket may hold the IPv4 port too, and the reverse. */
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

static void read_name(const char *pid, char *name, size_t size)
{
	char path[300];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	f = fopen(path, "re");
	if (!f || !fgets(name, (int)size, f))
		snprintf(name, size, "?");
	name[strcspn(name, "\n")] = '\0';
	if (f)
		fclose(f);
}

bool port_holder_find(const struct sockaddr *addr, bool udp,
		      struct port_holder *holder)
{
	uint64_t inode = find_inode(addr, udp);
	DIR *proc = inode ? opendir("/proc") : NULL;
	struct dirent *entry;
	char socket_name[40];
	bool found = false;

	if (!proc)
		return false;
	snprintf(socket_name, sizeof(socket_name), "socket:[%" PRIu64 "]",
		 inode);
	while (!found && (entry = readdir(proc))) {
		if (!isdigit((unsigned char)entry->d_name[0]) ||
		    !has_socket(entry->d_name, socket_name))
			continue;
		holder->pid = (pid_t)atoi(entry->d_name);
		read_name(entry->d_name, holder->name, sizeof(holder->name));
		found = true;
	}
	closedir(proc);
	return found;
}
