/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A console device on its thread, with ends that the test has made.  A control
 * message is rewritten as soon as it was read.  A comment that begins with
 * VIRTIO and a section is a line of docs/VIRTIO.md.
 */
#include "tests/vq_watch.h"

#include "devices/console/console.h"

#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/util.h"
#include "devices/virtio/stall.h"
#include "tests/event.h"
#include "tests/rewriter.h"

enum {
	SIZE = 32,
	MODES = 16,
	/* Of a message, at most. */
	MESSAGE = 64,
	/* Of an end. */
	STORE = 1 << 20,
	LAPS = 2 * SIZE,
	/* Rounds in each ring mode. */
	WAKE_UPS = 100,
};

/* An end that the test holds by the other side. */
struct fake {
	struct port_end end;
	pthread_mutex_t lock;
	void (*news)(void *arg);
	void *arg;
	uint8_t in[STORE], out[STORE];
	size_t n_in, taken, n_out, room;
	bool over, open;
	struct port_size size;
	unsigned opened;
};

static struct {
	struct fake fake[CONSOLE_PORTS];
	struct console console;
	struct driver d[CONSOLE_QUEUES];
	int irq[CONSOLE_QUEUES], stopped, broken;
	unsigned config_changes;
	/* The last message. */
	struct virtio_console_control head;
	uint8_t rest[MESSAGE];
	uint32_t len;
} m;

/* --- the ends ------------------------------------------------------------ */

static void fake_attach(struct port_end *end, void (*news)(void *arg),
			void *arg)
{
	struct fake *f = (struct fake *)end;

	pthread_mutex_lock(&f->lock);
	f->news = news;
	f->arg = arg;
	pthread_mutex_unlock(&f->lock);
}

static void fake_opened(struct port_end *end, bool open)
{
	struct fake *f = (struct fake *)end;

	pthread_mutex_lock(&f->lock);
	f->open = open;
	f->opened++;
	pthread_mutex_unlock(&f->lock);
}

static size_t fake_waiting(struct port_end *end)
{
	struct fake *f = (struct fake *)end;
	size_t n;

	pthread_mutex_lock(&f->lock);
	n = f->n_in - f->taken;
	pthread_mutex_unlock(&f->lock);
	return n;
}

static size_t fake_read(struct port_end *end, uint8_t *to, size_t len)
{
	struct fake *f = (struct fake *)end;
	size_t n;

	pthread_mutex_lock(&f->lock);
	n = MIN(len, f->n_in - f->taken);
	memcpy(to, f->in + f->taken, n);
	f->taken += n;
	pthread_mutex_unlock(&f->lock);
	return n;
}

static size_t fake_room(struct port_end *end)
{
	struct fake *f = (struct fake *)end;
	size_t n;

	pthread_mutex_lock(&f->lock);
	n = f->room;
	pthread_mutex_unlock(&f->lock);
	return n;
}

static void fake_write(struct port_end *end, const uint8_t *buf, size_t len)
{
	struct fake *f = (struct fake *)end;

	pthread_mutex_lock(&f->lock);
	ck_assert_uint_le(len, STORE - f->n_out);
	memcpy(f->out + f->n_out, buf, len);
	f->n_out += len;
	f->room -= MIN(f->room, len);
	pthread_mutex_unlock(&f->lock);
}

static bool fake_over(struct port_end *end)
{
	struct fake *f = (struct fake *)end;
	bool over;

	pthread_mutex_lock(&f->lock);
	over = f->over;
	pthread_mutex_unlock(&f->lock);
	return over;
}

static struct port_size fake_size(struct port_end *end)
{
	struct fake *f = (struct fake *)end;
	struct port_size size;

	pthread_mutex_lock(&f->lock);
	size = f->size;
	pthread_mutex_unlock(&f->lock);
	return size;
}

static const struct port_end_ops tty_ops = {
	.attach = fake_attach,
	.opened = fake_opened,
	.waiting = fake_waiting,
	.read = fake_read,
	.write = fake_write,
	.over = fake_over,
	.size = fake_size,
};

static const struct port_end_ops in_ops = {
	.attach = fake_attach,
	.opened = fake_opened,
	.waiting = fake_waiting,
	.read = fake_read,
	.over = fake_over,
};

static const struct port_end_ops out_ops = {
	.attach = fake_attach,
	.opened = fake_opened,
	.room = fake_room,
	.write = fake_write,
	.over = fake_over,
};

static void news(struct fake *f)
{
	pthread_mutex_lock(&f->lock);
	f->news(f->arg);
	pthread_mutex_unlock(&f->lock);
}

static void types(enum console_port_id id, const char *text)
{
	struct fake *f = &m.fake[id];

	pthread_mutex_lock(&f->lock);
	memcpy(f->in + f->n_in, text, strlen(text));
	f->n_in += strlen(text);
	pthread_mutex_unlock(&f->lock);
	news(f);
}

static void resizes(uint16_t cols, uint16_t rows)
{
	struct fake *f = &m.fake[CONSOLE_TTY];

	pthread_mutex_lock(&f->lock);
	f->size = (struct port_size){ cols, rows };
	pthread_mutex_unlock(&f->lock);
	news(f);
}

