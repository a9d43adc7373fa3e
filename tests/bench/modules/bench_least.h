/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What bench_least.c records, and its parts, which are all in line.
 */
#ifndef BENCH_LEAST_H
#define BENCH_LEAST_H

#include <linux/cgroup.h>
#include <linux/cred.h>
#include <linux/hash.h>
#include <linux/jump_label.h>
#include <linux/netlink.h>
#include <linux/percpu.h>
#include <linux/seqlock.h>
#include <linux/sock_diag.h>
#include <linux/spinlock.h>
#include <linux/version.h>
#include <net/tcp.h>

#define CHAIN_BITS	16
#define RECORDS		(1U << 18)
#define RING		(1U << 14)
#define LOCKS		256
#define EVENTS		10
#define LISTENERS	256
#define WINDOWS		128
#define WINDOW_BITS	25

/**
 * enum bench_least_part - what is recorded beside ends and states
 * @ENDS_FULLY: IPv6 as well, namespace, initial sequence numbers, wall-clock time, in a
 *	record that is zeroed; the local port of who connects, which is known later
 * @FIGURES: at the end: bytes, segments, round-trip times, windows, congestion control,
 *	retransmissions, error, who closed first
 * @OWNER: who connected or accepted: process, user, cgroup, name
 * @COUNTERS: of all namespaces together, those that balance in one transaction a CPU
 * @LISTENER: SYNs by what becomes of them, handshakes, accepted and failed connections
 *	of each listening socket; the end of a connection that stays half open
 * @DETECTOR: the windows and the distinct sources that tell a flood
 * @READER: does anybody listen to what is to be told?
 * @REST: TIME_WAIT for which there is no room or that follows an orphan's FIN_WAIT2,
 *	accept queues that overflow, a RST in the handshake, states of congestion control
 */
enum bench_least_part {
	ENDS_FULLY,
	FIGURES,
	OWNER,
	COUNTERS,
	LISTENER,
	DETECTOR,
	READER,
	REST,
	PARTS,
};

/* A branch that is not taken at all: what is not wanted costs a jump. */
static DEFINE_STATIC_KEY_ARRAY_FALSE(bench_least_parts, PARTS);
#define WITH(part)	static_branch_likely(&bench_least_parts[part])

/* What the first part, and those after it, add to a record. */
struct bench_least_more {
	u64 real_ns;
	const struct net *net;
	u8 addresses[32];
	u32 isn_local, isn_remote;
	u64 bytes_sent, bytes_received;
	u32 segments_sent, segments_received;
	u32 cwnd, ssthresh, srtt_us, min_rtt_us, retransmits;
	u32 pid, uid;
	u64 cgroup;
	char comm[16];
	u16 listener;
	u8 family, role, closer, error, outcome, cc;
};

struct bench_least_record {
	u64 id;
	u64 birth_ns;
	u32 next;
	__be32 local, remote;
	__be16 remote_port;
	u16 local_port;
	bool minisock;
	u8 state;
	u8 count;
	u8 event[EVENTS];
	u32 us[EVENTS];
	struct bench_least_more more;
};

struct bench_least_listener {
	raw_spinlock_t lock;
	u64 id;
	u32 half_open, peak;
	u64 syns, synacks, cookies, dropped, completed, accepted, failed;
	u64 window;
	u64 outstanding;
	struct {
		u32 syns, begun, open, cookies;
	} windows[WINDOWS];
	u8 registers[1024];
} ____cacheline_aligned;

/* One CPU's counters. */
struct bench_least_counters {
	seqcount_t seq;
	u64 opened, passive, active, live, closed, half_open, half_open_begun;
	u64 half_open_established, half_open_failed, established;
	u64 time_wait, time_wait_begun, time_wait_ended, time_wait_expired;
	u64 syns, cookies;
};

static struct bench_least_record *bench_least_records, *bench_least_ring;
static u32 bench_least_heads[1U << CHAIN_BITS], bench_least_free, bench_least_ended;
static DEFINE_RAW_SPINLOCK(bench_least_free_lock);
static DEFINE_RAW_SPINLOCK(bench_least_ring_lock);
static struct {
	raw_spinlock_t lock;
} ____cacheline_aligned bench_least_locks[LOCKS];
static struct bench_least_listener bench_least_listeners[LISTENERS];
static DEFINE_PER_CPU(struct bench_least_counters, bench_least_counters);
static DEFINE_PER_CPU(u64, bench_least_syn_ns);	/* of the SYN that is answered now */
static char bench_least_names[8][TCP_CA_NAME_MAX];
static atomic_t bench_least_heard;	/* connections that somebody would be told of */

static __always_inline u64 bench_least_id(const struct sock *sk)
{
	return atomic64_read(&sk->sk_cookie);
}

static __always_inline raw_spinlock_t *bench_least_lock(u32 chain)
{
	return &bench_least_locks[chain % LOCKS].lock;
}

static __always_inline void bench_least_add(struct bench_least_record *r, u8 event,
					    u64 now_ns)
{
	r->state = event;
	if (r->count == EVENTS)
		return;
	r->event[r->count] = event;
	r->us[r->count++] = (now_ns - r->birth_ns) / NSEC_PER_USEC;
}

