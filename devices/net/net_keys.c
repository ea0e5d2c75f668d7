/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_keys.c - the keys of --net, with QEMU's names beside ours
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

/* struct in_addr: of a host. */
static int key_addr(const struct option_value *value, void *field)
{
	struct in_addr *addr = field;

	if (inet_pton(AF_INET, value->text, addr) != 1 || !addr->s_addr)
		return option_reject(value, "not an IPv4 address");
	return 0;
}

/* struct net_config: from a class A network to one in which the leases fit. */
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

/* struct net_config: on or off; or, as QEMU has it, the gateway's address. */
static int key_host(const struct option_value *value, void *field)
{
	struct net_config *config = field;

	if (value->text && strchr(value->text, '.'))
		return key_addr(value, &config->gateway);
	return option_switch(value, &config->host);
}

/* struct forwards: one more each time. */
static int key_hostfwd(const struct option_value *value, void *field)
{
	return forward_parse_hostfwd(field, value);
}

/* Add @service, whose path is then the list's.  -ENOMEM. */
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

/* struct net_config: one more service each time, [tcp:]ADDR:PORT-unix:PATH. */
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
#define ON_OFF	     .optional = true, .arg = "ON", .words = "on off"

const struct option_spec net_keys[] = {
	{
		.name = "type",
		.first = true,
		.optional = true,
		.arg = "TYPE",
		.preset = "user",
		.words = "user none",
		.parse = key_type,
		FIELD(enabled),
	},
	{
		.name = "host",
		ON_OFF,
		.help = "whether the guest reaches the host itself",
		.parse = key_host,
	},
	{
		.name = "restrict",
		ON_OFF,
		.help = "nothing outside is reached",
		.parse = option_switch,
		FIELD(restricted),
	},
	{
		.name = "ipv6",
		ON_OFF,
		.preset = "on",
		.help = "whether there is IPv6",
		.parse = option_switch,
		FIELD(ipv6),
	},
	{
		.name = "subnet",
		.alias = "net",
		.arg = "ADDR/PREFIX",
		.help = "another IPv4 network",
		.parse = key_subnet,
	},
	{
		.name = "dns",
		.arg = "ADDR",
		.help = "another address of the name server",
		.parse = key_addr,
		FIELD(dns),
	},
	{
		.name = "dhcp",
		.alias = "dhcpstart",
		.arg = "ADDR",
		.help = "the first address that DHCP gives away",
		.parse = key_addr,
		FIELD(dhcp_start),
	},
	{
		.name = "hostname",
		.arg = "NAME",
		.min = 1,
		.max = 32,
		.help = "the guest's name, by DHCP",
		.parse = option_string,
		FIELD(hostname),
	},
	{
		.name = "domain",
		.alias = "domainname",
		.arg = "NAME",
		.min = 1,
		/* The length of a DHCP option is one byte. */
		.max = 200,
		.help = "its domain, by DHCP",
		.parse = option_string,
		FIELD(domain),
	},
	{
		.name = "dns-search",
		.alias = "dnssearch",
		.arg = "NAME",
		.min = 1,
		.max = 200,
		.help = "one more domain to search, by DHCP",
		.parse = option_string_list,
		FIELD(dns_search),
	},
	{
		.name = "tftp",
		.arg = "DIR",
		.help = "what the gateway serves by TFTP",
		.parse = option_path,
		FIELD(tftp),
	},
	{
		.name = "bootfile",
		.arg = "FILE",
		/* What a DHCP answer has room for. */
		.max = 127,
		.help = "what DHCP says to boot from there",
		.parse = option_string,
		FIELD(bootfile),
	},
	{
		.name = "hostfwd",
		.arg = "FORWARD",
		.help = "a forward in QEMU's notation",
		.parse = key_hostfwd,
		FIELD(forwards),
	},
	{
		.name = "guestfwd",
		.arg = "ADDR:PORT-unix:PATH",
		.help = "a service of the host for the guest",
		.parse = key_guestfwd,
	},
	{
		.name = "mac",
		.arg = "ADDRESS",
		.help = "the card's address",
		.parse = key_mac,
		FIELD(mac),
	},
	{
		.name = "mtu",
		.arg = "N",
		.preset = "65520",
		.min = NET_MTU_MIN,
		.max = NET_MTU_MAX,
		.help = "the largest packet",
		.parse = option_number,
		FIELD(mtu),
	},
	{
		.name = "pcap",
		.arg = "FILE",
		.help = "write the card's frames to a file",
		.parse = option_path,
		FIELD(pcap),
	},
	{
		.name = "ring",
		.arg = "FORMAT",
		.preset = "any",
		.words = "any split packed",
		.help = "the format of the virtqueues",
		.parse = option_choice,
		FIELD(ring),
	},
	{
		.name = "queue-size",
		.arg = "N",
		.min = 16,
		.max = 32768,
		.help = "slots in each ring, a power of two",
		.parse = option_power_of_two,
		FIELD(queue_size),
	},
	{
		.name = "in-order",
		ON_OFF,
		.help = "promise to use buffers in order",
		.parse = option_switch,
		FIELD(in_order),
	},
	{
		.name = "transitional",
		ON_OFF,
		.help = "be what drivers before VIRTIO 1.0 know",
		.parse = option_switch,
		FIELD(transitional),
	},
	{
		/* QEMU's name for this end of the network. */
		.name = "id",
		.arg = "NAME",
		.parse = option_ignored,
	},
	{ 0 },
};