static void ends(enum console_port_id id)
{
	struct fake *f = &m.fake[id];

	pthread_mutex_lock(&f->lock);
	f->over = true;
	pthread_mutex_unlock(&f->lock);
	news(f);
}

static void makes_room(enum console_port_id id, size_t room)
{
	struct fake *f = &m.fake[id];

	pthread_mutex_lock(&f->lock);
	f->room = room;
	pthread_mutex_unlock(&f->lock);
	news(f);
}

static size_t written(enum console_port_id id)
{
	struct fake *f = &m.fake[id];
	size_t n;

	pthread_mutex_lock(&f->lock);
	n = f->n_out;
	pthread_mutex_unlock(&f->lock);
	return n;
}

/* --- the transport ------------------------------------------------------- */

static void interrupt(void *arg)
{
	unsigned queue = (unsigned)((int *)arg - m.irq);

	if (watched.d == &m.d[queue])
		watch_interrupt();
	signal_fd(m.irq[queue]);
}

static void queue_stopped(void *arg, unsigned index)
{
	(void)arg;
	vq_stop(&m.console.queue[index].vq);
	signal_fd(m.stopped);
}

static void broken(void *arg, unsigned index)
{
	(void)arg;
	ck_assert_ptr_nonnull(m.console.queue[index].vq.broken);
	signal_fd(m.broken);
}

static void config_lock(void *arg)
{
	(void)arg;
}

static void config_unlock(void *arg, bool changed)
{
	(void)arg;
	__atomic_fetch_add(&m.config_changes, changed, __ATOMIC_RELEASE);
}

static const struct virtio_transport transport = {
	.queue_stopped = queue_stopped,
	.broken = broken,
	.config_lock = config_lock,
	.config_unlock = config_unlock,
};

static struct vq_config config_of(int mode)
{
	return (struct vq_config){ .size = SIZE,
				   .packed = mode & 1,
				   .event_idx = mode >> 1 & 1,
				   .indirect = mode >> 2 & 1,
				   .in_order = mode >> 3 & 1 };
}

static void start_queues(int mode)
{
	const struct vq_config cfg = config_of(mode);

	for (unsigned i = 0; i < CONSOLE_QUEUES; i++) {
		driver_init(&m.d[i], &cfg,
			    cfg.indirect ? DRIVER_INDIRECT : DRIVER_DIRECT,
			    driver_ram(), 0);
		ck_assert_int_eq(driver_start(&m.d[i], &m.console.queue[i].vq,
					      interrupt, &m.irq[i]),
				 0);
		m.console.dev.ops->queue_start(&m.console.dev, i);
	}
}

/* With the ports of the mask @ports. */
static void prepare(unsigned ports)
{
	static const struct port_end_ops *const ops[CONSOLE_PORTS] = {
		&tty_ops, &in_ops, &out_ops, &out_ops
	};
	struct port_end *end[CONSOLE_PORTS] = { NULL };

	memset(&m, 0, sizeof(m));
	rewrites = true;
	m.stopped = eventfd(0, EFD_NONBLOCK);
	m.broken = eventfd(0, EFD_NONBLOCK);
	for (unsigned i = 0; i < CONSOLE_PORTS; i++) {
		m.fake[i].end.ops = ops[i];
		m.fake[i].room = STORE;
		pthread_mutex_init(&m.fake[i].lock, NULL);
		if (ports & BIT(i))
			end[i] = &m.fake[i].end;
	}
	ck_assert_int_eq(console_init(&m.console, end, SIZE), 0);
	m.console.dev.transport = &transport;
	m.console.dev.negotiated =
		m.console.dev.features | BIT64(VIRTIO_F_VERSION_1);
	for (unsigned i = 0; i < CONSOLE_QUEUES; i++) {
		m.console.queue[i].doorbell = eventfd(0, EFD_NONBLOCK);
		m.irq[i] = eventfd(0, EFD_NONBLOCK);
	}
}

static void stop(void)
{
	for (unsigned i = 0; i < CONSOLE_QUEUES; i++) {
		m.console.dev.ops->queue_stop(&m.console.dev, i);
		await(m.stopped);
	}
}

static void tear_down(void)
{
	stop();
	console_free(&m.console);
	for (unsigned i = 0; i < CONSOLE_QUEUES; i++) {
		close(m.console.queue[i].doorbell);
		close(m.irq[i]);
		driver_free(&m.d[i]);
	}
	for (unsigned i = 0; i < CONSOLE_PORTS; i++) {
		ck_assert_ptr_null(m.fake[i].news);
		pthread_mutex_destroy(&m.fake[i].lock);
	}
	close(m.stopped);
	close(m.broken);
}

/* --- the driver ---------------------------------------------------------- */

static void kick(unsigned queue)
{
	if (driver_publish(&m.d[queue]))
		signal_fd(m.console.queue[queue].doorbell);
}

/* Until the interrupt that comes for it, which is the only one: whoever looks
 * at the ring alone may be faster than that. */
