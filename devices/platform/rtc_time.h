/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rtc_time.h - what the bytes of an MC146818A mean
 *
 * Conversions between the clock's registers and seconds since 1970 (UTC, no
 * leap seconds), in whatever format register B selects: BCD or binary, 12 or
 * 24 hours.  Pure functions on the register file; any thread.
 */
#ifndef DEVICES_PLATFORM_RTC_TIME_H
#define DEVICES_PLATFORM_RTC_TIME_H

#include <stdbool.h>
#include <stdint.h>

enum rtc_register {
	RTC_SECONDS = 0x00,
	RTC_SECONDS_ALARM = 0x01,
	RTC_MINUTES = 0x02,
	RTC_MINUTES_ALARM = 0x03,
	RTC_HOURS = 0x04,
	RTC_HOURS_ALARM = 0x05,
	RTC_WEEKDAY = 0x06,
	RTC_DAY = 0x07,
	RTC_MONTH = 0x08,
	RTC_YEAR = 0x09,
	RTC_A = 0x0a,
	RTC_B = 0x0b,
	RTC_C = 0x0c,
	RTC_D = 0x0d,
	/* Not part of the chip, but PCs have it here (FADT: CENTURY). */
	RTC_CENTURY = 0x32,
};

enum rtc_bits {
	/* A: update in progress, divider, divider held in reset, rate. */
	RTC_UIP = 0x80,
	RTC_DIV = 0x70,
	RTC_DIV_RESET = 0x60,
	RTC_DIV_32KHZ = 0x20,
	RTC_RATE = 0x0f,
	/* B: updates halted, interrupt enables, format. */
	RTC_SET = 0x80,
	RTC_PIE = 0x40,
	RTC_AIE = 0x20,
	RTC_UIE = 0x10,
	RTC_BINARY = 0x04,
	RTC_24H = 0x02,
	/* C: an enabled flag is set; the flags, at the same bits as B's
	 * enables. */
	RTC_IRQF = 0x80,
	RTC_PF = 0x40,
	RTC_AF = 0x20,
	RTC_UF = 0x10,
	RTC_FLAGS = RTC_PF | RTC_AF | RTC_UF,
	/* D: the battery is good. */
	RTC_VRT = 0x80,
	/* Hours in 12-hour format. */
	RTC_PM = 0x80,
};

/* Whether @reg is one of the time, calendar or century registers. */
bool rtc_is_time(uint8_t reg);

/* Set the time registers of @cmos to @seconds; years before 0 show as 0. */
void rtc_encode(uint8_t *cmos, int64_t seconds);

/*
 * The time in the registers, as seconds.  A date that does not exist counts as
 * the day that it would be (February 30th is March 1st or 2nd).  The weekday is
 * not read, as it follows from the date.
 */
int64_t rtc_decode(const uint8_t *cmos);

/* The first second after @after that matches the alarm registers; INT64_MAX
 * when they have a value that never comes, such as minute 75. */
int64_t rtc_next_alarm(const uint8_t *cmos, int64_t after);

#endif
