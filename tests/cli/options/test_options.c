/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command line, and everything printed of the option table.  Each test
 * runs in an empty directory of its own.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/util.h"
#include "cli/options/internal.h"
#include "tests/unit.h"
#include "tests/unit_options.h"

START_TEST(defaults)
{
	struct config cfg;

	parse(&cfg, "k", NULL);
	ck_assert_str_eq(cfg.machine.kernel, "k");
	ck_assert_ptr_null(cfg.machine.initrd);
	ck_assert_ptr_null(cfg.machine.append);
	ck_assert_uint_eq(cfg.machine.cpus, 1);
	ck_assert_uint_eq(cfg.machine.mem, 512 * MIB);
	ck_assert_str_eq(cfg.serial.where, "stdio");
	ck_assert_ptr_null(cfg.serial.log);
	ck_assert_int_eq(cfg.verdict.on_reset, ON_RESET_RESTART);
	ck_assert_uint_eq(cfg.grace_ns, 5 * NSEC_PER_SEC);
	ck_assert_uint_eq(cfg.verbose, 0);
	config_free(&cfg);
}
END_TEST

START_TEST(every_long_option)
{
	struct config cfg;

	parse(&cfg, "--kernel=k", "--initrd", "i", "--append=a b", "--cpus",
	      "4", "--mem=1G", "--serial", "file:x,y", "--console-log=c",
	      "--on-reset", "exit", "--grace=0.25", "--verbose", "--module=m",
	      "--module", "n,a=b,c", NULL);
	ck_assert_str_eq(cfg.machine.kernel, "k");
	ck_assert_uint_eq(cfg.machine.modules.count, 2);
	ck_assert_str_eq(cfg.machine.modules.strings[0], "m");
	ck_assert_str_eq(cfg.machine.modules.strings[1], "n,a=b,c");
	ck_assert_str_eq(cfg.machine.initrd, "i");
	ck_assert_str_eq(cfg.machine.append, "a b");
	ck_assert_uint_eq(cfg.machine.cpus, 4);
	ck_assert_uint_eq(cfg.machine.mem, GIB);
	ck_assert_str_eq(cfg.serial.where, "file:x,y");
	ck_assert_str_eq(cfg.serial.log, "c");
	ck_assert_int_eq(cfg.verdict.on_reset, ON_RESET_EXIT);
	ck_assert_uint_eq(cfg.grace_ns, NSEC_PER_SEC / 4);
	ck_assert_uint_eq(cfg.verbose, 1);
	config_free(&cfg);
	parse(&cfg, "--cmdline=c", "k", NULL);
	ck_assert_str_eq(cfg.machine.append, "c");
	config_free(&cfg);
}
END_TEST

START_TEST(virtio_devices)
{
	struct config cfg;

	parse(&cfg, "k", NULL);
	ck_assert(cfg.machine.rng.on && cfg.machine.rng.packed);
	ck_assert(!cfg.machine.rng.in_order && !cfg.machine.rng.transitional);
	ck_assert_uint_eq(cfg.machine.rng.queue_size, 256);
	config_free(&cfg);
	parse(&cfg, "k", "--rng=off", NULL);
	ck_assert(!cfg.machine.rng.on);
	config_free(&cfg);
	parse(&cfg, "k", "--rng",
	      "queue-size=32768,packed=off,in-order=on,transitional=on", NULL);
	ck_assert(cfg.machine.rng.on && !cfg.machine.rng.packed);
	ck_assert(cfg.machine.rng.in_order && cfg.machine.rng.transitional);
	ck_assert_uint_eq(cfg.machine.rng.queue_size, 32768);
	config_free(&cfg);
	parse(&cfg, "k", "--rng=in-order,transitional=yes", NULL);
	ck_assert(cfg.machine.rng.on && cfg.machine.rng.in_order &&
		  cfg.machine.rng.transitional);
	config_free(&cfg);
	refuses("--rng \"\": neither on nor off", "k", "--rng=", NULL);
	refuses("--rng on=1: neither on nor off", "k", "--rng=on=1", NULL);
	refuses("--rng fast: neither on nor off", "k", "--rng=fast", NULL);
	refuses("--rng in-order=x: neither", "k", "--rng=in-order=x", NULL);
	refuses("--rng fast: no such key: there are packed queue-size in-order "
		"transitional",
		"k", "--rng=on,fast", NULL);
	refuses("--rng queue=8: no such key: did you mean queue-size?", "k",
		"--rng=queue=8", NULL);
	refuses("--rng queue-size: needs a value, N", "k", "--rng=queue-size",
		NULL);
	for (unsigned i = 0; i < 5; i++) {
		static const char *const bad[] = { "", "0", "65536", "2x",
						   "-2" };
		char text[32];

		snprintf(text, sizeof(text), "--rng=queue-size=%s", bad[i]);
		refuses("not a number from 1 to 32768", "k", text, NULL);
	}
	refuses("--rng queue-size=3: not a power of two", "k",
		"--rng=queue-size=3", NULL);
}
END_TEST

