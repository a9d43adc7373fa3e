// SPDX-License-Identifier: GPL-2.0
/*
 * The work that the benches count: so many units of one kind, one after the other.
 *
 *   work connection COUNT PORT    open a connection to 127.0.0.1, 100 bytes there,
 *                                 1000 back, closed by the client first
 *   work reset COUNT PORT         the same, but reset by the client
 *   work request COUNT PORT       100 bytes there, 1000 back, on one connection
 *   work segment COUNT PORT       1448 bytes of bulk data, each a segment of its own
 *                                 where lo has no segmentation offload
 *   work syn COUNT PORT NETNS DEVICE MAC FROM TO
 *                                 from that network namespace (a file), a SYN to that
 *                                 Ethernet address, each from another IPv4 address:
 *                                 FROM, and then always 7919 higher
 *
 * COUNT may be 0, to learn what the rest of it costs.  Both ends of connections are in
 * this process, which listens to PORT; SYNs are for PORT of TO.
 * Prints the time that the work took, in ns: in a guest whose clock counts
 * instructions, as many of them, other than those of whoever ran meanwhile.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define REQUEST_BYTES	100
#define ANSWER_BYTES	1000
#define SEGMENT_BYTES	1448	/* with the timestamp option: 1460 without */
#define SEGMENTS_AT_ONCE	10
#define BETWEEN_SOURCES	7919

static char buffer[SEGMENT_BYTES * SEGMENTS_AT_ONCE];

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/* --- connections ---------------------------------------------------------- */

static struct sockaddr_in address = { .sin_family = AF_INET };
static int listener;

struct pair {
	int client, server;
};

static void start_listening(int port)
{
	const int one = 1;

	address.sin_port = htons(port);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	if (listener < 0 ||
	    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    bind(listener, (struct sockaddr *)&address, sizeof(address)) ||
	    listen(listener, 16))
		err(1, "listening to port %d", port);
}

static struct pair open_pair(int mss)
{
	struct pair pair = { .client = socket(AF_INET, SOCK_STREAM, 0) };

	if (pair.client < 0)
		err(1, "socket");
	if (mss && setsockopt(pair.client, IPPROTO_TCP, TCP_MAXSEG, &mss, sizeof(mss)))
		err(1, "MSS");
	if (connect(pair.client, (struct sockaddr *)&address, sizeof(address)))
		err(1, "connect");
	pair.server = accept(listener, NULL, NULL);
	if (pair.server < 0)
		err(1, "accept");
	return pair;
}

static void move(int from, int to, size_t size)
{
	size_t got = 0;
	ssize_t more;

	if (send(from, buffer, size, 0) != (ssize_t)size)
		err(1, "send");
	for (; got < size; got += more) {
		more = recv(to, buffer, size - got, 0);
		if (more <= 0)
			err(1, "receive");
	}
}

static void ask(const struct pair *pair)
{
	move(pair->client, pair->server, REQUEST_BYTES);
	move(pair->server, pair->client, ANSWER_BYTES);
}

static void close_pair(const struct pair *pair)
{
	close(pair->client);
	close(pair->server);
}

static void do_connections(long count)
{
	struct pair pair;

	while (count--) {
		pair = open_pair(0);
		ask(&pair);
		close_pair(&pair);
	}
}

static void do_resets(long count)
{
	const struct linger at_once = { .l_onoff = 1 };
	struct pair pair;

	while (count--) {
		pair = open_pair(0);
		ask(&pair);
		if (setsockopt(pair.client, SOL_SOCKET, SO_LINGER, &at_once,
			       sizeof(at_once)))
			err(1, "linger");
		close_pair(&pair);
	}
}

/* --- SYNs ------------------------------------------------------------------ */

struct syn {
	struct iphdr ip;
	struct tcphdr tcp;
	uint8_t options[20];
};

