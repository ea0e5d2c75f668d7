/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/platform/i8042.h"

#include <stdbool.h>

#include "base/power.h"

enum status {
	OUTPUT_FULL = 0x01,
	SYSTEM = 0x04,
	LAST_WAS_COMMAND = 0x08,
	NOT_LOCKED = 0x10,
	FROM_AUX = 0x20,
	TIME_OUT = 0x40,
};

enum command_byte {
	KEYBOARD_DISABLED = 0x10,
	AUX_DISABLED = 0x20,
	TRANSLATE = 0x40,
};

enum command {
	READ_RAM = 0x20,
	WRITE_RAM = 0x60,
	DISABLE_AUX = 0xa7,
	ENABLE_AUX = 0xa8,
	TEST_AUX = 0xa9,
	SELF_TEST = 0xaa,
	TEST_KEYBOARD = 0xab,
	DISABLE_KEYBOARD = 0xad,
	ENABLE_KEYBOARD = 0xae,
	READ_INPUT_PORT = 0xc0,
	READ_OUTPUT_PORT = 0xd0,
	WRITE_OUTPUT_PORT = 0xd1,
	WRITE_KEYBOARD_BUFFER = 0xd2,
	WRITE_AUX_BUFFER = 0xd3,
	WRITE_AUX = 0xd4,
	PULSE = 0xf0,
};

/* Both ports' bit 7: the keyboard is not inhibited, its data line is high.
 * The output port's low bits: not in reset, A20 enabled. */
#define INPUT_PORT  0x80
#define OUTPUT_PORT 0xc3
#define NOT_RESET   0x01

#define SELF_TEST_PASSED 0x55
#define INTERFACE_OK	 0x00
#define CLOCK_STUCK_LOW	 0x01
/* The controller's answer for a device that does not answer. */
#define RESEND 0xfe

/* There is one output buffer: a new byte replaces one that was not read. */
static void reply(struct i8042 *kbc, uint8_t byte, uint8_t flags)
{
	kbc->output = byte;
	kbc->status &= ~(FROM_AUX | TIME_OUT);
	kbc->status |= OUTPUT_FULL | flags;
}

static uint8_t output_port(const struct i8042 *kbc)
{
	/* Bits 4 and 5 are the interrupt requests of the output buffer. */
	if (!(kbc->status & OUTPUT_FULL))
		return OUTPUT_PORT;
	return OUTPUT_PORT | (kbc->status & FROM_AUX ? 0x20 : 0x10);
}

/* Handle a command that is one of a group of codes; true if @command was one.
 * Sets *@reset if it pulses the reset line low. */
static bool grouped_command(struct i8042 *kbc, uint8_t command, bool *reset)
{
	if ((command & 0xe0) == READ_RAM)
		reply(kbc, kbc->ram[command & 0x1f], 0);
	else if ((command & 0xe0) == WRITE_RAM)
		kbc->pending = command;
	else if ((command & 0xf0) == PULSE)
		*reset = !(command & NOT_RESET);
	else
		return false;
	return true;
}

static void single_command(struct i8042 *kbc, uint8_t command)
{
	switch (command) {
	case DISABLE_AUX:
		kbc->ram[0] |= AUX_DISABLED;
		break;
	case ENABLE_AUX:
		kbc->ram[0] &= ~AUX_DISABLED;
		break;
	case TEST_AUX:
		reply(kbc, CLOCK_STUCK_LOW, 0);
		break;
	case SELF_TEST:
		kbc->ram[0] |= SYSTEM;
		reply(kbc, SELF_TEST_PASSED, 0);
		break;
	case TEST_KEYBOARD:
		reply(kbc, INTERFACE_OK, 0);
		break;
	case DISABLE_KEYBOARD:
		kbc->ram[0] |= KEYBOARD_DISABLED;
		break;
	case ENABLE_KEYBOARD:
		kbc->ram[0] &= ~KEYBOARD_DISABLED;
		break;
	case READ_INPUT_PORT:
		reply(kbc, INPUT_PORT, 0);
		break;
	case READ_OUTPUT_PORT:
		reply(kbc, output_port(kbc), 0);
		break;
	case WRITE_OUTPUT_PORT:
	case WRITE_KEYBOARD_BUFFER:
	case WRITE_AUX_BUFFER:
	case WRITE_AUX:
		kbc->pending = command;
		break;
	default:
		/* The chip ignores unknown commands, too. */
		break;
	}
}

