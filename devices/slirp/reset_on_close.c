/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/slirp/reset_on_close.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <sys/socket.h>

static void set_reset(int fd, bool on)
{
	const struct linger linger = { .l_onoff = on, .l_linger = 0 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
}

/* Whether the socket's FIN was sent or is queued after its data. */
static bool has_ended(int fd)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) < 0)
		return false;
	switch (info.tcpi_state) {
	case TCP_FIN_WAIT1:
	case TCP_FIN_WAIT2:
	case TCP_CLOSING:
	case TCP_LAST_ACK:
	case TCP_TIME_WAIT:
		return true;
	default:
		return false;
	}
}

void reset_on_close(int fd)
{
	set_reset(fd, true);
}

void reset_on_close_unless_ended(int fd)
{
	if (has_ended(fd))
		set_reset(fd, false);
}
