/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>
#include <time.h>

#include "base/util.h"
#include "devices/platform/rtc_time.h"
#include "tests/unit.h"

static const uint8_t formats[] = { 0, RTC_24H, RTC_BINARY,
				   RTC_24H | RTC_BINARY };

static int64_t seconds_of(int year, int mon, int day, int h, int m, int s)
{
	struct tm tm = { .tm_year = year - 1900,
			 .tm_mon = mon - 1,
			 .tm_mday = day,
			 .tm_hour = h,
			 .tm_min = m,
			 .tm_sec = s };

	return timegm(&tm);
}

START_TEST(every_hour_of_two_centuries_survives)
{
	int64_t end = seconds_of(2101, 1, 1, 0, 0, 0);
	uint8_t cmos[128] = { 0 };

	/* An odd step, so that minutes and seconds vary too. */
	for (unsigned f = 0; f < ARRAY_SIZE(formats); f++) {
		cmos[RTC_B] = formats[f];
		for (int64_t t = seconds_of(1899, 1, 1, 0, 0, 0); t < end;
		     t += 3607) {
			rtc_encode(cmos, t);
			/* Millions of times: not a check each. */
			if (rtc_decode(cmos) != t)
				ck_assert_int_eq(rtc_decode(cmos), t);
		}
	}
}
END_TEST

START_TEST(registers_agree_with_gmtime)
{
	int64_t end = seconds_of(2401, 1, 1, 0, 0, 0);
	uint8_t cmos[128] = { [RTC_B] = RTC_24H | RTC_BINARY };

	for (int64_t s = seconds_of(1970, 1, 1, 0, 0, 0); s < end; s += 80021) {
		time_t t = (time_t)s;
		struct tm tm;

		gmtime_r(&t, &tm);
		rtc_encode(cmos, s);
		ck_assert_int_eq(cmos[RTC_SECONDS], tm.tm_sec);
		ck_assert_int_eq(cmos[RTC_MINUTES], tm.tm_min);
		ck_assert_int_eq(cmos[RTC_HOURS], tm.tm_hour);
		ck_assert_int_eq(cmos[RTC_WEEKDAY], tm.tm_wday + 1);
		ck_assert_int_eq(cmos[RTC_DAY], tm.tm_mday);
		ck_assert_int_eq(cmos[RTC_MONTH], tm.tm_mon + 1);
		ck_assert_int_eq(cmos[RTC_CENTURY] * 100 + cmos[RTC_YEAR],
				 tm.tm_year + 1900);
	}
}
END_TEST

/* The second after @from, in BCD and 24 hours, is hours @h of the day. */
static void roll(int64_t from, unsigned century, unsigned year, unsigned mon,
		 unsigned day)
{
	uint8_t cmos[128] = { [RTC_B] = RTC_24H };

	rtc_encode(cmos, from);
	ck_assert_uint_eq(cmos[RTC_HOURS], 0x23);
	ck_assert_uint_eq(cmos[RTC_MINUTES], 0x59);
	ck_assert_uint_eq(cmos[RTC_SECONDS], 0x59);
	rtc_encode(cmos, from + 1);
	ck_assert_uint_eq(cmos[RTC_CENTURY], century);
	ck_assert_uint_eq(cmos[RTC_YEAR], year);
	ck_assert_uint_eq(cmos[RTC_MONTH], mon);
	ck_assert_uint_eq(cmos[RTC_DAY], day);
	ck_assert_uint_eq(cmos[RTC_HOURS], 0);
	ck_assert_uint_eq(cmos[RTC_MINUTES], 0);
	ck_assert_uint_eq(cmos[RTC_SECONDS], 0);
}

START_TEST(centuries_and_leap_days_roll_over)
{
	roll(seconds_of(1999, 12, 31, 23, 59, 59), 0x20, 0x00, 1, 1);
	roll(seconds_of(2099, 12, 31, 23, 59, 59), 0x21, 0x00, 1, 1);
	roll(seconds_of(2000, 2, 28, 23, 59, 59), 0x20, 0x00, 2, 0x29);
	roll(seconds_of(2024, 2, 28, 23, 59, 59), 0x20, 0x24, 2, 0x29);
	roll(seconds_of(2024, 2, 29, 23, 59, 59), 0x20, 0x24, 3, 1);
	roll(seconds_of(2023, 2, 28, 23, 59, 59), 0x20, 0x23, 3, 1);
	roll(seconds_of(2100, 2, 28, 23, 59, 59), 0x21, 0x00, 3, 1);
	roll(seconds_of(2038, 1, 18, 23, 59, 59), 0x20, 0x38, 1, 0x19);
}
END_TEST

