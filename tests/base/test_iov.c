/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes in pieces that lie apart, with other bytes between them. */
#include "base/iov.h"

#include <string.h>

#include "base/util.h"
#include "tests/unit.h"

enum { PIECES = 4, BYTES = 10 };

static uint8_t memory[64];
static struct iovec iov[PIECES];

/* 0 to 9 in pieces of 1, 4, 2 and 3 bytes, and 0xee all around. */
static void set_up(void)
{
	static const size_t lens[PIECES] = { 1, 4, 2, 3 };
	uint8_t *at = memory + 5, byte = 0;

	memset(memory, 0xee, sizeof(memory));
	for (unsigned i = 0; i < PIECES; i++, at += 5) {
		iov[i] = (struct iovec){ at, lens[i] };
		for (size_t n = lens[i]; n > 0; n--)
			*at++ = byte++;
	}
}

START_TEST(gathers)
{
	uint8_t to[16];

	set_up();
	ck_assert_uint_eq(iov_bytes(iov, PIECES), BYTES);
	for (size_t len = 0; len <= sizeof(to); len++) {
		size_t there = MIN(len, BYTES);

		memset(to, 0xcc, sizeof(to));
		ck_assert_uint_eq(iov_gather(to, len, iov, PIECES), there);
		for (size_t i = 0; i < sizeof(to); i++)
			ck_assert_uint_eq(to[i], i < there ? i : 0xcc);
	}
}
END_TEST

START_TEST(scatters)
{
	uint8_t from[16], to[16];

	for (size_t i = 0; i < sizeof(from); i++)
		from[i] = (uint8_t)(100 + i);
	for (size_t len = 0; len <= sizeof(from); len++) {
		size_t there = MIN(len, BYTES), others = 0;

		set_up();
		ck_assert_uint_eq(iov_scatter(iov, PIECES, from, len), there);
		iov_gather(to, BYTES, iov, PIECES);
		for (size_t i = 0; i < BYTES; i++)
			ck_assert_uint_eq(to[i], i < there ? 100 + i : i);
		for (size_t i = 0; i < sizeof(memory); i++)
			others += memory[i] == 0xee;
		ck_assert_uint_eq(others, sizeof(memory) - BYTES);
	}
}
END_TEST

START_TEST(skips)
{
	for (size_t len = 0; len <= 12; len++) {
		size_t left = BYTES - MIN(len, BYTES);
		struct iovec *at = iov;
		uint32_t n = PIECES;
		uint8_t to[16];

		set_up();
		iov_skip(&at, &n, len);
		ck_assert_uint_eq(iov_bytes(at, n), left);
		ck_assert_uint_eq(iov_gather(to, sizeof(to), at, n), left);
		for (size_t i = 0; i < left; i++)
			ck_assert_uint_eq(to[i], BYTES - left + i);
		ck_assert_int_eq(n == 0, left == 0);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { gathers, scatters, skips, NULL };

	return unit_run(unit_suite("iov", tests));
}
