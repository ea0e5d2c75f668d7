/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/overview.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "cli/host.h"
#include "devices/net/net_config.h"

/* Log the same lines about the kernel as `minivmm check` prints. */
static void log_kernel(const struct boot *boot)
{
	char *text = NULL, *line, *save = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return;
	boot_describe(boot, out);
	if (fclose(out) == 0) {
		log_info("kernel: %s", boot->kernel.path);
		for (line = strtok_r(text, "\n", &save); line;
		     line = strtok_r(NULL, "\n", &save))
			log_info("kernel:%s", line + 1);
	}
	free(text);
}

void overview_log(const struct host *host, const struct net_config *net)
{
	const uint8_t *mac = net->mac;

	if (!log_enabled(LOG_INFO))
		return;
	log_kernel(&host->boot);
	log_info("command line: %s", host->boot.cmdline);
	if (net->enabled)
		log_info("virtio-net: address "
			 "%02x:%02x:%02x:%02x:%02x:%02x",
			 mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
}