static __always_inline struct bench_least_record *bench_least_find(u64 id, u32 chain)
{
	u32 i = bench_least_heads[chain];

	while (i && bench_least_records[i].id != id)
		i = bench_least_records[i].next;
	return i ? &bench_least_records[i] : NULL;
}

/* --- parts: each is called with the record's chain locked, interrupts off --- */

static __always_inline void bench_least_ends(struct bench_least_record *r,
					     const struct sock *sk)
{
	const struct sock_common *c = &sk->__sk_common;

	r->remote_port = c->skc_dport;
	r->local_port = c->skc_num;
	if (c->skc_family == AF_INET) {
		r->local = c->skc_rcv_saddr;
		r->remote = c->skc_daddr;
		r->more.family = 4;
		return;
	}
	memcpy(r->more.addresses, &c->skc_v6_rcv_saddr, 16);
	memcpy(r->more.addresses + 16, &c->skc_v6_daddr, 16);
	r->more.family = 6;
}

static __always_inline void bench_least_owner(struct bench_least_record *r)
{
	r->more.pid = task_tgid_nr(current);
	r->more.uid = __kuid_val(current_uid());
	memcpy(r->more.comm, current->group_leader->comm, sizeof(r->more.comm));
	r->more.cgroup = cgroup_id(task_dfl_cgroup(current));
}

static __always_inline u8 bench_least_cc(const char *name)
{
	u8 i;

	for (i = 1; i < ARRAY_SIZE(bench_least_names); i++)
		if (!memcmp(bench_least_names[i], name, TCP_CA_NAME_MAX))
			return i;
	return 0;
}

static __always_inline void bench_least_figures(struct bench_least_record *r,
						const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	struct bench_least_more *m = &r->more;

	m->bytes_sent = tp->bytes_sent - tp->bytes_retrans;
	m->bytes_received = tp->bytes_received - sock_flag(sk, SOCK_DONE);
	m->segments_sent = tp->segs_out;
	m->segments_received = tp->segs_in;
	m->cwnd = tp->snd_cwnd;
	m->ssthresh = tcp_in_initial_slowstart(tp) ? 0 : tp->snd_ssthresh;
	m->srtt_us = tp->srtt_us >> 3;
	m->min_rtt_us = tcp_min_rtt(tp);
	m->retransmits = tp->total_retrans;
	m->error = sk->sk_err;
	m->cc = bench_least_cc(inet_csk(sk)->icsk_ca_ops->name);
}

static __always_inline struct bench_least_counters *bench_least_count(void)
{
	struct bench_least_counters *c = this_cpu_ptr(&bench_least_counters);

	raw_write_seqcount_begin(&c->seq);
	return c;
}

static __always_inline void bench_least_counted(struct bench_least_counters *c)
{
	raw_write_seqcount_end(&c->seq);
}

static __always_inline void bench_least_count_begin(const struct bench_least_record *r)
{
	struct bench_least_counters *c = bench_least_count();

	c->opened++;
	c->live++;
	if (r->state == TCP_SYN_RECV) {
		c->passive++;
		c->half_open++;
		c->half_open_begun++;
	} else {
		c->active++;
	}
	bench_least_counted(c);
}

/* Before the record is in the new state.  Most changes count for nothing. */
static __always_inline void bench_least_count_change(const struct bench_least_record *r,
						     u8 state)
{
	struct bench_least_counters *c;

	if (state != TCP_ESTABLISHED && state != TCP_TIME_WAIT && state != TCP_CLOSE)
		return;
	c = bench_least_count();
	if (r->state == TCP_SYN_RECV) {
		c->half_open--;
		if (state == TCP_CLOSE)
			c->half_open_failed++;
		else
			c->half_open_established++;
	}
	if (state == TCP_ESTABLISHED) {
		c->established++;
	} else if (state == TCP_TIME_WAIT) {
		c->time_wait++;
		c->time_wait_begun++;
	} else {
		if (r->state == TCP_TIME_WAIT) {
			c->time_wait--;
			c->time_wait_ended++;
			c->time_wait_expired++;
		}
		c->live--;
		c->closed++;
	}
	bench_least_counted(c);
}

static __always_inline struct bench_least_listener *bench_least_listener_of(const struct sock *sk)
{
	u64 id = bench_least_id(sk);
	u32 i = hash_64(id, 8);

	while (bench_least_listeners[i].id != id) {
		if (!bench_least_listeners[i].id)
			cmpxchg(&bench_least_listeners[i].id, 0, id);
		else
			i = (i + 1) % LISTENERS;
	}
	return &bench_least_listeners[i];
}

/* A connection was half open until now. */
static __always_inline void bench_least_settled(const struct bench_least_record *r,
						u8 state)
{
	struct bench_least_listener *l = &bench_least_listeners[r->more.listener];
	u64 window = r->birth_ns >> WINDOW_BITS;

	raw_spin_lock(&l->lock);
	l->half_open--;
	if (state == TCP_CLOSE)
		l->failed++;
	else
		l->completed++;
	if (WITH(DETECTOR) && state != TCP_CLOSE) {
		l->outstanding--;
		if (l->window - window < WINDOWS)
			l->windows[window % WINDOWS].open--;
	}
	raw_spin_unlock(&l->lock);
}

static __always_inline void bench_least_tell(void)
{
	if (netlink_has_listeners(init_net.genl_sock, 1))
		atomic_inc(&bench_least_heard);
}

#endif
