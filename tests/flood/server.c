// SPDX-License-Identifier: GPL-2.0
/*
 * server - answers requests of 64 bytes by 512, on one port or on many.
 *
 * usage: server [OPTION...]
 *
 *   --at ADDRESS      listen there (0.0.0.0); :: takes in IPv4 too
 *   --ports A[-B]     on these ports (80)
 *   --backlog N       that of listen() (4096)
 *   --sockets N       so many sockets on each port, with SO_REUSEPORT (1)
 *   --defer S         TCP_DEFER_ACCEPT
 *   --stall AFTER     accept nothing any more after so many seconds
 *   --restart EVERY   every so many seconds close the listening sockets, and
 *                     open them again a second later
 *
 * Prints "ready" when it listens.  The client is the first to close.
 */
#define _GNU_SOURCE	/* accept4() */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define REQUEST_BYTES	64
#define ANSWER_BYTES	512
#define MAX_FILES	300000
#define EVENTS		256

static struct {
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} at;
	int first_port, last_port, backlog, sockets, defer_s;
	double stall_s, restart_s;
} wanted = {
	.at.v4 = { .sin_family = AF_INET }, .first_port = 80, .last_port = 80,
	.backlog = 4096, .sockets = 1,
};

static bool is_listener[MAX_FILES];
static int got_bytes[MAX_FILES];
static int *listeners, n_listeners, poll_fd;

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

static void watch(int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

	if (fd >= MAX_FILES)
		errx(1, "too many connections");
	if (epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &event))
		err(1, "epoll_ctl");
}

static void open_listener(int port)
{
	int yes = 1, fd;

	fd = socket(wanted.at.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
	wanted.at.v4.sin_port = htons(port);	/* the same place in v6 */
	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) ||
	    (wanted.sockets > 1 &&
	     setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof(yes))) ||
	    (wanted.defer_s &&
	     setsockopt(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &wanted.defer_s,
			sizeof(wanted.defer_s))) ||
	    bind(fd, &wanted.at.any, sizeof(wanted.at)) ||
	    listen(fd, wanted.backlog))
		err(1, "listener on port %d", port);
	watch(fd);
	is_listener[fd] = true;
	listeners[n_listeners++] = fd;
}

static void open_listeners(void)
{
	int port, i;

	for (port = wanted.first_port; port <= wanted.last_port; port++)
		for (i = 0; i < wanted.sockets; i++)
			open_listener(port);
}

static void close_listeners(void)
{
	while (n_listeners) {
		int fd = listeners[--n_listeners];

		is_listener[fd] = false;
		close(fd);
	}
}

static void stop_accepting(void)
{
	int i;

	for (i = 0; i < n_listeners; i++)
		if (epoll_ctl(poll_fd, EPOLL_CTL_DEL, listeners[i], NULL))
			err(1, "epoll_ctl");
}

static void accept_all(int listener)
{
	for (;;) {
		int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);

		if (fd >= 0) {
			watch(fd);
			got_bytes[fd] = 0;
		} else if (errno == EAGAIN) {
			return;
		} else if (errno != ECONNABORTED && errno != EINTR) {
			err(1, "accept");
		}
	}
}

/* A connection that the client reset is over too. */
static void serve(int fd)
{
	static const char answer[ANSWER_BYTES];
	char buffer[4096];
	ssize_t size = read(fd, buffer, sizeof(buffer));

	if (size <= 0) {
		if (size < 0 && errno == EAGAIN)
			return;
		close(fd);
		return;
	}
	got_bytes[fd] += size;
	if (got_bytes[fd] < REQUEST_BYTES)
		return;
	got_bytes[fd] -= REQUEST_BYTES;
	if (write(fd, answer, sizeof(answer)) != sizeof(answer))
		close(fd);
}

static void run(void)
{
	double start = now_s(), next_restart = start + wanted.restart_s;
	bool stalled = false, closed = false;
	struct epoll_event events[EVENTS];
	int i, count;

	for (;;) {
		count = epoll_wait(poll_fd, events, EVENTS,
				   wanted.restart_s || wanted.stall_s ? 10 : -1);
		if (count < 0 && errno != EINTR)
			err(1, "epoll_wait");
		for (i = 0; i < count; i++) {
			int fd = events[i].data.fd;

			if (is_listener[fd])
				accept_all(fd);
			else
				serve(fd);
		}
		if (wanted.stall_s && !stalled &&
		    now_s() >= start + wanted.stall_s) {
			stalled = true;
			stop_accepting();
		}
		if (!wanted.restart_s || now_s() < next_restart)
			continue;
		if (closed)
			open_listeners();
		else
			close_listeners();
		closed = !closed;
		next_restart += closed ? 1 : wanted.restart_s;
	}
}

static void parse_option(int option)
{
	switch (option) {
	case 'a':
		if (inet_pton(AF_INET, optarg, &wanted.at.v4.sin_addr) == 1)
			return;
		wanted.at.any.sa_family = AF_INET6;
		if (inet_pton(AF_INET6, optarg, &wanted.at.v6.sin6_addr) != 1)
			errx(2, "no address: %s", optarg);
		return;
	case 'p':
		if (sscanf(optarg, "%d-%d", &wanted.first_port,
			   &wanted.last_port) == 1)
			wanted.last_port = wanted.first_port;
		return;
	case 'b': wanted.backlog = atoi(optarg); return;
	case 's': wanted.sockets = atoi(optarg); return;
	case 'd': wanted.defer_s = atoi(optarg); return;
	case 't': wanted.stall_s = atof(optarg); return;
	case 'r': wanted.restart_s = atof(optarg); return;
	default: exit(2);	/* getopt said why */
	}
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "at", 1, NULL, 'a' }, { "ports", 1, NULL, 'p' },
		{ "backlog", 1, NULL, 'b' }, { "sockets", 1, NULL, 's' },
		{ "defer", 1, NULL, 'd' }, { "stall", 1, NULL, 't' },
		{ "restart", 1, NULL, 'r' }, { NULL, 0, NULL, 0 },
	};
	struct rlimit files = { MAX_FILES, MAX_FILES };
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		parse_option(option);
	listeners = calloc((wanted.last_port - wanted.first_port + 1) *
			   wanted.sockets, sizeof(*listeners));
	poll_fd = epoll_create1(0);
	if (!listeners || poll_fd < 0 || setrlimit(RLIMIT_NOFILE, &files))
		err(1, "start");
	open_listeners();
	puts("ready");
	fflush(stdout);
	run();
	return 0;
}
