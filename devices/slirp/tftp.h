/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tftp.h - a TFTP server for reading regular files beneath a directory
 *
 * RFC 1350, in mode octet; options by RFC 2347: the block size (RFC 2348) and
 * the size of the file (RFC 2349).  Block numbers begin anew at 0 after 65,535,
 * so files may be of any size.
 *
 * It answers packets with packets and has no timer: nothing gets lost on the
 * way to the guest, and a client that thinks otherwise sends its
 * acknowledgement again and gets the block again.  At most TFTP_TRANSFERS files
 * are open; above that, the transfer that was unused for longest ends.
 *
 * One thread, which may have to wait for a file (tftp_worker.h).
 */
#ifndef DEVICES_SLIRP_TFTP_H
#define DEVICES_SLIRP_TFTP_H

#include "devices/firewall/packet.h"
#include "devices/nat/net_end.h"

enum {
	TFTP_PORT = 69,
	TFTP_TRANSFERS = 16,
	/* The block size without the option. */
	TFTP_BLOCK = 512,
	/* RFC 2348. */
	TFTP_BLOCK_MIN = 8,
	TFTP_BLOCK_MAX = 65464,
	TFTP_NAME_MAX = 512,
};

struct tftp_transfer {
	/* The client, and the descriptor of the file; -1: the transfer is
	 * unused. */
	struct net_end client;
	int fd;
	/* The block size in bytes, and the number of the last block that was
	 * sent. */
	size_t block_size;
	uint64_t block;
	/* That block was the file's last. */
	bool last;
	uint64_t last_used;
};

struct tftp {
	/* The directory; -1: there is none, and each request is refused. */
	int dir;
	/* The largest IP packet to the client, in bytes. */
	unsigned mtu;
	uint64_t clock;
	struct tftp_transfer transfers[TFTP_TRANSFERS];
};

/* Serve the directory @path, NULL for none.  -errno if it can't be opened. */
int tftp_open(struct tftp *tftp, const char *path);

/* tftp_reset() ends all transfers; tftp_close() closes the directory, too. */
void tftp_reset(struct tftp *tftp);
void tftp_close(struct tftp *tftp);

/*
 * Handle @request, a UDP packet from the guest for the server.  Returns the
 * length of the frame that answers it, written to @out; 0: there is no answer.
 */
size_t tftp_input(struct tftp *tftp, const struct packet *request,
		  uint8_t out[ETHER_MAX]);

#endif
