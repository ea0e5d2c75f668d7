/* SPDX-License-Identifier: BSD-2-Clause */
/* How many parts there are, in what order, and what is left of a machine that
 * could not be put together. */
#include <errno.h>
#include <string.h>

#include "base/count.h"
#include "devices/pci/pci_bar.h"
#include "tests/unit.h"
#include "vmm/parts.h"

/* What happened, a letter each. */
static char done[64];
static struct pci_host pci;
static struct board board = { .pci = &pci };
static struct parts parts;

struct thing {
	char name;
};

static void note(char c)
{
	done[strlen(done)] = c;
}

/* A string: a thing for each letter. */
static const void *thing_instance(const void *config, unsigned i)
{
	const char *letters = config;

	return i < strlen(letters) ? &letters[i] : NULL;
}

/* '!' cannot be made. */
static int thing_make(void *self, struct board *b, const void *config)
{
	const char *letter = config;
	struct thing *thing = self;

	ck_assert_ptr_eq(b, &board);
	ck_assert_int_eq(thing->name, 0);
	if (*letter == '!')
		return -EEXIST;
	thing->name = *letter;
	note(thing->name);
	return 0;
}

static void thing_drop(void *self, struct board *b)
{
	const struct thing *thing = self;

	(void)b;
	note('-');
	note(thing->name);
}

static void thing_show(const void *self, const struct count_view *view)
{
	const struct thing *thing = self;

	(void)view;
	note('?');
	note(thing->name);
}

static const struct part things = {
	.name = "thing",
	.size = sizeof(struct thing),
	.instance = thing_instance,
	.make = thing_make,
	.drop = thing_drop,
	.show = thing_show,
};

static const struct part only = {
	.name = "the only one",
	.size = sizeof(struct thing),
	.make = thing_make,
	.drop = thing_drop,
};

START_TEST(there_are_as_many_as_are_asked_for)
{
	ck_assert_int_eq(parts_add(&parts, &board, &things, "ab"), 0);
	ck_assert_int_eq(parts_add(&parts, &board, &things, ""), 0);
	ck_assert_int_eq(parts_add(&parts, &board, &only, "xy"), 0);
	ck_assert_str_eq(done, "abx");
	parts_show(&parts, &(struct count_view){ 0 });
	ck_assert_str_eq(done, "abx?a?b");
	parts_drop(&parts, &board);
	ck_assert_str_eq(done, "abx?a?b-x-b-a");
	ck_assert_uint_eq(parts.n, 0);
}
END_TEST

START_TEST(what_cannot_be_made_leaves_the_others)
{
	ck_assert_int_eq(parts_add(&parts, &board, &things, "a!b"), -EEXIST);
	ck_assert_str_eq(done, "a");
	parts_drop(&parts, &board);
	ck_assert_str_eq(done, "a-a");
}
END_TEST

/* Slot 1 is that of the entropy device, also where there is none. */
START_TEST(a_device_that_is_off_leaves_its_slot_empty)
{
	struct part device = things;

	parts_add(&parts, &board, &device, "");
	ck_assert_uint_eq(pci.slot, 0);
	device.on_pci = true;
	parts_add(&parts, &board, &device, "");
	ck_assert_uint_eq(pci.slot, 1);
	/* Those that are there take theirs themselves. */
	parts_add(&parts, &board, &device, "ab");
	ck_assert_uint_eq(pci.slot, 1);
	ck_assert_uint_eq(pci_take_slot(&pci), 2);
	parts_drop(&parts, &board);
}
END_TEST

START_TEST(slots_run_out)
{
	for (unsigned i = 1; i < PCI_SLOTS; i++)
		ck_assert_uint_eq(pci_take_slot(&pci), i);
	ck_assert_uint_eq(pci_take_slot(&pci), PCI_SLOTS);
	ck_assert_uint_eq(pci_take_slot(&pci), PCI_SLOTS);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		there_are_as_many_as_are_asked_for,
		what_cannot_be_made_leaves_the_others,
		a_device_that_is_off_leaves_its_slot_empty,
		slots_run_out,
		NULL,
	};

	return unit_run(unit_suite("parts", tests));
}
