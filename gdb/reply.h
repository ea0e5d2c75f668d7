/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reply.h - what the commands of a debugger have in common: taking arguments
 * and giving an answer
 *
 * Threads: one, the owner's of the server.
 */
#ifndef GDB_REPLY_H
#define GDB_REPLY_H

#include <stdbool.h>
#include <stdint.h>

struct gdb_server;

/* Send '+' or '-'. */
void gdb_send_byte(struct gdb_server *s, char c);

/* Send the reply, and begin a new one. */
void gdb_send_reply(struct gdb_server *s);

/* The reply is the error @err, a negative errno. */
void gdb_put_error(struct gdb_server *s, int err);

/* The same, or OK if @err is 0. */
void gdb_put_result(struct gdb_server *s, int err);

/* The reply is why the machine has stopped. */
void gdb_put_stop(struct gdb_server *s);

/* How many threads the debugger sees. */
unsigned gdb_n_threads(const struct gdb_server *s);

/* A thread's id at *@p: from 1, or 0 and -1 for any, which is @any.  False: no
 * such thread. */
bool gdb_take_thread(const struct gdb_server *s, const char **p, unsigned any,
		     unsigned *thread);

/* ADDR,LENGTH at *@p; false: that is not there. */
bool gdb_take_range(const char **p, uint64_t *addr, uint64_t *len);

#endif
