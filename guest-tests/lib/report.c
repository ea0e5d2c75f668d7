/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdarg.h>

#include "guest-tests/lib/boot.h"
#include "guest-tests/lib/gate.h"
#include "guest-tests/lib/io.h"
#include "guest-tests/lib/irq.h"
#include "guest-tests/lib/report.h"
#include "guest-tests/lib/serial.h"
#include "guest-tests/lib/string.h"

enum { PM1A_CNT = 0x604, SLP_EN = 0x2000 };

struct text {
	char buf[256];
	size_t len;
};

static unsigned passed, failed;

void guest_start(unsigned protocol, const void *arg);

static void text_char(struct text *t, char c)
{
	if (t->len < sizeof(t->buf))
		t->buf[t->len++] = c;
}

static void text_string(struct text *t, const char *s)
{
	while (*s)
		text_char(t, *s++);
}

static void text_number(struct text *t, uint64_t v, unsigned base,
			unsigned width, char pad)
{
	char digits[24];
	unsigned n = 0;

	do
		digits[n++] = "0123456789abcdef"[v % base];
	while ((v /= base));
	for (; width > n; width--)
		text_char(t, pad);
	while (n)
		text_char(t, digits[--n]);
}

static void text_signed(struct text *t, int64_t v)
{
	if (v < 0)
		text_char(t, '-');
	text_number(t, v < 0 ? -v : v, 10, 0, ' ');
}

static void text_vformat(struct text *t, const char *fmt, va_list *ap)
{
	for (; *fmt; fmt++) {
		bool is_long = false;
		unsigned width = 0;
		char pad = ' ';

		if (*fmt != '%') {
			text_char(t, *fmt);
			continue;
		}
		if (*++fmt == '0')
			pad = *fmt++;
		for (; *fmt >= '0' && *fmt <= '9'; fmt++)
			width = width * 10 + *fmt - '0';
		for (; *fmt == 'l'; fmt++)
			is_long = true;
		if (*fmt == 's')
			text_string(t, va_arg(*ap, const char *));
		else if (*fmt == 'c')
			text_char(t, va_arg(*ap, int));
		else if (*fmt == 'd')
			text_signed(t, is_long ? va_arg(*ap, int64_t) :
						 va_arg(*ap, int));
		else
			text_number(t,
				    is_long ? va_arg(*ap, uint64_t) :
					      va_arg(*ap, unsigned),
				    *fmt == 'x' ? 16 : 10, width, pad);
	}
}

void print(const char *fmt, ...)
{
	struct text t = { .len = 0 };
	va_list ap;

	va_start(ap, fmt);
	text_vformat(&t, fmt, &ap);
	va_end(ap);
	serial_write(t.buf, t.len);
}

bool check(bool ok, const char *name, const char *why, ...)
{
	struct text t = { .len = 0 };
	va_list ap;

	text_string(&t, ok ? "PASS: " : "FAIL: ");
	text_string(&t, name);
	if (!ok) {
		text_string(&t, ": ");
		va_start(ap, why);
		text_vformat(&t, why, &ap);
		va_end(ap);
	}
	text_char(&t, '\n');
	serial_write(t.buf, t.len);
	if (ok)
		passed++;
	else
		failed++;
	return ok;
}

bool check_eq(const char *name, uint64_t got, uint64_t want)
{
	return check(got == want, name, "%lx, not %lx", got, want);
}

void power_off(void)
{
	serial_drain();
	outw(PM1A_CNT, SLP_EN);
	gate(ring0_triple_fault, 0, 0, 0);
	for (;;)
		;
}

void done(void)
{
	print("DONE: %u %u\n", passed, failed);
	power_off();
}

void guest_start(unsigned protocol, const void *arg)
{
	irq_init();
	serial_init();
	boot_init(protocol, arg);
	guest_main();
	done();
}
