/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/disk/nbd.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "devices/disk/disk_config.h"

#ifdef HAVE_LIBNBD
#include <poll.h>
#include <stdlib.h>

#include "base/util.h"
#include "devices/disk/disk_file.h"
#include "devices/disk/disk_image.h"
#include "devices/disk/disk_lock.h"
#include "devices/disk/nbd_client.h"
#include "devices/disk/nbd_server.h"

/* How long the server may take to write what it has, and end. */
enum { END_MS = 5000 };
/* When to say that the end waits for it. */
enum { NAME_MS = 400 };

struct nbd {
	struct disk_image image;
	struct nbd_client client;
	struct nbd_server server;
	bool unsafe, can_fua;
	/* The server is gone, which was said.  Atomic and relaxed: it only
	 * keeps from saying it again. */
	bool dead;
	/* -errno of the first flush that failed.  Likewise: set before that
	 * returns. */
	int flush_error;
};

static struct nbd *nbd_of(struct disk *disk)
{
	return (struct nbd *)disk;
}

/* The server has ended, which it was not asked to. */
static void server_lost(struct nbd *nbd)
{
	char why[200];

	if (__atomic_exchange_n(&nbd->dead, true, __ATOMIC_RELAXED))
		return;
	nbd_server_message(&nbd->server, why, sizeof(why));
	log_err("disk %s: its qemu-nbd has ended%s%s: the guest gets an I/O "
		"error for all that it asks for from now on",
		nbd->image.name, *why ? ": " : "", why);
}

/* The end of a request: what @err means to the guest, and to the user. */
static int finish(struct nbd *nbd, enum disk_image_task task, int err)
{
	if (!err)
		return 0;
	if (err != -ENOTCONN)
		return disk_image_failed(&nbd->image, task, err, NULL);
	server_lost(nbd);
	disk_image_count(&nbd->image, task);
	return -EIO;
}

static int nbd_disk_read(struct disk *disk, const struct iovec *iov, unsigned n,
			 uint64_t offset)
{
	const struct nbd_command cmd = { .what = NBD_READ, .offset = offset };
	struct nbd *nbd = nbd_of(disk);

	return finish(nbd, IMAGE_READING,
		      nbd_client_transfer(&nbd->client, cmd, iov, n));
}

static int flush(struct nbd *nbd)
{
	const struct nbd_command cmd = { .what = NBD_FLUSH };
	int err = __atomic_load_n(&nbd->flush_error, __ATOMIC_RELAXED);

	if (err || nbd->unsafe || nbd->image.disk.read_only)
		return err;
	err = nbd_client_execute(&nbd->client, &cmd);
	if (err)
		__atomic_store_n(&nbd->flush_error, err, __ATOMIC_RELAXED);
	return err;
}

static int nbd_disk_write(struct disk *disk, const struct iovec *iov,
			  unsigned n, uint64_t offset, bool durable)
{
	struct nbd *nbd = nbd_of(disk);
	struct nbd_command cmd = { .what = NBD_WRITE, .offset = offset };
	int err;

	if (disk->read_only)
		return -EROFS;
	durable = durable && !nbd->unsafe;
	if (durable && nbd->can_fua)
		cmd.flags = LIBNBD_CMD_FLAG_FUA;
	err = nbd_client_transfer(&nbd->client, cmd, iov, n);
	if (!err && durable && !nbd->can_fua)
		err = flush(nbd);
	return finish(nbd, IMAGE_WRITING, err);
}

static int nbd_disk_flush(struct disk *disk)
{
	struct nbd *nbd = nbd_of(disk);

	return finish(nbd, IMAGE_FLUSHING, flush(nbd));
}

static int change(struct disk *disk, const struct nbd_command *cmd)
{
	struct nbd *nbd = nbd_of(disk);

	if (disk->read_only)
		return -EROFS;
	if (!cmd->len)
		return 0;
	return finish(nbd, IMAGE_WRITING,
		      nbd_client_execute(&nbd->client, cmd));
}

static int nbd_disk_discard(struct disk *disk, uint64_t offset, uint64_t len)
{
	const struct nbd_command cmd = { .what = NBD_TRIM,
					 .offset = offset,
					 .len = len };

	return change(disk, &cmd);
}

static int nbd_disk_zero(struct disk *disk, uint64_t offset, uint64_t len,
			 bool may_unmap)
{
	const struct nbd_command cmd = {
		.what = NBD_ZERO,
		.flags = may_unmap ? 0 : LIBNBD_CMD_FLAG_NO_HOLE,
		.offset = offset,
		.len = len,
	};

	return change(disk, &cmd);
}

static void nbd_disk_cancel(struct disk *disk)
{
	disk_image_cancel(disk);
	nbd_client_cancel(&nbd_of(disk)->client);
}

/* It writes what it has, which takes as long as the host's storage does.  At
 * the end of the program somebody waits for that. */
static void end_server(struct nbd *nbd)
{
	const struct nbd_server *server = &nbd->server;

	if (disk_image_is_cancelled(&nbd->image) &&
	    !nbd_server_has_ended(server, NAME_MS))
		log_warn("disk %s: waiting for qemu-nbd (process %d) to end, "
			 "for %d ms so far",
			 nbd->image.name, (int)server->pid, NAME_MS);
	nbd_server_end(&nbd->server, END_MS);
}

static void nbd_disk_close(struct disk *disk)
{
	struct nbd *nbd = nbd_of(disk);

	nbd_client_free(&nbd->client);
	if (nbd->server.pid)
		end_server(nbd);
	disk_image_free(&nbd->image);
}

