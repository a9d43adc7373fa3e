/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFE_LISTENERS_H
#define TCPLIFE_LISTENERS_H

#include <linux/hash.h>
#include <linux/log2.h>
#include <linux/spinlock.h>
#include <net/sock.h>

#include "core/flood.h"
#include "core/histogram.h"
#include "core/life.h"
#include "core/tracker.h"
#include "net.h"
#include "sample.h"

/* How long a queue that was full is told of, in ns. */
#define TCPLIFE_LISTENERS_RECENT_NS	(10ULL * NSEC_PER_SEC)

/* How long it may take from a SYN until its listening socket is on record, in ns. */
#define TCPLIFE_LISTENERS_LATE_NS	NSEC_PER_SEC

/**
 * struct tcplife_target - a listening address and port, of one socket or several
 * @lock: guards all that follows, and the counters of its listeners
 * @irq: interrupt state of whoever holds @lock
 * @net: its namespace; NULL if the place is free
 * @family: 4 or 6
 * @address: local address
 * @port: local port, host order
 * @listeners: how many listening sockets on record have it
 * @half_open: half-open connections now, the sum of its listeners'
 * @cookie_ns: monotonic time at which the last cookie was sent
 * @told: the state that was told last
 * @flood: the detector
 * @last: what it said as the last flood stopped
 *
 * @net, @family, @address and @port change under the table's lock too.
 */
struct tcplife_target {
	raw_spinlock_t lock;
	unsigned long irq;
	struct tcplife_net *net;
	u8 family;
	u8 address[16];
	u16 port;
	u32 listeners;
	u32 half_open;
	u64 cookie_ns;
	u8 told;
	struct tcplife_flood flood;
	struct tcplife_flood_report last;
};

/**
 * struct tcplife_end - where a socket listens
 * @net: its namespace
 * @family: 4 or 6
 * @address: local address
 * @port: local port, host order
 */
struct tcplife_end {
	struct tcplife_net *net;
	u8 family;
	u8 address[16];
	u16 port;
};

/**
 * struct tcplife_listener - one listening socket
 * @id: its socket cookie; 0 if the place is free
 * @end: where it listens; for readers of a copy, whose @target may be another's
 *	meanwhile
 * @target: its address and port
 * @number: of this record, for lives
 * @next: number of the next on its chain
 * @since_ns: monotonic time at which it was put on record
 * @opened_real_ns: wall-clock time of listen(), 0 if it was before
 * @closed_ns: monotonic time, 0 while it listens; of a free place, when it became free
 * @owner: enum tcplife_owner
 * @flood_state: enum tcplife_flood_state of @target; in a copy
 * @pid: of the owner, if known
 * @comm: of the owner, if known
 * @uid: of whoever made the socket
 * @cgroup: of whoever made the socket
 * @backlog: both queues' limit
 * @syn_queue: when last looked
 * @syn_queue_peak: the most there was
 * @accept_queue: when last looked
 * @accept_queue_peak: the most there was
 * @half_open: half-open connections on record now
 * @syn_dropped_ns: monotonic time at which the SYN queue was last full
 * @cookie_ns: at which the last cookie was sent
 * @overflow_ns: at which the accept queue was last full
 * @count: by TCPLIFE_ATTR_LISTENER_*
 * @handshake: handshake times by power of two of microseconds
 * @accept_wait: times from ESTABLISHED to accept(), likewise
 * @walk: number of the last walk over the kernel's listening sockets that met it
 *
 * Guarded by the lock of @target; but @id, @end, @next and @target by the
 * table's.  Whoever holds the lock of @target and finds @id keeps both as they are.
 */
