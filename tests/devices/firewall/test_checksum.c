/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdint.h>

#include "base/util.h"
#include "devices/firewall/checksum.h"
#include "tests/unit.h"

/* As RFC 1071 defines it, word by word. */
static uint16_t slow(const uint8_t *p, size_t len)
{
	uint32_t sum = 0;
	uint16_t word;

	for (; len > 1; p += 2, len -= 2) {
		memcpy(&word, p, 2);
		sum += word;
		sum = (sum & 0xffff) + (sum >> 16);
	}
	if (len)
		sum += *p;
	return (uint16_t) ~((sum & 0xffff) + (sum >> 16));
}

static void fill(uint8_t *p, size_t len)
{
	uint32_t x = 12345;

	for (size_t i = 0; i < len; i++) {
		x = x * 1103515245 + 12345;
		p[i] = (uint8_t)(x >> 16);
	}
}

START_TEST(sums_are_those_of_the_definition)
{
	static uint8_t buf[70000];

	fill(buf, sizeof(buf));
	for (size_t len = 0; len < 300; len++)
		for (size_t at = 0; at < 9; at++)
			ck_assert_uint_eq(checksum(buf + at, len),
					  slow(buf + at, len));
	ck_assert_uint_eq(checksum(buf, sizeof(buf)), slow(buf, sizeof(buf)));
	memset(buf, 0xff, sizeof(buf));
	ck_assert_uint_eq(checksum(buf, sizeof(buf)), slow(buf, sizeof(buf)));
}
END_TEST

START_TEST(a_sum_can_be_made_of_parts)
{
	uint8_t buf[200];

	fill(buf, sizeof(buf));
	for (size_t at = 0; at <= sizeof(buf); at += 2) {
		uint64_t sum = checksum_add(0, buf, at);

		sum = checksum_add(sum, buf + at, sizeof(buf) - at);
		ck_assert_uint_eq((uint16_t)~checksum_fold(sum),
				  slow(buf, sizeof(buf)));
	}
}
END_TEST

START_TEST(an_update_is_as_good_as_a_new_sum)
{
	uint8_t buf[64];
	uint16_t old, sum;

	fill(buf, sizeof(buf));
	for (uint32_t new = 0; new < 65536; new ++) {
		uint16_t word = (uint16_t) new;

		sum = checksum(buf, sizeof(buf));
		memcpy(&old, buf + 10, 2);
		memcpy(buf + 10, &word, 2);
		ck_assert_uint_eq(checksum_update(sum, old, word),
				  slow(buf, sizeof(buf)));
	}
}
END_TEST

START_TEST(a_checksum_is_completed)
{
	uint8_t frame[100];
	uint16_t pseudo = 0x1234;

	fill(frame, sizeof(frame));
	memcpy(frame + 50, &pseudo, 2);
	ck_assert_int_eq(checksum_complete(frame, sizeof(frame), 34, 16), 0);
	/* The sum over all with the pseudo-header's is then right. */
	ck_assert_uint_eq(checksum_fold(checksum_add(pseudo, frame + 34, 66)),
			  0xffff);
}
END_TEST

START_TEST(a_completed_checksum_is_never_zero)
{
	uint8_t frame[42] = { 0 };
	uint16_t field = 0xffff;

	memcpy(frame + 40, &field, 2);
	ck_assert_int_eq(checksum_complete(frame, sizeof(frame), 34, 6), 0);
	memcpy(&field, frame + 40, 2);
	ck_assert_uint_eq(field, 0xffff);
}
END_TEST

START_TEST(a_field_outside_the_frame_is_refused)
{
	uint8_t frame[64] = { 0 };
	const size_t bad[][2] = { { 64, 0 },	   { 65, 0 },	   { 0, 63 },
				  { 62, 1 },	   { 63, 0 },	   { 0, 64 },
				  { SIZE_MAX, 2 }, { 2, SIZE_MAX } };

	for (unsigned i = 0; i < ARRAY_SIZE(bad); i++)
		ck_assert_int_eq(checksum_complete(frame, sizeof(frame),
						   bad[i][0], bad[i][1]),
				 -EINVAL);
	ck_assert_int_eq(checksum_complete(frame, sizeof(frame), 62, 0), 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		sums_are_those_of_the_definition,
		a_sum_can_be_made_of_parts,
		an_update_is_as_good_as_a_new_sum,
		a_checksum_is_completed,
		a_completed_checksum_is_never_zero,
		a_field_outside_the_frame_is_refused,
		NULL,
	};

	return unit_run(unit_suite("checksum", tests));
}
