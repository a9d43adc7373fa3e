// SPDX-License-Identifier: GPL-2.0
/*
 * The least that records a connection from its SYN to the end of TIME_WAIT: its ends
 * and a timeline of its states, through request, socket and timewait_sock, found
 * under a lock, and kept in a ring when it is over.  Then, part by part, the least
 * for what else tcplife tells:
 *
 *   insmod bench_least.ko [parts=N]	the first N of enum bench_least_part
 *
 * Each part is written for this one purpose: nothing is called that could stand in
 * line, nothing is looked after that does not happen in the bench (no hook that was
 * missed, no simultaneous open, no Fast Open, no retransmission), nothing can be read
 * back, and no memory is given back.  What it costs is what nobody can record for less.
 *
 * Locks: that of a chain, raw, with interrupts off; inside it one of: that of the
 * free records, of the ring, of a listener.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cgroup.h>
#include <linux/cred.h>
#include <linux/ftrace.h>
#include <linux/hash.h>
#include <linux/jump_label.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/netlink.h>
#include <linux/percpu.h>
#include <linux/seqlock.h>
#include <linux/sock_diag.h>
#include <linux/spinlock.h>
#include <linux/tracepoint.h>
#include <linux/version.h>
#include <linux/vmalloc.h>
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
 * @COUNTERS: of each namespace, those that balance in one transaction a CPU
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

static unsigned int parts;
module_param(parts, uint, 0400);
MODULE_PARM_DESC(parts, "how many parts are recorded beside ends and states");

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

static struct tracepoint *bench_least_states, *bench_least_congestion;
static bool bench_least_congestion_attached;

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

/* --- the life of a record --- */

static __always_inline u32 bench_least_take(void)
{
	u32 i;

	raw_spin_lock(&bench_least_free_lock);
	i = bench_least_free;
	if (i)
		bench_least_free = bench_least_records[i].next;
	raw_spin_unlock(&bench_least_free_lock);
	return i;
}

static __always_inline void bench_least_begin(struct sock *sk, u8 state,
					      const struct request_sock *req, u64 now_ns)
{
	const struct sock_common *c = &sk->__sk_common;
	struct bench_least_record *r;
	u32 unused[2], chain, i;
	unsigned long flags;

	sock_diag_save_cookie(sk, unused);	/* makes it */
	chain = hash_64(bench_least_id(sk), CHAIN_BITS);
	raw_spin_lock_irqsave(bench_least_lock(chain), flags);
	i = bench_least_take();
	if (i) {
		r = &bench_least_records[i];
		r->id = bench_least_id(sk);
		r->birth_ns = now_ns;
		r->minisock = false;
		r->count = 0;
		bench_least_add(r, state, now_ns);
		if (WITH(ENDS_FULLY)) {
			memset(&r->more, 0, sizeof(r->more));
			bench_least_ends(r, sk);
			r->more.real_ns = ktime_mono_to_real(now_ns);
			r->more.net = sock_net(sk);
			r->more.role = state;
			if (req) {
				r->more.isn_local = tcp_rsk(req)->snt_isn;
				r->more.isn_remote = tcp_rsk(req)->rcv_isn;
			}
		} else {
			r->local = c->skc_rcv_saddr;
			r->remote = c->skc_daddr;
			r->remote_port = c->skc_dport;
			r->local_port = c->skc_num;
		}
		if (WITH(OWNER) && !req)
			bench_least_owner(r);
		if (WITH(COUNTERS))
			bench_least_count_begin(r);
		if (WITH(LISTENER) && req)
			r->more.listener = bench_least_listener_of(req->rsk_listener) -
					   bench_least_listeners;
		r->next = bench_least_heads[chain];
		bench_least_heads[chain] = i;
	}
	raw_spin_unlock_irqrestore(bench_least_lock(chain), flags);
}

