// SPDX-License-Identifier: GPL-2.0
/*
 * connstorm - many TCP connections over loopback, as fast as it goes.
 *
 * usage: connstorm COUNT [ipv6] [reset] [hold] [port=N]
 *
 * Opens COUNT connections one after the other to a listener of its own, each
 * with a byte each way, and closes them, the client first; with "reset" that
 * sends a RST.  With "hold" it closes none, prints "holding", and waits for a
 * signal.  It listens at a port that the kernel chooses, or at N.  The listener's
 * address changes from connection to connection, so that ports do not run out;
 * IPv6 has but one.
 * Exit status: 0 if every connection did what it should.
 */
#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define ADDRESSES	16

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static int listen_anywhere(union address *at, int family, int port)
{
	socklen_t length = sizeof(*at);
	int fd = socket(family, SOCK_STREAM, 0);

	memset(at, 0, sizeof(*at));
	at->any.sa_family = family;
	/* Of both families the port is at the same place. */
	at->v4.sin_port = htons(port);
	if (fd < 0 || bind(fd, &at->any, sizeof(*at)) || listen(fd, 64) ||
	    getsockname(fd, &at->any, &length))
		err(1, "listener");
	if (family == AF_INET6)
		at->v6.sin6_addr = in6addr_loopback;
	return fd;
}

static void talk(int from, int to)
{
	char byte = 'x';

	if (write(from, &byte, 1) != 1 || read(to, &byte, 1) != 1)
		err(1, "byte");
}

int main(int argc, char **argv)
{
	struct rlimit files = { 1000000, 1000000 };
	long i, count = argc > 1 ? atol(argv[1]) : 0;
	int hold = 0, reset = 0, port = 0, family = AF_INET, listener;
	struct linger at_once = { 1, 0 };
	union address at;

	if (count <= 0)
		errx(2, "usage: connstorm COUNT [ipv6] [reset] [hold] [port=N]");
	for (i = 2; i < argc; i++) {
		if (!strcmp(argv[i], "ipv6"))
			family = AF_INET6;
		hold |= !strcmp(argv[i], "hold");
		reset |= !strcmp(argv[i], "reset");
		if (!strncmp(argv[i], "port=", 5))
			port = atoi(argv[i] + 5);
	}
	if (hold && setrlimit(RLIMIT_NOFILE, &files))
		err(1, "setrlimit");
	listener = listen_anywhere(&at, family, port);
	for (i = 0; i < count; i++) {
		int client = socket(family, SOCK_STREAM, 0), server;

		if (family == AF_INET)
			at.v4.sin_addr.s_addr =
				htonl(INADDR_LOOPBACK + i % ADDRESSES);
		if (connect(client, &at.any, sizeof(at)))
			err(1, "connect %ld", i);
		server = accept(listener, NULL, NULL);
		if (server < 0)
			err(1, "accept %ld", i);
		talk(client, server);
		talk(server, client);
		if (hold)
			continue;
		if (reset && setsockopt(client, SOL_SOCKET, SO_LINGER,
					&at_once, sizeof(at_once)))
			err(1, "linger");
		close(client);
		close(server);
	}
	if (hold) {
		puts("holding");
		fflush(stdout);
		pause();
	}
	return 0;
}
