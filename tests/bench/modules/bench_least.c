// SPDX-License-Identifier: GPL-2.0
/*
 * The least that records a connection from its SYN to the end of TIME_WAIT: its ends
 * and a timeline of its states, through request, socket and timewait_sock, found
 * under a lock, and kept in a ring when it is over.  Then, part by part, the least
 * for what else tcplife tells:
 *
 *   insmod bench_least_N.ko	the first N of enum bench_least_part
 *
 * Each part is written for this one purpose: a function for each hook and each state,
 * in which all else stands in line.  Nothing is looked after that does not happen in the
 * bench (no hook that was missed, no retransmission, an orphan's FIN_WAIT2 taken for
 * TIME_WAIT), but for what the last part is for; nothing can be read back, and no memory
 * is given back.  It is the least that was found, not what nobody could do for less.
 *
 * Locks: that of a chain, raw, with interrupts off; inside it one of: that of the
 * free records and the rings, of a listener.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ftrace.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/tracepoint.h>
#include <linux/version.h>
#include <linux/vmalloc.h>

#include "bench_least.h"
#include "bench_least_why.h"

static struct tracepoint *bench_least_states, *bench_least_congestion;
static bool bench_least_congestion_attached;

/* --- the life of a record --- */

/* All begin half open, or with an attempt to connect. */
static __always_inline u32 bench_least_take(void)
{
	bool low = false;
	u32 i;

	raw_spin_lock(&bench_least_free_lock);
	i = bench_least_free;
	if (WITH(ROOM) && bench_least_used >= bench_least_limit - bench_least_limit / 4)
		i = 0;
	if (i) {
		bench_least_free = bench_least_at(i)->next;
		if (WITH(ROOM))
			low = ++bench_least_used > bench_least_enough;
	}
	raw_spin_unlock(&bench_least_free_lock);
	if (unlikely(low))
		atomic_inc(&bench_least_heard);		/* more is asked for */
	return i;
}

static u32 bench_least_unused[2];

