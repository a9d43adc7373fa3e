/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFE_HANDSHAKES_H
#define TCPLIFE_HANDSHAKES_H

#include <net/sock.h>

#include "core/histogram.h"
#include "core/life.h"
#include "core/timeline.h"
#include "core/tracker.h"
#include "listeners.h"
#include "syns.h"

bool tcplife_handshakes_queued(const struct sock *sk, bool full);
void tcplife_handshakes_answered(struct tcplife_life *life, u64 now_ns);
void tcplife_handshakes_failed(const struct tcplife_life *life, u64 now_ns);

/* In place of a bucket of a histogram: when it began was not seen. */
#define TCPLIFE_HANDSHAKES_UNTIMED	(-1)

/**
 * tcplife_handshakes_room - is there room for the socket of a handshake that is over?
 * @sk: the listening socket
 *
 * Return: false if the accept queue is full.
 */
static __always_inline bool tcplife_handshakes_room(const struct sock *sk)
{
	u32 waiting = READ_ONCE(sk->sk_ack_backlog) + 1;
	bool full = sk_acceptq_is_full(sk);

	/* That of one that does not wait behind another is noted as it is established. */
	if (likely(!full && (waiting == 1 ||
			     waiting <= tcplife_listeners_accept_peak(sk))))
		return true;
	return tcplife_handshakes_queued(sk, full);
}

/* The peer is real.  Locked is its listener.  Return: true if time has gone on. */
static __always_inline bool tcplife_handshakes_excuse(struct tcplife_listener *l,
						      const struct tcplife_life *life,
						      u64 now_ns)
{
	if (life->known & TCPLIFE_KNOWN_ANSWERED ||
	    life->flags & TCPLIFE_FLAG_COOKIE)
		return false;
	return tcplife_flood_answered(&l->target->flood, life->family,
				      life->remote_addr, life->birth_ns, now_ns);
}

/**
 * tcplife_handshakes_completed - a half-open connection is established
 * @life: the life, locked, in its new state
 * @bucket: of the histogram, by the time that took; or TCPLIFE_HANDSHAKES_UNTIMED
 * @now_ns: monotonic time
 *
 * Nothing that is answered needs more time, so the alerts are looked after only if
 * time has gone on.
 */
static __always_inline void
tcplife_handshakes_completed(const struct tcplife_life *life, int bucket, u64 now_ns)
{
	struct tcplife_listener *l;

	l = tcplife_listeners_lock_inside(life->listener, life->net, life->birth_ns);
	if (!l)
		return;
	if (!(life->flags & TCPLIFE_FLAG_COOKIE))
		tcplife_syns_no_more(l);
	l->count[TCPLIFE_ATTR_LISTENER_COMPLETED]++;
	if (unlikely(!l->accept_queue_peak))
		l->accept_queue_peak = 1;
	if (likely(bucket >= 0))
		l->handshake[bucket]++;
	if (unlikely(tcplife_handshakes_excuse(l, life, now_ns)))
		tcplife_syns_unlock_inside(l);
	else
		tcplife_listeners_unlock_inside(l);
}

/* How long it waited for accept(), as a bucket of the histogram. */
static __always_inline int tcplife_handshakes_waited(const struct tcplife_life *life,
						     u64 now_ns)
{
	u64 us = tcplife_tracker_us(life, now_ns), since_us;
	unsigned int i;

	for (i = 1; i < life->timeline_len; i++) {
		if (tcplife_timeline_event(life, i) != TCPLIFE_EVENT_ESTABLISHED)
			continue;
		since_us = tcplife_timeline_us(life, i);
		return tcplife_histogram_bucket(us > since_us ? us - since_us : 0);
	}
	return TCPLIFE_HANDSHAKES_UNTIMED;
}

/**
 * tcplife_handshakes_accepted - the application accepts a connection
 * @life: the life, locked, with its owner
 * @now_ns: monotonic time
 */
static __always_inline void
tcplife_handshakes_accepted(const struct tcplife_life *life, u64 now_ns)
{
	int bucket = tcplife_handshakes_waited(life, now_ns);
	struct tcplife_listener *l;

	l = tcplife_listeners_lock_inside(life->listener, life->net, life->birth_ns);
	if (!l)
		return;
	l->count[TCPLIFE_ATTR_LISTENER_ACCEPTED]++;
	if (likely(bucket >= 0))
		l->accept_wait[bucket]++;
	if (unlikely(l->owner == TCPLIFE_OWNER_UNKNOWN))
		tcplife_listeners_owner(l, life);
	tcplife_listeners_unlock_inside(l);
}

#endif
