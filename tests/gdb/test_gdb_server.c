/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_gdb_server.c - packets and their answers
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/util.h"
#include "gdb/connection.h"
#include "gdb/server.h"
#include "tests/gdb_machine.h"
#include "tests/unit.h"

static struct gdb_machine machine;
static struct gdb_server server;

static void start(void)
{
	static const struct gdb_stop stop = { 0, GDB_SIGTRAP, GDB_BREAKPOINTS,
					      0 };

	machine = (struct gdb_machine){ .cpus = 3 };
	for (unsigned i = 0; i < GDB_MACHINE_SIZE; i++)
		machine.memory[i] = (uint8_t)i;
	gdb_server_init(&server, &gdb_machine_target, &machine, &stop);
	server.no_ack = true;
}

static size_t feed(const char *bytes, size_t len)
{
	return gdb_server_input(&server, (const uint8_t *)bytes, len);
}

/* What has come out, which is then sent; valid until the next one. */
static const char *output(void)
{
	static char text[sizeof(server.out.bytes) + 1];
	size_t len = server.out.len - server.out.sent;

	memcpy(text, server.out.bytes + server.out.sent, len);
	text[len] = '\0';
	server.out.sent = server.out.len;
	return text;
}

/* The text of the answer to a packet of @len bytes; "" also for none. */
static const char *ask_binary(const char *packet, size_t len)
{
	static char text[GDB_PACKET_SIZE + 1], frame[GDB_PACKET_SIZE + 5];
	const char *out, *end;
	size_t n = gdb_frame(packet, len, frame);

	ck_assert_uint_eq(feed(frame, n), n);
	out = output();
	if (!*out)
		return "";
	ck_assert_int_eq(out[0], '$');
	end = strchr(out, '#');
	ck_assert_ptr_nonnull(end);
	ck_assert_uint_eq(strlen(end), 3);
	memcpy(text, out + 1, (size_t)(end - out) - 1);
	text[end - out - 1] = '\0';
	return text;
}

static const char *ask(const char *packet)
{
	return ask_binary(packet, strlen(packet));
}

/* Processors that do not exist, numbers that are none, too long or missing, and
 * what begins beyond the end: each has an answer, and nothing is let go. */
START_TEST(odd_packets_have_an_answer)
{
	static const struct {
		const char *packet, *answer;
	} cases[] = {
		{ "vCont;c:99", "E16" },
		{ "vCont;c:0;s:99", "E16" },
		{ "vCont;s:ffffffffffffffffff", "E16" },
		{ "vCont;", "E16" },
		{ "vCont;z", "E16" },
		{ "vCont;C", "E16" },
		{ "vCont;r0,10:1", "E16" },
		{ "Hg99", "E16" },
		{ "Hx1", "E16" },
		{ "T99", "E03" },
		{ "qThreadExtraInfo,99", "E03" },
		{ "qXfer:features:read:target.xml:fffff,100", "E16" },
		{ "qXfer:features:read:target.xml:ffffffffffffffff,2", "E16" },
		{ "qXfer:features:read:target.xml:0,0", "m" },
		{ "qXfer:features:read:none.xml:0,100", "E02" },
		{ "QStartNoAckMode", "OK" },
		{ "QStartNoAckMode", "OK" },
		{ "x0,0", "" },
		{ "mffffffffffffffff,2", "E0e" },
		{ "m7fffffffffff,8", "E0e" },
		{ "M1000,1:zz", "E16" },
		{ "X1000,4:ab", "E16" },
		{ "Z0,100000", "E16" },
		{ "Z9,0,1", "" },
		{ "p99", "E16" },
		{ "P0=zz", "E16" },
		{ "G00", "E16" },
		{ "qRcmd,7", "E16" },
		{ "QNonStop:1", "" },
		{ "bs", "" },
	};

	start();
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		ck_assert_msg(strcmp(ask(cases[i].packet), cases[i].answer) ==
				      0,
			      "%s", cases[i].packet);
	ck_assert_uint_eq(machine.resumed, 0);
}
END_TEST