static void kick_and_sleep(unsigned queue)
{
	driver_arm(&m.d[queue]);
	kick(queue);
	await(m.irq[queue]);
}

/* Lends a buffer at a place of its own, by its number. */
static void lend(unsigned queue, unsigned i, uint32_t len, bool write)
{
	ck_assert(driver_lend_at(&m.d[queue], DRIVER_DATA + i * 4096, len,
				 write, 1, i));
}

static struct driver_used take(unsigned queue)
{
	struct driver_used used;

	while (!driver_get(&m.d[queue], &used))
		if (!driver_arm(&m.d[queue]))
			await(m.irq[queue]);
	return used;
}

static const uint8_t *data(unsigned queue, unsigned i)
{
	return m.d[queue].ram + DRIVER_DATA + (size_t)i * 4096;
}

static void lend_for_control(unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		lend(CONSOLE_CONTROL_RX, i, MESSAGE, true);
	kick(CONSOLE_CONTROL_RX);
}

/* Takes the next message and lends its buffer again. */
static void hear(void)
{
	struct driver_used used = take(CONSOLE_CONTROL_RX);
	unsigned i = (unsigned)used.cookie;
	const uint8_t *p = data(CONSOLE_CONTROL_RX, i);

	ck_assert_uint_ge(used.len, sizeof(m.head));
	m.len = used.len - sizeof(m.head);
	memcpy(&m.head, p, sizeof(m.head));
	memcpy(m.rest, p + sizeof(m.head), m.len);
	lend(CONSOLE_CONTROL_RX, i, MESSAGE, true);
	kick(CONSOLE_CONTROL_RX);
}

static void hears(uint32_t id, uint16_t event, uint16_t value)
{
	hear();
	ck_assert_uint_eq(m.head.id, id);
	ck_assert_uint_eq(m.head.event, event);
	ck_assert_uint_eq(m.head.value, value);
}

static void send_raw(const void *bytes, uint32_t len)
{
	memcpy(m.d[CONSOLE_CONTROL_TX].ram + DRIVER_DATA, bytes, len);
	lend(CONSOLE_CONTROL_TX, 0, len, false);
	kick_and_sleep(CONSOLE_CONTROL_TX);
	ck_assert_uint_eq(take(CONSOLE_CONTROL_TX).len, 0);
}

static void says(uint32_t id, uint16_t event, uint16_t value)
{
	const struct virtio_console_control c = { id, event, value };

	send_raw(&c, sizeof(c));
}

static unsigned rx(enum console_port_id id)
{
	return id ? 2 * (unsigned)id + 2 : 0;
}

static void hears_name(uint32_t id, const char *name)
{
	hears(id, VIRTIO_CONSOLE_PORT_NAME, 1);
	ck_assert_uint_eq(m.len, strlen(name));
	ck_assert_mem_eq(m.rest, name, m.len);
}

/* Brings up port @id, which is the only one. */
static void bring_up(enum console_port_id id, bool open)
{
	lend_for_control(8);
	says(VIRTIO_CONSOLE_BAD_ID, VIRTIO_CONSOLE_DEVICE_READY, 1);
	hears(id, VIRTIO_CONSOLE_PORT_ADD, 1);
	says(id, VIRTIO_CONSOLE_PORT_READY, 1);
	if (id == CONSOLE_TTY)
		hears(id, VIRTIO_CONSOLE_CONSOLE_PORT, 1);
	hears(id, VIRTIO_CONSOLE_PORT_OPEN, 1);
	hears_name(id, console_port_name(id));
	if (open)
		says(id, VIRTIO_CONSOLE_PORT_OPEN, 1);
}

static void set_up(int mode, enum console_port_id id, bool open)
{
	prepare(BIT(id));
	start_queues(mode);
	bring_up(id, open);
}

/* Sends @len bytes from a place where a count stands. */
static void send_bytes(enum console_port_id id, unsigned i, uint32_t len)
{
	unsigned queue = rx(id) + 1;
	uint8_t *p = m.d[queue].ram + DRIVER_DATA + (size_t)i * 4096;

	for (uint32_t k = 0; k < len; k++)
		p[k] = (uint8_t)(i + k * 7);
	lend(queue, i, len, false);
	kick(queue);
}

/* --- control ------------------------------------------------------------- */

/* VIRTIO 5.3.5: after DEVICE_READY each port is added, and only these;
 * a console port is said to be one (5.3.6.2). */