START_TEST(disks)
{
	const struct disk_config *d;
	struct config cfg;

	parse(&cfg, "k", NULL);
	ck_assert_uint_eq(cfg.disks.count, 0);
	config_free(&cfg);
	parse(&cfg, "k", "-d", "a.img", "--disk",
	      "b,,c.img,ro,format=qcow2,serial=12345678901234567890,cache="
	      "unsafe,queue-size=4,ring=packed,transitional",
	      "--disk=file=d,readonly=off,snapshot,format=raw", NULL);
	ck_assert_uint_eq(cfg.disks.count, 3);
	d = &cfg.disks.disks[0];
	ck_assert_str_eq(d->path, "a.img");
	ck_assert_int_eq(d->format, FORMAT_UNSAID);
	ck_assert(!d->read_only && !d->snapshot && !d->unsafe &&
		  !d->transitional && !d->serial);
	ck_assert_int_eq(d->ring, DISK_RING_ANY);
	ck_assert_uint_eq(d->queue_size, 256);
	d++;
	ck_assert_str_eq(d->path, "b,c.img");
	ck_assert_int_eq(d->format, FORMAT_QCOW2);
	ck_assert(d->read_only && !d->snapshot && d->unsafe && d->transitional);
	ck_assert_str_eq(d->serial, "12345678901234567890");
	ck_assert_int_eq(d->ring, DISK_RING_PACKED);
	ck_assert_uint_eq(d->queue_size, 4);
	d++;
	ck_assert_str_eq(d->path, "d");
	ck_assert_int_eq(d->format, FORMAT_RAW);
	ck_assert(!d->read_only && d->snapshot);
	config_free(&cfg);
	refuses("--disk ro=on: the FILE is missing", "k", "--disk=ro=on", NULL);
	refuses("--disk \"\": the file name is empty", "k", "--disk=", NULL);
	refuses("no such key: did you mean snapshot?", "k",
		"--disk=a,snapshoot", NULL);
	refuses("--disk format=qcow3:", "k", "--disk=a,format=qcow3", NULL);
	refuses("--disk cache=none:", "k", "--disk=a,cache=none", NULL);
	refuses("--disk queue-size=3:", "k", "--disk=a,queue-size=3", NULL);
	refuses("--disk queue-size=2:", "k", "--disk=a,queue-size=2", NULL);
	refuses("--disk serial=123456789012345678901:", "k",
		"--disk=a,serial=123456789012345678901", NULL);
}
END_TEST

START_TEST(shares)
{
	const struct share_config *s;
	struct config cfg;

	parse(&cfg, "k", NULL);
	ck_assert_uint_eq(cfg.shares.count, 0);
	config_free(&cfg);
	parse(&cfg, "k", "--share", ".", "--share=/a,,b,ro,tag=x,cache=endless",
	      NULL);
	ck_assert_uint_eq(cfg.shares.count, 2);
	s = cfg.shares.shares;
	ck_assert_str_eq(s->dir, ".");
	ck_assert_ptr_null(s->tag);
	ck_assert(!s->read_only);
	ck_assert_int_eq(s->cache, SHARE_CACHE_1S);
	s++;
	ck_assert_str_eq(s->dir, "/a,b");
	ck_assert_str_eq(s->tag, "x");
	ck_assert(s->read_only);
	ck_assert_int_eq(s->cache, SHARE_CACHE_ENDLESS);
	config_free(&cfg);
	refuses("--share ro=on: the DIR is missing", "k", "--share=ro=on",
		NULL);
	refuses("--share cache=2s:", "k", "--share=/,cache=2s", NULL);
	refuses("begin with mtd or ubi", "k", "--share=/,tag=mtd0", NULL);
	refuses("--share tag=:", "k", "--share=/,tag=", NULL);
	refuses("--share tag=1234567890123456789012345678901234567:", "k",
		"--share=/,tag=1234567890123456789012345678901234567", NULL);
	refuses("at most 8 folders", "k", "--share=1", "--share=2", "--share=3",
		"--share=4", "--share=5", "--share=6", "--share=7", "--share=8",
		"--share=9", NULL);
}
END_TEST

START_TEST(network)
{
	struct config cfg;

	parse(&cfg, "k", NULL);
	ck_assert(cfg.net.enabled && !cfg.net.host);
	ck_assert_uint_eq(cfg.net.mtu, 65520);
	ck_assert_uint_eq(cfg.net.forwards.count, 0);
	config_free(&cfg);
	/* Forwards add up; of --net the last counts. */
	parse(&cfg, "k", "-p2222:22", "--net=user,mtu=9000,hostfwd=tcp::1-:2",
	      "--publish=53:53/udp", "--net",
	      "user,host=on,hostfwd=tcp::8080-:80", NULL);
	ck_assert(cfg.net.host);
	ck_assert_uint_eq(cfg.net.mtu, 65520);
	ck_assert_uint_eq(cfg.net.forwards.count, 3);
	ck_assert_uint_eq(cfg.net.forwards.list[0].guest_port, 80);
	ck_assert_uint_eq(cfg.net.forwards.list[1].guest_port, 22);
	ck_assert(cfg.net.forwards.list[2].udp);
	config_free(&cfg);
	parse(&cfg, "k", "--net=none", NULL);
	ck_assert(!cfg.net.enabled);
	config_free(&cfg);
	parse(&cfg, "k", "--name", "a", NULL);
	ck_assert_str_eq(cfg.machine.name, "a");
	ck_assert_uint_eq(cfg.net.mac[0], 0x52);
	config_free(&cfg);
	refuses("--net tap: not one of user none", "k", "--net=tap", NULL);
	refuses("--net mtu=1: not a number", "k", "--net", "user,mtu=1", NULL);
	refuses("-p 1:2:3:4: ", "k", "-p", "1:2:3:4", NULL);
	refuses("needs a network", "k", "-p", "2222:22", "--net=none", NULL);
	refuses("not a power of two", "k", "--net=user,queue-size=100", NULL);
}
END_TEST

