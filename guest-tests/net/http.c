/* SPDX-License-Identifier: BSD-2-Clause */
#include "guest-tests/net/http.h"
#include "guest-tests/lib/string.h"
#include "guest-tests/net/pattern.h"
#include "guest-tests/net/tcp.h"

bool http_quit;
void (*http_more_stats)(void (*show)(const char *name, uint64_t value));

static struct pattern pattern;

/* Where show_stat() writes. */
static struct text *stats_text;

struct text {
	char bytes[HTTP_ANSWER_MAX];
	size_t len;
};

static void add(struct text *t, const char *s)
{
	while (*s && t->len < sizeof(t->bytes))
		t->bytes[t->len++] = *s++;
}

static void add_number(struct text *t, uint64_t n)
{
	char digits[24] = { 0 };
	unsigned i = sizeof(digits) - 1;

	do
		digits[--i] = '0' + n % 10;
	while (n /= 10);
	add(t, digits + i);
}

void http_init(void)
{
	pattern_fill(&pattern);
}

void http_open(struct http *http)
{
	memset(http, 0, offsetof(struct http, answer));
	http->answer_len = 0;
}

/* Answer with @body and @more bytes of the pattern. */
static void answer(struct tcp_conn *conn, const char *status,
		   const struct text *body, uint64_t more)
{
	struct http *h = &conn->http;
	struct text t = { .len = 0 };

	add(&t, "HTTP/1.1 ");
	add(&t, status);
	add(&t, "\r\nContent-Length: ");
	add_number(&t, body->len + more);
	add(&t, h->close ? "\r\nConnection: close\r\n\r\n" : "\r\n\r\n");
	h->start = conn->end;
	h->pattern_len = more;
	memcpy(h->answer, t.bytes, t.len);
	h->answer_len = body->len;
	if (h->answer_len > sizeof(h->answer) - t.len)
		h->answer_len = sizeof(h->answer) - t.len;
	memcpy(h->answer + t.len, body->bytes, h->answer_len);
	h->answer_len += t.len;
	tcp_extend(conn, h->start + h->answer_len + more, h->close);
}

static void show_stat(const char *name, uint64_t value)
{
	add(stats_text, name);
	add(stats_text, " ");
	add_number(stats_text, value);
	add(stats_text, "\n");
}

static void add_stats(struct text *t)
{
	stats_text = t;
	show_stat("rx_frames", nic.rx_frames);
	show_stat("rx_bytes", nic.rx_bytes);
	show_stat("tx_frames", nic.tx_frames);
	show_stat("tx_bytes", nic.tx_bytes);
	show_stat("tx_full", nic.tx_full);
	show_stat("tcp_opened", tcp_stats.opened);
	show_stat("tcp_closed", tcp_stats.closed);
	show_stat("tcp_reset", tcp_stats.reset);
	show_stat("tcp_live", tcp_stats.live);
	show_stat("tcp_retransmits", tcp_stats.retransmits);
	show_stat("tcp_probes", tcp_stats.probes);
	show_stat("tcp_out_of_order", tcp_stats.out_of_order);
	show_stat("bad_checksum", ip_stats.bad_checksum);
	if (http_more_stats)
		http_more_stats(show_stat);
}

/* Does @s begin with @word?  Then @s is moved behind it. */
static bool starts(const char **s, const char *word)
{
	if (memcmp(*s, word, strlen(word)) != 0)
		return false;
	*s += strlen(word);
	return true;
}

static uint64_t number(const char *s)
{
	uint64_t n = 0;

	for (; *s >= '0' && *s <= '9'; s++)
		n = n * 10 + *s - '0';
	return n;
}

static void get(struct tcp_conn *conn, const char *what)
{
	struct text body = { .len = 0 };

	if (starts(&what, "/seq/")) {
		add_number(&body, number(what));
		answer(conn, "200 OK", &body, 0);
	} else if (starts(&what, "/bytes/")) {
		answer(conn, "200 OK", &body, number(what));
	} else if (starts(&what, "/stats")) {
		add_stats(&body);
		answer(conn, "200 OK", &body, 0);
	} else if (starts(&what, "/quit")) {
		http_quit = true;
		answer(conn, "200 OK", &body, 0);
	} else {
		answer(conn, "404 Not Found", &body, 0);
	}
}

/* The body of a POST has come. */
static void posted(struct tcp_conn *conn)
{
	struct text body = { .len = 0 };

	if (conn->http.wrong >= 0) {
		add(&body, "wrong at ");
		add_number(&body, conn->http.wrong);
	} else {
		add_number(&body, conn->http.body_len);
	}
	answer(conn, "200 OK", &body, 0);
}

