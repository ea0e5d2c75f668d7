/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * unix_stub.h - a unix socket without a name, to which others can connect
 *
 * It listens, and has a path by which connect(2) finds it in this process,
 * but no file.  One thread.
 */
#ifndef DEVICES_SLIRP_UNIX_STUB_H
#define DEVICES_SLIRP_UNIX_STUB_H

struct unix_stub {
	/* Listening, not blocking; what the path leads to; -1 both. */
	int fd, file;
	char path[32];
};

/* Needs a directory for a moment, $TMPDIR or /tmp or /dev/shm; -errno. */
int unix_stub_open(struct unix_stub *stub);
void unix_stub_close(struct unix_stub *stub);

/* The other end of the last connection; those before are closed.  -errno. */
int unix_stub_accept(const struct unix_stub *stub);

#endif
