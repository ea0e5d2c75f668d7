/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * console.c - messages and buffers that no driver should send to a console
 */
#include "guest-tests/hostile/hostile.h"
#include "guest-tests/lib/string.h"

enum {
	DEVICE_READY = 0,
	PORT_ADD = 1,
	EVENTS = 9,
	PORTS = 8,
	PATIENCE_MS = 10000,
};

static struct {
	uint32_t id;
	uint16_t event, value;
} message, heard;

/* Lend queue @i one buffer, and take it back. */
static bool lend(struct victim *v, unsigned i, void *at, uint32_t len,
		 bool write)
{
	struct virtq *q = &v->queue[i];
	struct virtq_seg seg = { at, len };
	struct virtq_done done;

	if (!virtq_add(q, &seg, !write, write, 1))
		return false;
	virtq_notify(q);
	return virtq_wait(q, PATIENCE_MS) && virtq_used(q, &done);
}

static bool say(struct victim *v, uint32_t id, uint16_t event, uint16_t value)
{
	message.id = id;
	message.event = event;
	message.value = value;
	return lend(v, CONSOLE_CONTROL_TX, &message, sizeof(message), false);
}

/* It adds its port. */
bool console_works(struct victim *v)
{
	return say(v, 0, DEVICE_READY, 1) &&
	       lend(v, CONSOLE_CONTROL_RX, &heard, sizeof(heard), true) &&
	       heard.event == PORT_ADD;
}

static bool any_message(struct victim *v, uint64_t id)
{
	uint16_t event;

	for (event = 0; event < EVENTS; event++)
		if (!say(v, id, event, 1) || !say(v, id, event, 0xffff) ||
		    !say(v, id, event, 0))
			return false;
	return true;
}

static bool every_port(struct victim *v, uint64_t arg)
{
	uint32_t id;

	(void)arg;
	for (id = 0; id < PORTS; id++)
		if (!any_message(v, id))
			return false;
	return true;
}

static bool cut(struct victim *v, uint64_t len)
{
	return lend(v, CONSOLE_CONTROL_TX, &message, len, false);
}

static bool wrong_way(struct victim *v, uint64_t queue)
{
	return lend(v, queue, hostile_page, 64, queue % 2);
}

/* There is a message to tell, and too little room for it. */
static bool short_room(struct victim *v, uint64_t len)
{
	return say(v, 0, DEVICE_READY, 1) &&
	       lend(v, CONSOLE_CONTROL_RX, &heard, len, true);
}

static const struct input console[] = {
	{ "21 a message to be written", wrong_way, CONSOLE_CONTROL_TX, LIVES,
	  MODERN, 0 },
	{ "21 bytes to be written", wrong_way, CONSOLE_TX, LIVES, MODERN, 0 },
	{ "77 messages about each port", every_port, 0, LIVES, MODERN, 0 },
	{ "77 messages about port 2^31", any_message, 1u << 31, LIVES, MODERN,
	  0 },
	{ "77 messages about port 2^32-1", any_message, 0xffffffff, LIVES,
	  MODERN, 0 },
	{ "77 a message of 7 bytes", cut, 7, LIVES, MODERN, 0 },
	{ "77 a message of a byte", cut, 1, LIVES, MODERN, 0 },
	{ "78 7 bytes for a message", short_room, 7, LIVES, MODERN, 0 },
};

const struct inputs hostile_console = INPUTS(console);
