/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file system device, on its threads, with a transport that only lends
 * queues.  A comment that begins with VIRTIO and a section is a line of
 * docs/VIRTIO.md.
 */
#define _GNU_SOURCE
#include "devices/fs/fs.h"

#include <fcntl.h>
#include <linux/fuse.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"
#include "tests/driver.h"
#include "tests/event.h"
#include "tests/unit.h"

enum { SIZE = 64, OUT = DRIVER_DATA + 65536 };

static struct {
	char dir[64];
	struct share_config config;
	struct share share;
	struct fs fs;
	struct driver d[FS_QUEUES];
	int stopped;
	/* The last answer. */
	uint32_t used;
	struct fuse_out_header head;
} m;

static void interrupt(void *arg)
{
	(void)arg;
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

static void start_some(bool packed, bool requests)
{
	const struct vq_config cfg = { .size = SIZE, .packed = packed };

	strcpy(m.dir, "/tmp/fs-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(m.dir));
	m.config.dir = m.dir;
	m.stopped = eventfd(0, EFD_NONBLOCK);
	ck_assert_int_eq(share_open(&m.share, &m.config, 1024), 0);
	ck_assert_int_eq(fs_init(&m.fs, &m.share, SIZE), 0);
	m.fs.dev.transport = &transport;
	for (unsigned i = 0; i < FS_QUEUES; i++) {
		m.fs.queue[i].doorbell = eventfd(0, EFD_NONBLOCK);
		driver_init(&m.d[i], &cfg, DRIVER_DIRECT, driver_ram(), 0);
		ck_assert_int_eq(driver_start(&m.d[i], &m.fs.queue[i].vq,
					      interrupt, NULL),
				 0);
	}
	m.fs.dev.ops->queue_start(&m.fs.dev, FS_HIPRIO);
	if (requests)
		m.fs.dev.ops->queue_start(&m.fs.dev, FS_REQUESTS);
}

static void start(bool packed)
{
	start_some(packed, true);
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
		driver_free(&m.d[i]);
	}
	close(m.stopped);
	ck_assert_int_eq(rmdir(m.dir), 0);
}

static void kick(unsigned queue)
{
	driver_publish(&m.d[queue]);
	signal_fd(m.fs.queue[queue].doorbell);
}

static void take(unsigned queue)
{
	struct driver_used used;

	while (!driver_get(&m.d[queue], &used))
		usleep(100);
	m.used = used.len;
}

/* A request with @len bytes of arguments; @room for an answer. */
static void ask(uint32_t opcode, uint64_t node, const void *arg, size_t len,
		uint32_t room)
{
	struct driver *d = &m.d[FS_REQUESTS];
	struct fuse_in_header head = {
		.len = (uint32_t)(sizeof(head) + len),
		.opcode = opcode,
		.unique = 77,
		.nodeid = node,
		.uid = getuid(),
		.gid = getgid(),
	};
	const struct driver_seg seg[] = {
		{ DRIVER_DATA, head.len, false },
		{ OUT, room, true },
	};

	memcpy(d->ram + DRIVER_DATA, &head, sizeof(head));
	memcpy(d->ram + DRIVER_DATA + sizeof(head), arg, len);
	ck_assert(driver_lend(d, seg, room ? 2 : 1, 1));
	kick(FS_REQUESTS);
	take(FS_REQUESTS);
	memcpy(&m.head, d->ram + OUT, sizeof(m.head));
}

static void ask_init(void)
{
	const struct fuse_init_in arg = { .major = 7, .minor = 31 };

	ask(FUSE_INIT, 0, &arg, sizeof(arg), 4096);
	ck_assert_int_eq(m.head.error, 0);
}

/* A FORGET on the queue for that; not waited for. */
static void forget(uint64_t node, uint64_t n)
{
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

	memcpy(d->ram + DRIVER_DATA, &request, sizeof(request));
	ck_assert(driver_lend_at(d, DRIVER_DATA, sizeof(request), false, 1, 1));
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
	ck_assert_uint_eq(m.head.unique, 77);
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
	memcpy(&entry, m.d[FS_REQUESTS].ram + OUT + sizeof(m.head),
	       sizeof(entry));
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

int main(void)
{
	Suite *suite = suite_create("fs");
	TCase *tcase = tcase_create("fs");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, configuration, 0, 2);
	tcase_add_loop_test(tcase, answers, 0, 2);
	tcase_add_loop_test(tcase, no_request, 0, 2);
	tcase_add_loop_test(tcase, forgets, 0, 2);
	tcase_add_loop_test(tcase, forgets_that_wait, 0, 2);
	tcase_add_loop_test(tcase, nonsense_on_hiprio, 0, 2);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