static uint16_t checksum(uint32_t sum, const void *data, size_t size)
{
	const uint8_t *bytes = data;
	size_t i;

	for (i = 0; i < size; i += 2)
		sum += bytes[i] << 8 | bytes[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	return htons(~(sum + (sum >> 16)));
}

/* From another address than the last. */
static void fill_syn(struct syn *syn, uint32_t from)
{
	struct {
		uint32_t from, to;
		uint16_t protocol, size;
	} pseudo = {
		.from = htonl(from), .to = syn->ip.daddr,
		.protocol = htons(IPPROTO_TCP),
		.size = htons(sizeof(*syn) - sizeof(syn->ip)),
	};

	syn->ip.saddr = htonl(from);
	syn->ip.check = 0;
	syn->ip.check = checksum(0, &syn->ip, sizeof(syn->ip));
	syn->tcp.check = 0;
	syn->tcp.check = checksum((uint16_t)~ntohs(checksum(0, &pseudo, sizeof(pseudo))),
				  &syn->tcp, sizeof(*syn) - sizeof(syn->ip));
}

static void enter(const char *netns)
{
	int fd = open(netns, O_RDONLY);

	if (fd < 0 || setns(fd, CLONE_NEWNET))
		err(1, "network namespace %s", netns);
	close(fd);
}

static void do_syns(long count, int port, char **where)
{
	struct syn syn = {
		.ip = {
			.version = 4, .ihl = 5, .tot_len = htons(sizeof(syn)),
			.ttl = 64, .protocol = IPPROTO_TCP,
			.frag_off = htons(0x4000),
			.daddr = inet_addr(where[4]),
		},
		.tcp = {
			.source = htons(40000), .dest = htons(port), .doff = 10,
			.syn = 1, .window = htons(64240),
		},
		/* MSS 1460, SACK, timestamps, window scale 7 */
		.options = { 2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7 },
	};
	struct sockaddr_ll link = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP),
		.sll_ifindex = if_nametoindex(where[1]), .sll_halen = ETH_ALEN,
	};
	uint8_t *mac = link.sll_addr;
	uint32_t from = ntohl(inet_addr(where[3]));
	int fd = socket(AF_PACKET, SOCK_DGRAM, 0);

	if (fd < 0 || !link.sll_ifindex)
		err(1, "packet socket");
	if (sscanf(where[2], "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &mac[0], &mac[1],
		   &mac[2], &mac[3], &mac[4], &mac[5]) != ETH_ALEN)
		errx(2, "no Ethernet address: %s", where[2]);
	for (; count--; from += BETWEEN_SOURCES) {
		fill_syn(&syn, from);
		if (sendto(fd, &syn, sizeof(syn), 0, (struct sockaddr *)&link,
			   sizeof(link)) != sizeof(syn))
			err(1, "send");
	}
}

/* --------------------------------------------------------------------------- */

static int usage(void)
{
	errx(2, "usage: work connection|reset|request|segment COUNT PORT, or work syn COUNT PORT NETNS DEVICE MAC FROM TO");
}

int main(int argc, char **argv)
{
	const char *kind = argc > 3 ? argv[1] : "";
	long count = argc > 3 ? atol(argv[2]) : 0;
	int port = argc > 3 ? atoi(argv[3]) : 0;
	int is_syn = !strcmp(kind, "syn");
	struct pair pair = { -1, -1 };
	int64_t start;

	if (argc != (is_syn ? 9 : 4) || count < 0 || port <= 0)
		return usage();
	if (is_syn)
		enter(argv[4]);
	else
		start_listening(port);
	if (!strcmp(kind, "request"))
		pair = open_pair(0);
	else if (!strcmp(kind, "segment"))
		pair = open_pair(SEGMENT_BYTES + 12);
	start = now_ns();
	if (is_syn)
		do_syns(count, port, argv + 4);
	else if (!strcmp(kind, "connection"))
		do_connections(count);
	else if (!strcmp(kind, "reset"))
		do_resets(count);
	else if (!strcmp(kind, "request"))
		for (; count; count--)
			ask(&pair);
	else if (!strcmp(kind, "segment"))
		for (; count > 0; count -= SEGMENTS_AT_ONCE)
			move(pair.client, pair.server, sizeof(buffer));
	else
		return usage();
	printf("%lld\n", (long long)(now_ns() - start));
	return 0;
}
