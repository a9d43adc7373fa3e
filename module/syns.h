/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFE_SYNS_H
#define TCPLIFE_SYNS_H

#include <linux/skbuff.h>
#include <net/sock.h>

#include "alerts.h"
#include "core/life.h"
#include "listeners.h"

extern bool tcplife_syns_hear_syns, tcplife_syns_hear_cookies;

/**
 * struct tcplife_syns_answer - a SYN that is answered, for the life that begins
 * @at_ns: monotonic time of the SYN
 * @listener: number of the listening socket; 0 if it is not on record
 */
struct tcplife_syns_answer {
	u64 at_ns;
	u16 listener;
};

void tcplife_syns_syn(const struct sock *sk, const struct sk_buff *skb);
struct tcplife_syns_answer tcplife_syns_half_open(const struct sock *sk,
						  const struct sk_buff *skb);
void tcplife_syns_unrecorded(const struct sock *sk, u16 number, u64 birth_ns);
void tcplife_syns_cookie_sent(const struct sock *sk, const struct sk_buff *skb);
void tcplife_syns_look(void);
void tcplife_syns_sum(u64 *count);
void tcplife_syns_cookie_check(const struct sock *sk, const struct sk_buff *skb);
u16 tcplife_syns_cookie_valid(const struct sock *sk, const struct sk_buff *skb,
			      u64 now_ns);

/**
 * tcplife_syns_no_more - a half-open connection is none any more
 * @l: its listener, locked; one from before listen() is none of it already
 */
static inline void tcplife_syns_no_more(struct tcplife_listener *l)
{
	if (!l->half_open)
		return;
	l->half_open--;
	l->target->half_open--;
}

static inline bool tcplife_syns_rings(const struct tcplife_listener *l)
{
	return !READ_ONCE(tcplife_alerts_armed) &&
	       tcplife_flood_needs_time(&l->target->flood);
}

/**
 * tcplife_syns_unlock - unlock a listener that something happened to
 * @l: the listener
 *
 * The alerts are looked after if its detector has something to decide.  Not for
 * readers, who may come until long after the alerts have stopped.
 */
static inline void tcplife_syns_unlock(struct tcplife_listener *l)
{
	bool ring = tcplife_syns_rings(l);

	tcplife_listeners_unlock(l);
	if (unlikely(ring))
		tcplife_alerts_arm();
}

/* The same, of one that tcplife_listeners_lock_inside() locked. */
static inline void tcplife_syns_unlock_inside(struct tcplife_listener *l)
{
	bool ring = tcplife_syns_rings(l);

	tcplife_listeners_unlock_inside(l);
	if (unlikely(ring))
		tcplife_alerts_arm();
}

#endif
