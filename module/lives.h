/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFE_LIVES_H
#define TCPLIFE_LIVES_H

#include <linux/hash.h>
#include <linux/ktime.h>
#include <linux/spinlock.h>
#include <net/sock.h>

#include "arena.h"
#include "books.h"
#include "core/life.h"
#include "core/tracker.h"
#include "handshakes.h"
#include "history.h"
#include "net.h"
#include "queue.h"
#include "sample.h"

#define TCPLIFE_LIVES_LOCKS	256

/**
 * struct tcplife_lives_lock - a lock on a cache line of its own
 * @lock: guards the chains whose number ends on the lock's
 * @irq: interrupt state of whoever holds @lock
 */
struct tcplife_lives_lock {
	raw_spinlock_t lock;
	unsigned long irq;
} ____cacheline_aligned;

/**
 * struct tcplife_lives - the table
 * @heads: index of the first life of each chain
 * @shift: 64 less log2 of the number of chains
 * @spread: bits of a chain's number that do not tell its lock
 * @key: random, as users may read cookies and keep the sockets of one chain
 *
 * Chain n is guarded by lock n modulo TCPLIFE_LIVES_LOCKS.  A socket or request is on
 * the chain of its cookie.  As a socket may leave any number of timewait_socks with one
 * cookie, these are on any of the chains with the same lock, by the kernel's hash of
 * their addresses and ports, mixed once more, as users can learn some of its bits.
 * It stands here as hooks look into it in line: that is what they do most.
 */
struct tcplife_lives {
	u32 *heads;
	unsigned int shift;
	u32 spread;
	u64 key;
};

extern struct tcplife_lives tcplife_lives;
extern struct tcplife_lives_lock tcplife_lives_locks[TCPLIFE_LIVES_LOCKS];

/* @spread: 0, or of a timewait_sock; chains that differ in it alone have one lock. */
static __always_inline u32 tcplife_lives_chain(u64 id, u16 spread)
{
	u32 chain = (id ^ tcplife_lives.key) * GOLDEN_RATIO_64 >> tcplife_lives.shift;

	return chain ^ (spread * TCPLIFE_LIVES_LOCKS & tcplife_lives.spread);
}

/* A socket has the hash that its timewait_sock will have. */
static __always_inline u16 tcplife_lives_spread(const struct sock *sk)
{
	return ((sk->sk_hash ^ (u32)tcplife_lives.key) * GOLDEN_RATIO_32) >> 16;
}

/**
 * struct tcplife_lives_place - where a locked life is in the table
 * @lock: of its chain
 * @link: has its index
 */
struct tcplife_lives_place {
	struct tcplife_lives_lock *lock;
	u32 *link;
};

/* Lock a chain, and all others of the id.  Filled is @at, with the head of the chain. */
static __always_inline void tcplife_lives_acquire(u64 id, u16 spread,
						  struct tcplife_lives_place *at)
{
	u32 chain = tcplife_lives_chain(id, spread);
	unsigned long irq;

	at->lock = &tcplife_lives_locks[chain % TCPLIFE_LIVES_LOCKS];
	OPTIMIZER_HIDE_VAR(at->lock);	/* or it is worked out again to unlock */
	at->link = &tcplife_lives.heads[chain];
	raw_spin_lock_irqsave(&at->lock->lock, irq);
	at->lock->irq = irq;
	__release(&at->lock->lock);
}

/**
 * tcplife_lives_unlock - unlock what tcplife_lives_find() or _add() locked
 * @at: from there
 */
static __always_inline void tcplife_lives_unlock(struct tcplife_lives_place at)
{
	__acquire(&at.lock->lock);
	raw_spin_unlock_irqrestore(&at.lock->lock, at.lock->irq);
}

static __always_inline bool tcplife_lives_is_minisock(const struct tcplife_life *life)
{
	return life->known & TCPLIFE_KNOWN_MINISOCK;
}

/* The life of a socket or request, or @minisock, of a timewait_sock.  Locked. */
static __always_inline struct tcplife_life *
tcplife_lives_look_up(u64 id, const struct sock *sk, bool minisock,
		      struct tcplife_lives_place *at)
{
	struct tcplife_life *life;

	for (; *at->link != TCPLIFE_ARENA_NIL; at->link = &life->next) {
		life = tcplife_arena_at(*at->link);
		if (life->id != id || tcplife_lives_is_minisock(life) != minisock)
			continue;
		if (!minisock || tcplife_sample_fits(life, sk))
			return life;
	}
	return NULL;
}