START_TEST(every_letter)
{
	struct config cfg;

	parse(&cfg, "-kk", "-i", "i", "-a", "", "-c2", "-m", "32", "-vv", NULL);
	ck_assert_str_eq(cfg.machine.kernel, "k");
	ck_assert_str_eq(cfg.machine.initrd, "i");
	ck_assert_str_eq(cfg.machine.append, "");
	ck_assert_uint_eq(cfg.machine.cpus, 2);
	ck_assert_uint_eq(cfg.machine.mem, 32 * MIB);
	ck_assert_uint_eq(cfg.verbose, 2);
	config_free(&cfg);
}
END_TEST

START_TEST(options_may_follow_the_kernel)
{
	struct config cfg;

	parse(&cfg, "k", "-m", "64", NULL);
	ck_assert_str_eq(cfg.machine.kernel, "k");
	ck_assert_uint_eq(cfg.machine.mem, 64 * MIB);
	config_free(&cfg);
}
END_TEST

START_TEST(the_last_of_a_kind_counts)
{
	struct config cfg;

	parse(&cfg, "-k", "a", "-k", "b", "-m64", "--mem=32", NULL);
	ck_assert_str_eq(cfg.machine.kernel, "b");
	ck_assert_uint_eq(cfg.machine.mem, 32 * MIB);
	config_free(&cfg);
}
END_TEST

START_TEST(one_kernel_only)
{
	struct config cfg;

	parse(&cfg, "-k", "a", "a", NULL);
	config_free(&cfg);
	refuses("b: a second kernel, after a", "-k", "a", "b", NULL);
	refuses("a: a second kernel, after b", "a", "--kernel=b", NULL);
	refuses("b: a second kernel, after a", "a", "b", NULL);
	refuses("b: a second kernel, after a", "check", "a", "b", NULL);
}
END_TEST

START_TEST(kernel_in_the_working_directory)
{
	struct config cfg;

	/* Unless the host's own can be read. */
	if (system("test -r /boot/vmlinuz-$(uname -r)") != 0) {
		refuses("no kernel: ./bzImage, ./arch/x86/boot/bzImage, /boot/",
			"-v", NULL);
		refuses("Usage: minivmm ", NULL);
	}
	ck_assert_int_eq(system("mkdir -p arch/x86/boot"), 0);
	write_file("arch/x86/boot/bzImage", "", 0);
	parse(&cfg, NULL);
	ck_assert_str_eq(cfg.machine.kernel, "arch/x86/boot/bzImage");
	ck_assert(cfg.machine.kernel_found);
	config_free(&cfg);
	ck_assert_int_eq(system("rm -r arch"), 0);
	write_file("bzImage", "", 0);
	parse(&cfg, NULL);
	ck_assert_str_eq(cfg.machine.kernel, "bzImage");
	ck_assert(!cfg.machine.kernel_found);
	config_free(&cfg);
}
END_TEST

/* A file comes first; what is neither is told of when it is to be opened.  That
 * releases lead somewhere is seen by guest-tests/linux/root.sh. */
START_TEST(kernels_of_the_host)
{
	struct config cfg;

	write_file("host", "", 0);
	parse(&cfg, "-k", "host", NULL);
	ck_assert_str_eq(cfg.machine.kernel, "host");
	config_free(&cfg);
	unlink("host");
	parse(&cfg, "-k", "1.2.3-none", NULL);
	ck_assert_str_eq(cfg.machine.kernel, "1.2.3-none");
	ck_assert(!cfg.machine.kernel_found);
	config_free(&cfg);
}
END_TEST

START_TEST(what_is_asked_for)
{
	static const struct {
		const char *arg;
		enum command cmd;
	} commands[] = {
		{ "k", COMMAND_RUN },
		{ "./check", COMMAND_RUN },
		{ "check", COMMAND_CHECK },
		{ "--version", COMMAND_VERSION },
		{ "-h", COMMAND_HELP },
		{ "--help", COMMAND_HELP },
		{ "--help=text", COMMAND_HELP },
		{ "--help=all", COMMAND_HELP_ALL },
		{ "--help=bash", COMMAND_HELP_BASH },
		{ "-V", COMMAND_VERSION },
		{ "version", COMMAND_VERSION },
		{ "help", COMMAND_HELP },
		{ "./run", COMMAND_RUN },
	};
	struct config cfg;
	enum command cmd;

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		char log[2048], name[] = "minivmm",
				*arg = strdup(commands[i].arg);
		char *argv[] = { name, arg, NULL };

		ck_assert_int_eq(parse_argv(2, argv, &cfg, &cmd, log), 0);
		ck_assert_int_eq(cmd, commands[i].cmd);
		config_free(&cfg);
		free(arg);
	}
	parse(&cfg, "-v", "check", "-m64", "k", NULL);
	ck_assert_str_eq(cfg.machine.kernel, "k");
	ck_assert_uint_eq(cfg.machine.mem, 64 * MIB);
	config_free(&cfg);
	parse(&cfg, "check", NULL);
	ck_assert_ptr_null(cfg.machine.kernel);
	config_free(&cfg);
	/* As in kvmtool. */
	parse(&cfg, "run", "-m64", "k", NULL);
	ck_assert_str_eq(cfg.machine.kernel, "k");
	config_free(&cfg);
	parse(&cfg, "boot", "run", NULL);
	ck_assert_str_eq(cfg.machine.kernel, "run");
	config_free(&cfg);
	/* Help is given whatever follows, not what stands before. */
	parse(&cfg, "-h", "--bogus", NULL);
	config_free(&cfg);
	refuses("--bogus: no such option", "--bogus", "-h", NULL);
}
END_TEST

