/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * resolvers.h - the host's name servers, as its libc would ask them
 *
 * From /etc/resolv.conf, whenever that is another: the first three, of either
 * family, or without any the loopback.  A libc asks the first, and if that
 * fails or says nothing for some seconds the next.  So does this: who has been
 * silent is not asked for a while, if there is another.  One thread.
 */
#ifndef DEVICES_NAT_RESOLVERS_H
#define DEVICES_NAT_RESOLVERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "devices/nat/net_end.h"

enum { RESOLVERS_MAX = 3, RESOLVER_PORT = 53 };

#define RESOLVERS_PATH "/etc/resolv.conf"

struct resolver {
	union net_sockaddr addr;
	/* When it was first asked after its last answer; 0: it was not. */
	uint64_t asked_ns;
};

/* To be zero-initialised. */
struct resolvers {
	struct resolver list[RESOLVERS_MAX];
	size_t count;
	/* The file names none. */
	bool fallback;
	/* The file, and when it was last looked at. */
	struct stat file;
	uint64_t looked_ns;
};

/* Fill in @list from the text of the file; how many there are. */
size_t resolvers_parse(struct resolver list[RESOLVERS_MAX], const char *text);

/* Look, at most once a second, whether the file has changed.  There is at least
 * one afterwards. */
void resolvers_refresh(struct resolvers *resolvers, uint64_t now_ns);

/* Whether the file names one of IPv4, or IPv6. */
bool resolvers_have(const struct resolvers *resolvers, sa_family_t family);

/* The one to ask now. */
const struct resolver *resolvers_choose(struct resolvers *resolvers,
					uint64_t now_ns);

/* @addr has answered: whether it is one of them. */
bool resolvers_answered(struct resolvers *resolvers,
			const union net_sockaddr *addr);

/* @addr can't be reached: whether another one should be asked instead. */
bool resolvers_failed(struct resolvers *resolvers,
		      const union net_sockaddr *addr, uint64_t now_ns);

#endif