static __always_inline void bench_least_end(struct bench_least_record *r, u32 chain)
{
	u32 i = r - bench_least_records, *link = &bench_least_heads[chain];
	struct bench_least_record *copy;

	if (WITH(READER))
		bench_least_tell();
	raw_spin_lock(&bench_least_ring_lock);
	copy = &bench_least_ring[bench_least_ended++ % RING];
	if (WITH(ENDS_FULLY))
		*copy = *r;
	else
		memcpy(copy, r, offsetof(struct bench_least_record, more));
	raw_spin_unlock(&bench_least_ring_lock);
	while (*link != i)
		link = &bench_least_records[*link].next;
	*link = r->next;
	raw_spin_lock(&bench_least_free_lock);
	r->next = bench_least_free;
	bench_least_free = i;
	raw_spin_unlock(&bench_least_free_lock);
}

/* What else is recorded when a socket, or its timewait_sock, enters a state. */
static __always_inline void bench_least_entered(struct bench_least_record *r,
						const struct sock *sk, u8 state,
						bool minisock)
{
	if (WITH(ENDS_FULLY) && r->state == TCP_SYN_SENT) {
		bench_least_ends(r, sk);
		r->more.isn_local = tcp_sk(sk)->snd_una - (u32)tcp_sk(sk)->bytes_acked;
		r->more.isn_remote = tcp_sk(sk)->rcv_nxt - 1;
	}
	if (WITH(FIGURES)) {
		if (!r->more.closer && state != TCP_ESTABLISHED)
			r->more.closer = state;
		if (state == TCP_TIME_WAIT || (state == TCP_CLOSE && !minisock)) {
			bench_least_figures(r, sk);
			r->more.outcome = r->state;
		}
	}
	if (WITH(COUNTERS))
		bench_least_count_change(r, state);
	if (WITH(LISTENER) && r->state == TCP_SYN_RECV)
		bench_least_settled(r, state);
	if (WITH(READER) && state == TCP_TIME_WAIT)
		bench_least_tell();
}

/*
 * The record of a socket, or of its timewait_sock, enters a state.  @figures is the
 * socket, if there is one.
 */
static __always_inline void bench_least_enter(const struct sock *sk,
					      const struct sock *figures, u8 state,
					      u64 now_ns, bool minisock)
{
	u32 chain = hash_64(bench_least_id(sk), CHAIN_BITS);
	struct bench_least_record *r;
	unsigned long flags;

	raw_spin_lock_irqsave(bench_least_lock(chain), flags);
	r = bench_least_find(bench_least_id(sk), chain);
	if (r && (minisock || !r->minisock)) {
		r->minisock = minisock;
		bench_least_entered(r, figures, state, minisock);
		bench_least_add(r, state, now_ns);
		if (state == TCP_CLOSE)
			bench_least_end(r, chain);
	}
	raw_spin_unlock_irqrestore(bench_least_lock(chain), flags);
}

/* --- hooks --- */

static void bench_least_state(void *data, struct sock *sk, int from, int to)
{
	if (sk->sk_protocol != IPPROTO_TCP || from == TCP_LISTEN || to == TCP_LISTEN)
		return;
	if (to == TCP_SYN_SENT)
		bench_least_begin(sk, to, NULL, ktime_get_ns());
	else if (to == TCP_FIN_WAIT1 || to == TCP_LAST_ACK)	/* no segment's time */
		bench_least_enter(sk, sk, to, ktime_get_ns(), false);
	else
		bench_least_enter(sk, sk, to, tcp_sk(sk)->tcp_mstamp * NSEC_PER_USEC, false);
}

