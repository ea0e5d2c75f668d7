/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What old versions of libslirp are spared, and newer ones are not.
 */
#include "devices/firewall/libslirp_faults.h"
#include "tests/net_judge.h"

enum { NEXT = 0xffffff00 };

/* What includes or ends before the sequence number 0 passes only in order,
 * with nothing queued, of an established connection known from the first. */
START_TEST(segments_across_zero_are_taken_at_once_or_not_at_all)
{
	judge_setup();
	judge_acknowledge(1, TCP_SYN, NEXT);
	ck_assert(judge_segment(1, 0, NEXT, 256));
	/* Something is queued now. */
	ck_assert(judge_segment(1, 0, NEXT + 10, 5));
	ck_assert(!judge_segment(1, 0, NEXT, 256));
	ck_assert(judge_segment(1, 0, NEXT, 257));
	ck_assert(judge_segment(1, 0, NEXT, 255));
	judge_acknowledge(1, 0, NEXT + 255);
	ck_assert(judge_segment(1, 0, 0xffffffff, 1));
	ck_assert(judge_segment(1, 0, 0xffffffff, 1000));
	/* Out of order; again from before. */
	judge_acknowledge(1, 0, NEXT);
	ck_assert(!judge_segment(1, 0, NEXT + 1, 255));
	ck_assert(!judge_segment(1, 0, NEXT + 1, 1000));
	ck_assert(judge_segment(1, 0, NEXT - 10, 266));
	ck_assert(!judge_segment(1, TCP_FIN, 0, 0));
	ck_assert(judge_segment(1, 0, NEXT, 256));
	established = false;
	ck_assert(!judge_segment(1, 0, NEXT, 256));
	ck_assert(judge_segment(1, 0, NEXT, 255));
	established = true;
	/* An end alone. */
	judge_acknowledge(1, 0, 0);
	ck_assert(judge_segment(1, TCP_FIN, 0, 0));
	established = false;
	ck_assert(!judge_segment(1, TCP_FIN, 0, 0));
	ck_assert(judge_segment(1, TCP_FIN, 0, 1));
	/* One that is known only from later on. */
	judge_setup();
	judge_acknowledge(1, 0, NEXT);
	ck_assert(!judge_segment(1, 0, NEXT, 256));
	ck_assert(judge_segment(1, 0, NEXT, 257));
	ck_assert(judge_segment(1, 0, NEXT, 255));
	/* One of which something is queued behind 0. */
	judge_setup();
	judge_acknowledge(1, TCP_SYN, NEXT);
	ck_assert(judge_segment(1, 0, 3, 10));
	ck_assert(!judge_segment(1, 0, NEXT, 256));
	ck_assert(judge_segment(1, 0, NEXT, 257));
}
END_TEST

/* One that libslirp drops by its checksum is refused without asking it, which
 * takes long. */
START_TEST(damaged_segments_across_zero_are_cheap)
{
	judge_setup();
	judge_acknowledge(1, TCP_SYN, NEXT);
	ck_assert(judge_segment(1, 0, NEXT, 256));
	ck_assert_uint_eq(times_asked, 1);
	guest_payload(frame, judge_addr_len)[16] ^= 1;
	ck_assert(
		!judge((size_t)(guest_payload(frame, judge_addr_len) - frame) +
		       TCP_HEADER + 256));
	ck_assert_uint_eq(times_asked, 1);
}
END_TEST

/* A connection is not established any more when the host's side has ended. */
START_TEST(segments_across_zero_may_be_queued_for_a_moment)
{
	judge_setup();
	established = false;
	judge_tell(1, TCP_SYN, NEXT, 1000);
	ck_assert(!judge_segment(1, 0, NEXT, 256));
	ck_assert(judge_segment(1, 0, NEXT, 257));
	ck_assert(judge_segment(1, TCP_FIN, NEXT, 1000));
	/* It may be cut at 0. */
	ck_assert(!judge_segment(1, 0, NEXT, 1001));
	ck_assert(!judge_segment(1, 0, NEXT + 1, 500));
	judge_addr_len = 16;
	s.faults.mtu = 1500;
	judge_tell(1, TCP_SYN, NEXT, 65535);
	ck_assert(judge_segment(1, 0, NEXT, 1440));
	ck_assert(!judge_segment(1, 0, NEXT, 1441));
	judge_addr_len = 4;
}
END_TEST

