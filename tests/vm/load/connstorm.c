// SPDX-License-Identifier: GPL-2.0
/*
 * connstorm - many TCP connections over loopback, as fast as it goes.
 *
 * usage: connstorm COUNT [hold]
 *
 * Opens COUNT connections one after the other to a listener of its own, each
 * with a byte each way, and closes them, the client first.  With "hold" it
 * closes none, prints "holding", and waits for a signal.  The listener's address
 * changes from connection to connection, so that ports do not run out.
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

static int listen_anywhere(struct sockaddr_in *at)
{
	socklen_t length = sizeof(*at);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	memset(at, 0, sizeof(*at));
	at->sin_family = AF_INET;
	if (fd < 0 || bind(fd, (struct sockaddr *)at, sizeof(*at)) ||
	    listen(fd, 64) || getsockname(fd, (struct sockaddr *)at, &length))
		err(1, "listener");
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
	int hold = argc > 2 && !strcmp(argv[2], "hold");
	struct sockaddr_in at;
	int listener;

	if (count <= 0)
		errx(2, "usage: connstorm COUNT [hold]");
	if (hold && setrlimit(RLIMIT_NOFILE, &files))
		err(1, "setrlimit");
	listener = listen_anywhere(&at);
	for (i = 0; i < count; i++) {
		int client = socket(AF_INET, SOCK_STREAM, 0), server;

		at.sin_addr.s_addr = htonl(INADDR_LOOPBACK + i % ADDRESSES);
		if (connect(client, (struct sockaddr *)&at, sizeof(at)))
			err(1, "connect %ld", i);
		server = accept(listener, NULL, NULL);
		if (server < 0)
			err(1, "accept %ld", i);
		talk(client, server);
		talk(server, client);
		if (hold)
			continue;
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
