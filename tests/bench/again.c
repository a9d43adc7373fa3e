// SPDX-License-Identifier: GPL-2.0
/*
 * again - what a connection costs whose socket had many before, in instructions.
 *
 * usage: again COUNT
 *
 * For a guest whose clock counts instructions (1 ns is one) and skips what is
 * idle.  One socket connects COUNT times on loopback, each time anew, and leaves as
 * many timewait_socks, all with its cookie.  Prints as JSON, counted for the whole
 * machine, what one connection costs until both ends are closed:
 *
 *   first   of the first tenth of them
 *   last    of the last tenth
 */
#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S	1000000000LL

static int64_t clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

/* The socket connects, closes first, and is as new again. */
static void turn(int client, int listener, const struct sockaddr_in *at)
{
	const struct sockaddr nowhere = { .sa_family = AF_UNSPEC };
	int server;
	char byte;

	if (connect(client, (struct sockaddr *)at, sizeof(*at)))
		err(1, "connect");
	server = accept(listener, NULL, NULL);
	if (server < 0)
		err(1, "accept");
	if (shutdown(client, SHUT_WR) || read(server, &byte, 1) || close(server) ||
	    read(client, &byte, 1))
		err(1, "close");
	if (connect(client, &nowhere, sizeof(nowhere)))
		err(1, "connect nowhere");
}

/* The cost of one of COUNT connections. */
static double turns(int client, int listener, const struct sockaddr_in *at, long count)
{
	int64_t start_ns = clock_ns();

	for (long i = 0; i < count; i++)
		turn(client, listener, at);
	return (double)(clock_ns() - start_ns) / count;
}

int main(int argc, char **argv)
{
	struct sockaddr_in at = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t length = sizeof(at);
	int client = socket(AF_INET, SOCK_STREAM, 0);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	long tenth = argc == 2 ? atol(argv[1]) / 10 : 0;
	double first, last;

	if (tenth <= 0)
		errx(2, "usage: again COUNT");
	if (bind(listener, (struct sockaddr *)&at, sizeof(at)) ||
	    listen(listener, 16) ||
	    getsockname(listener, (struct sockaddr *)&at, &length))
		err(1, "listener");
	first = turns(client, listener, &at, tenth);
	turns(client, listener, &at, 8 * tenth);
	last = turns(client, listener, &at, tenth);
	printf("{\"first\": %.1f, \"last\": %.1f}\n", first, last);
	return 0;
}
