// SPDX-License-Identifier: GPL-2.0
/*
 * talkers - TCP connections between two network namespaces, of all kinds.
 *
 * usage: talkers CLIENT-NS SERVER-NS ADDRESS COUNT AT-ONCE SEED
 *
 * Makes COUNT connections, AT-ONCE of them at a time, from one namespace (a path)
 * to ADDRESS in the other, of which it is both ends.  By SEED some are closed by
 * the client first, some by the server, some by both at once; some are reset, some
 * given up at once, and some are to a port where nobody listens.  Whatever the
 * network loses, each comes to an end: idle ones are probed.
 * When COUNT are over at both ends it prints how many it tried, how many were
 * connected and how many it reset or gave up before that.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define MOST_FILES	65536
#define MOST_BYTES	6000
#define BACKLOG		64
#define PORT_ASKED	7001	/* the client speaks and closes first */
#define PORT_TELLS	7002	/* the server does */
#define PORT_CLOSED	7003	/* nobody listens */

enum kind { LISTENER = 1, ASKED, TELLS, TALK, LISTEN_ONLY, RESET, GIVE_UP, NOBODY };

static struct talker {
	enum kind kind;
	bool connected, spoken;
} talkers[MOST_FILES];

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static uint64_t state;
static int epoll, client_ns, server_ns, listeners[2];
static union address target;
static long tried, connected, over, accepted, closed;
static const char words[MOST_BYTES];

static uint32_t dice(uint32_t sides)
{
	/* Marsaglia's xorshift, 64 bits */
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 32) % sides;
}

static void set(int fd, int level, int option, int value)
{
	if (setsockopt(fd, level, option, &value, sizeof(value)))
		err(1, "socket option");
}

static void follow(int fd, enum kind kind, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.fd = fd };

	if (fd >= MOST_FILES)
		errx(1, "too many files");
	talkers[fd] = (struct talker){ .kind = kind };
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event))
		err(1, "epoll");
	if (kind == LISTENER)
		return;
	set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	set(fd, IPPROTO_TCP, TCP_KEEPIDLE, 10);
	set(fd, IPPROTO_TCP, TCP_KEEPINTVL, 5);
	set(fd, IPPROTO_TCP, TCP_KEEPCNT, 4);
}

static int new_socket(int ns)
{
	int fd;

	if (setns(ns, CLONE_NEWNET))
		err(1, "setns");
	fd = socket(target.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (fd < 0)
		err(1, "socket");
	return fd;
}

/* Of both families the port is at the same place. */
static void set_port(int port)
{
	target.v4.sin_port = htons(port);
}

static void listen_at(int which, int port)
{
	int fd = new_socket(server_ns);

	set_port(port);
	set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (bind(fd, &target.any, sizeof(target)) || listen(fd, BACKLOG))
		err(1, "listen");
	follow(fd, LISTENER, EPOLLIN);
	listeners[which] = fd;
}

static void reset_at_close(int fd)
{
	struct linger at_once = { 1, 0 };

	if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)))
		err(1, "linger");
}

static void say_something(int fd)
{
	/* What finds no room, or nobody, is not said. */
	if (send(fd, words, 1 + dice(MOST_BYTES), MSG_NOSIGNAL) < 0 &&
	    errno != EAGAIN && errno != EPIPE && errno != ECONNRESET)
		err(1, "send");
	talkers[fd].spoken = true;
}

static void end(int fd)
{
	switch (talkers[fd].kind) {
	case ASKED:
	case TELLS:
		closed++;
		break;
	default:
		over++;
	}
	close(fd);
}

