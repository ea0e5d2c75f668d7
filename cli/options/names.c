/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * names.c - what to do instead of giving options that other programs have
 */
#include <string.h>

#include "base/util.h"
#include "cli/options/internal.h"

/* What other programs call it, or what to do instead. */
static const struct {
	const char *word, *hint;
} hints[] = {
	{ "ram", "did you mean --mem?" },
	{ "vcpus", "did you mean --cpus?" },
	{ "cores", "did you mean --cpus?" },
	{ "cpu", "the processor is like the host's; --cpus says how many" },
	{ "initramfs", "did you mean --initrd?" },
	{ "ramdisk", "did you mean --initrd?" },
	{ "params", "did you mean --append?" },
	{ "network", "did you mean --net?" },
	{ "netdev", "did you mean --net? A forward is --publish HOST:GUEST" },
	{ "nic", "did you mean --net?" },
	{ "port", "did you mean --publish HOST:GUEST?" },
	{ "hostfwd", "did you mean --publish HOST:GUEST?" },
	{ "forward", "did you mean --publish HOST:GUEST?" },
	{ "console", "did you mean --serial?" },
	{ "log", "did you mean --console-log?" },
	{ "debug", "did you mean --verbose?" },
	{ "quiet", "minivmm says nothing unless something is wrong; the "
		   "kernel is silenced by --append '+=quiet'" },
	{ "command", "the words after -- are the command" },
	{ "machine", "there is one kind of machine: leave it out" },
	{ "M", "there is one kind of machine: leave it out" },
	{ "accel", "the accelerator is always KVM: leave it out" },
	{ "display", "there are no graphics: leave it out" },
	{ "vga", "there are no graphics: leave it out" },
	{ "monitor", "there is no monitor: leave it out" },
	{ "bios", "there is no firmware: the kernel is started at once" },
	{ "device", "see Devices in minivmm --help" },
	{ "snapshot", "nothing of the host is written to: leave it out" },
};

const char *option_hint(const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(hints); i++)
		if (strlen(hints[i].word) == len &&
		    memcmp(hints[i].word, name, len) == 0)
			return hints[i].hint;
	return NULL;
}
