/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/util.h"
#include "cli/net_host.h"
#include "devices/net/net_config.h"
#include "devices/net/netdev.h"
#include "tests/net_options.h"
#include "tests/unit.h"

static struct net_config config;
static struct net_host host;
static char log_text[4096];

/* Opens the host's side with what it logs in log_text. */
static int open_host(const char *net, const char *const *publish)
{
	int saved = dup(STDERR_FILENO), pipes[2], rc;
	ssize_t n;

	ck_assert_int_eq(net_option(&config, net), 0);
	for (; publish && *publish; publish++)
		ck_assert_int_eq(publish_option(&config.forwards, *publish), 0);
	host = (struct net_host){ .capture_fd = -1 };
	ck_assert_int_eq(pipe2(pipes, O_NONBLOCK), 0);
	dup2(pipes[1], STDERR_FILENO);
	rc = net_host_create_capture(&host, &config);
	if (!rc)
		rc = net_host_open(&host, &config, 0);
	dup2(saved, STDERR_FILENO);
	n = read(pipes[0], log_text, sizeof(log_text) - 1);
	log_text[MAX(n, 0)] = '\0';
	close(saved);
	close(pipes[0]);
	close(pipes[1]);
	return rc;
}

static void close_host(void)
{
	net_host_close(&host, 1000);
	net_config_free(&config);
}

static unsigned port_of(size_t i)
{
	const struct sockaddr_in *in =
		(const void *)&config.forwards.list[i].host;

	return ntohs(in->sin_port);
}

/* Scripts read these lines. */
START_TEST(ports_that_were_picked_are_told_in_order)
{
	static const char *const publish[] = { "0:22", "[::1]:0:22",
					       "127.0.0.2:0:53/udp", NULL };
	char expected[512];

	ck_assert_int_eq(open_host("user,hostfwd=tcp::0-10.0.2.99:80", publish),
			 0);
	snprintf(expected, sizeof(expected),
		 "minivmm: forward tcp 127.0.0.1:%u -> 10.0.2.99:80\n"
		 "minivmm: forward tcp 127.0.0.1:%u -> 10.0.2.15:22\n"
		 "minivmm: forward tcp [::1]:%u -> [guest]:22\n"
		 "minivmm: forward udp 127.0.0.2:%u -> 10.0.2.15:53\n",
		 port_of(0), port_of(1), port_of(2), port_of(3));
	ck_assert_str_eq(log_text, expected);
	close_host();
}
END_TEST

/* Nobody is told what he said, but by -v. */
START_TEST(other_forwards_are_told_when_asked)
{
	const char *publish[] = { NULL, "0:22", NULL };
	char path[60], text[80], expected[200];

	snprintf(path, sizeof(path), "/tmp/minivmm-test-%d.sock", getpid());
	snprintf(text, sizeof(text), "unix:%s:80", path);
	publish[0] = text;
	ck_assert_int_eq(open_host("user", publish), 0);
	snprintf(expected, sizeof(expected),
		 "minivmm: forward tcp 127.0.0.1:%u -> 10.0.2.15:22\n",
		 port_of(1));
	ck_assert_str_eq(log_text, expected);
	close_host();
	log_set_level(LOG_INFO);
	ck_assert_int_eq(open_host("user", publish), 0);
	snprintf(expected, sizeof(expected),
		 "minivmm: forward tcp %s -> 10.0.2.15:80\n"
		 "minivmm: forward tcp 127.0.0.1:%u -> 10.0.2.15:22\n"
		 "minivmm: guest's network 10.0.2.0/24\n",
		 path, port_of(1));
	ck_assert_str_eq(log_text, expected);
	close_host();
}
END_TEST

/* One line, and nothing that has been begun goes on. */
START_TEST(what_cannot_be_opened_is_told)
{
	static const char *const taken[] = { "0:22", NULL };
	const char *again[] = { NULL, NULL };
	char text[40];

	ck_assert_int_eq(open_host("user,pcap=/nonexistent/x", taken), -ENOENT);
	ck_assert_str_eq(log_text,
			 "minivmm: --net pcap=/nonexistent/x: No such file or "
			 "directory: name a file that can be written\n");
	ck_assert_ptr_null(host.netdev);
	snprintf(text, sizeof(text), "%u:22", port_of(0));
	again[0] = text;
	close_host();
	ck_assert_int_eq(open_host("user", again), 0);
	close_host();
	ck_assert_int_eq(open_host("user,tftp=/nonexistent", NULL), -ENOENT);
	close_host();
}
END_TEST

START_TEST(no_network_opens_nothing)
{
	ck_assert_int_eq(open_host("none", NULL), 0);
	ck_assert_ptr_null(host.netdev);
	close_host();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		ports_that_were_picked_are_told_in_order,
		other_forwards_are_told_when_asked,
		what_cannot_be_opened_is_told,
		no_network_opens_nothing,
		NULL,
	};

	return unit_run(unit_suite("net_host", tests));
}