/* What libslirp has taken is no reason to refuse what comes next. */
START_TEST(what_was_taken_across_zero_comes_again)
{
	for (unsigned i = 0; i < 2; i++) {
		judge_setup();
		judge_acknowledge(1, TCP_SYN, NEXT);
		ck_assert(judge_segment(1, 0, NEXT, 500));
		established = i;
		judge_acknowledge(1, 0, NEXT + 500);
		ck_assert(judge_segment(1, 0, NEXT, 500));
		ck_assert(judge_segment(1, 0, NEXT, 256));
		ck_assert(judge_segment(1, 0, NEXT, 1000));
		ck_assert(judge_segment(1, TCP_FIN, NEXT, 256));
		ck_assert(judge_segment(1, 0, NEXT + 500, 500));
		/* A question whether anybody is there; an end is new. */
		judge_acknowledge(1, 0, 0);
		ck_assert(judge_segment(1, 0, 0xffffffff, 1));
		ck_assert(judge_segment(1, 0, 0, 1));
		ck_assert_int_eq(judge_segment(1, TCP_FIN, NEXT, 256), i);
	}
}
END_TEST

/* Of a connection that was forgotten nothing is queued from before when it
 * has gone on for long enough. */
START_TEST(a_connection_is_known_again_after_a_while)
{
	judge_setup();
	judge_acknowledge(1, 0, NEXT - CONNTRACK_WINDOW);
	judge_acknowledge(1, 0, NEXT);
	ck_assert(!judge_segment(1, 0, NEXT, 256));
	judge_acknowledge(1, 0, NEXT + 1);
	ck_assert(judge_segment(1, 0, NEXT + 1, 255));
}
END_TEST

/* Of a connection that the host has ended: it needs the marker, which must not
 * be taken for the guest's end. */
START_TEST(a_segment_that_ends_at_zero_may_have_a_marker)
{
	judge_setup();
	established = false;
	judge_acknowledge(1, TCP_SYN, NEXT);
	ck_assert(!judge_segment(1, 0, NEXT, 256));
	/* There has to be room for it. */
	judge_tell(1, TCP_FIN, NEXT, 257);
	ck_assert(!judge_segment(1, 0, NEXT, 256));
	judge_tell(1, 0, NEXT, 1000);
	ck_assert(!judge_segment(1, 0, NEXT + 1, 255));
	ck_assert(judge_segment(1, 0, NEXT, 256));
	ck_assert_int_eq(p.flow->faults.marker, MARKER_WANTED);
	ck_assert_uint_eq(s.conntrack.held, 1);
	ck_assert(judge_segment(1, 0, NEXT, 256));
	/* Where it is, by data. */
	ck_assert(!judge_segment(1, 0, NEXT, 257));
	judge_acknowledge(1, 0, 0);
	ck_assert(!judge_segment(1, 0, 0, 1));
	ck_assert(judge_segment(1, 0, 0, 2));
	judge_acknowledge(1, 0, 2);
	ck_assert_int_eq(p.flow->faults.marker, MARKER_NONE);
	ck_assert_uint_eq(s.conntrack.held, 0);
}
END_TEST

START_TEST(where_the_marker_is_the_guest_may_end)
{
	judge_setup();
	established = false;
	judge_acknowledge(1, TCP_SYN, NEXT);
	judge_acknowledge(1, TCP_FIN, NEXT);
	ck_assert(judge_segment(1, 0, NEXT, 256));
	judge_acknowledge(1, 0, 0);
	ck_assert(!judge_segment(1, 0, 0, 1));
	ck_assert(judge_segment(1, TCP_FIN, 1, 0));
	ck_assert(judge_segment(1, 0, 0, 1));
}
END_TEST

/* Nor by one of the pieces into which it is cut. */
START_TEST(what_is_cut_does_not_cross_the_marker)
{
	judge_setup();
	established = false;
	judge_addr_len = 16;
	s.faults.mtu = 1500;
	judge_acknowledge(1, TCP_SYN, NEXT);
	judge_acknowledge(1, TCP_FIN, NEXT);
	ck_assert(judge_segment(1, 0, NEXT, 256));
	ck_assert(!judge_segment(1, 0, 0, 1441));
	ck_assert(judge_segment(1, 0, 0, 1440));
	judge_addr_len = 4;
}
END_TEST

START_TEST(what_follows_zero_waits_for_it)
{
	judge_setup();
	judge_acknowledge(1, TCP_SYN, NEXT - 1000);
	/* A window's worth: the second has to wait for the first. */
	ck_assert(judge_segment(1, 0, NEXT - 1000, 500));
	ck_assert(judge_segment(1, 0, NEXT - 500, 500));
	ck_assert(!judge_segment(1, 0, NEXT, 500));
	ck_assert(!judge_segment(1, 0, NEXT + 500, 500));
	judge_acknowledge(1, 0, NEXT);
	/* Nothing is queued that would keep it out. */
	ck_assert(!judge_segment(1, 0, NEXT + 1000, 500));
	ck_assert_uint_eq(s.conntrack.held, 0);
	ck_assert(judge_segment(1, 0, NEXT, 500));
	ck_assert(judge_segment(1, 0, NEXT + 500, 500));
	/* A connection of the same ports begins without it. */
	judge_acknowledge(1, 0, NEXT + 1000);
	judge_acknowledge(1, TCP_SYN, NEXT - 1);
	ck_assert(!judge_segment(1, 0, NEXT, 500));
	judge_acknowledge(1, TCP_SYN, NEXT);
	ck_assert(judge_segment(1, 0, NEXT + 1, 50));
}
END_TEST

