/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A model of a listening socket and of the network before it, that tells the
 * detector of SYN floods what the module would tell it.  Time goes in steps of
 * 2^20 ns (1.05 ms); what happens later waits in a wheel of such steps.
 */
#ifndef TCPLIFE_UNIT_FLOOD_NET_H
#define TCPLIFE_UNIT_FLOOD_NET_H

#include <stdlib.h>

#include "flood.h"
#include "flood_syn.h"
#include "unit.h"

#define NET_STEP_BITS	20
#define NET_STEPS(ms)	((u64)(ms) * 1000000 >> NET_STEP_BITS)
#define NET_WHEEL	(1U << 16)	/* steps, 69 s */
#define NET_SECOND	NET_STEPS(1000)
#define NET_TICK	NET_STEPS(250)	/* of the module's timer */
#define NET_SEEN	(1U << 21)	/* places for distinct sources */
#define NET_RETRIES	5		/* tcp_synack_retries, tcp_syn_retries */

/* What a client does with a SYN-ACK. */
enum net_kind {
	NET_GOOD,	/* answers it */
	NET_RESETS,	/* resets it */
	NET_SILENT,	/* sends its SYN again, but never answers */
	NET_FLOOD,	/* sends one SYN, and never answers */
};

/* Whose addresses SYNs bear. */
enum net_from {
	NET_RANDOM,
	NET_ONE,
	NET_PREFIX,
	NET_RANDOM_V6,
	NET_PREFIX_V6,
};

/* SYNs of one kind; in a row of a table it ends the list if @rate is 0. */
struct net_traffic {
	enum net_kind kind;
	double rate;		/* a second */
	enum net_from from;
	unsigned int rtt_ms;
	unsigned int jitter_ms;	/* at most, more than that */
	unsigned int loss;	/* percent, each way */
	unsigned int begin_s;
	unsigned int end_s;	/* 0 is never */
	unsigned int on_s;	/* of each on_s + off_s; 0 is always */
	unsigned int off_s;
	unsigned int ramp_s;	/* from 0 to @rate in this time */
};

enum net_event {
	NET_CLIENT_SYN,
	NET_SYN,
	NET_CLIENT_SYNACK,
	NET_ACK,
	NET_RST,
	NET_TIMER,
};

struct net_conn {
	const struct net_traffic *traffic;
	struct tcplife_flood_source source;
	u64 birth_ns;
	u32 refs;		/* events that wait */
	u32 next_free;
	u8 syns;		/* sent by the client */
	u8 timeouts;		/* of the SYN-ACK */
	bool queued;
	bool acked;		/* but the accept queue was full */
	bool by_cookie;
	bool client_done;
	bool done;
};

struct net_wait {
	u32 next;
	u32 conn;
	enum net_event event;
};

struct net {
	struct tcplife_flood f;
	u64 seed;
	u64 step;
	u32 backlog;
	int syncookies;		/* as the sysctl */
	u32 queue;
	u32 young;
	bool accept_full;
	u64 floods_syns;	/* that arrived */
	u64 *seen;		/* distinct sources */
	u64 distinct;
	struct net_conn *conns;
	u32 conns_size, conns_free;
	struct net_wait *waits;
	u32 waits_size, waits_free;
	u32 first[NET_WHEEL], last[NET_WHEEL];
};

static inline u64 net_now_ns(const struct net *net)
{
	return net->step << NET_STEP_BITS;
}

static inline bool net_chance(struct net *net, unsigned int percent)
{
	return percent && unit_random(&net->seed) % 100 < percent;
}

/* Index 0 is none. */
static inline void net_begin(struct net *net, u64 seed)
{
	memset(net, 0, sizeof(*net));
	net->seed = seed;
	net->step = NET_STEPS(3600000);
	net->seen = calloc(NET_SEEN, sizeof(*net->seen));
	net->conns_size = 1;
	net->waits_size = 1;
	assert_non_null(net->seen);
}

static inline void net_end(struct net *net)
{
	free(net->seen);
	free(net->conns);
	free(net->waits);
}

static inline u32 net_conn_new(struct net *net)
{
	u32 i, size = net->conns_size;

	if (!net->conns_free) {
		net->conns = realloc(net->conns, 2 * size * sizeof(*net->conns));
		assert_non_null(net->conns);
		for (i = size; i < 2 * size; i++) {
			net->conns[i].next_free = net->conns_free;
			net->conns_free = i;
		}
		net->conns_size = 2 * size;
	}
	i = net->conns_free;
	net->conns_free = net->conns[i].next_free;
	memset(&net->conns[i], 0, sizeof(net->conns[i]));
	return i;
}

