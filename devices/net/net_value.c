/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/net/net_value.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"

/* Make @string, which may be NULL for no memory, the value of @field. */
static int replace(char **field, char *string)
{
	if (!string)
		return -ENOMEM;
	free(*field);
	*field = string;
	return 0;
}

int net_value_string(char **field, const char *value)
{
	return replace(field, strdup(value));
}

int net_value_bool(bool *field, const char *value, struct why *why)
{
	static const char *const words[] = { "off", "on", "no",	   "yes",
					     "n",   "y",  "false", "true" };

	for (unsigned i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcmp(value, words[i]) == 0) {
			*field = i % 2;
			return 0;
		}
	}
	return why_reject(why, "'%s' is neither on nor off", value);
}

int net_value_number(unsigned *field, const char *value, unsigned min,
		     unsigned max, struct why *why)
{
	char *end;
	unsigned long n = strtoul(value, &end, 10);

	if (*value < '0' || *value > '9' || *end || n < min || n > max)
		return why_reject(why, "'%s' is not a number from %u to %u",
				  value, min, max);
	*field = (unsigned)n;
	return 0;
}

int net_value_addr(struct in_addr *field, const char *value, struct why *why)
{
	struct in_addr addr;

	if (inet_pton(AF_INET, value, &addr) != 1)
		return why_reject(why, "'%s' is not an IPv4 address", value);
	*field = addr;
	return 0;
}

int net_value_path(char **field, const char *value, const char *dir,
		   struct why *why)
{
	if (!*value)
		return why_reject(why, "'' is no file");
	return replace(field, path_from(dir, value));
}

/* Two hexadecimal digits, or -1. */
static int hex_byte(const char *text)
{
	static const char digits[] = "00112233445566778899aAbBcCdDeEfF";
	const char *high = *text ? strchr(digits, text[0]) : NULL;
	const char *low = high && text[1] ? strchr(digits, text[1]) : NULL;

	return low ? (int)((high - digits) / 2 * 16 + (low - digits) / 2) : -1;
}

int net_value_mac(uint8_t field[6], const char *value, struct why *why)
{
	static const uint8_t zeros[6];
	uint8_t mac[6];
	int byte = strlen(value) == 17 ? 0 : -1;

	for (unsigned i = 0; i < 6 && byte >= 0; i++) {
		byte = hex_byte(value + (size_t)i * 3);
		mac[i] = (uint8_t)byte;
		if (i < 5 && value[i * 3 + 2] != ':')
			byte = -1;
	}
	if (byte < 0)
		return why_reject(why, "'%s' is not XX:XX:XX:XX:XX:XX", value);
	if ((mac[0] & 1) || memcmp(mac, zeros, sizeof(mac)) == 0)
		return why_reject(why,
				  "'%s' is not the address of one station: "
				  "begin it with 52:54:00",
				  value);
	memcpy(field, mac, sizeof(mac));
	return 0;
}
