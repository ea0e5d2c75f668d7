/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/platform/acpi_pm.h"

#include <errno.h>
#include <pthread.h>

#include "base/util.h"
#include "firmware/acpi.h"
#include "tests/fake_board.h"
#include "tests/fake_clock.h"
#include "tests/fake_power.h"
#include "tests/unit.h"

#define BASE ACPI_PM_BASE
#define S5   ACPI_S5_TYPE

enum { STS = BASE, EN = BASE + 2, CNT = BASE + 4, TMR = BASE + 8 };
enum { TMR_STS = 0x1, PWRBTN = 0x100, SCI_EN = 0x1, SLP_EN = 0x2000 };

struct rig {
	struct bus bus;
	struct loop loop;
	struct board board;
	struct fake_power fake;
	struct acpi_pm pm;
};

static void rig_init(struct rig *rig)
{
	bus_init(&rig->bus, "port");
	fake_power_init(&rig->fake);
	ck_assert_int_eq(loop_init(&rig->loop), 0);
	rig->board = (struct board){ .port = &rig->bus,
				     .loop = &rig->loop,
				     .power = &rig->fake.power,
				     .inputs = &fake_inputs };
	ck_assert_int_eq(acpi_pm_part.make(&rig->pm, &rig->board, NULL), 0);
}

static void rig_free(struct rig *rig)
{
	fake_clock.set = false;
	acpi_pm_part.drop(&rig->pm, &rig->board);
	ck_assert_ptr_null(rig->board.power_button.press);
	loop_free(&rig->loop);
	bus_free(&rig->bus);
}

static void press(struct rig *rig)
{
	const struct power_button *button = &rig->board.power_button;

	button->press(button->arg);
}

static unsigned get(struct rig *rig, unsigned port, unsigned size)
{
	return (unsigned)bus_read(&rig->bus, port, size);
}

static void set(struct rig *rig, unsigned port, unsigned size, uint64_t value)
{
	bus_write(&rig->bus, port, size, value);
}

/* Times the line was raised since the last call. */
static unsigned raised(struct rig *rig)
{
	uint64_t count;

	if (read(rig->pm.sci.line.assert_fd, &count, sizeof(count)) < 0)
		return 0;
	return (unsigned)count;
}

START_TEST(acpi_mode_from_the_start)
{
	struct rig rig;

	rig_init(&rig);
	ck_assert_uint_eq(get(&rig, STS, 4), 0);
	ck_assert_uint_eq(get(&rig, CNT, 4), SCI_EN);
	set(&rig, CNT, 2, 0);
	ck_assert_uint_eq(get(&rig, CNT, 2), SCI_EN);
	rig_free(&rig);
}
END_TEST

START_TEST(the_power_button)
{
	struct rig rig;

	rig_init(&rig);
	set(&rig, EN, 2, PWRBTN);
	ck_assert_uint_eq(raised(&rig), 0);
	press(&rig);
	ck_assert_uint_eq(raised(&rig), 1);
	ck_assert(rig.pm.sci.line.level);
	press(&rig);
	ck_assert_uint_eq(raised(&rig), 0);
	ck_assert_uint_eq(get(&rig, STS, 2), PWRBTN);
	/* Zeros and other bits clear nothing. */
	set(&rig, STS, 2, 0xffff & ~PWRBTN);
	ck_assert(rig.pm.sci.line.level);
	set(&rig, STS, 2, PWRBTN);
	ck_assert_uint_eq(get(&rig, STS, 2), 0);
	ck_assert(!rig.pm.sci.line.level);
	rig_free(&rig);
}
END_TEST

START_TEST(the_sci_is_status_and_enable)
{
	struct rig rig;

	rig_init(&rig);
	press(&rig);
	ck_assert_uint_eq(raised(&rig), 0);
	set(&rig, EN, 2, PWRBTN);
	ck_assert_uint_eq(raised(&rig), 1);
	set(&rig, EN, 2, 0);
	ck_assert(!rig.pm.sci.line.level);
	ck_assert_uint_eq(get(&rig, STS, 2), PWRBTN);
	rig_free(&rig);
}
END_TEST