static inline u32 net_wait_new(struct net *net)
{
	u32 i, size = net->waits_size;

	if (!net->waits_free) {
		net->waits = realloc(net->waits, 2 * size * sizeof(*net->waits));
		assert_non_null(net->waits);
		for (i = size; i < 2 * size; i++) {
			net->waits[i].next = net->waits_free;
			net->waits_free = i;
		}
		net->waits_size = 2 * size;
	}
	i = net->waits_free;
	net->waits_free = net->waits[i].next;
	return i;
}

static inline void net_later(struct net *net, u32 conn, enum net_event event,
			     u64 steps)
{
	u32 at = (net->step + (steps ? steps : 1)) % NET_WHEEL;
	u32 i = net_wait_new(net);

	assert_true(steps < NET_WHEEL);
	net->waits[i] = (struct net_wait){ .conn = conn, .event = event };
	if (net->first[at])
		net->waits[net->last[at]].next = i;
	else
		net->first[at] = i;
	net->last[at] = i;
	net->conns[conn].refs++;
}

/* Half the way there and back, if the packet is not lost. */
static inline void net_send(struct net *net, u32 conn, enum net_event event)
{
	const struct net_traffic *t = net->conns[conn].traffic;
	u64 steps = NET_STEPS(t->rtt_ms) / 2;

	if (net_chance(net, t->loss))
		return;
	if (t->jitter_ms)
		steps += unit_random(&net->seed) %
			 (NET_STEPS(t->jitter_ms) / 2 + 1);
	net_later(net, conn, event, steps);
}

static inline void net_address(struct net *net, struct net_conn *conn)
{
	u64 bits[2] = { unit_random(&net->seed), unit_random(&net->seed) };
	u8 *addr = (u8 *)bits;
	enum net_from from = conn->traffic->from;
	u8 family = from == NET_RANDOM_V6 || from == NET_PREFIX_V6 ? 6 : 4;

	if (from == NET_ONE)
		memcpy(addr, "\xc6\x33\x64\x07", 4);
	if (from == NET_PREFIX)
		memcpy(addr, "\xc6\x33\x64", 3);
	if (from == NET_PREFIX_V6)
		memcpy(addr, "\x20\x01\x0d\xb8\0\0\0", 8);
	tcplife_flood_source(&conn->source, family, addr, 0x5eed);
}

static inline void net_see(struct net *net, u64 hash)
{
	u32 at = hash >> 32 & (NET_SEEN - 1);

	while (net->seen[at] && net->seen[at] != hash)
		at = (at + 1) & (NET_SEEN - 1);
	net->distinct += !net->seen[at];
	net->seen[at] = hash;
}

/* Count the distinct sources from now on. */
static inline void net_see_anew(struct net *net)
{
	memset(net->seen, 0, NET_SEEN * sizeof(*net->seen));
	net->distinct = 0;
}

static inline void net_unqueue(struct net *net, struct net_conn *conn)
{
	conn->queued = false;
	net->queue--;
	net->young -= !conn->timeouts;
}

/* A SYN of no half-open connection arrives. */
static inline void net_admit(struct net *net, u32 i)
{
	struct net_conn *conn = &net->conns[i];
	bool full = net->queue >= net->backlog;
	bool cookie = net->syncookies == 2 || (net->syncookies && full);
	u64 now_ns = net_now_ns(net);

	if (net->accept_full)
		return;
	if (conn->traffic->kind == NET_FLOOD)
		net->floods_syns++;
	net_see(net, conn->source.hash);
	flood_syn(&net->f, &conn->source, full && !cookie, now_ns);
	if (cookie) {
		conn->by_cookie = true;
		tcplife_flood_cookie_sent(&net->f, now_ns);
	} else if (full) {
		return;
	} else {
		conn->queued = true;
		conn->birth_ns = now_ns;
		conn->timeouts = 0;
		net->queue++;
		net->young++;
		tcplife_flood_half_open(&net->f, now_ns);
		net_later(net, i, NET_TIMER, NET_SECOND);
	}
	if (conn->traffic->kind < NET_SILENT)
		net_send(net, i, NET_CLIENT_SYNACK);
}

static inline void net_syn(struct net *net, u32 i)
{
	if (net->conns[i].done)
		return;
	if (!net->conns[i].queued)
		net_admit(net, i);
	else if (net->conns[i].traffic->kind < NET_SILENT)
		net_send(net, i, NET_CLIENT_SYNACK);
}

/* The more of a queue that is half full is old, the fewer the retries. */
static inline unsigned int net_retries(const struct net *net)
{
	u32 young = 2 * net->young;
	unsigned int retries = NET_RETRIES;

	if (2 * net->queue <= (net->backlog > 8 ? net->backlog : 8))
		return retries;
	while (retries > 2 && net->queue >= young) {
		retries--;
		young *= 2;
	}
	return retries;
}

