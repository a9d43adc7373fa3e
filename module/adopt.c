// SPDX-License-Identifier: GPL-2.0
/*
 * Adoption: taking in the connections that are open when the module is loaded,
 * and again when its hooks were deaf for a while, by a walk over the kernel's
 * hash of TCP's established, half-open and TIME_WAIT sockets.  Their start is
 * unknown and none is invented.
 *
 * The hooks are attached before.  An object is added while the lock of its hash
 * bucket is held.  The hook on its beginning has run before it is in there, but
 * for a half-open one whose SYN-ACK is still to come, which is left to the hook.
 * Each is taken out of its bucket before the hook on its end runs; but for
 * timewait_socks, where the hook comes first: one whose timer does not run once
 * it is on record is over.
 *
 * Context: process.  Locks: net_rwsem for reading, then one bucket's lock at a
 * time with softirqs off, inside it those of lives.c.
 */
#include <linux/err.h>
#include <linux/rtnetlink.h>
#include <linux/ktime.h>
#include <net/inet_hashtables.h>
#include <net/tcp.h>

#include "adopt.h"
#include "arena.h"
#include "core/tracker.h"
#include "listeners.h"
#include "lives.h"
#include "sample.h"

#define IDLE_NS		(10ULL * NSEC_PER_SEC)

/* Number of the walk under way or done. */
static u32 tcplife_adopt_walk;

static void tcplife_adopt_request(struct tcplife_life *life,
				  const struct sock *sk, u64 now_ns)
{
	tcplife_sample_request(life, inet_reqsk(sk));
	tcplife_lives_begin_late(life, TCPLIFE_STATE_SYN_RECV, TCPLIFE_ROLE_PASSIVE,
				 now_ns);
}

/* Return: false if it is over. */
static bool tcplife_adopt_minisock(struct tcplife_life *life,
				   const struct sock *sk, u64 now_ns)
{
	const struct inet_timewait_sock *tw = inet_twsk(sk);
	enum tcplife_state state = tw->tw_substate;

	tcplife_sample_minisock(life, tw);
	if (state == TCPLIFE_STATE_TIME_WAIT)
		life->outcome = TCPLIFE_OUTCOME_CLOSED;
	tcplife_lives_begin_late(life, state, TCPLIFE_ROLE_UNKNOWN, now_ns);
	if (timer_pending(&tw->tw_timer))
		return true;
	if (state == TCPLIFE_STATE_TIME_WAIT)
		life->time_wait_end = TCPLIFE_TIME_WAIT_END_EXPIRED;
	else
		tcplife_tracker_end(life, TCPLIFE_OUTCOME_FIN_WAIT2_TIMEOUT);
	return false;
}

static void tcplife_adopt_full(struct tcplife_life *life,
			       const struct sock *sk, u64 now_ns)
{
	enum tcplife_role role = sk->sk_state == TCP_SYN_SENT ?
		TCPLIFE_ROLE_ACTIVE : TCPLIFE_ROLE_UNKNOWN;

	tcplife_sample_flow(life, sk);
	tcplife_sample_port(life, sk);
	life->ca_state = inet_csk(sk)->icsk_ca_state;
	tcplife_lives_begin_late(life, sk->sk_state, role, now_ns);
}

/* So many more open connections are on the books that found no room; -1: one less. */
static void tcplife_adopt_count_lost(struct tcplife_net *net, s64 more)
{
	struct tcplife_stats *s;
	unsigned long flags;

	s = tcplife_stats_begin(net->stats, &flags);
	tcplife_stats_count(s, ADOPTED, more);
	tcplife_stats_count(s, LOST, more);
	tcplife_stats_end(s, flags);
}

/* There is no room for an open connection: it is on the books all the same. */
static void tcplife_adopt_lost(struct tcplife_net *net, bool embryonic)
{
	atomic64_inc(embryonic ? &net->lost_embryos : &net->lost_adopted);
	tcplife_adopt_count_lost(net, 1);
}

/*
 * What flag an adopted connection has.  One that is found after the first walk
 * may be one that was booked as lost when it began, or on the first, which is
 * taken back.
 */
static u16 tcplife_adopt_flags(struct tcplife_net *net)
{
	if (tcplife_adopt_walk == 1)
		return TCPLIFE_FLAG_ADOPTED;
	if (atomic64_dec_if_positive(&net->lost_embryos) >= 0)
		return TCPLIFE_FLAG_ADOPTED | TCPLIFE_FLAG_RECOVERED;
	if (atomic64_dec_if_positive(&net->lost_adopted) >= 0)
		tcplife_adopt_count_lost(net, -1);
	return TCPLIFE_FLAG_ADOPTED;
}

