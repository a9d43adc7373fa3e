/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What bench_least.c records, and its parts, which are all in line.
 */
#ifndef BENCH_LEAST_H
#define BENCH_LEAST_H

#include <linux/build_bug.h>
#include <linux/cgroup.h>
#include <linux/cred.h>
#include <linux/hash.h>
#include <linux/jiffies.h>
#include <linux/netlink.h>
#include <linux/percpu.h>
#include <linux/seqlock.h>
#include <linux/sock_diag.h>
#include <linux/spinlock.h>
#include <linux/version.h>
#include <net/mptcp.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>
#include <net/tcp.h>

#define CHAIN_BITS	16
#define RECORDS		(1U << 18)
#define RING		(1U << 14)
#define LOCKS		256
#define EVENTS		10
#define LISTENERS	256
#define WINDOWS		128
#define WINDOW_BITS	25
#define CHUNK_BITS	10
#define BUCKETS		32
#define TOPS		8
#define MANY		64		/* SYNs in a window; of more, one in PICK is looked at */
#define PICK		8
#define PLACES_OF_ENDS	256
#define MARK_NS		(10 * NSEC_PER_MSEC)
#define EVENT_ACCEPTED	20		/* beside TCP_* */

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
 * @WAITS: how long handshakes took, by namespace and by listener, and when a connection
 *	was accepted and how long it waited for that
 * @ROOM: memory that grows with the records, up to a limit, of which a part is kept for
 *	what is established; chains whose number is a parameter, by a key that nobody
 *	knows; a ring of its own for what was half open; counters and an end for each
 *	namespace
 * @WHY: why it ended, and what ended its TIME_WAIT
 * @SENDERS: which addresses and prefixes stand out among the SYNs left without an answer;
 *	those of a sketch by hashes that nobody outside can choose
 * @ELSEWHERE: what has to be asked at each hook so that a record is right, too, where
 *	something else happens than in the bench
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
	WAITS,
	ROOM,
	WHY,
	SENDERS,
	ELSEWHERE,
	PARTS,
};

/* A module for each number of parts, so that what is not wanted costs nothing. */
#define WITH(part)	((part) < BENCH_LEAST_PARTS)
static_assert(BENCH_LEAST_PARTS <= PARTS, "there are no more");

enum bench_least_flag {
	ACCEPTED	= 1 << 0,
	UNACCEPTED	= 1 << 1,
	RST_SENT	= 1 << 2,
	RST_RECEIVED	= 1 << 3,
	LATE_DATA	= 1 << 4,
	FAST_OPEN	= 1 << 5,
	MULTIPATH	= 1 << 6,
	MIGRATING	= 1 << 7,
};