START_TEST(what_debuggers_ask_first)
{
	start();
	ck_assert_ptr_nonnull(strstr(
		ask("qSupported:multiprocess+;swbreak+;xmlRegisters=i386"),
		"PacketSize=4000;qXfer:features:read+;QStartNoAckMode+;"));
	ck_assert_str_eq(ask("vMustReplyEmpty"), "");
	ck_assert_str_eq(ask("Hgp0.0"), "E16");
	ck_assert_str_eq(ask("Hg0"), "OK");
	ck_assert_str_eq(ask("Hc-1"), "OK");
	ck_assert_str_eq(ask("qTStatus"), "");
	ck_assert_str_eq(ask("?"), "T05thread:1;");
	ck_assert_str_eq(ask("qfThreadInfo"), "m1,2,3");
	ck_assert_str_eq(ask("qsThreadInfo"), "l");
	ck_assert_str_eq(ask("qAttached"), "1");
	ck_assert_str_eq(ask("qAttached:1"), "1");
	ck_assert_str_eq(ask("qC"), "QC1");
	ck_assert_str_eq(ask("vCont?"), "vCont;c;C;s;S");
	ck_assert_str_eq(ask("QThreadSuffixSupported"), "");
	ck_assert_str_eq(ask("x0,0"), "");
	ck_assert_str_eq(ask("qThreadExtraInfo,2"), "7643505520"
						    "31205b68616c7465645d");
	ck_assert_str_eq(ask("T3"), "OK");
	ck_assert_str_eq(ask("T4"), "E03");
}
END_TEST

START_TEST(every_packet_is_acknowledged_until_both_agree)
{
	start();
	server.no_ack = false;
	ck_assert_uint_eq(feed("+$qC#b4", 7), 7);
	ck_assert_str_eq(output(), "+$QC1#c5");
	/* It has not arrived. */
	ck_assert_uint_eq(feed("-", 1), 1);
	ck_assert_str_eq(output(), "$QC1#c5");
	/* Nor has this one. */
	ck_assert_uint_eq(feed("$qC#b5", 6), 6);
	ck_assert_str_eq(output(), "-");
	ck_assert_uint_eq(feed("$QStartNoAckMode#b0", 19), 19);
	ck_assert_str_eq(output(), "+$OK#9a");
	ck_assert_uint_eq(feed("$qC#b5", 6), 6);
	ck_assert_str_eq(output(), "$QC1#c5");
}
END_TEST

START_TEST(registers)
{
	struct gdb_registers *r = &machine.registers[1];
	char packet[2 * sizeof(*r) + 2];
	const char *answer;

	start();
	ck_assert_str_eq(ask("Hg2"), "OK");
	r->general[0] = 0x1122334455667788;
	r->rip = 0xffffffff81000000;
	r->eflags = 0x246;
	memset(r->st[7], 0xab, 10);
	r->efer = 0x500;
	answer = ask("g");
	ck_assert_uint_eq(strlen(answer), 2 * sizeof(*r));
	ck_assert_int_eq(strncmp(answer, "8877665544332211", 16), 0);
	ck_assert_str_eq(answer + strlen(answer) - 16, "0005000000000000");
	ck_assert_str_eq(ask("p10"), "00000081ffffffff");
	ck_assert_str_eq(ask("p11"), "46020000");
	ck_assert_str_eq(ask("p1f"), "abababababababababab");
	ck_assert_str_eq(ask("p52"), "E16");
	ck_assert_str_eq(ask("pffffffffffffffff"), "E16");
	ck_assert_str_eq(ask("p"), "E16");
	ck_assert_str_eq(ask("P10=0010000000000000"), "OK");
	ck_assert_uint_eq(r->rip, 0x1000);
	ck_assert_str_eq(ask("P10=00"), "E16");
	ck_assert_str_eq(ask("P10=001000000000000g"), "E16");
	ck_assert_str_eq(ask("P52=00"), "E16");
	memset(packet, '1', sizeof(packet));
	packet[0] = 'G';
	packet[sizeof(packet) - 1] = '\0';
	ck_assert_str_eq(ask(packet), "OK");
	ck_assert_uint_eq(r->cr3, 0x1111111111111111);
	packet[sizeof(packet) - 3] = '\0';
	ck_assert_str_eq(ask(packet), "E16");
}
END_TEST

