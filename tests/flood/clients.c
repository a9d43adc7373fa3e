// SPDX-License-Identifier: GPL-2.0
/*
 * clients - connects, sends a request of 64 bytes, reads 512, closes; often.
 *
 * usage: clients --to ADDRESS --from ADDRESS [OPTION...]
 *
 *   --to ADDRESS    connect there, IPv4 or IPv6
 *   --ports A[-B]   to these ports in turn (80)
 *   --from ADDRESS  from this address
 *   --addresses N   and those that follow it, so many in all, in turn (1)
 *   --rate N        connections a second; 0: as many as possible (100)
 *   --flying N      as many as possible, but no more than N at once (100)
 *   --seconds S     for so long; 0: until SIGTERM (20)
 *   --wait S        send the request so long after the connection is made (0)
 *   --patience S    give a connection up after so long (20)
 *
 * A line of JSON is printed at the end: how many connections were begun, and of
 * these how many got the answer, were given up, and failed.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <signal.h>
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

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static struct {
	union address to, from;
	int first_port, last_port, addresses, flying;
	double rate, seconds, wait_s, patience_s;
} wanted = {
	.first_port = 80, .last_port = 80, .addresses = 1, .flying = 100,
	.rate = 100, .seconds = 20, .patience_s = 20,
};

/* By file descriptor; a number is that of a connection, 0 of none. */
static struct {
	long number;
	bool connected;
	int got_bytes;
} connections[MAX_FILES];

/* What is due, in the order in which it was put in, as each waits equally long. */
struct queue {
	struct due {
		double at_s;
		long number;
		int fd;
	} *entries;
	size_t room, first, count;
};

static struct queue requests, deadlines;
static struct {
	long begun, done, given_up, failed, flying;
} totals;
static int poll_fd;
static volatile sig_atomic_t stopped;

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

static void queue_put(struct queue *queue, double at_s, int fd)
{
	size_t i;

	if (queue->count == queue->room) {
		struct queue old = *queue;

		queue->room = old.room ? old.room * 2 : 1024;
		queue->entries = calloc(queue->room, sizeof(*queue->entries));
		if (!queue->entries)
			err(1, "memory");
		for (i = 0; i < old.count; i++)
			queue->entries[i] =
				old.entries[(old.first + i) % old.room];
		queue->first = 0;
		free(old.entries);
	}
	queue->entries[(queue->first + queue->count++) % queue->room] =
		(struct due){ at_s, connections[fd].number, fd };
}

/* The descriptor of the first connection that is due and still there, or -1. */
static int queue_take(struct queue *queue, double now)
{
	while (queue->count) {
		struct due due = queue->entries[queue->first];

		if (due.at_s > now)
			return -1;
		queue->first = (queue->first + 1) % queue->room;
		queue->count--;
		if (connections[due.fd].number == due.number)
			return due.fd;
	}
	return -1;
}

static double queue_next(const struct queue *queue, double else_s)
{
	if (!queue->count || queue->entries[queue->first].at_s > else_s)
		return else_s;
	return queue->entries[queue->first].at_s;
}

static void finish(int fd, long *total)
{
	connections[fd].number = 0;
	close(fd);
	++*total;
	totals.flying--;
}

/* The address that comes so many after another. */
static union address address_after(union address address, long n)
{
	uint8_t *last = address.any.sa_family == AF_INET ?
		(uint8_t *)&address.v4.sin_addr + 3 :
		(uint8_t *)&address.v6.sin6_addr + 15;

	for (n += *last; n; n = (n >> 8) + *--last)
		*last = n & 0xff;
	return address;
}

static void begin(double now)
{
	long n = totals.begun++;
	union address to = wanted.to, from =
		address_after(wanted.from, n % wanted.addresses);
	int family = to.any.sa_family, yes = 1;
	int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK, 0);
	struct epoll_event event = { .events = EPOLLOUT, .data.fd = fd };

	to.v4.sin_port = htons(wanted.first_port +	/* the same place in v6 */
		n % (wanted.last_port - wanted.first_port + 1));
	if (fd < 0 || fd >= MAX_FILES ||
	    setsockopt(fd, SOL_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof(yes)) ||
	    bind(fd, &from.any, sizeof(from)) ||
	    epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &event))
		err(1, "connection %ld", n);
	connections[fd].number = n + 1;
	connections[fd].connected = false;
	connections[fd].got_bytes = 0;
	totals.flying++;
	if (connect(fd, &to.any, sizeof(to)) && errno != EINPROGRESS)
		finish(fd, &totals.failed);
	else
		queue_put(&deadlines, now + wanted.patience_s, fd);
}

static void request(int fd)
{
	static const char bytes[REQUEST_BYTES];

	if (write(fd, bytes, sizeof(bytes)) != sizeof(bytes))
		finish(fd, &totals.failed);
}

