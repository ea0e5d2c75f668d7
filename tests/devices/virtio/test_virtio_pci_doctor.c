/* SPDX-License-Identifier: BSD-2-Clause */
/* The doctor and a device whose driver is the test.  Its seconds are ours. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <unistd.h>

#include "base/log.h"
#include "base/util.h"
#include "devices/virtio/virtio_pci_snapshot.h"
#include "tests/vpci.h"
#include "vmm/doctor.h"
#include "vmm/vcpu.h"

static struct vpci v;
static struct loop loop;
static struct doctor doctor;
static int said;
static uint64_t now;

static void set_up(unsigned mode)
{
	int fds[2];

	ck_assert_int_eq(pipe2(fds, O_NONBLOCK | O_CLOEXEC), 0);
	dup2(fds[1], STDERR_FILENO);
	said = fds[0];
	vpci_init(&v, NULL);
	ck_assert_int_eq(loop_init(&loop), 0);
	doctor_init(&doctor, &loop);
	ck_assert_int_eq(doctor_add(&doctor, &v.vp), 0);
	vpci_start(&v, mode);
	vpci_echo(&v, 1);
}

static void tear_down(void)
{
	vpci_free(&v);
	doctor_free(&doctor);
	loop_free(&loop);
}

/* Another second; what was said. */
static const char *second(void)
{
	static char text[4096];
	ssize_t n;

	now += NSEC_PER_SEC;
	doctor_look(&doctor, now);
	n = read(said, text, sizeof(text) - 1);
	text[MAX(n, 0)] = 0;
	return text;
}

/* Until the worker waits for a kick. */
static void settle(unsigned queue)
{
	struct stall_snapshot s;

	do
		virtio_pci_look(&v.vp, queue, &s);
	while (!s.vq.armed || s.vq.lent);
}

/* A driver that forgot to kick is named within five seconds, and again each
 * time it has taken twice as long. */
START_TEST(a_kick_is_missing)
{
	const char *line = _i & 1 ? "minivmm: stall: echo echo: kick missing "
				    "for 3.0 s: 2 slots from index " :
				    "minivmm: stall: echo echo: kick missing "
				    "for 3.0 s: 1 buffer from index ";
	const struct vq_stats *stats = &v.echo.queue[ECHO_QUEUE].vq.stats;
	unsigned again = 0;

	set_up((unsigned)_i);
	settle(ECHO_QUEUE);
	vpci_lend(&v, ECHO_QUEUE, 2, false);
	for (unsigned i = 0; i < 3; i++)
		ck_assert_str_eq(second(), "");
	ck_assert_int_eq(strncmp(second(), line, strlen(line)), 0);
	ck_assert_uint_eq(count_get(&stats->lost_kicks), 1);
	for (unsigned i = 0; i < 20; i++)
		again += *second() != 0;
	ck_assert_uint_eq(again, 2);
	ck_assert_uint_eq(count_get(&stats->lost_kicks), 1);
	vpci_kick(&v, ECHO_QUEUE);
	vpci_take(&v, ECHO_QUEUE, 2);
	settle(ECHO_QUEUE);
	for (unsigned i = 0; i < 5; i++)
		ck_assert_str_eq(second(), "");
	tear_down();
}
END_TEST

int __wrap_vcpu_snapshot(struct vcpu *vcpu, struct vcpu_snapshot *s);

/* A processor whose interrupts are off every other second, with all of them
 * pending. */
int __wrap_vcpu_snapshot(struct vcpu *vcpu, struct vcpu_snapshot *s)
{
	(void)vcpu;
	*s = (struct vcpu_snapshot){ .interrupts_on = now / NSEC_PER_SEC & 1 };
	memset(s->irr, 0xff, sizeof(s->irr));
	return 0;
}

/* Of whichever queue: interrupts that are off at two looks a second apart are
 * held back, not those that are off at two looks for two queues. */
