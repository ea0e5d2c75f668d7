/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/fd_limit.h"

#include <sys/resource.h>

#include "base/util.h"

enum {
	/* More would be of no use: see devices/slirp/fds.c. */
	FDS_WANTED = 65536,
	/* What there is by default, should the limit not be known. */
	FDS_USUAL = 1024,
};

unsigned long fd_limit_raise(void)
{
	struct rlimit fds = { .rlim_cur = FDS_USUAL, .rlim_max = FDS_USUAL };
	rlim_t wanted;

	getrlimit(RLIMIT_NOFILE, &fds);
	wanted = MIN((rlim_t)FDS_WANTED, fds.rlim_max);
	if (fds.rlim_cur < wanted) {
		fds.rlim_cur = wanted;
		setrlimit(RLIMIT_NOFILE, &fds);
		getrlimit(RLIMIT_NOFILE, &fds);
	}
	return (unsigned long)MIN((rlim_t)FDS_WANTED, fds.rlim_cur);
}
