/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/platform/rtc.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sys/timerfd.h>

#include "base/mem.h"
#include "base/util.h"
#include "devices/platform/rtc_time.h"
#include "tests/fake_board.h"
#include "tests/fake_clock.h"
#include "tests/unit.h"

/* 2024-02-28 23:59:58, a Wednesday. */
#define LEAP_EVE INT64_C(1709164798)

struct rig {
	struct bus bus;
	struct loop loop;
	struct mem mem;
	struct board board;
	struct rtc rtc;
};

static void rig_init(struct rig *rig)
{
	bus_init(&rig->bus, "port");
	ck_assert_int_eq(loop_init(&rig->loop), 0);
	rig->mem = (struct mem){ .region = { { 0, 256 * MIB, NULL } },
				 .n_regions = 1,
				 .size = 256 * MIB };
	rig->board = (struct board){ .port = &rig->bus,
				     .mem = &rig->mem,
				     .loop = &rig->loop,
				     .inputs = &fake_inputs };
	ck_assert_int_eq(rtc_part.make(&rig->rtc, &rig->board, NULL), 0);
}

static void rig_free(struct rig *rig)
{
	fake_clock.set = false;
	rtc_part.drop(&rig->rtc, &rig->board);
	loop_free(&rig->loop);
	bus_free(&rig->bus);
}

static unsigned get(struct rig *rig, uint8_t reg)
{
	bus_write(&rig->bus, RTC_BASE, 1, reg);
	return (unsigned)bus_read(&rig->bus, RTC_BASE + 1, 1);
}

static void set(struct rig *rig, uint8_t reg, unsigned value)
{
	bus_write(&rig->bus, RTC_BASE, 1, reg);
	bus_write(&rig->bus, RTC_BASE + 1, 1, value);
}

/* Interrupts since the last call. */
static unsigned interrupts(struct rig *rig)
{
	uint64_t count;

	if (read(rig->rtc.irq.fd, &count, sizeof(count)) < 0)
		return 0;
	return (unsigned)count;
}

static bool timer_armed(struct rig *rig)
{
	struct itimerspec it;

	ck_assert_int_eq(timerfd_gettime(rig->rtc.timer.fd, &it), 0);
	return it.it_value.tv_sec || it.it_value.tv_nsec;
}

static void check_time(struct rig *rig, unsigned day, unsigned hour,
		       unsigned min, unsigned sec)
{
	ck_assert_uint_eq(get(rig, RTC_DAY), day);
	ck_assert_uint_eq(get(rig, RTC_HOURS), hour);
	ck_assert_uint_eq(get(rig, RTC_MINUTES), min);
	ck_assert_uint_eq(get(rig, RTC_SECONDS), sec);
}

START_TEST(shows_the_hosts_utc)
{
	struct rig rig;

	fake_clock_set(LEAP_EVE);
	rig_init(&rig);
	check_time(&rig, 0x28, 0x23, 0x59, 0x58);
	ck_assert_uint_eq(get(&rig, RTC_CENTURY), 0x20);
	ck_assert_uint_eq(get(&rig, RTC_YEAR), 0x24);
	ck_assert_uint_eq(get(&rig, RTC_MONTH), 0x02);
	ck_assert_uint_eq(get(&rig, RTC_WEEKDAY), 4);
	fake_clock_advance(2 * FAKE_SECOND);
	check_time(&rig, 0x29, 0, 0, 0);
	rig_free(&rig);
}
END_TEST

START_TEST(registers_at_power_on)
{
	struct rig rig;

	fake_clock_set(LEAP_EVE);
	rig_init(&rig);
	ck_assert_uint_eq(get(&rig, RTC_A), 0x26);
	ck_assert_uint_eq(get(&rig, RTC_B), RTC_24H);
	ck_assert_uint_eq(get(&rig, RTC_C), 0);
	ck_assert_uint_eq(get(&rig, RTC_D), RTC_VRT);
	set(&rig, RTC_C, 0xff);
	set(&rig, RTC_D, 0);
	ck_assert_uint_eq(get(&rig, RTC_C), 0);
	ck_assert_uint_eq(get(&rig, RTC_D), RTC_VRT);
	ck_assert_uint_eq(bus_read(&rig.bus, RTC_BASE, 1), 0xff);
	rig_free(&rig);
}
END_TEST

