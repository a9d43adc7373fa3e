/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFE_ARENA_H
#define TCPLIFE_ARENA_H

#include <linux/irq_work.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "core/life.h"

#define TCPLIFE_ARENA_NIL	0

/*
 * Chunks of 2^TCPLIFE_ARENA_SHIFT records each, the last one of lives and of history
 * may be shorter; a pointer is written once, before any index into it is given out.
 */
#define TCPLIFE_ARENA_SHIFT	10
extern struct tcplife_life **tcplife_arena_chunks;

/**
 * struct tcplife_arena - the arena
 * @lock: guards @head, @used, @enough and @allocated, and the rings of history.c
 * @head: index of the first free record
 * @used: live records
 * @enough: live records above which more memory is wanted; INT_MAX if there is
 *	all of it
 * @most: live records that there may be
 * @most_embryonic: the same, of connections that are not established
 * @allocated: records there is memory for, but for those that history began with
 * @history: index of the first record that history began with
 * @end: one more than the index of the last of these
 * @bytes: memory of all chunks; written by the work item only
 * @kick: leaves the hook's context to queue @grow
 * @grow: adds chunks
 *
 * It stands here as hooks take records in line.
 */
struct tcplife_arena {
	raw_spinlock_t lock;
	u32 head;
	int used;
	int enough;
	int most;
	int most_embryonic;
	u32 allocated;
	u32 history;
	u32 end;
	u64 bytes;
	struct irq_work kick;
	struct work_struct grow;
};

extern struct tcplife_arena tcplife_arena;

/**
 * tcplife_arena_at - the record with an index
 * @index: from tcplife_arena_take(), a chain, a place in history, or
 *	tcplife_arena_next()
 */
static inline struct tcplife_life *tcplife_arena_at(u32 index)
{
	struct tcplife_life *life =
		&tcplife_arena_chunks[index >> TCPLIFE_ARENA_SHIFT]
				     [index & ((1U << TCPLIFE_ARENA_SHIFT) - 1)];

	if (!life)
		__builtin_unreachable();	/* so nobody need ask */
	return life;
}

/**
 * tcplife_arena_take - take a record from the free list
 * @embryonic: for a connection that is not established; it must leave the last
 *	quarter of max_lives free
 * @life: filled with the record, if there is one
 *
 * Context: interrupts off.
 * Return: its index, or TCPLIFE_ARENA_NIL if there is no room.
 */
static __always_inline u32 tcplife_arena_take(bool embryonic, struct tcplife_life **life)
{
	struct tcplife_arena *a = &tcplife_arena;
	u32 index = TCPLIFE_ARENA_NIL;
	bool low;

	lockdep_assert_irqs_disabled();
	raw_spin_lock(&a->lock);
	if (likely(a->used < (embryonic ? a->most_embryonic : a->most))) {
		index = a->head;
		if (likely(index)) {
			*life = tcplife_arena_at(index);
			a->head = (*life)->next;
			a->used++;
		}
	}
	low = a->used > a->enough;
	raw_spin_unlock(&a->lock);
	if (unlikely(low))
		irq_work_queue(&a->kick);
	return index;
}

/**
 * tcplife_arena_give - a record is free, and one less is on record
 * @index: of a record that nobody uses any more
 *
 * Context: under the arena's lock.
 */
static __always_inline void tcplife_arena_give(u32 index)
{
	struct tcplife_life *life = tcplife_arena_at(index);
	struct tcplife_arena *a = &tcplife_arena;

	lockdep_assert_held(&a->lock);
	WRITE_ONCE(life->id, 0);
	life->next = a->head;
	a->head = index;
	a->used--;
}

int tcplife_arena_start(void);
bool tcplife_arena_make_room(void);
void tcplife_arena_stop(void);
void tcplife_arena_free_all(void);
u32 tcplife_arena_allocated(void);
bool tcplife_arena_next(u32 *index);
u64 tcplife_arena_bytes(void);

#endif