static void bench_least_congested(void *data, struct sock *sk, u8 state)
{
	u32 chain = hash_64(bench_least_id(sk), CHAIN_BITS);
	struct bench_least_record *r;
	unsigned long flags;

	if (inet_csk(sk)->icsk_ca_state == state)
		return;
	raw_spin_lock_irqsave(bench_least_lock(chain), flags);
	r = bench_least_find(bench_least_id(sk), chain);
	if (r)
		bench_least_add(r, r->state, ktime_get_ns());
	raw_spin_unlock_irqrestore(bench_least_lock(chain), flags);
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
#define ARGUMENT(fregs, n)	((void *)ftrace_regs_get_argument(fregs, n))
#else
#define ARGUMENT(fregs, n)	((void *)regs_get_kernel_argument(&(fregs)->regs, n))
#endif

#define HOOK(name)							\
	static void bench_least_##name(unsigned long ip, unsigned long parent_ip, \
				       struct ftrace_ops *ops, struct ftrace_regs *fregs)

HOOK(synack)
{
	struct request_sock *req = ARGUMENT(fregs, 2);

	if ((unsigned long)ARGUMENT(fregs, 4) == TCP_SYNACK_COOKIE)
		return;
	if (ARGUMENT(fregs, 5))
		bench_least_begin(req_to_sk(req), TCP_SYN_RECV, req, WITH(LISTENER) ?
				  __this_cpu_read(bench_least_syn_ns) : ktime_get_ns());
}

HOOK(hashdance)
{
	const struct sock *sk = ARGUMENT(fregs, 1);

	bench_least_enter(sk, sk, TCP_TIME_WAIT, tcp_sk(sk)->tcp_mstamp * NSEC_PER_USEC, true);
}

HOOK(kill)
{
	bench_least_enter(ARGUMENT(fregs, 0), NULL, TCP_CLOSE, ktime_get_ns(), true);
}

/* Accepted, or given up while half open. */
HOOK(request_end)
{
	struct request_sock *req = ARGUMENT(fregs, 0);
	struct sock *sk = req->sk ?: req_to_sk(req);
	u32 chain = hash_64(bench_least_id(sk), CHAIN_BITS);
	struct bench_least_listener *l;
	struct bench_least_record *r;
	unsigned long flags;

	if (!bench_least_id(sk))	/* one that was answered by a cookie */
		return;
	raw_spin_lock_irqsave(bench_least_lock(chain), flags);
	r = bench_least_find(bench_least_id(sk), chain);
	if (r && req->sk) {
		bench_least_owner(r);
		if (WITH(LISTENER)) {
			l = &bench_least_listeners[r->more.listener];
			raw_spin_lock(&l->lock);
			l->accepted++;
			raw_spin_unlock(&l->lock);
		}
	} else if (r && WITH(LISTENER)) {
		bench_least_entered(r, NULL, TCP_CLOSE, true);
		bench_least_add(r, TCP_CLOSE, ktime_get_ns());
		bench_least_end(r, chain);
	}
	raw_spin_unlock_irqrestore(bench_least_lock(chain), flags);
}

/* The windows, and a register of a sketch of distinct sources. */
static __always_inline void bench_least_detect(struct bench_least_listener *l,
					       const struct sk_buff *skb, bool cookie,
					       u64 now_ns)
{
	u64 hash = ip_hdr(skb)->saddr * GOLDEN_RATIO_64, window = now_ns >> WINDOW_BITS;
	u8 rank;

	while (l->window < window) {	/* the bench's are few */
		l->window++;
		memset(&l->windows[l->window % WINDOWS], 0, sizeof(l->windows[0]));
	}
	l->windows[window % WINDOWS].syns++;
	if (cookie) {
		l->windows[window % WINDOWS].cookies++;
	} else {
		l->windows[window % WINDOWS].begun++;
		l->windows[window % WINDOWS].open++;
	}
	l->outstanding++;
	hash ^= hash >> 32;
	rank = __ffs64(hash >> 10 | 1ULL << 53);
	if (l->registers[hash % 1024] < rank)
		l->registers[hash % 1024] = rank;
}

