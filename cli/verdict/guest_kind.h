/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * guest_kind.h - which system runs in the machine, as far as one can tell
 *
 * Threads: main thread.
 */
#ifndef CLI_VERDICT_GUEST_KIND_H
#define CLI_VERDICT_GUEST_KIND_H

#include <stdbool.h>
#include <stdint.h>

struct boot;

/*
 * Whether the guest is Linux, which understands SysRq and survives an NMI.  It
 * is if its console has shown so (@systems, see struct watch_news).  It is,
 * too, if the console has shown no other system and the kernel's file is one of
 * Linux.  May read all of the file.
 */
bool guest_is_linux(const struct boot *boot, uint32_t systems);

#endif
