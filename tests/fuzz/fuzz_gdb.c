/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_gdb.c - libFuzzer harness: what is sent to the debugger's server
 *
 * An input is what a client sends.  The first byte says how much of it arrives
 * at a time, and after how many bytes the running machine stops.  Texts between
 * '$' and '#' get their checksum put right, so that they are read.
 *
 * The machine resumes only with one action at least, is resumed only while it
 * stands, and each time there is one stop reply.
 */
#include <string.h>

#include "base/util.h"
#include "gdb/server.h"
#include "tests/fuzz/check.h"
#include "tests/gdb_machine.h"

enum { MAX_INPUT = 20000 };

static struct {
	struct gdb_machine machine;
	struct gdb_server server;
	unsigned stops;
} rig;

static unsigned stop_replies(void)
{
	const struct gdb_output *out = &rig.server.out;
	unsigned n = 0;

	for (size_t i = 0; i + 4 < out->len; i++)
		n += memcmp(out->bytes + i, "$T05t", 5) == 0;
	return n;
}

static void stop(void)
{
	const struct gdb_stop why = { rig.stops % 3, GDB_SIGTRAP,
				      rig.stops % (GDB_BREAKPOINTS + 1),
				      rig.stops };

	if (rig.stops == rig.machine.resumed)
		return;
	check(rig.machine.resumed == rig.stops + 1);
	rig.server.out.len = rig.server.out.sent = 0;
	gdb_server_stopped(&rig.server, &why);
	rig.stops++;
	check(stop_replies() == 1);
	rig.server.out.sent = rig.server.out.len;
}

/* Right the checksums in @in; the new length. */
static size_t mend(const uint8_t *in, size_t len, uint8_t *out)
{
	static const char digits[] = "0123456789abcdef";
	bool text = false;
	uint8_t sum = 0;
	size_t n = 0;

	for (size_t i = 0; i < len && n < MAX_INPUT - 3; i++) {
		out[n++] = in[i];
		if (in[i] == '$') {
			text = true;
			sum = 0;
		} else if (in[i] == '#' && text) {
			out[n++] = (uint8_t)digits[sum >> 4];
			out[n++] = (uint8_t)digits[sum & 15];
			text = false;
		} else {
			sum = (uint8_t)(sum + in[i]);
		}
	}
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct gdb_stop first = { 0, GDB_SIGTRAP, GDB_BREAKPOINTS,
					       0 };
	static uint8_t bytes[MAX_INPUT];
	size_t len, piece, at = 0;

	if (size < 2)
		return 0;
	piece = (size_t)(data[0] & 0x3f) + 1;
	memset(&rig.machine, 0, sizeof(rig.machine));
	rig.machine.cpus = 3;
	rig.machine.to_print = data[0] > 0xf0 ? 100000 : 10;
	rig.stops = 0;
	gdb_server_init(&rig.server, &gdb_machine_target, &rig.machine, &first);
	len = mend(data + 1, size - 1, bytes);
	while (at < len && !rig.server.over) {
		size_t n = MIN(piece, len - at);
		size_t taken = gdb_server_input(&rig.server, bytes + at, n);

		check(taken <= n);
		check(rig.server.out.len <= sizeof(rig.server.out.bytes));
		check(rig.server.out.sent <= rig.server.out.len);
		check(rig.machine.resumed <= rig.stops + 1);
		rig.server.out.sent = rig.server.out.len;
		at += taken;
		if (taken < n || (data[0] & 0x40))
			stop();
		/* It would wait for ever. */
		check(taken || !rig.server.running);
	}
	return 0;
}
