/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/platform/rtc.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/timerfd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/util.h"
#include "devices/platform/rtc_time.h"

/* How long UIP announces an update: t_BUC and t_UC with a 32 kHz crystal. */
#define UIP_NS UINT64_C(2228000)

/* For how long the time registers don't change after a guest has read UIP as
 * clear.  The chip promises 244 us, in which a vCPU that is not scheduled gets
 * nothing done. */
#define HOLD_NS (NSEC_PER_SEC / 10)

static struct timespec add(struct timespec a, struct timespec b)
{
	struct timespec sum = { a.tv_sec + b.tv_sec, a.tv_nsec + b.tv_nsec };

	if (sum.tv_nsec >= (long)NSEC_PER_SEC) {
		sum.tv_sec++;
		sum.tv_nsec -= (long)NSEC_PER_SEC;
	}
	return sum;
}

static struct timespec subtract(struct timespec a, struct timespec b)
{
	struct timespec diff = { a.tv_sec - b.tv_sec, a.tv_nsec - b.tv_nsec };

	if (diff.tv_nsec < 0) {
		diff.tv_sec--;
		diff.tv_nsec += (long)NSEC_PER_SEC;
	}
	return diff;
}

static bool before(struct timespec a, struct timespec b)
{
	return a.tv_sec < b.tv_sec ||
	       (a.tv_sec == b.tv_sec && a.tv_nsec < b.tv_nsec);
}

static struct timespec host_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now;
}

static struct timespec clock_now(const struct rtc *rtc)
{
	return add(host_now(), rtc->offset);
}

/* Whether the divider chain runs: then the clock advances, and the periodic
 * flag is set. */
static bool dividing(const struct rtc *rtc)
{
	return (rtc->cmos[RTC_A] & RTC_DIV_RESET) != RTC_DIV_RESET;
}

/* Whether the clock updates the time registers; otherwise they keep what the
 * guest writes. */
static bool running(const struct rtc *rtc)
{
	return dividing(rtc) && !(rtc->cmos[RTC_B] & RTC_SET);
}

/* Update the time registers. */
static void show_time(struct rtc *rtc)
{
	if (running(rtc) && now_ns() >= rtc->hold_ns)
		rtc_encode(rtc->cmos, clock_now(rtc).tv_sec);
}

/* Rate of the periodic flag in Hz, 0 when it is off.  Rates 1 and 2 are 8
 * and 9 over again. */
static unsigned periodic_hz(const struct rtc *rtc)
{
	unsigned rate = rtc->cmos[RTC_A] & RTC_RATE;

	if (!rate || !dividing(rtc))
		return 0;
	return 32768 >> (rate < 3 ? rate + 6 : rate - 1);
}

/* The number of the period, within its second, that @ns is in. */
static uint64_t period(unsigned hz, long ns)
{
	return (uint64_t)ns * hz / NSEC_PER_SEC;
}

/* Set the flags of all events since the last call. */
static void catch_up(struct rtc *rtc)
{
	struct timespec from = rtc->seen, now = clock_now(rtc);
	unsigned hz = periodic_hz(rtc);
	uint8_t *flags = &rtc->cmos[RTC_C];

	rtc->seen = now;
	/* The host's clock may have been set back. */
	if (!before(from, now))
		return;
	if (hz && (now.tv_sec != from.tv_sec ||
		   period(hz, now.tv_nsec) != period(hz, from.tv_nsec)))
		*flags |= RTC_PF;
	if (!running(rtc) || now.tv_sec == from.tv_sec)
		return;
	*flags |= RTC_UF;
	if (rtc_next_alarm(rtc->cmos, from.tv_sec) <= now.tv_sec)
		*flags |= RTC_AF;
}

static struct timespec next_periodic(const struct rtc *rtc)
{
	struct timespec t = rtc->seen;
	unsigned hz = periodic_hz(rtc);
	uint64_t n;

	if (!hz)
		return (struct timespec){ .tv_sec = INT64_MAX };
	n = period(hz, t.tv_nsec) + 1;
	if (n == hz)
		return (struct timespec){ .tv_sec = t.tv_sec + 1 };
	t.tv_nsec = (long)((n * NSEC_PER_SEC + hz - 1) / hz);
	return t;
}

/* When the next enabled event is due, in the guest's time. */
static struct timespec next_event(const struct rtc *rtc)
{
	struct timespec next = { .tv_sec = INT64_MAX };
	uint8_t enabled = rtc->cmos[RTC_B];

