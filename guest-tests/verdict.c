/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * verdict.c - the ways in which a run can end
 *
 * By the command line, first what to say: "panic", "oops", "marker", "flood",
 * "words" (a panic's last), "screen" (at 0xB8000), "aside" (to port 0xE9),
 * "initrd" (what is in it), or nothing; then what to do:
 * "exit=N" by the exit port, "debug=N" by isa-debug-exit at 0xf4, "pv"
 * (pvpanic) and on, "reset", "triple", "jump" (to where no memory is), "login"
 * (a dialogue that ends by power-off), "hang" with interrupts off, "spin", or
 * nothing, which is to power off.
 */
#include "guest-tests/lib/boot.h"
#include "guest-tests/lib/gate.h"
#include "guest-tests/lib/io.h"
#include "guest-tests/lib/irq.h"
#include "guest-tests/lib/report.h"
#include "guest-tests/lib/serial.h"

enum {
	DEBUGCON = 0xe9,
	EXIT_PORT = 0x5e0,
	DEBUG_PORT = 0xf4,
	PVPANIC = 0x505,
	NONE = 256
};

/* In the window for devices, of which none is there. */
#define NOWHERE 0xc8000000UL

/* To a PC's text screen, white on red. */
static void write_screen(const char *text)
{
	volatile uint16_t *cell = (volatile uint16_t *)0xb8000;

	while (*text)
		*cell++ = 0x4f00 | (uint8_t)*text++;
}

static void speak(void)
{
	if (boot_has("screen"))
		write_screen("kernel: no console, halting");
	if (boot_has("aside"))
		outb(DEBUGCON, '!');
	if (boot_has("initrd"))
		serial_write((const void *)boot.initrd, boot.initrd_len);
	if (boot_has("flood"))
		for (unsigned i = 0; i < 30; i++)
			print("line %u of what nobody expects\n", i);
	if (boot_has("oops"))
		print("[    0.500000] BUG: kernel NULL pointer dereference\n");
	if (boot_has("panic"))
		print("[    1.000000] Kernel panic - not syncing: no root\n");
	if (boot_has("words"))
		print("[    1.100000] ---[ end Kernel panic - not syncing ]---\n");
	/* Without a newline, and then at once what follows. */
	if (boot_has("marker"))
		print("the marker");
}

/* Types back what it reads until the line ends; 0 or what it was. */
static void login(void)
{
	static const char name[] = "root\n";
	unsigned i = 0;
	int c;

	irq_start();
	print("host login: ");
	while (i < sizeof(name) - 1) {
		c = serial_read(60000);
		check(c == name[i], "typed", "%d", c);
		i++;
	}
	print("\n# ");
	while (serial_read(60000) != '\n')
		;
	print("bye\n");
}

static void end(void)
{
	uint64_t code = boot_number("exit=", NONE);

	serial_drain();
	if (code < NONE)
		outb(EXIT_PORT, code);
	code = boot_number("debug=", NONE);
	if (code < NONE)
		outl(DEBUG_PORT, code);
	if (boot_has("pv") && check_eq("pvpanic", inb(PVPANIC), 3))
		outb(PVPANIC, 1);
	if (boot_has("reset"))
		outb(0x64, 0xfe);
	if (boot_has("triple"))
		gate(ring0_triple_fault, 0, 0, 0);
	if (boot_has("jump"))
		gate((void (*)(void))NOWHERE, 0, 0, 0);
	if (boot_has("hang"))
		gate(ring0_halt, 0, 0, 0);
	while (boot_has("spin"))
		__asm__ volatile("pause");
}

void guest_main(void)
{
	speak();
	if (boot_has("login"))
		login();
	end();
}