START_TEST(cmos_ram_and_the_nmi_bit)
{
	struct rig rig;

	rig_init(&rig);
	for (unsigned i = 0x40; i < 0x80; i++)
		set(&rig, (uint8_t)i, i ^ 0x5a);
	for (unsigned i = 0x40; i < 0x80; i++)
		ck_assert_uint_eq(get(&rig, (uint8_t)(i | 0x80)), i ^ 0x5a);
	/* A word: the index, then the data. */
	bus_write(&rig.bus, RTC_BASE, 2, 0x7740);
	ck_assert_uint_eq(get(&rig, 0x40), 0x77);
	ck_assert_uint_eq(bus_read(&rig.bus, RTC_BASE, 2), 0x77ff);
	/* Wider ones reach past the device. */
	bus_write(&rig.bus, RTC_BASE, 4, 0x12347841);
	ck_assert_uint_eq(bus_read(&rig.bus, RTC_BASE, 4), 0xffff78ff);
	rig_free(&rig);
}
END_TEST

static unsigned cmos16(struct rig *rig, uint8_t reg)
{
	return get(rig, reg) | get(rig, reg + 1) << 8;
}

static void reinit(struct rig *rig)
{
	rtc_part.drop(&rig->rtc, &rig->board);
	ck_assert_int_eq(rtc_part.make(&rig->rtc, &rig->board, NULL), 0);
}

START_TEST(memory_size_as_a_bios_leaves_it)
{
	struct rig rig;

	rig_init(&rig);
	ck_assert_uint_eq(cmos16(&rig, 0x15), 640);
	ck_assert_uint_eq(cmos16(&rig, 0x17), 0xffff);
	ck_assert_uint_eq(cmos16(&rig, 0x30), 0xffff);
	ck_assert_uint_eq(cmos16(&rig, 0x34), 240 * 16);
	ck_assert_uint_eq(cmos16(&rig, 0x5b), 0);
	rig.mem.region[0].size = 16 * MIB;
	reinit(&rig);
	ck_assert_uint_eq(cmos16(&rig, 0x17), 15 * 1024);
	ck_assert_uint_eq(cmos16(&rig, 0x34), 0);
	rig.mem.region[0].size = MEM_HOLE_START;
	rig.mem.region[1] = (struct mem_region){ 4 * GIB, 5 * GIB, NULL };
	rig.mem.n_regions = 2;
	reinit(&rig);
	ck_assert_uint_eq(cmos16(&rig, 0x34), (3 * 1024 - 16) * 16);
	ck_assert_uint_eq(cmos16(&rig, 0x5b), 0x4000);
	ck_assert_uint_eq(get(&rig, 0x5d), 1);
	rig.mem.region[1].size = 2048 * 1024 * GIB;
	reinit(&rig);
	ck_assert_uint_eq(cmos16(&rig, 0x5b), 0xffff);
	ck_assert_uint_eq(get(&rig, 0x5d), 0xff);
	rig_free(&rig);
}
END_TEST

/* As Linux sets the clock: 2001-02-03 04:05:06. */
static void set_time(struct rig *rig)
{
	unsigned a = get(rig, RTC_A) & 0x7f, b = get(rig, RTC_B);

	set(rig, RTC_B, b | RTC_SET);
	set(rig, RTC_A, (a & ~RTC_DIV) | 0x70);
	set(rig, RTC_YEAR, 0x01);
	set(rig, RTC_MONTH, 0x02);
	set(rig, RTC_DAY, 0x03);
	set(rig, RTC_HOURS, 0x04);
	set(rig, RTC_MINUTES, 0x05);
	set(rig, RTC_SECONDS, 0x06);
	set(rig, RTC_CENTURY, 0x20);
	set(rig, RTC_B, b);
	set(rig, RTC_A, a);
}

