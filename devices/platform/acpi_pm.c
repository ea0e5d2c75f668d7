/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/platform/acpi_pm.h"

#include <stdbool.h>

#include "base/power.h"
#include "base/util.h"
#include "firmware/acpi.h"

enum offset { STATUS = 0, ENABLE = 2, CONTROL = 4, TIMER = 8 };

/* Bits of the status register; the enable register has them at the same
 * places. */
enum event {
	TIMER_OVERFLOW = BIT(0),
	GLOBAL_LOCK = BIT(5),
	POWER_BUTTON = BIT(8),
	SLEEP_BUTTON = BIT(9),
	RTC_ALARM = BIT(10),
	/* All events that can be enabled.  Only the timer and the power button
	 * ever happen, but guests check that their enable bits stay set. */
	EVENTS = TIMER_OVERFLOW | GLOBAL_LOCK | POWER_BUTTON | SLEEP_BUTTON |
		 RTC_ALARM,
};

enum control {
	SCI_EN = BIT(0),
	BM_RLD = BIT(1),
	SLP_TYP_SHIFT = 10,
	SLP_TYP = 7 << SLP_TYP_SHIFT,
	SLP_EN = BIT(13),
};

/* The timer, without the wrap at 32 bits. */
static uint64_t ticks(const struct acpi_pm *pm)
{
	uint64_t ns = now_ns() - pm->start_ns;

	return ns / NSEC_PER_SEC * ACPI_PM_TIMER_HZ +
	       ns % NSEC_PER_SEC * ACPI_PM_TIMER_HZ / NSEC_PER_SEC;
}

/* TMR_STS is set whenever the timer's highest bit changes. */
static void check_overflow(struct acpi_pm *pm, uint64_t now)
{
	if (now >> 31 != pm->halves)
		pm->status |= TIMER_OVERFLOW;
	pm->halves = now >> 31;
}

static void update_sci(struct acpi_pm *pm)
{
	irq_line_set(&pm->sci.line, pm->status & pm->enable);
}

/* An access of any size at any offset is a view of the block as bytes. */
static uint64_t pm_read(void *owner, uint64_t offset, unsigned size)
{
	struct acpi_pm *pm = owner;
	uint8_t block[ACPI_PM_LEN] = { 0 };
	uint32_t value = 0, timer;
	uint64_t now;

	pthread_mutex_lock(&pm->lock);
	now = ticks(pm);
	check_overflow(pm, now);
	update_sci(pm);
	timer = (uint32_t)now;
	memcpy(block + STATUS, &pm->status, sizeof(pm->status));
	memcpy(block + ENABLE, &pm->enable, sizeof(pm->enable));
	memcpy(block + CONTROL, &pm->control, sizeof(pm->control));
	memcpy(block + TIMER, &timer, sizeof(timer));
	pthread_mutex_unlock(&pm->lock);
	memcpy(&value, block + offset, size);
	return value;
}

/* Store the control register.  True if the guest asks for S5. */
static bool write_control(struct acpi_pm *pm, uint16_t value)
{
	unsigned type = (value & SLP_TYP) >> SLP_TYP_SHIFT;

	pm->control = SCI_EN | (value & (BM_RLD | SLP_TYP));
	if (!(value & SLP_EN))
		return false;
	if (type == ACPI_S5_TYPE)
		return true;
	log_guest(&pm->limit,
		  "ACPI: the guest asks for sleep type %u, which "
		  "does not exist: ignored",
		  type);
	return false;
}

static void pm_write(void *owner, uint64_t offset, unsigned size,
		     uint64_t value)
{
	struct acpi_pm *pm = owner;
	uint8_t data[ACPI_PM_LEN] = { 0 }, mask[ACPI_PM_LEN] = { 0 };
	uint16_t m;
	bool off;

	memcpy(data + offset, &value, size);
	memset(mask + offset, 0xff, size);
	pthread_mutex_lock(&pm->lock);
	check_overflow(pm, ticks(pm));
	pm->status &= ~get_le16(data + STATUS);
	m = get_le16(mask + ENABLE);
	pm->enable &= ~m;
	pm->enable |= get_le16(data + ENABLE) & EVENTS;
	m = get_le16(mask + CONTROL);
	off = write_control(pm, (pm->control & ~m) | get_le16(data + CONTROL));
	update_sci(pm);
	pthread_mutex_unlock(&pm->lock);
	if (off)
		power_request(pm->power, POWER_OFF, "ACPI S5");
}

static void press_power_button(void *arg)
{
	struct acpi_pm *pm = arg;

	pthread_mutex_lock(&pm->lock);
	pm->status |= POWER_BUTTON;
	update_sci(pm);
	pthread_mutex_unlock(&pm->lock);
}

static void acpi_pm_drop(void *self, struct board *board)
{
	struct acpi_pm *pm = self;

	board->power_button = (struct power_button){ NULL, NULL };
	bus_remove(board->port, &pm->range);
	board_line_free(&pm->sci);
	pthread_mutex_destroy(&pm->lock);
}

static int acpi_pm_make(void *self, struct board *board, const void *config)
{
	static const struct bus_ops ops = { pm_read, pm_write, 4 };
	struct acpi_pm *pm = self;
	int err;

	(void)config;
	*pm = (struct acpi_pm){
		.range = { .base = ACPI_PM_BASE,
			   .len = ACPI_PM_LEN,
			   .ops = &ops,
			   .owner = pm,
			   .name = "acpi pm" },
		.power = board->power,
		.start_ns = now_ns(),
		.control = SCI_EN,
	};
	err = board_line_init(board, &pm->sci, ACPI_SCI_IRQ);
	if (err)
		return err;
	pthread_mutex_init(&pm->lock, NULL);
	err = bus_add(board->port, &pm->range);
	if (err)
		acpi_pm_drop(pm, board);
	else
		board->power_button =
			(struct power_button){ press_power_button, pm };
	return err;
}

const struct part acpi_pm_part = {
	.name = "ACPI power management",
	.size = sizeof(struct acpi_pm),
	.make = acpi_pm_make,
	.drop = acpi_pm_drop,
};
