/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stall.c - drivers of network cards that bring themselves to a halt
 *
 * "flaw=NAME" on the command line is one of the classic ones; with "healthy"
 * the same driver does the same without it.  It asks its question many times
 * over, until an answer stays out or all have come; then it waits or is idle
 * for "seconds=N", for somebody to find out what is wrong, if anything.
 */
#include "guest-tests/lib/arp.h"
#include "guest-tests/lib/boot.h"
#include "guest-tests/lib/clock.h"
#include "guest-tests/lib/gate.h"
#include "guest-tests/lib/irq.h"
#include "guest-tests/lib/report.h"
#include "guest-tests/lib/smp.h"
#include "guest-tests/lib/string.h"
#include "guest-tests/lib/virtio.h"

enum {
	RX,
	TX,
	HEADER_LEN = 12,
	/* As many as may be in flight, and answers besides. */
	RX_LENT = 64,
	RX_LEN = 2048,
	WINDOW = 16,
	/* Frames before a flaw shows that need not have. */
	SOUND = 200,
	FRAMES = 600,
	/* More than any index of 16 bits counts. */
	FRAMES_WRAP = 70000,
	/* A question is asked again after this, where that makes sense. */
	RETRY_MS = 30,
	/* A sound driver's answers are late on a busy host only. */
	PATIENCE_MS = 30000,
	/* A device that wants to be told is asleep after this. */
	ASLEEP_MS = 20,
};

struct flaw {
	const char *name;
	uint64_t features;
	bool packed;
	unsigned frames, window;
	/* Where the driver goes wrong; NULL: there it does not. */
	bool (*wait)(unsigned ms);
	bool (*used)(struct virtq_done *done);
	void (*send)(void);
	bool keeps;
};

static struct virtio_dev dev;
static struct virtq queue[2];
static uint8_t rx_buffer[RX_LENT][RX_LEN], question[HEADER_LEN + 64];
static const struct flaw *flaw;
static bool healthy;
static unsigned sent, answers, patience_ms;

/* Header and frame apart where chains matter. */
static void lend(uint64_t i)
{
	struct virtq_seg seg[] = {
		{ rx_buffer[i], HEADER_LEN },
		{ rx_buffer[i] + HEADER_LEN, RX_LEN - HEADER_LEN },
	};
	struct virtq_seg whole = { rx_buffer[i], RX_LEN };

	if (flaw->packed)
		virtq_add(&queue[RX], seg, 0, 2, i);
	else
		virtq_add(&queue[RX], &whole, 0, 1, i);
}

static void add_question(void)
{
	struct virtq_seg seg = { question, HEADER_LEN + sizeof(arp_question) };
	struct virtq_done done;

	while (virtq_used(&queue[TX], &done))
		;
	virtq_add(&queue[TX], &seg, 1, 0, 0);
	sent++;
}

static void send(void)
{
	add_question();
	virtq_kick(&queue[TX]);
}

/* Sleep until @ready; false after @ms. */
static bool wait_until(bool (*ready)(void), unsigned ms)
{
	uint64_t end = clock_after(ms);

	for (;;) {
		unsigned any = irq_any;

		virtio_ack(&dev);
		virtq_arm(&queue[RX]);
		if (ready())
			return true;
		if (clock_tsc() > end)
			return false;
		irq_sleep(any);
	}
}

static bool rx_ready(void)
{
	return queue[RX].ops->ready(&queue[RX]);
}

static bool wait(unsigned ms)
{
	return wait_until(rx_ready, ms);
}

static bool used(struct virtq_done *done)
{
	return virtq_used(&queue[RX], done);
}

/* "wide": a counter of 32 bits compared with an index of 16. */
static uint32_t taken;

static bool wide_ready(void)
{
	const struct virtq_used *ring = (void *)queue[RX].device;

	return taken < __atomic_load_n(&ring->idx, __ATOMIC_ACQUIRE);
}

static bool wide_wait(unsigned ms)
{
	return wait_until(wide_ready, ms);
}

static bool wide_used(struct virtq_done *done)
{
	if (!wide_ready())
		return false;
	taken++;
	return used(done);
}

/* "deadlock": with interrupts off it waits for a lock that is not let go, here
 * until another processor has seen enough. */
static volatile bool locked;

static void deadlock_send(void)
{
	if (sent >= SOUND && !locked) {
		virtq_arm(&queue[RX]);
		locked = true;
		gate(ring0_irq_off, 0, 0, 0);
	}
	send();
}

static void unlock_later(void *arg)
{
	irq_start();
	clock_sleep(*(unsigned *)arg);
	locked = false;
}

static bool deadlock_wait(unsigned ms)
{
	if (!locked)
		return wait(ms);
	smp_post(1, unlock_later, &ms);
	while (locked)
		__asm__ volatile("pause");
	gate(ring0_irq_on, 0, 0, 0);
	return false;
}

/* "early": a used descriptor's id is read before the flag that says it is
 * used, here before there can be an answer; what was there is no id. */
static uint16_t early_id;

static void take_all(void);

/* The answers to questions asked twice, on a busy host, are none to come. */
static void settle(void)
{
	uint64_t end = clock_after(PATIENCE_MS);

	while (answers < sent && clock_tsc() < end)
		if (wait(RETRY_MS))
			take_all();
}

static void early_send(void)
{
	struct virtq *q = &queue[RX];

	if (sent == SOUND)
		settle();
	if (sent >= SOUND)
		early_id = virtq_desc(q, q->used % q->size)->packed.id;
	send();
}

