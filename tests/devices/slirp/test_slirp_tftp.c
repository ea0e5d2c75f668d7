/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A file that cannot be read for now, as one on a file server that is gone: it
 * holds up nobody but those who asked for it.
 *
 * The program is linked with pread(2) replaced, to have it wait.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "devices/slirp/tftp_worker.h"
#include "tests/net_guest.h"

static const uint8_t gateway[4] = { 10, 0, 2, 2 };
static const char request[] = "\0\1boot.img\0octet";
static const char content[] = "content";

static struct guest g;
static char dir[32], path[64];

/* Who reads waits at @gate while @is_gone; @readers have come there. */
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t opened = PTHREAD_COND_INITIALIZER;
static bool is_gone;
static unsigned readers, served;

ssize_t __real_pread(int fd, void *buf, size_t len, off_t at);
ssize_t __wrap_pread(int fd, void *buf, size_t len, off_t at);

ssize_t __wrap_pread(int fd, void *buf, size_t len, off_t at)
{
	pthread_mutex_lock(&gate);
	readers++;
	while (is_gone)
		pthread_cond_wait(&opened, &gate);
	served++;
	pthread_mutex_unlock(&gate);
	return __real_pread(fd, buf, len, at);
}

static void set_gone(bool gone)
{
	pthread_mutex_lock(&gate);
	is_gone = gone;
	pthread_cond_broadcast(&opened);
	pthread_mutex_unlock(&gate);
}

static unsigned value_of(const unsigned *counter)
{
	unsigned value;

	pthread_mutex_lock(&gate);
	value = *counter;
	pthread_mutex_unlock(&gate);
	return value;
}

static void make_dir(void)
{
	FILE *f;

	strcpy(dir, "/tmp/minivmm-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/boot.img", dir);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs(content, f);
	fclose(f);
}

static void remove_dir(void)
{
	unlink(path);
	rmdir(dir);
}

static void open_net(void)
{
	char text[80];

	make_dir();
	readers = served = 0;
	snprintf(text, sizeof(text), "user,host=on,tftp=%s", dir);
	guest_open(&g, text, "0:22", NULL);
	guest_up(&g);
	g.echo_port = 22;
}

/* The guest asks for a file that is not to be had, from a port. */
static void get_stuck(uint16_t port)
{
	set_gone(true);
	guest_udp(&g, gateway, 4, port, 69, request, sizeof(request));
	guest_until(&g, value_of(&readers) == 1);
}

/* Waits until the thread that was stuck has nothing of the test's any more. */
static void let_go(void)
{
	set_gone(false);
	while (value_of(&served) < value_of(&readers))
		usleep(100);
}

START_TEST(a_dead_file_server_holds_up_nobody_else)
{
	int fd;

	open_net();
	get_stuck(2000);
	fd = host_connect(g.config.forwards.list);
	host_check_echo(&g, fd);
	close(fd);
	guest_echo(&g, gateway, 8, 0);
	guest_until(&g, g.n_icmp);
	ck_assert(!g.udp_came);
	/* When it is back, so is the answer. */
	set_gone(false);
	guest_until(&g, g.udp_came && g.udp_port == 2000);
	ck_assert_uint_eq(g.udp_len, 4 + strlen(content));
	ck_assert_mem_eq(g.udp_data + 4, content, strlen(content));
	guest_close(&g);
	remove_dir();
}
END_TEST

START_TEST(the_end_does_not_wait_for_it)
{
	open_net();
	get_stuck(2000);
	guest_close(&g);
	let_go();
	remove_dir();
}
END_TEST

/* Nor does a reset of the machine, whose next guest gets no answer to what it
 * has not asked. */
START_TEST(an_answer_is_not_for_another_guest)
{
	open_net();
	get_stuck(2000);
	netdev_unplug(g.dev);
	guest_up(&g);
	guest_udp(&g, gateway, 4, 2001, 69, request, sizeof(request));
	set_gone(false);
	/* The first answer that comes is the second request's. */
	guest_until(&g, g.udp_came);
	ck_assert_uint_eq(g.udp_port, 2001);
	ck_assert_uint_eq(value_of(&readers), 2);
	guest_close(&g);
	remove_dir();
}
END_TEST

/* Without a guest that would send again: what is too much is dropped. */
START_TEST(not_too_much_is_kept)
{
	static uint8_t frame[256], out[ETHER_MAX];
	struct tftp_worker *worker;
	unsigned answers = 0;
	struct packet p;
	size_t len;

	open_net();
	memcpy(frame + 42, request, sizeof(request));
	put_be16(frame + 34, 2000);
	put_be16(frame + 36, 69);
	put_be16(frame + 38, 8 + sizeof(request));
	len = guest_ip(&g, frame, gateway, 4, PROTOCOL_UDP, 8 + sizeof(request),
		       6);
	ck_assert_int_eq(packet_parse(&p, frame, len), PACKET_OK);
	ck_assert_int_eq(tftp_worker_open(&worker, dir,
					  (void (*)(void *))netdev_rx_room,
					  g.dev),
			 0);
	set_gone(true);
	for (unsigned i = 0; i < 3 * TFTP_JOBS; i++)
		tftp_worker_put(worker, &p, 1500);
	ck_assert_uint_eq(tftp_worker_take(worker, out), 0);
	set_gone(false);
	while (value_of(&served) < TFTP_JOBS || answers < TFTP_JOBS)
		answers += tftp_worker_take(worker, out) > 0;
	ck_assert_uint_eq(value_of(&served), TFTP_JOBS);
	ck_assert_uint_eq(tftp_worker_take(worker, out), 0);
	/* And there is room again. */
	tftp_worker_put(worker, &p, 1500);
	while (!tftp_worker_take(worker, out))
		usleep(100);
	tftp_worker_close(worker);
	guest_close(&g);
	remove_dir();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_dead_file_server_holds_up_nobody_else,
		the_end_does_not_wait_for_it,
		an_answer_is_not_for_another_guest,
		not_too_much_is_kept,
		NULL,
	};

	return unit_run(unit_suite("slirp_tftp", tests));
}
