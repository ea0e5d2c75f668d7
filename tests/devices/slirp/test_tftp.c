/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The TFTP server, packet by packet, and the files that it may open.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "devices/slirp/beneath.h"
#include "devices/slirp/tftp.h"
#include "tests/net_guest.h"

static const uint8_t server4[4] = { 10, 0, 2, 2 };
static const uint8_t server6[16] = { 0xfe, 0xc0, [15] = 2 };
static struct guest g;
static struct tftp tftp;
static char dir[40], outside[40];
static uint8_t request[2000], out[ETHER_MAX];
static struct packet answer;
/* The answer's, behind the opcode; and its length with the opcode. */
static const uint8_t *data;
static size_t data_len;

static void make_file(const char *name, const void *bytes, size_t len)
{
	char path[100];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0644);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, bytes, len), (ssize_t)len);
	close(fd);
}

static void make_link(const char *name, const char *to)
{
	char path[100];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	ck_assert_int_eq(symlink(to, path), 0);
}

static void setup(void)
{
	char path[100];
	int fd;

	memset(&g, 0, sizeof(g));
	memcpy(g.mac, "\x52\x54\0\x12\x34\x56", 6);
	memcpy(g.gateway_mac, "\x52\x55\x0a\0\x02\x02", 6);
	memcpy(g.addr4, "\x0a\0\x02\x0f", 4);
	memcpy(g.addr6, server6, 16);
	g.addr6[15] = 15;
	strcpy(dir, "/tmp/minivmm-test-XXXXXX");
	strcpy(outside, "/tmp/minivmm-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	fd = mkstemp(outside);
	close(fd);
	snprintf(path, sizeof(path), "%s/sub", dir);
	ck_assert_int_eq(mkdir(path, 0755), 0);
	snprintf(path, sizeof(path), "%s/fifo", dir);
	ck_assert_int_eq(mkfifo(path, 0644), 0);
	make_file("file", "content", 7);
	make_file("sub/file", "below", 5);
	make_link("in", "sub/file");
	make_link("out", outside);
	make_link("up", "../..");
	make_link("loop", "loop");
	ck_assert_int_eq(tftp_open(&tftp, dir), 0);
	tftp.mtu = 1500;
}

static void teardown(void)
{
	static const char *const names[] = { "sub/file", "file", "in",
					     "out",	 "up",	 "loop",
					     "fifo",	 "big",	 "device" };
	char path[100];

	tftp_close(&tftp);
	for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	snprintf(path, sizeof(path), "%s/sub", dir);
	rmdir(path);
	ck_assert_int_eq(rmdir(dir), 0);
	unlink(outside);
}

static size_t udp_frame(bool v6, uint16_t port, const void *bytes, size_t len)
{
	const uint8_t *to = v6 ? server6 : server4;
	size_t addr_len = v6 ? 16 : 4;
	uint8_t *udp = guest_payload(request, addr_len);

	put_be16(udp, port);
	put_be16(udp + 2, TFTP_PORT);
	put_be16(udp + 4, (uint16_t)(UDP_HEADER + len));
	memcpy(udp + UDP_HEADER, bytes, len);
	return guest_ip(&g, request, to, addr_len, PROTOCOL_UDP,
			UDP_HEADER + len, 6);
}

/* Whether there is an answer; it is sound, and from the server to the port. */
static bool input(size_t len)
{
	struct packet p;
	size_t n;

	ck_assert_int_eq(packet_parse(&p, request, len), PACKET_OK);
	n = tftp_input(&tftp, &p, out);
	if (!n)
		return false;
	ck_assert_int_eq(packet_parse(&answer, out, n), PACKET_OK);
	ck_assert_uint_eq(answer.len, n);
	ck_assert(packet_is_sound(&answer));
	ck_assert_uint_le(n, ETHER_HEADER + tftp.mtu);
	ck_assert_mem_eq(out, g.mac, 6);
	ck_assert_mem_eq(out + 6, g.gateway_mac, 6);
	ck_assert_mem_eq(answer.addrs, p.addrs + p.addr_len, p.addr_len);
	ck_assert_mem_eq(answer.addrs + p.addr_len, p.addrs, p.addr_len);
	ck_assert_uint_eq(get_be16(answer.payload), TFTP_PORT);
	ck_assert_uint_eq(get_be16(answer.payload + 2), get_be16(p.payload));
	data = answer.payload + UDP_HEADER;
	data_len = answer.payload_len - UDP_HEADER;
	return true;
}

static bool ask_from(bool v6, uint16_t port, const void *bytes, size_t len)
{
	return input(udp_frame(v6, port, bytes, len));
}

static bool ask(const void *bytes, size_t len)
{
	return ask_from(false, 2000, bytes, len);
}

/* With @len bytes of options. */
static bool read_with(const char *name, const char *options, size_t len)
{
	uint8_t bytes[1000] = { 0, 1 };
	size_t at = 2 + (size_t)sprintf((char *)bytes + 2, "%s", name) + 1;

	at += (size_t)sprintf((char *)bytes + at, "octet") + 1;
	memcpy(bytes + at, options, len);
	return ask(bytes, at + len);
}

static bool read_file(const char *name)
{
	return read_with(name, "", 0);
}

/* Options with the strings' ends. */
#define OPTIONS(text) text, sizeof(text)

static bool ack(unsigned block)
{
	const uint8_t bytes[4] = { 0, 4, (uint8_t)(block >> 8),
				   (uint8_t)block };

	return ask(bytes, sizeof(bytes));
}

/* The answer is block @number of @len bytes. */
static void check_block(unsigned number, const void *bytes, size_t len)
{
	ck_assert_uint_eq(get_be16(data), 3);
	ck_assert_uint_eq(get_be16(data + 2), number);
	ck_assert_uint_eq(data_len, 4 + len);
	ck_assert_mem_eq(data + 4, bytes, len);
}

static void check_error(unsigned code)
{
	ck_assert_uint_eq(get_be16(data), 5);
	ck_assert_msg(get_be16(data + 2) == code, "%u: %s", get_be16(data + 2),
		      data + 4);
	ck_assert_uint_eq(data[data_len - 1], 0);
}

static unsigned open_files(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < TFTP_TRANSFERS; i++)
		n += tftp.transfers[i].fd >= 0;
	return n;
}

