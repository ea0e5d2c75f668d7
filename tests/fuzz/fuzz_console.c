/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_console.c - any control messages, buffers and ends of streams, in any
 * order, to a console device
 *
 * An input is a byte of set-up, then steps: a byte for what happens, and what
 * that takes.  The driver is the tests' (tests/driver.h), which ends the
 * program when a buffer comes back twice.  Held true: bytes arrive in order and
 * are none that were not sent; what the driver is told is of a kind that there
 * is, of a port that there is, in the order that console.h promises.
 */
#include <string.h>
#include <sys/mman.h>

#include "base/log.h"
#include "base/util.h"
#include "devices/console/console.h"
#include "tests/driver.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/racer.h"
#include "tests/rewriter.h"

enum { SIZE = 8, SLOT = 4096, SLOTS = 64, RACE_ONE_IN = 64 };

/* What an end was given is counted, and what it gives is a count. */
struct fake {
	struct port_end end;
	size_t n_in, taken, n_out, room;
	bool over;
};

static struct {
	struct fake fake[CONSOLE_PORTS];
	struct console console;
	struct driver d[CONSOLE_QUEUES];
	/* By port: bytes sent and seen, and what the driver was told. */
	size_t sent[CONSOLE_PORTS], seen[CONSOLE_PORTS];
	bool added[CONSOLE_PORTS], named[CONSOLE_PORTS], open[CONSOLE_PORTS];
	unsigned next_slot;
	/* There is a second vCPU. */
	bool racing;
	const uint8_t *data;
	size_t size;
} f;

static uint8_t next(void)
{
	if (!f.size)
		return 0;
	f.size--;
	return *f.data++;
}

static void fake_attach(struct port_end *end, void (*news)(void *arg),
			void *arg)
{
	(void)end;
	(void)news;
	(void)arg;
}

static size_t fake_waiting(struct port_end *end)
{
	const struct fake *e = (const struct fake *)end;

	return e->n_in - e->taken;
}

static size_t fake_read(struct port_end *end, uint8_t *to, size_t len)
{
	struct fake *e = (struct fake *)end;
	size_t n = MIN(len, e->n_in - e->taken);

	for (size_t i = 0; i < n; i++)
		to[i] = (uint8_t)e->taken++;
	return n;
}

static size_t fake_room(struct port_end *end)
{
	return ((struct fake *)end)->room;
}

static void fake_write(struct port_end *end, const uint8_t *buf, size_t len)
{
	struct fake *e = (struct fake *)end;

	check(!e->over);
	for (size_t i = 0; i < len; i++)
		check(buf[i] == (uint8_t)e->n_out++ || f.racing);
	e->room -= MIN(len, e->room);
}

static bool fake_over(struct port_end *end)
{
	return ((struct fake *)end)->over;
}

static const struct port_end_ops in_ops = {
	.attach = fake_attach,
	.waiting = fake_waiting,
	.read = fake_read,
	.over = fake_over,
};

static const struct port_end_ops out_ops = {
	.attach = fake_attach,
	.room = fake_room,
	.write = fake_write,
	.over = fake_over,
};

static void interrupt(void *arg)
{
	(void)arg;
}

static void broken(void *arg, unsigned index)
{
	(void)arg;
	(void)index;
}

static const struct virtio_transport transport = { .broken = broken };

static void set_up(uint8_t how)
{
	struct port_end *end[CONSOLE_PORTS] = { NULL };
	const struct vq_config cfg = { .size = SIZE,
				       .packed = how & 1,
				       .event_idx = how >> 1 & 1 };

	for (unsigned i = 1; i < CONSOLE_PORTS; i++) {
		f.fake[i] = (struct fake){
			.end = { i == CONSOLE_STDIN ? &in_ops : &out_ops }
		};
		if (!(how & 4 << i))
			end[i] = &f.fake[i].end;
	}
	check(console_init(&f.console, end, SIZE) == 0);
	f.console.dev.transport = &transport;
	f.console.dev.negotiated = f.console.dev.features;
	for (unsigned i = 0; i < CONSOLE_QUEUES; i++) {
		driver_init(&f.d[i], &cfg, DRIVER_DIRECT, driver_ram(), 0);
		check(driver_start(&f.d[i], &f.console.queue[i].vq, interrupt,
				   NULL) == 0);
	}
}

static void tear_down(void)
{
	console_free(&f.console);
	for (unsigned i = 0; i < CONSOLE_QUEUES; i++) {
		driver_free(&f.d[i]);
		munmap(f.d[i].ram, DRIVER_RAM);
	}
}

/* Lends @len bytes, at a place of their own for a while. */
static uint8_t *lend(unsigned queue, uint32_t len, bool write)
{
	unsigned slot = f.next_slot++ % SLOTS;
	uint64_t at = DRIVER_DATA + (uint64_t)slot * SLOT;

	if (!len || !driver_lend_at(&f.d[queue], at, len, write, 1, slot))
		return NULL;
	return f.d[queue].ram + at;
}

