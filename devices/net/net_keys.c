/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_keys.c - the keys of --net, with QEMU's names for them
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netinet/ether.h>
#include <stdlib.h>
#include <string.h>

#include "devices/net/net_config.h"

/* bool: whether there is a card. */
static int key_type(const struct option_value *value, void *field)
{
	int type = 0;
	int err = option_choice(value, &type);

	*(bool *)field = type == 0;
	return err;
}

/* struct in_addr: the address of a host. */
static int key_addr(const struct option_value *value, void *field)
{
	struct in_addr *addr = field;

	if (inet_pton(AF_INET, value->text, addr) != 1 || !addr->s_addr)
		return option_reject(value, "not an IPv4 address");
	return 0;
}

/* struct net_config: a network no larger than class A, and large enough for the
 * leases. */
static int key_subnet(const struct option_value *value, void *field)
{
	struct net_config *config = field;
	size_t len = strcspn(value->text, "/");
	const char *digits = value->text + len + (value->text[len] == '/');
	char addr[INET_ADDRSTRLEN] = "", *end;
	unsigned long prefix = strtoul(digits, &end, 10);

	if (len < sizeof(addr))
		memcpy(addr, value->text, len);
	if (inet_pton(AF_INET, addr, &config->subnet) != 1 ||
	    !isdigit((unsigned char)*digits) || *end || prefix < 8 ||
	    prefix > 27)
		return option_reject(value, "not a network: give ADDR/PREFIX, "
					    "with a PREFIX from 8 to 27");
	config->netmask.s_addr = htonl(UINT32_MAX << (32 - prefix));
	return 0;
}

/* struct net_config: on or off; or the gateway's address, as in QEMU. */
static int key_host(const struct option_value *value, void *field)
{
	struct net_config *config = field;

	if (value->text && strchr(value->text, '.'))
		return key_addr(value, &config->gateway);
	return option_switch(value, &config->host);
}

/* struct forwards: each use adds a forward. */
static int key_hostfwd(const struct option_value *value, void *field)
{
	return forward_parse_hostfwd(field, value);
}

/* Add @service, whose path then belongs to the list.  -ENOMEM. */
static int add_service(struct net_config *config,
		       const struct net_service *service)
{
	struct net_service *list = reallocarray(
		config->services, config->n_services + 1, sizeof(*list));

	if (!list)
		return option_no_memory();
	config->services = list;
	list[config->n_services++] = *service;
	return 0;
}

/* struct net_config: each use adds a service, [tcp:]ADDR:PORT-unix:PATH. */
static int key_guestfwd(const struct option_value *value, void *field)
{
	bool tcp = strncmp(value->text, "tcp:", 4) == 0;
	const char *text = value->text + (tcp ? 4 : 0);
	const char *path = strstr(text, "-unix:"), *colon = strchr(text, ':');
	struct net_service service = { .path = NULL };
	char addr[INET_ADDRSTRLEN] = "", *end;
	unsigned long port;
	int err;

	if (!path || colon > path || (size_t)(colon - text) >= sizeof(addr))
		return option_reject(value, "not of the form "
					    "ADDR:PORT-unix:PATH");
	memcpy(addr, text, (size_t)(colon - text));
	if (inet_pton(AF_INET, addr, &service.addr) != 1)
		return option_reject(value, "'%s' is not an IPv4 address",
				     addr);
	port = strtoul(colon + 1, &end, 10);
	if (!isdigit((unsigned char)colon[1]) || end != path || port < 1 ||
	    port > 65535)
		return option_reject(value,
				     "'%.*s' is not a port: use 1 to 65535",
				     (int)(path - colon - 1), colon + 1);
	service.port = (uint16_t)port;
	err = forward_socket_path(value, path + strlen("-unix:"),
				  &service.path);
	if (!err)
		err = add_service(field, &service);
	if (err)
		free(service.path);
	return err;
}

