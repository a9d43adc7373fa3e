// SPDX-License-Identifier: GPL-2.0
/*
 * The queue between the hooks, which may not sleep, and the one worker that
 * sends lives to readers in batches.  Nothing is copied while nobody listens, in
 * any namespace.
 *
 * It is one ring for all CPUs: a life gets its number and its place under one
 * lock, so numbers leave in order and a gap always means a loss.  It is sent
 * from there, without another copy.
 *
 * Locks: tcplife_queue.lock, raw, taken with interrupts off, held for the copy
 * of one record; nests inside the locks of lives.c.  tcplife_queue.drain_lock,
 * a mutex, serialises those who empty the ring.
 */
#include <linux/irq_work.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

#include "params.h"
#include "queue.h"

#define BATCH		128
#define LINGER_MS	20	/* how long a life may wait for company */

/**
 * struct tcplife_queue - the queue
 * @lock: guards @head, @tail, @stopped and the slots between them
 * @head: lives put in, counted from 0
 * @tail: lives sent; only who holds @drain_lock moves it
 * @size: slots; constant
 * @stopped: nothing is put in any more
 * @told: the slots; life n is at n modulo @size
 * @ops: where lives go
 * @kick: leaves the hook's context to queue @work
 * @work: empties the ring
 * @drain_lock: held while lives are sent
 */
static struct tcplife_queue {
	raw_spinlock_t lock;
	u64 head;
	u64 tail;
	u32 size;
	bool stopped;
	struct tcplife_told *told;
	const struct tcplife_queue_ops *ops;
	struct irq_work kick;
	struct delayed_work work;
	struct mutex drain_lock;
} tcplife_queue;

/*
 * How many of the @left lives from @told on are of one namespace, and go
 * together: at most BATCH.
 */
static unsigned int tcplife_queue_run(const struct tcplife_told *told, u64 left)
{
	unsigned int n = 1;

	while (n < BATCH && n < left && told[n].life.net == told[0].life.net)
		n++;
	return n;
}

/*
 * Empty the ring of what is in it now.  Lives are sent from where they stand:
 * nobody else moves @tail, and until it moves nothing is put over them.
 */
static void tcplife_queue_drain(struct tcplife_queue *q)
{
	const struct tcplife_told *told;
	struct tcplife_stats *s;
	struct tcplife_net *net;
	unsigned long flags;
	unsigned int n, slot, lost, unheard;
	u64 head;

	mutex_lock(&q->drain_lock);
	raw_spin_lock_irqsave(&q->lock, flags);
	head = q->head;
	raw_spin_unlock_irqrestore(&q->lock, flags);
	while (q->tail != head) {
		div_u64_rem(q->tail, q->size, &slot);
		told = &q->told[slot];
		n = tcplife_queue_run(told, min_t(u64, head - q->tail,
						  q->size - slot));
		net = told->life.net;
		lost = 0;
		unheard = 0;
		q->ops->deliver(net, told, n, &lost, &unheard);
		raw_spin_lock_irqsave(&q->lock, flags);
		WRITE_ONCE(q->tail, q->tail + n);
		raw_spin_unlock_irqrestore(&q->lock, flags);
		s = tcplife_stats_begin(net->stats, &flags);
		tcplife_stats_count(s, EVENTS_PENDING, -(u64)n);
		tcplife_stats_count(s, EVENTS_LOST, lost);
		tcplife_stats_count(s, EVENTS_UNHEARD, unheard);
		tcplife_stats_count(s, EVENTS_SENT, n - lost - unheard);
		tcplife_stats_end(s, flags);
		cond_resched();
	}
	mutex_unlock(&q->drain_lock);
}

static void tcplife_queue_work(struct work_struct *work)
{
	struct tcplife_queue *q = container_of(to_delayed_work(work),
					       struct tcplife_queue, work);

	tcplife_queue_drain(q);
	if (READ_ONCE(q->head) != READ_ONCE(q->tail))
		mod_delayed_work(system_unbound_wq, &q->work,
				 msecs_to_jiffies(LINGER_MS));
}