START_TEST(memory)
{
	static char large[GDB_PACKET_SIZE + 100];
	static const char binary[] = "X1100,4:\x03}\x03$";

	start();
	ck_assert_str_eq(ask("m1010,4"), "10111213");
	/* As much as there is. */
	ck_assert_str_eq(ask("m1ffe,40"), "feff");
	ck_assert_str_eq(ask("m2000,1"), "E0e");
	ck_assert_str_eq(ask("mffffffffffffffff,ffffffffffffffff"), "E0e");
	ck_assert_str_eq(ask("m1000,0"), "");
	ck_assert_str_eq(ask("m1000"), "E16");
	ck_assert_str_eq(ask("m11111111111111111,1"), "E16");
	ck_assert_uint_eq(strlen(ask("m1000,ffffffff")), 2 * GDB_MACHINE_SIZE);
	ck_assert_str_eq(ask("M1100,2:aabb"), "OK");
	ck_assert_str_eq(ask("m1100,2"), "aabb");
	ck_assert_str_eq(ask("M1100,3:aabb"), "E16");
	ck_assert_str_eq(ask("M1fff,2:aabb"), "E0e");
	ck_assert_str_eq(ask("M1100,ffffffffffffffff:"), "E16");
	/* A byte 3 within a packet is no interrupt; } makes # of 3. */
	ck_assert_str_eq(ask_binary("X1100,3:\x03}\x03z", 12), "OK");
	ck_assert_str_eq(ask("m1100,3"), "03237a");
	ck_assert_str_eq(ask_binary("X1100,0:", 8), "OK");
	ck_assert_str_eq(ask_binary("X1100,2:\0\0", 10), "OK");
	ck_assert_str_eq(ask("m1100,3"), "00007a");
	ck_assert_uint_eq(machine.interrupted, 0);
	/* A dollar sign begins anew. */
	feed("$", 1);
	feed(binary, sizeof(binary) - 1);
	feed("qC#b4", 5);
	ck_assert_str_eq(output(), "$QC1#c5");
	memset(large, 'm', sizeof(large));
	large[0] = '$';
	memcpy(large + sizeof(large) - 3, "#00", 3);
	feed(large, sizeof(large));
	ck_assert_ptr_nonnull(strstr(output(), "$E07#"));
	ck_assert_str_eq(ask("qC"), "QC1");
}
END_TEST

START_TEST(breakpoints)
{
	start();
	ck_assert_str_eq(ask("Z0,ffffffff81000000,1"), "OK");
	ck_assert_int_eq(machine.type, GDB_SOFTWARE);
	ck_assert_uint_eq(machine.addr, 0xffffffff81000000);
	ck_assert_uint_eq(machine.len, 1);
	ck_assert_str_eq(ask("Z2,10,8;cmds:0"), "OK");
	ck_assert_int_eq(machine.type, GDB_WATCH_WRITE);
	ck_assert_str_eq(ask("z2,10,8"), "OK");
	ck_assert_uint_eq(machine.removed, 1);
	ck_assert_str_eq(ask("Z5,10,8"), "");
	ck_assert_str_eq(ask("Z1"), "E16");
	ck_assert_str_eq(ask("Z,"), "E16");
	ck_assert_uint_eq(machine.inserted, 2);
}
END_TEST

static void stopped(unsigned thread, enum gdb_breakpoint at)
{
	const struct gdb_stop stop = { thread, GDB_SIGTRAP, at, 0xabc };

	gdb_server_stopped(&server, &stop);
}

START_TEST(one_stop_reply_for_one_resumption)
{
	start();
	ck_assert_str_eq(ask("vCont;s:2;c"), "");
	ck_assert_uint_eq(machine.resumed, 1);
	ck_assert_int_eq(machine.actions[0], GDB_CONTINUE);
	ck_assert_int_eq(machine.actions[1], GDB_STEP);
	ck_assert_int_eq(machine.actions[2], GDB_CONTINUE);
	stopped(1, GDB_BREAKPOINTS);
	ck_assert_str_eq(output(), "$T05thread:2;#d8");
	/* It is the current one. */
	ck_assert_str_eq(ask("qC"), "QC2");
	stopped(0, GDB_BREAKPOINTS);
	ck_assert_str_eq(output(), "");
	ask("c");
	stopped(0, GDB_SOFTWARE);
	ck_assert_ptr_nonnull(strstr(output(), "$T05thread:1;swbreak:;#"));
	ask("c");
	stopped(0, GDB_HARDWARE);
	ck_assert_ptr_nonnull(strstr(output(), "$T05thread:1;hwbreak:;#"));
	ask("c");
	stopped(0, GDB_WATCH_ACCESS);
	ck_assert_ptr_nonnull(strstr(output(), "$T05thread:1;awatch:abc;#"));
}
END_TEST