struct tcplife_listener {
	u64 id;
	struct tcplife_end end;
	struct tcplife_target *target;
	u32 number;
	u32 next;
	u64 since_ns;
	u64 opened_real_ns;
	u64 closed_ns;
	u8 owner;
	u8 flood_state;
	u32 pid;
	char comm[TCPLIFE_COMM_LEN];
	u32 uid;
	u64 cgroup;
	u32 backlog;
	u32 syn_queue;
	u32 syn_queue_peak;
	u32 accept_queue;
	u32 accept_queue_peak;
	u32 half_open;
	u64 syn_dropped_ns;
	u64 cookie_ns;
	u64 overflow_ns;
	u64 count[__TCPLIFE_ATTR_LISTENER_MAX];
	u64 handshake[TCPLIFE_HISTOGRAM_BUCKETS];
	u64 accept_wait[TCPLIFE_HISTOGRAM_BUCKETS];
	u32 walk;
};

#define TCPLIFE_LISTENERS_CHAINS	1024

/**
 * struct tcplife_listeners - the table; place 0 is not used in either array
 * @lock: guards the chains, and which places are used
 * @size: places; constant
 * @listeners_end: no place from here on was ever used
 * @targets_end: likewise
 * @foreign: places that the namespaces of other users have
 * @full_until_ns: monotonic time until which nobody needs to look for a place
 * @foreign_full_until_ns: nor a namespace of another user
 * @listeners: the listening sockets
 * @targets: the addresses and ports
 * @heads: number of the first listener of each chain
 *
 * It stands here as hooks look into it in line.
 */
struct tcplife_listeners {
	raw_spinlock_t lock;
	u32 size;
	u32 listeners_end;
	u32 targets_end;
	u32 foreign;
	u64 full_until_ns;
	u64 foreign_full_until_ns;
	struct tcplife_listener *listeners;
	struct tcplife_target *targets;
	u32 heads[TCPLIFE_LISTENERS_CHAINS];
};

extern struct tcplife_listeners tcplife_listeners;
extern u64 tcplife_listeners_key;

int tcplife_listeners_start(void);
void tcplife_listeners_free(void);
u64 tcplife_listeners_bytes(void);
void tcplife_listeners_open(const struct sock *sk);
void tcplife_listeners_close(const struct sock *sk);
struct tcplife_listener *tcplife_listeners_lock_new(const struct sock *sk);
void tcplife_listeners_owner(struct tcplife_listener *l,
			     const struct tcplife_life *owner);
void tcplife_listeners_count_unrecorded(const struct sock *sk);
void tcplife_listeners_walk(const struct net *net, bool first);
void tcplife_listeners_forget(struct tcplife_net *net);
u64 tcplife_listeners_id(const struct tcplife_life *life);
bool tcplife_listeners_next(const struct tcplife_net *net, u32 *cursor,
			    struct tcplife_listener *copy);
struct tcplife_target *tcplife_listeners_target(u32 index);
u64 tcplife_listeners_limit(const struct tcplife_target *target);
u64 tcplife_listeners_count(const struct tcplife_net *net);

/**
 * tcplife_listeners_lifetime_ns - how long nobody needs to answer a SYN-ACK
 * @net: the namespace
 *
 * Until a half-open connection expires (tcp_synack_retries), if its queue has room.
 */
static inline u64 tcplife_listeners_lifetime_ns(const struct net *net)
{
	unsigned int retries = READ_ONCE(net->ipv4.sysctl_tcp_synack_retries);

	return tcplife_tracker_patience(retries) * NSEC_PER_USEC;
}

static __always_inline u32 tcplife_listeners_chain(u64 id)
{
	return (id ^ tcplife_listeners_key) * GOLDEN_RATIO_64 >>
	       (64 - ilog2(TCPLIFE_LISTENERS_CHAINS));
}

/* Without a lock: what is found may have changed its id when it is locked. */
static __always_inline u32 tcplife_listeners_find(u64 id)
{
	const struct tcplife_listeners *t = &tcplife_listeners;
	u32 n = READ_ONCE(t->heads[tcplife_listeners_chain(id)]);

	while (n && READ_ONCE(t->listeners[n].id) != id)
		n = READ_ONCE(t->listeners[n].next);
	return n;
}