static void post(struct tcp_conn *conn, const char *what)
{
	const char *len = str_find(what, "\r\nContent-Length: ");
	struct http *h = &conn->http;

	h->check = starts(&what, "/check");
	h->wrong = -1;
	h->body_len = 0;
	h->body_left = len ? number(len + strlen("\r\nContent-Length: ")) : 0;
	if (!h->body_left)
		posted(conn);
}

/* Whether an answer is not yet wholly acknowledged. */
static bool is_busy(const struct tcp_conn *conn)
{
	return conn->acked < conn->end || conn->ending;
}

/* Forget the first @n bytes of what was requested. */
static void consume(struct http *h, size_t n)
{
	h->request_len -= n;
	for (size_t i = 0; i < h->request_len; i++)
		h->request[i] = h->request[i + n];
}

static size_t take_body(struct tcp_conn *conn, const void *data, size_t len)
{
	struct http *h = &conn->http;

	if (len > h->body_left)
		len = h->body_left;
	if (len > PATTERN_RUN)
		len = PATTERN_RUN;
	if (h->check && h->wrong < 0 &&
	    memcmp(data, pattern_at(&pattern, h->body_len), len) != 0)
		h->wrong = h->body_len;
	h->body_len += len;
	h->body_left -= len;
	if (!h->body_left)
		posted(conn);
	return len;
}

/* The length of the head of a request, which does not end before @from; 0: it
 * has not wholly come. */
static size_t head_len(const struct http *h, size_t from)
{
	for (size_t i = from + 4; i <= h->request_len; i++)
		if (!memcmp(h->request + i - 4, "\r\n\r\n", 4))
			return i;
	return 0;
}

/* Answer the request whose head is of @len bytes. */
static void take_request(struct tcp_conn *conn, size_t len)
{
	struct http *h = &conn->http;
	const char *s = h->request;

	h->request[len - 1] = 0;
	h->close = str_find(s, "\r\nConnection: close");
	if (starts(&s, "GET "))
		get(conn, s);
	else if (starts(&s, "POST "))
		post(conn, s);
	else
		answer(conn, "400 Bad Request", &(struct text){ .len = 0 }, 0);
	consume(h, len);
	if (h->body_left && h->request_len)
		consume(h, take_body(conn, h->request, h->request_len));
}

size_t http_room(const struct tcp_conn *conn)
{
	const struct http *h = &conn->http;

	if (h->body_left || !is_busy(conn))
		return TCP_WINDOW;
	return sizeof(h->request) - h->request_len;
}

static void refuse(struct tcp_conn *conn)
{
	conn->http.close = true;
	answer(conn, "431 Request Header Fields Too Large",
	       &(struct text){ .len = 0 }, 0);
}

size_t http_input(struct tcp_conn *conn, const uint8_t *data, size_t len)
{
	struct http *h = &conn->http;
	size_t old = h->request_len, head;

	if (h->body_left)
		return take_body(conn, data, len);
	if (len > sizeof(h->request) - old)
		len = sizeof(h->request) - old;
	memcpy(h->request + old, data, len);
	h->request_len += len;
	if (is_busy(conn))
		return len;
	head = head_len(h, old < 3 ? 0 : old - 3);
	if (!head) {
		if (h->request_len == sizeof(h->request))
			refuse(conn);
		return len;
	}
	/* What follows is still to be taken, perhaps as a body. */
	h->request_len = head;
	take_request(conn, head);
	return head - old;
}

void http_acked(struct tcp_conn *conn)
{
	struct http *h = &conn->http;
	size_t head = head_len(h, 0);

	if (head && !is_busy(conn))
		take_request(conn, head);
	if (conn->peer_ended && !is_busy(conn))
		tcp_extend(conn, conn->end, true);
	else if (conn->told_window < HTTP_REQUEST_MAX)
		conn->ack_due = true;
}

const void *http_bytes(const struct tcp_conn *conn, uint64_t position,
		       size_t *len)
{
	const struct http *h = &conn->http;
	uint64_t at = position - h->start;

	if (at < h->answer_len) {
		if (*len > h->answer_len - at)
			*len = h->answer_len - at;
		return h->answer + at;
	}
	at -= h->answer_len;
	if (*len > PATTERN_RUN)
		*len = PATTERN_RUN;
	return pattern_at(&pattern, at);
}
