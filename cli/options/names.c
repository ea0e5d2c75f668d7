/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * names.c - advice for options that other programs have
 */
#include <string.h>

#include "base/util.h"
#include "cli/options/internal.h"

#define NO_GRAPHICS "there are no graphics: leave it out"
#define SEE_DEVICES "see Devices in minivmm --help=all"
#define NO_FIRMWARE "there is no firmware: the kernel is started at once"

/*
 * Other programs' names of options, and what to do instead.  Each QEMU option
 * that begins with a letter of ours that takes a value must be here: otherwise
 * -incoming would be an initial RAM disk called ncoming.
 */
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
	{ "s", "did you mean --gdb 1234?" },
	{ "S", "did you mean --gdb 1234 --gdb-wait?" },
	{ "nic", "did you mean --net?" },
	{ "port", "did you mean --publish HOST:GUEST?" },
	{ "hostfwd", "did you mean --publish HOST:GUEST?" },
	{ "forward", "did you mean --publish HOST:GUEST?" },
	{ "console", "did you mean --serial?" },
	{ "echr", "did you mean --escape ^A?" },
	{ "chardev", "did you mean --serial?" },
	{ "log", "did you mean --console-log?" },
	{ "debug", "did you mean --verbose?" },
	{ "quiet", "minivmm says nothing unless something is wrong; the "
		   "kernel is silenced by --append '+=quiet'" },
	{ "command", "the words after -- are the command" },
	{ "machine", "there is one kind of machine: leave it out" },
	{ "M", "there is one kind of machine: leave it out" },
	{ "accel", "the accelerator is always KVM: leave it out" },
	{ "display", NO_GRAPHICS },
	{ "vga", NO_GRAPHICS },
	{ "vnc", NO_GRAPHICS },
	{ "spice", NO_GRAPHICS },
	{ "monitor", "there is no monitor: leave it out" },
	{ "qmp", "there is no monitor; --events and signals are for programs" },
	{ "mon", "there is no monitor: leave it out" },
	{ "audio", "there is no sound: leave it out" },
	{ "audiodev", "there is no sound: leave it out" },
	{ "parallel", "there is no parallel port: leave it out" },
	{ "mem-path", "the memory is the host's ordinary one: leave it out" },
	{ "mem-prealloc", "memory is the guest's when it uses it: leave it "
			  "out" },
	{ "usb", "there is no USB: leave it out" },
	{ "bios", NO_FIRMWARE },
	{ "pflash", NO_FIRMWARE },
	{ "boot", NO_FIRMWARE },
	{ "rtc", "the clock shows the host's time in UTC: leave it out" },
	{ "nodefaults", "there is nothing but what was asked for: leave it "
			"out" },
	{ "no-shutdown", "at the guest's end minivmm ends: leave it out" },
	{ "pidfile", "it stays in the foreground: $! is its pid in a shell" },
	{ "daemonize", "it stays in the foreground: end the line with &" },
	{ "incoming", "there is no migration" },
	{ "icount", "KVM's guests run on the host's clock: leave it out" },
	{ "drive", "did you mean --disk FILE?" },
	{ "hda", "did you mean --disk FILE?" },
	{ "hdb", "did you mean --disk FILE?" },
	{ "blockdev", "did you mean --disk FILE?" },
	{ "cdrom", "did you mean --disk FILE,ro?" },
	{ "virtfs", SEE_DEVICES },
	{ "device", SEE_DEVICES },
	{ "fw_cfg", SEE_DEVICES },
	{ "snapshot", "did you mean --disk FILE,snapshot?" },
};

const char *option_hint(const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(hints); i++)
		if (strlen(hints[i].word) == len &&
		    memcmp(hints[i].word, name, len) == 0)
			return hints[i].hint;
	return NULL;
}