static void tcplife_queue_kick(struct irq_work *kick)
{
	struct tcplife_queue *q = container_of(kick, struct tcplife_queue, kick);
	bool half_full = READ_ONCE(q->head) - READ_ONCE(q->tail) >= q->size / 2;

	mod_delayed_work(system_unbound_wq, &q->work,
			 half_full ? 0 : msecs_to_jiffies(LINGER_MS));
}

/* The kernel's number of the group of sockets that readers join. */
u32 tcplife_queue_group __ro_after_init;

/**
 * tcplife_queue_start - allocate the ring
 * @ops: where lives go
 *
 * Return: 0 or -ENOMEM.
 */
int tcplife_queue_start(const struct tcplife_queue_ops *ops)
{
	struct tcplife_queue *q = &tcplife_queue;

	raw_spin_lock_init(&q->lock);
	mutex_init(&q->drain_lock);
	init_irq_work(&q->kick, tcplife_queue_kick);
	INIT_DELAYED_WORK(&q->work, tcplife_queue_work);
	q->ops = ops;
	q->size = tcplife_params.event_queue;
	q->told = vzalloc(array_size(q->size, sizeof(*q->told)));
	return q->told ? 0 : -ENOMEM;
}

/**
 * tcplife_queue_stop - take nothing more, send what is there
 *
 * Call when no hook can run any more.
 */
void tcplife_queue_stop(void)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&tcplife_queue.lock, flags);
	WRITE_ONCE(tcplife_queue.stopped, true);
	raw_spin_unlock_irqrestore(&tcplife_queue.lock, flags);
	irq_work_sync(&tcplife_queue.kick);
	cancel_delayed_work_sync(&tcplife_queue.work);
	tcplife_queue_drain(&tcplife_queue);
}

/**
 * tcplife_queue_free - free the ring
 */
void tcplife_queue_free(void)
{
	vfree(tcplife_queue.told);
}

/**
 * tcplife_queue_flush - send all that was told before this call
 *
 * Process context; sleeps.  Call it when a namespace goes away, after the last
 * of its lives was told: afterwards no record here points to it.
 */
void tcplife_queue_flush(void)
{
	tcplife_queue_drain(&tcplife_queue);
}

/*
 * Number the life and put it in, if there is room.  The worker is kicked under the lock:
 * who has stopped the queue then knows of it.
 */
static void tcplife_queue_put(struct tcplife_queue *q, struct tcplife_net *net,
			      struct tcplife_life *life)
{
	struct tcplife_stats *s;
	struct tcplife_told *told;
	unsigned long flags, irq;
	bool room;

	raw_spin_lock_irqsave(&q->lock, flags);
	net->seq++;
	if (!(life->known & TCPLIFE_KNOWN_TOLD)) {
		life->told_seq = net->seq;
		life->known |= TCPLIFE_KNOWN_TOLD;
	}
	room = q->head - q->tail < q->size && !q->stopped;
	if (room) {
		told = &q->told[q->head % q->size];
		told->seq = net->seq;
		tcplife_life_copy(&told->life, life);
		if (q->head == q->tail || q->head - q->tail == q->size / 2)
			irq_work_queue(&q->kick);
		q->head++;
	}
	s = tcplife_stats_begin(net->stats, &irq);
	tcplife_stats_count(s, EVENTS_TOLD, 1);
	if (room)
		tcplife_stats_count(s, EVENTS_PENDING, 1);
	else
		tcplife_stats_count(s, EVENTS_LOST, 1);
	tcplife_stats_end(s, irq);
	raw_spin_unlock_irqrestore(&q->lock, flags);
}

/**
 * tcplife_queue_tell_readers - tell readers of a life
 * @life: the life, locked by the caller
 *
 * Called by tcplife_queue_tell().
 */
void tcplife_queue_tell_readers(struct tcplife_life *life)
{
	if (!READ_ONCE(tcplife_queue.stopped))
		tcplife_queue_put(&tcplife_queue, life->net, life);
}

/**
 * tcplife_queue_bytes - memory the queue holds, in bytes
 */
u64 tcplife_queue_bytes(void)
{
	return (u64)tcplife_queue.size * sizeof(*tcplife_queue.told);
}
