/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFE_BOOKS_H
#define TCPLIFE_BOOKS_H

#include "core/life.h"
#include "core/tracker.h"
#include "stats.h"

/**
 * tcplife_books_is_orphan - does a timewait_sock stand for FIN_WAIT2 of a life?
 * @life: the life
 *
 * The kernel counts these with TIME_WAIT.
 */
static inline bool tcplife_books_is_orphan(const struct tcplife_life *life)
{
	return life->state == TCPLIFE_STATE_FIN_WAIT2 &&
	       life->known & TCPLIFE_KNOWN_MINISOCK;
}

extern const u8 tcplife_books_ends[__TCPLIFE_TIME_WAIT_END_MAX];

/**
 * tcplife_books_enter - count what entering a state means
 * @s: from tcplife_stats_begin()
 * @life: the life; if it was in TIME_WAIT, with what ended that
 * @before: the state it was in
 * @state: the state
 */
static __always_inline void tcplife_books_enter(struct tcplife_stats *s,
						const struct tcplife_life *life,
						enum tcplife_state before,
						enum tcplife_state state)
{
	if (before == TCPLIFE_STATE_SYN_RECV && life->role == TCPLIFE_ROLE_PASSIVE) {
		tcplife_stats_count(s, HALF_OPEN, -1ULL);
		if (state == TCPLIFE_STATE_CLOSE)
			tcplife_stats_count(s, HALF_OPEN_FAILED, 1);
		else
			tcplife_stats_count(s, HALF_OPEN_ESTABLISHED, 1);
	}
	if (before == TCPLIFE_STATE_FIN_WAIT2 && life->known & TCPLIFE_KNOWN_MINISOCK)
		tcplife_stats_count(s, FIN_WAIT2_ORPHANS, -1ULL);
	if (before == TCPLIFE_STATE_TIME_WAIT) {
		tcplife_stats_count(s, TIME_WAIT, -1ULL);
		tcplife_stats_count(s, TIME_WAIT_ENDED, 1);
		if (tcplife_books_ends[life->time_wait_end])
			s->count[tcplife_books_ends[life->time_wait_end]]++;
	}
	if (state == TCPLIFE_STATE_TIME_WAIT) {
		tcplife_stats_count(s, TIME_WAIT, 1);
		tcplife_stats_count(s, TIME_WAIT_BEGUN, 1);
	}
	if (state == TCPLIFE_STATE_ESTABLISHED)
		tcplife_stats_count(s, ESTABLISHED, 1);
}

void tcplife_books_begin_late(struct tcplife_stats *s, const struct tcplife_life *life);

/**
 * tcplife_books_end - count a life that is over
 * @s: from tcplife_stats_begin()
 * @life: the life, in CLOSE, with its outcome
 */
static __always_inline void tcplife_books_end(struct tcplife_stats *s,
					      const struct tcplife_life *life)
{
	tcplife_stats_count(s, LIVE, -1ULL);
	tcplife_stats_count(s, CLOSED, 1);
	if (unlikely(life->outcome == TCPLIFE_OUTCOME_REFUSED))
		tcplife_stats_count(s, REFUSED, 1);
	if (unlikely(life->time_wait_end == TCPLIFE_TIME_WAIT_END_OVERFLOW))
		tcplife_stats_count(s, TIME_WAIT_OVERFLOWS, 1);
}

/**
 * tcplife_books_begin - count a life that begins
 * @s: from tcplife_stats_begin()
 * @state: the state it is in
 * @role: how this end opened it
 */
static __always_inline void tcplife_books_begin(struct tcplife_stats *s,
						enum tcplife_state state,
						enum tcplife_role role)
{
	tcplife_stats_count(s, LIVE, 1);
	tcplife_stats_count(s, OPENED, 1);
	if (role == TCPLIFE_ROLE_PASSIVE)
		tcplife_stats_count(s, OPENED_PASSIVE, 1);
	else
		tcplife_stats_count(s, OPENED_ACTIVE, 1);
	if (state == TCPLIFE_STATE_SYN_RECV && role == TCPLIFE_ROLE_PASSIVE) {
		tcplife_stats_count(s, HALF_OPEN, 1);
		tcplife_stats_count(s, HALF_OPEN_BEGUN, 1);
	}
}

#endif