static inline void net_timer(struct net *net, u32 i)
{
	struct net_conn *conn = &net->conns[i];

	if (!conn->queued)
		return;
	if (conn->acked && !net->accept_full) {
		net_unqueue(net, conn);
		conn->done = true;
		return;
	}
	if (conn->timeouts >= net_retries(net)) {
		net_unqueue(net, conn);
		if (!conn->acked)
			tcplife_flood_gone(&net->f, net_now_ns(net));
		return;
	}
	net->young -= !conn->timeouts;
	conn->timeouts++;
	net_later(net, i, NET_TIMER, NET_SECOND << conn->timeouts);
	if (!conn->acked && conn->traffic->kind < NET_SILENT)
		net_send(net, i, NET_CLIENT_SYNACK);
}

static inline void net_ack(struct net *net, struct net_conn *conn)
{
	if (conn->queued && !conn->acked) {
		tcplife_flood_answered(&net->f, conn->source.family, conn->source.address, conn->birth_ns,
				       net_now_ns(net));
		conn->acked = net->accept_full;
		conn->done = !net->accept_full;
		if (conn->done)
			net_unqueue(net, conn);
	} else if (conn->by_cookie && !conn->done) {
		tcplife_flood_cookie_valid(&net->f, conn->source.family, conn->source.address,
					   net_now_ns(net));
		conn->done = true;
	}
}

static inline void net_client_syn(struct net *net, u32 i)
{
	struct net_conn *conn = &net->conns[i];

	if (conn->client_done)
		return;
	conn->syns++;
	if (conn->traffic->kind != NET_FLOOD && conn->syns <= NET_RETRIES)
		net_later(net, i, NET_CLIENT_SYN,
			  NET_SECOND << (conn->syns - 1));
	net_send(net, i, NET_SYN);
}

static inline void net_happen(struct net *net, u32 i, enum net_event event)
{
	struct net_conn *conn = &net->conns[i];

	switch (event) {
	case NET_CLIENT_SYN:
		net_client_syn(net, i);
		break;
	case NET_SYN:
		net_syn(net, i);
		break;
	case NET_CLIENT_SYNACK:
		conn->client_done = true;
		net_send(net, i, conn->traffic->kind == NET_RESETS ? NET_RST :
			 NET_ACK);
		break;
	case NET_ACK:
		net_ack(net, conn);
		break;
	case NET_RST:
		if (conn->queued) {
			tcplife_flood_reset(&net->f, conn->source.family, conn->source.address,
					    conn->birth_ns, net_now_ns(net));
			net_unqueue(net, conn);
		}
		conn->done = true;
		break;
	case NET_TIMER:
		net_timer(net, i);
		break;
	}
	conn = &net->conns[i];
	if (!--conn->refs) {
		conn->next_free = net->conns_free;
		net->conns_free = i;
	}
}

/* exp(-@x), for which no library is needed. */
static inline double net_exp_minus(double x)
{
	double y = 1 - x / (1 << 20);
	int i;

	for (i = 0; i < 20; i++)
		y *= y;
	return y;
}

/* Clients begin in this step: Poisson, by Knuth's way. */
static inline void net_arrivals(struct net *net, const struct net_traffic *t,
				double at_s)
{
	double rate = t->rate, product = 1, least;
	u32 i;

	if (at_s < t->begin_s || (t->end_s && at_s >= t->end_s))
		return;
	at_s -= t->begin_s;
	if (t->on_s && (u64)at_s % (t->on_s + t->off_s) >= t->on_s)
		return;
	if (t->ramp_s && at_s < t->ramp_s)
		rate *= at_s / t->ramp_s;
	least = net_exp_minus(rate / NET_SECOND);
	for (;;) {
		product *= (unit_random(&net->seed) >> 11) * 0x1p-53;
		if (product <= least)
			return;
		i = net_conn_new(net);
		net->conns[i].traffic = t;
		net_address(net, &net->conns[i]);
		net_later(net, i, NET_CLIENT_SYN, 1);
	}
}

/* One step of time.  The module's timer ticks if the detector needs it. */
static inline void net_step(struct net *net, const struct net_traffic *traffic,
			    double at_s)
{
	u32 at, wait, next;

	net->step++;
	at = net->step % NET_WHEEL;
	for (wait = net->first[at]; wait; wait = next) {
		net_happen(net, net->waits[wait].conn, net->waits[wait].event);
		next = net->waits[wait].next;
		net->waits[wait].next = net->waits_free;
		net->waits_free = wait;
	}
	net->first[at] = 0;
	for (; traffic->rate; traffic++)
		net_arrivals(net, traffic, at_s);
	if (net->step % NET_TICK == 0 && tcplife_flood_needs_time(&net->f))
		tcplife_flood_advance(&net->f, net_now_ns(net));
}

#endif