static const struct disk_ops ops = {
	.read = nbd_disk_read,
	.write = nbd_disk_write,
	.flush = nbd_disk_flush,
	.discard = nbd_disk_discard,
	.zero = nbd_disk_zero,
	.cancel = nbd_disk_cancel,
	.close = nbd_disk_close,
	.counters = &disk_image_counters,
};

/* All that could stand against it is found out first: qemu-nbd has more lines
 * for that, and doesn't know who is in the way. */
static int check_file(const struct disk_config *c)
{
	struct file_holder holder;
	struct disk_file file;
	int err = disk_file_open(&file, c);

	if (err)
		return err;
	err = disk_lock_test(file.fd, !c->read_only && !c->snapshot, &holder);
	close_fd(&file.fd);
	return err == -EBUSY ? disk_file_busy(c, &holder) : 0;
}

/* The server has not taken a connection. */
static int fail_connect(struct nbd *nbd, const struct disk_config *c)
{
	/* The shell's. */
	enum { NOT_FOUND = 127 };
	struct pollfd end = { .fd = nbd->server.pidfd, .events = POLLIN };
	char why[300];
	int code;

	/* It says why before it ends. */
	poll(&end, 1, END_MS);
	nbd_server_message(&nbd->server, why, sizeof(why));
	code = nbd_server_end(&nbd->server, 0);
	nbd->server.pid = 0;
	if (code == NOT_FOUND)
		return log_fail(-ENOENT,
				"--disk %s: format=%s needs qemu-nbd: install "
				"the package qemu-utils",
				c->path, format_name(c->format));
	return log_fail(-EINVAL, "--disk %s: qemu-nbd: %s%s", c->path,
			*why ? why : "it has ended without a word",
			strstr(why, "key-secret") ?
				": the image is encrypted: decrypt a copy, by "
				"`qemu-img convert'" :
				"");
}

/* The next of the server's sockets becomes a connection. */
static int add_connection(struct nbd *nbd)
{
	int *socket = &nbd->server.sockets[nbd->client.n];
	int fd = *socket;

	*socket = -1;
	return nbd_client_add(&nbd->client, fd);
}

/* More than one connection, if a flush on one of them is for all. */
static int connect_to(struct nbd *nbd, const struct disk_config *c)
{
	const struct nbd_client *client = &nbd->client;
	int err = add_connection(nbd);

	while (!err && client->n < NBD_CONNECTIONS &&
	       client->lib.can_multi_conn(client->connections[0].handle) > 0)
		err = add_connection(nbd);
	for (unsigned i = 0; i < NBD_CONNECTIONS; i++)
		close_fd(&nbd->server.sockets[i]);
	if (err == -ENOTCONN)
		return fail_connect(nbd, c);
	return err ? log_fail(err, "--disk %s: %s", c->path, strerror(-err)) :
		     0;
}

static int describe(struct nbd *nbd, const struct disk_config *c)
{
	const struct nbd_lib *lib = &nbd->client.lib;
	struct nbd_handle *handle = nbd->client.connections[0].handle;
	struct disk *disk = &nbd->image.disk;
	int64_t size = lib->get_size(handle);

	if (size < 512)
		return log_fail(-EINVAL, "--disk %s: its disk is empty",
				c->path);
	disk->ops = &ops;
	disk->size = ALIGN_DOWN((uint64_t)size, UINT64_C(512));
	disk->read_only = c->read_only || c->snapshot;
	disk->can_discard = !disk->read_only && lib->can_trim(handle) > 0;
	/* 4 KiB: the file's pages. */
	disk->physical_exp = 3;
	nbd->can_fua = lib->can_fua(handle) > 0;
	nbd->unsafe = c->unsafe;
	return 0;
}

static int start(struct nbd *nbd, const struct disk_config *c)
{
	int err = nbd_client_init(&nbd->client);

	if (err == -ENOENT)
		return log_fail(err,
				"--disk %s: format=%s needs libnbd: install "
				"the package libnbd0",
				c->path, format_name(c->format));
	if (!err)
		err = nbd_server_start(&nbd->server, c);
	if (err)
		return log_fail(err, "--disk %s: qemu-nbd: %s", c->path,
				strerror(-err));
	err = connect_to(nbd, c);
	return err ? err : describe(nbd, c);
}

int nbd_disk_open(struct disk **disk, const struct disk_config *config)
{
	int err = check_file(config);
	struct nbd *nbd;

	*disk = NULL;
	if (err)
		return err;
	nbd = calloc(1, sizeof(*nbd));
	if (!nbd || disk_image_init(&nbd->image, config->path) < 0) {
		free(nbd);
		return log_fail(-ENOMEM, "--disk %s: %s", config->path,
				strerror(ENOMEM));
	}
	err = start(nbd, config);
	if (err)
		nbd_disk_close(&nbd->image.disk);
	else
		*disk = &nbd->image.disk;
	return err;
}

const char *nbd_disk_lacks(void)
{
	struct nbd_lib lib;

	if (nbd_lib_load(&lib) < 0)
		return "install the package libnbd0";
	if (!nbd_server_exists())
		return "install the package qemu-utils, for qemu-nbd";
	return NULL;
}

#else

int nbd_disk_open(struct disk **disk, const struct disk_config *config)
{
	const char *format = format_name(config->format);

	*disk = NULL;
	return log_fail(-ENOTSUP,
			"--disk %s: this minivmm was built without libnbd and "
			"reads raw images only: convert it, by `qemu-img "
			"convert -f %s -O raw %s FILE'",
			config->path, format, config->path);
}

const char *nbd_disk_lacks(void)
{
	return "this minivmm was built without libnbd: install libnbd-dev and "
	       "build it anew";
}

#endif