HOOK(syn)
{
	const struct sock *sk = ARGUMENT(fregs, 2);
	bool full = inet_csk_reqsk_queue_is_full(sk);
	u8 cookies = READ_ONCE(sock_net(sk)->ipv4.sysctl_tcp_syncookies);
	bool dropped = (full && !cookies) || sk_acceptq_is_full(sk);
	bool cookie = cookies == 2 || full;
	struct bench_least_listener *l;
	u64 now_ns = ktime_get_ns();
	unsigned long flags;

	l = bench_least_listener_of(sk);
	raw_spin_lock_irqsave(&l->lock, flags);
	l->syns++;
	if (dropped) {
		l->dropped++;
	} else if (cookie) {
		l->cookies++;
	} else {
		l->synacks++;
		l->half_open++;
		l->peak = max(l->peak, l->half_open);
	}
	this_cpu_inc(bench_least_counters.syns);
	if (!dropped && cookie)
		this_cpu_inc(bench_least_counters.cookies);
	if (WITH(DETECTOR))
		bench_least_detect(l, ARGUMENT(fregs, 3), cookie, now_ns);
	raw_spin_unlock_irqrestore(&l->lock, flags);
	__this_cpu_write(bench_least_syn_ns, now_ns);	/* for its answer, which follows */
}

/* Until TIME_WAIT begins there is no room for it. */
HOOK(time_wait)
{
	const struct sock *sk = ARGUMENT(fregs, 0);
	u32 chain = hash_64(bench_least_id(sk), CHAIN_BITS);
	struct bench_least_record *r;
	unsigned long flags;

	raw_spin_lock_irqsave(bench_least_lock(chain), flags);
	r = bench_least_find(bench_least_id(sk), chain);
	if (r)
		r->more.outcome = TCP_TIME_WAIT;
	raw_spin_unlock_irqrestore(bench_least_lock(chain), flags);
}

HOOK(timer)
{
	if ((unsigned long)ARGUMENT(fregs, 2) & 1)
		bench_least_enter(ARGUMENT(fregs, 0), ARGUMENT(fregs, 0), TCP_TIME_WAIT,
				  ktime_get_ns(), true);
}

HOOK(child)
{
	const struct sock *sk = ARGUMENT(fregs, 0);

	if (sk_acceptq_is_full(sk))
		WRITE_ONCE(bench_least_listener_of(sk)->dropped, 1);
}

HOOK(segment)
{
	if (tcp_hdr((const struct sk_buff *)ARGUMENT(fregs, 1))->rst)
		atomic_inc(&bench_least_heard);
}

/* In the order of their parts. */
static struct {
	const char *name, *newer;
	unsigned int part;		/* that needs it; 0: all do */
	struct ftrace_ops ops;
	bool attached;
} bench_least_hooks[] = {
	{ "tcp_make_synack", .ops.func = bench_least_synack },
	{ "inet_twsk_hashdance", "inet_twsk_hashdance_schedule", .ops.func = bench_least_hashdance },
	{ "inet_twsk_kill", .ops.func = bench_least_kill },
	{ "tcp_v4_reqsk_destructor", .part = OWNER, .ops.func = bench_least_request_end },
	{ "tcp_conn_request", .part = LISTENER, .ops.func = bench_least_syn },
	{ "tcp_time_wait", .part = REST, .ops.func = bench_least_time_wait },
	{ "__inet_twsk_schedule", .part = REST, .ops.func = bench_least_timer },
	{ "tcp_v4_syn_recv_sock", .part = REST, .ops.func = bench_least_child },
	{ "tcp_check_req", .part = REST, .ops.func = bench_least_segment },
};

/* --- load and unload --- */

static int bench_least_filter(struct ftrace_ops *ops, const char *name)
{
	struct kprobe probe = {
		.symbol_name = name,
		.flags = KPROBE_FLAG_DISABLED,
	};
	int err = register_kprobe(&probe);

	if (err)
		return err;
	unregister_kprobe(&probe);
	return ftrace_set_filter_ip(ops, (unsigned long)probe.addr, 0, 0);
}