static void connected(int fd, double now)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };
	socklen_t size = sizeof(int);
	int error = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size))
		err(1, "SO_ERROR");
	if (error) {
		finish(fd, &totals.failed);
		return;
	}
	connections[fd].connected = true;
	if (epoll_ctl(poll_fd, EPOLL_CTL_MOD, fd, &event))
		err(1, "epoll_ctl");
	if (wanted.wait_s)
		queue_put(&requests, now + wanted.wait_s, fd);
	else
		request(fd);
}

static void answered(int fd)
{
	char buffer[4096];
	ssize_t size = read(fd, buffer, sizeof(buffer));

	if (size < 0 && errno == EAGAIN)
		return;
	if (size <= 0) {
		finish(fd, &totals.failed);
		return;
	}
	connections[fd].got_bytes += size;
	if (connections[fd].got_bytes >= ANSWER_BYTES)
		finish(fd, &totals.done);
}

static void handle_events(double until_s)
{
	struct epoll_event events[EVENTS];
	double ms = (until_s - now_s()) * 1000 + 0.999;
	int i, count = epoll_wait(poll_fd, events, EVENTS, ms > 0 ? ms : 0);

	if (count < 0 && errno != EINTR)
		err(1, "epoll_wait");
	for (i = 0; i < count; i++) {
		int fd = events[i].data.fd;

		if (connections[fd].connected)
			answered(fd);
		else
			connected(fd, now_s());
	}
}

static void handle_due(void)
{
	double now = now_s();
	int fd;

	while ((fd = queue_take(&requests, now)) >= 0)
		request(fd);
	while ((fd = queue_take(&deadlines, now)) >= 0)
		finish(fd, &totals.given_up);
}

/* When the next connection is to begin. */
static double next_start(double start, double now)
{
	if (wanted.rate)
		return start + (totals.begun + drand48()) / wanted.rate;
	return totals.flying < wanted.flying ? now : now + 1;
}

static void run(void)
{
	double start = now_s(), end = start + wanted.seconds;
	double now = start, next = next_start(start, now);

	if (!wanted.seconds)
		end = start + 1e9;
	while (!stopped && now < end) {
		while (next <= now && now < end) {
			begin(now);
			next = next_start(start, now);
		}
		handle_events(queue_next(&requests,
			      queue_next(&deadlines, next < end ? next : end)));
		handle_due();
		now = now_s();
		if (!wanted.rate)
			next = next_start(start, now);
	}
	/* What is under way may come to its end. */
	while (totals.flying) {
		handle_events(queue_next(&requests,
			      queue_next(&deadlines, now_s() + 1)));
		handle_due();
	}
}

static void stop(int number)
{
	stopped = number;
}

static void parse_address(const char *text, union address *address)
{
	address->any.sa_family = AF_INET;
	if (inet_pton(AF_INET, text, &address->v4.sin_addr) == 1)
		return;
	address->any.sa_family = AF_INET6;
	if (inet_pton(AF_INET6, text, &address->v6.sin6_addr) != 1)
		errx(2, "no address: %s", text);
}

static void parse_option(int option)
{
	switch (option) {
	case 't': parse_address(optarg, &wanted.to); return;
	case 'p':
		if (sscanf(optarg, "%d-%d", &wanted.first_port,
			   &wanted.last_port) == 1)
			wanted.last_port = wanted.first_port;
		return;
	case 'f': parse_address(optarg, &wanted.from); return;
	case 'a': wanted.addresses = atoi(optarg); return;
	case 'r': wanted.rate = atof(optarg); return;
	case 'y':
		wanted.rate = 0;
		wanted.flying = atoi(optarg);
		return;
	case 's': wanted.seconds = atof(optarg); return;
	case 'w': wanted.wait_s = atof(optarg); return;
	case 'g': wanted.patience_s = atof(optarg); return;
	default: exit(2);	/* getopt said why */
	}
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "to", 1, NULL, 't' }, { "ports", 1, NULL, 'p' },
		{ "from", 1, NULL, 'f' }, { "addresses", 1, NULL, 'a' },
		{ "rate", 1, NULL, 'r' }, { "flying", 1, NULL, 'y' },
		{ "seconds", 1, NULL, 's' }, { "wait", 1, NULL, 'w' },
		{ "patience", 1, NULL, 'g' }, { NULL, 0, NULL, 0 },
	};
	struct rlimit files = { MAX_FILES, MAX_FILES };
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		parse_option(option);
	if (!wanted.to.any.sa_family || !wanted.from.any.sa_family)
		errx(2, "--to and --from are needed");
	poll_fd = epoll_create1(0);
	if (poll_fd < 0 || setrlimit(RLIMIT_NOFILE, &files) ||
	    signal(SIGTERM, stop) == SIG_ERR)
		err(1, "start");
	run();
	printf("{\"begun\": %ld, \"done\": %ld, \"given_up\": %ld, \"failed\": %ld}\n",
	       totals.begun, totals.done, totals.given_up, totals.failed);
	return 0;
}