START_TEST(ports_are_added_and_named)
{
	prepare(BIT(CONSOLE_TTY) | BIT(CONSOLE_STDOUT));
	m.fake[CONSOLE_TTY].size = (struct port_size){ 132, 43 };
	start_queues(_i);
	lend_for_control(16);
	says(0, VIRTIO_CONSOLE_DEVICE_READY, 1);
	hears(CONSOLE_TTY, VIRTIO_CONSOLE_PORT_ADD, 1);
	hears(CONSOLE_STDOUT, VIRTIO_CONSOLE_PORT_ADD, 1);
	says(CONSOLE_STDOUT, VIRTIO_CONSOLE_PORT_READY, 1);
	hears(CONSOLE_STDOUT, VIRTIO_CONSOLE_PORT_OPEN, 1);
	hears_name(CONSOLE_STDOUT, "minivmm.stdout");
	says(CONSOLE_TTY, VIRTIO_CONSOLE_PORT_READY, 1);
	hears(CONSOLE_TTY, VIRTIO_CONSOLE_CONSOLE_PORT, 1);
	hears(CONSOLE_TTY, VIRTIO_CONSOLE_RESIZE, 1);
	ck_assert_uint_eq(m.len, 4);
	ck_assert_mem_eq(m.rest, ((uint16_t[]){ 132, 43 }), 4);
	hears(CONSOLE_TTY, VIRTIO_CONSOLE_PORT_OPEN, 1);
	hears_name(CONSOLE_TTY, "minivmm.tty");
	ck_assert_uint_eq(m.console.config.max_nr_ports, CONSOLE_PORTS);
	tear_down();
}
END_TEST

/* VIRTIO 5.3.6.2: a window that changes is told of by RESIZE */
START_TEST(window_changes)
{
	set_up(_i, CONSOLE_TTY, true);
	resizes(80, 25);
	hears(CONSOLE_TTY, VIRTIO_CONSOLE_RESIZE, 1);
	ck_assert_mem_eq(m.rest, ((uint16_t[]){ 80, 25 }), 4);
	ck_assert_uint_eq(m.config_changes, 0);
	ck_assert_uint_eq(m.console.config.cols, 80);
	ck_assert_uint_eq(m.console.config.rows, 25);
	tear_down();
}
END_TEST

/* VIRTIO 5.3.5.1: without MULTIPORT there is one port, open from the start, and
 * its window's size is in the configuration. */
START_TEST(without_multiport)
{
	prepare(BIT(CONSOLE_TTY));
	m.console.dev.negotiated &= ~BIT64(VIRTIO_CONSOLE_F_MULTIPORT);
	start_queues(_i);
	types(CONSOLE_TTY, "hi");
	lend(0, 0, 64, true);
	kick(0);
	ck_assert_uint_eq(take(0).len, 2);
	ck_assert_mem_eq(data(0, 0), "hi", 2);
	send_bytes(CONSOLE_TTY, 1, 9);
	take(1);
	ck_assert_uint_eq(written(CONSOLE_TTY), 9);
	resizes(80, 25);
	while (__atomic_load_n(&m.config_changes, __ATOMIC_ACQUIRE) == 0)
		usleep(100);
	tear_down();
}
END_TEST

/* VIRTIO 5.3.4: a byte written to emerg_wr is printed */
START_TEST(emergency_write)
{
	prepare(BIT(CONSOLE_TTY));
	m.console.dev.ops->config_write(&m.console.dev, 8, 4, 'E');
	m.console.dev.ops->config_write(&m.console.dev, 0, 2, 'x');
	ck_assert_uint_eq(written(CONSOLE_TTY), 1);
	ck_assert_uint_eq(m.fake[CONSOLE_TTY].out[0], 'E');
	console_free(&m.console);
	prepare(BIT(CONSOLE_STDIN));
	m.console.dev.ops->config_write(&m.console.dev, 8, 4, 'E');
	ck_assert(!(m.console.dev.features &
		    BIT64(VIRTIO_CONSOLE_F_EMERG_WRITE)));
	console_free(&m.console);
}
END_TEST

/* VIRTIO 5.3.6.2: what makes no sense is refused, and nothing is told for it
 * [hostile 77] */
START_TEST(senseless_messages)
{
	static const struct virtio_console_control messages[] = {
		{ 2, VIRTIO_CONSOLE_PORT_READY, 1 },
		{ 2, VIRTIO_CONSOLE_PORT_OPEN, 1 },
		{ 0, VIRTIO_CONSOLE_PORT_READY, 1 },
		{ 4, VIRTIO_CONSOLE_PORT_READY, 1 },
		{ 0x80000002, VIRTIO_CONSOLE_PORT_OPEN, 1 },
		{ VIRTIO_CONSOLE_BAD_ID, VIRTIO_CONSOLE_PORT_OPEN, 0 },
		{ 2, VIRTIO_CONSOLE_PORT_ADD, 1 },
		{ 2, VIRTIO_CONSOLE_RESIZE, 1 },
		{ 2, VIRTIO_CONSOLE_PORT_NAME, 1 },
		{ 2, 0xffff, 1 },
		{ 2, VIRTIO_CONSOLE_DEVICE_READY, 0 },
	};

	prepare(BIT(CONSOLE_STDOUT));
	start_queues(_i);
	lend_for_control(8);
	for (unsigned i = 0; i < ARRAY_SIZE(messages); i++)
		send_raw(&messages[i], sizeof(messages[i]));
	for (unsigned len = 1; len < sizeof(messages[0]); len++)
		send_raw(&messages[0], len);
	ck_assert(!driver_pending(&m.d[CONSOLE_CONTROL_RX]));
	ck_assert_uint_eq(count_get(&m.console.refused),
			  ARRAY_SIZE(messages) + 7);
	ck_assert_uint_eq(count_get(&m.console.heard), 0);
	says(0, VIRTIO_CONSOLE_DEVICE_READY, 1);
	hears(2, VIRTIO_CONSOLE_PORT_ADD, 1);
	tear_down();
}
END_TEST

