// SPDX-License-Identifier: GPL-2.0
/*
 * crowd - many established TCP sockets that nothing ever happens to.
 *
 * usage: crowd COUNT FIRST
 *
 * Stands up COUNT sockets, numbered from FIRST, prints "standing" and waits for a
 * signal.  They are made by TCP_REPAIR: connect() then sends nothing and the
 * socket is established at once.  So they are real sockets, in the kernel's
 * tables and in `ss`, which cost no peer and have no timer.  Every PORTS of
 * them have a peer of their own, 127.64.0.1 and up; their ports are lower than
 * those that the kernel gives to others.
 */
#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define FIRST_PEER	0x7f400001	/* 127.64.0.1 */
#define FIRST_PORT	2000
#define PORTS		30000

static void stand(long number)
{
	struct sockaddr_in peer = {
		.sin_family = AF_INET, .sin_port = htons(9),
		.sin_addr.s_addr = htonl(FIRST_PEER + number / PORTS),
	};
	struct sockaddr_in here = {
		.sin_family = AF_INET,
		.sin_port = htons(FIRST_PORT + number % PORTS),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	if (fd < 0)
		err(1, "socket %ld", number);
	if (setsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &on, sizeof(on)))
		err(1, "TCP_REPAIR");
	if (bind(fd, (struct sockaddr *)&here, sizeof(here)))
		err(1, "bind %ld", number);
	if (connect(fd, (struct sockaddr *)&peer, sizeof(peer)))
		err(1, "connect %ld", number);
}

int main(int argc, char **argv)
{
	struct rlimit files;
	long i, count, first;

	if (argc != 3)
		errx(2, "usage: crowd COUNT FIRST");
	count = atol(argv[1]);
	first = atol(argv[2]);
	files.rlim_cur = files.rlim_max = count + 16;
	if (setrlimit(RLIMIT_NOFILE, &files))
		err(1, "setrlimit");
	for (i = 0; i < count; i++)
		stand(first + i);
	puts("standing");
	fflush(stdout);
	pause();
	return 0;
}
