/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net.c - sets up the network without a DHCP client
 */
#include <linux/if.h>
#include <linux/in.h>
#include <linux/route.h>
#include <linux/sockios.h>

#include "initramfs/init/sys.h"

static void set_name(struct ifreq *request, const char *name)
{
	*request = (struct ifreq){ .ifr_flags = 0 };
	for (size_t i = 0; name[i]; i++)
		request->ifr_name[i] = name[i];
}

static void set_address(struct sockaddr *to, uint32_t address)
{
	struct sockaddr_in *in = (struct sockaddr_in *)to;

	in->sin_family = AF_INET;
	in->sin_addr.s_addr = address;
}

static void bring_up(long fd, const char *name)
{
	struct ifreq request;

	set_name(&request, name);
	request.ifr_flags = IFF_UP;
	call(__NR_ioctl, fd, SIOCSIFFLAGS, (long)&request, 0, 0);
}

static void set_up_card(long fd, const struct job_settings *settings)
{
	struct rtentry route = { .rt_flags = RTF_UP | RTF_GATEWAY };
	struct ifreq request;

	set_name(&request, "eth0");
	set_address(&request.ifr_addr, settings->address);
	call(__NR_ioctl, fd, SIOCSIFADDR, (long)&request, 0, 0);
	set_address(&request.ifr_netmask, settings->netmask);
	call(__NR_ioctl, fd, SIOCSIFNETMASK, (long)&request, 0, 0);
	bring_up(fd, "eth0");
	set_address(&route.rt_dst, 0);
	set_address(&route.rt_genmask, 0);
	set_address(&route.rt_gateway, settings->gateway);
	call(__NR_ioctl, fd, SIOCADDRT, (long)&route, 0, 0);
}

void bring_up_network(const struct job_settings *settings)
{
	long fd = call(__NR_socket, AF_INET, SOCK_DGRAM, 0, 0, 0);

	if (fd < 0)
		return;
	bring_up(fd, "lo");
	if (settings->address)
		set_up_card(fd, settings);
	call(__NR_close, fd, 0, 0, 0, 0);
}
