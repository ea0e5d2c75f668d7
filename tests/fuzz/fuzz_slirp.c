/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_slirp.c - libFuzzer harness: the user network, with all that stands
 * before libslirp and libslirp itself
 *
 * An input is commands of a byte, an argument byte and, where it says so,
 * more: frames as they are, frames with their checksums mended, TCP segments
 * that fit the state of a connection, fragments, requests by TFTP and DHCP,
 * clients of two forwards that lead to one port of the guest, options of TCP,
 * turns of the loop, time that passes, what a service of the host does at the
 * other end, and what the user allows.  Time is the harness's own, so an input
 * always does the same.
 *
 * All traffic is in a network namespace of its own.  The TFTP directory has a
 * file, a folder and a FIFO; the unix socket of a guestfwd has room for one
 * connection that is not accepted yet.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "base/util.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/slirp_rig.h"

enum { MAX_COMMANDS = 200, CLIENTS = 4 };

enum command {
	RAW,
	MENDED,
	SEGMENT,
	ACKNOWLEDGE,
	FRAGMENT,
	TURN,
	TIME,
	SERVE,
	HANG_UP,
	POLICY,
	TFTP,
	SERVICE,
	ACCEPT,
	N_COMMANDS
};

/* Commands that came later have the last numbers, so that older inputs mean
 * what they did. */
enum later_command { OPTIONS = 0xfb, DHCP, CLIENT, ANSWER, LEAVE };

static struct {
	struct slirp_rig rig;
	/* By family and the unix socket; and the connection accepted, or -1;
	 * and from the unix socket. */
	int listeners[3], served, accepted;
	/* Of the two forwards, or -1. */
	int clients[CLIENTS];
	/* The directory of TFTP, with the socket beside it. */
	char dir[32], options[200];
} h;

/* ---- The host's service. ---- */

static void serve(bool v6, size_t len)
{
	static char buf[8192];

	if (h.served < 0)
		h.served = accept4(h.listeners[v6], NULL, NULL, SOCK_NONBLOCK);
	if (h.served < 0)
		return;
	while (recv(h.served, buf, sizeof(buf), 0) > 0)
		;
	send(h.served, buf, len * 32, MSG_NOSIGNAL);
}

static void hang_up(bool rudely)
{
	struct linger now = { .l_onoff = rudely };

	if (h.served < 0)
		return;
	setsockopt(h.served, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(h.served);
	h.served = -1;
}

static void drain(int listener)
{
	int fd;

	while ((fd = accept(listener, NULL, NULL)) >= 0)
		close(fd);
}

static int listen_on(int family)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_port = htons(RIG_PORT) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6,
				    .sin6_port = htons(RIG_PORT) };
	int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;

	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	check(bind(fd, family == AF_INET ? (void *)&in : (void *)&in6,
		   family == AF_INET ? sizeof(in) : sizeof(in6)) == 0);
	check(listen(fd, 16) == 0);
	return fd;
}

/* ---- The directory and the unix service. ---- */

static const char *const names[] = { "file", "folder", "fifo", "socket" };

static const char *path_of(unsigned name)
{
	static char path[64];

	snprintf(path, sizeof(path), "%s/%s", h.dir, names[name]);
	return path;
}

static void remove_files(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(names); i++)
		if (unlink(path_of(i)) < 0)
			rmdir(path_of(i));
	rmdir(h.dir);
}

static void make_files(void)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd;

	strcpy(h.dir, "/tmp/minivmm-fuzz-XXXXXX");
	check(mkdtemp(h.dir));
	atexit(remove_files);
	fd = open(path_of(0), O_CREAT | O_WRONLY, 0644);
	check(write(fd, h.options, sizeof(h.options)) > 0);
	check(ftruncate(fd, 2000) == 0);
	close(fd);
	check(mkdir(path_of(1), 0755) == 0);
	check(mkfifo(path_of(2), 0644) == 0);
	strcpy(un.sun_path, path_of(3));
	h.listeners[2] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	check(bind(h.listeners[2], (void *)&un, sizeof(un)) == 0);
	check(listen(h.listeners[2], 0) == 0);
	snprintf(
		h.options, sizeof(h.options),
		"user,host=on,tftp=%s,guestfwd=10.0.2.100:80-unix:%s,"
		"hostfwd=tcp:127.0.0.1:7000-:22,hostfwd=tcp:127.0.0.1:7001-:22",
		h.dir, un.sun_path);
}