/* What is said twice is heard once. [hostile 77] */
START_TEST(messages_that_come_twice)
{
	set_up(_i, CONSOLE_STDOUT, true);
	says(0, VIRTIO_CONSOLE_DEVICE_READY, 1);
	says(2, VIRTIO_CONSOLE_PORT_READY, 1);
	says(2, VIRTIO_CONSOLE_PORT_OPEN, 1);
	/* Nor is another port taken for it. */
	says(6, VIRTIO_CONSOLE_PORT_OPEN, 0);
	ck_assert(!driver_pending(&m.d[CONSOLE_CONTROL_RX]));
	ck_assert_uint_eq(count_get(&m.console.refused), 3);
	ck_assert_uint_eq(m.fake[CONSOLE_STDOUT].opened, 1);
	tear_down();
}
END_TEST

/* What is to be told waits for buffers, and those that can't hold it are
 * returned empty. [hostile 78] */
START_TEST(messages_wait_for_buffers)
{
	prepare(BIT(CONSOLE_STDOUT));
	start_queues(_i);
	says(0, VIRTIO_CONSOLE_DEVICE_READY, 1);
	lend(CONSOLE_CONTROL_RX, 0, 7, true);
	kick(CONSOLE_CONTROL_RX);
	ck_assert_uint_eq(take(CONSOLE_CONTROL_RX).len, 0);
	lend_for_control(1);
	hears(2, VIRTIO_CONSOLE_PORT_ADD, 1);
	says(2, VIRTIO_CONSOLE_PORT_READY, 1);
	hears(2, VIRTIO_CONSOLE_PORT_OPEN, 1);
	hear();
	tear_down();
}
END_TEST

/* VIRTIO 5.3.5: after a reset all begins anew */
START_TEST(reset_forgets)
{
	set_up(_i, CONSOLE_STDIN, true);
	ck_assert(m.fake[CONSOLE_STDIN].open);
	types(CONSOLE_STDIN, "ab");
	ends(CONSOLE_STDIN);
	stop();
	ck_assert(!m.fake[CONSOLE_STDIN].open);
	for (unsigned i = 0; i < CONSOLE_QUEUES; i++)
		driver_free(&m.d[i]);
	start_queues(_i);
	bring_up(CONSOLE_STDIN, true);
	lend(4, 0, 64, true);
	kick(4);
	ck_assert_uint_eq(take(4).len, 2);
	hears(1, VIRTIO_CONSOLE_PORT_OPEN, 0);
	tear_down();
}
END_TEST

/* --- bytes to the guest -------------------------------------------------- */

/* VIRTIO 5.3.6: nothing is put into buffers of a port that the guest has not
 * opened, and then not a byte is lost; the host's side ends after the last. */
START_TEST(input_waits_for_the_guest_then_ends)
{
	set_up(_i, CONSOLE_STDIN, false);
	types(CONSOLE_STDIN, "hello");
	ends(CONSOLE_STDIN);
	for (unsigned i = 0; i < 3; i++)
		lend(4, i, 2, true);
	kick(4);
	/* Both queues are served by one thread: had it answered, it would be
	 * here. */
	says(9, VIRTIO_CONSOLE_PORT_READY, 1);
	ck_assert(!driver_pending(&m.d[4]));
	ck_assert(!driver_pending(&m.d[CONSOLE_CONTROL_RX]));
	says(1, VIRTIO_CONSOLE_PORT_OPEN, 1);
	ck_assert_uint_eq(take(4).len, 2);
	ck_assert_uint_eq(take(4).len, 2);
	ck_assert_uint_eq(take(4).len, 1);
	ck_assert_mem_eq(data(4, 0), "he", 2);
	ck_assert_mem_eq(data(4, 1), "ll", 2);
	ck_assert_mem_eq(data(4, 2), "o", 1);
	hears(1, VIRTIO_CONSOLE_PORT_OPEN, 0);
	tear_down();
}
END_TEST

/* The end is told only when all was given, however long that takes. */
START_TEST(end_waits_for_buffers)
{
	set_up(_i, CONSOLE_STDIN, true);
	types(CONSOLE_STDIN, "abc");
	ends(CONSOLE_STDIN);
	says(9, VIRTIO_CONSOLE_PORT_READY, 1);
	ck_assert(!driver_pending(&m.d[CONSOLE_CONTROL_RX]));
	lend(4, 0, 3, true);
	kick(4);
	ck_assert_uint_eq(take(4).len, 3);
	hears(1, VIRTIO_CONSOLE_PORT_OPEN, 0);
	tear_down();
}
END_TEST

/* --- bytes from the guest ------------------------------------------------ */

/* VIRTIO 5.3.6: what the guest sends arrives in order, each buffer is returned
 * once. */
