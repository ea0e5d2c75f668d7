/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <string.h>

#include "guest-tests/netpeer/peer.h"

static const struct {
	const char *name;
	void (*run)(char **arg);
	int n_args;
	const char *args;
} commands[] = {
	{ "get", cmd_get, 2, "PORT PATH" },
	{ "seq", cmd_seq, 3, "PORT COUNT CONNECTIONS" },
	{ "connect", cmd_connect, 3, "PORT COUNT AT-ONCE" },
	{ "pull", cmd_pull, 3, "PORT BYTES STREAMS [check]" },
	{ "push", cmd_push, 3, "PORT BYTES STREAMS [check]" },
	{ "slow", cmd_slow, 3, "PORT BYTES BUFFER" },
	{ "udp", cmd_udp, 3, "PORT COUNT WINDOW" },
	{ "ping", cmd_ping, 2, "PORT COUNT" },
	{ "send", cmd_send, 2, "PORT BYTES" },
	{ "echo", cmd_echo, 0, "" },
	{ "ports", cmd_ports, 0, "" },
	{ "deaf", cmd_deaf, 1, "PATH" },
	{ "idle", cmd_idle, 2, "PORT COUNT" },
};

int main(int argc, char **argv)
{
	size_t n = sizeof(commands) / sizeof(commands[0]);

	for (size_t i = 0; i < n; i++) {
		if (argc < 2 || strcmp(argv[1], commands[i].name) != 0 ||
		    argc - 2 < commands[i].n_args)
			continue;
		commands[i].run(argv + 2);
		return 0;
	}
	fputs("usage: netpeer COMMAND ARGUMENT...\n", stderr);
	for (size_t i = 0; i < n; i++)
		fprintf(stderr, "  %s %s\n", commands[i].name,
			commands[i].args);
	return 2;
}