static void call(void)
{
	static const enum kind kinds[] = {
		TALK, TALK, TALK, TALK, TALK, TALK, TALK, TALK, TALK, TALK, TALK,
		LISTEN_ONLY, LISTEN_ONLY, LISTEN_ONLY, LISTEN_ONLY, RESET, RESET,
		GIVE_UP, NOBODY, NOBODY,
	};
	enum kind kind = kinds[dice(sizeof(kinds) / sizeof(*kinds))];
	int fd = new_socket(client_ns);

	set_port(kind == NOBODY ? PORT_CLOSED :
		 kind == LISTEN_ONLY ? PORT_TELLS : PORT_ASKED);
	follow(fd, kind, EPOLLOUT);
	tried++;
	if (connect(fd, &target.any, sizeof(target)) && errno != EINPROGRESS)
		err(1, "connect");
	if (kind == GIVE_UP)
		end(fd);
}

static void take(int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);

	if (fd < 0) {
		if (errno == EAGAIN || errno == ECONNABORTED)
			return;
		err(1, "accept");
	}
	accepted++;
	follow(fd, listener == listeners[0] ? ASKED : TELLS, EPOLLIN);
	if (listener != listeners[1])
		return;
	say_something(fd);
	if (dice(2))
		shutdown(fd, SHUT_WR);
	else
		end(fd);
}

/* Return: is there nothing more to come? */
static bool read_all(int fd)
{
	static char buffer[65536];
	ssize_t len;

	do {
		len = recv(fd, buffer, sizeof(buffer), 0);
	} while (len > 0);
	return !len || errno != EAGAIN;
}

static void on_client(int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };
	struct talker *it = &talkers[fd];
	socklen_t length = sizeof(int);
	int error;

	if (it->connected) {
		if (read_all(fd))
			end(fd);
		return;
	}
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) || error) {
		end(fd);
		return;
	}
	it->connected = true;
	connected++;
	if (epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &event))
		err(1, "epoll");
	if (it->kind == LISTEN_ONLY)
		return;
	say_something(fd);
	if (it->kind == RESET) {
		reset_at_close(fd);
		end(fd);
	} else if (dice(4)) {
		shutdown(fd, SHUT_WR);
	} else {
		end(fd);	/* what the server says then is answered by a RST */
	}
}

static void on_server(int fd)
{
	if (!read_all(fd))
		return;
	if (talkers[fd].kind == ASKED)
		say_something(fd);
	end(fd);
}

static void on_event(int fd)
{
	switch (talkers[fd].kind) {
	case LISTENER:
		take(fd);
		break;
	case ASKED:
	case TELLS:
		on_server(fd);
		break;
	default:
		on_client(fd);
	}
}

int main(int argc, char **argv)
{
	struct rlimit files = { MOST_FILES, MOST_FILES };
	long count, at_once;
	struct epoll_event events[64];
	int i, n;

	if (argc != 7)
		errx(2, "usage: talkers CLIENT-NS SERVER-NS ADDRESS COUNT AT-ONCE SEED");
	client_ns = open(argv[1], O_RDONLY);
	server_ns = open(argv[2], O_RDONLY);
	if (client_ns < 0 || server_ns < 0)
		err(1, "network namespace");
	if (inet_pton(AF_INET, argv[3], &target.v4.sin_addr) == 1)
		target.any.sa_family = AF_INET;
	else if (inet_pton(AF_INET6, argv[3], &target.v6.sin6_addr) == 1)
		target.any.sa_family = AF_INET6;
	else
		errx(2, "no address: %s", argv[3]);
	count = atol(argv[4]);
	at_once = atol(argv[5]);
	state = strtoul(argv[6], NULL, 10) * 0x9e3779b97f4a7c15 + 1;
	epoll = epoll_create1(0);
	if (epoll < 0 || setrlimit(RLIMIT_NOFILE, &files))
		err(1, "epoll, files");
	listen_at(0, PORT_ASKED);
	listen_at(1, PORT_TELLS);
	while (over < count || closed < accepted) {
		while (tried < count && tried - over < at_once)
			call();
		n = epoll_wait(epoll, events, 64, -1);
		for (i = 0; i < n; i++)
			on_event(events[i].data.fd);
	}
	printf("%ld %ld %ld\n", tried, connected, accepted);
	return 0;
}
