/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * counters.c - what the counters of the file system device are called
 */
#include <linux/fuse.h>

#include "base/util.h"
#include "devices/fs/fs.h"
#include "devices/fs/requests.h"

#define AT(field) offsetof(struct fs, server.stats.field)

static const struct count_spec specs[] = {
#define SPEC(number, name, function, size, needs)                              \
	{ #name, "FUSE_" #number " requests", AT(request[FUSE_##number]),      \
	  COUNT_SUM },
	FS_REQUESTS_LIST(SPEC){ "unknown", "requests that are not served",
				AT(unknown), COUNT_SUM },
	{ "errors", "requests answered with an error", AT(errors), COUNT_SUM },
	{ "bytes_read", "bytes of files that the guest has read",
	  AT(bytes_read), COUNT_SUM },
	{ "bytes_written", "bytes that the guest has written to files",
	  AT(bytes_written), COUNT_SUM },
	{ "nodes", "files and folders that the guest knew at a time, at most",
	  AT(nodes), COUNT_PEAK },
};

const struct count_table fs_table = { "fs", specs, ARRAY_SIZE(specs) };
