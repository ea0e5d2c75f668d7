/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * command.h - what a debugger's packets ask for
 *
 * Threads: one, the owner's of the server.
 */
#ifndef GDB_COMMAND_H
#define GDB_COMMAND_H

struct gdb_server;

/* Do what the packet in the server's parser asks, and answer it, unless the
 * answer is the next stop.  What is not known has the empty answer. */
void gdb_run_command(struct gdb_server *s);

/* One command: @args is what follows its name. */
typedef void gdb_command(struct gdb_server *s, const char *args);

/* access.c */
gdb_command gdb_get_registers;
gdb_command gdb_set_registers;
gdb_command gdb_get_register;
gdb_command gdb_set_register;
gdb_command gdb_read_memory;
gdb_command gdb_write_hex;
gdb_command gdb_write_binary;
gdb_command gdb_insert_breakpoint;
gdb_command gdb_remove_breakpoint;

/* query.c */
gdb_command gdb_why_stopped;
gdb_command gdb_is_alive;
gdb_command gdb_features;
gdb_command gdb_start_no_ack;
gdb_command gdb_read_description;
gdb_command gdb_first_threads;
gdb_command gdb_no_more_threads;
gdb_command gdb_describe_thread;
gdb_command gdb_current_thread;
gdb_command gdb_was_attached;
gdb_command gdb_what_can_resume;
gdb_command gdb_monitor;

#endif