START_TEST(ctrl_c_storms)
{
	start();
	/* While it stands. */
	feed("\x03\x03\x03", 3);
	ck_assert_uint_eq(machine.interrupted, 0);
	ask("c");
	for (int i = 0; i < 1000; i++)
		ck_assert_uint_eq(feed("\x03", 1), 1);
	ck_assert_uint_eq(machine.interrupted, 1);
	stopped(2, GDB_BREAKPOINTS);
	ck_assert_str_eq(output(), "$T05thread:3;#d9");
	feed("\x03", 1);
	ck_assert_uint_eq(machine.interrupted, 1);
	ck_assert_str_eq(output(), "");
}
END_TEST

/* Which nobody should send: it stops the machine, and is then answered. */
START_TEST(a_packet_while_it_runs)
{
	start();
	ask("c");
	ck_assert_uint_eq(feed("+$qC#b4", 7), 1);
	ck_assert_uint_eq(feed("$qC#b4", 6), 0);
	ck_assert_uint_eq(machine.interrupted, 1);
	stopped(0, GDB_BREAKPOINTS);
	ck_assert_ptr_nonnull(strstr(output(), "T05thread:1;"));
	ck_assert_uint_eq(feed("$qC#b4", 6), 6);
	ck_assert_str_eq(output(), "$QC1#c5");
}
END_TEST

/* Nothing is taken from one who does not read. */
START_TEST(one_who_does_not_read)
{
	static const char many[] = "$qC#b4$qC#b4";

	start();
	ck_assert_uint_eq(feed(many, 12), 6);
	ck_assert_uint_eq(feed(many, 12), 0);
	ck_assert_str_eq(output(), "$QC1#c5");
	ck_assert_uint_eq(feed(many, 12), 6);
}
END_TEST

START_TEST(other_ways_to_go_on)
{
	start();
	ask("Hc2");
	ask("s");
	ck_assert_int_eq(machine.actions[0], GDB_STAY);
	ck_assert_int_eq(machine.actions[1], GDB_STEP);
	stopped(0, GDB_BREAKPOINTS);
	output();
	ask("C05;1234");
	ck_assert_int_eq(machine.actions[2], GDB_CONTINUE);
	ck_assert_uint_eq(machine.registers[0].rip, 0x1234);
	stopped(0, GDB_BREAKPOINTS);
	output();
	ck_assert_str_eq(ask("C"), "E16");
	ck_assert_str_eq(ask("cz"), "E16");
	/* With nobody to go on there would never be a stop. */
	ck_assert_str_eq(ask("vCont"), "E16");
	ck_assert_str_eq(ask("vCont;"), "E16");
	ck_assert_str_eq(ask("vCont;c:4"), "E16");
	ck_assert_str_eq(ask("vCont;x"), "E16");
	ck_assert_str_eq(ask("vCont;C"), "E16");
	ck_assert_uint_eq(machine.resumed, 2);
	/* The first action that names a thread is its. */
	ask("vCont;S05:3;c:1;s:-1");
	ck_assert_int_eq(machine.actions[0], GDB_CONTINUE);
	ck_assert_int_eq(machine.actions[1], GDB_STEP);
	ck_assert_int_eq(machine.actions[2], GDB_STEP);
	stopped(0, GDB_BREAKPOINTS);
	output();
	ask("vCont;s:2");
	ck_assert_int_eq(machine.actions[0], GDB_STAY);
	ck_assert_int_eq(machine.actions[1], GDB_STEP);
	ck_assert_int_eq(machine.actions[2], GDB_STAY);
}
END_TEST

START_TEST(leaving_and_killing)
{
	start();
	ck_assert_str_eq(ask("D;1"), "OK");
	ck_assert_uint_eq(machine.detached, 1);
	ck_assert_uint_eq(feed("$qC#b4", 6), 0);
	start();
	ck_assert_str_eq(ask("vKill;a410"), "OK");
	ck_assert_uint_eq(machine.killed, 1);
	start();
	ck_assert_str_eq(ask("k"), "X09");
	ck_assert_uint_eq(machine.killed, 1);
}
END_TEST

START_TEST(the_end_of_the_machine)
{
	start();
	ask("c");
	gdb_server_exited(&server, 3, false);
	ck_assert_str_eq(output(), "$W03#ba");
	gdb_server_exited(&server, 3, false);
	ck_assert_str_eq(output(), "");
	start();
	ask("c");
	gdb_server_exited(&server, GDB_SIGKILL, true);
	ck_assert_str_eq(output(), "$X09#c1");
	/* Nobody waits for that. */
	start();
	gdb_server_exited(&server, 0, false);
	ck_assert_str_eq(output(), "");
}
END_TEST

