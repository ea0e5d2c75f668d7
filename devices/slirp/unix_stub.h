/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * unix_stub.h - a Unix socket without a file, to which this process can connect
 *
 * It listens, and has a path by which connect(2) finds it in this process, but
 * no file.  One thread.
 */
#ifndef DEVICES_SLIRP_UNIX_STUB_H
#define DEVICES_SLIRP_UNIX_STUB_H

struct unix_stub {
	/* The listening socket, which does not block; what the path leads to;
	 * -1 for both: not open. */
	int fd, file;
	char path[32];
};

/* Uses a directory for a moment: $TMPDIR, /tmp or /dev/shm.  Returns 0 or
 * -errno. */
int unix_stub_open(struct unix_stub *stub);
void unix_stub_close(struct unix_stub *stub);

/* The other end of the last connection; earlier ones are closed.  -errno. */
int unix_stub_accept(const struct unix_stub *stub);

#endif
