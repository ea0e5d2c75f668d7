/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/fake_disk.h"

#include <stdlib.h>
#include <string.h>

#include "base/util.h"

static struct fake_disk *to_fake(struct disk *disk)
{
	return (struct fake_disk *)disk;
}

/* Locked. */
static void note(struct fake_disk *f, enum fake_call what, uint64_t offset,
		 uint64_t len, bool end)
{
	unsigned i = f->n_log++ % FAKE_DISK_CALLS;

	f->log[i].what = what;
	f->log[i].offset = offset;
	f->log[i].len = len;
	f->log[i].end = end;
}

/* A call begins: what it is to return. */
static int begin(struct fake_disk *f, enum fake_call what, uint64_t offset,
		 uint64_t len)
{
	int err;

	/* A caller has checked that, as disk.h says. */
	if (what != FAKE_FLUSH &&
	    (!len || offset > f->disk.size || len > f->disk.size - offset))
		abort();
	pthread_mutex_lock(&f->lock);
	note(f, what, offset, len, false);
	f->n[what]++;
	f->stopped++;
	pthread_cond_broadcast(&f->changed);
	while (f->slow && what != FAKE_READ_NOW && !f->cancelled)
		pthread_cond_wait(&f->changed, &f->lock);
	f->stopped--;
	err = f->cancelled ? -ECANCELED : f->err[what];
	pthread_mutex_unlock(&f->lock);
	return err;
}

static int end(struct fake_disk *f, enum fake_call what, uint64_t offset,
	       uint64_t len, int err)
{
	pthread_mutex_lock(&f->lock);
	note(f, what, offset, len, true);
	pthread_mutex_unlock(&f->lock);
	return err;
}

static uint64_t total(const struct iovec *iov, unsigned n)
{
	uint64_t len = 0;

	for (unsigned i = 0; i < n; i++)
		len += iov[i].iov_len;
	return len;
}

static void move(struct fake_disk *f, const struct iovec *iov, unsigned n,
		 uint64_t offset, bool write)
{
	for (unsigned i = 0; i < n; i++) {
		/* Their sum may be right all the same. */
		if (iov[i].iov_len > f->disk.size - offset)
			abort();
		if (write)
			memcpy(f->data + offset, iov[i].iov_base,
			       iov[i].iov_len);
		else
			memcpy(iov[i].iov_base, f->data + offset,
			       iov[i].iov_len);
		offset += iov[i].iov_len;
	}
}

static int transfer(struct disk *disk, const struct iovec *iov, unsigned n,
		    uint64_t offset, enum fake_call what)
{
	struct fake_disk *f = to_fake(disk);
	uint64_t len = total(iov, n);
	int err = begin(f, what, offset, len);

	if (!err)
		move(f, iov, n, offset,
		     what == FAKE_WRITE || what == FAKE_WRITE_DURABLE);
	return end(f, what, offset, len, err);
}

static int fake_read(struct disk *disk, const struct iovec *iov, unsigned n,
		     uint64_t offset)
{
	return transfer(disk, iov, n, offset, FAKE_READ);
}

static int fake_read_now(struct disk *disk, const struct iovec *iov, unsigned n,
			 uint64_t offset)
{
	return transfer(disk, iov, n, offset, FAKE_READ_NOW);
}

static int fake_write(struct disk *disk, const struct iovec *iov, unsigned n,
		      uint64_t offset, bool durable)
{
	return transfer(disk, iov, n, offset,
			durable ? FAKE_WRITE_DURABLE : FAKE_WRITE);
}

static int fake_flush(struct disk *disk)
{
	struct fake_disk *f = to_fake(disk);

	return end(f, FAKE_FLUSH, 0, 0, begin(f, FAKE_FLUSH, 0, 0));
}

static int fake_discard(struct disk *disk, uint64_t offset, uint64_t len)
{
	struct fake_disk *f = to_fake(disk);
	int err = begin(f, FAKE_DISCARD, offset, len);

	/* Anything may be there afterwards. */
	if (!err)
		memset(f->data + offset, 0xdc, len);
	return end(f, FAKE_DISCARD, offset, len, err);
}

static int fake_zero(struct disk *disk, uint64_t offset, uint64_t len,
		     bool may_unmap)
{
	enum fake_call what = may_unmap ? FAKE_ZERO_UNMAP : FAKE_ZERO;
	struct fake_disk *f = to_fake(disk);
	int err = begin(f, what, offset, len);

	if (!err)
		memset(f->data + offset, 0, len);
	return end(f, what, offset, len, err);
}

static void fake_cancel(struct disk *disk)
{
	struct fake_disk *f = to_fake(disk);

	pthread_mutex_lock(&f->lock);
	f->cancelled = true;
	pthread_cond_broadcast(&f->changed);
	pthread_mutex_unlock(&f->lock);
}

static void fake_close(struct disk *disk)
{
	fake_disk_free(to_fake(disk));
}

void fake_disk_init(struct fake_disk *fake, uint64_t size)
{
	static const struct disk_ops ops = {
		.read = fake_read,
		.read_now = fake_read_now,
		.write = fake_write,
		.flush = fake_flush,
		.discard = fake_discard,
		.zero = fake_zero,
		.cancel = fake_cancel,
		.close = fake_close,
	};

	*fake = (struct fake_disk){
		.disk = { .ops = &ops,
			  .name = "fake.img",
			  .size = size,
			  .can_discard = true,
			  .physical_exp = 3,
			  .serial = "serial-0123456789abc" },
		.data = malloc(size),
	};
	if (!fake->data)
		abort();
	memset(fake->data, 0xd5, size);
	pthread_mutex_init(&fake->lock, NULL);
	pthread_cond_init(&fake->changed, NULL);
}

void fake_disk_free(struct fake_disk *fake)
{
	free(fake->data);
	pthread_cond_destroy(&fake->changed);
	pthread_mutex_destroy(&fake->lock);
}

void fake_disk_slow(struct fake_disk *fake, bool slow)
{
	pthread_mutex_lock(&fake->lock);
	fake->slow = slow;
	pthread_cond_broadcast(&fake->changed);
	pthread_mutex_unlock(&fake->lock);
}

void fake_disk_fail(struct fake_disk *fake, enum fake_call what, int err)
{
	pthread_mutex_lock(&fake->lock);
	fake->err[what] = err;
	pthread_mutex_unlock(&fake->lock);
}

void fake_disk_await_stopped(struct fake_disk *fake, unsigned n)
{
	pthread_mutex_lock(&fake->lock);
	while (fake->stopped < n)
		pthread_cond_wait(&fake->changed, &fake->lock);
	pthread_mutex_unlock(&fake->lock);
}

unsigned fake_disk_calls(struct fake_disk *fake, enum fake_call what)
{
	unsigned n;

	pthread_mutex_lock(&fake->lock);
	n = fake->n[what];
	pthread_mutex_unlock(&fake->lock);
	return n;
}

unsigned fake_disk_at(struct fake_disk *fake, enum fake_call what, unsigned i,
		      bool end)
{
	unsigned at = 0;

	pthread_mutex_lock(&fake->lock);
	for (; at < fake->n_log; at++)
		if (fake->log[at].what == what && fake->log[at].end == end &&
		    !i--)
			break;
	if (at == fake->n_log)
		at = FAKE_DISK_CALLS;
	pthread_mutex_unlock(&fake->lock);
	return at;
}
