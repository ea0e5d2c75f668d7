/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_keys.c - from the text of --net to a struct net_config
 */
#include "devices/net/net_config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "base/util.h"
#include "devices/net/net_value.h"

enum {
	/* What a DHCP answer has room for. */
	BOOTFILE_MAX = 127,
	HOSTNAME_MAX = 32,
};

/* In any order, as in QEMU: those that were named stay. */
static void move_subnet(struct net_config *config, struct in_addr subnet,
			unsigned prefix)
{
	struct net_config was = *config;

	net_config_subnet(config, subnet, prefix);
	config->named = true;
	if (was.named_gateway)
		config->gateway = was.gateway;
	if (was.named_dns)
		config->dns = was.dns;
	if (was.named_dhcp)
		config->dhcp_start = was.dhcp_start;
}

/* ADDR/PREFIX: from a class A network to one in which the leases fit. */
static int key_subnet(struct net_config *config, const char *value,
		      struct why *why)
{
	char addr[INET_ADDRSTRLEN] = "";
	size_t len = strcspn(value, "/");
	struct in_addr subnet = { 0 };
	unsigned prefix = 0;
	int rc;

	if (!value[len] || len >= sizeof(addr))
		return why_reject(why, "'%s' is not ADDR/PREFIX", value);
	memcpy(addr, value, len);
	rc = net_value_addr(&subnet, addr, why);
	if (rc == 0)
		rc = net_value_number(&prefix, value + len + 1, 8, 27, why);
	if (rc == 0)
		move_subnet(config, subnet, prefix);
	return rc;
}

static int key_dns(struct net_config *config, const char *value,
		   struct why *why)
{
	config->named = config->named_dns = true;
	return net_value_addr(&config->dns, value, why);
}

static int key_dhcp(struct net_config *config, const char *value,
		    struct why *why)
{
	config->named = config->named_dhcp = true;
	return net_value_addr(&config->dhcp_start, value, why);
}

/* on or off; or, as QEMU has it, the gateway's address. */
static int key_host(struct net_config *config, const char *value,
		    struct why *why)
{
	if (strchr(value, '.')) {
		config->named = config->named_gateway = true;
		return net_value_addr(&config->gateway, value, why);
	}
	return net_value_bool(&config->host, value, why);
}

static int key_restrict(struct net_config *config, const char *value,
			struct why *why)
{
	return net_value_bool(&config->restricted, value, why);
}

static int key_ipv6(struct net_config *config, const char *value,
		    struct why *why)
{
	return net_value_bool(&config->ipv6, value, why);
}

static int key_hostname(struct net_config *config, const char *value,
			struct why *why)
{
	if (!*value || strlen(value) > HOSTNAME_MAX)
		return why_reject(why, "'%s' is not 1 to %d bytes long", value,
				  HOSTNAME_MAX);
	return net_value_string(&config->hostname, value);
}

/* A DHCP option's length is one byte. */
static int key_domain(struct net_config *config, const char *value,
		      struct why *why)
{
	if (!*value || strlen(value) > 200)
		return why_reject(why, "'%s' is not 1 to 200 bytes long",
				  value);
	return net_value_string(&config->domain, value);
}

static int key_bootfile(struct net_config *config, const char *value,
			struct why *why)
{
	if (strlen(value) > BOOTFILE_MAX)
		return why_reject(why, "'%s' is longer than %d bytes", value,
				  BOOTFILE_MAX);
	return net_value_string(&config->bootfile, value);
}

static int key_tftp(struct net_config *config, const char *value,
		    struct why *why)
{
	return net_value_path(&config->tftp, value, config->dir, why);
}

static int key_pcap(struct net_config *config, const char *value,
		    struct why *why)
{
	return net_value_path(&config->pcap, value, config->dir, why);
}

static int key_dns_search(struct net_config *config, const char *value,
			  struct why *why)
{
	char **list, *copy;
	size_t n = 0;

	if (!*value || strlen(value) > 200)
		return why_reject(why, "'%s' is not 1 to 200 bytes long",
				  value);
	while (config->dns_search && config->dns_search[n])
		n++;
	list = realloc(config->dns_search, (n + 2) * sizeof(*list));
	if (!list)
		return -ENOMEM;
	config->dns_search = list;
	list[n] = list[n + 1] = NULL;
	copy = strdup(value);
	list[n] = copy;
	return copy ? 0 : -ENOMEM;
}

static int key_hostfwd(struct net_config *config, const char *value,
		       struct why *why)
{
	return forward_parse_hostfwd(&config->forwards, value, config->dir,
				     why);
}

/* The path then belongs to the service. */
static int add_service(struct net_config *config,
		       const struct net_service *service)
{
	struct net_service *list = realloc(
		config->services, (config->n_services + 1) * sizeof(*list));

	if (!list)
		return -ENOMEM;
	config->services = list;
	config->named = true;
	list[config->n_services++] = *service;
	return 0;
}

/* The path of a socket: non-empty, and short enough for the kernel. */
static int service_path(struct net_service *service, const char *path,
			const char *dir, struct why *why)
{
	service->path = path_from(dir, path);
	if (!service->path)
		return -ENOMEM;
	if (!*path || strlen(service->path) >=
			      sizeof(((struct sockaddr_un *)0)->sun_path))
		return why_reject(why, "'%s' is not a path of 1 to 107 bytes",
				  service->path);
	return 0;
}

/* [tcp:]ADDR:PORT-unix:PATH */
static int key_guestfwd(struct net_config *config, const char *value,
			struct why *why)
{
	const char *text = strncmp(value, "tcp:", 4) == 0 ? value + 4 : value;
	const char *path = strstr(text, "-unix:");
	const char *colon = strchr(text, ':');
	char addr_text[INET_ADDRSTRLEN] = "", port_text[8] = "";
	struct net_service service = { .path = NULL };
	unsigned port = 0;
	int rc;