START_TEST(a_file_is_read)
{
	uint8_t bytes[1200];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 7);
	make_file("big", bytes, sizeof(bytes));
	ck_assert(read_file("big"));
	check_block(1, bytes, 512);
	ck_assert(ack(1));
	check_block(2, bytes + 512, 512);
	/* The client thinks that it was lost. */
	ck_assert(ack(1));
	check_block(2, bytes + 512, 512);
	/* Nonsense. */
	ck_assert(!ack(7));
	ck_assert(!ack(0));
	ck_assert(ack(2));
	check_block(3, bytes + 1024, 176);
	ck_assert_uint_eq(open_files(), 1);
	ck_assert(!ack(3));
	ck_assert_uint_eq(open_files(), 0);
	ck_assert(!ack(3));
}
END_TEST

START_TEST(a_file_of_whole_blocks_ends_with_an_empty_one)
{
	static const uint8_t bytes[512];

	make_file("big", bytes, sizeof(bytes));
	ck_assert(read_file("big"));
	check_block(1, bytes, 512);
	ck_assert(ack(1));
	check_block(2, bytes, 0);
	ck_assert(!ack(2));
}
END_TEST

START_TEST(ipv6_is_served)
{
	ck_assert(ask_from(true, 3000, "\0\1file\0octet", 13));
	check_block(1, "content", 7);
}
END_TEST

