/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * forward_parse.c - parses the text of a forward, ours or QEMU's, into a struct
 * forward
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "base/util.h"
#include "devices/net/forward.h"

/* The text that is parsed, and the list to which the forward is added.  The
 * functions below get parts of a copy of the text, which is cut by writing
 * NULs. */
struct parse {
	struct forwards *forwards;
	const struct option_value *value;
};

struct ports {
	unsigned first, count;
};

/* Cut @text at its last @sep.  Returns the text after it, or NULL. */
static char *cut_last(char *text, char sep)
{
	char *at = strrchr(text, sep);

	if (!at)
		return NULL;
	*at = '\0';
	return at + 1;
}

/* Parse a port number.  Returns where it ends, or NULL if there is none. */
static const char *parse_number(const char *text, unsigned *number)
{
	unsigned n = 0;

	if (*text < '0' || *text > '9')
		return NULL;
	for (; *text >= '0' && *text <= '9'; text++) {
		n = n * 10 + (unsigned)(*text - '0');
		if (n > 65535)
			return NULL;
	}
	*number = n;
	return text;
}

/* Parse N or N-M. */
static int parse_ports(struct parse *parse, const char *text, unsigned least,
		       struct ports *ports)
{
	unsigned first = 0, last;
	const char *end = parse_number(text, &first);

	last = first;
	if (end && *end == '-') {
		end = parse_number(end + 1, &last);
		least = 1;
	}
	if (!end || *end || first < least)
		return option_reject(parse->value,
				     "'%s' is not a port: use %u to 65535",
				     text, least);
	if (last < first)
		return option_reject(parse->value,
				     "'%s' is no range: %u is less than %u",
				     text, last, first);
	*ports = (struct ports){ .first = first, .count = last - first + 1 };
	return 0;
}

/* Parse an IPv4 address, an IPv6 address in brackets, or nothing. */
static int parse_addr(struct parse *parse, const char *text,
		      struct forward *forward)
{
	struct sockaddr_in *in = (void *)&forward->host;
	struct sockaddr_in6 *in6 = (void *)&forward->host;
	size_t len = strlen(text);
	char bare[INET6_ADDRSTRLEN];

	if (len > 2 && text[0] == '[' && text[len - 1] == ']') {
		snprintf(bare, sizeof(bare), "%.*s", (int)len - 2, text + 1);
		in6->sin6_family = AF_INET6;
		forward->host_len = sizeof(*in6);
		if (inet_pton(AF_INET6, bare, &in6->sin6_addr) == 1)
			return 0;
	} else {
		in->sin_family = AF_INET;
		forward->host_len = sizeof(*in);
		in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		if (!*text || inet_pton(AF_INET, text, &in->sin_addr) == 1)
			return 0;
	}
	return option_reject(parse->value,
			     "'%s' is not an address of this host: use an IPv4 "
			     "address or [an IPv6 one]",
			     text);
}

static int add(struct parse *parse, const struct forward *forward)
{
	struct forwards *f = parse->forwards;
	struct forward *list =
		realloc(f->list, (f->count + 1) * sizeof(*f->list));

	if (!list)
		return option_no_memory();
	f->list = list;
	list[f->count++] = *forward;
	return 0;
}

int forward_socket_path(const struct option_value *value, const char *path,
			char **full)
{
	size_t room = sizeof(((struct sockaddr_un *)0)->sun_path);

	*full = path_from(value->dir, path);
	if (!*full)
		return option_no_memory();
	if (*path && strlen(*full) < room)
		return 0;
	return option_reject(value, "'%s' is not a path of 1 to %zu bytes",
			     *full, room - 1);
}

static int set_path(struct parse *parse, struct forward *forward,
		    const char *path)
{
	struct sockaddr_un *un = (void *)&forward->host;
	char *full;
	int rc = forward_socket_path(parse->value, path, &full);

	un->sun_family = AF_UNIX;
	forward->host_len = sizeof(*un);
	if (rc == 0)
		memcpy(un->sun_path, full, strlen(full) + 1);
	free(full);
	return rc;
}

static int add_unix(struct parse *parse, struct forward *forward,
		    const char *path, const char *guest)
{
	struct ports ports = { 0 };
	int rc = parse_ports(parse, guest, 1, &ports);

	if (rc < 0)
		return rc;
	if (forward->udp)
		return option_reject(parse->value,
				     "'udp' does not go with a path: a unix "
				     "socket leads to a TCP port");
	if (ports.count > 1)
		return option_reject(parse->value,
				     "'%s' are several ports: a path leads to "
				     "one",
				     guest);
	rc = set_path(parse, forward, path);
	forward->guest_port = (uint16_t)ports.first;
	return rc < 0 ? rc : add(parse, forward);
}