START_TEST(the_guest_sets_the_time)
{
	struct rig rig;

	fake_clock_set(LEAP_EVE);
	fake_clock_advance(123456789);
	rig_init(&rig);
	set_time(&rig);
	check_time(&rig, 0x03, 0x04, 0x05, 0x06);
	ck_assert_uint_eq(get(&rig, RTC_WEEKDAY), 7);
	/* The first update is half a second after the divider's reset. */
	fake_clock_advance(FAKE_SECOND / 2 - 1);
	check_time(&rig, 0x03, 0x04, 0x05, 0x06);
	fake_clock_advance(1);
	check_time(&rig, 0x03, 0x04, 0x05, 0x07);
	fake_clock_advance(86400 * FAKE_SECOND);
	check_time(&rig, 0x04, 0x04, 0x05, 0x07);
	rig_free(&rig);
}
END_TEST

START_TEST(set_stops_the_clock_and_keeps_its_phase)
{
	struct rig rig;

	fake_clock_set(LEAP_EVE);
	fake_clock_advance(FAKE_SECOND / 4);
	rig_init(&rig);
	set(&rig, RTC_B, RTC_24H | RTC_SET);
	fake_clock_advance(10 * FAKE_SECOND);
	check_time(&rig, 0x28, 0x23, 0x59, 0x58);
	ck_assert_uint_eq(get(&rig, RTC_A) & RTC_UIP, 0);
	set(&rig, RTC_B, RTC_24H);
	check_time(&rig, 0x28, 0x23, 0x59, 0x58);
	fake_clock_advance(FAKE_SECOND * 3 / 4 - 1);
	check_time(&rig, 0x28, 0x23, 0x59, 0x58);
	fake_clock_advance(1);
	check_time(&rig, 0x28, 0x23, 0x59, 0x59);
	rig_free(&rig);
}
END_TEST

START_TEST(a_field_is_set_while_the_clock_runs)
{
	struct rig rig;

	fake_clock_set(LEAP_EVE);
	rig_init(&rig);
	set(&rig, RTC_HOURS, 0x10);
	set(&rig, RTC_YEAR, 0x30);
	fake_clock_advance(FAKE_SECOND);
	check_time(&rig, 0x28, 0x10, 0x59, 0x59);
	ck_assert_uint_eq(get(&rig, RTC_YEAR), 0x30);
	rig_free(&rig);
}
END_TEST

START_TEST(the_format_changes_under_way)
{
	struct rig rig;

	fake_clock_set(LEAP_EVE);
	rig_init(&rig);
	set(&rig, RTC_B, RTC_BINARY);
	check_time(&rig, 28, 11 | RTC_PM, 59, 58);
	set(&rig, RTC_B, RTC_BINARY | RTC_24H);
	check_time(&rig, 28, 23, 59, 58);
	set(&rig, RTC_B, 0);
	check_time(&rig, 0x28, 0x11 | RTC_PM, 0x59, 0x58);
	rig_free(&rig);
}
END_TEST

START_TEST(uip_announces_an_update)
{
	struct rig rig;

	fake_clock_set(LEAP_EVE);
	rig_init(&rig);
	ck_assert_uint_eq(get(&rig, RTC_A), 0x26);
	fake_clock_advance(FAKE_SECOND - 2228000 - 1);
	ck_assert_uint_eq(get(&rig, RTC_A), 0x26);
	fake_clock_advance(1);
	ck_assert_uint_eq(get(&rig, RTC_A), 0xa6);
	fake_clock_advance(2228000 - 1);
	ck_assert_uint_eq(get(&rig, RTC_A), 0xa6);
	fake_clock_advance(1);
	ck_assert_uint_eq(get(&rig, RTC_A), 0x26);
	/* It cannot be written. */
	set(&rig, RTC_A, 0xa6);
	ck_assert_uint_eq(get(&rig, RTC_A), 0x26);
	rig_free(&rig);
}
END_TEST