/*
 * Lock the target of listener @n.  NULL: it is not the socket's any more.  Number 0 is
 * nobody's and has no target.
 */
static __always_inline struct tcplife_listener *
tcplife_listeners_lock_at(u32 n, u64 id)
{
	struct tcplife_listener *l = &tcplife_listeners.listeners[n];
	struct tcplife_target *target = READ_ONCE(l->target);
	unsigned long irq;

	if (unlikely(!id || !target))
		return NULL;
	raw_spin_lock_irqsave(&target->lock, irq);
	/* Pairs with the release of the id: what it names is complete. */
	if (likely(smp_load_acquire(&l->id) == id && l->target == target)) {
		target->irq = irq;
		__release(&target->lock);
		return l;
	}
	raw_spin_unlock_irqrestore(&target->lock, irq);
	return NULL;
}

/**
 * tcplife_listeners_unlock - unlock what tcplife_listeners_lock() locked
 * @l: the record
 */
static __always_inline void tcplife_listeners_unlock(struct tcplife_listener *l)
{
	struct tcplife_target *target = l->target;

	__acquire(&target->lock);
	raw_spin_unlock_irqrestore(&target->lock, target->irq);
}

/**
 * tcplife_listeners_lock - the record of a listening socket, its target locked
 * @sk: the listening socket; put on record if it is not there
 *
 * Return: NULL, with nothing locked, if there is no room.
 */
static __always_inline struct tcplife_listener *
tcplife_listeners_lock(const struct sock *sk)
{
	u64 id = tcplife_sample_id(sk);
	struct tcplife_listener *l =
		tcplife_listeners_lock_at(tcplife_listeners_find(id), id);

	return likely(l) ? l : tcplife_listeners_lock_new(sk);
}

/**
 * tcplife_listeners_lock_inside - the listening socket of a life, its target locked
 * @number: of the listening socket; 0 is none
 * @net: the namespace of the life
 * @birth_ns: when the life began
 *
 * Context: interrupts off; unlocked by tcplife_listeners_unlock_inside().
 * Return: NULL, with nothing locked, if it has none, or none any more.
 */
static __always_inline struct tcplife_listener *
tcplife_listeners_lock_inside(u16 number, const struct tcplife_net *net, u64 birth_ns)
{
	struct tcplife_listener *l = &tcplife_listeners.listeners[number];
	struct tcplife_target *target = READ_ONCE(l->target);

	lockdep_assert_irqs_disabled();
	if (unlikely(!target))	/* as that of number 0 */
		return NULL;
	raw_spin_lock(&target->lock);
	/*
	 * If it was put on record later, its place is another's.  Its first SYN may be
	 * older by the time that it took to put it on record.
	 */
	if (likely(smp_load_acquire(&l->id) && l->target == target &&
		   l->end.net == net &&
		   l->since_ns <= birth_ns + TCPLIFE_LISTENERS_LATE_NS)) {
		__release(&target->lock);
		return l;
	}
	raw_spin_unlock(&target->lock);
	return NULL;
}

/**
 * tcplife_listeners_unlock_inside - unlock what tcplife_listeners_lock_inside() locked
 * @l: the record
 */
static __always_inline void tcplife_listeners_unlock_inside(struct tcplife_listener *l)
{
	__acquire(&l->target->lock);
	raw_spin_unlock(&l->target->lock);
}

/**
 * tcplife_listeners_accept_peak - the most that its accept queue held
 * @sk: the listening socket
 *
 * Without a lock, so it may be that of another one if it is not on record.
 */
static inline u32 tcplife_listeners_accept_peak(const struct sock *sk)
{
	u32 n = tcplife_listeners_find(tcplife_sample_id(sk));

	return READ_ONCE(tcplife_listeners.listeners[n].accept_queue_peak);
}

#endif
