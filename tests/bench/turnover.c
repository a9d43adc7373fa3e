// SPDX-License-Identifier: GPL-2.0
/*
 * turnover - what one loopback connection costs, in instructions.
 *
 * usage: turnover COUNT
 *
 * For a guest whose clock counts instructions (1 ns is one) and skips what is
 * idle.  Opens COUNT connections one after the other, each with a request and an
 * answer, and closes them, the client first; then waits until TIME_WAIT of all
 * is over.  Prints as JSON, counted for the whole machine:
 *
 *   until_close  of one connection, until both ends are closed
 *   connection   the same, with the end of its TIME_WAIT
 *   idle_s       of a second in which nothing happens; not in the two others
 *
 * The last two are null on kernels that do not tell in
 * /proc/timer_list how long the CPU was idle.
 */
#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S	1000000000LL
#define WARM_UP		1000
#define TIME_WAIT_S	69	/* 60, and the timer may be late by an eighth */
#define REQUEST_BYTES	100
#define ANSWER_BYTES	1000

/* The clock, and how much of its time the machine's CPU was idle. */
struct instant {
	int64_t ns;
	int64_t idle_ns;
};

static int64_t clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

/* What the kernel says of its one CPU; -1 if nothing. */
static int64_t idle_ns(void)
{
	FILE *list = fopen("/proc/timer_list", "r");
	long long found = -1;
	char line[256];

	if (!list)
		err(1, "/proc/timer_list");
	while (found < 0 && fgets(line, sizeof(line), list))
		sscanf(line, " .idle_sleeptime : %lld", &found);
	fclose(list);
	return found;
}

static struct instant look(void)
{
	struct instant now = { .idle_ns = idle_ns() };

	now.ns = clock_ns();
	return now;
}

static double busy_ns(struct instant from, struct instant to)
{
	return (to.ns - from.ns) - (to.idle_ns - from.idle_ns);
}

static double seconds(struct instant from, struct instant to)
{
	return (double)(to.ns - from.ns) / NS_PER_S;
}

static void pass(int from, int to, size_t size)
{
	char bytes[ANSWER_BYTES] = "";

	if (write(from, bytes, size) != (ssize_t)size ||
	    recv(to, bytes, size, MSG_WAITALL) != (ssize_t)size)
		err(1, "data");
}

static void connections(int listener, const struct sockaddr_in *at, long count)
{
	while (count-- > 0) {
		int client = socket(AF_INET, SOCK_STREAM, 0), server;

		if (connect(client, (struct sockaddr *)at, sizeof(*at)))
			err(1, "connect");
		server = accept(listener, NULL, NULL);
		if (server < 0)
			err(1, "accept");
		pass(client, server, REQUEST_BYTES);
		pass(server, client, ANSWER_BYTES);
		close(client);
		close(server);
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_in at = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t length = sizeof(at);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	long count = argc == 2 ? atol(argv[1]) : 0;
	struct instant rest, start, end;
	double idle_per_s;
	int64_t closed_ns;

	if (count <= 0)
		errx(2, "usage: turnover COUNT");
	if (bind(listener, (struct sockaddr *)&at, sizeof(at)) ||
	    listen(listener, 16) ||
	    getsockname(listener, (struct sockaddr *)&at, &length))
		err(1, "listener");
	connections(listener, &at, WARM_UP);
	sleep(TIME_WAIT_S);
	rest = look();
	sleep(TIME_WAIT_S);
	start = look();
	idle_per_s = busy_ns(rest, start) / seconds(rest, start);
	connections(listener, &at, count);
	closed_ns = clock_ns();
	sleep(TIME_WAIT_S);
	end = look();
	printf("{\"until_close\": %.1f, ", (double)(closed_ns - start.ns) / count);
	if (end.idle_ns < 0)
		puts("\"connection\": null, \"idle_s\": null}");
	else
		printf("\"connection\": %.1f, \"idle_s\": %.0f}\n",
		       (busy_ns(start, end) - idle_per_s * seconds(start, end)) /
		       count, idle_per_s);
	return 0;
}