START_TEST(a_reader_who_saw_uip_clear_is_never_torn)
{
	struct rig rig;

	fake_clock_set(LEAP_EVE + 1);
	rig_init(&rig);
	fake_clock_advance(FAKE_SECOND - 3000000);
	ck_assert_uint_eq(get(&rig, RTC_A), 0x26);
	ck_assert_uint_eq(get(&rig, RTC_SECONDS), 0x59);
	/* Descheduled over midnight. */
	fake_clock_advance(50000000);
	ck_assert_uint_eq(get(&rig, RTC_MINUTES), 0x59);
	ck_assert_uint_eq(get(&rig, RTC_HOURS), 0x23);
	ck_assert_uint_eq(get(&rig, RTC_DAY), 0x28);
	/* Looking again, it is tomorrow. */
	ck_assert_uint_eq(get(&rig, RTC_A), 0x26);
	check_time(&rig, 0x29, 0, 0, 0);
	rig_free(&rig);
}
END_TEST

START_TEST(the_picture_is_dropped_in_time)
{
	struct rig rig;

	fake_clock_set(LEAP_EVE + 1);
	rig_init(&rig);
	fake_clock_advance(FAKE_SECOND - 3000000);
	get(&rig, RTC_A);
	fake_clock_advance(100000000);
	ck_assert_uint_eq(get(&rig, RTC_DAY), 0x29);
	/* And at once by whoever learns of the update from register C. */
	fake_clock_set(LEAP_EVE + 10);
	fake_clock_advance(FAKE_SECOND - 3000000);
	get(&rig, RTC_A);
	fake_clock_advance(4000000);
	ck_assert_uint_eq(get(&rig, RTC_C) & RTC_UF, RTC_UF);
	ck_assert_uint_eq(get(&rig, RTC_SECONDS), 0x09);
	rig_free(&rig);
}
END_TEST

START_TEST(flags_are_set_without_their_enables)
{
	struct rig rig;

	fake_clock_set(LEAP_EVE);
	rig_init(&rig);
	set(&rig, RTC_SECONDS_ALARM, 0x00);
	set(&rig, RTC_MINUTES_ALARM, 0xff);
	set(&rig, RTC_HOURS_ALARM, 0xff);
	set(&rig, RTC_A, 0x2f);
	get(&rig, RTC_C);
	/* 2 Hz, on the half second. */
	fake_clock_advance(FAKE_SECOND / 2 - 1);
	ck_assert_uint_eq(get(&rig, RTC_C), 0);
	fake_clock_advance(1);
	ck_assert_uint_eq(get(&rig, RTC_C), RTC_PF);
	ck_assert_uint_eq(get(&rig, RTC_C), 0);
	fake_clock_advance(FAKE_SECOND / 2);
	ck_assert_uint_eq(get(&rig, RTC_C), RTC_PF | RTC_UF);
	fake_clock_advance(FAKE_SECOND);
	ck_assert_uint_eq(get(&rig, RTC_C), RTC_PF | RTC_UF | RTC_AF);
	ck_assert_uint_eq(interrupts(&rig), 0);
	rig_free(&rig);
}
END_TEST

START_TEST(every_periodic_rate)
{
	static const unsigned hz[16] = { 0,    256, 128, 8192, 4096, 2048,
					 1024, 512, 256, 128,  64,   32,
					 16,   8,   4,	 2 };
	struct rig rig;

	fake_clock_set(LEAP_EVE);
	rig_init(&rig);
	for (unsigned rate = 1; rate < 16; rate++) {
		int64_t period = FAKE_SECOND / hz[rate] + 1;

		fake_clock_set(LEAP_EVE);
		set(&rig, RTC_A, RTC_DIV_32KHZ | rate);
		for (unsigned i = 0; i < 3; i++) {
			get(&rig, RTC_C);
			fake_clock_advance(period / 2);
			ck_assert_uint_eq(get(&rig, RTC_C) & RTC_PF, 0);
			fake_clock_advance(period - period / 2);
			ck_assert_uint_eq(get(&rig, RTC_C) & RTC_PF, RTC_PF);
		}
	}
	set(&rig, RTC_A, RTC_DIV_32KHZ);
	get(&rig, RTC_C);
	fake_clock_advance(5 * FAKE_SECOND);
	ck_assert_uint_eq(get(&rig, RTC_C) & (RTC_PF | RTC_UF), RTC_UF);
	rig_free(&rig);
}
END_TEST

