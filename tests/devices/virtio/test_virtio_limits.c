/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A host that has not enough of something: devices say so and leave nothing
 * behind.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/util.h"
#include "devices/net/net.h"
#include "devices/net/netdev.h"
#include "devices/rng/rng.h"
#include "tests/vpci.h"

/* The descriptor that would be opened next. */
static int next_fd(void)
{
	int fd = dup(STDERR_FILENO);

	ck_assert_int_ge(fd, 0);
	close(fd);
	return fd;
}

static void allow_fds(int n)
{
	struct rlimit limit;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = n < 0 ? limit.rlim_max : (rlim_t)n;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

/* No thread has room for a stack of this size. */
static void allow_threads(bool allow)
{
	static pthread_attr_t usual;
	static bool known;
	pthread_attr_t huge;

	if (!known)
		ck_assert_int_eq(pthread_getattr_default_np(&usual), 0);
	known = true;
	pthread_attr_init(&huge);
	ck_assert_int_eq(pthread_attr_setstacksize(&huge, UINT64_C(1) << 46),
			 0);
	ck_assert_int_eq(pthread_setattr_default_np(allow ? &usual : &huge), 0);
	pthread_attr_destroy(&huge);
}

static int make_rng(void)
{
	static struct rng rng;
	int err = rng_init(&rng, 8);

	if (!err)
		rng_free(&rng);
	return err;
}

static int make_net(void)
{
	static const struct net_options options = { .mac = { 2 },
						    .mtu = 1500,
						    .queue_size = 8 };
	static const struct netdev_ops nothing = { .start = NULL };
	static struct netdev netdev = { .ops = &nothing };
	static struct net net;
	int err = net_init(&net, &netdev, &options);

	if (!err)
		net_free(&net);
	return err;
}

static int (*const make[])(void) = { make_rng, make_net };

START_TEST(a_device_without_descriptors)
{
	int next = next_fd();

	allow_fds(next);
	ck_assert_int_eq(make[_i](), -EMFILE);
	allow_fds(-1);
	ck_assert_int_eq(next_fd(), next);
	ck_assert_int_eq(make[_i](), 0);
	ck_assert_int_eq(next_fd(), next);
}
END_TEST

START_TEST(a_device_without_a_thread)
{
	int next = next_fd();

	allow_threads(false);
	ck_assert_int_eq(make[_i](), -EAGAIN);
	ck_assert_int_eq(next_fd(), next);
	allow_threads(true);
	ck_assert_int_eq(make[_i](), 0);
}
END_TEST

static unsigned messages_used(const struct vpci *v)
{
	unsigned n = 0;

	for (unsigned i = 0; i < VPCI_MESSAGES; i++)
		n += v->message[i].used;
	return n;
}

/* Beside a device that is there, one for which the host has 0, 1, 2...
 * descriptors: none of those that fail shows. */
START_TEST(a_function_without_descriptors)
{
	const struct virtio_pci_options options = { .transitional = _i };
	static struct virtio_pci vp;
	static struct echo echo;
	static struct vpci v;
	unsigned bells, messages;
	int next, err = -1, n = 0;

	vpci_init(&v, NULL);
	echo_init(&echo);
	next = next_fd();
	bells = v.n_bells;
	messages = messages_used(&v);
	for (; err; n++) {
		allow_fds(next + n);
		err = virtio_pci_init(&vp, &echo.dev, &v.host, VPCI_DEVFN + 8,
				      &v.mem, &v.line, VPCI_GSI, &options);
		allow_fds(-1);
		if (!err)
			break;
		ck_assert_int_eq(err, -EMFILE);
		ck_assert_int_eq(next_fd(), next);
		ck_assert_uint_eq(v.n_bells, bells);
		ck_assert_uint_eq(messages_used(&v), messages);
		ck_assert_uint_eq(
			bus_read(&v.mmio,
				 VPCI_ECAM + PCI_CONFIG_ADDRESS(VPCI_DEVFN + 8),
				 4),
			UINT32_MAX);
	}
	/* A doorbell for each queue, an interrupt for each vector. */
	ck_assert_int_eq(n, ECHO_QUEUES + VPCI_VECTORS);
	virtio_pci_free(&vp);
	echo_free(&echo);
	vpci_start(&v, 0);
	vpci_echo(&v, 7);
	vpci_free(&v);
}
END_TEST

/* Nor is there a place for two of them. */
START_TEST(a_function_whose_place_is_taken)
{
	const struct virtio_pci_options options = { .packed = true };
	static struct virtio_pci vp;
	static struct echo echo;
	static struct vpci v;
	int next;

	vpci_init(&v, NULL);
	echo_init(&echo);
	next = next_fd();
	ck_assert_int_eq(virtio_pci_init(&vp, &echo.dev, &v.host, VPCI_DEVFN,
					 &v.mem, &v.line, VPCI_GSI, &options),
			 -EEXIST);
	ck_assert_int_eq(next_fd(), next);
	echo_free(&echo);
	vpci_start(&v, 1);
	vpci_echo(&v, 7);
	vpci_free(&v);
}
END_TEST

int main(void)
{
	const TTest *const devices[] = {
		a_device_without_descriptors,
		a_device_without_a_thread,
		NULL,
	};
	const TTest *const functions[] = {
		a_function_without_descriptors,
		NULL,
	};
	const TTest *const tests[] = {
		a_function_whose_place_is_taken,
		NULL,
	};
	Suite *suite = suite_create("virtio_limits");

	unit_add(suite, devices, ARRAY_SIZE(make), NULL, NULL);
	unit_add(suite, functions, 2, NULL, NULL);
	unit_add(suite, tests, 1, NULL, NULL);
	return unit_run(suite);
}
