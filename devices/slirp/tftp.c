/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "devices/slirp/tftp.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"
#include "devices/nat/ip_frame.h"
#include "devices/slirp/beneath.h"

enum tftp_opcode {
	TFTP_READ = 1,
	TFTP_WRITE = 2,
	TFTP_DATA = 3,
	TFTP_ACK = 4,
	TFTP_ERROR = 5,
	TFTP_OPTIONS_ACK = 6,
};

enum tftp_error {
	TFTP_OTHER = 0,
	TFTP_NOT_FOUND = 1,
	TFTP_NO_ACCESS = 2,
	TFTP_ILLEGAL = 4,
};

/* An opcode and a block number or error. */
enum { TFTP_HEADER = 4 };

/* A request, and the answer that is being written. */
struct exchange {
	struct tftp *tftp;
	const struct packet *request;
	/* What is left of the request after the opcode: strings, and the end of
	 * the last. */
	const char *at, *end;
	uint8_t *out;
};

int tftp_open(struct tftp *tftp, const char *path)
{
	*tftp = (struct tftp){ .dir = -1, .mtu = ETHER_MAX - ETHER_HEADER };
	for (unsigned i = 0; i < TFTP_TRANSFERS; i++)
		tftp->transfers[i].fd = -1;
	if (!path)
		return 0;
	tftp->dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return tftp->dir < 0 ? -errno : 0;
}

static void end(struct tftp_transfer *t)
{
	close_fd(&t->fd);
	*t = (struct tftp_transfer){ .fd = -1 };
}

void tftp_reset(struct tftp *tftp)
{
	for (unsigned i = 0; i < TFTP_TRANSFERS; i++)
		end(&tftp->transfers[i]);
}

void tftp_close(struct tftp *tftp)
{
	tftp_reset(tftp);
	close_fd(&tftp->dir);
}

/* ---- Transfers. ---- */

static struct net_end client_of(const struct packet *p)
{
	return net_end_of(p->addrs, p->addr_len, get_be16(p->payload));
}

static struct tftp_transfer *find(struct tftp *tftp, const struct packet *p)
{
	struct net_end client = client_of(p);

	for (unsigned i = 0; i < TFTP_TRANSFERS; i++)
		if (net_end_is(&tftp->transfers[i].client, &client))
			return &tftp->transfers[i];
	return NULL;
}

/* An unused transfer, or the one that was unused for longest. */
static struct tftp_transfer *oldest(struct tftp *tftp)
{
	struct tftp_transfer *t = tftp->transfers;

	for (unsigned i = 1; i < TFTP_TRANSFERS; i++)
		if (tftp->transfers[i].last_used < t->last_used)
			t = &tftp->transfers[i];
	return t;
}

/* Begin a transfer for a new request in @p, which reads from @fd. */
static struct tftp_transfer *begin(struct tftp *tftp, const struct packet *p,
				   int fd)
{
	struct tftp_transfer *t = find(tftp, p);

	if (!t)
		t = oldest(tftp);
	end(t);
	*t = (struct tftp_transfer){ .client = client_of(p),
				     .fd = fd,
				     .block_size = TFTP_BLOCK,
				     .last_used = ++tftp->clock };
	return t;
}

/* ---- Answers. ---- */

/* Where the answer's data goes. */
static uint8_t *data_of(const struct exchange *x)
{
	return x->out + udp_frame_headers(x->request->addr_len);
}

static size_t answer(const struct exchange *x, enum tftp_opcode opcode,
		     size_t len)
{
	const struct packet *p = x->request;
	struct net_end to = client_of(p);
	struct net_end from = net_end_of(p->addrs + p->addr_len, p->addr_len,
					 get_be16(p->payload + 2));

	put_be16(data_of(x), (uint16_t)opcode);
	return udp_frame_write(x->out, p->frame, p->frame + 6, &from, &to, len);
}

static size_t refuse(const struct exchange *x, enum tftp_error error,
		     const char *text)
{
	uint8_t *data = data_of(x);
	size_t len = strlen(text) + 1;

	put_be16(data + 2, (uint16_t)error);
	memcpy(data + TFTP_HEADER, text, len);
	return answer(x, TFTP_ERROR, TFTP_HEADER + len);
}

static size_t refuse_file(const struct exchange *x, int error)
{
	switch (error) {
	case -ENOENT:
	case -ENOTDIR:
		return refuse(x, TFTP_NOT_FOUND, "File not found");
	case -EISDIR:
		return refuse(x, TFTP_NO_ACCESS, "Is a directory");
	case -EXDEV:
	case -ELOOP:
		return refuse(x, TFTP_NO_ACCESS, "Outside of the directory");
	default:
		return refuse(x, TFTP_NO_ACCESS, "Access violation");
	}
}

