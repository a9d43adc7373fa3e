/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFE_HISTORY_H
#define TCPLIFE_HISTORY_H

#include "arena.h"
#include "core/life.h"

/**
 * struct tcplife_history - one ring
 * @next: number of the next record, counted from 0; under the arena's lock
 * @turn: @next modulo @size; under the arena's lock
 * @size: records the ring holds; constant
 * @places: the index of record n is at n modulo @size; of a record yet to come, one
 *	that nobody uses; under the arena's lock
 *
 * Both stand here as hooks put lives there in line.
 */
struct tcplife_history {
	u64 next;
	u32 turn;
	u32 size;
	u32 *places;
};

extern struct tcplife_history tcplife_history, tcplife_history_half_open;

int tcplife_history_start(void);
void tcplife_history_free(void);
u64 tcplife_history_succeed(u64 number, const struct tcplife_life *life);
bool tcplife_history_next(enum tcplife_scope scope, const void *net,
			  u64 *cursor, struct tcplife_life *life);
void tcplife_history_forget(void);
u64 tcplife_history_count(enum tcplife_scope scope);
u64 tcplife_history_bytes(void);

/**
 * tcplife_history_add - keep a life that is over
 * @index: of its record, in CLOSE, on no chain, without a next one
 * @half_open: it never was established: tcplife_tracker_is_half_open() before CLOSE
 *
 * The oldest record of the ring is free, in place of this one.
 * Context: interrupts off.
 * Return: the number of the record.
 */
static __always_inline u64 tcplife_history_add(u32 index, bool half_open)
{
	struct tcplife_history *ring = half_open ? &tcplife_history_half_open :
						   &tcplife_history;
	u32 *place;
	u64 number;

	lockdep_assert_irqs_disabled();
	raw_spin_lock(&tcplife_arena.lock);
	number = ring->next++;
	place = &ring->places[ring->turn];
	if (++ring->turn == ring->size)
		ring->turn = 0;
	tcplife_arena_give(*place);
	*place = index;
	raw_spin_unlock(&tcplife_arena.lock);
	return number;
}

#endif