START_TEST(nothing_happens_while_the_divider_is_held)
{
	struct rig rig;

	fake_clock_set(LEAP_EVE);
	rig_init(&rig);
	set(&rig, RTC_A, 0x66);
	get(&rig, RTC_C);
	fake_clock_advance(10 * FAKE_SECOND);
	ck_assert_uint_eq(get(&rig, RTC_C), 0);
	check_time(&rig, 0x28, 0x23, 0x59, 0x58);
	rig_free(&rig);
}
END_TEST

START_TEST(enabling_a_flag_that_is_set_interrupts)
{
	struct rig rig;

	/* In the year 2125: the timer, a real one, does not expire. */
	fake_clock_set(INT64_C(4900000000));
	rig_init(&rig);
	get(&rig, RTC_C);
	fake_clock_advance(FAKE_SECOND);
	set(&rig, RTC_B, RTC_24H | RTC_UIE);
	ck_assert_uint_eq(interrupts(&rig), 1);
	/* IRQF is up: no second edge, and nothing left to wait for. */
	set(&rig, RTC_B, RTC_24H | RTC_UIE | RTC_PIE);
	ck_assert_uint_eq(interrupts(&rig), 0);
	ck_assert(!timer_armed(&rig));
	ck_assert_uint_eq(get(&rig, RTC_C), RTC_IRQF | RTC_UF | RTC_PF);
	ck_assert(timer_armed(&rig));
	rig_free(&rig);
}
END_TEST

START_TEST(set_clears_the_update_enable)
{
	struct rig rig;

	rig_init(&rig);
	set(&rig, RTC_B, RTC_24H | RTC_UIE | RTC_SET);
	ck_assert_uint_eq(get(&rig, RTC_B), RTC_24H | RTC_SET);
	rig_free(&rig);
}
END_TEST

START_TEST(the_timer_runs_only_for_enabled_interrupts)
{
	struct rig rig;

	rig_init(&rig);
	ck_assert(!timer_armed(&rig));
	get(&rig, RTC_A);
	get(&rig, RTC_C);
	set(&rig, RTC_SECONDS_ALARM, 0x12);
	set(&rig, RTC_A, 0x23);
	set_time(&rig);
	ck_assert(!timer_armed(&rig));
	set(&rig, RTC_HOURS_ALARM, 0x03);
	get(&rig, RTC_C);
	set(&rig, RTC_B, RTC_24H | RTC_AIE);
	ck_assert(timer_armed(&rig));
	/* An alarm that never comes. */
	set(&rig, RTC_HOURS_ALARM, 0x99);
	ck_assert(!timer_armed(&rig));
	set(&rig, RTC_HOURS_ALARM, 0x03);
	ck_assert(timer_armed(&rig));
	set(&rig, RTC_B, RTC_24H);
	ck_assert(!timer_armed(&rig));
	rig_free(&rig);
}
END_TEST

static void check_deadline(struct rig *rig, int64_t seconds, long ns)
{
	ck_assert_int_eq(rig->rtc.armed.tv_sec, seconds);
	ck_assert_int_eq(rig->rtc.armed.tv_nsec, ns);
}

