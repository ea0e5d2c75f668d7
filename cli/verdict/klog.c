/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/verdict/klog.h"

#include <ctype.h>
#include <string.h>

#include "base/printable.h"
#include "base/util.h"

size_t klog_noise(const char *text, size_t len)
{
	size_t n = 0;

	while (n < len && ((unsigned char)text[n] < 0x20 ||
			   (unsigned char)text[n] >= 0x7f))
		n += MAX(escape_length(text + n, len - n), 1);
	return n;
}

static size_t span_digits(const char *text, size_t len)
{
	size_t n = 0;

	while (n < len && isdigit((unsigned char)text[n]))
		n++;
	return n;
}

/* The length of a time stamp of a kernel's log at @text: "[   12.345678]", with
 * six digits or more behind the point; 0: there is none. */
static size_t stamp_length(const char *text, size_t len)
{
	size_t n = 1, digits;

	if (!len || text[0] != '[')
		return 0;
	while (n < len && text[n] == ' ')
		n++;
	digits = span_digits(text + n, len - n);
	n += digits;
	if (!digits || n >= len || text[n++] != '.')
		return 0;
	digits = span_digits(text + n, len - n);
	n += digits;
	return digits >= 6 && n < len && text[n] == ']' ? n + 1 : 0;
}

/* The length of what tells the caller, "[    T1]" or "[   C0]", at @text. */
static size_t caller_length(const char *text, size_t len)
{
	size_t n = 1;

	if (!len || text[0] != '[')
		return 0;
	while (n < len && text[n] == ' ')
		n++;
	if (n + 1 >= len || (text[n] != 'T' && text[n] != 'C') ||
	    !isdigit((unsigned char)text[n + 1]))
		return 0;
	while (n < len && text[n] != ']')
		n++;
	return n < len ? n + 1 : 0;
}

/* The length of everything before the message at @text.  @stamp is the length
 * of its time stamp. */
static size_t prefix_length(const char *text, size_t len, size_t stamp)
{
	size_t n = stamp + caller_length(text + stamp, len - stamp);

	return n + (n && n < len && text[n] == ' ');
}

size_t klog_stamp(const char *text, size_t len)
{
	size_t stamp = stamp_length(text, len);

	return stamp ? prefix_length(text, len, stamp) : 0;
}

size_t klog_prefix(const char *text, size_t len)
{
	static const char xen[] = "(XEN) ";
	size_t n = klog_noise(text, len);

	if (len - n > 2 && text[n] == '<' && span_digits(text + n + 1, 1)) {
		size_t level = span_digits(text + n + 1, len - n - 1) + 1;

		if (n + level < len && text[n + level] == '>')
			n += level + 1;
	}
	if (len - n >= strlen(xen) && !memcmp(text + n, xen, strlen(xen))) {
		const char *end = NULL;

		n += strlen(xen);
		if (n < len && text[n] == '[')
			end = memchr(text + n, ']', len - n);
		if (end && end + 1 < text + len && end[1] == ' ')
			n = (size_t)(end - text) + 2;
		return n;
	}
	return n + prefix_length(text + n, len - n,
				 stamp_length(text + n, len - n));
}
