/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The network asks the libslirp that runs for its version, and keeps from the
 * guest what this version does not stand.
 *
 * The program is linked with slirp_version_string() replaced.
 */

#include "devices/slirp/internal.h"
#include "tests/net_guest.h"

static struct guest g;
static const char *version;

const char *__wrap_slirp_version_string(void);

const char *__wrap_slirp_version_string(void)
{
	return version;
}

static const struct libslirp_faults *faults(void)
{
	return &((struct slirp_net *)(void *)g.dev)->firewall.faults;
}

/* How many packets had their urgent pointer cleared, of one that has it. */
static uint64_t urgent_cleared(const char *by)
{
	static const uint8_t gateway[4] = { 10, 0, 2, 2 };
	struct guest_tcp *t;
	uint64_t cleared;
	uint16_t port;
	int listener = host_socket(AF_INET, SOCK_STREAM, &port), fd = -1;
	char c;

	version = by;
	guest_open(&g, "user,host=on", NULL, NULL);
	guest_up(&g);
	t = guest_connect(&g, gateway, 4, port);
	guest_until(&g, (fd = accept(listener, NULL, NULL)) >= 0);
	guest_segment(&g, t, TCP_ACK | TCP_URG, "x", 1);
	guest_until(&g, recv(fd, &c, 1, MSG_DONTWAIT) == 1);
	cleared = guest_stat(&g, "urgent_cleared");
	ck_assert_int_eq(faults()->has[FAULT_URGENT], cleared > 0);
	close(fd);
	close(listener);
	return cleared;
}

START_TEST(each_version_is_spared_what_it_needs)
{
	bool faulty;

	ck_assert_uint_eq(urgent_cleared("4.7.0"), 1);
	ck_assert(faults()->has[FAULT_ZERO]);
	guest_close(&g);
	ck_assert_uint_eq(urgent_cleared("4.8.0"), 1);
	ck_assert(!faults()->has[FAULT_ZERO]);
	guest_close(&g);
	slirp_version(&faulty);
	ck_assert(faulty);
	ck_assert_uint_eq(urgent_cleared("4.9.2"), 0);
	ck_assert(!faults()->has[FAULT_ZERO]);
	ck_assert_str_eq(slirp_version(&faulty), "4.9.2");
	ck_assert(!faulty);
	guest_close(&g);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		each_version_is_spared_what_it_needs,
		NULL,
	};

	return unit_run(unit_suite("slirp_version", tests));
}
