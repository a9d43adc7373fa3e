// SPDX-License-Identifier: GPL-2.0
/*
 * The arena: memory for lives, live or over, named by index.  It begins small
 * and a work item adds chunks in process context as it fills; hooks only take
 * records from the free list and give them back.
 *
 * History begins with records of its own, behind all others.  A life that is over
 * takes a place there, and the record that had it is free.
 *
 * The last quarter is kept for established connections: a half-open one, or an
 * attempt to connect, finds no room there, so a flood of either cannot crowd
 * out the connections that carry data.
 *
 * Lock: tcplife_arena.lock, raw, taken with interrupts off, nests inside the
 * locks of lives.c.
 */
#include <linux/mm.h>
#include <linux/vmalloc.h>

#include "arena.h"
#include "params.h"

#define CHUNK_LIVES	(1U << TCPLIFE_ARENA_SHIFT)
#define FREE_WANTED_MIN	4096U

struct tcplife_arena tcplife_arena;
struct tcplife_life **tcplife_arena_chunks __read_mostly;

static bool tcplife_arena_short(const struct tcplife_arena *a)
{
	return READ_ONCE(a->used) > READ_ONCE(a->enough);
}

/* Add one chunk.  Index 0 means none, so the first record is never used. */
static int tcplife_arena_add_chunk(struct tcplife_arena *a)
{
	u32 first = a->allocated ? a->allocated + 1 : 0;
	u32 count = min(CHUNK_LIVES, tcplife_params.max_lives + 1 - first);
	struct tcplife_life *chunk;
	unsigned long flags;
	u32 i, from, last;

	chunk = vzalloc(array_size(count, sizeof(*chunk)));
	if (!chunk)
		return -ENOMEM;
	from = first ? 0 : 1;
	for (i = from; i < count; i++)
		chunk[i].next = first + i + 1;
	tcplife_arena_chunks[first >> TCPLIFE_ARENA_SHIFT] = chunk;
	a->bytes += PAGE_ALIGN(array_size(count, sizeof(*chunk)));

	raw_spin_lock_irqsave(&a->lock, flags);
	chunk[count - 1].next = a->head;
	a->head = first + from;
	last = first + count - 1;
	a->enough = last == tcplife_params.max_lives ? INT_MAX :
		(int)(last - max(FREE_WANTED_MIN, last / 4));
	/* Pairs with the acquire in tcplife_arena_allocated(). */
	smp_store_release(&a->allocated, last);
	raw_spin_unlock_irqrestore(&a->lock, flags);
	return 0;
}

static void tcplife_arena_grow(struct work_struct *work)
{
	struct tcplife_arena *a = container_of(work, struct tcplife_arena, grow);

	while (tcplife_arena_short(a))
		if (tcplife_arena_add_chunk(a))
			return;	/* the next hook that finds it short asks again */
}

static void tcplife_arena_kick(struct irq_work *kick)
{
	queue_work(system_unbound_wq,
		   &container_of(kick, struct tcplife_arena, kick)->grow);
}

/* The records that history begins with, in whole chunks behind all others. */
static int tcplife_arena_add_history(struct tcplife_arena *a)
{
	u32 count = tcplife_params.history + tcplife_params.half_open_history;
	struct tcplife_life *records = vzalloc(array_size(count, sizeof(*records)));
	u32 i;

	if (!records)
		return -ENOMEM;
	for (i = 0; i < count; i += CHUNK_LIVES)
		tcplife_arena_chunks[(a->history + i) >> TCPLIFE_ARENA_SHIFT] =
			records + i;
	a->end = a->history + count;
	a->bytes += PAGE_ALIGN(array_size(count, sizeof(*records)));
	return 0;
}

/* How many chunks there may be, those of history included. */
static u32 tcplife_arena_chunks_most(void)
{
	const struct tcplife_params *p = &tcplife_params;

	return p->max_lives / CHUNK_LIVES + 1 +
	       DIV_ROUND_UP(p->history + p->half_open_history, CHUNK_LIVES);
}

