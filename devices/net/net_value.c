/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/net/net_value.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vmm/util.h"

int net_value_string(char **field, const char *value)
{
	char *copy = strdup(value);

	if (!copy)
		return -ENOMEM;
	free(*field);
	*field = copy;
	return 0;
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

int net_value_path(char **field, const char *value, struct why *why)
{
	if (!*value)
		return why_reject(why, "'' is no file");
	return net_value_string(field, value);
}

int net_value_mac(uint8_t field[6], const char *value, struct why *why)
{
	uint8_t mac[6];
	int end = 0;

	if (sscanf(value, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", &mac[0],
		   &mac[1], &mac[2], &mac[3], &mac[4], &mac[5], &end) != 6 ||
	    value[end] || end != 17)
		return why_reject(why, "'%s' is not XX:XX:XX:XX:XX:XX", value);
	if ((mac[0] & 1) || memcmp(mac, (uint8_t[6]){ 0 }, 6) == 0)
		return why_reject(why,
				  "'%s' is not the address of one station: "
				  "begin it with 52:54:00",
				  value);
	memcpy(field, mac, sizeof(mac));
	return 0;
}
