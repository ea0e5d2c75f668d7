/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "base/util.h"
#include "devices/firewall/packet.h"
#include "devices/net/pcapng.h"
#include "tests/unit.h"

struct output {
	size_t len;
	unsigned calls;
	uint8_t bytes[1 << 20];
};

static struct output out;

static void take(void *arg, const void *buf, size_t len)
{
	struct output *o = arg;

	ck_assert_uint_le(len, sizeof(o->bytes) - o->len);
	memcpy(o->bytes + o->len, buf, len);
	o->len += len;
	o->calls++;
}

static const struct pcapng pcapng = { .write = take, .arg = &out };

/* The block at *@at, checked for form; its length is added to *@at. */
static const uint8_t *next_block(size_t *at, uint32_t type)
{
	const uint8_t *block = out.bytes + *at;
	uint32_t len = get_le32(block + 4);

	ck_assert_uint_eq(get_le32(block), type);
	ck_assert_uint_eq(len % 4, 0);
	ck_assert_uint_le(*at + len, out.len);
	ck_assert_uint_eq(get_le32(block + len - 4), len);
	*at += len;
	return block;
}

/* The option @code's value among those that begin at @p, or NULL. */
static const uint8_t *find_option(const uint8_t *p, uint16_t code, uint16_t len)
{
	while (get_le16(p) != 0) {
		if (get_le16(p) == code) {
			ck_assert_uint_eq(get_le16(p + 2), len);
			return p + 4;
		}
		p += 4 + ALIGN_UP((size_t)get_le16(p + 2), 4);
	}
	return NULL;
}

START_TEST(it_begins_with_a_section_and_an_interface)
{
	size_t at = 0;
	const uint8_t *b;

	pcapng_begin(&pcapng);
	b = next_block(&at, 0x0a0d0d0a);
	ck_assert_uint_eq(get_le32(b + 8), 0x1a2b3c4d);
	ck_assert_uint_eq(get_le16(b + 12), 1);
	ck_assert_uint_eq(get_le16(b + 14), 0);
	ck_assert(get_le64(b + 16) == UINT64_MAX);
	b = next_block(&at, 1);
	ck_assert_uint_eq(get_le16(b + 8), 1);
	ck_assert_uint_eq(*find_option(b + 16, 9, 1), 9);
	ck_assert_uint_eq(at, out.len);
}
END_TEST

START_TEST(frames_have_time_and_direction)
{
	static const size_t lens[] = { 60, 61, 62, 63, ETHER_MAX };
	uint64_t time = UINT64_C(1700000000123456789);
	static uint8_t frame[ETHER_MAX];
	size_t at = 0;

	for (size_t i = 0; i < sizeof(frame); i++)
		frame[i] = (uint8_t)i;
	for (unsigned i = 0; i < ARRAY_SIZE(lens); i++)
		pcapng_frame(&pcapng, i % 2, time + i, frame, lens[i]);
	ck_assert_uint_eq(out.calls, ARRAY_SIZE(lens));
	for (unsigned i = 0; i < ARRAY_SIZE(lens); i++) {
		const uint8_t *b = next_block(&at, 6);
		size_t padded = ALIGN_UP(lens[i], 4);

		ck_assert_uint_eq(get_le32(b + 8), 0);
		ck_assert(((uint64_t)get_le32(b + 12) << 32 |
			   get_le32(b + 16)) == time + i);
		ck_assert_uint_eq(get_le32(b + 20), lens[i]);
		ck_assert_uint_eq(get_le32(b + 24), lens[i]);
		ck_assert_mem_eq(b + 28, frame, lens[i]);
		ck_assert_uint_eq(get_le32(find_option(b + 28 + padded, 2, 4)),
				  i % 2 ? 1 : 2);
	}
	ck_assert_uint_eq(at, out.len);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		it_begins_with_a_section_and_an_interface,
		frames_have_time_and_direction,
		NULL,
	};

	return unit_run(unit_suite("pcapng", tests));
}
