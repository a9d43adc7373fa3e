// SPDX-License-Identifier: GPL-2.0
/*
 * The arena: memory for lives, named by index, 1 to max_lives.  It begins small
 * and a work item adds chunks in process context as it fills; hooks only take
 * records from the free list and give them back.
 *
 * The last quarter is kept for established connections: a half-open one, or an
 * attempt to connect, finds no room there, so a flood of either cannot crowd
 * out the connections that carry data.
 *
 * Lock: tcplife_arena.lock, raw, taken with interrupts off, nests inside the
 * locks of lives.c.
 */
#include <linux/irq_work.h>
#include <linux/mm.h>
#include <linux/spinlock.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

#include "arena.h"
#include "params.h"

#define CHUNK_LIVES	(1U << TCPLIFE_ARENA_SHIFT)
#define FREE_WANTED_MIN	4096U

/**
 * struct tcplife_arena - the arena
 * @lock: guards @head, @free and @allocated
 * @head: index of the first free record
 * @free: records in the free list
 * @allocated: records there is memory for
 * @wanted: free records below which more memory is wanted; 0 if there is all of it
 * @bytes: memory of all chunks; written by the work item only
 * @kick: leaves the hook's context to queue @grow
 * @grow: adds chunks
 */
static struct tcplife_arena {
	raw_spinlock_t lock;
	u32 head;
	u32 free;
	u32 allocated;
	u32 wanted;
	u64 bytes;
	struct irq_work kick;
	struct work_struct grow;
} tcplife_arena;

struct tcplife_life **tcplife_arena_chunks __read_mostly;

static bool tcplife_arena_short(const struct tcplife_arena *a)
{
	return a->free < a->wanted;
}

/* Add one chunk.  Index 0 means none, so the first record is never used. */
static int tcplife_arena_add_chunk(struct tcplife_arena *a)
{
	u32 first = a->allocated ? a->allocated + 1 : 0;
	u32 count = min(CHUNK_LIVES, tcplife_params.max_lives + 1 - first);
	struct tcplife_life *chunk;
	unsigned long flags;
	u32 i, from;

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
	a->free += count - from;
	a->wanted = first + count > tcplife_params.max_lives ? 0 :
		max(FREE_WANTED_MIN, (first + count - 1) / 4);
	/* Pairs with the acquire in tcplife_arena_allocated(). */
	smp_store_release(&a->allocated, first + count - 1);
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
	tcplife_arena_chunks = kvcalloc((tcplife_params.max_lives >> TCPLIFE_ARENA_SHIFT) + 1,
					sizeof(*tcplife_arena_chunks), GFP_KERNEL);
	if (!tcplife_arena_chunks)
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
	for (i = 0; i <= tcplife_params.max_lives >> TCPLIFE_ARENA_SHIFT; i++)
		vfree(tcplife_arena_chunks[i]);
	kvfree(tcplife_arena_chunks);
}

/**
 * tcplife_arena_take - take a record from the free list
 * @embryonic: for a connection that is not established; it must leave the last
 *	quarter of max_lives free
 *
 * Context: interrupts off.
 * Return: the record and its index; no record if there is no room.
 */
struct tcplife_arena_place tcplife_arena_take(bool embryonic)
{
	struct tcplife_arena *a = &tcplife_arena;
	u32 limit = tcplife_params.max_lives;
	struct tcplife_arena_place place = { 0 };
	bool low;

	if (embryonic)
		limit -= limit / 4;
	raw_spin_lock(&a->lock);
	if (a->free && a->allocated - a->free < limit) {
		place.index = a->head;
		place.life = tcplife_arena_at(place.index);
		a->head = place.life->next;
		a->free--;
	}
	low = tcplife_arena_short(a);
	raw_spin_unlock(&a->lock);
	if (unlikely(low))
		irq_work_queue(&a->kick);
	return place;
}

/**
 * tcplife_arena_give - give a record back
 * @index: from tcplife_arena_take()
 *
 * Context: interrupts off.
 */
void tcplife_arena_give(u32 index)
{
	struct tcplife_arena *a = &tcplife_arena;

	raw_spin_lock(&a->lock);
	tcplife_arena_at(index)->next = a->head;
	a->head = index;
	a->free++;
	raw_spin_unlock(&a->lock);
}

/**
 * tcplife_arena_allocated - how many records there is memory for
 */
u32 tcplife_arena_allocated(void)
{
	/* Pairs with the release in tcplife_arena_add_chunk(). */
	return smp_load_acquire(&tcplife_arena.allocated);
}

/**
 * tcplife_arena_bytes - memory the arena holds, in bytes
 */
u64 tcplife_arena_bytes(void)
{
	return READ_ONCE(tcplife_arena.bytes) +
	       ((tcplife_params.max_lives >> TCPLIFE_ARENA_SHIFT) + 1) *
	       sizeof(*tcplife_arena_chunks);
}