START_TEST(commands_of_the_user)
{
	const char *out, *last;
	unsigned frames = 0;

	start();
	machine.to_print = 3;
	/* monitor walk 0 */
	feed("$qRcmd,77616c6b2030#52", 22);
	ck_assert_str_eq(output(), "$O616263#87$OK#9a");
	ck_assert_str_eq(machine.line, "0:walk 0");
	ck_assert_str_eq(ask("qRcmd,7"), "E16");
	ck_assert_str_eq(ask("qRcmd,zz"), "E16");
	/* In several frames, and at last not all of it. */
	machine.to_print = 100000;
	feed("$qRcmd,77#19", 12);
	out = output();
	for (const char *p = out; (p = strstr(p, "$O")); p++)
		frames++;
	ck_assert_uint_eq(frames, GDB_OUTPUT_FRAMES);
	last = strrchr(out, '$');
	ck_assert_str_eq(last, "$OK#9a");
}
END_TEST

START_TEST(where_debuggers_connect)
{
	static const char *const right[] = {
		"1",	       "65535",	      ":1234",	    "127.0.0.1:1234",
		"localhost:1", "127.3.2.1:1", "[::1]:1234", "unix:x",
		"tcp::1234",   "tcp:[::1]:1", "tcp:1",
	};
	static const char *const wrong[] = {
		"",	     "0",
		"65536",     "123456",
		"12 ",	     "-1",
		"x",	     "1234:",
		"0.0.0.0:1", "10.0.0.1:1",
		"[::]:1",    "::1:1",
		"host:1",    "unix:",
		"127.0.0.1", "tcp:",
		"tcp::",     "tcp:0.0.0.0:1",
		"stdio",     "unix:x,server",
	};

	for (size_t i = 0; i < ARRAY_SIZE(right); i++)
		ck_assert_msg(!gdb_where_check(right[i]), "%s", right[i]);
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		ck_assert_msg(gdb_where_check(wrong[i]), "%s", wrong[i]);
}
END_TEST

/* The real gdb reads the description and knows the registers. */
START_TEST(gdb_reads_the_description)
{
	char xml[GDB_XML_ROOM], dir[] = "/tmp/minivmm-gdb.XXXXXX", line[800];
	size_t len = gdb_target_xml(xml, sizeof(xml));
	char path[64], whole[64], all[4096];
	FILE *file;

	ck_assert_uint_lt(len, sizeof(xml) - 1);
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/target.xml", dir);
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	fwrite(xml, 1, len, file);
	fclose(file);
	snprintf(line, sizeof(line),
		 "gdb -nx -batch -ex 'set tdesc filename %s' "
		 "-ex 'maint print registers' -ex 'maint print reggroups' 2>&1",
		 path);
	file = popen(line, "r");
	ck_assert_ptr_nonnull(file);
	*all = *whole = '\0';
	while (fgets(line, sizeof(line), file)) {
		unsigned number, offset, size;
		char name[20];

		ck_assert_ptr_null(strstr(line, "warning"));
		if (sscanf(line, " %19s %u %*u %u %u", name, &number, &offset,
			   &size) != 4)
			continue;
		snprintf(all + strlen(all), sizeof(all) - strlen(all), " %s:%u",
			 name, size);
	}
	ck_assert_int_eq(pclose(file), 0);
	ck_assert_ptr_nonnull(strstr(all, " rax:8 rbx:8 rcx:8 rdx:8 rsi:8"));
	ck_assert_ptr_nonnull(strstr(all, " rip:8 eflags:4 cs:4 ss:4"));
	ck_assert_ptr_nonnull(strstr(all, " st7:10"));
	ck_assert_ptr_nonnull(strstr(all, " mxcsr:4"));
	ck_assert_ptr_nonnull(strstr(all, " ymm15:32"));
	ck_assert_ptr_nonnull(strstr(all, " cr3:8"));
	unlink(path);
	rmdir(dir);
}
END_TEST

int main(void)
{
	const TTest *const all[] = {
		odd_packets_have_an_answer,
		what_debuggers_ask_first,
		every_packet_is_acknowledged_until_both_agree,
		registers,
		memory,
		breakpoints,
		one_stop_reply_for_one_resumption,
		ctrl_c_storms,
		a_packet_while_it_runs,
		one_who_does_not_read,
		other_ways_to_go_on,
		leaving_and_killing,
		the_end_of_the_machine,
		commands_of_the_user,
		where_debuggers_connect,
		gdb_reads_the_description,
		NULL,
	};

	return unit_run(unit_suite("gdb_server", all));
}
