/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/net_host.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/log.h"
#include "base/output.h"
#include "base/sink.h"
#include "base/util.h"
#include "cli/net_isolated.h"
#include "cli/verdict/wait_ports.h"
#include "devices/isolate/isolate.h"
#include "devices/net/net_config.h"
#include "devices/slirp/slirp.h"

static void write_capture(void *arg, const void *buf, size_t len)
{
	sink_write(arg, buf, len);
}

int net_host_create_capture(struct net_host *host,
			    const struct net_config *config)
{
	if (!config->enabled || !config->pcap)
		return 0;
	host->capture_fd = output_open("--net pcap=", config->pcap, 0);
	return MIN(host->capture_fd, 0);
}

static int start_capture(struct net_host *host, uint64_t max)
{
	const struct sink_config config = {
		.name = "--net pcap",
		.limit = max ? MIN(max, SINK_LIMIT) : SINK_LIMIT,
		.max = max,
		.left_out = &host->left_out,
	};
	int err = sink_open(&host->capture_sink, &config);

	if (err)
		return log_fail(err, "--net pcap: no memory for output: %s",
				strerror(-err));
	sink_connect(host->capture_sink, host->capture_fd);
	host->capture = (struct pcapng){ .write = write_capture,
					 .arg = host->capture_sink };
	return 0;
}

/* Where a forward leads, as far as is known before the guest runs: for IPv4 the
 * address that DHCP will give the guest, for IPv6 no address. */
static const char *guest_text(const struct net_config *c,
			      const struct forward *f,
			      char buf[INET_ADDRSTRLEN])
{
	if (f->host.ss_family == AF_INET6)
		return "[guest]";
	inet_ntop(AF_INET, f->guest.s_addr ? &f->guest : &c->dhcp_start, buf,
		  INET_ADDRSTRLEN);
	return buf;
}

/* Log a line for each forward, in the order of the options.  Scripts read these
 * lines, see the man page.  A port that the user chose is logged at level info
 * only. */
static void say_forwards(const struct net_config *c)
{
	char from[FORWARD_TEXT], to[INET_ADDRSTRLEN];

	for (size_t i = 0; i < c->forwards.count; i++) {
		const struct forward *f = &c->forwards.list[i];

		log_line(f->picked ? LOG_WARN : LOG_INFO,
			 "forward %s %s -> %s:%u", f->udp ? "udp" : "tcp",
			 forward_host_text(f, from), guest_text(c, f, to),
			 f->guest_port);
	}
}

static int open_backend(struct net_host *host)
{
	const struct net_config *config = host->config;
	const struct pcapng *capture = config->pcap ? &host->capture : NULL;

	if (config->isolate)
		return net_isolated_open(host, capture);
	return slirp_open(&host->netdev, config, capture);
}

int net_host_open(struct net_host *host, struct net_config *config,
		  uint64_t max_capture)
{
	char text[NET_SUBNET_TEXT];
	int err;

	if (!config->enabled)
		return 0;
	host->config = config;
	err = forwards_open(&config->forwards);
	if (!err && config->pcap)
		err = start_capture(host, max_capture);
	if (!err)
		err = open_backend(host);
	if (err)
		return err;
	say_forwards(config);
	log_line(LOG_INFO, "guest's network %s", net_config_text(config, text));
	return 0;
}

static bool is_isolated(const struct net_host *host)
{
	return host->netdev && host->config->isolate;
}

int net_host_fork(struct net_host *host, int (*confine)(void *arg), void *arg,
		  int fd)
{
	if (!is_isolated(host))
		return 0;
	host->confine = confine;
	host->confine_arg = arg;
	return net_isolated_fork(host, fd);
}

int net_host_start(struct net_host *host)
{
	int err = sink_start(host->capture_sink);

	return err || !is_isolated(host) ? err : isolate_start(host->netdev);
}

int net_host_await(struct net_host *host, const struct wait_ports *ports,
		   void (*answered)(void *arg, size_t index), void *arg)
{
	int err = 0;

	host->ports = ports;
	if (is_isolated(host))
		return isolate_await(host->netdev, ports->count, answered, arg);
	for (size_t i = 0; i < ports->count && !err; i++)
		err = slirp_await(host->netdev, ports->list[i].port, answered,
				  arg);
	return err ? log_fail(err, "--wait-port: %s", strerror(-err)) : 0;
}

void net_host_stop(struct net_host *host)
{
	netdev_free(host->netdev);
	host->netdev = NULL;
}

int net_host_close(struct net_host *host, unsigned patience_ms)
{
	net_host_stop(host);
	return sink_close_file(host->capture_sink, patience_ms,
			       &host->capture_fd, "--net pcap");
}
