/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * deaf.c - a service at a Unix socket that lets one client wait, and no other
 */
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "guest-tests/netpeer/peer.h"

/* Says "listening", "knocked" at the first client, and lives until it is
 * killed. */
void cmd_deaf(char **arg)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", arg[0]);
	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 ||
	    listen(fd, 0) < 0)
		fail("%s: %m", arg[0]);
	setvbuf(stdout, NULL, _IONBF, 0);
	puts("listening");
	await_input(fd);
	puts("knocked");
	for (;;)
		pause();
}