static __always_inline struct tcplife_life *
tcplife_lives_lock(u64 id, const struct sock *sk, bool minisock,
		   struct tcplife_lives_place *at)
{
	struct tcplife_life *life;

	tcplife_lives_acquire(id, minisock ? tcplife_lives_spread(sk) : 0, at);
	life = tcplife_lives_look_up(id, sk, minisock, at);
	if (likely(life))
		return life;
	tcplife_lives_unlock(*at);
	return NULL;
}

/**
 * tcplife_lives_find - find the life of a socket or request and lock it
 * @id: socket cookie; 0 is never found
 * @at: filled, for tcplife_lives_unlock() or _retire()
 *
 * Return: the life, or NULL with nothing locked.
 */
static __always_inline struct tcplife_life *
tcplife_lives_find(u64 id, struct tcplife_lives_place *at)
{
	/* Sockets of other protocols often have none. */
	return unlikely(!id) ? NULL : tcplife_lives_lock(id, NULL, false, at);
}

/**
 * tcplife_lives_find_minisock - find the life of a timewait_sock and lock it
 * @tw: the timewait_sock, seen as sock, or the socket it is to replace
 * @at: filled, for tcplife_lives_unlock() or _retire()
 *
 * Return: the life, or NULL with nothing locked.
 */
static __always_inline struct tcplife_life *
tcplife_lives_find_minisock(const struct sock *tw, struct tcplife_lives_place *at)
{
	return tcplife_lives_lock(tcplife_sample_id(tw), tw, true, at);
}

/**
 * enum tcplife_lives_kind - what a connection is when it is put on record
 * @TCPLIFE_LIVES_EMBRYO: a socket or request that is not established
 * @TCPLIFE_LIVES_SOCKET: a socket that is
 * @TCPLIFE_LIVES_MINISOCK: a timewait_sock
 */
enum tcplife_lives_kind {
	TCPLIFE_LIVES_EMBRYO,
	TCPLIFE_LIVES_SOCKET,
	TCPLIFE_LIVES_MINISOCK,
};

int tcplife_lives_start(void);
void tcplife_lives_free(void);
struct tcplife_life *tcplife_lives_add(const struct sock *sk,
				       enum tcplife_lives_kind kind,
				       struct tcplife_lives_place *at);
void tcplife_lives_begin_late(struct tcplife_life *life, enum tcplife_state state,
			      enum tcplife_role role, u64 now_ns);
void tcplife_lives_count_lost(struct tcplife_net *net, enum tcplife_role role);
void tcplife_lives_enter(struct tcplife_life *life, enum tcplife_state state, u64 now_ns);
void tcplife_lives_note(struct tcplife_life *life, enum tcplife_event event, u64 now_ns);
void tcplife_lives_note_reset(struct tcplife_life *life, u64 now_ns);
void tcplife_lives_link_at(struct tcplife_life *life, u64 *place);
void tcplife_lives_retire(struct tcplife_life *life, struct tcplife_lives_place at,
			  u64 now_ns);
bool tcplife_lives_mark(const struct sock *sk, u32 walk);
void tcplife_lives_sweep(u32 walk, u64 idle_since_ns);
bool tcplife_lives_next(const struct tcplife_net *net, u32 *cursor,
			struct tcplife_life *copy);
bool tcplife_lives_get(const struct tcplife_net *net, u64 id,
		       struct tcplife_life *copy);
void tcplife_lives_forget(void);
u64 tcplife_lives_bytes(void);

/*
 * Put a new record on the chain that is locked, @at.  NULL: there is no room, and it is
 * unlocked.
 */
static __always_inline struct tcplife_life *
tcplife_lives_put(struct tcplife_net *net, u64 id, bool embryonic,
		  struct tcplife_lives_place *at)
{
	struct tcplife_life *life;
	u32 index = TCPLIFE_ARENA_NIL;

	if (likely(!READ_ONCE(net->dead)))
		index = tcplife_arena_take(embryonic, &life);
	if (unlikely(!index)) {
		tcplife_lives_unlock(*at);
		return NULL;
	}
	*life = (struct tcplife_life){ .net = net };
	life->next = *at->link;
	WRITE_ONCE(life->id, id);
	*at->link = index;
	return life;
}

