/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rtc.c - the wall clock, and its update interrupt
 *
 * Prints the time as date(1) -u +%Y-%m-%dT%H:%M:%S has it; the runner
 * compares.
 */
#include "guest-tests/lib/clock.h"
#include "guest-tests/lib/io.h"
#include "guest-tests/lib/irq.h"
#include "guest-tests/lib/report.h"

enum {
	RTC_INDEX = 0x70,
	RTC_DATA = 0x71,
	RTC_IRQ = 8,

	SECONDS = 0,
	MINUTES = 2,
	HOURS = 4,
	DAY = 7,
	MONTH = 8,
	YEAR = 9,
	REG_A = 10,
	REG_B = 11,
	REG_C = 12,
	REG_D = 13,
	CENTURY = 50,
	NVRAM = 64,

	A_UIP = 0x80,
	B_24H = 0x02,
	B_BINARY = 0x04,
	B_UIE = 0x10,
	C_UF = 0x10,
	D_VALID = 0x80,
};

static uint8_t rtc_read(uint8_t reg)
{
	outb(RTC_INDEX, reg);
	return inb(RTC_DATA);
}

static void rtc_write(uint8_t reg, uint8_t v)
{
	outb(RTC_INDEX, reg);
	outb(RTC_DATA, v);
}

static unsigned field(uint8_t reg)
{
	uint8_t v = rtc_read(reg);

	return rtc_read(REG_B) & B_BINARY ? v : 10 * (v >> 4) + (v & 15);
}

static void print_time(void)
{
	unsigned s;

	do {
		while (rtc_read(REG_A) & A_UIP)
			;
		s = field(SECONDS);
		print("time: %u%02u-%02u-%02uT%02u:%02u:%02u\n", field(CENTURY),
		      field(YEAR), field(MONTH), field(DAY), field(HOURS),
		      field(MINUTES), s);
	} while (field(SECONDS) < s);
}

static void check_update(void)
{
	unsigned seen, s;

	irq_route_isa(RTC_IRQ, VECTOR_RTC);
	rtc_read(REG_C);
	seen = irq_count[VECTOR_RTC];
	s = field(SECONDS);
	rtc_write(REG_B, rtc_read(REG_B) | B_UIE);
	if (check(irq_wait(VECTOR_RTC, seen, 5000), "update interrupt",
		  "lost")) {
		check(rtc_read(REG_C) & C_UF, "REG_C says so", "0");
		check_eq("reading clears it", rtc_read(REG_C) & C_UF, 0);
		check(field(SECONDS) != s, "a new second", "still %u", s);
	}
	rtc_write(REG_B, rtc_read(REG_B) & ~B_UIE);
}

void guest_main(void)
{
	irq_start();
	check(rtc_read(REG_D) & D_VALID, "valid", "%x", rtc_read(REG_D));
	check(rtc_read(REG_B) & B_24H, "24 hours", "%x", rtc_read(REG_B));
	print_time();
	rtc_write(NVRAM, 0x5a);
	check_eq("NVRAM", rtc_read(NVRAM), 0x5a);
	check_update();
}