START_TEST(two_queues_and_one_processor)
{
	struct vcpu vcpu = { 0 };
	char text[4096] = "";

	set_up((unsigned)_i);
	ck_assert_int_eq(doctor_set_vcpus(&doctor, &vcpu, 1), 0);
	vpci_lend(&v, DROP_QUEUE, 2, true);
	vpci_take(&v, DROP_QUEUE, 2);
	settle(DROP_QUEUE);
	/* Lent once and never again: something may be owed. */
	v.echo.queue[DROP_QUEUE].receives = true;
	bus_read(&v.mmio, v.isr, 1);
	settle(ECHO_QUEUE);
	vpci_lend(&v, ECHO_QUEUE, 3, false);
	for (unsigned i = 0; i < 4; i++)
		strcpy(text, second());
	ck_assert_ptr_nonnull(strstr(text, "echo: kick missing"));
	ck_assert_ptr_null(strstr(text, "interrupt not taken"));
	tear_down();
}
END_TEST

/* Nothing is said of a queue that goes on, however slowly. */
START_TEST(nothing_is_wrong)
{
	set_up((unsigned)_i);
	for (uint8_t i = 2; i < 12; i++) {
		vpci_echo(&v, i);
		settle(ECHO_QUEUE);
		ck_assert_str_eq(second(), "");
		ck_assert_str_eq(second(), "");
	}
	tear_down();
}
END_TEST

/* A device that does not go on is our own fault. */
START_TEST(a_worker_is_stuck)
{
	set_up((unsigned)_i);
	echo_slow(&v.echo, true);
	vpci_lend(&v, ECHO_QUEUE, 2, true);
	echo_await_stopped(&v.echo);
	vpci_lend(&v, ECHO_QUEUE, 3, true);
	for (unsigned i = 0; i < 3; i++)
		ck_assert_str_eq(second(), "");
	ck_assert_ptr_nonnull(strstr(second(), "our own lost kick for 3.0 s"));
	echo_slow(&v.echo, false);
	tear_down();
}
END_TEST

/* A queue that has been taken back is nobody's concern. */
START_TEST(after_a_reset)
{
	set_up((unsigned)_i);
	settle(ECHO_QUEUE);
	vpci_lend(&v, ECHO_QUEUE, 2, false);
	second();
	vpci_set_status(&v, 0);
	for (unsigned i = 0; i < 8; i++)
		ck_assert_str_eq(second(), "");
	tear_down();
}
END_TEST

static bool is_asleep(void)
{
	return __atomic_load_n(&doctor.watch.asleep, __ATOMIC_SEQ_CST);
}

/* A served queue wakes it; without it wakes nobody. */
START_TEST(sleeping_and_waking)
{
	set_up((unsigned)_i);
	while (is_asleep())
		usleep(100);
	ck_assert(!doctor.timer.armed);
	loop_quit(&loop);
	loop_run(&loop);
	ck_assert(doctor.timer.armed);
	/* Its timer's work, without the time. */
	settle(ECHO_QUEUE);
	for (unsigned i = 0; i < 20 && !is_asleep(); i++)
		doctor.timer.expired(doctor.timer.arg);
	ck_assert(is_asleep());
	loop_quit(&loop);
	loop_run(&loop);
	vpci_echo(&v, 2);
	while (is_asleep())
		usleep(100);
	tear_down();
}
END_TEST

START_TEST(dumping)
{
	static const char *const parts[] = {
		"minivmm: echo: status 0x0f, features 0x",
		"minivmm:  echo: at work; desc 0x",
		"minivmm:   interrupt: pin",
		"slots",
		"minivmm:  drop: at work;",
	};
	const char *text;

	set_up((unsigned)_i);
	settle(ECHO_QUEUE);
	doctor_dump(&doctor);
	text = second();
	for (unsigned i = 0; i < ARRAY_SIZE(parts); i++)
		ck_assert_msg(strstr(text, parts[i]), "no \"%s\" in:\n%s",
			      parts[i], text);
	vpci_set_status(&v, 0);
	doctor_dump(&doctor);
	ck_assert_ptr_nonnull(strstr(second(), " echo: with the driver;"));
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_kick_is_missing, two_queues_and_one_processor,
		nothing_is_wrong,  a_worker_is_stuck,
		after_a_reset,	   sleeping_and_waking,
		dumping,	   NULL,
	};

	return unit_run(unit_suite_times("virtio_pci_doctor", tests, 4));
}