/**
 * tcplife_arena_start - allocate the first records
 *
 * Return: 0 or -ENOMEM; then tcplife_arena_free_all() is still to be called.
 */
int tcplife_arena_start(void)
{
	struct tcplife_arena *a = &tcplife_arena;

	raw_spin_lock_init(&a->lock);
	init_irq_work(&a->kick, tcplife_arena_kick);
	INIT_WORK(&a->grow, tcplife_arena_grow);
	a->most = tcplife_params.max_lives;
	a->most_embryonic = a->most - a->most / 4;
	a->history = round_up(tcplife_params.max_lives + 1, CHUNK_LIVES);
	tcplife_arena_chunks = kvcalloc(tcplife_arena_chunks_most(),
					sizeof(*tcplife_arena_chunks), GFP_KERNEL);
	if (!tcplife_arena_chunks || tcplife_arena_add_history(a))
		return -ENOMEM;
	do {
		if (tcplife_arena_add_chunk(a))
			return -ENOMEM;
	} while (tcplife_arena_short(a));
	return 0;
}

static bool tcplife_arena_is_short(struct tcplife_arena *a)
{
	unsigned long flags;
	bool is_short;

	raw_spin_lock_irqsave(&a->lock, flags);
	is_short = tcplife_arena_short(a);
	raw_spin_unlock_irqrestore(&a->lock, flags);
	return is_short;
}

/**
 * tcplife_arena_make_room - have as many free records as are wanted
 *
 * For who takes many at once in process context: it waits for the work item, which
 * may be long in coming where CPUs are busy.
 * Context: process; sleeps.
 * Return: false if none could be added.  Others may have taken what was.
 */
bool tcplife_arena_make_room(void)
{
	struct tcplife_arena *a = &tcplife_arena;
	u32 allocated = tcplife_arena_allocated();

	if (!tcplife_arena_is_short(a))
		return true;
	queue_work(system_unbound_wq, &a->grow);
	flush_work(&a->grow);
	return tcplife_arena_allocated() != allocated ||
	       !tcplife_arena_is_short(a);
}

/**
 * tcplife_arena_stop - let no work item be under way
 *
 * Call when no hook can run any more.
 */
void tcplife_arena_stop(void)
{
	irq_work_sync(&tcplife_arena.kick);
	cancel_work_sync(&tcplife_arena.grow);
}

/**
 * tcplife_arena_free_all - free all memory
 */
void tcplife_arena_free_all(void)
{
	u32 i;

	if (!tcplife_arena_chunks)
		return;
	/* Of history only the first chunk was asked for. */
	for (i = 0; i <= tcplife_arena.history >> TCPLIFE_ARENA_SHIFT; i++)
		vfree(tcplife_arena_chunks[i]);
	kvfree(tcplife_arena_chunks);
}

/**
 * tcplife_arena_allocated - how many records there is memory for, without history's
 */
u32 tcplife_arena_allocated(void)
{
	/* Pairs with the release in tcplife_arena_add_chunk(). */
	return smp_load_acquire(&tcplife_arena.allocated);
}

/**
 * tcplife_arena_next - the next record that there is, live, over or free
 * @index: of the one before, 0 to begin; moved
 *
 * Return: false if there is none.
 */
bool tcplife_arena_next(u32 *index)
{
	const struct tcplife_arena *a = &tcplife_arena;

	++*index;
	if (*index > tcplife_arena_allocated())
		*index = max(*index, a->history);
	return *index < a->end;
}

/**
 * tcplife_arena_bytes - memory the arena holds, in bytes
 */
u64 tcplife_arena_bytes(void)
{
	return READ_ONCE(tcplife_arena.bytes) +
	       tcplife_arena_chunks_most() * sizeof(*tcplife_arena_chunks);
}
