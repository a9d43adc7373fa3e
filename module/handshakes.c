// SPDX-License-Identifier: GPL-2.0
/*
 * What becomes of half-open connections, for the listening socket that they came to
 * and for its detector of SYN floods: answered, established, accepted, or given up.
 *
 * Context: any but NMI; interrupts off, where a life is locked.  Locks: those of
 * listeners.c, inside those of lives.c.
 */
#include <linux/ktime.h>
#include <net/sock.h>

#include "core/life.h"
#include "handshakes.h"
#include "listeners.h"
#include "syns.h"

/**
 * tcplife_handshakes_queued - the accept queue is full, or longer than it ever was
 * @sk: the listening socket
 * @full: it is full
 *
 * Called by tcplife_handshakes_room().
 * Return: false if it is full.
 */
bool tcplife_handshakes_queued(const struct sock *sk, bool full)
{
	struct tcplife_listener *l;

	if (full)
		tcplife_stats_add(tcplife_net_here(sock_net(sk))->stats,
				  HANDSHAKES_OVERFLOWED, 1);
	l = tcplife_listeners_lock(sk);
	if (!l)
		return !full;
	if (full) {
		l->count[TCPLIFE_ATTR_LISTENER_OVERFLOWED]++;
		l->overflow_ns = ktime_get_ns();
	} else {
		l->accept_queue_peak = max_t(u32, l->accept_queue_peak,
					     READ_ONCE(sk->sk_ack_backlog) + 1);
	}
	tcplife_listeners_unlock(l);
	return !full;
}

/**
 * tcplife_handshakes_answered - the peer of a half-open connection is real
 * @life: the life, locked, still half open as its listener has no room or waits
 *	for data
 * @now_ns: monotonic time
 */
void tcplife_handshakes_answered(struct tcplife_life *life, u64 now_ns)
{
	struct tcplife_listener *l;

	l = tcplife_listeners_lock_inside(life->listener, life->net, life->birth_ns);
	if (!l)
		return;
	tcplife_handshakes_excuse(l, life, now_ns);
	tcplife_syns_unlock_inside(l);
	life->known |= TCPLIFE_KNOWN_ANSWERED;
}

/* A half-open connection became none. */
static void tcplife_handshakes_blame(struct tcplife_listener *l,
				     const struct tcplife_life *life, u64 now_ns)
{
	bool answered = life->known & TCPLIFE_KNOWN_ANSWERED ||
			life->flags & TCPLIFE_FLAG_COOKIE;
	struct tcplife_flood *flood = &l->target->flood;

	switch (life->outcome) {
	case TCPLIFE_OUTCOME_HALF_OPEN_EXPIRED:
		l->count[TCPLIFE_ATTR_LISTENER_EXPIRED]++;
		break;
	case TCPLIFE_OUTCOME_HALF_OPEN_RESET:
	case TCPLIFE_OUTCOME_STALE_SYN:
		l->count[TCPLIFE_ATTR_LISTENER_RESET]++;
		if (!answered)
			tcplife_flood_reset(flood, life->family, life->remote_addr,
					    life->birth_ns, now_ns);
		return;
	case TCPLIFE_OUTCOME_LISTENER_CLOSED:
	case TCPLIFE_OUTCOME_NETNS_DELETED:
	case TCPLIFE_OUTCOME_MISSED:
		l->count[TCPLIFE_ATTR_LISTENER_FAILED]++;
		if (!answered)
			tcplife_flood_forgive(flood, life->birth_ns, now_ns);
		return;
	default:
		l->count[TCPLIFE_ATTR_LISTENER_FAILED]++;
	}
	if (!answered)
		tcplife_flood_gone(flood, now_ns);
}

/**
 * tcplife_handshakes_failed - a half-open connection is over
 * @life: the life, locked, in CLOSE, with its outcome
 * @now_ns: monotonic time
 */
void tcplife_handshakes_failed(const struct tcplife_life *life, u64 now_ns)
{
	struct tcplife_listener *l;

	l = tcplife_listeners_lock_inside(life->listener, life->net, life->birth_ns);
	if (!l)
		return;
	if (!(life->flags & TCPLIFE_FLAG_COOKIE))
		tcplife_syns_no_more(l);
	tcplife_handshakes_blame(l, life, now_ns);
	tcplife_syns_unlock_inside(l);
}
