/* SPDX-License-Identifier: BSD-2-Clause */
#include <arpa/inet.h>
#include <string.h>

#include "base/util.h"
#include "devices/nat/resolvers.h"
#include "tests/unit.h"

#define SECOND NSEC_PER_SEC

static struct resolver list[RESOLVERS_MAX];

static const char *text_of(const struct resolver *r)
{
	static char text[INET6_ADDRSTRLEN];

	inet_ntop(r->addr.any.sa_family,
		  r->addr.any.sa_family == AF_INET ?
			  (const void *)&r->addr.in.sin_addr :
			  &r->addr.in6.sin6_addr,
		  text, sizeof(text));
	return text;
}

/* What glibc takes of such a file. */
START_TEST(a_file_is_read_as_libc_reads_it)
{
	static const struct {
		const char *text;
		size_t n;
		const char *addrs[RESOLVERS_MAX];
	} rows[] = {
		{ "", 0, { NULL } },
		{ "nameserver", 0, { NULL } },
		{ "nameserver ", 0, { NULL } },
		{ "nameserver\n192.0.2.1\n", 0, { NULL } },
		{ "nameserver192.0.2.1\n", 0, { NULL } },
		{ "# nameserver 192.0.2.1\n", 0, { NULL } },
		{ " nameserver 192.0.2.1\n", 0, { NULL } },
		{ "nameserver example.org\n", 0, { NULL } },
		{ "nameserver 192.0.2.1", 1, { "192.0.2.1" } },
		{ "nameserver \t 192.0.2.1 # mine\n", 1, { "192.0.2.1" } },
		{ "nameserver 192.0.2.1;x\r\n", 1, { "192.0.2.1" } },
		{ "nameserver ::1\n", 1, { "::1" } },
		{ "nameserver 0.0.0.0\n", 1, { "127.0.0.1" } },
		{ "nameserver ::\n", 1, { "::1" } },
		{ "nameserver fe80::1%lo\n", 1, { "fe80::1" } },
		{ "nameserver fe80::1%1\n", 1, { "fe80::1" } },
		{ "nameserver fe80::1%none\nnameserver 192.0.2.1\n",
		  1,
		  { "192.0.2.1" } },
		{ "nameserver fe80::1%\n", 0, { NULL } },
		{ "search a\nnameserver 2001:db8::1\noptions edns0\n"
		  "nameserver 192.0.2.2\nnameserver 192.0.2.3\n"
		  "nameserver 192.0.2.4\n",
		  3,
		  { "2001:db8::1", "192.0.2.2", "192.0.2.3" } },
		{ "nameserver 1111:2222:3333:4444:5555:6666:7777:8888:9999:0:"
		  "1111:2222:3333:4444:5555:6666:7777:8888:9999:0:1:2:3:4\n",
		  0,
		  { NULL } },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t n = resolvers_parse(list, rows[i].text);

		ck_assert_msg(n == rows[i].n, "%zu of '%s'", n, rows[i].text);
		for (size_t k = 0; k < n; k++) {
			ck_assert_str_eq(text_of(&list[k]), rows[i].addrs[k]);
			ck_assert_uint_eq(ntohs(list[k].addr.in.sin_port), 53);
		}
	}
	resolvers_parse(list, "nameserver fe80::1%lo\n");
	ck_assert_uint_eq(list[0].addr.in6.sin6_scope_id, 1);
}
END_TEST

static struct resolvers three(void)
{
	struct resolvers r = { .count = RESOLVERS_MAX };

	ck_assert_uint_eq(resolvers_parse(r.list, "nameserver 192.0.2.1\n"
						  "nameserver ::1\n"
						  "nameserver 192.0.2.3\n"),
			  3);
	return r;
}

static size_t choose(struct resolvers *r, uint64_t now_ns)
{
	return (size_t)(resolvers_choose(r, now_ns) - r->list);
}

START_TEST(who_is_silent_is_not_asked_for_a_while)
{
	struct resolvers r = three();

	ck_assert_uint_eq(choose(&r, 100 * SECOND), 0);
	ck_assert_uint_eq(choose(&r, 101 * SECOND), 0);
	ck_assert_uint_eq(choose(&r, 102 * SECOND), 1);
	ck_assert(resolvers_answered(&r, &r.list[1].addr));
	ck_assert_uint_eq(choose(&r, 110 * SECOND), 1);
	ck_assert(resolvers_answered(&r, &r.list[1].addr));
	/* A late answer is one. */
	ck_assert(resolvers_answered(&r, &r.list[0].addr));
	ck_assert_uint_eq(choose(&r, 111 * SECOND), 0);
	ck_assert_uint_eq(choose(&r, 113 * SECOND), 1);
	/* It gets another chance. */
	ck_assert_uint_eq(choose(&r, 141 * SECOND), 0);
}
END_TEST

START_TEST(who_cannot_be_reached_is_not_asked_at_all)
{
	struct resolvers r = three();

	ck_assert_uint_eq(choose(&r, 100 * SECOND), 0);
	ck_assert(resolvers_failed(&r, &r.list[0].addr, 100 * SECOND));
	ck_assert_uint_eq(choose(&r, 100 * SECOND), 1);
	ck_assert(resolvers_failed(&r, &r.list[1].addr, 100 * SECOND));
	ck_assert_uint_eq(choose(&r, 100 * SECOND), 2);
	/* Then there is nobody else, but they are all asked in turn. */
	ck_assert(!resolvers_failed(&r, &r.list[2].addr, 101 * SECOND));
	ck_assert_uint_eq(choose(&r, 101 * SECOND), 0);
	ck_assert_uint_eq(choose(&r, 103 * SECOND), 1);
	ck_assert_uint_eq(choose(&r, 105 * SECOND), 2);
}
END_TEST

START_TEST(strangers_are_none_of_them)
{
	struct resolvers r = three();
	union net_sockaddr other = r.list[0].addr;

	other.in.sin_port = htons(54);
	ck_assert(!resolvers_answered(&r, &other));
	ck_assert(!resolvers_failed(&r, &other, SECOND));
	other = r.list[0].addr;
	other.in.sin_addr.s_addr ^= htonl(7);
	ck_assert(!resolvers_answered(&r, &other));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_file_is_read_as_libc_reads_it,
		who_is_silent_is_not_asked_for_a_while,
		who_cannot_be_reached_is_not_asked_at_all,
		strangers_are_none_of_them,
		NULL,
	};

	return unit_run(unit_suite("resolvers", tests));
}
