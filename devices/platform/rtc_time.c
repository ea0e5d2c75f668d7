/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "devices/platform/rtc_time.h"

#include <time.h>

#include "base/util.h"

#define SECONDS_PER_DAY INT64_C(86400)

/* An alarm register with both high bits set matches everything. */
#define ALARM_ANY 0xc0

bool rtc_is_time(uint8_t reg)
{
	switch (reg) {
	case RTC_SECONDS:
	case RTC_MINUTES:
	case RTC_HOURS:
	case RTC_WEEKDAY:
	case RTC_DAY:
	case RTC_MONTH:
	case RTC_YEAR:
	case RTC_CENTURY:
		return true;
	default:
		return false;
	}
}

static uint8_t to_byte(const uint8_t *cmos, int value)
{
	if (cmos[RTC_B] & RTC_BINARY)
		return (uint8_t)value;
	return (uint8_t)(value / 10 % 10 << 4 | value % 10);
}

static int from_byte(const uint8_t *cmos, uint8_t byte)
{
	if (cmos[RTC_B] & RTC_BINARY)
		return byte;
	return (byte >> 4) * 10 + (byte & 0xf);
}

static uint8_t to_hours(const uint8_t *cmos, int hour)
{
	int on_dial = hour % 12 ? hour % 12 : 12;

	if (cmos[RTC_B] & RTC_24H)
		return to_byte(cmos, hour);
	return to_byte(cmos, on_dial) | (hour >= 12 ? RTC_PM : 0);
}

static int from_hours(const uint8_t *cmos, uint8_t byte)
{
	int on_dial;

	if (cmos[RTC_B] & RTC_24H)
		return from_byte(cmos, byte);
	on_dial = from_byte(cmos, byte & ~RTC_PM);
	if (on_dial == 12)
		on_dial = 0;
	return on_dial + (byte & RTC_PM ? 12 : 0);
}

void rtc_encode(uint8_t *cmos, int64_t seconds)
{
	time_t t = (time_t)seconds;
	struct tm tm;
	int year;

	gmtime_r(&t, &tm);
	year = MAX(tm.tm_year + 1900, 0);
	cmos[RTC_SECONDS] = to_byte(cmos, tm.tm_sec);
	cmos[RTC_MINUTES] = to_byte(cmos, tm.tm_min);
	cmos[RTC_HOURS] = to_hours(cmos, tm.tm_hour);
	cmos[RTC_WEEKDAY] = to_byte(cmos, tm.tm_wday + 1);
	cmos[RTC_DAY] = to_byte(cmos, tm.tm_mday);
	cmos[RTC_MONTH] = to_byte(cmos, tm.tm_mon + 1);
	cmos[RTC_YEAR] = to_byte(cmos, year % 100);
	cmos[RTC_CENTURY] = to_byte(cmos, year / 100);
}

int64_t rtc_decode(const uint8_t *cmos)
{
	struct tm tm = {
		.tm_sec = from_byte(cmos, cmos[RTC_SECONDS]),
		.tm_min = from_byte(cmos, cmos[RTC_MINUTES]),
		.tm_hour = from_hours(cmos, cmos[RTC_HOURS]),
		.tm_mday = from_byte(cmos, cmos[RTC_DAY]),
		.tm_mon = from_byte(cmos, cmos[RTC_MONTH]) - 1,
		.tm_year = from_byte(cmos, cmos[RTC_CENTURY]) * 100 +
			   from_byte(cmos, cmos[RTC_YEAR]) - 1900,
	};

	return timegm(&tm);
}

/* Bytes are compared, as in the chip.  On a 12-hour clock, hour 0 never
 * matches. */
static bool matches(uint8_t alarm, uint8_t now)
{
	return alarm >= ALARM_ANY || alarm == now;
}

int64_t rtc_next_alarm(const uint8_t *cmos, int64_t after)
{
	uint8_t s = cmos[RTC_SECONDS_ALARM], m = cmos[RTC_MINUTES_ALARM];
	uint8_t h = cmos[RTC_HOURS_ALARM];
	int64_t t = after + 1;

	/* Skips whole hours and minutes that cannot match: some 150 steps. */
	while (t <= after + 2 * SECONDS_PER_DAY) {
		int of_day = (int)((t % SECONDS_PER_DAY + SECONDS_PER_DAY) %
				   SECONDS_PER_DAY);

		if (!matches(h, to_hours(cmos, of_day / 3600)))
			t += 3600 - of_day % 3600;
		else if (!matches(m, to_byte(cmos, of_day / 60 % 60)))
			t += 60 - of_day % 60;
		else if (!matches(s, to_byte(cmos, of_day % 60)))
			t++;
		else
			return t;
	}
	return INT64_MAX;
}