/* Take in what hangs in the hash, if it is not on its way out. */
static void tcplife_adopt_one(const struct sock *sk)
{
	enum tcplife_lives_kind kind = TCPLIFE_LIVES_SOCKET;
	struct tcplife_lives_place at;
	struct tcplife_life *life;
	u64 now_ns = ktime_get_ns();
	struct tcplife_net *net;

	if (sk->sk_state == TCP_TIME_WAIT &&
	    !timer_pending(&inet_twsk(sk)->tw_timer))
		return;
	if (sk->sk_state == TCP_CLOSE || sk->sk_state == TCP_LISTEN)
		return;
	/* The hook on its SYN-ACK is about to put it on record. */
	if (!tcplife_sample_is_begun(sk))
		return;
	if (sk->sk_state == TCP_NEW_SYN_RECV || sk->sk_state == TCP_SYN_SENT)
		kind = TCPLIFE_LIVES_EMBRYO;
	else if (sk->sk_state == TCP_TIME_WAIT)
		kind = TCPLIFE_LIVES_MINISOCK;
	tcplife_sample_make_id(sk);
	if (tcplife_lives_mark(sk, tcplife_adopt_walk))
		return;
	/* The kernel's own sockets may outlive their namespace, and what is kept for it. */
	if (!check_net(sock_net(sk)))
		return;
	net = tcplife_net_of(sock_net(sk));
	life = tcplife_lives_add(sk, kind, &at);
	/* Later it would be booked again and again. */
	if (life == ERR_PTR(-ENOSPC) && tcplife_adopt_walk == 1)
		tcplife_adopt_lost(net, kind == TCPLIFE_LIVES_EMBRYO);
	if (IS_ERR(life))
		return;
	life->flags = tcplife_adopt_flags(net);
	life->walk = tcplife_adopt_walk;
	if (sk->sk_state == TCP_NEW_SYN_RECV) {
		tcplife_adopt_request(life, sk, now_ns);
	} else if (sk->sk_state != TCP_TIME_WAIT) {
		tcplife_adopt_full(life, sk, now_ns);
	} else if (!tcplife_adopt_minisock(life, sk, now_ns)) {
		tcplife_lives_retire(life, at, now_ns);
		return;
	}
	tcplife_lives_unlock(at);
}

static void tcplife_adopt_table(struct inet_hashinfo *table)
{
	struct hlist_nulls_node *node;
	bool memory = true;
	struct sock *sk;
	unsigned int i;

	for (i = 0; i <= table->ehash_mask; i++) {
		spinlock_t *lock = inet_ehash_lockp(table, i);

		if (!hlist_nulls_empty(&table->ehash[i].chain)) {
			spin_lock_bh(lock);
			sk_nulls_for_each(sk, node, &table->ehash[i].chain)
				tcplife_adopt_one(sk);
			spin_unlock_bh(lock);
			memory = memory && tcplife_arena_make_room();
		}
		cond_resched();
	}
}

/**
 * tcplife_adopt_all - take in every open connection of every namespace
 *
 * A connection that the hooks have on record already is left alone.  Not to be
 * called twice at once.
 */
void tcplife_adopt_all(void)
{
	struct inet_hashinfo *common = init_net.ipv4.tcp_death_row.hashinfo;
	struct net *net;

	tcplife_adopt_walk++;
	tcplife_adopt_table(common);
	tcplife_listeners_walk(NULL, tcplife_adopt_walk == 1);
	down_read(&net_rwsem);
	for_each_net(net)
		if (net->ipv4.tcp_death_row.hashinfo != common)
			tcplife_adopt_table(net->ipv4.tcp_death_row.hashinfo);
	up_read(&net_rwsem);
}

/**
 * tcplife_adopt_again - mend the records after hooks were deaf
 *
 * Takes in what is open and not on record, and ends the records of what is not
 * there any more.  A socket is not in the hash for a moment as it connects, so
 * records that something happened to lately are left alone.
 */
void tcplife_adopt_again(void)
{
	u64 idle_since_ns = ktime_get_ns() - IDLE_NS;

	tcplife_adopt_all();
	tcplife_lives_sweep(tcplife_adopt_walk, idle_since_ns);
}