START_TEST(sizes_accepted)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} sizes[] = {
		{ "16", 16 * MIB },	{ "16M", 16 * MIB },
		{ "16384K", 16 * MIB }, { "16388k", 16388 * KIB },
		{ "1g", GIB },		{ "5G", 5 * GIB },
	};
	struct config cfg;

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		parse(&cfg, "k", "-m", sizes[i].text, NULL);
		ck_assert_uint_eq(cfg.machine.mem, sizes[i].bytes);
		config_free(&cfg);
	}
}
END_TEST

START_TEST(sizes_refused)
{
	static const char *const bad[] = {
		"",	" 64", "64 ", "-64",  "+64",  "0x40",
		"64MB", "64T", "M",   "1.5G", "64,5", "1e3",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		refuses("not a size: give ", "k", "-m", bad[i], NULL);
	refuses("-m 15: too small: give at least 16M", "k", "-m15", NULL);
	refuses("--mem 0: too small", "k", "--mem=0", NULL);
	refuses("-m 16385K: not a multiple of 4K", "k", "-m16385K", NULL);
	refuses("too large: give at most 1048576G", "k", "-m1048577G", NULL);
	/* 2^64 bytes, and 2^64 units. */
	refuses("too large", "k", "-m", "17179869184G", NULL);
	refuses("too large", "k", "-m", "18446744073709551616", NULL);
	refuses("too large", "k", "-m", "99999999999999999999999K", NULL);
}
END_TEST

START_TEST(numbers)
{
	static const char *const bad[] = { "0",	  "256", "",	"-1",
					   "1.0", "1 ",	 "0x1", "two" };
	struct config cfg;

	parse(&cfg, "k", "-c", "255", NULL);
	ck_assert_uint_eq(cfg.machine.cpus, 255);
	config_free(&cfg);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		refuses("not a number from 1 to 255", "k", "-c", bad[i], NULL);
	/* 1 more than 2^64, and than 2^32. */
	refuses("not a number", "k", "-c18446744073709551617", NULL);
	refuses("not a number", "k", "-c4294967297", NULL);
}
END_TEST

START_TEST(seconds)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} good[] = {
		{ "0", 0 },
		{ "2", 2 * NSEC_PER_SEC },
		{ "0.5", NSEC_PER_SEC / 2 },
		{ "1.000000001", NSEC_PER_SEC + 1 },
		{ "1.0000000019", NSEC_PER_SEC + 1 },
		{ "86399.9", 863999 * (NSEC_PER_SEC / 10) },
	};
	static const char *const bad[] = { "",
					   ".5",
					   "1.",
					   "-1",
					   "1s",
					   "1,5",
					   "1e3",
					   "86400",
					   "1.5.1",
					   "inf",
					   "99999999999999999999999" };
	struct config cfg;

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		parse(&cfg, "k", "--grace", good[i].text, NULL);
		ck_assert_uint_eq(cfg.grace_ns, good[i].ns);
		config_free(&cfg);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		refuses("not a number of seconds", "k", "--grace", bad[i],
			NULL);
}
END_TEST

START_TEST(verbosity)
{
	struct config cfg;

	parse(&cfg, "k", NULL);
	ck_assert_int_eq(config_log_level(&cfg), LOG_WARN);
	config_free(&cfg);
	parse(&cfg, "k", "-v", NULL);
	ck_assert_int_eq(config_log_level(&cfg), LOG_INFO);
	config_free(&cfg);
	parse(&cfg, "k", "-vvvvv", NULL);
	ck_assert_int_eq(config_log_level(&cfg), LOG_DEBUG);
	config_free(&cfg);
	parse(&cfg, "k", "-vv", "--verbose=1", NULL);
	ck_assert_int_eq(config_log_level(&cfg), LOG_INFO);
	config_free(&cfg);
	refuses("--verbose 3: not a number from 0 to 2", "k", "--verbose=3",
		NULL);
}
END_TEST

START_TEST(wrong_options)
{
	refuses("--memm: no such option: did you mean --mem?", "--memm=1",
		NULL);
	refuses("--cup: no such option: did you mean --cpus?", "--cup", "1",
		NULL);
	refuses("--kernle: no such option: did you mean --kernel?", "--kernle",
		NULL);
	refuses("--gibberish: no such option: see minivmm --help",
		"--gibberish", NULL);
	refuses("-x: no such option", "-x", NULL);
	refuses("-x: no such option", "-vx", NULL);
	refuses("--version 3: takes no value", "--version=3", NULL);
	refuses("--help exe: not one of text all bash zsh fish", "--help=exe",
		NULL);
	refuses("-m: needs a value, SIZE", "k", "-m", NULL);
	refuses("--mem: needs a value, SIZE", "k", "--mem", NULL);
	refuses("--on-reset exti: not one of restart exit always: did you mean exit?",
		"k", "--on-reset=exti", NULL);
	refuses("--on-reset \"\": not one", "k", "--on-reset=", NULL);
	refuses("--kernel \"\": the file name is empty", "--kernel=", NULL);
	refuses("--initrd \"\": the file name is empty", "k", "--initrd", "",
		NULL);
	/* What could upset a terminal is not repeated. */
	refuses("--mem 1?[31m??2: not a size", "k", "--mem", "1\033[31m\r\n2",
		NULL);
}
END_TEST

