/* SPDX-License-Identifier: BSD-2-Clause */
/* Virtio devices on a board, beside the one that vpci.h has in slot 1. */
#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "devices/virtio/virtio_config.h"
#include "devices/virtio/virtio_part.h"
#include "tests/fake_board.h"
#include "tests/vpci.h"

static struct vpci v;
static struct loop loop;
static struct virtio_list list;
static struct board board = {
	.pci = &v.host,
	.mem = &v.mem,
	.loop = &loop,
	.inputs = &fake_inputs,
	.virtio = &list,
};
static struct echo one, two;

static unsigned slot_gsi(unsigned slot)
{
	return 10 + slot % 2;
}

static void set_up(void)
{
	vpci_init(&v, NULL);
	ck_assert_int_eq(loop_init(&loop), 0);
	v.host.slot_gsi = slot_gsi;
	v.host.slot = 1;
	echo_init(&one);
	echo_init(&two);
}

static void tear_down(void)
{
	ck_assert_ptr_null(list.first);
	echo_free(&two);
	echo_free(&one);
	loop_free(&loop);
	vpci_free(&v);
}

static uint32_t header(unsigned slot, unsigned reg, unsigned size)
{
	return (uint32_t)bus_read(
		&v.mmio, VPCI_ECAM + PCI_CONFIG_ADDRESS(slot << 3) + reg, size);
}

/* In order, each with the line of its slot. */
START_TEST(devices_get_slots)
{
	const struct virtio_config modern = { .packed = true },
				   old = { .transitional = true };

	set_up();
	list.lint = true;
	ck_assert_int_eq(virtio_plug(&one.dev, &board, &modern), 0);
	ck_assert_int_eq(virtio_plug(&two.dev, &board, &old), 0);
	ck_assert_ptr_eq(list.first->dev, &one.dev);
	ck_assert_ptr_eq(list.first->next->dev, &two.dev);
	ck_assert(one.dev.lint.on && two.dev.lint.on);
	ck_assert_uint_eq(header(2, PCI_DEVICE_ID, 2), 0x1040 + ECHO_TYPE);
	ck_assert_uint_eq(header(2, PCI_INTERRUPT_LINE, 1), 10);
	ck_assert_uint_eq(header(3, PCI_DEVICE_ID, 2), 0x1009);
	ck_assert_uint_eq(header(3, PCI_INTERRUPT_LINE, 1), 11);
	ck_assert_uint_eq(header(4, PCI_VENDOR_ID, 2), 0xffff);
	virtio_unplug(&two.dev, &board);
	virtio_unplug(&one.dev, &board);
	ck_assert_uint_eq(header(2, PCI_VENDOR_ID, 2), 0xffff);
	tear_down();
}
END_TEST

/* 4.1.2.3: it is modern only, whatever the user says. */
START_TEST(legacy_drivers_do_not_know_every_device)
{
	const struct virtio_config old = { .transitional = true };

	set_up();
	one.dev.type = 26;
	ck_assert_int_eq(virtio_plug(&one.dev, &board, &old), 0);
	ck_assert_uint_eq(header(2, PCI_DEVICE_ID, 2), 0x1040 + 26);
	ck_assert_uint_eq(header(2, PCI_REVISION_ID, 1), 1);
	ck_assert_uint_eq(header(2, PCI_BASE_ADDRESS_0, 4), 0);
	virtio_unplug(&one.dev, &board);
	tear_down();
}
END_TEST

START_TEST(a_device_without_a_slot_is_refused)
{
	const struct virtio_config config = { 0 };

	set_up();
	/* Taken by what has no slot of ours. */
	v.host.slot = 0;
	ck_assert_int_eq(virtio_plug(&one.dev, &board, &config), -EEXIST);
	v.host.slot = PCI_SLOTS - 1;
	ck_assert_int_eq(virtio_plug(&one.dev, &board, &config), -ENOSPC);
	ck_assert_uint_eq(header(0, PCI_VENDOR_ID, 2), 0x1b36);
	tear_down();
}
END_TEST

START_TEST(a_device_that_is_off_is_none)
{
	const struct virtio_config on = { .on = true }, off = { .on = false };

	ck_assert_ptr_eq(virtio_part_instance(&on, 0), &on);
	ck_assert_ptr_null(virtio_part_instance(&on, 1));
	ck_assert_ptr_null(virtio_part_instance(&off, 0));
}
END_TEST

/* What was shown: groups, and how many counters each has. */
static char shown[256];

static void begin(void *arg, const char *name)
{
	(void)arg;
	strcat(shown, name);
	strcat(shown, "(");
}

static void counter(void *arg, const struct count_spec *spec,
		    const uint64_t *value)
{
	(void)arg;
	(void)value;
	if (strcmp(spec->name, "served") == 0)
		strcat(shown, spec->name);
}

static void end(void *arg)
{
	(void)arg;
	strcat(shown, ")");
}

START_TEST(counters_of_queues_and_its_own)
{
	static const struct count_spec specs[] = {
		{ "served", "", offsetof(struct echo, served), COUNT_SUM },
	};
	static const struct count_table table = { "echoes", specs, 1 };
	const struct count_view view = { begin, counter, end, NULL };

	echo_init(&one);
	virtio_part_show(&one.dev, &view);
	ck_assert_str_eq(shown, "echo(echo()drop())");
	one.dev.counters = &table;
	shown[0] = '\0';
	virtio_part_show(&one.dev, &view);
	ck_assert_str_eq(shown, "echo(echo()drop()echoes(served))");
	echo_free(&one);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		devices_get_slots,
		legacy_drivers_do_not_know_every_device,
		a_device_without_a_slot_is_refused,
		a_device_that_is_off_is_none,
		counters_of_queues_and_its_own,
		NULL,
	};

	return unit_run(unit_suite("virtio_part", tests));
}
