/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFE_NET_H
#define TCPLIFE_NET_H

#include <linux/atomic.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "stats.h"

struct proc_dir_entry;

/**
 * struct tcplife_net_past - what the counters were some seconds ago
 * @at_ns: monotonic time; 0 if there was none yet
 * @begun: TIME_WAIT begun
 * @ended: ended
 * @reused: of these, ended by connect()
 * @overflowed: never begun, for want of room
 */
struct tcplife_net_past {
	u64 at_ns;
	u64 begun;
	u64 ended;
	u64 reused;
	u64 overflowed;
};

/**
 * struct tcplife_net - what is kept for a network namespace
 * @net: the namespace; no reference is held, this struct dies with it
 * @inum: inode number of the namespace
 * @dead: the namespace goes away; nothing is put on record any more
 * @stats: counters
 * @old_stats: the counters to free, once the namespace is @dead
 * @lost_embryos: half-open connections that found no room and may yet be
 *	established
 * @lost_adopted: others that found no room at load, and may yet be met again
 * @seq: lives told so far; guarded by the queue's lock
 * @alerts: alerts told so far; guarded by the alerts' lock
 * @listeners: places it has in the table of listening sockets; guarded by its lock
 * @full_until_ns: monotonic time until which nobody needs to look for another one
 * @proc: /proc/net/tcplife of this namespace
 * @past: the last two looks at the counters, the older first; tally.c
 *
 * Lives as long as the namespace, or until the module has gone: its memory is
 * the network stack's (net_generic).
 */
struct tcplife_net {
	struct net *net;
	u32 inum;
	bool dead;
	struct tcplife_stats __percpu *stats;
	struct tcplife_stats __percpu *old_stats;
	atomic64_t lost_embryos;
	atomic64_t lost_adopted;
	u64 seq;
	u64 alerts;
	u32 listeners;
	u64 full_until_ns;
	struct proc_dir_entry *proc;
	struct tcplife_net_past past[2];
};

extern unsigned int tcplife_net_id;

/**
 * tcplife_net_of - what is kept for a namespace
 * @net: the namespace
 *
 * Context: under rcu_read_lock(), or where @net cannot go away.
 */
static inline struct tcplife_net *tcplife_net_of(const struct net *net)
{
	return net_generic(net, tcplife_net_id);
}

/**
 * tcplife_net_here - the same for hooks, without two calls into RCU
 * @net: the namespace
 *
 * What net_generic() does, but for rcu_read_lock().
 * Context: preemption off, which makes a reader of RCU, too.
 */
static __always_inline struct tcplife_net *tcplife_net_here(const struct net *net)
{
	return rcu_dereference_sched(net->gen)->ptr[tcplife_net_id];
}

int tcplife_net_start(void);
void tcplife_net_stop(void);
void tcplife_net_summary(struct tcplife_net *tn, u64 count[TCPLIFE_STATS]);

#endif