/**
 * tcplife_lives_open - add a record for a connection that begins, and lock it
 * @sk: its socket or request, seen as sock; given a cookie if it has none
 * @role: how this end opens it
 * @now_ns: monotonic time
 * @at: filled, for tcplife_lives_unlock()
 *
 * The same socket may connect again, or its request be answered anew: what is on
 * record under its cookie then is a connection whose end was missed.
 * Context: preemption off.
 * Return: the record, or NULL if there is no room; that is counted.
 */
static __always_inline struct tcplife_life *
tcplife_lives_open(const struct sock *sk, enum tcplife_role role, u64 now_ns,
		   struct tcplife_lives_place *at)
{
	struct tcplife_net *net = tcplife_net_here(sock_net(sk));
	u64 id = tcplife_sample_id(sk);
	struct tcplife_life *life;
	bool again = id;

	if (likely(!again))
		id = tcplife_sample_new_id(sk);
	tcplife_lives_acquire(id, 0, at);
	while (unlikely(again)) {
		life = tcplife_lives_look_up(id, NULL, false, at);
		if (!life)
			break;
		tcplife_tracker_end(life, TCPLIFE_OUTCOME_MISSED);
		tcplife_lives_retire(life, *at, now_ns);
		tcplife_lives_acquire(id, 0, at);
	}
	life = tcplife_lives_put(net, id, true, at);
	if (unlikely(!life))
		tcplife_lives_count_lost(net, role);
	return life;
}

/**
 * tcplife_lives_begin_new - a life begins, and that is seen
 * @life: from tcplife_lives_open(), with its flags set
 * @state: its first state, SYN_SENT or SYN_RECV
 * @role: how this end opens it
 * @now_ns: monotonic time
 */
static __always_inline void tcplife_lives_begin_new(struct tcplife_life *life,
						    enum tcplife_state state,
						    enum tcplife_role role, u64 now_ns)
{
	struct tcplife_net *net = life->net;
	struct tcplife_stats *s;

	life->birth_real_ns = ktime_mono_to_real(now_ns);
	tcplife_tracker_begin_new(life, state, role, now_ns);
	s = tcplife_stats_begin_irqoff(net->stats);
	tcplife_books_begin(s, state, role);
	tcplife_stats_end_irqoff(s);
}

/**
 * tcplife_lives_turn_minisock - a timewait_sock takes the place of the socket
 * @life: the life, locked, in the state that the timewait_sock is for
 * @tw: the timewait_sock, seen as sock
 * @at: where the life is; only to be unlocked afterwards
 */
static __always_inline void tcplife_lives_turn_minisock(struct tcplife_life *life,
							const struct sock *tw,
							struct tcplife_lives_place at)
{
	struct tcplife_net *net = life->net;
	u32 index = *at.link, *head;

	life->known |= TCPLIFE_KNOWN_MINISOCK;
	life->spread = tcplife_lives_spread(tw);
	*at.link = life->next;
	head = &tcplife_lives.heads[tcplife_lives_chain(life->id, life->spread)];
	life->next = *head;
	*head = index;
	if (unlikely(tcplife_books_is_orphan(life)))
		tcplife_stats_add(net->stats, FIN_WAIT2_ORPHANS, 1);
}

/* A life enters a state, not CLOSE, and that counts for something. */
static __always_inline void
tcplife_lives_enter_counted(struct tcplife_life *life, enum tcplife_state before,
			    enum tcplife_state state, u64 now_ns)
{
	bool half_open = before == TCPLIFE_STATE_SYN_RECV &&
			 life->role == TCPLIFE_ROLE_PASSIVE;
	struct tcplife_net *net = life->net;
	int bucket = TCPLIFE_HANDSHAKES_UNTIMED;
	struct tcplife_stats *s;

	s = tcplife_stats_begin_irqoff(net->stats);
	tcplife_books_enter(s, life, before, state);
	tcplife_tracker_enter_from(life, before, state, now_ns);
	if (state == TCPLIFE_STATE_ESTABLISHED && tcplife_tracker_is_timed(life)) {
		bucket = tcplife_histogram_bucket(tcplife_timeline_end_us(life));
		s->handshake[bucket]++;
	}
	tcplife_stats_end_irqoff(s);
	if (half_open)
		tcplife_handshakes_completed(life, bucket, now_ns);
	if (state == TCPLIFE_STATE_TIME_WAIT)
		tcplife_queue_tell(life);
}