START_TEST(output)
{
	size_t n = 0;

	set_up(_i, CONSOLE_STDOUT, true);
	for (unsigned i = 0; i < 20; i++)
		send_bytes(CONSOLE_STDOUT, i, 1 + i * 13);
	for (unsigned i = 0; i < 20; i++) {
		struct driver_used used = take(7);

		ck_assert_uint_eq(used.cookie, i);
		ck_assert_uint_eq(used.len, 0);
	}
	for (unsigned i = 0; i < 20; i++)
		for (uint32_t k = 0; k < 1 + i * 13; k++)
			ck_assert_uint_eq(m.fake[2].out[n++],
					  (uint8_t)(i + k * 7));
	ck_assert_uint_eq(written(CONSOLE_STDOUT), n);
	ck_assert_uint_eq(count_get(&m.console.port[2].bytes_out), n);
	tear_down();
}
END_TEST

/* A reader that stops keeps the guest's buffer, and no byte is lost when it
 * goes on. */
START_TEST(slow_reader)
{
	set_up(_i, CONSOLE_STDOUT, true);
	makes_room(CONSOLE_STDOUT, 100);
	send_bytes(CONSOLE_STDOUT, 0, 64);
	send_bytes(CONSOLE_STDOUT, 1, 64);
	ck_assert_uint_eq(take(7).cookie, 0);
	while (written(CONSOLE_STDOUT) < 100)
		usleep(100);
	while (!count_get(&m.console.port[2].waits))
		usleep(100);
	ck_assert(!driver_pending(&m.d[7]));
	makes_room(CONSOLE_STDOUT, STORE);
	ck_assert_uint_eq(take(7).cookie, 1);
	ck_assert_uint_eq(written(CONSOLE_STDOUT), 128);
	for (unsigned k = 0; k < 64; k++)
		ck_assert_uint_eq(m.fake[2].out[64 + k], (uint8_t)(1 + k * 7));
	tear_down();
}
END_TEST

/* A buffer in pieces, and room that ends within them. */
START_TEST(slow_reader_of_pieces)
{
	enum { LEN = 1000, PIECES = 7 };
	size_t done = 0;

	set_up(_i, CONSOLE_STDOUT, true);
	makes_room(CONSOLE_STDOUT, 0);
	for (unsigned k = 0; k < LEN; k++)
		m.d[7].ram[DRIVER_DATA + k] = (uint8_t)(k * 7);
	ck_assert(driver_lend_at(&m.d[7], DRIVER_DATA, LEN, false, PIECES, 0));
	kick(7);
	while (done < LEN) {
		size_t room = MIN(LEN - done, 77);

		ck_assert(!driver_pending(&m.d[7]));
		makes_room(CONSOLE_STDOUT, room);
		while (written(CONSOLE_STDOUT) < done + room)
			usleep(100);
		done += room;
		ck_assert_uint_eq(written(CONSOLE_STDOUT), done);
	}
	take(7);
	for (unsigned k = 0; k < LEN; k++)
		ck_assert_uint_eq(m.fake[2].out[k], (uint8_t)(k * 7));
	tear_down();
}
END_TEST

/* VIRTIO 5.3.6.2: a reader that has gone closes the host's side, and buffers
 * are returned all the same. */
START_TEST(reader_goes)
{
	set_up(_i, CONSOLE_STDOUT, true);
	makes_room(CONSOLE_STDOUT, 0);
	send_bytes(CONSOLE_STDOUT, 0, 64);
	ends(CONSOLE_STDOUT);
	hears(2, VIRTIO_CONSOLE_PORT_OPEN, 0);
	ck_assert_uint_eq(take(7).cookie, 0);
	send_bytes(CONSOLE_STDOUT, 1, 64);
	take(7);
	ck_assert_uint_eq(written(CONSOLE_STDOUT), 0);
	tear_down();
}
END_TEST

/* Gone before the guest was up: its side is never said to be open. */
START_TEST(reader_that_never_was)
{
	prepare(BIT(CONSOLE_STDOUT));
	m.fake[2].over = true;
	start_queues(_i);
	lend_for_control(8);
	says(0, VIRTIO_CONSOLE_DEVICE_READY, 1);
	hear();
	says(2, VIRTIO_CONSOLE_PORT_READY, 1);
	hears_name(2, "minivmm.stdout");
	tear_down();
}
END_TEST

/* It goes before the driver could be told that it was there: nothing is said of
 * it. */
START_TEST(reader_that_goes_untold)
{
	prepare(BIT(CONSOLE_STDOUT));
	start_queues(_i);
	says(0, VIRTIO_CONSOLE_DEVICE_READY, 1);
	lend_for_control(1);
	take(CONSOLE_CONTROL_RX);
	says(2, VIRTIO_CONSOLE_PORT_READY, 1);
	ends(CONSOLE_STDOUT);
	/* It was served behind that. */
	send_bytes(CONSOLE_STDOUT, 0, 1);
	take(7);
	lend_for_control(4);
	hears_name(2, "minivmm.stdout");
	ck_assert(!driver_pending(&m.d[CONSOLE_CONTROL_RX]));
	tear_down();
}
END_TEST

/* What the guest has sent before its power-off is not lost, whatever the
 * reader does. */