/* A line made for QEMU works as it is typed, or is told what to do. */
START_TEST(as_in_qemu)
{
	struct config cfg;

	parse(&cfg, "-enable-kvm", "-kernel", "K", "-initrd", "I", "-append",
	      "A", "-m", "1G", "-smp", "4", "-nographic", "-no-reboot", NULL);
	ck_assert_str_eq(cfg.machine.kernel, "K");
	ck_assert_str_eq(cfg.machine.initrd, "I");
	ck_assert_str_eq(cfg.machine.append, "A");
	ck_assert_uint_eq(cfg.machine.mem, GIB);
	ck_assert_uint_eq(cfg.machine.cpus, 4);
	ck_assert_int_eq(cfg.verdict.on_reset, ON_RESET_EXIT);
	config_free(&cfg);
	parse(&cfg, "-mem=64M", "-k/x", "-c2", "-vv", NULL);
	ck_assert_uint_eq(cfg.machine.mem, 64 * MIB);
	ck_assert_str_eq(cfg.machine.kernel, "/x");
	config_free(&cfg);
	parse(&cfg, "k", "-memory", "1G", NULL);
	ck_assert_uint_eq(cfg.machine.mem, GIB);
	config_free(&cfg);
	refuses("-ram: no such option: did you mean --mem?", "-ram", "1G",
		NULL);
	refuses("-M: no such option: there is one kind of machine", "-M", "q35",
		NULL);
	refuses("--initramfs: no such option: did you mean --initrd?",
		"--initramfs=x", NULL);
	refuses("-cpu: no such option: the processor is like the host's",
		"-cpu", "host", NULL);
	refuses("-kern: no such option: did you mean --kernel?", "-kern", "K",
		NULL);
}
END_TEST

/*
 * What people are told, word by word.  The arguments are separated by blanks,
 * and "" is an empty one.
 */
static const struct {
	const char *args, *line;
} messages[] = {
	{ "k --job=", "--job \"\": the command is empty" },
	{ "k --", "--job \"\": the command is empty" },
	{ "k -- \"\"", "--job \"\": the command is empty" },
	{ "k --exec=", "--exec \"\": the command is empty" },
	{ "k --net none --pcap x",
	  "--pcap: there is no network card: leave out "
	  "--net none" },
	{ "k --net none,mtu=1500",
	  "--net none,mtu=1500: without a network card there is nothing to "
	  "choose: leave out what follows none" },
	{ "k --net colour=red",
	  "--net colour=red: no such key: there are host restrict ipv6 subnet "
	  "dns dhcp hostname domain dns-search tftp bootfile hostfwd guestfwd "
	  "isolate "
	  "mac mtu pcap ring queue-size in-order transitional" },
	{ "k --net hostfwd=tcp:2222-22",
	  "--net hostfwd=tcp:2222-22: not of the form "
	  "tcp|udp:[ADDR]:HOST-[GUESTADDR]:GUEST" },
	{ "k -p 80", "-p 80: no guest port after '80': use HOST:GUEST" },
	{ "k --wait-port=22 --net=none",
	  "--wait-port: there is no network: leave out --net none" },
	{ "k -hda x", "-hda: no such option: did you mean --disk FILE?" },
	{ "k -incoming x", "-incoming: no such option: there is no migration" },
	{ "k -snapshot", "-snapshot: no such option: did you mean --disk "
			 "FILE,snapshot?" },
	{ "k -s", "-s: no such option: did you mean --gdb 1234?" },
	{ "k -S -s", "-S: no such option: did you mean --gdb 1234 "
		     "--gdb-wait?" },
	{ "k -gdb tcp::1234,server=on,wait=off",
	  "--gdb tcp::1234,server=on,wait=off: leave out the comma and what "
	  "follows: it always listens, and waits only with --gdb-wait" },
	{ "k -gdb unix:/tmp/s,server,nowait",
	  "--gdb unix:/tmp/s,server,nowait: leave out the comma and what "
	  "follows: it always listens, and waits only with --gdb-wait" },
	{ "k -gdb stdio",
	  "--gdb stdio: neither PORT nor ADDR:PORT nor unix:PATH" },
	{ "k -gdb tcp:0.0.0.0:1234",
	  "--gdb tcp:0.0.0.0:1234: not an address of this host's loopback "
	  "interface, such as 127.0.0.1: from elsewhere use ssh -L" },
	{ "k --network=none",
	  "--network: no such option: did you mean --net?" },
	{ "k --ram=1G", "--ram: no such option: did you mean --mem?" },
	{ "k --escape=x", "--escape x: not a key: give one such as ^A, ^T or "
			  "^], or none" },
	{ "k --escape=^M", "--escape ^M: not a key: give one such as ^A, ^T or "
			   "^], or none" },
	{ "k --escape=ctrl-", "--escape ctrl-: not a key: give one such as ^A, "
			      "^T or ^], or none" },
	{ "k -echr 1", "-echr: no such option: did you mean --escape ^A?" },
	{ "k --expect=\\d+", "--expect \\d+: \\d is Perl's: write [0-9]" },
	{ "k --core auto", "--core auto: there is no --report for it to be "
			   "beside: name a file" },
	{ "k -append", "--append: needs a value, LINE" },
};

static int parse_line(struct config *cfg, const char *args, char log[2048])
{
	char *copy = strdup(args), *rest = copy, *argv[16], name[] = "minivmm";
	enum command cmd;
	int argc = 0, err;

	argv[argc++] = name;
	while (rest) {
		argv[argc] = strsep(&rest, " ");
		if (strcmp(argv[argc], "\"\"") == 0)
			*argv[argc] = '\0';
		argc++;
	}
	argv[argc] = NULL;
	err = parse_argv(argc, argv, cfg, &cmd, log);
	free(copy);
	return err;
}