/* Send the current block of @t. */
static size_t send_block(const struct exchange *x, struct tftp_transfer *t)
{
	uint8_t *data = data_of(x);
	off_t at = (off_t)((t->block - 1) * t->block_size);
	ssize_t n = pread(t->fd, data + TFTP_HEADER, t->block_size, at);

	if (n < 0) {
		end(t);
		return refuse(x, TFTP_OTHER, "Cannot be read");
	}
	t->last = (size_t)n < t->block_size;
	put_be16(data + 2, (uint16_t)t->block);
	return answer(x, TFTP_DATA, TFTP_HEADER + (size_t)n);
}

/* ---- Requests. ---- */

/* The next string of the request, or NULL. */
static const char *next_string(struct exchange *x)
{
	const char *string = x->at;
	size_t len = strnlen(string, (size_t)(x->end - string));

	if (len == (size_t)(x->end - string))
		return NULL;
	x->at = string + len + 1;
	return string;
}

/* The largest block that fits into a packet for the client. */
static size_t block_max(const struct exchange *x)
{
	size_t headers = udp_frame_headers(x->request->addr_len) -
			 ETHER_HEADER + TFTP_HEADER;

	return MIN((size_t)TFTP_BLOCK_MAX, x->tftp->mtu - headers);
}

/* Handle an option, and write the answer to it to @text, which has room for
 * @room bytes.  Returns the length of the answer; 0: the option is not
 * known. */
static size_t take_option(const struct exchange *x, struct tftp_transfer *t,
			  const char *name, const char *value, char *text,
			  size_t room)
{
	unsigned long number = strtoul(value, NULL, 10);
	struct stat st;

	if (strcasecmp(name, "blksize") == 0 && number >= TFTP_BLOCK_MIN) {
		t->block_size = MIN(number, block_max(x));
		number = t->block_size;
	} else if (strcasecmp(name, "tsize") == 0 && fstat(t->fd, &st) == 0) {
		number = (unsigned long)st.st_size;
	} else {
		return 0;
	}
	return (size_t)snprintf(text, room, "%s%c%lu", name, 0, number) + 1;
}

/* Write the answer to the request's options; 0: none of them is known. */
static size_t take_options(struct exchange *x, struct tftp_transfer *t)
{
	char *text = (char *)data_of(x) + 2;
	const char *name, *value;
	size_t len = 0, room = TFTP_BLOCK - 2;
	bool took_size = false, took_block = false;

	while ((name = next_string(x)) && (value = next_string(x))) {
		bool *took = strcasecmp(name, "tsize") == 0 ? &took_size :
							      &took_block;
		size_t n = *took ? 0 :
				   take_option(x, t, name, value, text + len,
					       room - len);

		*took |= n > 0;
		len += n;
	}
	return len ? answer(x, TFTP_OPTIONS_ACK, 2 + len) : 0;
}

static size_t take_read(struct exchange *x)
{
	const char *name = next_string(x);
	const char *mode = name ? next_string(x) : NULL;
	struct tftp_transfer *t;
	size_t len;
	int fd;

	if (!mode || strlen(name) > TFTP_NAME_MAX)
		return refuse(x, TFTP_ILLEGAL, "Illegal request");
	if (strcasecmp(mode, "octet") != 0)
		return refuse(x, TFTP_ILLEGAL, "Only mode octet is served");
	if (x->tftp->dir < 0)
		return refuse(x, TFTP_NO_ACCESS, "No directory is served");
	name += strspn(name, "/");
	fd = beneath_open(x->tftp->dir, name);
	if (fd < 0)
		return refuse_file(x, fd);
	t = begin(x->tftp, x->request, fd);
	len = take_options(x, t);
	if (len)
		return len;
	t->block = 1;
	return send_block(x, t);
}

/* Send the next block, or the last one again. */
static size_t take_ack(const struct exchange *x, struct tftp_transfer *t,
		       uint16_t block)
{
	uint16_t ahead = (uint16_t)(t->block - block);

	t->last_used = ++x->tftp->clock;
	if (ahead > 1 || (ahead == 1 && !t->block))
		return 0;
	if (ahead == 0 && t->last) {
		end(t);
		return 0;
	}
	t->block += ahead == 0;
	return send_block(x, t);
}

size_t tftp_input(struct tftp *tftp, const struct packet *request,
		  uint8_t out[ETHER_MAX])
{
	const uint8_t *udp = request->payload, *data = udp + UDP_HEADER;
	size_t len = get_be16(udp + 4) - (size_t)UDP_HEADER;
	struct tftp_transfer *t = find(tftp, request);
	struct exchange x = { .tftp = tftp,
			      .request = request,
			      .at = (const char *)data + 2,
			      .end = (const char *)data + len,
			      .out = out };

	if (len < TFTP_HEADER || !packet_is_sound(request))
		return 0;
	switch (get_be16(data)) {
	case TFTP_READ:
		return take_read(&x);
	case TFTP_WRITE:
		return refuse(&x, TFTP_NO_ACCESS, "Files can only be read");
	case TFTP_ACK:
		return t ? take_ack(&x, t, get_be16(data + 2)) : 0;
	case TFTP_ERROR:
		if (t)
			end(t);
		return 0;
	default:
		return 0;
	}
}