static void told(const struct virtio_console_control *m)
{
	check(m->id < CONSOLE_PORTS && f.console.port[m->id].end);
	switch (m->event) {
	case VIRTIO_CONSOLE_PORT_ADD:
		check(!f.added[m->id]);
		f.added[m->id] = true;
		break;
	case VIRTIO_CONSOLE_PORT_OPEN:
		check(f.added[m->id]);
		/* Never again, once it is closed. */
		check(f.open[m->id] != m->value);
		check(m->value || f.fake[m->id].over);
		check(m->value || m->id != CONSOLE_STDIN ||
		      f.fake[m->id].taken == f.fake[m->id].n_in);
		f.open[m->id] = m->value;
		break;
	case VIRTIO_CONSOLE_PORT_NAME:
		check(f.added[m->id] && !f.named[m->id]);
		check(f.open[m->id] || f.fake[m->id].over);
		f.named[m->id] = true;
		break;
	default:
		check(false);
	}
}

/* Takes back what came. */
static void take(unsigned queue)
{
	struct driver_used used;

	while (driver_get(&f.d[queue], &used)) {
		const uint8_t *p =
			f.d[queue].ram + DRIVER_DATA + used.cookie * SLOT;

		if (queue == CONSOLE_CONTROL_RX && used.len && !f.racing)
			told((const void *)p);
		else if (queue % 2 == 0)
			for (uint32_t i = 0; i < used.len; i++)
				check(p[i] == (uint8_t)
						      f.seen[queue / 2 - 1]++ ||
				      f.racing);
		else
			check(!used.len);
	}
}

static void serve(unsigned queue)
{
	struct console_port *p = &f.console.port[queue < 2 ? 0 : queue / 2 - 1];

	driver_publish(&f.d[queue]);
	if (queue == CONSOLE_CONTROL_RX)
		console_tell(&f.console);
	else if (queue == CONSOLE_CONTROL_TX)
		console_hear(&f.console);
	else if (queue % 2)
		console_send(p);
	else
		console_receive(p);
	take(queue);
}

static void send_message(void)
{
	struct virtio_console_control m = { next() % 6, next() % 9,
					    next() % 3 };
	uint32_t len = next();
	uint8_t *p;

	len = len < 0xe0 ? sizeof(m) : len & 0x1f;
	p = lend(CONSOLE_CONTROL_TX, len, false);
	if (p)
		memcpy(p, &m, MIN(len, sizeof(m)));
	serve(CONSOLE_CONTROL_TX);
}

static void send_bytes(unsigned port)
{
	uint32_t len = (uint32_t)next() << (next() & 3);
	uint8_t *p = lend(2 * port + 3, len, false);

	/* What a port that is over is sent goes nowhere. */
	for (uint32_t i = 0; p && i < len; i++)
		p[i] = (uint8_t)(f.sent[port] + i);
	f.sent[port] += p ? len : 0;
	serve(2 * port + 3);
}

static void step(void)
{
	uint8_t what = next();
	unsigned port = 1 + (what >> 4) % (CONSOLE_PORTS - 1);

	switch (what & 7) {
	case 0:
		send_message();
		break;
	case 1:
		lend(CONSOLE_CONTROL_RX, next(), true);
		serve(CONSOLE_CONTROL_RX);
		break;
	case 2:
		lend(2 * port + 2, next(), true);
		serve(2 * port + 2);
		break;
	case 3:
		send_bytes(port);
		break;
	case 4:
		if (!f.fake[port].over)
			f.fake[port].n_in += next();
		serve(2 * port + 2);
		break;
	case 5:
		f.fake[port].over = true;
		console_look(&f.console.port[port]);
		break;
	case 6:
		f.fake[port].room += next();
		serve(2 * port + 3);
		break;
	default:
		serve(CONSOLE_CONTROL_RX);
	}
}

/* The second vCPU's: a byte of a buffer, of what may be a control message more
 * often than not. */
static void scribble(void *arg)
{
	uint8_t *ram = f.d[race_dice(CONSOLE_QUEUES)].ram;

	(void)arg;
	race_scribble(ram + DRIVER_DATA + (size_t)race_dice(SLOTS) * SLOT,
		      race_dice(4) ? sizeof(struct virtio_console_control) :
				     SLOT);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	log_set_level(LOG_ERR);
	rewrites = true;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	memset(&f, 0, sizeof(f));
	f.data = data;
	f.size = size;
	set_up(next());
	f.racing = race_wanted(data, size, RACE_ONE_IN);
	if (f.racing)
		race_start(scribble, NULL);
	while (f.size)
		step();
	/* At the end all is taken, whatever room there is. */
	for (unsigned i = 1; i < CONSOLE_PORTS; i++) {
		struct console_port *p = &f.console.port[i];

		console_send_rest(p);
		take(2 * i + 3);
		check(!p->end || f.fake[i].over || !p->end->ops->write ||
		      f.fake[i].n_out == f.sent[i]);
	}
	race_stop();
	tear_down();
	return 0;
}