START_TEST(enable_bits_that_exist_stay)
{
	struct rig rig;

	rig_init(&rig);
	set(&rig, EN, 2, 0xffff);
	ck_assert_uint_eq(get(&rig, EN, 2), 0x0721);
	set(&rig, EN, 1, 0);
	ck_assert_uint_eq(get(&rig, EN, 2), 0x0700);
	set(&rig, EN + 1, 1, 1);
	ck_assert_uint_eq(get(&rig, EN, 2), 0x0100);
	rig_free(&rig);
}
END_TEST

START_TEST(accesses_of_every_size)
{
	struct rig rig;

	rig_init(&rig);
	press(&rig);
	/* Status and enable at once. */
	set(&rig, STS, 4, (uint64_t)PWRBTN << 16);
	ck_assert_uint_eq(get(&rig, STS, 4), PWRBTN << 16 | PWRBTN);
	ck_assert_uint_eq(get(&rig, STS + 1, 1), PWRBTN >> 8);
	/* Enable's high byte and control's low one. */
	ck_assert_uint_eq(get(&rig, EN + 1, 2), 0x0101);
	set(&rig, EN + 1, 2, 0);
	ck_assert_uint_eq(get(&rig, EN, 4), SCI_EN << 16);
	set(&rig, STS + 1, 1, PWRBTN >> 8);
	ck_assert_uint_eq(bus_read(&rig.bus, STS, 8), (uint64_t)SCI_EN << 32);
	/* Unaligned and over the end. */
	ck_assert_uint_eq(get(&rig, BASE + 13, 4), 0xff000000);
	ck_assert_uint_eq(bus_read(&rig.bus, BASE - 1, 2), 0x00ff);
	set(&rig, BASE + 13, 8, ~0ULL);
	ck_assert_uint_eq(get(&rig, CNT, 2), SCI_EN);
	rig_free(&rig);
}
END_TEST

START_TEST(s5_powers_off)
{
	struct rig rig;

	rig_init(&rig);
	/* The type alone is only remembered. */
	set(&rig, CNT, 2, S5 << 10);
	ck_assert_uint_eq(get(&rig, CNT, 2), S5 << 10 | SCI_EN);
	ck_assert_uint_eq(rig.fake.requests, 0);
	set(&rig, CNT, 2, S5 << 10 | SLP_EN);
	ck_assert_uint_eq(rig.fake.requests, 1);
	ck_assert_int_eq(rig.fake.what, POWER_OFF);
	ck_assert_str_eq(rig.fake.by, "ACPI S5");
	/* SLP_EN reads as 0. */
	ck_assert_uint_eq(get(&rig, CNT, 2), S5 << 10 | SCI_EN);
	set(&rig, CNT + 1, 1, (S5 << 10 | SLP_EN) >> 8);
	ck_assert_uint_eq(rig.fake.requests, 2);
	set(&rig, CNT, 4, S5 << 10 | SLP_EN);
	ck_assert_uint_eq(rig.fake.requests, 3);
	rig_free(&rig);
}
END_TEST

START_TEST(other_sleep_types_do_nothing)
{
	struct rig rig;

	rig_init(&rig);
	for (unsigned type = 0; type < 8; type++)
		if (type != S5)
			set(&rig, CNT, 2, type << 10 | SLP_EN);
	ck_assert_uint_eq(rig.fake.requests, 0);
	/* A type set and a low byte written later go together. */
	set(&rig, CNT, 2, S5 << 10);
	set(&rig, CNT, 1, 0xff);
	ck_assert_uint_eq(rig.fake.requests, 0);
	ck_assert_uint_eq(get(&rig, CNT, 2), S5 << 10 | 3);
	rig_free(&rig);
}
END_TEST

