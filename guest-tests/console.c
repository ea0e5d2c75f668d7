/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * console.c - a virtio console: ports brought up, used, misused and reset
 *
 * The command line says how the device is driven (lib/virtio.h).  The machine
 * has the console port alone, so all that is about others is refused.
 */
#include "guest-tests/lib/boot.h"
#include "guest-tests/lib/irq.h"
#include "guest-tests/lib/report.h"
#include "guest-tests/lib/string.h"
#include "guest-tests/lib/virtio.h"

enum {
	F_MULTIPORT = 1,
	CONTROL_RX = 2,
	CONTROL_TX = 3,
	QUEUES = 10,
	PORTS = 4,
	/* For messages, as long as Linux's is large. */
	BUFFERS = 8,
	BUFFER = 256,
	RESETS = 8,
	PATIENCE_MS = 20000,
	FILL = 0x5a,
	/* As much RAM as there surely is behind us. */
	PIECE = 16 << 20,
};

/* 5.3.6.2 */
enum {
	DEVICE_READY,
	PORT_ADD,
	PORT_REMOVE,
	PORT_READY,
	CONSOLE_PORT,
	RESIZE,
	PORT_OPEN,
	PORT_NAME,
};

struct message {
	uint32_t id;
	uint16_t event, value;
	char rest[BUFFER - 8];
};

static struct virtio_dev dev;
static struct virtio_want how;
static struct virtq queue[QUEUES];
static struct message in[BUFFERS], heard;
static uint8_t out[4096], typed[64];
static uint32_t heard_len;

static bool start(void)
{
	const char *why;

	how.features |= BIT64(F_MULTIPORT);
	why = virtio_start(&dev, &how, queue, QUEUES);
	return !why || check(false, "start", "%s", why);
}

static void lend_in(unsigned i)
{
	const struct virtq_seg seg = { &in[i], sizeof(in[i]) };

	virtq_add(&queue[CONTROL_RX], &seg, 0, 1, i);
	virtq_kick(&queue[CONTROL_RX]);
}

/* Waits for the next message. */
static bool hear(void)
{
	struct virtq_done done;

	if (!virtq_wait(&queue[CONTROL_RX], PATIENCE_MS) ||
	    !virtq_used(&queue[CONTROL_RX], &done))
		return false;
	heard = in[done.token];
	heard_len = done.len;
	lend_in(done.token);
	return true;
}

static void hears(const char *what, unsigned event, unsigned value)
{
	if (!check(hear(), what, "no message"))
		return;
	check_eq(what, heard.event, event);
	check_eq(what, heard.value, value);
	check_eq(what, heard.id, 0);
}

/* Sends @len bytes of a message; it has come back. */
static bool say(uint32_t id, uint16_t event, uint16_t value, uint32_t len)
{
	static struct message m;
	const struct virtq_seg seg = { &m, len };
	struct virtq_done done;

	m.id = id;
	m.event = event;
	m.value = value;
	virtq_add(&queue[CONTROL_TX], &seg, 1, 0, 0);
	virtq_kick(&queue[CONTROL_TX]);
	return virtq_wait(&queue[CONTROL_TX], PATIENCE_MS) &&
	       virtq_used(&queue[CONTROL_TX], &done);
}

static void bring_up(void)
{
	unsigned i;

	if (!start())
		return;
	for (i = 0; i < BUFFERS && i < queue[CONTROL_RX].size; i++)
		lend_in(i);
	say(-1u, DEVICE_READY, 1, 8);
	hears("add", PORT_ADD, 1);
	say(0, PORT_READY, 1, 8);
	hears("console", CONSOLE_PORT, 1);
	hears("host is open", PORT_OPEN, 1);
	hears("name", PORT_NAME, 1);
	check(heard_len == 8 + 11 && !memcmp(heard.rest, "minivmm.tty", 11),
	      "name", "%u bytes", heard_len);
	say(0, PORT_OPEN, 1, 8);
}

/* Sends what is there, and has it back. */
static bool send(unsigned q, const void *at, uint32_t len, unsigned times)
{
	struct virtq_seg seg[VIRTQ_CHAIN_MAX];
	struct virtq_done done;
	unsigned i;

	for (i = 0; i < times; i++)
		seg[i] = (struct virtq_seg){ at, len };
	virtq_add(&queue[q], seg, times, 0, 7);
	virtq_kick(&queue[q]);
	return virtq_wait(&queue[q], PATIENCE_MS) &&
	       virtq_used(&queue[q], &done) && done.token == 7 && !done.len;
}

