/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kmod_info.h - what a module says of itself
 *
 * Main thread.
 */
#ifndef INITRAMFS_KMOD_INFO_H
#define INITRAMFS_KMOD_INFO_H

#include <stddef.h>
#include <stdint.h>

/* The names, with commas between them, of the modules that the one in the @len
 * bytes of @data needs: within @data.  NULL: it names none, or is damaged. */
const char *kmod_depends(uint8_t *data, size_t len);

#endif
