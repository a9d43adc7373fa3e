// SPDX-License-Identifier: GPL-2.0
/*
 * The least that records a connection from its SYN to the end of TIME_WAIT: its ends
 * and a timeline of its states, through request, socket and timewait_sock, found
 * under a lock, and kept in a ring when it is over.  No owner, no figures, no reasons,
 * nothing of the listener, no counters, IPv4 only; and a half-open connection that is
 * given up stays.  What it costs is what nobody can record for less.
 *
 * Locks: that of a chain, raw, with interrupts off; inside it that of the free
 * records, or of the ring.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ftrace.h>
#include <linux/hash.h>
#include <linux/kprobes.h>
#include <linux/module.h>
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
#define NEAR		16	/* ftrace calls from so far behind a function's address */

struct bench_least_record {
	u64 id;
	u64 birth_ns;
	u32 next;
	__be32 local, remote;
	__be16 remote_port;
	u16 local_port;
	bool minisock;
	u8 count;
	u8 event[EVENTS];
	u32 us[EVENTS];
};

static struct bench_least_record *bench_least_records, *bench_least_ring;
static u32 bench_least_heads[1U << CHAIN_BITS], bench_least_free, bench_least_ended;
static DEFINE_RAW_SPINLOCK(bench_least_free_lock);
static DEFINE_RAW_SPINLOCK(bench_least_ring_lock);
static struct {
	raw_spinlock_t lock;
} ____cacheline_aligned bench_least_locks[LOCKS];

static struct tracepoint *bench_least_tracepoint;
static unsigned long bench_least_synack, bench_least_hashdance, bench_least_kill;

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

static u32 bench_least_take(void)
{
	u32 i;

	raw_spin_lock(&bench_least_free_lock);
	i = bench_least_free;
	if (i)
		bench_least_free = bench_least_records[i].next;
	raw_spin_unlock(&bench_least_free_lock);
	return i;
}

static void bench_least_begin(struct sock *sk, u8 state)
{
	const struct sock_common *c = &sk->__sk_common;
	struct bench_least_record *r;
	u64 now_ns = ktime_get_ns();
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
		r->local = c->skc_rcv_saddr;
		r->remote = c->skc_daddr;
		r->remote_port = c->skc_dport;
		r->local_port = c->skc_num;
		r->minisock = false;
		r->count = 0;
		bench_least_add(r, state, now_ns);
		r->next = bench_least_heads[chain];
		bench_least_heads[chain] = i;
	}
	raw_spin_unlock_irqrestore(bench_least_lock(chain), flags);
}

static void bench_least_end(struct bench_least_record *r, u32 chain)
{
	u32 i = r - bench_least_records, *link = &bench_least_heads[chain];

	raw_spin_lock(&bench_least_ring_lock);
	bench_least_ring[bench_least_ended++ % RING] = *r;
	raw_spin_unlock(&bench_least_ring_lock);
	while (*link != i)
		link = &bench_least_records[*link].next;
	*link = r->next;
	raw_spin_lock(&bench_least_free_lock);
	r->next = bench_least_free;
	bench_least_free = i;
	raw_spin_unlock(&bench_least_free_lock);
}

/* The record of a socket, or of its timewait_sock, enters a state. */
static __always_inline void bench_least_enter(const struct sock *sk, u8 state,
					      u64 now_ns, bool minisock)
{
	u32 chain = hash_64(bench_least_id(sk), CHAIN_BITS);
	struct bench_least_record *r;
	unsigned long flags;

	raw_spin_lock_irqsave(bench_least_lock(chain), flags);
	r = bench_least_find(bench_least_id(sk), chain);
	if (r && (minisock || !r->minisock)) {
		r->minisock = minisock;
		bench_least_add(r, state, now_ns);
		if (state == TCP_CLOSE)
			bench_least_end(r, chain);
	}
	raw_spin_unlock_irqrestore(bench_least_lock(chain), flags);
}

