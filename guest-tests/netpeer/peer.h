/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * peer.h - what talks to the guest net_server.c, on the host
 *
 * Each command is one test or measurement against the port that the guest's
 * is forwarded from. It prints "NAME NUMBER" lines; what is wrong ends the
 * program with a line on stderr and status 1. Single-threaded.
 */
#ifndef GUEST_NETPEER_PEER_H
#define GUEST_NETPEER_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	/* Nothing takes that long but a hang. */
	PEER_PATIENCE_MS = 30000,
};

/* The commands; @arg are their arguments, at least as many as main.c says. */
void cmd_get(char **arg);
void cmd_seq(char **arg);
void cmd_connect(char **arg);
void cmd_pull(char **arg);
void cmd_push(char **arg);
void cmd_slow(char **arg);
void cmd_udp(char **arg);
void cmd_ping(char **arg);
void cmd_send(char **arg);
void cmd_echo(char **arg);
void cmd_ports(char **arg);
void cmd_deaf(char **arg);
void cmd_idle(char **arg);

/* util.c */
_Noreturn void fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
uint64_t now_ns(void);
uint64_t to_number(const char *text);
void show(const char *name, double value);
/* Percentiles of @n nanoseconds, which are sorted for it, as microseconds. */
void show_latency(uint64_t *ns, size_t n);

/* A connection to the port on 127.0.0.1, or a datagram socket. */
int tcp_connect(unsigned port);
int udp_connect(unsigned port);

/* Wait until the socket can be read; fails after PEER_PATIENCE_MS. */
void await_input(int fd);

/* Send all of it. */
void send_all(int fd, const void *data, size_t len);

/* http.c */
/* Send a request without a body. */
void request(int fd, const char *method, const char *path, const char *more);

/*
 * Read the head of an answer: the length of its body, of which *@len bytes
 * are in @buf, of @size, already.
 */
uint64_t read_head(int fd, char *buf, size_t size, size_t *len);

/* A page of the guest's, as a string in @buf. */
void get_page(unsigned port, const char *path, char *buf, size_t size);

/* A counter from /stats. */
uint64_t guest_counter(unsigned port, const char *name);

#endif
