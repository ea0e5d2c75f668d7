/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/disk_check.h"

#include "devices/disk/nbd.h"

void disk_check(FILE *out)
{
	const char *lacks = nbd_disk_lacks();

	fprintf(out, "disks: raw, block devices; ");
	if (lacks)
		fprintf(out, "no qcow2 and its like (%s)\n", lacks);
	else
		fprintf(out, "qcow2 and its like by qemu-nbd\n");
}