/* All flags and pointers: the checksum is right afterwards, wrong if it was
 * wrong before, and nothing else has changed. */
START_TEST(urgent_data_becomes_ordinary)
{
	for (unsigned i = 0; i < 4096; i++) {
		size_t addr_len = i % 2 ? 4 : 16, len;
		uint8_t *tcp, was[40];
		bool wrong = i % 16 == 5;

		judge_setup();
		tcp = guest_payload(frame, addr_len);
		tcp[13] = (uint8_t)((i >> 4) & ~TCP_SYN) | TCP_ACK;
		put_be16(tcp + 18, (uint16_t)(i * 16411));
		memcpy(tcp + 20, "some payload", 12);
		len = judge_build(i % 2 ? away : away6, addr_len, PROTOCOL_TCP,
				  40);
		tcp[16] ^= wrong;
		memcpy(was, tcp, sizeof(was));
		ck_assert(judge(len));
		ck_assert_uint_eq(tcp[13], was[13] & ~TCP_URG);
		ck_assert_uint_eq(get_be16(tcp + 18), 0);
		ck_assert_mem_eq(tcp, was, 13);
		ck_assert_mem_eq(tcp + 20, was + 20, 20);
		ck_assert_int_eq(guest_sums_ok(&p), !wrong);
	}
}
END_TEST

static bool has(const char *version, enum libslirp_fault fault)
{
	struct libslirp_faults faults;

	libslirp_faults_init(&faults, version);
	return faults.has[fault];
}

START_TEST(each_fault_is_mended_in_a_version)
{
	static const char *const all[] = { "4.7.0", "3.99.99", "4.7.99-dirty",
					   "unknown", "" };
	static const char *const none[] = { "4.9.2", "4.9.2-1", "4.9.10",
					    "4.10.0", "5.0" };
	struct libslirp_faults faults;

	for (unsigned i = 0; i < ARRAY_SIZE(all); i++) {
		ck_assert(has(all[i], FAULT_ZERO));
		ck_assert(has(all[i], FAULT_URGENT));
	}
	for (unsigned i = 0; i < ARRAY_SIZE(none); i++) {
		libslirp_faults_init(&faults, none[i]);
		ck_assert(!libslirp_faults_any(&faults));
	}
	ck_assert(!has("4.8.0", FAULT_ZERO));
	ck_assert(has("4.8.0", FAULT_URGENT));
	ck_assert(has("4.9.1", FAULT_URGENT));
	libslirp_faults_init(&faults, "4.9.1");
	ck_assert(libslirp_faults_any(&faults));
}
END_TEST

/* A segment that libslirp would have to queue and that ends at 0. */
static bool passes_zero(const char *version)
{
	judge_setup();
	libslirp_faults_init(&s.faults, version);
	judge_acknowledge(1, TCP_SYN, NEXT);
	return judge_segment(1, 0, NEXT + 6, 250);
}

static bool stays_urgent(const char *version)
{
	judge_setup();
	libslirp_faults_init(&s.faults, version);
	judge_acknowledge(1, TCP_SYN, 1);
	ck_assert(judge_segment(1, TCP_URG, 1, 10));
	ck_assert(guest_sums_ok(&p));
	ck_assert_uint_eq(s.faults.urgent, !(p.payload[13] & TCP_URG));
	return p.payload[13] & TCP_URG;
}

START_TEST(newer_versions_are_spared_nothing)
{
	ck_assert(!passes_zero("4.7.0"));
	ck_assert(passes_zero("4.8.0"));
	ck_assert_uint_eq(times_asked, 0);
	ck_assert(!stays_urgent("4.7.0"));
	ck_assert(!stays_urgent("4.9.1"));
	ck_assert(stays_urgent("4.9.2"));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		segments_across_zero_are_taken_at_once_or_not_at_all,
		damaged_segments_across_zero_are_cheap,
		segments_across_zero_may_be_queued_for_a_moment,
		what_was_taken_across_zero_comes_again,
		a_connection_is_known_again_after_a_while,
		a_segment_that_ends_at_zero_may_have_a_marker,
		where_the_marker_is_the_guest_may_end,
		what_is_cut_does_not_cross_the_marker,
		what_follows_zero_waits_for_it,
		urgent_data_becomes_ordinary,
		each_fault_is_mended_in_a_version,
		newer_versions_are_spared_nothing,
		NULL,
	};

	return unit_run(unit_suite("libslirp_faults", tests));
}