START_TEST(the_timer_is_set_to_the_next_event)
{
	/* 2125-04-11 19:06:40. */
	int64_t start = INT64_C(4900072000);
	struct rig rig;

	fake_clock_set(start);
	rig_init(&rig);
	set(&rig, RTC_A, 0x2e);
	set(&rig, RTC_HOURS_ALARM, 0xff);
	set(&rig, RTC_MINUTES_ALARM, 0x08);
	set(&rig, RTC_SECONDS_ALARM, 0x30);
	set(&rig, RTC_B, RTC_24H | RTC_AIE);
	check_deadline(&rig, start + 110, 0);
	set(&rig, RTC_B, RTC_24H | RTC_AIE | RTC_UIE);
	check_deadline(&rig, start + 1, 0);
	set(&rig, RTC_B, RTC_24H | RTC_AIE | RTC_PIE);
	check_deadline(&rig, start, 250000000);
	fake_clock_advance(FAKE_SECOND * 3 / 4);
	get(&rig, RTC_C);
	check_deadline(&rig, start + 1, 0);
	/* By the host's clock, whatever the guest's says. */
	set(&rig, RTC_YEAR, 0x01);
	check_deadline(&rig, start + 1, 0);
	rig_free(&rig);
}
END_TEST

/* The guest's side of an interrupt, on the loop: reads C, counts, and has
 * had enough after some. */
struct handler {
	struct rig *rig;
	struct loop_fd irq;
	unsigned count, enough;
	unsigned flags;
};

static void interrupted(void *arg, short revents)
{
	struct handler *h = arg;

	(void)revents;
	h->count += interrupts(h->rig);
	h->flags = get(h->rig, RTC_C);
	if (h->count >= h->enough)
		loop_quit(&h->rig->loop);
}

/* Runs the loop until @enough interrupts have come. */
static unsigned handle(struct rig *rig, unsigned enough)
{
	struct handler h = { .rig = rig,
			     .irq = { .fd = rig->rtc.irq.fd,
				      .events = POLLIN,
				      .ready = interrupted,
				      .arg = &h },
			     .enough = enough };

	loop_add(&rig->loop, &h.irq);
	loop_run(&rig->loop);
	loop_remove(&rig->loop, &h.irq);
	return h.flags;
}

START_TEST(an_alarm_rings)
{
	struct rig rig;

	rig_init(&rig);
	/* 04:05:06 and a half; it rings at 04:05:08. */
	set_time(&rig);
	set(&rig, RTC_HOURS_ALARM, 0x04);
	set(&rig, RTC_MINUTES_ALARM, 0xc0);
	set(&rig, RTC_SECONDS_ALARM, 0x08);
	get(&rig, RTC_C);
	set(&rig, RTC_B, RTC_24H | RTC_AIE);
	ck_assert_uint_eq(handle(&rig, 1) & (RTC_IRQF | RTC_AF),
			  RTC_IRQF | RTC_AF);
	ck_assert_uint_ge(get(&rig, RTC_SECONDS), 0x08);
	rig_free(&rig);
}
END_TEST

START_TEST(updates_interrupt)
{
	struct rig rig;
	unsigned second;

	rig_init(&rig);
	set_time(&rig);
	second = get(&rig, RTC_SECONDS);
	get(&rig, RTC_C);
	set(&rig, RTC_B, RTC_24H | RTC_UIE);
	ck_assert_uint_eq(handle(&rig, 2) & (RTC_IRQF | RTC_UF),
			  RTC_IRQF | RTC_UF);
	ck_assert_uint_ge(get(&rig, RTC_SECONDS), second + 2);
	rig_free(&rig);
}
END_TEST

START_TEST(periodic_interrupts_wait_for_register_c)
{
	struct rig rig;
	struct pollfd pfd;

	rig_init(&rig);
	set(&rig, RTC_A, 0x26);
	get(&rig, RTC_C);
	set(&rig, RTC_B, RTC_24H | RTC_PIE);
	ck_assert_uint_eq(handle(&rig, 50) & (RTC_IRQF | RTC_PF),
			  RTC_IRQF | RTC_PF);
	/* Unread, there is one and then silence. */
	pfd = (struct pollfd){ .fd = rig.rtc.timer.fd, .events = POLLIN };
	ck_assert_int_eq(poll(&pfd, 1, -1), 1);
	rig.rtc.timer.ready(rig.rtc.timer.arg, POLLIN);
	ck_assert_uint_eq(interrupts(&rig), 1);
	ck_assert(!timer_armed(&rig));
	rig_free(&rig);
}
END_TEST