/* Returns true if the machine is to be reset. */
static bool write_command(struct i8042 *kbc, uint8_t command)
{
	bool reset = false;

	kbc->status |= LAST_WAS_COMMAND;
	kbc->pending = 0;
	if (!grouped_command(kbc, command, &reset))
		single_command(kbc, command);
	return reset;
}

static bool write_data(struct i8042 *kbc, uint8_t byte)
{
	uint8_t command = kbc->pending;

	kbc->status &= ~LAST_WAS_COMMAND;
	kbc->pending = 0;
	switch (command) {
	case WRITE_OUTPUT_PORT:
		return !(byte & NOT_RESET);
	case WRITE_KEYBOARD_BUFFER:
		reply(kbc, byte, 0);
		break;
	case WRITE_AUX_BUFFER:
	case WRITE_AUX:
		reply(kbc, RESEND, FROM_AUX | TIME_OUT);
		break;
	case 0:
		reply(kbc, RESEND, TIME_OUT);
		break;
	default:
		kbc->ram[command & 0x1f] = byte;
		break;
	}
	return false;
}

static uint64_t data_read(void *owner, uint64_t offset, unsigned size)
{
	struct i8042 *kbc = owner;
	uint8_t byte;

	(void)offset;
	(void)size;
	pthread_mutex_lock(&kbc->lock);
	kbc->status &= ~(OUTPUT_FULL | FROM_AUX | TIME_OUT);
	byte = kbc->output;
	pthread_mutex_unlock(&kbc->lock);
	return byte;
}

static uint64_t status_read(void *owner, uint64_t offset, unsigned size)
{
	struct i8042 *kbc = owner;
	uint8_t status;

	(void)offset;
	(void)size;
	pthread_mutex_lock(&kbc->lock);
	status = kbc->status | (kbc->ram[0] & SYSTEM);
	pthread_mutex_unlock(&kbc->lock);
	return status;
}

static void write_with(struct i8042 *kbc, bool (*fn)(struct i8042 *, uint8_t),
		       uint64_t value)
{
	bool reset;

	pthread_mutex_lock(&kbc->lock);
	reset = fn(kbc, (uint8_t)value);
	pthread_mutex_unlock(&kbc->lock);
	if (reset)
		power_request(kbc->power, POWER_RESET, "keyboard controller");
}

static void data_write(void *owner, uint64_t offset, unsigned size,
		       uint64_t value)
{
	(void)offset;
	(void)size;
	write_with(owner, write_data, value);
}

static void command_write(void *owner, uint64_t offset, unsigned size,
			  uint64_t value)
{
	(void)offset;
	(void)size;
	write_with(owner, write_command, value);
}

static void i8042_drop(void *self, struct board *board)
{
	struct i8042 *kbc = self;

	bus_remove(board->port, &kbc->data_range);
	bus_remove(board->port, &kbc->command_range);
	pthread_mutex_destroy(&kbc->lock);
}

static int i8042_make(void *self, struct board *board, const void *config)
{
	static const struct bus_ops data = { data_read, data_write, 1 };
	static const struct bus_ops command = { status_read, command_write, 1 };
	struct i8042 *kbc = self;
	int err;

	(void)config;
	*kbc = (struct i8042){
		.data_range = { .base = I8042_DATA,
				.len = 1,
				.ops = &data,
				.owner = kbc,
				.name = "i8042 data" },
		.command_range = { .base = I8042_COMMAND,
				   .len = 1,
				   .ops = &command,
				   .owner = kbc,
				   .name = "i8042 command" },
		.power = board->power,
		.status = NOT_LOCKED,
		.ram = { SYSTEM | KEYBOARD_DISABLED | AUX_DISABLED |
			 TRANSLATE },
	};
	pthread_mutex_init(&kbc->lock, NULL);
	err = bus_add(board->port, &kbc->data_range);
	if (!err)
		err = bus_add(board->port, &kbc->command_range);
	if (err)
		i8042_drop(kbc, board);
	return err;
}

const struct part i8042_part = {
	.name = "keyboard controller",
	.size = sizeof(struct i8042),
	.make = i8042_make,
	.drop = i8042_drop,
};
