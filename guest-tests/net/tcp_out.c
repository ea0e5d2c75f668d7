/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tcp_out.c - what goes out, and when again
 */
#include "guest-tests/lib/clock.h"
#include "guest-tests/lib/string.h"
#include "guest-tests/net/tcp.h"

enum {
	RETRANSMIT_MS = 500,
	RETRANSMIT_DOUBLINGS = 4,
	/* Large enough to be worth cutting, small enough for two to be within
	 * a window. */
	CUT_MAX = 32768,
	OPTION_MSS = 2,
	OPTION_MSS_LEN = 4,
	OPTION_NOP = 1,
	OPTION_SCALE = 3,
	OPTION_SCALE_LEN = 3,
};

/* Headers as they are sent. */
struct head {
	uint8_t ip[IP_HEAD];
	struct tcp tcp;
	uint8_t options[OPTION_MSS_LEN + 1 + OPTION_SCALE_LEN];
} __attribute__((packed));

/* Those with something to send, in the order they got it. */
static struct tcp_conn *first_ready, **last_ready = &first_ready;

void tcp_ready(struct tcp_conn *conn)
{
	if (conn->ready)
		return;
	conn->ready = true;
	conn->next_ready = NULL;
	*last_ready = conn;
	last_ready = &conn->next_ready;
}

bool tcp_output(void)
{
	while (first_ready) {
		struct tcp_conn *conn = first_ready;

		if (conn->used && !tcp_send(conn))
			return true;
		first_ready = conn->next_ready;
		if (!first_ready)
			last_ready = &first_ready;
		conn->ready = false;
	}
	return false;
}

static void arm(struct tcp_conn *conn)
{
	unsigned doublings = conn->retries;

	if (doublings > RETRANSMIT_DOUBLINGS)
		doublings = RETRANSMIT_DOUBLINGS;
	conn->deadline = clock_after(RETRANSMIT_MS << doublings);
}

void tcp_restart_timer(struct tcp_conn *conn)
{
	conn->retries = 0;
	conn->deadline = 0;
	if (conn->sent > conn->acked)
		arm(conn);
}

/* Send @head, complete but for the checksum, of @head_len bytes. */
static bool emit(const struct ip_peer *to, struct head *head, size_t head_len,
		 const void *data, size_t len, uint16_t segment)
{
	size_t tcp_len = head_len - IP_HEAD;
	uint64_t sum =
		checksum_pseudo(IP_SELF, to->addr, IPV4_TCP, tcp_len + len);
	struct nic_out out = { .head = head,
			       .head_len = head_len,
			       .body = data,
			       .body_len = len };

	ip_head(head->ip, to, IPV4_TCP, tcp_len + len);
	head->tcp.offset = tcp_len / 4 << 4;
	if (nic.checksum) {
		head->tcp.checksum = checksum_fold(sum);
		out.checksum = IP_HEAD;
		out.checksum_at = offsetof(struct tcp, checksum);
		out.segment = len > segment ? segment : 0;
	} else {
		sum = checksum_add(sum, &head->tcp, tcp_len);
		sum = checksum_add(sum, data, len);
		head->tcp.checksum = ~checksum_fold(sum);
	}
	return nic_send(&out);
}

static uint16_t window(const struct tcp_conn *conn)
{
	size_t room = http_room(conn);

	return room < TCP_WINDOW ? room : TCP_WINDOW;
}

static void start_head(const struct tcp_conn *conn, struct head *head,
		       uint8_t flags, uint32_t seq)
{
	*head = (struct head){
		.tcp = { .from = be16(TCP_PORT),
			 .to = conn->peer.port,
			 .seq = be32(seq),
			 .ack = be32(conn->expected),
			 .flags = flags | TCP_ACK,
			 .window = be16(window(conn)) },
	};
}

/* Send @len bytes from where we are; and a FIN.  What probes a closed window
 * does not count as sent, or everything after it would be outside of it. */
