/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * idle.c - connections over which nothing is said
 */
#include <stdio.h>
#include <unistd.h>

#include "guest-tests/netpeer/peer.h"

/* One request and its answer, so that the guest surely has the connection. */
static void say_once(int fd)
{
	char buf[512];
	size_t have;
	uint64_t len;

	request(fd, "GET", "/seq/1", "");
	len = read_head(fd, buf, sizeof(buf), &have);
	if (have != len)
		fail("%zu bytes, not %zu", have, (size_t)len);
}

/* PORT COUNT: so many connections, kept until the standard input ends.  Prints
 * how many there are once all are open. */
void cmd_idle(char **arg)
{
	unsigned port = (unsigned)to_number(arg[0]);
	uint64_t n = to_number(arg[1]);
	char end;

	for (uint64_t i = 0; i < n; i++)
		say_once(tcp_connect(port));
	show("idle", (double)n);
	while (read(STDIN_FILENO, &end, sizeof(end)) > 0)
		;
}