START_TEST(stop_takes_the_rest)
{
	set_up(_i, CONSOLE_STDOUT, true);
	makes_room(CONSOLE_STDOUT, 10);
	for (unsigned i = 0; i < 8; i++)
		send_bytes(CONSOLE_STDOUT, i, 100);
	stop();
	ck_assert_uint_eq(written(CONSOLE_STDOUT), 800);
	for (unsigned i = 0; i < 8; i++)
		for (unsigned k = 0; k < 100; k++)
			ck_assert_uint_eq(m.fake[2].out[100 * i + k],
					  (uint8_t)(i + k * 7));
	tear_down();
}
END_TEST

/* The queues of a port that there is not: buffers come back, nothing goes
 * anywhere. [hostile 79] */
START_TEST(port_that_is_not_there)
{
	set_up(_i, CONSOLE_STDIN, true);
	send_bytes(CONSOLE_STDERR, 0, 100);
	take(9);
	/* Standard input takes no bytes. */
	send_bytes(CONSOLE_STDIN, 0, 100);
	take(5);
	ck_assert_uint_eq(written(CONSOLE_STDERR), 0);
	tear_down();
}
END_TEST

/* A buffer with nothing to read, and one with nothing to write. [hostile 21] */
START_TEST(buffers_of_the_wrong_kind)
{
	set_up(_i, CONSOLE_STDOUT, true);
	lend(7, 0, 100, true);
	kick(7);
	ck_assert_uint_eq(take(7).len, 0);
	ck_assert_uint_eq(written(CONSOLE_STDOUT), 0);
	lend(CONSOLE_CONTROL_TX, 0, 8, true);
	kick(CONSOLE_CONTROL_TX);
	take(CONSOLE_CONTROL_TX);
	ck_assert_uint_eq(count_get(&m.console.refused), 1);
	tear_down();
	set_up(_i, CONSOLE_STDIN, true);
	lend(4, 0, 100, false);
	kick(4);
	types(CONSOLE_STDIN, "x");
	ck_assert_uint_eq(take(4).len, 0);
	lend(4, 1, 100, true);
	kick(4);
	ck_assert_uint_eq(take(4).len, 1);
	tear_down();
}
END_TEST

/* --- who takes his time --------------------------------------------------- */

static enum stall owed(unsigned queue)
{
	const struct virtio_queue *q = &m.console.queue[queue];
	struct stall_snapshot s = {
		.receives = q->receives,
		.stream = q->stream,
		.waits = __atomic_load_n(&q->waits, __ATOMIC_RELAXED),
	};

	vq_look(&q->vq, &s.vq);
	return stall_owed(&s);
}

static void waits(unsigned queue)
{
	while (!__atomic_load_n(&m.console.queue[queue].waits,
				__ATOMIC_RELAXED))
		usleep(100);
}

/* A program that doesn't read its input is no stall, and neither is a reader of
 * its output who stops. */
START_TEST(streams_may_wait)
{
	set_up(_i, CONSOLE_STDIN, true);
	driver_arm(&m.d[4]);
	lend(4, 0, 2, true);
	lend(4, 1, 2, true);
	kick(4);
	types(CONSOLE_STDIN, "hello");
	waits(4);
	ck_assert_int_eq(owed(4), STALL_NONE);
	tear_down();
	set_up(_i, CONSOLE_STDOUT, true);
	makes_room(CONSOLE_STDOUT, 10);
	send_bytes(CONSOLE_STDOUT, 0, 64);
	send_bytes(CONSOLE_STDOUT, 1, 64);
	waits(7);
	ck_assert_int_eq(owed(7), STALL_NONE);
	tear_down();
}
END_TEST

/* --- what the driver sees, and when -------------------------------------- */

/* The lap's number, by which all is told apart. */
static unsigned lap;

static bool bytes_have_come(void)
{
	const uint8_t *p = data(4, 0);

	for (unsigned i = 0; i < MESSAGE; i++)
		if (p[i] != (uint8_t)('a' + lap % 26))
			return false;
	return true;
}

/* As tests/vq_watch.h has it, for each kind of queue. */
START_TEST(watched_input)
{
	char text[MESSAGE + 1] = { 0 };

	set_up(_i, CONSOLE_STDIN, true);
	for (lap = 0; lap < LAPS; lap++) {
		memset(text, 'a' + (int)lap % 26, MESSAGE);
		types(CONSOLE_STDIN, text);
		lend(4, 0, MESSAGE, true);
		watch_begin(&m.d[4], 1, bytes_have_come);
		kick_and_sleep(4);
		ck_assert_uint_eq(take(4).len, MESSAGE);
	}
	tear_down();
}
END_TEST

static bool bytes_are_written(void)
{
	return written(CONSOLE_STDOUT) == (size_t)(lap + 1) * MESSAGE;
}

START_TEST(watched_output)
{
	set_up(_i, CONSOLE_STDOUT, true);
	for (lap = 0; lap < LAPS; lap++) {
		lend(7, 0, MESSAGE, false);
		watch_begin(&m.d[7], 1, bytes_are_written);
		kick_and_sleep(7);
		take(7);
	}
	tear_down();
}
END_TEST

