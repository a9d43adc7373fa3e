/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFE_BOOKS_H
#define TCPLIFE_BOOKS_H

#include "core/life.h"
#include "stats.h"

/**
 * tcplife_books_counts - does it count for anything that a life enters a state?
 * @life: the life, still in the state before
 * @state: the state
 *
 * Return: false if tcplife_books_enter() would count nothing.
 */
static inline bool tcplife_books_counts(const struct tcplife_life *life,
					enum tcplife_state state)
{
	return state == TCPLIFE_STATE_ESTABLISHED ||
	       state == TCPLIFE_STATE_TIME_WAIT || state == TCPLIFE_STATE_CLOSE ||
	       life->state == TCPLIFE_STATE_SYN_RECV;
}

bool tcplife_books_is_orphan(const struct tcplife_life *life);
void tcplife_books_begin(struct tcplife_stats *s, const struct tcplife_life *life);
void tcplife_books_enter(struct tcplife_stats *s, const struct tcplife_life *life,
			 enum tcplife_state state);
void tcplife_books_end(struct tcplife_stats *s, const struct tcplife_life *life);

#endif