START_TEST(options_are_taken)
{
	static const uint8_t bytes[3000] = { 1 };

	make_file("big", bytes, sizeof(bytes));
	ck_assert(read_with("big", OPTIONS("BLKSIZE\0"
					   "1000\0"
					   "tsize\0"
					   "0\0"
					   "timeout\0"
					   "3")));
	ck_assert_uint_eq(data_len, 2 + 8 + 5 + 6 + 5);
	ck_assert_mem_eq(data,
			 "\0\6BLKSIZE\0"
			 "1000\0"
			 "tsize\0"
			 "3000",
			 26);
	ck_assert(ack(0));
	check_block(1, bytes, 1000);
	ck_assert(ack(1) && ack(2) && ack(3));
	check_block(4, bytes, 0);
	/* As large as fits. */
	ck_assert(read_with("big", OPTIONS("blksize\0"
					   "65464")));
	ck_assert_mem_eq(data,
			 "\0\6blksize\0"
			 "1468",
			 15);
	ck_assert(ack(0));
	check_block(1, bytes, 1468);
	/* What makes no sense is as if it had not been said, and the same
	 * twice is said once. */
	ck_assert(read_with("big", OPTIONS("blksize\0"
					   "7\0"
					   "x\0"
					   "y")));
	check_block(1, bytes, 512);
	ck_assert(read_with("big", OPTIONS("blksize\0"
					   "8\0"
					   "blksize\0"
					   "9")));
	ck_assert_mem_eq(data,
			 "\0\6blksize\0"
			 "8",
			 12);
	ck_assert_uint_eq(data_len, 12);
	/* One without a value. */
	ck_assert(read_with("big", OPTIONS("blksize")));
	check_block(1, bytes, 512);
}
END_TEST

/* Past block 65,535, to which it is taken at once. */
START_TEST(a_file_may_be_of_any_size)
{
	enum { BLOCKS = 65550, ACKNOWLEDGED = 65500 };
	char path[100];

	make_file("big", "", 0);
	snprintf(path, sizeof(path), "%s/big", dir);
	ck_assert_int_eq(truncate(path, BLOCKS * 8), 0);
	ck_assert(read_with("big", OPTIONS("blksize\0"
					   "8")));
	tftp.transfers[0].block = ACKNOWLEDGED;
	for (unsigned i = ACKNOWLEDGED; i < BLOCKS; i++) {
		ck_assert(ack(i & 0xffff));
		check_block((i + 1) & 0xffff, "\0\0\0\0\0\0\0\0", 8);
	}
	ck_assert(ack(BLOCKS & 0xffff));
	check_block((BLOCKS + 1) & 0xffff, "", 0);
}
END_TEST

static void check_refused(const char *name, unsigned code)
{
	ck_assert(read_file(name));
	check_error(code);
	ck_assert_uint_eq(open_files(), 0);
}

/* @by_link is what is said of a way through a link. */
static void check_names(unsigned by_link)
{
	char path[100];

	ck_assert(read_file("/file"));
	check_block(1, "content", 7);
	ck_assert(read_file("sub//file"));
	check_block(1, "below", 5);
	tftp_reset(&tftp);
	check_refused("", 1);
	check_refused("/", 1);
	check_refused("none", 1);
	check_refused("file/below", 1);
	check_refused("sub", 2);
	check_refused(".", 2);
	check_refused("fifo", 2);
	check_refused("out", 2);
	check_refused("loop", 2);
	check_refused("..", 2);
	check_refused("sub/../../etc/passwd", 2);
	check_refused("up/etc/passwd", by_link);
	snprintf(path, sizeof(path), "%s/device", dir);
	ck_assert_int_eq(mknod(path, S_IFCHR | 0644, 0x103), 0);
	check_refused("device", 2);
}

START_TEST(only_regular_files_beneath_are_read)
{
	check_names(2);
	ck_assert(read_file("in"));
	check_block(1, "below", 5);
}
END_TEST

/* As on kernels that don't have it. */
static void forbid_openat2(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { ARRAY_SIZE(code), code };

	ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	ck_assert_int_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program),
			 0);
}

START_TEST(only_regular_files_beneath_are_read_by_old_kernels)
{
	forbid_openat2();
	check_names(1);
	/* No link is followed, as it may lead anywhere. */
	check_refused("in", 2);
}
END_TEST

static void *rename_folders(void *done)
{
	char a[100], b[100];

	snprintf(a, sizeof(a), "%s/a", dir);
	snprintf(b, sizeof(b), "%s/b", dir);
	mkdir(a, 0755);
	/* Relaxed: nothing but the flag itself is shared. */
	while (!atomic_load_explicit((atomic_bool *)done,
				     memory_order_relaxed)) {
		rename(a, b);
		rename(b, a);
	}
	rmdir(a);
	return NULL;
}

