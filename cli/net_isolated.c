/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/net_isolated.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/util.h"
#include "cli/net_host.h"
#include "cli/verdict/wait_ports.h"
#include "devices/isolate/backend.h"
#include "devices/isolate/isolate.h"
#include "devices/net/net_config.h"
#include "devices/slirp/slirp.h"

/* In the network's process. */
static int open_there(void *arg, struct netdev **dev, void *object,
		      struct backend *backend)
{
	const struct net_host *host = arg;
	int err = slirp_open_in(dev, host->config, NULL, object);

	for (size_t i = 0; !err && host->ports && i < host->ports->count; i++)
		err = slirp_await(*dev, host->ports->list[i].port,
				  backend_answered, backend);
	return err ? err : host->confine(host->confine_arg);
}

int net_isolated_open(struct net_host *host, const struct pcapng *capture)
{
	const struct isolate_plan plan = {
		.open = open_there,
		.arg = host,
		.counters = &slirp_counters,
		.object_size = slirp_size,
		.capture = capture,
	};

	return isolate_open(&host->netdev, &plan);
}

int net_isolated_fork(struct net_host *host, int fd)
{
	struct forwards *forwards = &host->config->forwards;
	int *fds = calloc(forwards->count + 1, sizeof(*fds)), err;

	if (!fds)
		return log_fail(-ENOMEM, "network: %s: free some memory",
				strerror(ENOMEM));
	for (size_t i = 0; i < forwards->count; i++)
		fds[i] = forwards->list[i].fd;
	fds[forwards->count] = fd;
	err = isolate_fork(host->netdev, fds, forwards->count + 1);
	/* That process has them now. */
	for (size_t i = 0; i < forwards->count && !err; i++)
		close_fd(&forwards->list[i].fd);
	free(fds);
	return err;
}
