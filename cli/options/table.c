/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * table.c - every option there is, said once
 *
 * The order is that of --help and of the man page.
 */
#include "base/util.h"
#include "cli/options/option_table.h"
#include "cli/options/options.h"

#define FIELD(field) .offset = offsetof(struct config, field)

const struct option_spec option_table[] = {
	{
		.heading = "Machine",
		.name = "kernel",
		.letter = 'k',
		.arg = "FILE",
		.help = "the kernel, if not given as KERNEL",
		.man = "Boot this kernel.\n"
		       "It may be given as the operand\n"
		       ".Ar KERNEL\n"
		       "instead; if it is given as neither,\n"
		       ".Pa bzImage\n"
		       "in the working directory is booted.\n"
		       "What kind of kernel a file is, is recognised by its\n"
		       "contents; see\n"
		       ".Sx KERNELS .\n",
		.parse = option_path,
		FIELD(kernel),
	},
	{
		.name = "initrd",
		.letter = 'i',
		.arg = "FILE",
		.help = "initial RAM disk, or first multiboot module",
		.man = "Pass this file to the kernel as its initial RAM\n"
		       "disk, or as the first module of a multiboot or PVH\n"
		       "kernel.\n",
		.parse = option_path,
		FIELD(initrd),
	},
	{
		.name = "module",
		.arg = "FILE[,ARGS]",
		.help = "another module for a multiboot or PVH kernel",
		.man = "Load one more file beside a multiboot or PVH kernel,\n"
		       "behind those given before and the initial RAM disk;\n"
		       "it may be given repeatedly.\n"
		       "What follows the first comma is its command line.\n"
		       "Linux takes no modules but its initial RAM disk.\n"
		       "See\n"
		       ".Sx KERNELS .\n",
		.parse = option_path_list,
		FIELD(modules),
	},
	{
		.name = "job",
		.arg = "COMMAND",
		.help = "the same as -- COMMAND: Linux's only job",
		.man = "Have Linux run this command, a line or more for the\n"
		       "shell that the initial RAM disk has as\n"
		       ".Pa /bin/sh ,\n"
		       "instead of its\n"
		       ".Pa /init .\n"
		       "The console is its standard input, output and error;\n"
		       "when it has ended, so has the run, with its exit\n"
		       "status.\n"
		       "On the command line the words after\n"
		       ".Fl -\n"
		       "are the same; see\n"
		       ".Sx ONE COMMAND .\n",
		.parse = option_string,
		FIELD(job),
	},
	{
		.name = "append",
		.alias = "cmdline",
		.letter = 'a',
		.arg = "LINE",
		.help = "kernel command line; += at its front extends it",
		.man = "The kernel's command line.\n"
		       "It replaces the default one and any given before; if\n"
		       "it begins with\n"
		       ".Ql += ,\n"
		       "the rest is added to that instead.\n"
		       "See\n"
		       ".Sx KERNEL COMMAND LINE .\n",
		.parse = option_cmdline,
		FIELD(append),
	},
	{
		.name = "cpus",
		.alias = "smp",
		.letter = 'c',
		.arg = "N",
		.preset = "1",
		.min = 1,
		.max = 255,
		.help = "processors",
		.man = "The number of processors, from 1 to 255; the host may\n"
		       "allow fewer.\n",
		.parse = option_number,
		FIELD(cpus),
	},
	{
		.name = "mem",
		.alias = "memory",
		.letter = 'm',
		.arg = "SIZE",
		.preset = "512M",
		.min = 16 * MIB,
		.max = MIB * GIB,
		.help = "memory, in K, M or G; a bare number is MiB",
		.man = "The amount of memory, a whole number followed by\n"
		       ".Ql K ,\n"
		       ".Ql M\n"
		       "or\n"
		       ".Ql G ;\n"
		       "a bare number is in MiB.\n"
		       "At least 16M and a multiple of 4K.\n"
		       "The host provides memory when the guest first uses\n"
		       "it.\n",
		.parse = option_size,
		FIELD(mem),
	},
	{
		.name = "name",
		.arg = "NAME",
		.help = "what this machine is called",
		.man = "What this virtual machine is called.\n"
		       "Its network card's address is made from it, so that\n"
		       "the same machine has the same card each time.\n"
		       "If it is not given, it is the name of the last\n"
		       ".Fl -config\n"
		       "file, up to a dot, or\n"
		       ".Ql minivmm\n"
		       "without any; the kernel's name does not matter.\n",
		.parse = option_string,
		FIELD(name),
	},
	{
		.heading = "Console",
		.name = "serial",
		.arg = "WHERE",
		.preset = "stdio",
		.words = "stdio pty file: unix: none",
		.help = "stdio, pty, file:PATH, unix:PATH or none",
		.man = "Where the serial port\n"
		       ".Pq COM1 , Pa ttyS0 No in Linux\n"
		       "is connected to:\n"
		       ".Bl -tag -width unix:PATH\n"
		       ".It Cm stdio\n"
		       "standard input and output; a terminal is put into\n"
		       "raw mode, see\n"
		       ".Sx CONSOLE KEYS .\n"
		       ".It Cm pty\n"
		       "a new pseudo-terminal, whose name is printed.\n"
		       ".It Cm file : Ns Ar PATH\n"
		       "a file, which is emptied first; there is no input.\n"
		       ".It Cm unix : Ns Ar PATH\n"
		       "a new\n"
		       ".Ux\n"
		       "domain socket, for one client at a time.\n"
		       ".It Cm none\n"
		       "nothing.\n"
		       ".El\n"
		       ".Pp\n"
		       "A slow or absent reader does not slow the guest\n"
		       "down.\n",
		.parse = option_chardev,
		FIELD(serial),
	},
	{
		.name = "console-log",
		.arg = "FILE",
		.help = "copy the serial output, with times, to a file",
		.man = "Also write the serial port's output to this file.\n"
		       "Before each line stands when it began, by the host's\n"
		       "clock, in seconds since the start of minivmm.\n",
		.parse = option_path,
		FIELD(console_log),
	},
	{
		.name = "debugcon",
		.arg = "WHERE",
		.preset = "auto",
		.words = "auto console none file:",
		.help = "port 0xe9: auto, console, file:PATH or none",
		.man = "Where the debug console leads to: what the guest\n"
		       "writes, byte by byte, to I/O port 0xe9, as it would\n"
		       "for Bochs, or 0x402, as for SeaBIOS.\n"
		       "Reading either port gives 0xe9.\n"
		       ".Bl -tag -width file:PATH\n"
		       ".It Cm auto\n"
		       "to the console, as long as the serial port has said\n"
		       "nothing; what comes later is dropped, since a kernel\n"
		       "that has both mostly says the same on each.\n"
		       ".It Cm console\n"
		       "to the console, always.\n"
		       ".It Cm file : Ns Ar PATH\n"
		       "to a file, which is emptied first.\n"
		       ".It Cm none\n"
		       "nowhere: there are no such ports.\n"
		       ".El\n"
		       ".Pp\n"
		       "What goes to the console counts as any of its output:\n"
		       ".Fl -expect\n"
		       "sees it, and a panic is one.\n",
		.parse = option_debugcon,
		FIELD(debugcon),
	},
	{
		.heading = "Testing",
		.name = "expect",
		.arg = "RE",
		.help = "wait for this on the console; then the next step",
		.man = "Expect output on the console that matches this\n"
		       "extended regular expression; see\n"
		       ".Sx TESTING .\n",
		.parse = option_expect,
		FIELD(verdict.script),
	},
	{
		.name = "send",
		.arg = "TEXT",
		.help = "then type this; \\n and the like are understood",
		.man = "After what was expected before, type this text at the\n"
		       "console, with the escapes\n"
		       ".Ql \\en ,\n"
		       ".Ql \\er ,\n"
		       ".Ql \\et ,\n"
		       ".Ql \\ee ,\n"
		       ".Ql \\exHH\n"
		       "and\n"
		       ".Ql \\e\\e .\n",
		.parse = option_send,
		FIELD(verdict.script),
	},
	{
		.name = "fail-on",
		.arg = "RE",
		.preset = "default",
		.help = "fail when a line matches; none: on nothing",
		.man = "End the run, and have it failed, when a line of the\n"
		       "console matches this.\n"
		       "It is added to the default set, what kernels say when\n"
		       "they are broken: see\n"
		       ".Sx BROKEN KERNELS .\n"
		       ".Cm warnings\n"
		       "adds what Linux warns of;\n"
		       ".Cm none\n"
		       "empties the set;\n"
		       ".Cm default\n"
		       "brings those back.\n",
		.parse = option_fail_on,
		FIELD(verdict.script),
	},
	{
		.name = "script",
		.arg = "FILE",
		.help = "the same from a file: expect RE, send TEXT, ...",
		.man = "Take steps from a file, each on a line of its own:\n"
		       ".Cm expect\n"
		       "or\n"
		       ".Cm send\n"
		       "or\n"
		       ".Cm fail-on ,\n"
		       "one blank, and the rest as it is, as for the option of\n"
		       "that name.\n"
		       "Lines that begin with\n"
		       ".Ql #\n"
		       "do not count.\n",
		.parse = option_script,
		FIELD(verdict.script),
	},
	{
		.name = "wait-port",
		.arg = "PORT[,SECONDS]",
		.max = 10000000,
		.help = "wait until the guest listens on this port",
		.man = "Wait until somebody in the guest listens on this TCP\n"
		       "port, at most so many seconds from the start on; see\n"
		       ".Sx SERVICES .\n"
		       "May be given repeatedly.\n",
		.parse = option_wait_port,
		FIELD(verdict.wait),
	},
	{
		.name = "exec",
		.arg = "COMMAND",
		.help = "then run this on the host; its status is ours",
		.man = "Once the guest is ready have the host's\n"
		       ".Pa /bin/sh\n"
		       "run this command, and end with its exit status; see\n"
		       ".Sx SERVICES .\n",
		.parse = option_string,
		FIELD(services.exec),
	},
	{
		.name = "ready-fd",
		.arg = "FD",
		.min = 1,
		.max = 65535,
		.help = "then write a line to this descriptor",
		.man = "Once the guest is ready write a line to this\n"
		       "descriptor; see\n"
		       ".Sx SERVICES .\n",
		.parse = option_descriptor,
		FIELD(services.ready_fd),
	},
	{
		.name = "ready-file",
		.arg = "FILE",
		.help = "then make a file with that line",
		.man = "The same in a file, which is removed at the start if\n"
		       "there is one of an earlier run.\n",
		.parse = option_path,
		FIELD(services.ready_file),
	},
	{
		.name = "timeout",
		.arg = "SECONDS",
		.min = 0,
		.max = 10000000,
		.help = "end the run after so long",
		.man = "End the run when it has taken so long, with a report\n"
		       "of what the guest is doing, which takes a second or\n"
		       "two; fractions are allowed, and 0 is for ever.\n"
		       "It counts from the start on, also while the kernel is\n"
		       "loaded.\n",
		.parse = option_seconds,
		FIELD(verdict.timeout_ns),
	},
	{
		.name = "boot-timeout",
		.arg = "SECONDS",
		.max = 10000000,
		.help = "the same unless the guest has booted by then",
		.man = "The same if by then the first\n"
		       ".Fl -expect\n"
		       "was not met or, where there is none, Linux has not\n"
		       "come to its first process.\n",
		.parse = option_seconds,
		FIELD(verdict.boot_timeout_ns),
	},
	{
		.name = "silence",
		.arg = "SECONDS",
		.max = 10000000,
		.help = "the same when the console is silent for so long",
		.man = "The same when there was no byte on the console for so\n"
		       "long.\n",
		.parse = option_seconds,
		FIELD(verdict.silence_ns),
	},
	{
		.name = "symbols",
		.arg = "FILE",
		.help = "vmlinux or System.map, to name functions in reports",
		.man = "The kernel's symbols, for the report on a guest that\n"
		       "hangs or crashes: its\n"
		       ".Pa vmlinux\n"
		       "or\n"
		       ".Pa System.map .\n"
		       "Where KASLR has moved the kernel to is found out.\n"
		       "Without this the kernel's own are used, if it is an\n"
		       "ELF file that has some.\n",
		.parse = option_path,
		FIELD(symbols),
	},
	{
		.heading = "Devices",
		.name = "rng",
		.arg = "ON",
		.preset = "on",
		.words = "on off",
		.help = "virtio-rng: on or off, and keys",
		.man = "Whether there is a source of entropy, virtio-rng,\n"
		       "fed by the host's\n"
		       ".Xr getrandom 2 .\n"
		       "After\n"
		       ".Cm on ,\n"
		       "or instead of it, comma-separated keys may follow that\n"
		       "any virtio device has:\n"
		       ".Bl -tag -width transitional=off\n"
		       ".It Cm packed Ns = Ns Cm off\n"
		       "offer split rings only; without this the driver has\n"
		       "the choice.\n"
		       ".It Cm queue-size Ns = Ns Ar N\n"
		       "slots in each ring, a power of two up to 32768;\n"
		       "256 by default.\n"
		       ".It Cm in-order Ns = Ns Cm on\n"
		       "promise to use buffers in the order they were made\n"
		       "available.\n"
		       ".It Cm transitional Ns = Ns Cm on\n"
		       "also be what drivers written before VIRTIO 1.0\n"
		       "know.\n"
		       ".El\n"
		       ".Pp\n",
		.parse = option_virtio,
		FIELD(rng),
	},
	{
		.name = "net",
		.arg = "NET",
		.preset = "user",
		.words = "user none",
		.help = "user[,KEY=VALUE...] or none",
		.man = "The network card, virtio-net.\n"
		       "With\n"
		       ".Cm user\n"
		       "it is on a network of its own, from which the guest\n"
		       "reaches what the user can reach, but not the host\n"
		       "itself (see\n"
		       ".Cm host Ns = Ns Cm on ) ;\n"
		       "the guest is reached by\n"
		       ".Fl -publish .\n"
		       "The guest's address, by DHCP, is 10.0.2.15; the\n"
		       "gateway, which also answers to ping, is 10.0.2.2,\n"
		       "the name server is 10.0.2.3.\n"
		       "With\n"
		       ".Cm none\n"
		       "there is no card.\n"
		       "After\n"
		       ".Cm user\n"
		       "may follow, separated by commas (a comma in a value is\n"
		       "written twice):\n"
		       ".Bl -tag -width host=on\n"
		       ".It Cm host Ns = Ns Cm on\n"
		       "the guest reaches the host itself: by the gateway's\n"
		       "address the host's loopback, and what is otherwise\n"
		       "refused, as that is not the guest's business: all\n"
		       "addresses that the host has at the time, link-local\n"
		       "ones (169.254.0.0/16, fe80::/10), groups, and those\n"
		       "at which clouds give a machine its credentials.\n"
		       "The name server needs none of this, wherever the\n"
		       "host's own one is.\n"
		       ".It Cm restrict Ns = Ns Cm on\n"
		       "the guest reaches nothing outside; forwards still\n"
		       "reach it.\n"
		       ".It Cm ipv6 Ns = Ns Cm off\n"
		       "no IPv6; else it is fec0::/64.\n"
		       ".It Cm subnet , dns , dhcp Ns = Ns Ar ADDRESS\n"
		       "other addresses; the first is followed by a slash and\n"
		       "the prefix's length, the last is the first that DHCP\n"
		       "gives away.\n"
		       "Where no address is named and the host is in\n"
		       "10.0.2.0/24 itself, as in another virtual machine,\n"
		       "the network is 10.0.102.0/24, or if need be\n"
		       "10.102.2.0/24, 172.31.102.0/24 or 192.168.202.0/24,\n"
		       "with the same last numbers;\n"
		       ".Fl v\n"
		       "and the report tell.\n"
		       ".It Cm hostname , domain , dns-search Ns = Ns Ar NAME\n"
		       "what DHCP tells the guest.\n"
		       ".It Cm tftp Ns = Ns Ar DIR , Cm bootfile Ns = Ns Ar FILE\n"
		       "a directory the gateway serves by TFTP, and what DHCP\n"
		       "says to boot from there.\n"
		       "Regular files can be read, in its subdirectories too;\n"
		       "no symbolic link leads out of it.\n"
		       ".It Cm hostfwd Ns = Ns Ar FORWARD\n"
		       "a forward in QEMU's notation.\n"
		       ".It Cm guestfwd Ns = Ns Ar ADDR : Ns Ar PORT Ns "
		       "-unix: Ns Ar PATH\n"
		       "a TCP service on the guest's network, provided by a\n"
		       ".Ux\n"
		       "domain socket of the host.\n"
		       ".It Cm mac Ns = Ns Ar ADDRESS\n"
		       "the card's address, instead of the locally\n"
		       "administered one, 52:54:00 and three bytes, that is\n"
		       "made from the machine's name, see\n"
		       ".Fl -name .\n"
		       ".It Cm mtu Ns = Ns Ar N\n"
		       "the largest packet, 65520 by default, for guests that\n"
		       "accept as much; for others it is 1500.\n"
		       ".It Cm pcap Ns = Ns Ar FILE\n"
		       "write all frames to this file, in the format pcapng.\n"
		       ".It Cm ring Ns = Ns Ar FORMAT\n"
		       "offer\n"
		       ".Cm split\n"
		       "rings only, insist on\n"
		       ".Cm packed ,\n"
		       "or leave the choice to the driver:\n"
		       ".Cm any .\n"
		       ".It Cm queue-size , in-order , transitional\n"
		       "as for\n"
		       ".Fl -rng .\n"
		       ".El\n"
		       ".Pp\n",
		.parse = option_net,
		FIELD(net),
	},
	{
		.name = "publish",
		.letter = 'p',
		.arg = "FORWARD",
		.help = "[ADDR:]HOST:GUEST[/udp], a port of the guest",
		.man = "Have connections to the port\n"
		       ".Ar HOST\n"
		       "of this host go to the port\n"
		       ".Ar GUEST\n"
		       "of the guest, written\n"
		       ".Sm off\n"
		       ".Oo Ar ADDR : Oc Ar HOST : Ar GUEST Op /udp\n"
		       ".Sm on\n"
		       "or\n"
		       ".Sm off\n"
		       ".Cm unix : Ar PATH : Ar GUEST .\n"
		       ".Sm on\n"
		       "It is listened at the host's address\n"
		       ".Ar ADDR ,\n"
		       "127.0.0.1 by default; IPv6 addresses stand in\n"
		       "brackets.\n"
		       "Ports may be ranges of the same length.\n"
		       "May be given repeatedly.\n"
		       ".Pp\n"
		       "For port 0 a free one is chosen, and a line of\n"
		       "standard error says which, for people and scripts:\n"
		       ".Pp\n"
		       ".Dl minivmm: forward tcp 127.0.0.1:41873 -> "
		       "10.0.2.15:22\n"
		       ".Pp\n"
		       "Such lines come before the guest runs, those of\n"
		       ".Fl -net\n"
		       "first, else in the order of the options.\n"
		       "The third word is\n"
		       ".Ql tcp\n"
		       "or\n"
		       ".Ql udp ,\n"
		       "the fourth the host's side as an address and port\n"
		       "or a path, the last the guest's: the address that\n"
		       "DHCP gives it, though a guest at another is reached,\n"
		       "too, or\n"
		       ".Ql [guest]\n"
		       "for the one it has in IPv6.\n"
		       "With\n"
		       ".Fl v\n"
		       "all forwards have one.\n"
		       ".Pp\n"
		       "A connection is accepted before the guest knows of\n"
		       "it, and reset if the guest refuses or resets it, or\n"
		       "is gone before it has ended it.\n"
		       "Unix sockets know no reset: there the client only\n"
		       "sees the end.\n",
		.parse = option_publish,
		FIELD(publish),
	},
	{
		.name = "any-port",
		.help = "take any free port for each forward",
		.man = "Let the host choose a free port for each forward,\n"
		       "whatever port it names, as if that were 0: so the same\n"
		       "machine can run many times at once.\n"
		       "Forwards from\n"
		       ".Ux\n"
		       "domain sockets are left as they are.\n",
		.parse = option_flag,
		FIELD(any_port),
	},
	{
		.name = "pcap",
		.arg = "FILE",
		.help = "write the card's frames to a file",
		.man = "Write all frames to this file, as\n"
		       ".Cm pcap\n"
		       "of\n"
		       ".Fl -net\n"
		       "does, and instead of it.\n",
		.parse = option_path,
		FIELD(pcap),
	},
	{
		.heading = "Running",
		.name = "on-reset",
		.arg = "ACTION",
		.preset = "restart",
		.words = "restart exit always",
		.help = "on a reset: restart, exit or always",
		.man = "What to do when the guest resets the machine:\n"
		       ".Cm restart\n"
		       "it, unless the reset was a triple fault, which a\n"
		       "guest in good health has no use for;\n"
		       ".Cm exit\n"
		       "with status 18, or 17 for a triple fault; or\n"
		       ".Cm always\n"
		       "restart it.\n"
		       "A guest that has panicked is not restarted.\n"
		       "With\n"
		       ".Cm exit\n"
		       "the default kernel command line makes a kernel panic\n"
		       "a reset.\n",
		.parse = option_choice,
		FIELD(verdict.on_reset),
	},
	{
		.name = "no-reboot",
		.parse = option_no_reboot,
		FIELD(verdict.on_reset),
	},
	{
		.name = "nographic",
		.parse = option_ignored,
	},
	{
		.name = "enable-kvm",
		.parse = option_ignored,
	},
	{
		.name = "exit-port",
		.arg = "PORT",
		.preset = "0x5e0",
		.help = "the guest exits with what it writes here",
		.man = "The guest ends the run by writing a byte to this I/O\n"
		       "port, and what it writes is the exit status, 0\n"
		       "included;\n"
		       ".Cm none\n"
		       "for no such port.\n",
		.parse = option_port,
		FIELD(exit_port),
	},
	{
		.name = "debug-exit",
		.arg = "PORT",
		.preset = "none",
		.help = "the same as by QEMU's isa-debug-exit",
		.man = "A port that does what QEMU's\n"
		       ".Cm isa-debug-exit\n"
		       "does, for guests made for that: writing V ends the\n"
		       "run with status (V << 1) | 1.\n"
		       "QEMU's default is 0x501; many guests use 0xf4.\n",
		.parse = option_port,
		FIELD(debug_exit),
	},
	{
		.name = "test-device",
		.help = "have what kvm-unit-tests expect of QEMU",
		.man = "Have what the tests of\n"
		       ".Sy kvm-unit-tests\n"
		       "expect of QEMU's\n"
		       ".Cm pc-testdev ,\n"
		       "at the ports 0xe0 to 0xeb and 0x2000 to 0x2017 and at\n"
		       "0xff000000, and, unless\n"
		       ".Fl -debug-exit\n"
		       "says otherwise, its\n"
		       ".Cm isa-debug-exit\n"
		       "at port 0xf4: a test that succeeds has exit status 1.\n"
		       "Port 0xe9 is then none of the debug console's.\n",
		.parse = option_flag,
		FIELD(test_device),
	},
	{
		.name = "grace",
		.arg = "SECONDS",
		.preset = "5",
		.max = 86400,
		.help = "how long SIGTERM lets the guest power off",
		.man = "How long the guest may take to power itself off after\n"
		       "its power button was pressed, before it is ended\n"
		       "anyhow; fractions are allowed.\n"
		       "See\n"
		       ".Sx SIGNALS .\n",
		.parse = option_seconds,
		FIELD(grace_ns),
	},
	{
		.name = "stats",
		.arg = "FILE",
		.help = "write the devices' counters to a file at the end",
		.man = "At the end of the run write the counters of the\n"
		       "processors and devices to this file, as JSON; see\n"
		       ".Sx COUNTERS .\n",
		.parse = option_path,
		FIELD(stats),
	},
	{
		.name = "config",
		.arg = "FILE",
		.only_argv = true,
		.help = "read options from a file; may be repeated",
		.man = "Read options from this file; see\n"
		       ".Sx CONFIGURATION FILES .\n"
		       "May be given repeatedly; of an option that is in\n"
		       "several files the last counts.\n",
		.parse = option_path_list,
		FIELD(config_files),
	},
	{
		.name = "net-burnin",
		.max = 1,
		.help = "bring the network's rings close to 65,536 at once",
		.man = "As soon as the guest has an address, ask it for that\n"
		       "by ARP, and send it other questions, until it has\n"
		       "received and sent a little less than 65,536 frames:\n"
		       "with the next ones the indices of its rings wrap.\n"
		       "It takes seconds, and shows in them what else shows\n"
		       "after hours.\n",
		.parse = option_count,
		FIELD(net.burnin),
	},
	{
		.name = "lint",
		.max = 1,
		.help = "report what virtio drivers do wrong",
		.man = "Report mistakes of the guest's virtio drivers that the\n"
		       "devices tolerate, each once: a kick before the driver\n"
		       "is ready, receive buffers that are too short, writes\n"
		       "to registers that are read-only, and the like.\n",
		.parse = option_count,
		FIELD(lint),
	},
	{
		.heading = "Results",
		.name = "report",
		.arg = "FILE",
		.help = "write a report as JSON",
		.man = "Write to this file, in JSON, how the run went: the\n"
		       "verdict, its code and reason, when each phase was\n"
		       "reached, all counters, the forwards, the peak of\n"
		       "memory, versions and the command line.\n"
		       "Its form is described by\n"
		       ".Pa report.schema.json .\n",
		.parse = option_path,
		FIELD(report.file),
	},
	{
		.name = "events",
		.arg = "FD",
		.min = 1,
		.max = 65535,
		.help = "write what happens to a descriptor, as JSON lines",
		.man = "Write to this descriptor, which the shell opens as in\n"
		       ".Ql 3>events ,\n"
		       "a line of JSON for each thing that happens: a phase is\n"
		       "reached, a forward is up, a machine has ended, the\n"
		       "verdict is in.\n"
		       "Each has an\n"
		       ".Ql event\n"
		       "and the\n"
		       ".Ql seconds\n"
		       "since the start.\n",
		.parse = option_descriptor,
		FIELD(report.events_fd),
	},
	{
		.name = "junit",
		.arg = "FILE",
		.suite = true,
		.help = "write the result as JUnit XML",
		.man = "Write the result, or those of all runs of\n"
		       ".Cm test ,\n"
		       "to this file as JUnit XML, which CI systems show.\n",
		.parse = option_path,
		FIELD(report.junit),
	},
	{
		.name = "tap",
		.arg = "FILE",
		.suite = true,
		.help = "write the result in the TAP format",
		.man = "The same by the Test Anything Protocol.\n",
		.parse = option_path,
		FIELD(report.tap),
	},
	{
		.name = "max-output",
		.arg = "SIZE",
		.min = 4 * KIB,
		.max = MIB * GIB,
		.help = "most of the console, logs, messages, a capture",
		.man = "Write at most so much of the console to standard\n"
		       "output or a file, and as much to the files of\n"
		       ".Fl -console-log ,\n"
		       ".Fl -debugcon\n"
		       "and a capture each.\n"
		       "What is beyond is left out, but for the last 64 KiB of\n"
		       "text; a line says how much that was.\n"
		       "When the messages on standard error are as many, only\n"
		       "errors and the verdict follow.\n"
		       ".Cm test\n"
		       "gives 64M to each run, unless the test's file or the\n"
		       "command line has this option.\n",
		.parse = option_size,
		FIELD(max_output),
	},
	{
		.name = "max-output-preset",
		.arg = "SIZE",
		.only_argv = true,
		.min = 4 * KIB,
		.max = MIB * GIB,
		.parse = option_size_preset,
		FIELD(max_output),
	},
	{
		.heading = "Tests",
		.name = "jobs",
		.letter = 'j',
		.arg = "N",
		.preset = "0",
		.only_argv = true,
		.suite = true,
		.only_suite = true,
		.max = 1024,
		.help = "test: runs at once; 0: one for each processor",
		.man = "How many runs\n"
		       ".Cm test\n"
		       "may have at once; 0 stands for the number of the\n"
		       "host's processors.\n",
		.parse = option_number,
		FIELD(suite.jobs),
	},
	{
		.name = "repeat",
		.arg = "N",
		.preset = "0",
		.only_argv = true,
		.suite = true,
		.only_suite = true,
		.max = 1000000,
		.help = "test: run each test so often; 0: once",
		.man = "How often\n"
		       ".Cm test\n"
		       "runs each test; 0 is once, or with\n"
		       ".Fl -until-fail\n"
		       "for ever.\n",
		.parse = option_number,
		FIELD(suite.repeat),
	},
	{
		.name = "until-fail",
		.only_argv = true,
		.suite = true,
		.only_suite = true,
		.help = "test: go on until a run fails",
		.man = "Begin no further run once one has failed.\n",
		.parse = option_flag,
		FIELD(suite.until_fail),
	},
	{
		.name = "keep",
		.arg = "DIR",
		.preset = "minivmm-failed",
		.only_argv = true,
		.suite = true,
		.only_suite = true,
		.help = "test: where runs that fail are kept",
		.man = "The folder in which\n"
		       ".Cm test\n"
		       "keeps, for each run that fails, a folder with its\n"
		       "console, messages, report and capture.\n"
		       "Those that are there from an earlier time are used\n"
		       "again; a folder that\n"
		       ".Cm test\n"
		       "did not make is refused.\n",
		.parse = option_path,
		FIELD(suite.keep),
	},
	{
		.heading = "Information",
		.name = "verbose",
		.letter = 'v',
		.arg = "N",
		.optional = true,
		.max = 2,
		.help = "say more; twice: most (or N, from 0 to 2)",
		.man = "Log information about the run and, given twice,\n"
		       "details for debugging.\n"
		       "Each time adds one level; with a value\n"
		       ".Pq only in the long form\n"
		       "the level becomes 0, 1 or 2.\n",
		.parse = option_count,
		FIELD(verbose),
	},
	{
		.name = "version",
		.letter = 'V',
		.only_argv = true,
		.help = "print the version and exit",
		.man = "Print the version and exit.\n",
		.parse = option_choice,
		.command = COMMAND_VERSION,
	},
	{
		.name = "help",
		.letter = 'h',
		.arg = "FORMAT",
		.optional = true,
		.only_argv = true,
		.words = "text mdoc bash zsh fish counters verdicts symptoms",
		.help = "print this and exit",
		.man = "Print a summary of the options and exit.\n"
		       "With\n"
		       ".Cm mdoc\n"
		       "print the list that you are reading, with\n"
		       ".Cm bash , zsh\n"
		       "or\n"
		       ".Cm fish\n"
		       "the completion for that shell, with\n"
		       ".Cm counters\n"
		       "the list of counters, with\n"
		       ".Cm verdicts\n"
		       "the table of verdicts.\n",
		.parse = option_choice,
		.command = COMMAND_HELP,
	},
	{ 0 },
};
