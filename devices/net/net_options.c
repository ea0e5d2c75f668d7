/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_options.c - the options of the network, and how they are combined
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/option.h"
#include "devices/net/net_config.h"
#include "devices/net/subnet.h"

/* Move to @fresh what options other than --net have set. */
static void hand_on(struct net_config *fresh, struct net_config *config)
{
	fresh->publish = config->publish;
	fresh->any_port = config->any_port;
	fresh->capture = config->capture;
	fresh->burnin = config->burnin;
	config->publish = (struct forwards){ .count = 0 };
	config->capture = NULL;
}

/* struct net_config: only the last --net counts.  An earlier one is dropped
 * with its forwards. */
static int option_net(const struct option_value *value, void *field)
{
	struct net_config *config = field, fresh = { .enabled = false };
	int err = option_keys(value, &fresh);

	if (!err && !fresh.enabled && strchr(value->text, ','))
		err = option_reject(value, "without a network card there is "
					   "nothing to choose: leave out what "
					   "follows none");
	if (err) {
		net_config_free(&fresh);
		return err;
	}
	net_config_complete(&fresh);
	hand_on(&fresh, config);
	net_config_free(config);
	*config = fresh;
	return 0;
}

/* struct forwards: each use adds one forward, or several. */
static int option_publish(const struct option_value *value, void *field)
{
	return forward_parse(field, value);
}

static int add_forwards(struct forwards *to, struct forwards *from)
{
	size_t count = to->count + from->count;
	struct forward *list;

	if (!from->count)
		return 0;
	list = realloc(to->list, count * sizeof(*list));
	if (!list)
		return option_no_memory();
	memcpy(list + to->count, from->list, from->count * sizeof(*list));
	free(from->list);
	*to = (struct forwards){ .list = list, .count = count };
	*from = (struct forwards){ .count = 0 };
	return 0;
}

/* Apply --any-port and --pcap, which may come before or after --net. */
static void override(struct net_config *config)
{
	struct forwards *forwards = &config->forwards;

	for (size_t i = 0; i < forwards->count && config->any_port; i++)
		forward_pick_port(&forwards->list[i]);
	if (!config->capture)
		return;
	free(config->pcap);
	config->pcap = config->capture;
	config->capture = NULL;
}

/* Choose the default network.  A forward may lead to an address of it. */
static void settle_subnet(struct net_config *net)
{
	for (size_t i = 0; i < net->forwards.count; i++)
		net->named |= net->forwards.list[i].guest.s_addr != 0;
	if (net->enabled)
		subnet_choose(net);
}

int net_options_finish(struct net_config *config, const char *name)
{
	int err = add_forwards(&config->forwards, &config->publish);

	if (!err)
		err = net_config_check(config);
	override(config);
	settle_subnet(config);
	net_config_mac(config, name);
	return err;
}

#define FIELD(field) .offset = offsetof(struct net_config, field)

const struct option_spec net_options[] = {
	{ OPTION("net", "NET", "user or none, and keys", option_net),
	  .preset = "user", .words = "user none", .keys = net_keys },
	{ OPTION("publish", "FORWARD",
		 "[ADDR:]HOST:GUEST[/udp], a port of the guest",
		 option_publish),
	  FIELD(publish), .letter = 'p', .daily = true },
	{ OPTION("any-port", NULL, "take any free port for each forward",
		 option_flag),
	  FIELD(any_port) },
	{ OPTION("pcap", "FILE", "write the card's frames to a file",
		 option_path),
	  FIELD(capture) },
	{ OPTION("net-burnin", NULL,
		 "bring the network's rings close to 65,536 at once",
		 option_count),
	  FIELD(burnin), .max = 1 },
	{ 0 },
};
