/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_value.h - what the values of network options are made of
 *
 * Each sets @field from the text @value; when that is no such thing, says
 * @why and returns -EINVAL; -ENOMEM.
 */
#ifndef DEVICES_NET_NET_VALUE_H
#define DEVICES_NET_NET_VALUE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "devices/net/why.h"

/* Any text, in place of what @field owned. */
int net_value_string(char **field, const char *value);
/* A file name, see path_from(); not none. */
int net_value_path(char **field, const char *value, const char *dir,
		   struct why *why);
int net_value_bool(bool *field, const char *value, struct why *why);
int net_value_number(unsigned *field, const char *value, unsigned min,
		     unsigned max, struct why *why);
int net_value_addr(struct in_addr *field, const char *value, struct why *why);
int net_value_mac(uint8_t field[6], const char *value, struct why *why);

#endif
