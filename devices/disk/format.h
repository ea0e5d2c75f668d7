/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * format.h - formats of images: their names, and how files of them begin
 *
 * A format is what the user says, never what the bytes look like: a guest could
 * write the header of another into its raw disk, and the next run would open
 * whatever files that names (CVE-2008-2004 in QEMU).  Looking only serves to
 * refuse what is most likely a mistake.
 */
#ifndef DEVICES_DISK_FORMAT_H
#define DEVICES_DISK_FORMAT_H

#include <stddef.h>

enum disk_format {
	/* The user has not said: raw, if it doesn't begin like another. */
	FORMAT_UNSAID,
	FORMAT_RAW,
	FORMAT_QCOW2,
	FORMAT_QCOW,
	FORMAT_QED,
	FORMAT_VDI,
	FORMAT_VMDK,
	FORMAT_VHDX,
	FORMAT_VPC,
	FORMAT_PARALLELS,
};

/* For option_choice() and its like: the names but the first, with spaces. */
#define FORMAT_WORDS "raw qcow2 qcow qed vdi vmdk vhdx vpc parallels"

/* How many bytes format_seen() looks at. */
enum { FORMAT_BYTES = 512 };

/* QEMU's name of it. */
const char *format_name(enum disk_format format);

/* What an image that begins with the @len bytes of @head may be; FORMAT_RAW if
 * it is like none. */
enum disk_format format_seen(const void *head, size_t len);

#endif
