/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "devices/firewall/segment.h"
#include "tests/net_judge.h"

START_TEST(a_large_segment_is_cut_up_whole)
{
	static const size_t sizes[] = { 0, 1, 1220, 1221, 60000 };
	static uint8_t out[ETHER_HEADER + 1280], got[60000];

	for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++) {
		uint8_t *tcp = guest_payload(frame, 16);
		size_t total = 0, len, n = 0;
		struct packet whole, part;

		judge_setup();
		for (size_t k = 0; k < sizes[i]; k++)
			tcp[TCP_HEADER + k] = (uint8_t)(k * 7);
		put_be32(tcp + 4, 0xfffffff0);
		tcp[13] = TCP_ACK | TCP_PSH | TCP_FIN;
		len = judge_build(away6, 16, PROTOCOL_TCP,
				  TCP_HEADER + sizes[i]);
		ck_assert_int_eq(packet_parse(&whole, frame, len), PACKET_OK);
		while ((len = segment_tcp6(&whole, 1280, n, out))) {
			bool last;

			ck_assert_int_eq(packet_parse(&part, out, len),
					 PACKET_OK);
			ck_assert_uint_eq(part.len, len);
			ck_assert(guest_sums_ok(&part));
			ck_assert_uint_eq(get_be32(part.payload + 4),
					  0xfffffff0 + (uint32_t)total);
			memcpy(got + total, part.payload + TCP_HEADER,
			       part.payload_len - TCP_HEADER);
			total += part.payload_len - TCP_HEADER;
			last = total == sizes[i];
			ck_assert_uint_eq(part.payload[13],
					  last ? TCP_ACK | TCP_PSH | TCP_FIN :
						 TCP_ACK);
			n++;
		}
		ck_assert_uint_eq(total, sizes[i]);
		ck_assert_uint_eq(n, MAX((sizes[i] + 1219) / 1220, (size_t)1));
		ck_assert(!total || memcmp(got, tcp + TCP_HEADER, total) == 0);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_large_segment_is_cut_up_whole,
		NULL,
	};

	return unit_run(unit_suite("segment", tests));
}