START_TEST(the_hosts_clock_is_set_back)
{
	struct rig rig;

	fake_clock_set(LEAP_EVE);
	rig_init(&rig);
	get(&rig, RTC_C);
	fake_clock.real -= 3600 * FAKE_SECOND;
	ck_assert_uint_eq(get(&rig, RTC_C), 0);
	check_time(&rig, 0x28, 0x22, 0x59, 0x58);
	fake_clock_advance(FAKE_SECOND);
	ck_assert_uint_eq(get(&rig, RTC_C) & RTC_UF, RTC_UF);
	rig_free(&rig);
}
END_TEST

/* A guest CPU that does all there is to do, in no good order. */
static void *hammer(void *arg)
{
	struct rig *rig = arg;
	uint32_t x = (uint32_t)(uintptr_t)&x | 1;

	for (unsigned i = 0; i < 3000; i++) {
		x = x * 1664525 + 1013904223;
		if (x & BIT(31))
			bus_write(&rig->bus, RTC_BASE + (x >> 30 & 1), 1,
				  x >> 16);
		else
			bus_read(&rig->bus, RTC_BASE + 1, 1);
		bus_write(&rig->bus, RTC_BASE, 1, x >> 24 & 0xf);
	}
	return NULL;
}

static void *hammer_and_quit(void *arg)
{
	struct rig *rig = arg;

	hammer(rig);
	loop_quit(&rig->loop);
	return NULL;
}

START_TEST(hostile_cpus_beside_the_loop)
{
	struct rig rig;
	pthread_t cpu[2];

	rig_init(&rig);
	ck_assert_int_eq(pthread_create(&cpu[0], NULL, hammer, &rig), 0);
	ck_assert_int_eq(pthread_create(&cpu[1], NULL, hammer_and_quit, &rig),
			 0);
	loop_run(&rig.loop);
	for (unsigned i = 0; i < 2; i++)
		pthread_join(cpu[i], NULL);
	ck_assert_uint_eq(get(&rig, RTC_D), RTC_VRT);
	rig_free(&rig);
}
END_TEST

START_TEST(taken_ports_are_an_error)
{
	struct rig rig;
	struct rtc second;
	int fd, again;

	rig_init(&rig);
	fd = dup(STDERR_FILENO);
	close(fd);
	ck_assert_int_eq(rtc_part.make(&second, &rig.board, NULL), -EEXIST);
	/* No descriptor is left open. */
	again = dup(STDERR_FILENO);
	ck_assert_int_eq(fd, again);
	close(again);
	rig_free(&rig);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		shows_the_hosts_utc,
		registers_at_power_on,
		cmos_ram_and_the_nmi_bit,
		memory_size_as_a_bios_leaves_it,
		the_guest_sets_the_time,
		set_stops_the_clock_and_keeps_its_phase,
		a_field_is_set_while_the_clock_runs,
		the_format_changes_under_way,
		uip_announces_an_update,
		a_reader_who_saw_uip_clear_is_never_torn,
		the_picture_is_dropped_in_time,
		flags_are_set_without_their_enables,
		every_periodic_rate,
		nothing_happens_while_the_divider_is_held,
		enabling_a_flag_that_is_set_interrupts,
		set_clears_the_update_enable,
		the_timer_runs_only_for_enabled_interrupts,
		the_timer_is_set_to_the_next_event,
		an_alarm_rings,
		updates_interrupt,
		periodic_interrupts_wait_for_register_c,
		the_hosts_clock_is_set_back,
		hostile_cpus_beside_the_loop,
		taken_ports_are_an_error,
		NULL,
	};

	return unit_run(unit_suite("rtc", tests));
}