/* uint8_t[6]: XX:XX:XX:XX:XX:XX. */
static int key_mac(const struct option_value *value, void *field)
{
	static const struct ether_addr zeros;
	struct ether_addr mac;
	const char *text = value->text;

	if (strlen(text) != 17 ||
	    strspn(text, "0123456789abcdefABCDEF:") != 17 ||
	    !ether_aton_r(text, &mac))
		return option_reject(value, "not of the form "
					    "XX:XX:XX:XX:XX:XX");
	if (mac.ether_addr_octet[0] & 1 ||
	    memcmp(&mac, &zeros, sizeof(mac)) == 0)
		return option_reject(value, "not the address of one card: "
					    "begin it with 52:54:00");
	memcpy(field, &mac, sizeof(mac));
	return 0;
}

#define FIELD(field) .offset = offsetof(struct net_config, field)

const struct option_spec net_keys[] = {
	{ OPTION("type", "TYPE", NULL, key_type), FIELD(enabled), .first = true,
	  .optional = true, .preset = "user", .words = "user none" },
	{ OPTION_ON_OFF("host", "whether the guest reaches the host itself",
			key_host) },
	{ OPTION_ON_OFF("restrict", "nothing outside is reached",
			option_switch),
	  FIELD(restricted) },
	{ OPTION_ON_OFF("ipv6", "whether there is IPv6", option_switch),
	  FIELD(ipv6), .preset = "on" },
	{ OPTION("subnet", "ADDR/PREFIX", "another IPv4 network", key_subnet),
	  .alias = "net" },
	{ OPTION("dns", "ADDR", "another address of the name server", key_addr),
	  FIELD(dns) },
	{ OPTION("dhcp", "ADDR", "the first address that DHCP gives away",
		 key_addr),
	  FIELD(dhcp_start), .alias = "dhcpstart" },
	{ OPTION("hostname", "NAME", "the guest's name, by DHCP",
		 option_string),
	  FIELD(hostname), .min = 1, .max = 32 },
	/* The length of a DHCP option is one byte. */
	{ OPTION("domain", "NAME", "its domain, by DHCP", option_string),
	  FIELD(domain), .alias = "domainname", .min = 1, .max = 200 },
	{ OPTION("dns-search", "NAME", "one more domain to search, by DHCP",
		 option_string_list),
	  FIELD(dns_search), .alias = "dnssearch", .min = 1, .max = 200 },
	{ OPTION("tftp", "DIR", "what the gateway serves by TFTP", option_path),
	  FIELD(tftp) },
	/* The longest name that fits into a DHCP answer. */
	{ OPTION("bootfile", "FILE", "what DHCP says to boot from there",
		 option_string),
	  FIELD(bootfile), .max = 127 },
	{ OPTION("hostfwd", "FORWARD", "a forward in QEMU's notation",
		 key_hostfwd),
	  FIELD(forwards) },
	{ OPTION("guestfwd", "ADDR:PORT-unix:PATH",
		 "a service of the host for the guest", key_guestfwd) },
	{ OPTION_ON_OFF("isolate", "the network has a process of its own",
			option_switch),
	  FIELD(isolate) },
	{ OPTION("mac", "ADDRESS", "the card's address", key_mac), FIELD(mac) },
	{ OPTION("mtu", "N", "the largest packet", option_number), FIELD(mtu),
	  .preset = "65520", .min = NET_MTU_MIN, .max = NET_MTU_MAX },
	{ OPTION("pcap", "FILE", "write the card's frames to a file",
		 option_path),
	  FIELD(pcap) },
	{ OPTION("ring", "FORMAT", "the format of the virtqueues",
		 option_choice),
	  FIELD(ring), .preset = "any", .words = "any split packed" },
	{ OPTION("queue-size", "N", "slots in each ring, a power of two",
		 option_power_of_two),
	  FIELD(queue_size), .min = 16, .max = 32768 },
	{ OPTION_ON_OFF("in-order", "promise to use buffers in order",
			option_switch),
	  FIELD(in_order) },
	{ OPTION_ON_OFF("transitional",
			"be what drivers before VIRTIO 1.0 know",
			option_switch),
	  FIELD(transitional) },
	/* QEMU's name for this end of the network. */
	{ OPTION("id", "NAME", NULL, option_ignored) },
	{ 0 },
};