START_TEST(messages_are_these)
{
	for (size_t i = 0; i < ARRAY_SIZE(messages); i++) {
		char log[2048], line[2048];
		struct config cfg;

		parse_line(&cfg, messages[i].args, log);
		snprintf(line, sizeof(line), "minivmm: %s\n", messages[i].line);
		ck_assert_str_eq(log, line);
		config_free(&cfg);
	}
}
END_TEST

/* What is understood, though it is not what minivmm calls it. */
START_TEST(understood)
{
	struct config cfg;

	/* A value that looks like the end of the options. */
	parse(&cfg, "k", "--append", "--", NULL);
	ck_assert_str_eq(cfg.machine.append, "--");
	ck_assert_ptr_null(cfg.machine.job);
	config_free(&cfg);
	parse(&cfg, "k", NULL);
	ck_assert_uint_eq(cfg.serial.escape, 1);
	config_free(&cfg);
	parse(&cfg, "k", "--escape=ctrl-t", NULL);
	ck_assert_uint_eq(cfg.serial.escape, 0x14);
	config_free(&cfg);
	parse(&cfg, "k", "--escape=^]", NULL);
	ck_assert_uint_eq(cfg.serial.escape, 0x1d);
	config_free(&cfg);
	parse(&cfg, "k", "--escape=none", NULL);
	ck_assert_uint_eq(cfg.serial.escape, 0);
	config_free(&cfg);
	parse(&cfg, "-serial", "mon:stdio", "-kernel", "k", NULL);
	ck_assert_str_eq(cfg.serial.where, "stdio");
	config_free(&cfg);
	parse(&cfg, "k", "-i", "i", "--", "echo", "--mem", NULL);
	ck_assert_str_eq(cfg.machine.job, "echo --mem");
	config_free(&cfg);
}
END_TEST

START_TEST(abbreviations_are_refused)
{
	refuses("--kern: no such option: did you mean --kernel?", "--kern=k",
		NULL);
	refuses("--me: no such option: did you mean --mem?", "k", "--me", "64",
		NULL);
	refuses("--me: no such option: did you mean --mem?", "k", "--me", NULL);
	refuses("--ver: no such option", "--ver", NULL);
	refuses("--versio: no such option: did you mean --version?",
		"--versio=1", NULL);
	refuses("--c: no such option", "--c", NULL);
}
END_TEST

/* Options of the network may stand before the --net that replaces it. */
START_TEST(net_keeps_what_other_options_say)
{
	struct config cfg;

	parse(&cfg, "-kernel", "k", "--net-burnin", "--pcap=f", "-p", "7:8",
	      "--any-port", "--net=user,pcap=g", NULL);
	ck_assert_uint_eq(cfg.net.burnin, 1);
	ck_assert_str_eq(cfg.net.pcap, "f");
	ck_assert_uint_eq(cfg.net.forwards.count, 1);
	config_free(&cfg);
}
END_TEST

/* The whole output of --help and its like; to be freed. */
static char *printed(enum command cmd)
{
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	ck_assert_int_eq(options_print(cmd, out), 0);
	fclose(out);
	return text;
}

/* Each line of what @cmd prints fits; returns how many there are. */
static size_t fits_the_screen(enum command cmd)
{
	char *text = printed(cmd), *save, *line;
	size_t n = 0;

	for (const struct option_spec *o = option_next(NULL); o;
	     o = option_next(o)) {
		char name[48];

		snprintf(name, sizeof(name), " --%s", o->name);
		ck_assert(!strstr(text, name) ==
			  !(o->help && (o->daily || cmd == COMMAND_HELP_ALL)));
	}
	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save), n++)
		ck_assert_msg(strlen(line) <= 80 && !strchr(line, '\t'), "%s",
			      line);
	free(text);
	return n;
}

START_TEST(help_fits_the_screen)
{
	/* Without the empty lines, of which there are fewer than 10. */
	ck_assert_uint_le(fits_the_screen(COMMAND_HELP), 36);
	ck_assert_uint_gt(fits_the_screen(COMMAND_HELP_ALL), 50);
}
END_TEST

START_TEST(version_is_one_line)
{
	char *text = printed(COMMAND_VERSION);

	ck_assert_str_eq(text, "minivmm " VERSION "\n");
	free(text);
}
END_TEST

START_TEST(output_that_cannot_be_written)
{
	FILE *full = fopen("/dev/full", "w");

	ck_assert_ptr_nonnull(full);
	ck_assert_int_eq(options_print(COMMAND_HELP, full), -EIO);
	fclose(full);
}
END_TEST

/* Names are distinct and well-formed, and nothing is left out. */
START_TEST(the_table_is_sound)
{
	for (const struct option_spec *o = option_next(NULL); o;
	     o = option_next(o)) {
		ck_assert_ptr_eq(option_find(o->name, strlen(o->name)), o);
		if (o->alias)
			ck_assert_ptr_eq(
				option_find(o->alias, strlen(o->alias)), o);
		if (o->letter)
			ck_assert_ptr_eq(option_by_letter(o->letter), o);
		ck_assert_uint_le(strlen(o->name), 32);
		ck_assert_ptr_nonnull(o->parse);
		ck_assert(o->max || (o->parse != option_number &&
				     o->parse != option_size &&
				     o->parse != option_seconds));
	}
	ck_assert_ptr_nonnull(option_next(NULL)->heading);
}
END_TEST

