/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * checksum.h - the Internet checksum
 *
 * Ones' complement sums as in RFC 1071, updated as in RFC 1624.  Sums are of
 * 16-bit words in memory order, so nothing is byte-swapped.  Any thread.
 */
#ifndef DEVICES_FIREWALL_CHECKSUM_H
#define DEVICES_FIREWALL_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* Add @len bytes, less than 4 GiB and on an even offset of what is summed,
 * to @sum, which starts at 0. */
uint64_t checksum_add(uint64_t sum, const void *buf, size_t len);

/* Fold the sum to 16 bits; the complement of the result is the checksum.  For
 * data that includes its own right checksum the result is 0xffff. */
uint16_t checksum_fold(uint64_t sum);

/* The checksum of @len bytes. */
uint16_t checksum(const void *buf, size_t len);

/* The new checksum of data whose checksum was @check, after its word @old has
 * become @new. */
uint16_t checksum_update(uint16_t check, uint16_t old, uint16_t new);

/* The sum of the pseudo-header of a TCP, UDP or ICMPv6 packet of @len bytes;
 * @addrs are source and destination, @addrs_len bytes in all. */
uint64_t checksum_pseudo(const void *addrs, size_t addrs_len, uint8_t protocol,
			 size_t len);

/*
 * Finish a checksum that was left to the device (VIRTIO 1.3, 5.1.6.2.2): the
 * field @offset bytes behind @start holds the sum of the pseudo-header and
 * everything from @start on is still to be added.  -EINVAL when the field is
 * not within the @len bytes of @frame.
 */
int checksum_complete(uint8_t *frame, size_t len, size_t start, size_t offset);

#endif