/**
 * tcplife_lives_enter_from - a life goes from one state to another
 * @life: the life, locked
 * @before: its state
 * @state: another, not CLOSE, which is for tcplife_lives_retire()
 * @now_ns: monotonic time
 *
 * In line, as callers know both, and little is left of it then.
 */
static __always_inline void tcplife_lives_enter_from(struct tcplife_life *life,
						     enum tcplife_state before,
						     enum tcplife_state state, u64 now_ns)
{
	if (state == TCPLIFE_STATE_ESTABLISHED || state == TCPLIFE_STATE_TIME_WAIT ||
	    before == TCPLIFE_STATE_SYN_RECV)
		tcplife_lives_enter_counted(life, before, state, now_ns);
	else
		tcplife_tracker_enter_from(life, before, state, now_ns);
}

/**
 * tcplife_lives_note_inline - tcplife_lives_note(), for what most connections have
 * @life: the life, locked
 * @event: what happened
 * @now_ns: monotonic time
 */
static __always_inline void tcplife_lives_note_inline(struct tcplife_life *life,
						      enum tcplife_event event, u64 now_ns)
{
	struct tcplife_net *net = life->net;

	if (unlikely(!tcplife_tracker_note(life, event, now_ns)))
		tcplife_stats_add(net->stats, TIMELINE_OMITTED, 1);
}

#define TCPLIFE_LIVES_TAKEN_OVER_BITS	8

extern u64 tcplife_lives_taken_over_numbers[1U << TCPLIFE_LIVES_TAKEN_OVER_BITS];
extern bool tcplife_lives_any_taken_over;

/* Where the number in history + 1 of a life stands whose ends were taken over. */
static __always_inline u64 *tcplife_lives_taken_over(const struct tcplife_life *life)
{
	u32 ports = (u32)life->local_port << 16 | life->remote_port;
	u32 address;

	memcpy(&address, life->remote_addr, sizeof(address));
	return &tcplife_lives_taken_over_numbers[hash_32(ports ^ address,
							 TCPLIFE_LIVES_TAKEN_OVER_BITS)];
}

/**
 * tcplife_lives_link - link a life to the one whose TIME_WAIT it ended, if any
 * @life: the life, locked, begun, as soon as all its addresses and ports are known
 *
 * Two pairs of ends that are taken over at the same time, within a round trip, and
 * fall on one place of many, lose one link.
 */
static __always_inline void tcplife_lives_link(struct tcplife_life *life)
{
	u64 *place;

	if (likely(!READ_ONCE(tcplife_lives_any_taken_over)))
		return;
	place = tcplife_lives_taken_over(life);
	if (READ_ONCE(*place))
		tcplife_lives_link_at(life, place);
}

/**
 * tcplife_lives_retire_from - tcplife_lives_retire(), from a state that is known in line
 * @life: the life, locked, with its outcome set; gone afterwards
 * @at: where it is
 * @before: its state
 * @now_ns: monotonic time
 */
static __always_inline void
tcplife_lives_retire_from(struct tcplife_life *life, struct tcplife_lives_place at,
			  enum tcplife_state before, u64 now_ns)
{
	bool half_open = before == TCPLIFE_STATE_SYN_RECV &&
			 life->role == TCPLIFE_ROLE_PASSIVE;
	struct tcplife_net *net = life->net;
	u64 number, *taken_over = NULL;
	struct tcplife_stats *s;
	u32 index;

	tcplife_tracker_enter(life, TCPLIFE_STATE_CLOSE, now_ns);
	if (half_open)
		tcplife_handshakes_failed(life, now_ns);
	tcplife_queue_tell(life);
	if (unlikely(life->time_wait_end == TCPLIFE_TIME_WAIT_END_REUSED ||
		     life->time_wait_end == TCPLIFE_TIME_WAIT_END_REOPENED))
		taken_over = tcplife_lives_taken_over(life);
	index = *at.link;
	*at.link = life->next;
	life->next_id = 0;

	/* In one transaction: who sees that it is closed finds it in history. */
	s = tcplife_stats_begin_irqoff(net->stats);
	tcplife_books_enter(s, life, before, TCPLIFE_STATE_CLOSE);
	tcplife_books_end(s, life);
	number = tcplife_history_add(index, half_open);
	tcplife_stats_end_irqoff(s);
	if (unlikely(taken_over)) {
		WRITE_ONCE(*taken_over, number + 1);
		WRITE_ONCE(tcplife_lives_any_taken_over, true);
	}
	tcplife_lives_unlock(at);
}

#endif