START_TEST(the_twelve_hour_dial)
{
	uint8_t cmos[128] = { [RTC_B] = 0 };
	static const struct {
		int hour;
		uint8_t bcd, binary;
	} cases[] = {
		{ 0, 0x12, 12 },   { 1, 0x01, 1 },    { 11, 0x11, 11 },
		{ 12, 0x92, 140 }, { 13, 0x81, 129 }, { 23, 0x91, 139 },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		int64_t t = seconds_of(2024, 5, 6, cases[i].hour, 7, 8);

		cmos[RTC_B] = 0;
		rtc_encode(cmos, t);
		ck_assert_uint_eq(cmos[RTC_HOURS], cases[i].bcd);
		cmos[RTC_B] = RTC_BINARY;
		rtc_encode(cmos, t);
		ck_assert_uint_eq(cmos[RTC_HOURS], cases[i].binary);
	}
}
END_TEST

START_TEST(impossible_dates_are_the_ones_they_amount_to)
{
	uint8_t cmos[128] = { [RTC_B] = RTC_24H };

	rtc_encode(cmos, seconds_of(2023, 2, 1, 0, 0, 0));
	cmos[RTC_DAY] = 0x30;
	ck_assert_int_eq(rtc_decode(cmos), seconds_of(2023, 3, 2, 0, 0, 0));
}
END_TEST

START_TEST(any_bytes_make_some_time)
{
	uint8_t cmos[128], again[128];
	int64_t t;

	for (unsigned f = 0; f < ARRAY_SIZE(formats); f++) {
		for (unsigned byte = 0; byte < 256; byte++) {
			memset(cmos, (int)byte, sizeof(cmos));
			cmos[RTC_B] = formats[f];
			t = rtc_decode(cmos);
			memcpy(again, cmos, sizeof(again));
			rtc_encode(again, t);
			/* Up to year 9999 nothing is lost. */
			if (t < seconds_of(10000, 1, 1, 0, 0, 0) &&
			    t >= seconds_of(0, 1, 1, 0, 0, 0))
				ck_assert_int_eq(rtc_decode(again), t);
		}
	}
}
END_TEST

/* The same by trying every second of two days. */
static int64_t slow_alarm(const uint8_t *cmos, int64_t after)
{
	uint8_t now[128];

	memcpy(now, cmos, sizeof(now));
	for (int64_t t = after + 1; t <= after + 86400; t++) {
		rtc_encode(now, t);
		if ((cmos[1] >= 0xc0 || cmos[1] == now[RTC_SECONDS]) &&
		    (cmos[3] >= 0xc0 || cmos[3] == now[RTC_MINUTES]) &&
		    (cmos[5] >= 0xc0 || cmos[5] == now[RTC_HOURS]))
			return t;
	}
	return INT64_MAX;
}

START_TEST(alarms_come_when_every_field_matches)
{
	static const uint8_t alarms[][3] = {
		/* seconds, minutes, hours */
		{ 0xff, 0xff, 0xff }, { 0x30, 0xff, 0xc0 },
		{ 0x00, 0x00, 0x00 }, { 0xff, 0x15, 0xff },
		{ 0x59, 0x59, 0x23 }, { 0xff, 0xff, 0x07 },
		{ 0x60, 0xff, 0xff }, { 0x00, 0x00, 0x24 },
		{ 0x10, 0x20, 0x12 }, { 0x10, 0x20, 0x92 },
	};
	static const int hours[] = { 0, 7, 12, 23 };

	for (unsigned i = 0; i < ARRAY_SIZE(alarms) * 8; i++) {
		const uint8_t *a = alarms[i / 8];
		uint8_t cmos[128] = { [RTC_B] = i & 1 ? RTC_24H : 0 };
		int64_t after = seconds_of(2024, 2, 28, hours[i / 2 % 4], 59,
					   58 + (int)(i & 1));

		cmos[RTC_SECONDS_ALARM] = a[0];
		cmos[RTC_MINUTES_ALARM] = a[1];
		cmos[RTC_HOURS_ALARM] = a[2];
		ck_assert_int_eq(rtc_next_alarm(cmos, after),
				 slow_alarm(cmos, after));
	}
}
END_TEST

START_TEST(alarms_before_1970)
{
	uint8_t cmos[128] = { [RTC_B] = RTC_24H, [RTC_HOURS_ALARM] = 0x05 };
	int64_t after = seconds_of(1931, 3, 3, 5, 0, 0);

	ck_assert_int_eq(rtc_next_alarm(cmos, after - 1), after);
	ck_assert_int_eq(rtc_next_alarm(cmos, after), after + 86400);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		every_hour_of_two_centuries_survives,
		registers_agree_with_gmtime,
		centuries_and_leap_days_roll_over,
		the_twelve_hour_dial,
		impossible_dates_are_the_ones_they_amount_to,
		any_bytes_make_some_time,
		alarms_come_when_every_field_matches,
		alarms_before_1970,
		NULL,
	};

	return unit_run(unit_suite("rtc_time", tests));
}