START_TEST(the_timer_counts)
{
	struct rig rig;

	fake_clock_set(0);
	rig_init(&rig);
	ck_assert_uint_eq(get(&rig, TMR, 4), 0);
	fake_clock_advance(FAKE_SECOND);
	ck_assert_uint_eq(get(&rig, TMR, 4), 3579545);
	set(&rig, TMR, 4, 0);
	fake_clock_advance(FAKE_SECOND / 2);
	ck_assert_uint_eq(get(&rig, TMR, 4), 3579545 + 3579545 / 2);
	/* After two years it is still exact. */
	fake_clock_advance(63072000 * FAKE_SECOND);
	ck_assert_uint_eq(
		get(&rig, TMR, 4),
		(uint32_t)(63072001 * ACPI_PM_TIMER_HZ + ACPI_PM_TIMER_HZ / 2));
	rig_free(&rig);
}
END_TEST

START_TEST(overflow_sets_the_status)
{
	struct rig rig;
	int64_t half = (int64_t)(BIT64(31) * NSEC_PER_SEC / ACPI_PM_TIMER_HZ);

	fake_clock_set(0);
	rig_init(&rig);
	fake_clock_advance(half - 1000);
	ck_assert_uint_eq(get(&rig, STS, 2), 0);
	fake_clock_advance(2000);
	ck_assert_uint_eq(get(&rig, STS, 2), TMR_STS);
	ck_assert_uint_eq(raised(&rig), 0);
	set(&rig, STS, 2, TMR_STS);
	ck_assert_uint_eq(get(&rig, STS, 2), 0);
	/* Enabled, the SCI follows at the next look, whatever is read. */
	set(&rig, EN, 2, TMR_STS);
	fake_clock_advance(half);
	get(&rig, TMR, 4);
	ck_assert_uint_eq(raised(&rig), 1);
	/* A clear takes with it what came before it. */
	fake_clock_advance(half);
	set(&rig, STS, 2, TMR_STS);
	ck_assert_uint_eq(get(&rig, STS, 2), 0);
	ck_assert(!rig.pm.sci.line.level);
	rig_free(&rig);
}
END_TEST

static void *guest_cpu(void *arg)
{
	struct rig *rig = arg;

	for (unsigned i = 0; i < 2000; i++) {
		set(rig, STS, 2, 0xffff);
		set(rig, EN, 2, i & 1 ? PWRBTN : 0);
		get(rig, TMR, 4);
		set(rig, CNT, 2, (S5 + 1) << 10 | SLP_EN);
	}
	return NULL;
}

START_TEST(cpus_and_the_button_at_once)
{
	struct rig rig;
	pthread_t cpu[2];

	rig_init(&rig);
	for (unsigned i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&cpu[i], NULL, guest_cpu, &rig),
				 0);
	for (unsigned i = 0; i < 2000; i++)
		press(&rig);
	for (unsigned i = 0; i < 2; i++)
		pthread_join(cpu[i], NULL);
	set(&rig, EN, 2, PWRBTN);
	press(&rig);
	ck_assert(rig.pm.sci.line.level);
	ck_assert_uint_eq(rig.fake.requests, 0);
	rig_free(&rig);
}
END_TEST

START_TEST(taken_ports_are_an_error)
{
	struct rig rig;
	struct acpi_pm second;

	rig_init(&rig);
	ck_assert_int_eq(acpi_pm_part.make(&second, &rig.board, NULL), -EEXIST);
	rig_free(&rig);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		acpi_mode_from_the_start,     the_power_button,
		the_sci_is_status_and_enable, enable_bits_that_exist_stay,
		accesses_of_every_size,	      s5_powers_off,
		other_sleep_types_do_nothing, the_timer_counts,
		overflow_sets_the_status,     cpus_and_the_button_at_once,
		taken_ports_are_an_error,     NULL,
	};

	return unit_run(unit_suite("acpi_pm", tests));
}