static void bench_least_match(struct tracepoint *tp, void *data)
{
	if (!strcmp(tp->name, "inet_sock_set_state"))
		bench_least_states = tp;
	else if (!strcmp(tp->name, "tcp_cong_state_set"))
		bench_least_congestion = tp;
}

/* All but the states, which are attached last. */
static void bench_least_detach(void)
{
	unsigned int i;

	if (bench_least_congestion_attached)
		tracepoint_probe_unregister(bench_least_congestion, bench_least_congested, NULL);
	for (i = 0; i < ARRAY_SIZE(bench_least_hooks); i++) {
		if (!bench_least_hooks[i].attached)
			continue;
		unregister_ftrace_function(&bench_least_hooks[i].ops);
		ftrace_set_filter(&bench_least_hooks[i].ops, NULL, 0, 1);	/* frees it */
	}
	tracepoint_synchronize_unregister();
	synchronize_rcu();
}

static int bench_least_attach(void)
{
	unsigned int i;
	int err = 0;

	for_each_kernel_tracepoint(bench_least_match, NULL);
	if (!bench_least_states || !bench_least_congestion)
		return -ENOENT;
	for (i = 0; !err && i < ARRAY_SIZE(bench_least_hooks); i++) {
		struct ftrace_ops *ops = &bench_least_hooks[i].ops;

		if (bench_least_hooks[i].part && bench_least_hooks[i].part >= parts)
			continue;
		err = bench_least_filter(ops, bench_least_hooks[i].name);
		if (err && bench_least_hooks[i].newer)
			err = bench_least_filter(ops, bench_least_hooks[i].newer);
		if (!err)
			err = register_ftrace_function(ops);
		bench_least_hooks[i].attached = !err;
	}
	if (!err && parts > REST) {
		err = tracepoint_probe_register(bench_least_congestion, bench_least_congested,
						NULL);
		bench_least_congestion_attached = !err;
	}
	if (!err)
		err = tracepoint_probe_register(bench_least_states, bench_least_state, NULL);
	return err;
}

static void bench_least_free_all(void)
{
	vfree(bench_least_records);
	vfree(bench_least_ring);
}

static int __init bench_least_start(void)
{
	int err = -ENOMEM;
	u32 i;

	bench_least_records = vzalloc(array_size(RECORDS, sizeof(*bench_least_records)));
	bench_least_ring = vzalloc(array_size(RING, sizeof(*bench_least_ring)));
	if (!bench_least_records || !bench_least_ring)
		goto fail;
	for (i = 1; i < RECORDS - 1; i++)	/* 0 is none */
		bench_least_records[i].next = i + 1;
	bench_least_free = 1;
	for (i = 0; i < LOCKS; i++)
		raw_spin_lock_init(&bench_least_locks[i].lock);
	for (i = 0; i < LISTENERS; i++)
		raw_spin_lock_init(&bench_least_listeners[i].lock);
	strscpy_pad(bench_least_names[1], "cubic", TCP_CA_NAME_MAX);
	for (i = 0; i < min_t(unsigned int, parts, PARTS); i++)
		static_branch_enable(&bench_least_parts[i]);
	err = bench_least_attach();
	if (err) {
		bench_least_detach();
		goto fail;
	}
	return 0;

fail:
	bench_least_free_all();
	return err;
}

static void __exit bench_least_stop(void)
{
	const struct bench_least_record *last;

	tracepoint_probe_unregister(bench_least_states, bench_least_state, NULL);
	bench_least_detach();
	last = &bench_least_ring[(bench_least_ended - 1) % RING];
	pr_info("%u ends recorded, the last with %u events: %*ph\n", bench_least_ended,
		last->count, EVENTS, last->event);
	bench_least_free_all();
}

module_init(bench_least_start);
module_exit(bench_least_stop);
MODULE_DESCRIPTION("the least that records a connection");
MODULE_LICENSE("GPL");