static __always_inline void bench_least_begin(struct sock *sk, u8 state,
					      const struct request_sock *req, u64 now_ns)
{
	const struct sock_common *c = &sk->__sk_common;
	struct bench_least_net *net = NULL;
	struct bench_least_record *r;
	u32 chain, i;
	unsigned long flags;

	if (WITH(ROOM))
		net = bench_least_net_of(sk);
	if (WITH(ELSEWHERE) && unlikely(bench_least_id(sk)))
		atomic_inc(&bench_least_heard);		/* it was another before */
	sock_diag_save_cookie(sk, bench_least_unused);	/* makes it */
	chain = bench_least_chain(bench_least_id(sk));
	raw_spin_lock_irqsave(bench_least_lock(chain), flags);
	i = WITH(ROOM) && unlikely(READ_ONCE(net->dead)) ? 0 : bench_least_take();
	if (i) {
		r = bench_least_at(i);
		r->id = bench_least_id(sk);
		r->birth_ns = now_ns;
		r->minisock = false;
		r->state = state;
		r->event[0] = state;
		r->us[0] = 0;
		r->count = 1;
		if (WITH(ENDS_FULLY)) {
			memset(&r->more, 0, sizeof(r->more));
			bench_least_ends(r, sk);
			r->more.real_ns = ktime_mono_to_real(now_ns);
			r->more.net = WITH(ROOM) ? (const void *)net : sock_net(sk);
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
		if (WITH(OWNER) && !req &&
		    (!WITH(ELSEWHERE) || (in_task() && !(current->flags & PF_KTHREAD))))
			bench_least_owner(r);
		if (WITH(ELSEWHERE) && req) {
			r->more.flags |= rsk_is_mptcp(req) ? MULTIPATH : 0;
			bench_least_follow(r);
		}
		if (WITH(COUNTERS))
			bench_least_count_begin(r);
		if (WITH(LISTENER) && req)
			r->more.listener = __this_cpu_read(bench_least_syns.listener);
		r->next = bench_least_heads[chain];
		bench_least_heads[chain] = i;
	}
	raw_spin_unlock_irqrestore(bench_least_lock(chain), flags);
}

/* The record itself goes into the ring; the one that was there is free. */
static __always_inline void bench_least_end(struct bench_least_record *r, u32 chain,
					    bool half_open)
{
	u32 i, *link = &bench_least_heads[chain], *place;

	if (WITH(READER))
		bench_least_tell();
	while (bench_least_at(*link) != r)
		link = &bench_least_at(*link)->next;
	i = *link;
	*link = r->next;
	raw_spin_lock(&bench_least_free_lock);
	if (!WITH(ROOM))
		place = &bench_least_ring[bench_least_ended++ % RING];
	else if (half_open)
		place = &bench_least_half_open[bench_least_half_open_ended++ %
					       bench_least_ring_size];
	else
		place = &bench_least_ring[bench_least_ended++ % bench_least_ring_size];
	bench_least_at(*place)->next = bench_least_free;
	bench_least_free = *place;
	*place = i;
	if (WITH(ROOM))
		bench_least_used--;
	raw_spin_unlock(&bench_least_free_lock);
}

/* What else is recorded when a state is entered, of a full socket or not. */
static __always_inline void bench_least_entered(struct bench_least_record *r,
						const struct sock *sk, bool full,
						u8 state, u32 us)
{
	if (WITH(ELSEWHERE) && full && sk->sk_socket)
		r->more.flags |= ACCEPTED;	/* whoever took it was not seen */
	if (WITH(ENDS_FULLY) && full && state != TCP_TIME_WAIT && r->state == TCP_SYN_SENT) {
		bench_least_ends(r, sk);
		if (WITH(ELSEWHERE))
			bench_least_follow(r);
		r->more.isn_local = tcp_sk(sk)->snd_una - (u32)tcp_sk(sk)->bytes_acked;
		r->more.isn_remote = tcp_sk(sk)->rcv_nxt - 1;
	}
	if (WITH(FIGURES)) {
		if (!r->more.closer && state != TCP_ESTABLISHED)
			r->more.closer = state;
		if (full && (state == TCP_TIME_WAIT || state == TCP_CLOSE)) {
			bench_least_figures(r, sk);
			if (WITH(WHY) && state == TCP_CLOSE)
				bench_least_why_closed(r, sk);
			else
				r->more.outcome = r->state;
		}
	}
	if (WITH(COUNTERS))
		bench_least_count_change(r, state, us);
	if (WITH(LISTENER) && state != TCP_TIME_WAIT && r->state == TCP_SYN_RECV)
		bench_least_settled(r, state, us);
	if (WITH(READER) && state == TCP_TIME_WAIT)
		bench_least_tell();
}

/*
 * The record of a full socket, or of a timewait_sock, enters a state, which is known
 * where this stands.
 */
static __always_inline void bench_least_enter(const struct sock *sk, bool full, u8 state,
					      bool minisock)
{
	u32 chain = bench_least_chain(bench_least_id(sk)), us;
	struct bench_least_record *r;
	unsigned long flags;
	u64 now_ns;

	raw_spin_lock_irqsave(bench_least_lock(chain), flags);
	r = bench_least_find(bench_least_id(sk), chain, full ? NULL : sk);
	if (r && (WITH(ELSEWHERE) || minisock || !r->minisock) &&
	    !(WITH(ELSEWHERE) && state == TCP_CLOSE && full &&
	      bench_least_stillborn(r, sk))) {
		if (!full || !bench_least_by_segment(sk, state))
			now_ns = ktime_get_ns();
		else
			now_ns = tcp_sk(sk)->tcp_clock_cache;
		us = bench_least_us(r, now_ns);
		if (minisock)
			r->minisock = true;
		if (WITH(WHY) && !full && state == TCP_CLOSE)
			bench_least_why_killed(r, sk, now_ns);
		bench_least_entered(r, sk, full, state, us);
		bench_least_add(r, state, us);
		if (state == TCP_CLOSE)
			bench_least_end(r, chain, false);
	}
	raw_spin_unlock_irqrestore(bench_least_lock(chain), flags);
}

/* --- hooks --- */

/* A function for each state, so that what the others need is not in its way. */
#define STATE(name, to)							\
	static noinline void bench_least_##name(const struct sock *sk)	\
	{								\
		bench_least_enter(sk, true, to, false);			\
	}

STATE(established, TCP_ESTABLISHED)
STATE(syn_recv, TCP_SYN_RECV)
STATE(fin_wait1, TCP_FIN_WAIT1)
STATE(fin_wait2, TCP_FIN_WAIT2)
STATE(close_wait, TCP_CLOSE_WAIT)
STATE(last_ack, TCP_LAST_ACK)
STATE(closing, TCP_CLOSING)
STATE(close, TCP_CLOSE)

static noinline void bench_least_connect(struct sock *sk)
{
	bench_least_begin(sk, TCP_SYN_SENT, NULL, ktime_get_ns());
}

static void bench_least_state(void *data, struct sock *sk, int from, int to)
{
	if (sk->sk_protocol != IPPROTO_TCP || from == TCP_LISTEN)
		return;
	switch (to) {
	case TCP_SYN_SENT:
		return bench_least_connect(sk);
	case TCP_ESTABLISHED:
		return bench_least_established(sk);
	case TCP_SYN_RECV:
		return bench_least_syn_recv(sk);
	case TCP_FIN_WAIT1:
		return bench_least_fin_wait1(sk);
	case TCP_FIN_WAIT2:
		return bench_least_fin_wait2(sk);
	case TCP_CLOSE_WAIT:
		return bench_least_close_wait(sk);
	case TCP_LAST_ACK:
		return bench_least_last_ack(sk);
	case TCP_CLOSING:
		return bench_least_closing(sk);
	case TCP_CLOSE:
		return bench_least_close(sk);
	}
}

static void bench_least_congested(void *data, struct sock *sk, u8 state)
{
	u32 chain = bench_least_chain(bench_least_id(sk));
	struct bench_least_record *r;
	unsigned long flags;

	if (inet_csk(sk)->icsk_ca_state == state)
		return;
	raw_spin_lock_irqsave(bench_least_lock(chain), flags);
	r = bench_least_find(bench_least_id(sk), chain, NULL);
	if (r)
		bench_least_note(r, r->state, bench_least_us(r, ktime_get_ns()));
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

static noinline void bench_least_half_opens(struct request_sock *req)
{
	bench_least_begin(req_to_sk(req), TCP_SYN_RECV, req, WITH(LISTENER) ?
			  __this_cpu_read(bench_least_syns.at_ns) : ktime_get_ns());
}

HOOK(synack)
{
	struct request_sock *req = ARGUMENT(fregs, 2);
	bool cookie = (unsigned long)ARGUMENT(fregs, 4) == TCP_SYNACK_COOKIE;

	if (WITH(ELSEWHERE) && ARGUMENT(fregs, 5) &&
	    unlikely(!bench_least_expected(ARGUMENT(fregs, 5), cookie)))
		atomic_inc(&bench_least_heard);	/* it is counted otherwise now */
	if (cookie || (WITH(ELSEWHERE) && unlikely(tcp_rsk(req)->tfo_listener)))
		return;
	if (ARGUMENT(fregs, 5))
		bench_least_half_opens(req);
}

HOOK(hashdance)
{
	bench_least_enter(ARGUMENT(fregs, 1), true, TCP_TIME_WAIT, true);
}

HOOK(kill)
{
	bench_least_enter(ARGUMENT(fregs, 0), false, TCP_CLOSE, true);
}

/* Accepted, or given up while half open. */
static noinline void bench_least_over(struct request_sock *req, const struct sock *sk)
{
	u32 chain = bench_least_chain(bench_least_id(sk));
	struct bench_least_listener *l;
	const struct sock *listener = req->rsk_listener;
	struct bench_least_record *r;
	unsigned long flags;
	u64 now_ns;
	u32 us = 0;

	raw_spin_lock_irqsave(bench_least_lock(chain), flags);
	r = bench_least_find(bench_least_id(sk), chain, NULL);
	if (WITH(ELSEWHERE) && r && req->sk &&
	    (!in_task() || in_softirq() || !listener ||
	     READ_ONCE(listener->sk_state) != TCP_LISTEN))
		r = NULL;		/* nobody accepts it */
	if (r && req->sk) {
		bench_least_owner(r);
		r->more.flags |= ACCEPTED;
		if (WITH(WAITS)) {
			us = bench_least_us(r, ktime_get_ns());
			bench_least_note(r, EVENT_ACCEPTED, us);
		}
		if (WITH(LISTENER)) {
			l = &bench_least_listeners[r->more.listener];
			raw_spin_lock(&l->lock);
			l->accepted++;
			if (WITH(WAITS))	/* established it was by the second event */
				l->wait[bench_least_bucket(us - r->us[1])]++;
			raw_spin_unlock(&l->lock);
		}
	} else if (r && WITH(LISTENER) && !(r->more.flags & MIGRATING)) {
		now_ns = ktime_get_ns();
		us = bench_least_us(r, now_ns);
		if (WITH(WHY))
			bench_least_why_dropped(r, req, now_ns);
		bench_least_entered(r, NULL, false, TCP_CLOSE, us);
		bench_least_add(r, TCP_CLOSE, us);
		bench_least_end(r, chain, true);
	}
	raw_spin_unlock_irqrestore(bench_least_lock(chain), flags);
}

HOOK(request_end)
{
	struct request_sock *req = ARGUMENT(fregs, 0);
	struct sock *sk = req->sk ?: req_to_sk(req);

	if (bench_least_id(sk))	/* it was not answered by a cookie */
		bench_least_over(req, sk);
}

/* The windows, and a register of a sketch of distinct sources. */
static __always_inline void bench_least_detect(struct bench_least_listener *l,
					       const struct sk_buff *skb, bool cookie,
					       u64 now_ns)
{
	u64 hash = ip_hdr(skb)->saddr * GOLDEN_RATIO_64, window = now_ns >> WINDOW_BITS;
	unsigned int syns;
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
	syns = l->windows[window % WINDOWS].syns;
	if (WITH(SENDERS))
		hash = bench_least_mix((__force u32)ip_hdr(skb)->saddr);
	if (WITH(SENDERS) && (syns <= MANY || !(syns % PICK))) {
		syns = syns <= MANY ? 1 : PICK;
		bench_least_top_add(&l->sources, ip_hdr(skb)->saddr, syns);
		bench_least_top_add(&l->prefixes, bench_least_prefix(ip_hdr(skb)->saddr),
				    syns);
	}
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
	struct bench_least_counters __percpu *counters = &bench_least_counters;
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
	if (WITH(ROOM))
		counters = bench_least_net_of(sk)->counters;
	this_cpu_inc(counters->syns);
	if (!dropped && cookie)
		this_cpu_inc(counters->cookies);
	if (WITH(DETECTOR) && !dropped)
		bench_least_detect(l, ARGUMENT(fregs, 3), cookie, now_ns);
	/* For its answer, which follows. */
	if (!WITH(ELSEWHERE)) {
		__this_cpu_write(bench_least_syns.listener, l->number);
		__this_cpu_write(bench_least_syns.at_ns, now_ns);
	} else if (!dropped) {
		bench_least_expect(l, ARGUMENT(fregs, 3), cookie, now_ns);
	}
	raw_spin_unlock_irqrestore(&l->lock, flags);
}

/* Until TIME_WAIT begins there is no room for it. */
HOOK(time_wait)
{
	const struct sock *sk = ARGUMENT(fregs, 0);
	u32 chain = bench_least_chain(bench_least_id(sk));
	struct bench_least_record *r;
	unsigned long flags;

	raw_spin_lock_irqsave(bench_least_lock(chain), flags);
	r = bench_least_find(bench_least_id(sk), chain, NULL);
	if (r)
		r->more.outcome = TCP_TIME_WAIT;
	raw_spin_unlock_irqrestore(bench_least_lock(chain), flags);
}

HOOK(timer)
{
	if ((unsigned long)ARGUMENT(fregs, 2) & 1)
		bench_least_enter(ARGUMENT(fregs, 0), false, TCP_TIME_WAIT, true);
}

HOOK(child)
{
	const struct sock *sk = ARGUMENT(fregs, 0);

	if (sk_acceptq_is_full(sk))
		WRITE_ONCE(bench_least_listener_of(sk)->dropped, 1);
}

HOOK(segment)
{
	const struct tcphdr *th = tcp_hdr((const struct sk_buff *)ARGUMENT(fregs, 1));

	if (th->rst)
		bench_least_leave(ARGUMENT(fregs, 2), th);
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

		if (bench_least_hooks[i].part && !WITH(bench_least_hooks[i].part))
			continue;
		err = bench_least_filter(ops, bench_least_hooks[i].name);
		if (err && bench_least_hooks[i].newer)
			err = bench_least_filter(ops, bench_least_hooks[i].newer);
		if (!err)
			err = register_ftrace_function(ops);
		bench_least_hooks[i].attached = !err;
	}
	if (!err && WITH(REST)) {
		err = tracepoint_probe_register(bench_least_congestion, bench_least_congested,
						NULL);
		bench_least_congestion_attached = !err;
	}
	if (!err)
		err = tracepoint_probe_register(bench_least_states, bench_least_state, NULL);
	return err;
}

static int __net_init bench_least_net_begin(struct net *net)
{
	struct bench_least_net *n = net_generic(net, bench_least_net_id);

	n->counters = alloc_percpu(struct bench_least_counters);
	return n->counters ? 0 : -ENOMEM;
}

static void __net_exit bench_least_net_end(struct net *net)
{
	struct bench_least_net *n = net_generic(net, bench_least_net_id);

	free_percpu(n->counters);
}

static struct pernet_operations bench_least_net_ops = {
	.init = bench_least_net_begin,
	.exit = bench_least_net_end,
	.id = &bench_least_net_id,
	.size = sizeof(struct bench_least_net),
};

static void bench_least_free_all(void)
{
	vfree(bench_least_records);
	vfree(bench_least_ring);
	vfree(bench_least_half_open);
}

static int __init bench_least_start(void)
{
	int err = -ENOMEM;
	u32 i;

	bench_least_records = vzalloc(array_size(RECORDS, sizeof(*bench_least_records)));
	bench_least_ring = vmalloc(array_size(RING, sizeof(*bench_least_ring)));
	bench_least_half_open = vmalloc(array_size(RING, sizeof(*bench_least_half_open)));
	if (!bench_least_records || !bench_least_ring || !bench_least_half_open)
		goto fail;
	for (i = 0; i < ARRAY_SIZE(bench_least_chunks); i++)
		bench_least_chunks[i] = bench_least_records + (i << CHUNK_BITS);
	bench_least_limit = RECORDS;
	bench_least_enough = RECORDS / 2;
	bench_least_ring_size = RING;
	bench_least_shift = 64 - CHAIN_BITS;
	get_random_bytes(&bench_least_key, sizeof(bench_least_key));
	/* Record 0 is none; the next ones are in the rings, the others free. */
	for (i = 0; i < RING; i++) {
		bench_least_ring[i] = 1 + i;
		bench_least_half_open[i] = 1 + RING + i;
	}
	bench_least_free = 1 + 2 * RING;
	for (i = bench_least_free; i < RECORDS - 1; i++)
		bench_least_records[i].next = i + 1;
	for (i = 0; i < LOCKS; i++)
		raw_spin_lock_init(&bench_least_locks[i].lock);
	for (i = 0; i < LISTENERS; i++) {
		raw_spin_lock_init(&bench_least_listeners[i].lock);
		bench_least_listeners[i].number = i;
	}
	strscpy_pad(bench_least_names[1], "cubic", TCP_CA_NAME_MAX);
	err = register_pernet_subsys(&bench_least_net_ops);
	if (err)
		goto fail;
	err = bench_least_attach();
	if (err) {
		bench_least_detach();
		unregister_pernet_subsys(&bench_least_net_ops);
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
	unregister_pernet_subsys(&bench_least_net_ops);
	last = bench_least_at(bench_least_ring[(bench_least_ended - 1) % RING]);
	pr_info("%u ends recorded, %u of half-open connections, the last with %u events: %*ph\n",
		bench_least_ended, bench_least_half_open_ended, last->count, EVENTS,
		last->event);
	bench_least_free_all();
}

module_init(bench_least_start);
module_exit(bench_least_stop);
MODULE_DESCRIPTION("the least that records a connection");
MODULE_LICENSE("GPL");
