// SPDX-License-Identifier: GPL-2.0
/*
 * History: two rings of lives that are over, one for connections, and a
 * smaller one for half-open connections that never were established, so that
 * a flood of these cannot push out the former.  A place has the index of the record
 * of a life, which is not copied.
 *
 * Lock: the arena's, raw, taken with interrupts off, held for the copy
 * of one record by readers; nests inside the locks of lives.c.
 */
#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/mm.h>
#include <linux/vmalloc.h>

#include "arena.h"
#include "core/timeline.h"
#include "history.h"
#include "net.h"
#include "params.h"

struct tcplife_history tcplife_history, tcplife_history_half_open;

static struct tcplife_history *tcplife_history_of(enum tcplife_scope scope)
{
	return scope == TCPLIFE_SCOPE_HALF_OPEN_HISTORY ?
		&tcplife_history_half_open : &tcplife_history;
}

/* A ring whose places have the records from @first on. */
static int tcplife_history_alloc(struct tcplife_history *ring, u32 size, u32 first)
{
	u32 i;

	ring->size = size;
	ring->places = vzalloc(array_size(size, sizeof(*ring->places)));
	if (!ring->places)
		return -ENOMEM;
	for (i = 0; i < size; i++)
		ring->places[i] = first + i;
	return 0;
}

/* Record @number of a ring, which still has it. */
static struct tcplife_life *tcplife_history_at(const struct tcplife_history *ring,
					       u64 number)
{
	return tcplife_arena_at(ring->places[number % ring->size]);
}

/**
 * tcplife_history_start - allocate both rings
 *
 * Call after tcplife_arena_start().
 * Return: 0 or -ENOMEM; then tcplife_history_free() is still to be called.
 */
int tcplife_history_start(void)
{
	u32 first = tcplife_arena.history, size = tcplife_params.history;

	return tcplife_history_alloc(&tcplife_history, size, first) ?:
	       tcplife_history_alloc(&tcplife_history_half_open,
				     tcplife_params.half_open_history,
				     first + size);
}

/**
 * tcplife_history_free - free both rings
 */
void tcplife_history_free(void)
{
	vfree(tcplife_history.places);
	vfree(tcplife_history_half_open.places);
}

/* Did @life end TIME_WAIT of @old?  By a SYN of the peer, or by its connect(). */
static bool tcplife_history_follows(const struct tcplife_life *old,
				    const struct tcplife_life *life)
{
	bool reopened = old->time_wait_end == TCPLIFE_TIME_WAIT_END_REOPENED;
	bool passive = life->role == TCPLIFE_ROLE_PASSIVE;
	u64 end_ns = old->birth_ns +
		     tcplife_timeline_after_us(old) * NSEC_PER_USEC;

	if (passive != reopened ||
	    (!passive && life->birth_ns > end_ns))
		return false;
	return old->net == life->net && old->family == life->family &&
	       old->local_port == life->local_port &&
	       old->remote_port == life->remote_port &&
	       !memcmp(old->local_addr, life->local_addr,
		       sizeof(life->local_addr)) &&
	       !memcmp(old->remote_addr, life->remote_addr,
		       sizeof(life->remote_addr));
}

/**
 * tcplife_history_succeed - a life follows one that is over
 * @number: of the record of the one that is over, whose ends were taken over
 * @life: the new one, locked by the caller
 *
 * Context: interrupts off.
 * Return: the id of the one that is over, or 0 if another than @life took over.
 */
u64 tcplife_history_succeed(u64 number, const struct tcplife_life *life)
{
	const struct tcplife_history *ring = &tcplife_history;
	struct tcplife_life *old;
	u64 id = 0;

	raw_spin_lock(&tcplife_arena.lock);
	old = tcplife_history_at(ring, number);
	if (ring->next - number <= ring->size && !old->next_id &&
	    tcplife_history_follows(old, life)) {
		old->next_id = life->id;
		id = old->id;
	}
	raw_spin_unlock(&tcplife_arena.lock);
	return id;
}

/**
 * tcplife_history_next - the next record of a namespace, oldest first
 * @scope: which ring
 * @net: the namespace's struct tcplife_net
 * @cursor: 0 to begin; moved behind the record returned
 * @life: filled with a copy
 *
 * Records overwritten since the last call are skipped.  May sleep.
 * Return: false if there is none.
 */
bool tcplife_history_next(enum tcplife_scope scope, const void *net,
			  u64 *cursor, struct tcplife_life *life)
{
	struct tcplife_history *ring = tcplife_history_of(scope);
	bool more, found = false;
	unsigned long flags;

	do {
		raw_spin_lock_irqsave(&tcplife_arena.lock, flags);
		if (ring->next > ring->size)
			*cursor = max(*cursor, ring->next - ring->size);
		more = *cursor < ring->next;
		if (more) {
			const struct tcplife_life *at =
				tcplife_history_at(ring, (*cursor)++);

			found = at->net == net;
			if (found)
				*life = *at;
		}
		raw_spin_unlock_irqrestore(&tcplife_arena.lock, flags);
		cond_resched();
	} while (more && !found);
	return found;
}

static void tcplife_history_forget_in(struct tcplife_history *ring)
{
	const struct tcplife_net *net;
	struct tcplife_life *life;
	unsigned long flags;
	u32 i;

	for (i = 0; i < ring->size; i++) {
		if (!(i % 1024))
			cond_resched();
		life = tcplife_arena_at(READ_ONCE(ring->places[i]));
		if (!READ_ONCE(life->net))
			continue;	/* of none that is dead is one added now */
		raw_spin_lock_irqsave(&tcplife_arena.lock, flags);
		life = tcplife_history_at(ring, i);
		net = life->net;
		if (net && READ_ONCE(net->dead))
			life->net = NULL;
		raw_spin_unlock_irqrestore(&tcplife_arena.lock, flags);
	}
}

/**
 * tcplife_history_forget - drop all records of namespaces that are going away
 *
 * They are marked dead, and their memory may be used for others soon.
 * Process context; may sleep.
 */
void tcplife_history_forget(void)
{
	tcplife_history_forget_in(&tcplife_history);
	tcplife_history_forget_in(&tcplife_history_half_open);
}

/**
 * tcplife_history_count - how many records a ring keeps now
 * @scope: which ring
 */
u64 tcplife_history_count(enum tcplife_scope scope)
{
	const struct tcplife_history *ring = tcplife_history_of(scope);

	return min_t(u64, READ_ONCE(ring->next), ring->size);
}

/**
 * tcplife_history_bytes - memory both rings hold, without their records, in bytes
 */
u64 tcplife_history_bytes(void)
{
	return PAGE_ALIGN(tcplife_history.size * sizeof(u32)) +
	       PAGE_ALIGN(tcplife_history_half_open.size * sizeof(u32));
}
