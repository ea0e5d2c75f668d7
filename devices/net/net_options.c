/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_options.c - the options of the network, which devices/net/ parses
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "cli/options/internal.h"
#include "devices/net/subnet.h"

static int no_memory(void)
{
	return log_fail(-ENOMEM, "options: out of memory");
}

static int answer(const struct option_value *value, int err,
		  const struct why *why)
{
	if (err == -ENOMEM)
		return no_memory();
	return err ? option_reject(value, "%s", why->text) : 0;
}

/* The last one counts, whole; what is taken away is its forwards as well. */
int option_net(const struct option_value *value, void *field)
{
	struct net_config *config = field, fresh;
	struct why why = { "" };
	int err;

	net_config_init(&fresh);
	err = net_parse(&fresh, value->text, value->dir, &why);
	if (err) {
		net_config_free(&fresh);
		return answer(value, err, &why);
	}
	net_config_free(config);
	*config = fresh;
	return 0;
}

int option_publish(const struct option_value *value, void *field)
{
	struct why why = { "" };
	int err = forward_parse(field, value->text, value->dir, &why);

	return answer(value, err, &why);
}

static int add_forwards(struct forwards *to, struct forwards *from)
{
	size_t count = to->count + from->count;
	struct forward *list;

	if (!from->count)
		return 0;
	list = realloc(to->list, count * sizeof(*list));
	if (!list)
		return no_memory();
	memcpy(list + to->count, from->list, from->count * sizeof(*list));
	free(from->list);
	*to = (struct forwards){ .list = list, .count = count };
	*from = (struct forwards){ .count = 0 };
	return 0;
}

/* What --any-port and --pcap change in the network, wherever they stand. */
static void override_net(struct config *cfg)
{
	struct forwards *forwards = &cfg->net.forwards;

	for (size_t i = 0; i < forwards->count && cfg->any_port; i++)
		forward_pick_port(&forwards->list[i]);
	if (!cfg->pcap)
		return;
	free(cfg->net.pcap);
	cfg->net.pcap = cfg->pcap;
	cfg->pcap = NULL;
}

/* A forward may lead to an address of the network by default. */
static void settle_subnet(struct net_config *net)
{
	for (size_t i = 0; i < net->forwards.count; i++)
		net->named |= net->forwards.list[i].guest.s_addr != 0;
	if (net->enabled)
		subnet_choose(net);
}

int option_net_finish(struct config *cfg)
{
	struct why why = { "" };
	int err = add_forwards(&cfg->net.forwards, &cfg->publish);

	override_net(cfg);

	if (!err && net_config_check(&cfg->net, &why) < 0)
		return log_fail(-EINVAL, "--net, --publish: %s", why.text);
	settle_subnet(&cfg->net);
	net_config_mac(&cfg->net, cfg->name);
	return err;
}