/* No heading comes twice: what belongs together stands together. */
START_TEST(groups_stand_together)
{
	const char *seen[16];
	size_t n = 0;

	for (const struct option_spec *o = option_next(NULL); o;
	     o = option_next(o)) {
		if (!o->heading)
			continue;
		for (size_t i = 0; i < n; i++)
			ck_assert_str_ne(seen[i], o->heading);
		ck_assert_uint_lt(n, ARRAY_SIZE(seen));
		seen[n++] = o->heading;
	}
}
END_TEST

/* What @format, with @words in it, makes a shell print is one line. */
static void shell_says(const char *format, const char *words,
		       const char *expected)
{
	char *command, reply[256] = "";
	FILE *shell;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	ck_assert_int_gt(asprintf(&command, format, words), 0);
#pragma GCC diagnostic pop
	shell = popen(command, "r");
	ck_assert_ptr_nonnull(fgets(reply, sizeof(reply), shell));
	ck_assert_int_eq(pclose(shell), 0);
	reply[strcspn(reply, "\n")] = '\0';
	ck_assert_str_eq(reply, expected);
	free(command);
}

/* Completes the line @words, a list of bash words, at its last one. */
static void completes(const char *words, const char *expected)
{
	shell_says("bash -c 'compopt() { echo -n \"$2 \"; }; . ./completion; "
		   "COMP_WORDS=(%s); COMP_CWORD=$((${#COMP_WORDS[@]}-1)); "
		   "_minivmm; echo \"${COMPREPLY[*]}\"'",
		   words, expected);
}

static void write_completion(enum command cmd)
{
	char *text = printed(cmd);

	write_file("completion", text, strlen(text));
	free(text);
}

START_TEST(bash_completes)
{
	write_completion(COMMAND_HELP_BASH);
	ck_assert_int_eq(system("bash -n completion"), 0);
	write_file("a file", "", 0);
	ck_assert_int_eq(mkdir("a folder", 0777), 0);
	completes("minivmm --on-reset \"\"", "restart exit always");
	completes("minivmm --on-reset = ex", "exit");
	completes("minivmm --on-reset =", "restart exit always");
	completes("minivmm --serial pt", "pty");
	completes("minivmm --mem \"\"", "");
	completes("minivmm --kernel a\\ fi", "filenames a file");
	completes("minivmm -k = a\\ fi", "filenames a file");
	completes("minivmm a\\ fi", "filenames a file");
	completes("minivmm ch", "filenames check");
	completes("minivmm init", "filenames initrd");
	completes("minivmm te", "filenames test");
	completes("minivmm --keep a", "filenames a folder");
	/* A path follows the colon, without a blank. */
	completes("minivmm --serial fi", "nospace file:");
	completes("minivmm --serial file : a\\ fi", "filenames a file");
	/* Their values are behind a = only. */
	completes("minivmm -v a\\ fi", "filenames a file");
	completes("minivmm --verbose a\\ fi", "filenames a file");
	completes("minivmm --help = ba", "bash");
	completes("minivmm --cp", "--cpus");
	completes("minivmm k --me", "--mem --memory");
	completes("minivmm --module a\\ fi", "filenames a file");
	write_file("a,b", "", 0);
	completes("minivmm --module a,", "filenames a,b");
	completes("minivmm --module = a,", "filenames a,b");
	/* The keys of a value. */
	completes("minivmm --rng = on,", "on,packed on,queue-size= "
					 "on,in-order on,transitional");
	completes("minivmm --net us", "user");
	completes("minivmm --net user,ho", "user,host user,hostname= "
					   "user,hostfwd=");
	completes("minivmm --net user,host = on,pc", "nospace on,pcap=");
}
END_TEST

START_TEST(fish_completes)
{
	static const char fish[] =
		"HOME=. fish -c 'source completion; complete -C \"minivmm %s\"' "
		"| cut -f 1 | paste -sd ' '";

	write_completion(COMMAND_HELP_FISH);
	write_file("a-file", "", 0);
	ck_assert_int_eq(mkdir("a-folder", 0777), 0);
	shell_says(fish, "--on-reset ", "always exit restart");
	shell_says(fish, "--console-l", "--console-log");
	shell_says(fish, "--keep a-", "a-folder/");
	shell_says(fish, "-k a-fi", "a-file");
	shell_says(fish, "te", "test");
	shell_says(fish, "-v a-fi", "a-file");
	/* The keys of a value. */
	shell_says(fish, "--net us", "user");
	shell_says(fish, "--net user,ho",
		   "user,host user,hostfwd= user,hostname=");
	shell_says(fish, "--net=user,host,pc", "--net=user,host,pcap=");
	shell_says(fish, "-d a-fi", "a-file");
	shell_says(fish, "-d a-file,sn", "a-file,snapshot");
	shell_says(fish, "--disk=a-file,ro,ca", "--disk=a-file,ro,cache=");
	shell_says(fish, "--share a-", "a-folder/");
	shell_says(fish, "--share a-folder,ta", "a-folder,tag=");
	shell_says(fish, "--rng=on,in", "--rng=on,in-order");
}
END_TEST

/* zsh completes on a terminal only: one of its own, on which a key shows what
 * the line has become. */
