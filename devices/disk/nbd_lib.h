/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nbd_lib.h - libnbd, loaded when a disk needs it
 *
 * With the libraries that it needs in turn it would make every start slower,
 * also without such a disk.
 *
 * Threads: the table is constant once it is filled; the functions' own rules
 * are libnbd(3)'s.
 */
#ifndef DEVICES_DISK_NBD_LIB_H
#define DEVICES_DISK_NBD_LIB_H

#include <libnbd.h>

#define NBD_FUNCTIONS(X)                                                       \
	X(create)                                                              \
	X(close)                                                               \
	X(connect_socket)                                                      \
	X(get_error)                                                           \
	X(get_errno)                                                           \
	X(get_size)                                                            \
	X(can_fua)                                                             \
	X(can_multi_conn)                                                      \
	X(can_trim)                                                            \
	X(aio_pread)                                                           \
	X(aio_pwrite)                                                          \
	X(aio_flush)                                                           \
	X(aio_trim)                                                            \
	X(aio_zero)                                                            \
	X(aio_disconnect)                                                      \
	X(aio_command_completed)                                               \
	X(aio_get_fd)                                                          \
	X(aio_get_direction)                                                   \
	X(aio_notify_read)                                                     \
	X(aio_notify_write)                                                    \
	X(aio_is_dead)                                                         \
	X(aio_is_closed)

/* nbd_create() is lib.create(), and so on. */
struct nbd_lib {
#define MEMBER(name) __typeof__(nbd_##name)(*(name));
	NBD_FUNCTIONS(MEMBER)
#undef MEMBER
};

/* Load it, for the rest of the process.  -ENOENT: this host has none, or a much
 * older one.  Main thread. */
int nbd_lib_load(struct nbd_lib *lib);

#endif