	if (running(rtc) && enabled & RTC_AIE)
		next.tv_sec = rtc_next_alarm(rtc->cmos, rtc->seen.tv_sec);
	if (running(rtc) && enabled & RTC_UIE)
		next.tv_sec = rtc->seen.tv_sec + 1;
	if (enabled & RTC_PIE && before(next_periodic(rtc), next))
		next = next_periodic(rtc);
	return next;
}

/* Set the timer to the next event that would interrupt, or turn it off.  While
 * IRQF is set there is no such event, so an unread register C costs no
 * wake-ups. */
static void set_timer(struct rtc *rtc)
{
	struct timespec next = { .tv_sec = INT64_MAX };
	struct itimerspec at = { 0 };

	if (!(rtc->cmos[RTC_C] & RTC_IRQF))
		next = next_event(rtc);
	if (next.tv_sec != INT64_MAX)
		at.it_value = subtract(next, rtc->offset);
	if (at.it_value.tv_sec == rtc->armed.tv_sec &&
	    at.it_value.tv_nsec == rtc->armed.tv_nsec)
		return;
	rtc->armed = at.it_value;
	timerfd_settime(rtc->timer.fd,
			TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &at, NULL);
}

/* Compute IRQF, and set the interrupt and the timer accordingly. */
static void update_irq(struct rtc *rtc)
{
	uint8_t *flags = &rtc->cmos[RTC_C];
	bool was = *flags & RTC_IRQF;

	*flags &= RTC_FLAGS;
	if (*flags & rtc->cmos[RTC_B])
		*flags |= RTC_IRQF;
	if (*flags & RTC_IRQF && !was)
		irq_pulse(&rtc->irq);
	set_timer(rtc);
}

static void expired(void *arg, short revents)
{
	struct rtc *rtc = arg;
	uint64_t count;

	(void)revents;
	pthread_mutex_lock(&rtc->lock);
	/* ECANCELED means that the host's clock was set; then do the same.
	 * EAGAIN: a vCPU has set the timer again meanwhile. */
	if (read(rtc->timer.fd, &count, sizeof(count)) >= 0 ||
	    errno == ECANCELED) {
		rtc->armed = (struct timespec){ 0 };
		catch_up(rtc);
		update_irq(rtc);
	}
	pthread_mutex_unlock(&rtc->lock);
}

/* If UIP reads as clear, hold the time registers, so that what the guest reads
 * next is one consistent time. */
static uint8_t read_a(struct rtc *rtc)
{
	bool updating;

	rtc->hold_ns = 0;
	show_time(rtc);
	updating = running(rtc) &&
		   (uint64_t)clock_now(rtc).tv_nsec >= NSEC_PER_SEC - UIP_NS;
	if (!updating)
		rtc->hold_ns = now_ns() + HOLD_NS;
	return rtc->cmos[RTC_A] | (updating ? RTC_UIP : 0);
}

/* Reading register C clears all flags. */
static uint8_t read_c(struct rtc *rtc)
{
	uint8_t flags;

	rtc->hold_ns = 0;
	catch_up(rtc);
	flags = rtc->cmos[RTC_C] & RTC_FLAGS;
	if (flags & rtc->cmos[RTC_B])
		flags |= RTC_IRQF;
	rtc->cmos[RTC_C] = 0;
	set_timer(rtc);
	return flags;
}

static uint8_t read_register(struct rtc *rtc)
{
	uint8_t reg = rtc->index;

	if (reg == RTC_A)
		return read_a(rtc);
	if (reg == RTC_C)
		return read_c(rtc);
	if (rtc_is_time(reg))
		show_time(rtc);
	return rtc->cmos[reg];
}

/*
 * Write a register that the clock depends on: the time, A or B.  Setting the
 * time does not change the phase of the divider.  But after the divider leaves
 * reset, the first update comes half a second later.
 */
static void write_clock(struct rtc *rtc, uint8_t reg, uint8_t value)
{
	struct timespec host = host_now(), now = add(host, rtc->offset);
	bool was_dividing = dividing(rtc), was_running = running(rtc);

	rtc->hold_ns = 0;
	if (was_running)
		rtc_encode(rtc->cmos, now.tv_sec);
	rtc->cmos[reg] = value;
	if (!was_dividing && dividing(rtc))
		now.tv_nsec = NSEC_PER_SEC / 2;
	if (running(rtc) && (!was_running || rtc_is_time(reg)))
		now.tv_sec = rtc_decode(rtc->cmos);
	rtc->offset = subtract(now, host);
	rtc->seen = now;
}

