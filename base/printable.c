/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/printable.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/util.h"

/* Characters that a terminal obeys, hides, or has no picture for. */
static const struct {
	uint32_t first, last;
} unprintable[] = {
	{ 0x00, 0x1f },
	{ 0x7f, 0x9f },
	/* Soft hyphen, Arabic letter mark, Mongolian vowel separator. */
	{ 0xad, 0xad },
	{ 0x61c, 0x61c },
	{ 0x180e, 0x180e },
	/* Without width; marks of direction; separators of lines; embedding,
	 * override and isolation of a direction. */
	{ 0x200b, 0x200f },
	{ 0x2028, 0x202e },
	{ 0x2060, 0x206f },
	/* Private use, not characters, byte order mark, annotations. */
	{ 0xe000, 0xf8ff },
	{ 0xfdd0, 0xfdef },
	{ 0xfeff, 0xfeff },
	{ 0xfff0, 0xfffb },
	{ 0xfffe, 0xffff },
	/* Tags and variations; private planes. */
	{ 0xe0000, 0x10ffff },
};

static bool is_printable(uint32_t c)
{
	for (size_t i = 0; i < ARRAY_SIZE(unprintable); i++)
		if (c >= unprintable[i].first && c <= unprintable[i].last)
			return false;
	return true;
}

/* The length that the first byte of a character announces; 0: it is not the
 * first byte of any.  @c gets the bits that it carries. */
static size_t announced(uint8_t byte, uint32_t *c)
{
	static const struct {
		uint8_t mask, value;
	} kinds[] = {
		{ 0x80, 0x00 }, { 0xe0, 0xc0 }, { 0xf0, 0xe0 }, { 0xf8, 0xf0 }
	};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if ((byte & kinds[i].mask) != kinds[i].value)
			continue;
		*c = byte & (uint8_t)~kinds[i].mask;
		return i + 1;
	}
	return 0;
}

/* The length of the UTF-8 character at @p, of which @len bytes are there; 0:
 * there is none.  RFC 3629, sections 3 and 4. */
static size_t decode(const uint8_t *p, size_t len, uint32_t *c)
{
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = announced(*p, c);

	if (!n || n > len)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		*c = *c << 6 | (p[i] & 0x3f);
	}
	if (*c < smallest[n] || *c > 0x10ffff || (*c >= 0xd800 && *c <= 0xdfff))
		return 0;
	return n;
}

size_t printable(char *text, size_t len)
{
	size_t in = 0, out = 0;

	while (in < len) {
		uint32_t c;
		size_t n = decode((const uint8_t *)text + in, len - in, &c);

		if (n && is_printable(c)) {
			memmove(text + out, text + in, n);
			out += n;
		} else {
			text[out++] = '?';
		}
		in += n ? n : 1;
	}
	return out;
}

void printable_string(char *text)
{
	text[printable(text, strlen(text))] = '\0';
}

size_t escape_length(const char *text, size_t len)
{
	size_t n = 1;

	if (len < 2 || text[0] != '\033')
		return 0;
	if (text[1] == '[') {
		n = 2;
		while (n < len && text[n] >= 0x20 && text[n] < 0x40)
			n++;
	} else if (text[1] == ']') {
		n = 2;
		while (n < len && text[n] != '\a' && text[n] != '\033')
			n++;
	} else {
		/* Rather not blanks, behind which there may be text. */
		while (n < len && text[n] > 0x20 && text[n] < 0x30)
			n++;
	}
	return MIN(n + 1, len);
}