static const char zsh_script[] =
	"zmodload zsh/zpty\n"
	"zpty shell 'HOME=. PS1= PS2= TERM=dumb zsh -f -i'\n"
	"zpty -w shell 'fpath=($PWD $fpath); autoload -U compinit; '\\\n"
	"'compinit -u -D; show() { print -r \"<\"\"$BUFFER>\"; BUFFER= }; '\\\n"
	"'zle -N show; bindkey \"^X\" show; LISTMAX=999; unsetopt list_beep; '\\\n"
	"'print \"rea\"dy'\n"
	"zpty -r shell reply '*ready*'\n"
	"zpty -w -n shell \"minivmm $1\"$'\\t\\x18'\n"
	"zpty -r shell reply '*<*>*'\n"
	"reply=${reply#*<minivmm }\n"
	"print -r -- \"${reply%%>*}\"\n";

START_TEST(zsh_completes)
{
	static const char zsh[] = "zsh -f script '%s'";

	write_completion(COMMAND_HELP_ZSH);
	ck_assert_int_eq(system("zsh -n completion && mv completion _minivmm"),
			 0);
	write_file("script", zsh_script, strlen(zsh_script));
	write_file("a-file", "", 0);
	ck_assert_int_eq(mkdir("b-folder", 0777), 0);
	shell_says(zsh, "--on-reset ex", "--on-reset exit ");
	shell_says(zsh, "--on-reset=ex", "--on-reset=exit ");
	shell_says(zsh, "-k a-", "-k a-file ");
	shell_says(zsh, "che", "check ");
	shell_says(zsh, "--keep b", "--keep b-folder/");
	/* The keys of a value. */
	shell_says(zsh, "--net us", "--net user ");
	shell_says(zsh, "--net user,mt", "--net user,mtu=");
	shell_says(zsh, "--net=user,host,pc", "--net=user,host,pcap=");
	shell_says(zsh, "-d a-", "-d a-file ");
	shell_says(zsh, "-d a-file,sn", "-d a-file,snapshot ");
	shell_says(zsh, "--share b-folder,ta", "--share b-folder,tag=");
	shell_says(zsh, "--rng=on,in", "--rng=on,in-order ");
}
END_TEST

/* Whatever the arguments, there is a result or one whole line. */
START_TEST(random_arguments)
{
	static const char *const pieces[] = {
		"-",	  "--",	    "=",    "m",      "mem",
		"kernel", "k",	    "1",    "G",      "v",
		"check",  "serial", "\xff", "-a",     "+=",
		"",	  "help",   "\033", "--mem=", "99999999999999999",
	};
	unsigned seed = 1;
	size_t good = 0;

	for (int round = 0; round < 20000; round++) {
		char storage[4][128], *argv[6] = { storage[0] }, log[2048];
		struct config cfg;
		enum command cmd;
		int argc = 1, err;

		strcpy(storage[0], "minivmm");
		for (; argc < 4 && rand_r(&seed) % 4; argc++) {
			argv[argc] = storage[argc];
			*storage[argc] = '\0';
			for (int n = rand_r(&seed) % 4; n >= 0; n--)
				strcat(storage[argc],
				       pieces[(unsigned)rand_r(&seed) %
					      ARRAY_SIZE(pieces)]);
		}
		argv[argc] = NULL;
		err = parse_argv(argc, argv, &cfg, &cmd, log);
		config_free(&cfg);
		good += err == 0;
	}
	ck_assert_uint_gt(good, 100);
}
END_TEST

START_TEST(no_arguments_at_all)
{
	char *argv[] = { NULL }, log[2048];
	struct config cfg;
	enum command cmd;

	ck_assert_int_eq(parse_argv(0, argv, &cfg, &cmd, log), -EINVAL);
	config_free(&cfg);
}
END_TEST

START_TEST(where_a_core_goes)
{
	struct config cfg;

	parse(&cfg, "k", "--core=c", "--report=r.json", NULL);
	ck_assert_str_eq(cfg.debug.core, "c");
	config_free(&cfg);
	parse(&cfg, "k", "--core", "auto", "--report=r.json", NULL);
	ck_assert_str_eq(cfg.debug.core, "r.json.core");
	config_free(&cfg);
	parse(&cfg, "k", "--core=auto", "--suite-folder", "dir", NULL);
	ck_assert_str_eq(cfg.debug.core, "dir/core");
	config_free(&cfg);
	parse(&cfg, "k", "--core=c", "--suite-folder", "dir", NULL);
	ck_assert_str_eq(cfg.debug.core, "dir/core");
	config_free(&cfg);
	parse(&cfg, "k", "--core=./auto", NULL);
	ck_assert_str_eq(cfg.debug.core, "./auto");
	config_free(&cfg);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		defaults,
		every_long_option,
		virtio_devices,
		disks,
		shares,
		network,
		every_letter,
		options_may_follow_the_kernel,
		the_last_of_a_kind_counts,
		one_kernel_only,
		kernel_in_the_working_directory,
		kernels_of_the_host,
		what_is_asked_for,
		sizes_accepted,
		sizes_refused,
		numbers,
		seconds,
		verbosity,
		wrong_options,
		as_in_qemu,
		messages_are_these,
		understood,
		abbreviations_are_refused,
		help_fits_the_screen,
		version_is_one_line,
		output_that_cannot_be_written,
		net_keeps_what_other_options_say,
		the_table_is_sound,
		groups_stand_together,
		bash_completes,
		fish_completes,
		zsh_completes,
		random_arguments,
		no_arguments_at_all,
		where_a_core_goes,
		NULL,
	};

	return unit_run(options_suite("options", tests));
}
