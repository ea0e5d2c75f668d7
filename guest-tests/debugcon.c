/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * debugcon.c - a guest that prints to the debug console, as one made for
 * Bochs or QEMU does
 *
 * By the command line: "panic" says that the kernel has panicked; "both" then
 * uses the serial port, after which the debug console must not be shown; and
 * "flood=N" prints N KiB by string instructions.  It ends by the exit port,
 * so that the serial port says nothing of itself.
 */
#include "guest-tests/lib/boot.h"
#include "guest-tests/lib/io.h"
#include "guest-tests/lib/report.h"
#include "guest-tests/lib/serial.h"
#include "guest-tests/lib/string.h"

enum { BOCHS = 0xe9, SEABIOS = 0x402, EXIT_PORT = 0x5e0, KIB = 1024 };

static void say(uint16_t port, const char *text)
{
	outsb(port, text, strlen(text));
}

/* Lines of 64 bytes. */
static void flood(uint64_t kib)
{
	static char page[KIB];
	unsigned i;

	for (i = 0; i < KIB; i++)
		page[i] = i % 64 == 63 ? '\n' : 'a' + i % 64 % 26;
	while (kib--)
		outsb(BOCHS, page, KIB);
	say(BOCHS, "flooded\n");
}

void guest_main(void)
{
	/* Whether it is there, as Bochs's guests find out. */
	if (inb(BOCHS) != BOCHS) {
		print("no debug console\n");
		return;
	}
	say(BOCHS, "by 0xe9\n");
	say(SEABIOS, "by 0x402\n");
	flood(boot_number("flood=", 0));
	if (boot_has("panic"))
		say(BOCHS, "Kernel panic - not syncing: at port 0xe9\n");
	if (boot_has("both")) {
		print("by the serial port\n");
		serial_drain();
		say(BOCHS, boot_has("twice") ? "twice\n" : "FAIL: twice\n");
	}
	outb(EXIT_PORT, 0);
}
