/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * resolvers.h - the host's name servers, as its libc would ask them
 *
 * They are read from /etc/resolv.conf whenever that file has changed: the first
 * three, IPv4 or IPv6; the loopback if the file names none.  A libc asks the
 * first server, and the next one if that fails or does not answer for some
 * seconds.  This does the same: a server that did not answer is not asked for a
 * while if there is another.  One thread.
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
	/* When it was first asked since its last answer; 0: not asked since. */
	uint64_t asked_ns;
};

/* To be zero-initialised. */
struct resolvers {
	struct resolver list[RESOLVERS_MAX];
	size_t count;
	/* The file names none. */
	bool fallback;
	/* The file as it was, and when it was last looked at. */
	struct stat file;
	uint64_t looked_ns;
};

/* Fill in @list from the text of the file.  Returns how many there are. */
size_t resolvers_parse(struct resolver list[RESOLVERS_MAX], const char *text);

/* Read the file again if it has changed; looks at most once a second.
 * Afterwards there is at least one name server. */
void resolvers_refresh(struct resolvers *resolvers, uint64_t now_ns);

/* Whether the file names a server of this @family, AF_INET or AF_INET6. */
bool resolvers_have(const struct resolvers *resolvers, sa_family_t family);

/* The name server to ask now. */
const struct resolver *resolvers_choose(struct resolvers *resolvers,
					uint64_t now_ns);

/* An answer has come from @addr.  Returns whether that is one of them. */
bool resolvers_answered(struct resolvers *resolvers,
			const union net_sockaddr *addr);

/* @addr can't be reached.  Returns whether another one should be asked
 * instead. */
bool resolvers_failed(struct resolvers *resolvers,
		      const union net_sockaddr *addr, uint64_t now_ns);

#endif
