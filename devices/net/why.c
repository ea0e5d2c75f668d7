/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/net/why.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

int why_reject(struct why *why, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why->text, sizeof(why->text), fmt, ap);
	va_end(ap);
	return -EINVAL;
}
