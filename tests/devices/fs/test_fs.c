/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file system device, on its threads, with a transport that only lends
 * queues.  Both ends sleep whenever they can, and what is read of a request is
 * rewritten right after.  A comment that begins with VIRTIO and a section is a
 * line of docs/VIRTIO.md.
 */
#define _GNU_SOURCE
#include "tests/vq_watch.h"

#include "devices/fs/fs.h"

#include <fcntl.h>
#include <linux/fuse.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"
#include "tests/event.h"
#include "tests/rewriter.h"

enum {
	SIZE = 64,
	/* Of requests, by number: where they are, and the room for answers. */
	STRIDE = 8192,
	OUT = DRIVER_DATA + SIZE * STRIDE,
	UNIQUE = 77,
	POISON = 0x5a,
	TEXT = 4000,
	LAPS = 2 * SIZE,
	/* Rounds in each ring mode. */
	WAKE_UPS = 500,
};

static struct {
	char dir[64];
	struct share_config config;
	struct share share;
	struct fs fs;
	struct driver d[FS_QUEUES];
	int irq[FS_QUEUES], stopped;
	/* The last answer. */
	uint32_t used;
	struct fuse_out_header head;
	/* A file of the folder, and what is to be in it. */
	int file;
	uint8_t text[TEXT];
	/* The node that is forgotten. */
	uint64_t forgotten;
} m;

static void interrupt(void *arg)
{
	int *irq = arg;

	if (watched.d)
		watch_interrupt();
	signal_fd(*irq);
}

static void queue_stopped(void *arg, unsigned index)
{
	(void)arg;
	(void)index;
	signal_fd(m.stopped);
}

static const struct virtio_transport transport = {
	.queue_stopped = queue_stopped,
};