static void bench_least_state(void *data, struct sock *sk, int from, int to)
{
	if (sk->sk_protocol != IPPROTO_TCP || from == TCP_LISTEN || to == TCP_LISTEN)
		return;
	if (to == TCP_SYN_SENT)
		bench_least_begin(sk, to);
	else if (to == TCP_FIN_WAIT1 || to == TCP_LAST_ACK)	/* no segment's time */
		bench_least_enter(sk, to, ktime_get_ns(), false);
	else
		bench_least_enter(sk, to, tcp_sk(sk)->tcp_mstamp * NSEC_PER_USEC, false);
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
#define ARGUMENT(fregs, n)	((void *)ftrace_regs_get_argument(fregs, n))
#else
#define ARGUMENT(fregs, n)	((void *)regs_get_kernel_argument(&(fregs)->regs, n))
#endif

static void bench_least_called(unsigned long ip, unsigned long parent_ip,
			       struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	if (ip - bench_least_synack < NEAR)
		bench_least_begin(ARGUMENT(fregs, 2), TCP_SYN_RECV);
	else if (ip - bench_least_hashdance < NEAR)
		bench_least_enter(ARGUMENT(fregs, 1), TCP_TIME_WAIT, ktime_get_ns(), true);
	else if (ip - bench_least_kill < NEAR)
		bench_least_enter(ARGUMENT(fregs, 0), TCP_CLOSE, ktime_get_ns(), true);
}

static struct ftrace_ops bench_least_ops = {
	.func = bench_least_called,
};

static int bench_least_hook(const char *name, unsigned long *address)
{
	struct kprobe probe = {
		.symbol_name = name,
		.flags = KPROBE_FLAG_DISABLED,
	};
	int err = register_kprobe(&probe);

	if (err)
		return err;
	unregister_kprobe(&probe);
	*address = (unsigned long)probe.addr;
	return ftrace_set_filter_ip(&bench_least_ops, *address, 0, 0);
}

static void bench_least_match(struct tracepoint *tp, void *data)
{
	if (!strcmp(tp->name, "inet_sock_set_state"))
		bench_least_tracepoint = tp;
}

static int bench_least_attach(void)
{
	int err;

	for_each_kernel_tracepoint(bench_least_match, NULL);
	if (!bench_least_tracepoint)
		return -ENOENT;
	err = bench_least_hook("tcp_make_synack", &bench_least_synack);
	/* 6.13 has the second */
	if (!err && bench_least_hook("inet_twsk_hashdance", &bench_least_hashdance))
		err = bench_least_hook("inet_twsk_hashdance_schedule",
				       &bench_least_hashdance);
	if (!err)
		err = bench_least_hook("inet_twsk_kill", &bench_least_kill);
	if (!err)
		err = register_ftrace_function(&bench_least_ops);
	if (err)
		return err;
	err = tracepoint_probe_register(bench_least_tracepoint, bench_least_state, NULL);
	if (err)
		unregister_ftrace_function(&bench_least_ops);
	return err;
}

static void bench_least_free_all(void)
{
	ftrace_set_filter(&bench_least_ops, NULL, 0, 1);	/* frees it */
	vfree(bench_least_records);
	vfree(bench_least_ring);
}

static int __init bench_least_start(void)
{
	int err = -ENOMEM;
	u32 i;

	bench_least_records = vzalloc(array_size(RECORDS, sizeof(*bench_least_records)));
	bench_least_ring = vzalloc(array_size(RING, sizeof(*bench_least_ring)));
	if (bench_least_records && bench_least_ring) {
		for (i = 1; i < RECORDS - 1; i++)	/* 0 is none */
			bench_least_records[i].next = i + 1;
		bench_least_free = 1;
		for (i = 0; i < LOCKS; i++)
			raw_spin_lock_init(&bench_least_locks[i].lock);
		err = bench_least_attach();
	}
	if (err)
		bench_least_free_all();
	return err;
}

static void __exit bench_least_stop(void)
{
	const struct bench_least_record *last;

	tracepoint_probe_unregister(bench_least_tracepoint, bench_least_state, NULL);
	unregister_ftrace_function(&bench_least_ops);
	tracepoint_synchronize_unregister();
	synchronize_rcu();
	last = &bench_least_ring[(bench_least_ended - 1) % RING];
	pr_info("%u ends recorded, the last with %u events: %*ph\n", bench_least_ended,
		last->count, EVENTS, last->event);
	bench_least_free_all();
}

module_init(bench_least_start);
module_exit(bench_least_stop);
MODULE_DESCRIPTION("the least that records a connection");
MODULE_LICENSE("GPL");
