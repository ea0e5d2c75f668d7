/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_slirp.c - libFuzzer harness: the sanitizer with libslirp behind it
 *
 * An input is commands of a byte, an argument byte and, where it says so,
 * more: frames as they are, frames with their checksums mended, TCP segments
 * that fit the state of a connection, fragments, turns of the loop, time that
 * passes, what a service of the host does at the other end, and what the user
 * allows.  Time is the
 * harness's own, so an input always does the same.
 *
 * All traffic is in a network namespace of its own.
 */
#define _GNU_SOURCE
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/fuzz/check.h"
#include "tests/fuzz/slirp_rig.h"
#include "vmm/util.h"

enum { MAX_COMMANDS = 200 };

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
	N_COMMANDS
};

static struct {
	struct slirp_rig rig;
	/* By family; and the connection accepted, or -1. */
	int listeners[2], served;
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

/* ---- The harness. ---- */

/* slirp_cleanup() forgets frames that wait for a guest it hasn't heard of.
 * All of libslirp's memory is GLib's. */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
	return "leak:g_malloc\n";
}

/* Does one command; how many bytes it was. */
static size_t run(const uint8_t *data, size_t size)
{
	static uint8_t frame[4096];
	struct slirp_rig *rig = &h.rig;
	uint8_t arg = data[1];
	size_t len = 0;

	switch ((enum command)(data[0] % N_COMMANDS)) {
	case RAW:
	case MENDED:
		len = MIN(size - 2, (size_t)arg * 4);
		memcpy(frame, data + 2, len);
		if (data[0] % N_COMMANDS == MENDED)
			rig_mend(frame, len);
		rig_input(rig, frame, len);
		break;
	case SEGMENT:
		if (size < 4)
			return size;
		len = 2;
		rig_segment(rig, arg & 0x80, arg & 0x3f, (int8_t)data[2],
			    (size_t)data[3] * (arg & 0x40 ? 128 : 1));
		break;
	case ACKNOWLEDGE:
		rig_segment(rig, arg & 0x80, TCP_ACK, 0, arg & 0x7f);
		break;
	case FRAGMENT:
		if (size < 4)
			return size;
		len = 2;
		rig_fragment(rig, arg, data[2], data[3]);
		break;
	case TURN:
		for (unsigned i = 0; i <= arg % 4U; i++)
			rig_turn(rig);
		break;
	case TIME:
		rig->now_ns += (uint64_t)arg * arg * NSEC_PER_MSEC;
		rig_turn(rig);
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
	return 2 + len;
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
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	h.served = -1;
	rig_open(&h.rig);
	for (unsigned i = 0; i < MAX_COMMANDS && size >= 2; i++) {
		size_t used = run(data, size);

		data += used;
		size -= used;
	}
	hang_up(true);
	rig_close(&h.rig);
	drain(h.listeners[0]);
	drain(h.listeners[1]);
	return 0;
}