static void start_some(int mode, bool requests)
{
	const struct vq_config cfg = { .size = SIZE,
				       .packed = mode & 1,
				       .event_idx = mode >> 1 & 1 };

	rewrites = true;
	strcpy(m.dir, "/tmp/fs-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(m.dir));
	m.config.dir = m.dir;
	m.stopped = eventfd(0, EFD_NONBLOCK);
	ck_assert_int_eq(share_open(&m.share, &m.config, 1024), 0);
	ck_assert_int_eq(fs_init(&m.fs, &m.share, SIZE), 0);
	m.fs.dev.transport = &transport;
	for (unsigned i = 0; i < FS_QUEUES; i++) {
		m.fs.queue[i].doorbell = eventfd(0, EFD_NONBLOCK);
		m.irq[i] = eventfd(0, EFD_NONBLOCK);
		driver_init(&m.d[i], &cfg, DRIVER_DIRECT, driver_ram(), 0);
		ck_assert_int_eq(driver_start(&m.d[i], &m.fs.queue[i].vq,
					      interrupt, &m.irq[i]),
				 0);
	}
	m.fs.dev.ops->queue_start(&m.fs.dev, FS_HIPRIO);
	if (requests)
		m.fs.dev.ops->queue_start(&m.fs.dev, FS_REQUESTS);
}

static void start(int mode)
{
	start_some(mode, true);
}

static void stop(void)
{
	for (unsigned i = 0; i < FS_QUEUES; i++) {
		m.fs.dev.ops->queue_stop(&m.fs.dev, i);
		await(m.stopped);
	}
	fs_free(&m.fs);
	share_close(&m.share);
	for (unsigned i = 0; i < FS_QUEUES; i++) {
		close(m.fs.queue[i].doorbell);
		close(m.irq[i]);
		driver_free(&m.d[i]);
	}
	close(m.stopped);
	ck_assert_int_eq(rmdir(m.dir), 0);
}

static void kick(unsigned queue)
{
	if (driver_publish(&m.d[queue]))
		signal_fd(m.fs.queue[queue].doorbell);
}

/* The number of the request that was answered. */
static uint64_t take(unsigned queue)
{
	struct driver_used used;

	while (!driver_get(&m.d[queue], &used))
		if (!driver_arm(&m.d[queue]))
			await(m.irq[queue]);
	m.used = used.len;
	memcpy(&m.head, m.d[queue].ram + OUT + used.cookie * STRIDE,
	       sizeof(m.head));
	return used.cookie;
}

/* Until the interrupt that comes for it, which is the only one: whoever looks
 * at the ring alone may be faster than that. */
static void kick_and_sleep(unsigned queue)
{
	driver_arm(&m.d[queue]);
	kick(queue);
	await(m.irq[queue]);
}

/* Request number @i with @len bytes of arguments, @room for an answer. */
static void lend(unsigned i, uint32_t opcode, uint64_t node, const void *arg,
		 size_t len, uint32_t room)
{
	struct driver *d = &m.d[FS_REQUESTS];
	uint64_t at = DRIVER_DATA + i * STRIDE, out = OUT + i * STRIDE;
	struct fuse_in_header head = {
		.len = (uint32_t)(sizeof(head) + len),
		.opcode = opcode,
		.unique = UNIQUE + i,
		.nodeid = node,
		.uid = getuid(),
		.gid = getgid(),
	};
	const struct driver_seg seg[] = {
		{ at, head.len, false },
		{ out, room, true },
	};

	memcpy(d->ram + at, &head, sizeof(head));
	memcpy(d->ram + at + sizeof(head), arg, len);
	memset(d->ram + out, POISON, room);
	ck_assert(driver_lend(d, seg, room ? 2 : 1, i));
}

static void ask(uint32_t opcode, uint64_t node, const void *arg, size_t len,
		uint32_t room)
{
	lend(0, opcode, node, arg, len, room);
	kick_and_sleep(FS_REQUESTS);
	take(FS_REQUESTS);
}

/* What is behind the head of the last answer. */
static const uint8_t *body(void)
{
	return m.d[FS_REQUESTS].ram + OUT + sizeof(m.head);
}

static void ask_init(void)
{
	const struct fuse_init_in arg = { .major = 7, .minor = 31 };

	ask(FUSE_INIT, 0, &arg, sizeof(arg), 4096);
	ck_assert_int_eq(m.head.error, 0);
}

/* A FORGET on the queue for that, as request number @i. */
static void lend_forget(unsigned i, uint64_t node, uint64_t n)
{
	uint64_t at = DRIVER_DATA + i * STRIDE;
	struct driver *d = &m.d[FS_HIPRIO];
	struct {
		struct fuse_in_header head;
		struct fuse_forget_in arg;
	} request = {
		.head = { .len = sizeof(request),
			  .opcode = FUSE_FORGET,
			  .nodeid = node },
		.arg = { .nlookup = n },
	};

	memcpy(d->ram + at, &request, sizeof(request));
	ck_assert(driver_lend_at(d, at, sizeof(request), false, 1, i));
}

static void forget(uint64_t node, uint64_t n)
{
	lend_forget(0, node, n);
	kick(FS_HIPRIO);
}

/* VIRTIO 5.11.4: the tag, and one queue for requests behind hiprio */
START_TEST(configuration)
{
	struct virtio_fs_config config;

	start(_i);
	ck_assert_uint_eq(m.fs.dev.type, 26);
	ck_assert_uint_eq(m.fs.dev.n_queues, 2);
	ck_assert_uint_eq(m.fs.dev.config_len, sizeof(config));
	memcpy(&config, m.fs.dev.config, sizeof(config));
	ck_assert_uint_eq(config.num_request_queues, 1);
	ck_assert_str_eq((const char *)config.tag, m.dir + strlen("/tmp/"));
	stop();
}
END_TEST

/* VIRTIO 5.11.6: each request is answered, with its own number, and the used
 * length is the answer's */
START_TEST(answers)
{
	const struct fuse_getattr_in arg = { 0 };

	start(_i);
	ask_init();
	ask(FUSE_GETATTR, 1, &arg, sizeof(arg), 4096);
	ck_assert_int_eq(m.head.error, 0);
	ck_assert_uint_eq(m.head.unique, UNIQUE);
	ck_assert_uint_eq(m.head.len, m.used);
	ck_assert_uint_eq(m.used,
			  sizeof(m.head) + sizeof(struct fuse_attr_out));
	ask(77, 1, &arg, sizeof(arg), 4096);
	ck_assert_int_eq(m.head.error, -38 /* ENOSYS */);
	ck_assert_uint_eq(m.used, sizeof(m.head));
	stop();
}
END_TEST

/* VIRTIO 5.11.6: what is no request, or has no room for an answer, comes back
 * empty, and the next one is served */
START_TEST(no_request)
{
	const struct fuse_getattr_in arg = { 0 };
	struct driver *d = &m.d[FS_REQUESTS];

	start(_i);
	ask_init();
	for (uint32_t len = 1; len < sizeof(struct fuse_in_header); len++) {
		ck_assert(driver_lend_at(d, DRIVER_DATA, len, false, 1, 1));
		kick(FS_REQUESTS);
		take(FS_REQUESTS);
		ck_assert_uint_eq(m.used, 0);
	}
	for (uint32_t room = 0; room < sizeof(m.head); room++) {
		ask(FUSE_GETATTR, 1, &arg, sizeof(arg), room);
		ck_assert_uint_eq(m.used, 0);
	}
	ask(FUSE_GETATTR, 1, &arg, sizeof(arg), 4096);
	ck_assert_int_eq(m.head.error, 0);
	stop();
}
END_TEST

static uint64_t look_up(const char *name)
{
	struct fuse_entry_out entry;

	ask(FUSE_LOOKUP, 1, name, strlen(name) + 1, 4096);
	ck_assert_int_eq(m.head.error, 0);
	memcpy(&entry, body(), sizeof(entry));
	return entry.nodeid;
}

/* VIRTIO 5.11.6.2: the hiprio queue is served beside the requests */
START_TEST(forgets)
{
	const struct fuse_getattr_in arg = { 0 };
	char path[128];
	uint64_t node;

	start(_i);
	ask_init();
	snprintf(path, sizeof(path), "%s/f", m.dir);
	ck_assert_int_eq(mkdir(path, 0755), 0);
	node = look_up("f");
	forget(node, 1);
	take(FS_HIPRIO);
	ck_assert_uint_eq(m.used, 0);
	ask(FUSE_GETATTR, node, &arg, sizeof(arg), 4096);
	ck_assert_int_eq(m.head.error, -116 /* ESTALE */);
	/* More than are noted at a time. */
	for (unsigned i = 0; i < 5 * FS_FORGETS; i++) {
		forget(UINT64_MAX - i, UINT64_MAX);
		take(FS_HIPRIO);
	}
	ck_assert_uint_ne(look_up("f"), node);
	ck_assert_int_eq(rmdir(path), 0);
	stop();
}
END_TEST

/* A host that is slow with a request: what is forgotten meanwhile is noted,
 * and, beyond a bound, stays in the ring until then. */
START_TEST(forgets_that_wait)
{
	struct driver_used used;

	start_some(_i, false);
	for (unsigned i = 0; i < FS_FORGETS; i++) {
		forget(1000, 1);
		take(FS_HIPRIO);
	}
	forget(1000, 1);
	usleep(20000);
	ck_assert(!driver_get(&m.d[FS_HIPRIO], &used));
	m.fs.dev.ops->queue_start(&m.fs.dev, FS_REQUESTS);
	take(FS_HIPRIO);
	stop();
}
END_TEST

/* VIRTIO 5.11.6.2: what is no FORGET is taken and nothing comes of it */
START_TEST(nonsense_on_hiprio)
{
	struct driver *d = &m.d[FS_HIPRIO];

	start(_i);
	ask_init();
	for (uint32_t len = 1; len < 100; len += 13) {
		memset(d->ram + DRIVER_DATA, (int)len, 100);
		ck_assert(driver_lend_at(d, DRIVER_DATA, len, len % 2, 1, 1));
		kick(FS_HIPRIO);
		take(FS_HIPRIO);
		ck_assert_uint_eq(m.used, 0);
	}
	stop();
}
END_TEST

/* --- what the driver sees, and when -------------------------------------- */

static bool is_answered(void)
{
	struct fuse_out_header head;

	memcpy(&head, m.d[FS_REQUESTS].ram + OUT, sizeof(head));
	return head.len >= sizeof(head) && head.unique == UNIQUE &&
	       head.error == 0;
}

static bool is_read(void)
{
	return is_answered() && memcmp(body(), m.text, TEXT) == 0;
}

static bool is_written(void)
{
	uint8_t text[TEXT];

	return is_answered() && pread(m.file, text, TEXT, 0) == TEXT &&
	       memcmp(text, m.text, TEXT) == 0;
}

static unsigned noted(void)
{
	unsigned n;

	pthread_mutex_lock(&m.fs.lock);
	n = m.fs.n_forgets;
	pthread_mutex_unlock(&m.fs.lock);
	return n;
}

/* The server's thread may have taken it since, but leaves it where it was. */
static bool is_noted(void)
{
	uint64_t id;

	pthread_mutex_lock(&m.fs.lock);
	id = m.fs.forget[0].id;
	pthread_mutex_unlock(&m.fs.lock);
	return id == m.forgotten;
}

/* As tests/vq_watch.h has it: the answer and the data are in guest memory, or
 * in the host's file, before the buffer is shown.  What is forgotten is noted
 * by then. */
START_TEST(watched_answers)
{
	struct fuse_open_in open_in = { .flags = O_RDWR };
	struct {
		struct fuse_write_in in;
		uint8_t text[TEXT];
	} write_in = { .in.size = TEXT };
	struct fuse_read_in read_in = { .size = TEXT };
	char path[128];
	uint64_t node;

	start(_i);
	ask_init();
	snprintf(path, sizeof(path), "%s/f", m.dir);
	m.file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_ge(m.file, 0);
	node = look_up("f");
	ask(FUSE_OPEN, node, &open_in, sizeof(open_in), 4096);
	ck_assert_int_eq(m.head.error, 0);
	memcpy(&read_in.fh, body(), sizeof(read_in.fh));
	write_in.in.fh = read_in.fh;
	for (unsigned lap = 0; lap < LAPS; lap++) {
		memset(m.text, (int)lap, TEXT);
		memcpy(write_in.text, m.text, TEXT);
		watch_begin(&m.d[FS_REQUESTS], 1, is_written);
		ask(FUSE_WRITE, node, &write_in, sizeof(write_in), 4096);
		watch_begin(&m.d[FS_REQUESTS], 1, is_read);
		ask(FUSE_READ, node, &read_in, sizeof(read_in), STRIDE);
		while (noted())
			usleep(100);
		m.forgotten = 1000 + lap;
		watch_begin(&m.d[FS_HIPRIO], 1, is_noted);
		lend_forget(0, m.forgotten, 1);
		kick_and_sleep(FS_HIPRIO);
		take(FS_HIPRIO);
	}
	close(m.file);
	ck_assert_int_eq(unlink(path), 0);
	stop();
}
END_TEST

/* --- two queues, and none is left lying ---------------------------------- */

static uint32_t dice(uint32_t sides)
{
	return (uint32_t)(driver_random(&m.d[0]) >> 32) % sides;
}

/* Takes @n answers, of requests that each have a number of their own. */
static void take_each(unsigned queue, unsigned n)
{
	uint64_t seen = 0;

	while (n--) {
		uint64_t i = take(queue);

		ck_assert(!(seen >> i & 1));
		seen |= BIT64(i);
		if (queue == FS_HIPRIO)
			continue;
		ck_assert_int_eq(m.head.error, 0);
		ck_assert_uint_eq(m.head.unique, UNIQUE + i);
	}
}

START_TEST(wake_ups)
{
	const struct fuse_getattr_in arg = { 0 };

	start(_i);
	ask_init();
	for (unsigned round = 0; round < WAKE_UPS; round++) {
		unsigned asked = dice(8), forgotten = dice(8);

		for (unsigned i = 0; i < MAX(asked, forgotten); i++) {
			if (i < asked)
				lend(i, FUSE_GETATTR, 1, &arg, sizeof(arg),
				     4096);
			if (i < forgotten)
				lend_forget(i, 1000 + i, 1);
			if (dice(2))
				kick(dice(FS_QUEUES));
		}
		kick(FS_REQUESTS);
		kick(FS_HIPRIO);
		take_each(FS_HIPRIO, forgotten);
		take_each(FS_REQUESTS, asked);
	}
	stop();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		configuration,	 answers,	    no_request,
		forgets,	 forgets_that_wait, nonsense_on_hiprio,
		watched_answers, wake_ups,	    NULL,
	};

	return unit_run(unit_suite_times("fs", tests, WATCH_MODES));
}