static void check_messages(void)
{
	static const uint32_t ids[] = { 1, 3, PORTS, 255, 0x80000000, -1u };
	unsigned i, event, silent = 0;

	for (i = 0; i < 8; i++)
		silent += !say(0, PORT_READY, 1, 1 + i % 7);
	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		for (event = PORT_ADD; event <= PORT_NAME + 1; event++)
			silent += !say(ids[i], event, i & 1, 8);
	for (event = PORT_ADD; event <= PORT_NAME + 1; event++)
		silent += event != PORT_OPEN && !say(0, event, 1, 8);
	silent += !say(0, DEVICE_READY, 1, BUFFER);
	silent += !say(0, 0xffff, 0xffff, BUFFER);
	check_eq("messages that came back", silent, 0);
	check(!virtq_arm(&queue[CONTROL_RX]), "answers to nonsense", "some");
}

/* Of ports that there are not: all comes back, however much it is. */
static void check_absent_ports(void)
{
	const void *ram = (const void *)(uintptr_t)(32 << 20);
	unsigned port, bad = 0;

	for (port = 1; port < PORTS; port++) {
		bad += !send(2 * port + 3, "x", 1, 1);
		bad += !send(2 * port + 3, ram, PIECE, 2);
	}
	check_eq("queues of absent ports", bad, 0);
}

static void check_output(void)
{
	static const char words[] = "by the port, in pieces";
	unsigned i, bad = 0;

	for (i = 0; i < sizeof(words) - 1; i++)
		bad += !send(1, words + i, 1, 1);
	bad += !send(1, "\nand ", 5, 1);
	bad += !send(1, "again ", 6, 2);
	bad += !send(1, "\n", 1, 1);
	check_eq("output", bad, 0);
}

static void check_input(void)
{
	const struct virtq_seg seg = { typed, sizeof(typed) };
	struct virtq_done done = { 0 };
	uint32_t len = 0;

	print("type now\n");
	while (len < 5) {
		virtq_add(&queue[0], &seg, 0, 1, 9);
		virtq_kick(&queue[0]);
		if (!virtq_wait(&queue[0], PATIENCE_MS) ||
		    !virtq_used(&queue[0], &done) || !done.len)
			break;
		memcpy(out + len, typed, done.len);
		len += done.len;
	}
	check(len == 5 && !memcmp(out, "hello", 5), "input", "%u bytes", len);
}

static void check_counts(void)
{
	unsigned i, wrong = 0, lost = 0;

	for (i = 0; i < QUEUES; i++) {
		wrong += queue[i].wrong;
		lost += queue[i].lost;
	}
	check_eq("used but not lent", wrong, 0);
	check_eq("lost interrupts", lost, 0);
	check_eq("status", virtio_status(&dev) & STATUS_NEEDS_RESET, 0);
}

static bool all_filled(const uint8_t *p, unsigned n)
{
	while (n--)
		if (*p++ != FILL)
			return false;
	return true;
}

/* With messages to come, and buffers on loan in all queues. */
static void check_resets(void)
{
	unsigned i, q, late = 0;

	for (i = 0; i < RESETS; i++) {
		const struct virtq_seg seg = { out, sizeof(out) };

		if (!start())
			return;
		say(0, DEVICE_READY, 1, 8);
		for (q = 0; q < QUEUES; q++)
			if (q != CONTROL_TX && q != 1) {
				virtq_add(&queue[q], &seg, q & 1, !(q & 1), 0);
				virtq_kick(&queue[q]);
			}
		virtio_reset(&dev);
		memset(out, FILL, sizeof(out));
		memset(queue[CONTROL_RX].ring, FILL,
		       sizeof(queue[CONTROL_RX].ring));
		late += !all_filled(out, sizeof(out)) ||
			!all_filled(queue[CONTROL_RX].ring,
				    sizeof(queue[CONTROL_RX].ring));
	}
	check_eq("silent after a reset", late, 0);
	check_eq("status 0", virtio_status(&dev), 0);
}

void guest_main(void)
{
	irq_start();
	how = virtio_want();
	if (!check(virtio_find(&dev, VIRTIO_CONSOLE), "virtio-console", "none"))
		return;
	bring_up();
	check_messages();
	check_absent_ports();
	check_output();
	check_input();
	check_counts();
	check_resets();
	bring_up();
	check_output();
}