static void tftp(struct slirp_rig *rig, uint8_t arg, uint8_t what)
{
	char text[64];
	int len;

	/* To read, or to acknowledge a block. */
	if (arg & 0x40)
		len = snprintf(text, sizeof(text), "%c%c%c%c", 0, 4, 0, what);
	else
		len = snprintf(text, sizeof(text), "%c%c%s%coctet%cblksize%c%u",
			       0, 1, names[what % ARRAY_SIZE(names)], 0, 0, 0,
			       what * 8U) +
		      1;
	rig_datagram(rig, arg & 0x80, 2000 + arg % 4U, 69, text, (size_t)len);
	rig_settle(rig);
}

/* A message of the type in the lower bits, of one of many cards: RFC 2131. */
static void dhcp(struct slirp_rig *rig, uint8_t arg)
{
	uint8_t message[300] = { 1, 1, 6 };

	message[28] = 2;
	message[33] = arg >> 3;
	memcpy(message + 236, "\x63\x82\x53\x63\x35\x01", 6);
	message[242] = arg & 7;
	message[243] = 255;
	rig_datagram(rig, false, 68, 67, message, sizeof(message));
}

/* A client comes to one of the forwards, perhaps from a port that another has
 * at the other, or says something. */
static void client(uint8_t arg)
{
	struct sockaddr_in from = { .sin_family = AF_INET };
	struct sockaddr_in to = { .sin_family = AF_INET };
	int *fd = &h.clients[arg % CLIENTS], one = 1;
	char buf[256] = "";

	if (*fd >= 0) {
		send(*fd, buf, arg, MSG_NOSIGNAL);
		return;
	}
	*fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	from.sin_addr.s_addr = to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	from.sin_port = htons((uint16_t)(9000 + arg % CLIENTS / 2));
	to.sin_port = htons((uint16_t)(7000 + arg % 2));
	if (bind(*fd, (void *)&from, sizeof(from)) == 0)
		connect(*fd, (void *)&to, sizeof(to));
}

static void leave(unsigned i)
{
	const struct linger now = { .l_onoff = 1 };

	if (h.clients[i] < 0)
		return;
	setsockopt(h.clients[i], SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(h.clients[i]);
	h.clients[i] = -1;
}

/* Accept, and say or hear something, or hang up. */
static void accept_unix(uint8_t arg)
{
	char buf[4096] = "";

	if (h.accepted < 0)
		h.accepted = accept4(h.listeners[2], NULL, NULL, SOCK_NONBLOCK);
	if (h.accepted < 0)
		return;
	if (arg & 1)
		send(h.accepted, buf, arg * 16U, MSG_NOSIGNAL);
	if (arg & 2)
		recv(h.accepted, buf, sizeof(buf), 0);
	if (!(arg & 4))
		return;
	close(h.accepted);
	h.accepted = -1;
}

/* ---- The harness. ---- */

/* slirp_cleanup() forgets frames that wait for a guest it hasn't heard of.
 * All of libslirp's memory is GLib's. */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
	return "leak:g_malloc\n";
}

static size_t run_later(enum later_command command, const uint8_t *data,
			size_t size)
{
	struct slirp_rig *rig = &h.rig;
	uint8_t arg = data[1];

	switch (command) {
	case OPTIONS:
		rig->options = arg;
		return 2;
	case DHCP:
		dhcp(rig, arg);
		return 2;
	case CLIENT:
		client(arg);
		break;
	case ANSWER:
		if (size < 4)
			return size;
		rig_segment(rig, RIG_CLIENT, arg & 0x3f, (int8_t)data[2],
			    data[3]);
		return 4;
	case LEAVE:
		leave(arg % CLIENTS);
		break;
	}
	rig_turn(rig);
	rig_turn(rig);
	return 2;
}

