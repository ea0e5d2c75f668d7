/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * http.h - a server's HTTP/1.1, with persistent connections
 *
 *	GET /seq/N	N
 *	GET /bytes/N	N bytes of pattern.h
 *	GET /stats	the counters, one "name value" per line
 *	GET /quit	ends the guest
 *	POST /sink	how many bytes came
 *	POST /check	the same, if they are those of pattern.h; else where
 *			they are not
 *
 * One request is answered at a time, the next is taken up when the answer
 * has been acknowledged.
 */
#ifndef GUEST_NET_HTTP_H
#define GUEST_NET_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tcp_conn;

enum { HTTP_REQUEST_MAX = 512, HTTP_ANSWER_MAX = 1024 };

/* A connection's part. */
struct http {
	char request[HTTP_REQUEST_MAX];
	size_t request_len;
	/* What is left of a request's body, and what came of it. */
	uint64_t body_left, body_len;
	bool check, close;
	/* Where the first byte was that is not the pattern's, or -1. */
	int64_t wrong;
	/* The answer: its position, its head or all of it, and how much of
	 * the pattern follows. */
	uint64_t start, pattern_len;
	char answer[HTTP_ANSWER_MAX];
	size_t answer_len;
};

/* Somebody asked for the guest's end. */
extern bool http_quit;

/* Called for what GET /stats shows beside this library's own counters. */
extern void (*http_more_stats)(void (*show)(const char *name, uint64_t value));

void http_init(void);
void http_open(struct http *http);

/* Take some of @len bytes; returns how many. */
size_t http_input(struct tcp_conn *conn, const uint8_t *data, size_t len);

/* All was acknowledged. */
void http_acked(struct tcp_conn *conn);

/* How many bytes it would take now. */
size_t http_room(const struct tcp_conn *conn);

/* The stream's bytes at @position: up to *@len of them. */
const void *http_bytes(const struct tcp_conn *conn, uint64_t position,
		       size_t *len);

#endif
