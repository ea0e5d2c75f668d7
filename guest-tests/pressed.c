/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pressed.c - a guest that resets itself while its power button is pressed
 *
 * It ignores the button and waits for a byte, upon which it resets; the machine
 * after the first must find the button pressed, and powers itself off.  Memory
 * does not survive, so it is the button alone that tells.
 */
#include "guest-tests/lib/io.h"
#include "guest-tests/lib/irq.h"
#include "guest-tests/lib/report.h"
#include "guest-tests/lib/serial.h"

enum {
	PM1A_STS = 0x600,
	PWRBTN = 1 << 8,
	/* Until the first machine's byte, and for the second's button. */
	LOOKS = 600,
	LOOK_MS = 50,
};

void guest_main(void)
{
	irq_start();
	print("boot\n");
	/* Pressed in the first machine already, it stays so. */
	for (unsigned i = 0; i < LOOKS; i++)
		if (serial_read(LOOK_MS) == 'r')
			outb(0x64, 0xfe);
		else if (inw(PM1A_STS) & PWRBTN && serial_read(LOOK_MS) < 0)
			return;
	check(false, "the button", "not pressed");
}
