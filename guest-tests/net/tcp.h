/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tcp.h - a server's TCP (RFC 9293), for a link that hardly loses anything
 *
 * Connections are accepted on TCP_PORT and belong to http.h, whose streams
 * are pure functions of the position: nothing is kept for being sent again.
 * After a loss all from there on is sent again, what comes out of order is
 * dropped, and there is neither congestion control nor a round-trip
 * estimate.  A peer whose window is closed is probed for ever.
 *
 * Positions count the bytes of a stream, from 0, and do not wrap.
 */
#ifndef GUEST_NET_TCP_H
#define GUEST_NET_TCP_H

#include "guest-tests/net/http.h"
#include "guest-tests/net/ip.h"

enum {
	TCP_PORT = 80,
	TCP_CONNECTIONS = 12288,
	/* What we take; our own windows are not shifted. */
	TCP_WINDOW = 65535,
};

struct tcp_conn {
	struct ip_peer peer;
	struct tcp_conn *next_in_bucket, *next_ready;
	/* Of a slot that nobody uses all are false. */
	bool used, ready;
	/* Our SYN was acknowledged; the peer's FIN came. */
	bool established, peer_ended;
	/* The stream ends at @end; then comes a FIN, of one position. */
	bool ending;
	/* Owes the peer an acknowledgement. */
	bool ack_due;
	/* Is to send a byte in spite of a closed window. */
	bool probe;
	/* Sending: the sequence number of position 0, what is acknowledged,
	 * what has been sent, and how far the stream goes as yet. */
	uint32_t first_seq;
	uint64_t acked, sent, end;
	/* The furthest ever sent. */
	uint64_t highest;
	/* As the peer offers, and how small ours was when it was last told of.
	 */
	uint32_t window, told_window;
	/* It scales windows (RFC 7323), and by how much. */
	bool scales;
	uint8_t shift;
	uint16_t segment;
	/* Receiving: next expected. */
	uint32_t expected;
	/* When to send again, by the TSC; 0: never.  How often in a row. */
	uint64_t deadline;
	unsigned retries;
	struct http http;
};

struct tcp_stats {
	uint64_t opened, closed, reset, retransmits, probes, out_of_order;
	/* Connections that are open. */
	unsigned live;
};

extern struct tcp_stats tcp_stats;

/* Where the sequence numbers of connections begin; 0: anywhere. */
extern uint32_t tcp_first_seq;

/* Take a segment, whose checksum is right. */
void tcp_input(const struct ip_peer *from, const uint8_t *data, size_t len);

/* Send what there is to send; true: there is more, but no room. */
bool tcp_output(void);

/* Send again what has waited too long; to be called now and then. */
void tcp_tick(void);

/* For http.c: the stream now goes on up to @end, and ends there or not. */
void tcp_extend(struct tcp_conn *conn, uint64_t end, bool ending);

/* For tcp*.c only. */
/* Have tcp_output() look at it. */
void tcp_ready(struct tcp_conn *conn);
/* Send what the window allows; false: no room. */
bool tcp_send(struct tcp_conn *conn);
/* Answer a segment that belongs to no connection. */
void tcp_refuse(const struct ip_peer *to, const struct tcp *tcp, size_t len);
/* The peer acknowledged something, or opened its window. */
void tcp_restart_timer(struct tcp_conn *conn);

#endif
