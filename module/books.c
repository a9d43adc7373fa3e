// SPDX-License-Identifier: GPL-2.0
/*
 * The books: what a life counts for when it begins, changes its state and ends.
 *
 *	opened + adopted = closed + live + lost
 *	half_open_begun = half_open_established + half_open_failed + half_open
 *	time_wait_begun = time_wait_ended + time_wait
 *	time_wait_ended = time_wait_expired + time_wait_reused +
 *		time_wait_reopened + time_wait_reset, and ends that were missed
 *
 * Called by lives.c within its transactions on the counters (stats.h).  Context:
 * any but NMI; takes no locks.
 */
#include "books.h"
#include "core/tracker.h"

/* The counter of each end of TIME_WAIT, 0 if it has none. */
const u8 tcplife_books_ends[__TCPLIFE_TIME_WAIT_END_MAX] = {
	[TCPLIFE_TIME_WAIT_END_EXPIRED] = TCPLIFE_ATTR_SUMMARY_TIME_WAIT_EXPIRED,
	[TCPLIFE_TIME_WAIT_END_REUSED] = TCPLIFE_ATTR_SUMMARY_TIME_WAIT_REUSED,
	[TCPLIFE_TIME_WAIT_END_REOPENED] = TCPLIFE_ATTR_SUMMARY_TIME_WAIT_REOPENED,
	[TCPLIFE_TIME_WAIT_END_RESET] = TCPLIFE_ATTR_SUMMARY_TIME_WAIT_RESET,
};

/**
 * tcplife_books_begin_late - count a life that is adopted or recovered
 * @s: from tcplife_stats_begin()
 * @life: the life, in its state
 */
void tcplife_books_begin_late(struct tcplife_stats *s, const struct tcplife_life *life)
{
	tcplife_stats_count(s, LIVE, 1);
	if (life->flags & TCPLIFE_FLAG_RECOVERED) {
		tcplife_stats_count(s, RECOVERED, 1);
		tcplife_stats_count(s, LOST, -1ULL);
		if (life->state != TCPLIFE_STATE_SYN_SENT &&
		    life->state != TCPLIFE_STATE_SYN_RECV)
			tcplife_stats_count(s, ESTABLISHED, 1);
	} else {
		tcplife_stats_count(s, ADOPTED, 1);
	}
	if (tcplife_tracker_is_half_open(life)) {
		tcplife_stats_count(s, HALF_OPEN, 1);
		tcplife_stats_count(s, HALF_OPEN_BEGUN, 1);
	}
	if (tcplife_books_is_orphan(life))
		tcplife_stats_count(s, FIN_WAIT2_ORPHANS, 1);
	if (life->state == TCPLIFE_STATE_TIME_WAIT) {
		tcplife_stats_count(s, TIME_WAIT, 1);
		tcplife_stats_count(s, TIME_WAIT_BEGUN, 1);
	}
}