/* A command of RAW or MENDED, and one of SEGMENT or SERVICE; they return how
 * many bytes it was. */
static size_t raw(bool mended, const uint8_t *data, size_t size)
{
	static uint8_t frame[4096];
	size_t len = MIN(size - 2, (size_t)data[1] * 4);

	memcpy(frame, data + 2, len);
	if (mended)
		rig_mend(frame, len);
	rig_input(&h.rig, frame, len);
	return 2 + len;
}

static size_t segment(enum rig_peer peer, const uint8_t *data, size_t size)
{
	if (size < 4)
		return size;
	rig_segment(&h.rig, peer, data[1] & 0x3f, (int8_t)data[2],
		    (size_t)data[3] * (data[1] & 0x40 ? 128 : 1));
	return 4;
}

/* Does one command; how many bytes it was. */
static size_t run(const uint8_t *data, size_t size)
{
	struct slirp_rig *rig = &h.rig;
	uint8_t arg = data[1];

	if (data[0] >= OPTIONS)
		return run_later(data[0], data, size);
	switch ((enum command)(data[0] % N_COMMANDS)) {
	case RAW:
	case MENDED:
		return raw(data[0] % N_COMMANDS == MENDED, data, size);
	case SEGMENT:
		return segment(arg & 0x80 ? RIG_GATEWAY6 : RIG_GATEWAY4, data,
			       size);
	case SERVICE:
		return segment(RIG_SERVICE4, data, size);
	case ACCEPT:
		rig_turn(rig);
		accept_unix(arg);
		rig_turn(rig);
		break;
	case TFTP:
		if (size < 3)
			return size;
		tftp(rig, arg, data[2]);
		return 3;
	case ACKNOWLEDGE:
		rig_segment(rig, arg & 0x80 ? RIG_GATEWAY6 : RIG_GATEWAY4,
			    TCP_ACK, 0, arg & 0x7f);
		break;
	case FRAGMENT:
		if (size < 4)
			return size;
		rig_fragment(rig, arg, data[2], data[3]);
		return 4;
	case TURN:
		for (unsigned i = 0; i <= arg % 4U; i++)
			rig_turn(rig);
		break;
	case TIME:
		rig_pass_time(rig, (uint64_t)arg * arg * NSEC_PER_MSEC);
		break;
	case SERVE:
		rig_turn(rig);
		serve(arg & 0x80, arg & 0x7f);
		rig_turn(rig);
		break;
	case HANG_UP:
		hang_up(arg & 0x80);
		rig_turn(rig);
		break;
	case POLICY:
		rig_restrict(rig, arg);
		break;
	case N_COMMANDS:
		break;
	}
	return 2;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd;

	(void)argc;
	(void)argv;
	signal(SIGPIPE, SIG_IGN);
	/* A network namespace of its own. */
	check(unshare(CLONE_NEWNET) == 0 ||
	      unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	check(ioctl(fd, SIOCSIFFLAGS, &lo) == 0);
	close(fd);
	h.listeners[0] = listen_on(AF_INET);
	h.listeners[1] = listen_on(AF_INET6);
	make_files();
	log_set_level(LOG_ERR);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	h.served = h.accepted = -1;
	memset(h.clients, -1, sizeof(h.clients));
	rig_open(&h.rig, h.options);
	for (unsigned i = 0; i < MAX_COMMANDS && size >= 2; i++) {
		size_t used = run(data, size);

		data += used;
		size -= used;
	}
	hang_up(true);
	for (unsigned i = 0; i < CLIENTS; i++)
		leave(i);
	rig_close(&h.rig);
	drain(h.listeners[0]);
	drain(h.listeners[1]);
	accept_unix(4);
	drain(h.listeners[2]);
	return 0;
}
