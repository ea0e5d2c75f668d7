/* SPDX-License-Identifier: BSD-2-Clause */
/* The histogram of what a vCPU's exits are for. */
#include <stdio.h>

#include "tests/unit.h"
#include "vmm/exit_places.h"

static struct exit_places places;
static char text[64 * EXIT_PLACES];

static void begin(void *arg, const char *name)
{
	fprintf(arg, "%s:", name);
}

static void counter(void *arg, const struct count_spec *spec,
		    const uint64_t *value)
{
	ck_assert_int_eq(spec->kind, COUNT_SUM);
	fprintf(arg, " %s=%llu", spec->name, (unsigned long long)*value);
}

static void end(void *arg)
{
	fprintf(arg, ".");
}

static const char *shown(void)
{
	FILE *out = fmemopen(text, sizeof(text), "w");
	const struct count_view view = { begin, counter, end, out };

	exit_places_show(&places, &view);
	fclose(out);
	return text;
}

START_TEST(nothing_yet)
{
	ck_assert_str_eq(shown(), "places: others=0.");
}
END_TEST

START_TEST(most_frequent_first)
{
	for (int i = 0; i < 3; i++)
		exit_places_count(&places, 0x3f8, false, true);
	for (int i = 0; i < 9; i++)
		exit_places_count(&places, 0xe8000100, true, false);
	exit_places_count(&places, 0x3f8, false, false);
	exit_places_count(&places, 0x3f8, false, true);
	ck_assert_str_eq(shown(), "places: mmio 0xe8000100 read=9 "
				  "port 0x3f8 write=4 port 0x3f8 read=1 "
				  "others=0.");
}
END_TEST

/* Address, kind and direction are told apart, also where the table's slots are
 * the same. */
START_TEST(slots_that_collide)
{
	for (unsigned i = 0; i < 4; i++)
		for (unsigned n = 0; n <= i; n++)
			exit_places_count(&places, 0x10, i & 1, i & 2);
	for (unsigned n = 0; n < 5; n++)
		exit_places_count(&places, 0x10 + EXIT_PLACES, false, true);
	ck_assert_str_eq(shown(),
			 "places: port 0x110 write=5 mmio 0x10 write=4 "
			 "port 0x10 write=3 mmio 0x10 read=2 port 0x10 read=1 "
			 "others=0.");
}
END_TEST

/* A guest that uses more addresses than there is room for loses none of its
 * exits, and those that are known go on to be counted. */
START_TEST(more_than_fit)
{
	for (uint64_t i = 0; i < EXIT_PLACES + 7; i++)
		exit_places_count(&places, i << 52, true, true);
	exit_places_count(&places, 0, true, true);
	exit_places_count(&places, UINT64_MAX, true, true);
	ck_assert_uint_eq(places.others, 8);
	ck_assert_ptr_nonnull(strstr(shown(), "places: mmio 0x0 write=2 "));
	ck_assert_ptr_nonnull(strstr(text, " others=8."));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		nothing_yet,
		most_frequent_first,
		slots_that_collide,
		more_than_fit,
		NULL,
	};

	return unit_run(unit_suite("exit_places", tests));
}