static bool early_used(struct virtq_done *done)
{
	struct virtq *q = &queue[RX];
	uint16_t id = early_id;

	if (!rx_ready())
		return false;
	if (id < q->size)
		return used(done);
	/* Whatever this is, it is none of ours. */
	q->used = virtq_after(q, q->used, 2);
	return false;
}

/* "fence": nothing came, so let interrupts in and sleep; what comes between
 * the two is never seen. */
static bool fence_wait(unsigned ms)
{
	struct virtq *q = &queue[RX];
	uint64_t end = clock_after(PATIENCE_MS);

	if (sent < SOUND)
		return wait(ms);
	while (!rx_ready() && clock_tsc() < end)
		__asm__ volatile("pause");
	q->ops->wish(q, true);
	end = clock_after(ms);
	while (clock_tsc() < end) {
		unsigned seen = irq_count[q->vector];

		clock_nap();
		if (irq_count[q->vector] != seen)
			return true;
	}
	return false;
}

/* "kick": whether the device wants to be told is asked before there is
 * anything to tell. */
static void kick_send(void)
{
	struct virtq *q = &queue[TX];
	uint64_t end = clock_after(PATIENCE_MS);

	if (sent < SOUND) {
		send();
		return;
	}
	virtq_kick(q);
	/* Nor does it look by itself any more. */
	while (!q->ops->wanted(q, q->next, 1) && clock_tsc() < end)
		clock_nap();
	clock_sleep(ASLEEP_MS);
	add_question();
}

#define EVENT BIT64(VIRTIO_F_EVENT_IDX)

static const struct flaw flaws[] = {
	{ "wide", EVENT, false, FRAMES_WRAP, WINDOW, wide_wait, wide_used, NULL,
	  false },
	{ "deadlock", EVENT, false, FRAMES, 4, deadlock_wait, NULL,
	  deadlock_send, false },
	{ "early", 0, true, FRAMES, 1, NULL, early_used, early_send, false },
	{ "fence", EVENT, false, FRAMES, 1, fence_wait, NULL, NULL, false },
	{ "kick", EVENT, false, FRAMES, 1, NULL, NULL, kick_send, false },
	{ "keep", EVENT, false, FRAMES, 1, NULL, NULL, NULL, true },
};

static const struct flaw *choose(void)
{
	const char *name = str_find(boot.cmdline, "flaw=");
	unsigned i;

	for (i = 0; name && i < sizeof(flaws) / sizeof(flaws[0]); i++)
		if (!memcmp(name + strlen("flaw="), flaws[i].name,
			    strlen(flaws[i].name)))
			return &flaws[i];
	return NULL;
}

static void take_all(void)
{
	struct virtq_done done;

	while (!healthy && flaw->used ? flaw->used(&done) : used(&done)) {
		const uint8_t *buffer = rx_buffer[done.token % RX_LENT];

		answers += done.len > HEADER_LEN &&
			   arp_is_answer(buffer + HEADER_LEN,
					 done.len - HEADER_LEN);
		if (healthy || !flaw->keeps)
			lend(done.token);
	}
	virtq_kick(&queue[RX]);
}

static void ask(void)
{
	if (!healthy && flaw->send)
		flaw->send();
	else
		send();
}

static bool wait_some(unsigned ms)
{
	return !healthy && flaw->wait ? flaw->wait(ms) : wait(ms);
}

/* A window of questions, and their answers; false: they stay out. */
static bool converse(void)
{
	uint64_t end = clock_after(patience_ms);
	unsigned wanted = answers + flaw->window, i;

	for (i = 0; i < flaw->window; i++)
		ask();
	while (answers < wanted) {
		unsigned before = answers;

		if (wait_some(flaw->packed ? RETRY_MS : patience_ms))
			take_all();
		if (answers != before)
			end = clock_after(patience_ms);
		else if (clock_tsc() > end)
			return false;
		else if (flaw->packed)
			ask();
	}
	return true;
}

static bool start(void)
{
	struct virtio_want how = virtio_want();
	const char *why;
	unsigned i;

	how.packed = flaw->packed;
	how.features = flaw->features;
	why = virtio_start(&dev, &how, queue, 2);
	if (why)
		return check(false, "start", "%s", why);
	memcpy(question + HEADER_LEN, &arp_question, sizeof(arp_question));
	virtq_mute(&queue[TX]);
	for (i = 0; i < RX_LENT; i++)
		lend(i);
	virtq_kick(&queue[RX]);
	return true;
}

void guest_main(void)
{
	bool stalled = false;
	unsigned seconds, up;
	uint64_t end;

	irq_start();
	flaw = choose();
	healthy = boot_has("healthy");
	seconds = boot_number("seconds=", 1);
	patience_ms = healthy ? PATIENCE_MS : 1000 * seconds;
	if (!check(flaw != NULL, "flaw", "there is no such") ||
	    !check(virtio_find(&dev, 1), "virtio-net", "none") || !start())
		return;
	smp_start(&up);
	if (flaw->send == deadlock_send &&
	    !check(up > 1, "processors", "it takes two"))
		return;
	while (!stalled && answers < flaw->frames)
		stalled = !converse();
	print("%s after %u answers\n", stalled ? "stalled" : "done", answers);
	check(stalled != healthy, flaw->name, "it did not show");
	end = clock_after(1000 * seconds);
	while (healthy && clock_tsc() < end)
		if (wait(1000))
			take_all();
}
