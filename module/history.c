// SPDX-License-Identifier: GPL-2.0
/*
 * History: two rings of lives that are over, one for connections, and a
 * smaller one for half-open connections that never were established, so that
 * a flood of these cannot push out the former.
 *
 * Lock: one raw spinlock a ring, taken with interrupts off, held for the copy
 * of one record; nests inside the locks of lives.c.
 */
#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/vmalloc.h>

#include "core/timeline.h"
#include "history.h"
#include "net.h"
#include "params.h"

/**
 * struct tcplife_history - one ring
 * @lock: guards all that follows
 * @next: number of the next record, counted from 0
 * @size: records the ring holds; constant
 * @lives: record n is at n modulo @size
 */
struct tcplife_history {
	raw_spinlock_t lock;
	u64 next;
	u32 size;
	struct tcplife_life *lives;
};

static struct tcplife_history tcplife_history, tcplife_history_half_open;

static struct tcplife_history *tcplife_history_of(enum tcplife_scope scope)
{
	return scope == TCPLIFE_SCOPE_HALF_OPEN_HISTORY ?
		&tcplife_history_half_open : &tcplife_history;
}

static int tcplife_history_alloc(struct tcplife_history *ring, u32 size)
{
	raw_spin_lock_init(&ring->lock);
	ring->size = size;
	ring->lives = vzalloc(array_size(size, sizeof(*ring->lives)));
	return ring->lives ? 0 : -ENOMEM;
}

/**
 * tcplife_history_start - allocate both rings
 *
 * Return: 0 or -ENOMEM; then tcplife_history_free() is still to be called.
 */
int tcplife_history_start(void)
{
	return tcplife_history_alloc(&tcplife_history, tcplife_params.history) ?:
	       tcplife_history_alloc(&tcplife_history_half_open,
				     tcplife_params.half_open_history);
}

/**
 * tcplife_history_free - free both rings
 */
void tcplife_history_free(void)
{
	vfree(tcplife_history.lives);
	vfree(tcplife_history_half_open.lives);
}

/**
 * tcplife_history_add - keep a copy of a life that is over
 * @life: the life, locked by the caller
 * @half_open: it never was established: tcplife_tracker_is_half_open() before CLOSE
 *
 * The oldest record of the ring is overwritten.
 * Context: interrupts off.
 * Return: the number of the record.
 */
u64 tcplife_history_add(const struct tcplife_life *life, bool half_open)
{
	struct tcplife_history *ring = half_open ? &tcplife_history_half_open :
						   &tcplife_history;
	u64 number;

	raw_spin_lock(&ring->lock);
	number = ring->next++;
	tcplife_life_copy(&ring->lives[number % ring->size], life);
	raw_spin_unlock(&ring->lock);
	return number;
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
	struct tcplife_history *ring = &tcplife_history;
	struct tcplife_life *old = &ring->lives[number % ring->size];
	u64 id = 0;

	raw_spin_lock(&ring->lock);
	if (ring->next - number <= ring->size && !old->next_id &&
	    tcplife_history_follows(old, life)) {
		old->next_id = life->id;
		id = old->id;
	}
	raw_spin_unlock(&ring->lock);
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
		raw_spin_lock_irqsave(&ring->lock, flags);
		if (ring->next > ring->size)
			*cursor = max(*cursor, ring->next - ring->size);
		more = *cursor < ring->next;
		if (more) {
			const struct tcplife_life *at =
				&ring->lives[(*cursor)++ % ring->size];

			found = at->net == net;
			if (found)
				*life = *at;
		}
		raw_spin_unlock_irqrestore(&ring->lock, flags);
		cond_resched();
	} while (more && !found);
	return found;
}

static void tcplife_history_forget_in(struct tcplife_history *ring)
{
	const struct tcplife_net *net;
	unsigned long flags;
	u32 i;

	for (i = 0; i < ring->size; i++) {
		if (!(i % 1024))
			cond_resched();
		if (!READ_ONCE(ring->lives[i].net))
			continue;
		raw_spin_lock_irqsave(&ring->lock, flags);
		net = ring->lives[i].net;
		if (net && READ_ONCE(net->dead))
			ring->lives[i].net = NULL;
		raw_spin_unlock_irqrestore(&ring->lock, flags);
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
 * tcplife_history_bytes - memory both rings hold, in bytes
 */
u64 tcplife_history_bytes(void)
{
	return (u64)(tcplife_history.size + tcplife_history_half_open.size) *
	       sizeof(struct tcplife_life);
}