static bool send_data(struct tcp_conn *conn, const void *data, size_t len,
		      bool fin)
{
	uint64_t after = conn->sent + len;
	uint8_t flags = len && after == conn->end ? TCP_PSH : 0;
	struct head head;

	start_head(conn, &head, flags | (fin ? TCP_FIN : 0),
		   conn->first_seq + (uint32_t)conn->sent);
	if (!emit(&conn->peer, &head, offsetof(struct head, options), data, len,
		  conn->segment))
		return false;
	conn->told_window = window(conn);
	conn->ack_due = false;
	if (after + fin > conn->highest)
		conn->highest = after + fin;
	if (!conn->probe)
		conn->sent = after + fin;
	conn->probe = false;
	return true;
}

static bool send_syn(struct tcp_conn *conn)
{
	uint16_t mss = nic.mtu - sizeof(struct ipv4) - sizeof(struct tcp);
	struct head head;

	/* It is out, and the timer runs. */
	if (conn->deadline)
		return true;
	start_head(conn, &head, TCP_SYN, conn->first_seq - 1);
	head.options[0] = OPTION_MSS;
	head.options[1] = OPTION_MSS_LEN;
	head.options[2] = mss >> 8;
	head.options[3] = mss;
	head.options[4] = OPTION_NOP;
	head.options[5] = OPTION_SCALE;
	head.options[6] = OPTION_SCALE_LEN;
	if (!emit(&conn->peer, &head,
		  sizeof(head) - !conn->scales * (1 + OPTION_SCALE_LEN), NULL,
		  0, 0))
		return false;
	conn->told_window = window(conn);
	arm(conn);
	return true;
}

/* How much may be sent at once of what is left; 0: nothing now. */
static size_t allowance(struct tcp_conn *conn, uint64_t left)
{
	uint64_t limit = conn->acked + conn->window;
	uint64_t n = limit > conn->sent ? limit - conn->sent : 0;
	size_t most = conn->segment;

	/* Cutting by the device costs it less than many frames. */
	if (nic.segments && most < CUT_MAX)
		most = CUT_MAX / most * most;
	if (n > left)
		n = left;
	else if (n < conn->segment && n < left && conn->sent > conn->acked)
		/* Rather wait for a larger window than send crumbs. */
		n = 0;
	return n < most ? n : most;
}

/* One byte, or the FIN, in spite of the closed window. */
static bool send_probe(struct tcp_conn *conn)
{
	size_t len = conn->sent < conn->end;
	const void *data = http_bytes(conn, conn->sent, &len);

	return send_data(conn, data, len, !len);
}

bool tcp_send(struct tcp_conn *conn)
{
	if (!conn->established)
		return send_syn(conn);
	if (conn->probe && !send_probe(conn))
		return false;
	while (conn->sent <= conn->end) {
		uint64_t left = conn->end - conn->sent;
		size_t len = allowance(conn, left);
		const void *data = http_bytes(conn, conn->sent, &len);
		bool fin = conn->ending && len == left;

		if (!len && !fin)
			break;
		if (!send_data(conn, data, len, fin))
			return false;
	}
	/* Something is under way, or a closed window is to be probed. */
	if (!conn->deadline && (conn->sent > conn->acked ||
				(conn->sent < conn->end && !conn->window)))
		arm(conn);
	if (!conn->ack_due)
		return true;
	return send_data(conn, NULL, 0, false);
}

void tcp_extend(struct tcp_conn *conn, uint64_t end, bool ending)
{
	conn->end = end;
	conn->ending |= ending;
	tcp_ready(conn);
}

void tcp_refuse(const struct ip_peer *to, const struct tcp *tcp, size_t len)
{
	bool has_ack = tcp->flags & TCP_ACK;
	uint32_t after =
		be32(tcp->seq) + len + !!(tcp->flags & (TCP_SYN | TCP_FIN));
	struct head head = {
		.tcp = { .from = tcp->to,
			 .to = to->port,
			 .seq = has_ack ? tcp->ack : 0,
			 .ack = has_ack ? 0 : be32(after),
			 .flags = TCP_RST | (has_ack ? 0 : TCP_ACK) },
	};

	emit(to, &head, offsetof(struct head, options), NULL, 0, 0);
}