/* The kernel does not open what it could not follow for sure. */
START_TEST(a_folder_renamed_elsewhere_does_not_matter)
{
	int folder = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	atomic_bool done = false;
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, rename_folders, &done),
			 0);
	for (int i = 0; i < 20000; i++) {
		int fd = beneath_open(folder, "sub/../sub/../file");

		ck_assert_msg(fd >= 0, "%s", strerror(-fd));
		close(fd);
	}
	atomic_store_explicit(&done, true, memory_order_relaxed);
	pthread_join(thread, NULL);
	close(folder);
}
END_TEST

START_TEST(other_requests_are_refused)
{
	uint8_t bad[600] = { 0, 1 };

	/* To write; other modes; what doesn't end. */
	ck_assert(ask("\0\2file\0octet", 13));
	check_error(2);
	ck_assert(ask("\0\1file\0netascii", 16));
	check_error(4);
	ck_assert(ask("\0\1file\0oct", 10));
	check_error(4);
	ck_assert(ask("\0\1file", 6));
	check_error(4);
	memset(bad + 2, 'a', 550);
	memcpy(bad + 552, "\0octet", 7);
	ck_assert(ask(bad, 559));
	check_error(4);
	/* No answer to what is no request. */
	ck_assert(!ask("", 0));
	ck_assert(!ask("\0\1", 2));
	ck_assert(!ask("\0\5\0\0", 4));
	ck_assert(!ask("\0\3\0\1x", 5));
	ck_assert(!ask("\7\7\0\1x", 5));
	ck_assert_uint_eq(open_files(), 0);
	/* The client's error ends a transfer. */
	ck_assert(read_file("file"));
	ck_assert(!ask("\0\5\0\0", 4));
	ck_assert_uint_eq(open_files(), 0);
}
END_TEST

START_TEST(a_wrong_checksum_has_no_answer)
{
	size_t len = udp_frame(false, 2000, "\0\1file\0octet", 13);

	request[len - 2] ^= 0x20;
	ck_assert(!input(len));
	/* None is fine. */
	put_be16(guest_payload(request, 4) + 6, 0);
	ck_assert(input(len));
	check_block(1, "content", 7);
}
END_TEST

START_TEST(the_oldest_transfer_gives_way)
{
	static const uint8_t bytes[2000];

	make_file("big", bytes, sizeof(bytes));
	for (unsigned i = 0; i < TFTP_TRANSFERS; i++)
		ck_assert(ask_from(false, (uint16_t)(1000 + i),
				   "\0\1big\0octet", 12));
	/* The second is the oldest now; the first begins anew. */
	ck_assert(ask_from(false, 1000, "\0\4\0\1", 4));
	ck_assert(ask_from(false, 1000, "\0\1big\0octet", 12));
	ck_assert_uint_eq(open_files(), TFTP_TRANSFERS);
	ck_assert(ask_from(false, 5000, "\0\1big\0octet", 12));
	ck_assert_uint_eq(open_files(), TFTP_TRANSFERS);
	ck_assert(!ask_from(false, 1001, "\0\4\0\1", 4));
	ck_assert(ask_from(false, 1000, "\0\4\0\1", 4));
	check_block(2, bytes, 512);
	/* Another address's port is another. */
	g.addr4[3]++;
	ck_assert(!ask_from(false, 1000, "\0\4\0\2", 4));
}
END_TEST

START_TEST(without_a_directory_all_is_refused)
{
	tftp_close(&tftp);
	ck_assert_int_eq(tftp_open(&tftp, NULL), 0);
	ck_assert(read_file("file"));
	check_error(2);
	ck_assert_int_eq(tftp_open(&tftp, "/nonexistent"), -ENOENT);
	ck_assert_int_eq(tftp_open(&tftp, "/etc/passwd"), -ENOTDIR);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_file_is_read,
		a_file_of_whole_blocks_ends_with_an_empty_one,
		ipv6_is_served,
		options_are_taken,
		a_file_may_be_of_any_size,
		only_regular_files_beneath_are_read,
		only_regular_files_beneath_are_read_by_old_kernels,
		a_folder_renamed_elsewhere_does_not_matter,
		other_requests_are_refused,
		a_wrong_checksum_has_no_answer,
		the_oldest_transfer_gives_way,
		without_a_directory_all_is_refused,
		NULL,
	};

	return unit_run(unit_suite_fixture("tftp", tests, setup, teardown));
}
