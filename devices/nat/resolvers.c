/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/nat/resolvers.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include "base/util.h"

enum {
	/* How many bytes of the file are read. */
	FILE_MAX = 16384,
	/* Room for the longest address with a scope. */
	WORD_MAX = 80,
};

/* How long to wait for an answer, and for how long to ask others after that. */
#define SILENT_NS  (2 * NSEC_PER_SEC)
#define AVOIDED_NS (30 * NSEC_PER_SEC)
#define LOOK_NS	   NSEC_PER_SEC

/* As if_nametoindex(3), which would open a Unix socket, and a sandbox forbids
 * that. 0: there is no such interface. */
static unsigned interface_index(const char *name)
{
	struct ifreq ifr = { 0 };
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool known;

	strncpy(ifr.ifr_name, name, sizeof(ifr.ifr_name) - 1);
	known = fd >= 0 && ioctl(fd, SIOCGIFINDEX, &ifr) == 0;
	close_fd(&fd);
	return known ? (unsigned)ifr.ifr_ifindex : 0;
}

/* Parse an address such as fe80::1%eth0, with the interface's name or
 * number. */
static bool parse_scoped(struct sockaddr_in6 *in6, char *text)
{
	char *percent = strchr(text, '%'), *end = NULL;
	unsigned scope = 0;

	if (percent) {
		*percent++ = '\0';
		scope = interface_index(percent);
		if (!scope)
			scope = (unsigned)strtoul(percent, &end, 10);
		if (!scope || (end && *end))
			return false;
	}
	*in6 = (struct sockaddr_in6){
		.sin6_family = AF_INET6,
		.sin6_port = htons(RESOLVER_PORT),
		.sin6_scope_id = scope,
	};
	if (inet_pton(AF_INET6, text, &in6->sin6_addr) != 1)
		return false;
	if (IN6_IS_ADDR_UNSPECIFIED(&in6->sin6_addr))
		in6->sin6_addr = in6addr_loopback;
	return true;
}

static bool parse_addr(union net_sockaddr *addr, char *text)
{
	memset(addr, 0, sizeof(*addr));
	if (strchr(text, ':'))
		return parse_scoped(&addr->in6, text);
	addr->in = (struct sockaddr_in){ .sin_family = AF_INET,
					 .sin_port = htons(RESOLVER_PORT) };
	if (inet_aton(text, &addr->in.sin_addr) != 1)
		return false;
	/* The kernel sends what is for address 0 to the loopback, so answers
	 * come from there. */
	if (!addr->in.sin_addr.s_addr)
		addr->in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return true;
}

/* Whether @line is "nameserver", blanks, and a word, as glibc reads it. */
static bool parse_line(const char *line, char word[WORD_MAX])
{
	static const char name[] = "nameserver";
	size_t len = strlen(name), blanks;

	if (strncmp(line, name, len) != 0)
		return false;
	blanks = strspn(line + len, " \t");
	line += len + blanks;
	len = strcspn(line, " \t\r\n;#");
	if (!blanks || len >= WORD_MAX)
		return false;
	memcpy(word, line, len);
	word[len] = '\0';
	return true;
}

size_t resolvers_parse(struct resolver list[RESOLVERS_MAX], const char *text)
{
	char word[WORD_MAX];
	size_t n = 0;

	for (; *text && n < RESOLVERS_MAX; text += strcspn(text, "\n")) {
		text += *text == '\n';
		if (!parse_line(text, word))
			continue;
		list[n].asked_ns = 0;
		n += parse_addr(&list[n].addr, word);
	}
	return n;
}

static size_t read_file(char *text, struct stat *st)
{
	int fd = open(RESOLVERS_PATH,
		      O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t len = 0;

	if (fd >= 0 && fstat(fd, st) == 0 && S_ISREG(st->st_mode))
		len = read(fd, text, FILE_MAX);
	close_fd(&fd);
	return len < 0 ? 0 : (size_t)len;
}

static bool is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	       a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static void load(struct resolvers *r)
{
	char text[FILE_MAX + 1];

	memset(&r->file, 0, sizeof(r->file));
	text[read_file(text, &r->file)] = '\0';
	r->count = resolvers_parse(r->list, text);
	r->fallback = !r->count;
	if (!r->fallback)
		return;
	r->list[0].asked_ns = 0;
	r->list[0].addr.in = (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons(RESOLVER_PORT),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	r->count = 1;
}

void resolvers_refresh(struct resolvers *resolvers, uint64_t now_ns)
{
	struct stat st = { 0 };

	if (resolvers->count && now_ns - resolvers->looked_ns < LOOK_NS)
		return;
	resolvers->looked_ns = now_ns;
	if (stat(RESOLVERS_PATH, &st) < 0)
		memset(&st, 0, sizeof(st));
	if (!resolvers->count || !is_same_file(&st, &resolvers->file))
		load(resolvers);
}

bool resolvers_have(const struct resolvers *resolvers, sa_family_t family)
{
	if (resolvers->fallback)
		return false;
	for (size_t i = 0; i < resolvers->count; i++)
		if (resolvers->list[i].addr.any.sa_family == family)
			return true;
	return false;
}

static bool is_avoided(const struct resolver *r, uint64_t now_ns)
{
	uint64_t silent = now_ns - r->asked_ns;

	return r->asked_ns && silent >= SILENT_NS && silent < AVOIDED_NS;
}

const struct resolver *resolvers_choose(struct resolvers *resolvers,
					uint64_t now_ns)
{
	struct resolver *best = &resolvers->list[0];

	for (size_t i = 0; i < resolvers->count; i++) {
		struct resolver *r = &resolvers->list[i];

		if (!is_avoided(r, now_ns)) {
			best = r;
			break;
		}
		if (r->asked_ns < best->asked_ns)
			best = r;
	}
	if (!best->asked_ns || now_ns - best->asked_ns >= SILENT_NS)
		best->asked_ns = now_ns;
	return best;
}

static struct resolver *find(struct resolvers *resolvers,
			     const union net_sockaddr *addr)
{
	struct net_end end = net_end_from(addr);

	for (size_t i = 0; i < resolvers->count; i++) {
		struct net_end other = net_end_from(&resolvers->list[i].addr);

		if (net_end_is(&end, &other))
			return &resolvers->list[i];
	}
	return NULL;
}

bool resolvers_answered(struct resolvers *resolvers,
			const union net_sockaddr *addr)
{
	struct resolver *r = find(resolvers, addr);

	if (r)
		r->asked_ns = 0;
	return r;
}

bool resolvers_failed(struct resolvers *resolvers,
		      const union net_sockaddr *addr, uint64_t now_ns)
{
	struct resolver *r = find(resolvers, addr);

	if (!r)
		return false;
	r->asked_ns = now_ns - SILENT_NS;
	for (size_t i = 0; i < resolvers->count; i++)
		if (!is_avoided(&resolvers->list[i], now_ns))
			return true;
	return false;
}