static void write_register(struct rtc *rtc, uint8_t value)
{
	uint8_t reg = rtc->index;

	if (reg == RTC_C || reg == RTC_D)
		return;
	catch_up(rtc);
	if (reg == RTC_A)
		value &= ~RTC_UIP;
	if (reg == RTC_B && value & RTC_SET)
		value &= ~RTC_UIE;
	if (reg == RTC_A || reg == RTC_B || rtc_is_time(reg))
		write_clock(rtc, reg, value);
	else
		rtc->cmos[reg] = value;
	update_irq(rtc);
}

/* The index register cannot be read back. */
static uint64_t rtc_read(void *owner, uint64_t offset, unsigned size)
{
	struct rtc *rtc = owner;
	uint8_t value = 0xff;

	(void)size;
	if (offset == 0)
		return value;
	pthread_mutex_lock(&rtc->lock);
	value = read_register(rtc);
	pthread_mutex_unlock(&rtc->lock);
	return value;
}

/* Bit 7 of the index masks NMIs, of which there are none. */
static void rtc_write(void *owner, uint64_t offset, unsigned size,
		      uint64_t value)
{
	struct rtc *rtc = owner;

	(void)size;
	pthread_mutex_lock(&rtc->lock);
	if (offset == 0)
		rtc->index = value & 0x7f;
	else
		write_register(rtc, (uint8_t)value);
	pthread_mutex_unlock(&rtc->lock);
}

static void put_le16(uint8_t *p, uint64_t value)
{
	value = MIN(value, UINT16_MAX);
	p[0] = (uint8_t)value;
	p[1] = (uint8_t)(value >> 8);
}

/* Set the memory sizes as a BIOS does: base memory, and memory above 1 MiB, in
 * KiB; memory above 16 MiB, and above 4 GiB, in units of 64 KiB.  Values that
 * are too large for their field are limited. */
static void fill_cmos(uint8_t *cmos, const struct mem *mem)
{
	uint64_t low = mem_low_end(mem), high = mem_high_end(mem);
	uint64_t above_4g = high ? (high - 4 * GIB) / (64 * KIB) : 0;

	put_le16(cmos + 0x15, 640);
	put_le16(cmos + 0x17, (low - MIB) / KIB);
	put_le16(cmos + 0x30, (low - MIB) / KIB);
	put_le16(cmos + 0x34, (low - 16 * MIB) / (64 * KIB));
	above_4g = MIN(above_4g, BIT(24) - 1);
	put_le16(cmos + 0x5b, above_4g & UINT16_MAX);
	cmos[0x5d] = (uint8_t)(above_4g >> 16);
}

static void rtc_drop(void *self, struct board *board)
{
	struct rtc *rtc = self;

	bus_remove(board->port, &rtc->range);
	loop_remove(board->loop, &rtc->timer);
	close_fd(&rtc->timer.fd);
	irq_free(&rtc->irq);
	pthread_mutex_destroy(&rtc->lock);
}

static int rtc_make(void *self, struct board *board, const void *config)
{
	static const struct bus_ops ops = { rtc_read, rtc_write, 1 };
	struct rtc *rtc = self;
	int err;

	(void)config;
	*rtc = (struct rtc){
		.range = { .base = RTC_BASE,
			   .len = 2,
			   .ops = &ops,
			   .owner = rtc,
			   .name = "rtc" },
		.cmos = { [RTC_A] = RTC_DIV_32KHZ | 6,
			  [RTC_B] = RTC_24H,
			  [RTC_D] = RTC_VRT },
		.seen = host_now(),
	};
	err = board_irq_init(board, &rtc->irq, RTC_IRQ);
	if (err)
		return err;
	fill_cmos(rtc->cmos, board->mem);
	pthread_mutex_init(&rtc->lock, NULL);
	rtc->timer = (struct loop_fd){
		.fd = timerfd_create(CLOCK_REALTIME,
				     TFD_CLOEXEC | TFD_NONBLOCK),
		.events = POLLIN,
		.ready = expired,
		.arg = rtc,
	};
	if (rtc->timer.fd < 0)
		err = log_fail(-errno,
			       "timer descriptors: %s: raise `ulimit -n`",
			       strerror(errno));
	else
		err = bus_add(board->port, &rtc->range);
	if (err)
		rtc_drop(rtc, board);
	else
		loop_add(board->loop, &rtc->timer);
	return err;
}

const struct part rtc_part = {
	.name = "RTC",
	.size = sizeof(struct rtc),
	.make = rtc_make,
	.drop = rtc_drop,
};
