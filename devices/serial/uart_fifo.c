/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/serial/uart_fifo.h"

#include "devices/serial/uart_regs.h"

static unsigned capacity(const struct uart_fifo *fifo)
{
	return fifo->enabled ? UART_FIFO_SIZE : 1;
}

unsigned uart_fifo_room(const struct uart_fifo *fifo)
{
	return capacity(fifo) - fifo->count;
}

/* In FIFO mode an error shows in LSR once its character is the next. */
static void reveal_errors(struct uart_fifo *fifo)
{
	if (!fifo->count)
		return;
	fifo->errors |= fifo->slot[fifo->head].errors;
	fifo->slot[fifo->head].errors = 0;
}

void uart_fifo_push(struct uart_fifo *fifo, uint8_t data, uint8_t errors)
{
	unsigned tail = (fifo->head + fifo->count) % UART_FIFO_SIZE;

	if (!uart_fifo_room(fifo)) {
		fifo->errors |= UART_LSR_OVERRUN;
		/* Without a FIFO the new character replaces the old one; with a
		 * FIFO the new character is lost. */
		if (!fifo->enabled)
			fifo->slot[fifo->head].data = data;
		return;
	}
	fifo->slot[tail] = (struct uart_char){ data, errors };
	fifo->count++;
	reveal_errors(fifo);
}

uint8_t uart_fifo_pop(struct uart_fifo *fifo)
{
	uint8_t data = fifo->slot[fifo->head].data;

	if (!fifo->count)
		return 0;
	fifo->head = (fifo->head + 1) % UART_FIFO_SIZE;
	fifo->count--;
	reveal_errors(fifo);
	return data;
}

void uart_fifo_clear(struct uart_fifo *fifo)
{
	fifo->count = 0;
	fifo->errors &= UART_LSR_OVERRUN;
}

static bool has_error(const struct uart_fifo *fifo)
{
	if (!fifo->enabled)
		return false;
	for (unsigned i = 0; i < fifo->count; i++)
		if (fifo->slot[(fifo->head + i) % UART_FIFO_SIZE].errors)
			return true;
	return fifo->errors & (uint8_t)~UART_LSR_OVERRUN;
}

uint8_t uart_fifo_status(struct uart_fifo *fifo)
{
	uint8_t status = fifo->errors;

	if (fifo->count)
		status |= UART_LSR_READY;
	if (has_error(fifo))
		status |= UART_LSR_FIFO_ERROR;
	fifo->errors = 0;
	return status;
}