static bool is_heard(void)
{
	return count_get(&m.console.refused) == lap + 1;
}

START_TEST(watched_hearing)
{
	set_up(_i, CONSOLE_STDOUT, true);
	for (lap = 0; lap < LAPS; lap++) {
		watch_begin(&m.d[CONSOLE_CONTROL_TX], 1, is_heard);
		says(CONSOLE_STDOUT, 99, 1);
	}
	tear_down();
}
END_TEST

/* Of eight buffers; four messages brought the port up. */
static bool is_told(void)
{
	const uint16_t size[] = { (uint16_t)(lap + 1), 25 };
	const struct virtio_console_control head = { CONSOLE_TTY,
						     VIRTIO_CONSOLE_RESIZE, 1 };
	const uint8_t *p = data(CONSOLE_CONTROL_RX, (4 + lap) % 8);

	return memcmp(p, &head, sizeof(head)) == 0 &&
	       memcmp(p + sizeof(head), size, sizeof(size)) == 0;
}

START_TEST(watched_telling)
{
	set_up(_i, CONSOLE_TTY, true);
	/* It is the worker's that has heard the last one: no more interrupts
	 * come for those it has told. */
	signalled(m.irq[CONSOLE_CONTROL_RX]);
	for (lap = 0; lap < LAPS; lap++) {
		driver_arm(&m.d[CONSOLE_CONTROL_RX]);
		watch_begin(&m.d[CONSOLE_CONTROL_RX], 1, is_told);
		resizes((uint16_t)(lap + 1), 25);
		await(m.irq[CONSOLE_CONTROL_RX]);
		hears(CONSOLE_TTY, VIRTIO_CONSOLE_RESIZE, 1);
	}
	tear_down();
}
END_TEST

/* --- wake-ups ------------------------------------------------------------ */

static uint32_t dice(uint32_t sides)
{
	return (uint32_t)(driver_random(&m.d[0]) >> 32) % sides;
}

static void brings_up(enum console_port_id id)
{
	says(id, VIRTIO_CONSOLE_PORT_READY, 1);
	hears(id, VIRTIO_CONSOLE_PORT_OPEN, 1);
	hears_name(id, console_port_name(id));
	says(id, VIRTIO_CONSOLE_PORT_OPEN, 1);
}

/* Some bytes typed, buffers for them, others to be written by a reader who is
 * slow: in any order, and it is for each to wake up the next. */
static void some_of_each(unsigned round)
{
	unsigned sent = dice(8), typed = 1 + dice(200);
	char text[256] = { 0 };
	size_t got = 0, before = written(CONSOLE_STDOUT);
	size_t all = 0;

	makes_room(CONSOLE_STDOUT, dice(500));
	memset(text, 'a' + (int)round % 26, typed);
	if (dice(2))
		types(CONSOLE_STDIN, text);
	else
		typed = 0;
	for (unsigned i = 0; i < sent; i++) {
		uint32_t len = 1 + dice(300);

		lend(7, i, len, false);
		all += len;
		if (dice(2))
			kick(7);
	}
	kick(7);
	while (got < typed) {
		lend(4, 0, 1 + dice(100), true);
		kick(4);
		got += take(4).len;
	}
	makes_room(CONSOLE_STDOUT, STORE);
	while (sent--)
		take(7);
	ck_assert_uint_eq(got, typed);
	ck_assert_uint_eq(written(CONSOLE_STDOUT), before + all);
}

START_TEST(wake_ups)
{
	prepare(BIT(CONSOLE_STDIN) | BIT(CONSOLE_STDOUT));
	start_queues(_i);
	lend_for_control(8);
	says(0, VIRTIO_CONSOLE_DEVICE_READY, 1);
	hears(CONSOLE_STDIN, VIRTIO_CONSOLE_PORT_ADD, 1);
	hears(CONSOLE_STDOUT, VIRTIO_CONSOLE_PORT_ADD, 1);
	brings_up(CONSOLE_STDIN);
	brings_up(CONSOLE_STDOUT);
	for (unsigned round = 0; round < WAKE_UPS; round++)
		some_of_each(round);
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		ports_are_added_and_named,
		window_changes,
		without_multiport,
		senseless_messages,
		messages_that_come_twice,
		messages_wait_for_buffers,
		reset_forgets,
		input_waits_for_the_guest_then_ends,
		end_waits_for_buffers,
		output,
		slow_reader,
		slow_reader_of_pieces,
		reader_goes,
		reader_that_never_was,
		reader_that_goes_untold,
		stop_takes_the_rest,
		port_that_is_not_there,
		buffers_of_the_wrong_kind,
		streams_may_wait,
		watched_input,
		watched_output,
		watched_hearing,
		watched_telling,
		wake_ups,
		NULL,
	};
	const TTest *const once[] = { emergency_write, NULL };
	Suite *suite = suite_create("console");

	unit_add(suite, tests, MODES, NULL, NULL);
	unit_add(suite, once, 1, NULL, NULL);
	return unit_run(suite);
}