static int add_inet(struct parse *parse, struct forward *forward,
		    const char *host, const char *guest)
{
	struct sockaddr_in *in = (void *)&forward->host;
	struct ports from = { 0 }, to = { 0 };
	int rc = parse_ports(parse, host, 0, &from);

	if (rc == 0)
		rc = parse_ports(parse, guest, 1, &to);
	if (rc == 0 && from.count != to.count)
		rc = option_reject(parse->value,
				   "'%s' are %u ports, '%s' are %u: use as "
				   "many",
				   host, from.count, guest, to.count);
	for (unsigned i = 0; i < from.count && rc == 0; i++) {
		/* IPv6 addresses have the port at the same offset. */
		in->sin_port = htons((uint16_t)(from.first + i));
		forward->picked = from.first == 0;
		forward->guest_port = (uint16_t)(to.first + i);
		rc = add(parse, forward);
	}
	return rc;
}

/* Cut /tcp or /udp off the guest's port. */
static int cut_protocol(struct parse *parse, char *guest, bool *udp)
{
	char *protocol = strchr(guest, '/');

	*udp = false;
	if (!protocol)
		return 0;
	*protocol++ = '\0';
	*udp = strcmp(protocol, "udp") == 0;
	if (!*udp && strcmp(protocol, "tcp") != 0)
		return option_reject(parse->value,
				     "'%s' is not a protocol: use tcp or udp",
				     protocol);
	return 0;
}

static int parse_publish(struct parse *parse, char *text)
{
	struct forward forward = { .fd = -1 };
	char *guest = cut_last(text, ':'), *host;
	int rc;

	if (!guest)
		return option_reject(parse->value,
				     "no guest port after '%s': use HOST:GUEST",
				     text);
	rc = cut_protocol(parse, guest, &forward.udp);
	if (rc < 0)
		return rc;
	if (strncmp(text, "unix:", 5) == 0)
		return add_unix(parse, &forward, text + 5, guest);
	host = cut_last(text, ':');
	rc = parse_addr(parse, host ? text : "", &forward);
	return rc < 0 ? rc :
			add_inet(parse, &forward, host ? host : text, guest);
}

/* Cut tcp:, udp: or unix: off *@text, and tell which it was. */
static int cut_kind(struct parse *parse, char **text, bool *udp, bool *is_unix)
{
	char *kind = *text, *end = strchr(kind, ':');

	*end = '\0';
	*text = end + 1;
	*udp = strcmp(kind, "udp") == 0;
	*is_unix = strcmp(kind, "unix") == 0;
	if (*udp || *is_unix || !*kind || strcmp(kind, "tcp") == 0)
		return 0;
	return option_reject(parse->value,
			     "'%s' is not a protocol: use tcp, udp or unix",
			     kind);
}

static int parse_hostfwd(struct parse *parse, char *text)
{
	struct forward forward = { .fd = -1 };
	char *port = cut_last(text, ':'), *guest = cut_last(text, '-'), *host;
	bool is_unix = false;
	int rc;

	if (!guest || !strchr(text, ':'))
		return option_reject(parse->value,
				     "not of the form "
				     "tcp|udp:[ADDR]:HOST-[GUESTADDR]:GUEST");
	rc = cut_kind(parse, &text, &forward.udp, &is_unix);
	if (rc < 0)
		return rc;
	if (*guest && inet_pton(AF_INET, guest, &forward.guest) != 1)
		return option_reject(parse->value,
				     "'%s' is not an IPv4 address of the guest",
				     guest);
	if (is_unix)
		return add_unix(parse, &forward, text, port);
	host = cut_last(text, ':');
	rc = parse_addr(parse, host ? text : "", &forward);
	return rc < 0 ? rc :
			add_inet(parse, &forward, host ? host : text, port);
}

static int with_copy(struct parse *parse,
		     int (*fn)(struct parse *parse, char *text))
{
	char *copy = strdup(parse->value->text);
	int rc = copy ? fn(parse, copy) : option_no_memory();

	free(copy);
	return rc;
}

int forward_parse(struct forwards *forwards, const struct option_value *value)
{
	return with_copy(&(struct parse){ forwards, value }, parse_publish);
}

int forward_parse_hostfwd(struct forwards *forwards,
			  const struct option_value *value)
{
	return with_copy(&(struct parse){ forwards, value }, parse_hostfwd);
}
