// SPDX-License-Identifier: GPL-2.0
/*
 * A walk over the kernel's listening sockets: puts on record what is not, looks how full
 * their queues are, and finds those whose close was missed.
 *
 * Context: process.  Locks: a mutex, as walks take turns; inside it those of listeners.c.
 */
#include <linux/ktime.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <net/inet_hashtables.h>
#include <net/tcp.h>

#include "compat/compat.h"
#include "listeners.h"
#include "sample.h"
#include "syns.h"

/* A walk meets a listening socket, which only RCU keeps. */
static void tcplife_listeners_meet(const struct sock *sk, u32 walk, bool first)
{
	u64 id = tcplife_sample_make_id(sk);
	struct tcplife_listener *l;
	bool is_new;

	RCU_LOCKDEP_WARN(!rcu_read_lock_held(), "the socket may go away");
	l = tcplife_listeners_lock_at(tcplife_listeners_find(id), id);
	is_new = !l;
	if (is_new)
		l = tcplife_listeners_lock_new(sk);
	if (!l && first)
		tcplife_listeners_count_unrecorded(sk);
	if (!l)
		return;
	/* It closes or begins meanwhile; the hook on its close did not find a new record. */
	if (hlist_unhashed_lockless(&sk->sk_node)) {
		if (is_new)
			l->closed_ns = ktime_get_ns();
		goto out;
	}
	l->walk = walk;
	l->closed_ns = 0;
	l->backlog = READ_ONCE(sk->sk_max_ack_backlog);
	l->syn_queue = inet_csk_reqsk_queue_len(sk);
	l->accept_queue = READ_ONCE(sk->sk_ack_backlog);
	l->syn_queue_peak = max(l->syn_queue_peak, l->syn_queue);
	l->accept_queue_peak = max(l->accept_queue_peak, l->accept_queue);
out:
	tcplife_listeners_unlock(l);
}

/*
 * Those of @net, or all, that the walk did not meet and that were there before, are closed.
 * A socket that begins to listen is on record shortly before the walk can meet it.
 */
static void tcplife_listeners_sweep(const struct tcplife_net *net, u32 walk,
				    u64 since_ns)
{
	struct tcplife_listeners *t = &tcplife_listeners;
	struct tcplife_listener *l;
	u32 n;

	for (n = 1; n < READ_ONCE(t->listeners_end); n++) {
		l = tcplife_listeners_lock_at(n, READ_ONCE(t->listeners[n].id));
		if (!l)
			continue;
		if ((!net || l->end.net == net) && l->walk != walk &&
		    !l->closed_ns && l->since_ns + NSEC_PER_SEC < since_ns)
			l->closed_ns = ktime_get_ns();
		tcplife_listeners_unlock(l);
	}
}

/* Look at those of a bucket.  Return: false if some may have been passed over. */
static bool tcplife_listeners_look(struct inet_hashinfo *table, unsigned int i,
				   const struct net *net, u32 walk, bool first)
{
	TCPLIFE_LISTENING_NODE *node;
	struct sock *sk;
	bool strayed;

	rcu_read_lock();
	tcplife_for_each_listening(sk, node, &table->lhash2[i])
		if ((!net || net_eq(sock_net(sk), net)) &&
		    READ_ONCE(sk->sk_state) == TCP_LISTEN)
			tcplife_listeners_meet(sk, walk, first);
	strayed = tcplife_has_strayed(node, i);
	rcu_read_unlock();
	return !strayed;
}

/**
 * tcplife_listeners_walk - look at all listening sockets of a namespace
 * @net: the namespace, or NULL: of all, at once, as they have one table
 * @first: it was never looked at before
 *
 * Puts those on record that are not, and notes how full their queues are.
 * Context: process; may sleep.
 */
void tcplife_listeners_walk(const struct net *net, bool first)
{
	struct inet_hashinfo *table = init_net.ipv4.tcp_death_row.hashinfo;
	static DEFINE_MUTEX(one_at_a_time);
	u64 since_ns = ktime_get_ns();
	bool complete = true;
	static u32 walk;
	unsigned int i;

	tcplife_syns_look();
	mutex_lock(&one_at_a_time);
	walk++;
	for (i = 0; i <= table->lhash2_mask; i++) {
		if (!tcplife_listeners_look(table, i, net, walk, first) &&
		    !tcplife_listeners_look(table, i, net, walk, false))
			complete = false;	/* the next walk will tell */
		cond_resched();
	}
	if (complete)
		tcplife_listeners_sweep(net ? tcplife_net_of(net) : NULL, walk,
					since_ns);
	mutex_unlock(&one_at_a_time);
}
