/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_options.h - what a test says of the network, as if on the command line
 */
#ifndef TESTS_NET_OPTIONS_H
#define TESTS_NET_OPTIONS_H

#include "devices/net/net_config.h"

/* As --net @text; -EINVAL, -ENOMEM. */
static inline int net_option(struct net_config *config, const char *text)
{
	return option_parse(&(struct option_value){ .spec = net_options,
						    .text = text,
						    .where = "--net" },
			    config);
}

/* As --publish @text; -EINVAL, -ENOMEM. */
static inline int publish_option(struct forwards *forwards, const char *text)
{
	return forward_parse(forwards, &(struct option_value){ .text = text,
							       .where = "-p" });
}

#endif