	if (!path || !colon || colon > path ||
	    (size_t)(colon - text) >= sizeof(addr_text) ||
	    (size_t)(path - colon) > sizeof(port_text))
		return why_reject(why, "'%s' is not ADDR:PORT-unix:PATH",
				  value);
	memcpy(addr_text, text, (size_t)(colon - text));
	memcpy(port_text, colon + 1, (size_t)(path - colon - 1));
	rc = net_value_addr(&service.addr, addr_text, why);
	if (rc == 0)
		rc = net_value_number(&port, port_text, 1, 65535, why);
	service.port = (uint16_t)port;
	if (rc == 0)
		rc = service_path(&service, path + strlen("-unix:"),
				  config->dir, why);
	if (rc == 0)
		rc = add_service(config, &service);
	if (rc < 0)
		free(service.path);
	return rc;
}

static int key_mtu(struct net_config *config, const char *value,
		   struct why *why)
{
	return net_value_number(&config->mtu, value, NET_MTU_MIN, NET_MTU_MAX,
				why);
}

static int key_mac(struct net_config *config, const char *value,
		   struct why *why)
{
	return net_value_mac(config->mac, value, why);
}

static int key_ring(struct net_config *config, const char *value,
		    struct why *why)
{
	static const char *const words[] = { "any", "split", "packed" };

	for (unsigned i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcmp(value, words[i]) == 0) {
			config->ring = i;
			return 0;
		}
	}
	return why_reject(why, "'%s' is none of any, split, packed", value);
}

static int key_queue_size(struct net_config *config, const char *value,
			  struct why *why)
{
	return net_value_number(&config->queue_size, value, 16, 32768, why);
}

static int key_in_order(struct net_config *config, const char *value,
			struct why *why)
{
	return net_value_bool(&config->in_order, value, why);
}

static int key_transitional(struct net_config *config, const char *value,
			    struct why *why)
{
	return net_value_bool(&config->transitional, value, why);
}

/* QEMU's name for this end of the network: nothing here needs one. */
static int key_id(struct net_config *config, const char *value, struct why *why)
{
	(void)config;
	(void)why;
	(void)value;
	return 0;
}

/* With QEMU's names for the same. */
static const struct {
	const char *name;
	int (*parse)(struct net_config *config, const char *value,
		     struct why *why);
	/* Its name alone switches it on. */
	bool flag;
} net_keys[] = {
	{ "subnet", key_subnet, false },
	{ "net", key_subnet, false },
	{ "host", key_host, true },
	{ "dns", key_dns, false },
	{ "dns-search", key_dns_search, false },
	{ "dnssearch", key_dns_search, false },
	{ "dhcp", key_dhcp, false },
	{ "dhcpstart", key_dhcp, false },
	{ "hostname", key_hostname, false },
	{ "domain", key_domain, false },
	{ "domainname", key_domain, false },
	{ "ipv6", key_ipv6, true },
	{ "tftp", key_tftp, false },
	{ "bootfile", key_bootfile, false },
	{ "restrict", key_restrict, true },
	{ "hostfwd", key_hostfwd, false },
	{ "guestfwd", key_guestfwd, false },
	{ "pcap", key_pcap, false },
	{ "mtu", key_mtu, false },
	{ "mac", key_mac, false },
	{ "ring", key_ring, false },
	{ "queue-size", key_queue_size, false },
	{ "in-order", key_in_order, true },
	{ "transitional", key_transitional, true },
	{ "id", key_id, false },
};

/* @value is NULL if there is none. */
static int set_key(struct net_config *config, const char *name,
		   const char *value, struct why *why)
{
	struct why inner;
	int rc;

	for (unsigned i = 0; i < ARRAY_SIZE(net_keys); i++) {
		if (strcmp(net_keys[i].name, name) != 0)
			continue;
		if (!value && !net_keys[i].flag)
			return why_reject(
				why, "'%s' needs a value: use %s=", name, name);
		if (!value)
			value = "on";
		rc = net_keys[i].parse(config, value, &inner);
		return rc == -EINVAL ?
			       why_reject(why, "%s: %s", name, inner.text) :
			       rc;
	}
	return why_reject(why, "'%s' is not one of its keys: see --help", name);
}

/* Cuts off and unescapes what is before the next single comma; the rest, or
 * NULL. */
static char *next_item(char *text)
{
	char *out = text;

	for (; *text; text++) {
		if (*text == ',' && text[1] == ',')
			text++;
		else if (*text == ',')
			break;
		*out++ = *text;
	}
	if (!*text) {
		*out = '\0';
		return NULL;
	}
	*out = '\0';
	return text + 1;
}

static int parse_items(struct net_config *config, char *items, struct why *why)
{
	int rc = 0;

	while (items && rc == 0) {
		char *item = items, *value;

		items = next_item(items);
		value = strchr(item, '=');
		if (value)
			*value++ = '\0';
		rc = set_key(config, item, value, why);
	}
	return rc;
}

int net_parse(struct net_config *config, const char *text, const char *dir,
	      struct why *why)
{
	char *copy = strdup(text), *items;
	int rc;

	if (!copy)
		return -ENOMEM;
	config->dir = dir;
	config->named_gateway = config->named_dns = config->named_dhcp = false;
	items = next_item(copy);
	config->enabled = strcmp(copy, "none") != 0;
	if (config->enabled && strcmp(copy, "user") != 0)
		rc = why_reject(why, "'%s' is neither user nor none", copy);
	else if (!config->enabled && items)
		rc = why_reject(why, "'%s' does not go with none", items);
	else
		rc = parse_items(config, items, why);
	config->dir = NULL;
	free(copy);
	return rc;
}