/* What the first part, and those after it, add to a record. */
struct bench_least_more {
	u64 real_ns;
	const void *net;
	u64 previous;
	u8 addresses[32];
	u32 isn_local, isn_remote;
	u64 bytes_sent, bytes_received;
	u32 segments_sent, segments_received;
	u32 cwnd, ssthresh, srtt_us, min_rtt_us, retransmits;
	u32 pid, uid;
	u64 cgroup;
	char comm[16];
	u16 listener;
	u8 family, role, closer, error, outcome, cc, ended_by;
	u8 syn_retransmits, synack_retransmits;
	u8 flags;			/* enum bench_least_flag */
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

/* Misra and Gries: whatever sends more than one in TOPS + 1 is among them. */
struct bench_least_tops {
	__be32 address[TOPS];
	u64 syns[TOPS];
	u64 none;		/* taken from all of them */
};

struct bench_least_listener {
	raw_spinlock_t lock;
	u16 number;
	u64 id;
	u32 half_open, peak;
	u64 syns, synacks, cookies, dropped, completed, accepted, failed;
	u64 window;
	u64 outstanding;
	struct {
		u32 syns, begun, open, cookies;
	} windows[WINDOWS];
	u8 registers[1024];
	struct bench_least_tops sources, prefixes;
	u64 handshake[BUCKETS], wait[BUCKETS];
} ____cacheline_aligned;

/* One CPU's counters. */
struct bench_least_counters {
	seqcount_t seq;
	u64 opened, passive, active, live, closed, half_open, half_open_begun;
	u64 half_open_established, half_open_failed, established;
	u64 time_wait, time_wait_begun, time_wait_ended, time_wait_expired;
	u64 time_wait_ends[8];
	u64 syns, cookies;
	u64 handshake[BUCKETS];
};

/* What is kept for a namespace. */
struct bench_least_net {
	bool dead;
	struct bench_least_counters __percpu *counters;
};

/* What a hook leaves for the next on this CPU. */
struct bench_least_mark {
	const void *object;
	u64 left_ns;
	bool syn, rst;
};

/* The SYN that is answered now. */
struct bench_least_syn {
	unsigned long turn, turns;
	const struct sk_buff *skb;
	u16 listener, as;
	u64 at_ns;
};

static struct bench_least_record *bench_least_records;
static u32 *bench_least_ring, *bench_least_half_open;	/* rings of records that are over */
static struct bench_least_record *bench_least_chunks[RECORDS >> CHUNK_BITS];
static u32 bench_least_heads[1U << CHAIN_BITS], bench_least_free, bench_least_ended;
static u32 bench_least_used, bench_least_limit, bench_least_enough;
static u32 bench_least_ring_size, bench_least_half_open_ended;
static unsigned int bench_least_shift, bench_least_net_id;
static u64 bench_least_key;
static u64 bench_least_taken_over[PLACES_OF_ENDS];	/* ends whose TIME_WAIT is over */
static DEFINE_RAW_SPINLOCK(bench_least_free_lock);	/* and the rings' */
static struct {
	raw_spinlock_t lock;
} ____cacheline_aligned bench_least_locks[LOCKS];
static struct bench_least_listener bench_least_listeners[LISTENERS];
static DEFINE_PER_CPU(struct bench_least_counters, bench_least_counters);
static DEFINE_PER_CPU(struct bench_least_syn, bench_least_syns);
static DEFINE_PER_CPU(struct bench_least_mark, bench_least_marks);
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

static __always_inline u32 bench_least_chain(u64 id)
{
	if (WITH(ROOM))
		return (id ^ bench_least_key) * GOLDEN_RATIO_64 >> bench_least_shift;
	return hash_64(id, CHAIN_BITS);
}

static __always_inline struct bench_least_record *bench_least_at(u32 i)
{
	if (WITH(ROOM))
		return &bench_least_chunks[i >> CHUNK_BITS][i % (1U << CHUNK_BITS)];
	return &bench_least_records[i];
}

/* How old a record is, in microseconds; one compare finds what is no such time. */
static __always_inline u32 bench_least_us(const struct bench_least_record *r, u64 now_ns)
{
	u64 age_ns = now_ns - r->birth_ns;

	if (WITH(ELSEWHERE) && unlikely(age_ns >= (u64)U32_MAX * NSEC_PER_USEC))
		return (s64)age_ns < 0 ? 0 : U32_MAX;
	return age_ns / NSEC_PER_USEC;
}

/* An event, not the first, is kept if there is room; it is never before the last one. */
static __always_inline void bench_least_note(struct bench_least_record *r, u8 event,
					     u32 us)
{
	u32 i = r->count;

	if (unlikely(i == EVENTS))
		return;
	if (WITH(ELSEWHERE) && unlikely(us < r->us[i - 1]))
		us = r->us[i - 1];
	r->event[i] = event;
	r->us[i] = us;
	r->count = i + 1;
}

static __always_inline void bench_least_add(struct bench_least_record *r, u8 event,
					    u32 us)
{
	r->state = event;
	bench_least_note(r, event, us);
}

/* Is @sk between the ends of a record? */
static __always_inline bool bench_least_fits(const struct bench_least_record *r,
					     const struct sock *sk)
{
	const struct sock_common *c = &sk->__sk_common;

	if (r->local_port != c->skc_num || r->remote_port != c->skc_dport)
		return false;
	if (r->more.family == 4)
		return r->local == c->skc_rcv_saddr && r->remote == c->skc_daddr;
	return !memcmp(r->more.addresses, &c->skc_v6_rcv_saddr, 16) &&
	       !memcmp(r->more.addresses + 16, &c->skc_v6_daddr, 16);
}

/* The record of a socket or request, or of the timewait_sock @tw. */
static __always_inline struct bench_least_record *
bench_least_find(u64 id, u32 chain, const struct sock *tw)
{
	u32 i = bench_least_heads[chain];
	struct bench_least_record *r;

	for (; i; i = r->next) {
		r = bench_least_at(i);
		if (r->id != id)
			continue;
		if (!WITH(ELSEWHERE) ||
		    (r->minisock == !!tw && (!tw || bench_least_fits(r, tw))))
			return r;
	}
	return NULL;
}

static __always_inline void bench_least_leave(const void *object, const struct tcphdr *th)
{
	struct bench_least_mark *mark = this_cpu_ptr(&bench_least_marks);

	mark->object = object;
	mark->left_ns = ktime_get_ns();
	mark->syn = th->syn;
	mark->rst = th->rst;
}

/* What was left on this CPU about an object, or NULL. */
static __always_inline const struct bench_least_mark *bench_least_left(const void *object,
								       u64 now_ns)
{
	const struct bench_least_mark *mark = this_cpu_ptr(&bench_least_marks);

	return mark->object == object && now_ns - mark->left_ns < MARK_NS ? mark : NULL;
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
	if (WITH(ELSEWHERE) && unlikely(tp->bytes_retrans > tp->bytes_sent))
		m->bytes_sent = 0;	/* what could not be sent counts there */
	if (WITH(ELSEWHERE) && unlikely(sock_flag(sk, SOCK_DONE) > tp->bytes_received))
		m->bytes_received = 0;
	m->segments_sent = tp->segs_out;
	m->segments_received = tp->segs_in;
	m->cwnd = tp->snd_cwnd;
	m->ssthresh = tcp_in_initial_slowstart(tp) ? 0 : tp->snd_ssthresh;
	m->srtt_us = tp->srtt_us >> 3;
	m->min_rtt_us = tcp_min_rtt(tp);
	m->retransmits = tp->total_retrans;
	if (WITH(ELSEWHERE)) {
		m->retransmits -= min_t(u32, m->retransmits,
					m->syn_retransmits + m->synack_retransmits);
		if (sk_is_mptcp(sk))
			m->flags |= MULTIPATH;
		if (tp->syn_data_acked)
			m->flags |= FAST_OPEN;
	}
	m->error = sk->sk_err;
	m->cc = bench_least_cc(inet_csk(sk)->icsk_ca_ops->name);
}

static __always_inline struct bench_least_net *bench_least_net_of(const struct sock *sk)
{
	return rcu_dereference_sched(sock_net(sk)->gen)->ptr[bench_least_net_id];
}

static __always_inline struct bench_least_counters __percpu *
bench_least_counters_of(const void *net)
{
	return WITH(ROOM) ? ((const struct bench_least_net *)net)->counters :
			    &bench_least_counters;
}

static __always_inline struct bench_least_counters *
bench_least_count(const struct bench_least_record *r)
{
	struct bench_least_counters *c =
		this_cpu_ptr(bench_least_counters_of(r->more.net));

	raw_write_seqcount_begin(&c->seq);
	return c;
}

static __always_inline unsigned int bench_least_bucket(u32 us)
{
	return min_t(unsigned int, fls(us), BUCKETS - 1);
}

static __always_inline void bench_least_counted(struct bench_least_counters *c)
{
	raw_write_seqcount_end(&c->seq);
}

static __always_inline void bench_least_count_begin(const struct bench_least_record *r)
{
	struct bench_least_counters *c = bench_least_count(r);

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
						     u8 state, u32 us)
{
	struct bench_least_counters *c;

	if (state != TCP_ESTABLISHED && state != TCP_TIME_WAIT && state != TCP_CLOSE)
		return;
	c = bench_least_count(r);
	if (r->state == TCP_SYN_RECV) {
		c->half_open--;
		if (state == TCP_CLOSE)
			c->half_open_failed++;
		else
			c->half_open_established++;
	}
	if (state == TCP_ESTABLISHED) {
		c->established++;
		if (WITH(WAITS))
			c->handshake[bench_least_bucket(us)]++;
	} else if (state == TCP_TIME_WAIT) {
		c->time_wait++;
		c->time_wait_begun++;
	} else {
		if (r->state == TCP_TIME_WAIT) {
			c->time_wait--;
			c->time_wait_ended++;
			if (WITH(WHY))
				c->time_wait_ends[r->more.ended_by]++;
			else
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

static __always_inline u64 bench_least_mix(u64 x)
{
	x ^= bench_least_key;
	x ^= x >> 33;
	x *= 0xff51afd7ed558ccdULL;
	x ^= x >> 33;
	x *= 0xc4ceb9fe1a85ec53ULL;
	return x ^ x >> 33;
}

static __always_inline __be32 bench_least_prefix(__be32 address)
{
	return address & htonl(~0U << 8);
}

static __always_inline void bench_least_top_add(struct bench_least_tops *tops,
						__be32 address, unsigned int syns)
{
	unsigned int i;

	for (i = 0; i < TOPS; i++) {
		if (tops->address[i] != address)
			continue;
		tops->syns[i] = max(tops->syns[i], tops->none) + syns;
		return;
	}
	for (i = 0; i < TOPS; i++) {
		if (tops->syns[i] > tops->none)
			continue;
		tops->address[i] = address;
		tops->syns[i] = tops->none + syns;
		return;
	}
	tops->none += syns;
}

static __always_inline void bench_least_top_forgive(struct bench_least_tops *tops,
						    __be32 address)
{
	unsigned int i;

	for (i = 0; i < TOPS; i++) {
		if (tops->address[i] != address)
			continue;
		if (tops->syns[i] > tops->none)
			tops->syns[i]--;
		return;
	}
}

/* A connection was half open until now. */
static __always_inline void bench_least_settled(const struct bench_least_record *r,
						u8 state, u32 us)
{
	struct bench_least_listener *l = &bench_least_listeners[r->more.listener];
	u64 window = r->birth_ns >> WINDOW_BITS;

	raw_spin_lock(&l->lock);
	l->half_open--;
	if (state == TCP_CLOSE)
		l->failed++;
	else
		l->completed++;
	if (WITH(WAITS) && state != TCP_CLOSE)
		l->handshake[bench_least_bucket(us)]++;
	if (WITH(DETECTOR) && state != TCP_CLOSE) {
		l->outstanding--;
		if (l->window - window < WINDOWS)
			l->windows[window % WINDOWS].open--;
		if (WITH(SENDERS)) {
			bench_least_top_forgive(&l->sources, r->remote);
			bench_least_top_forgive(&l->prefixes,
						bench_least_prefix(r->remote));
		}
	}
	raw_spin_unlock(&l->lock);
}

static __always_inline void bench_least_tell(void)
{
	if (netlink_has_listeners(init_net.genl_sock, 1))
		atomic_inc(&bench_least_heard);
}

#endif
