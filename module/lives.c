// SPDX-License-Identifier: GPL-2.0
/*
 * The table of lives, and the only place where a life begins, changes its state
 * and ends; what each of these means for the books is in books.c.
 *
 * A life is found by its socket cookie.  A socket may connect again, under the
 * same cookie, while timewait_socks of its earlier connections are there, as many as the
 * kernel allows: those are told apart by their addresses and ports, and are spread over
 * several chains by them.
 *
 * The table is a fixed array of chains.  A chain and the lives on it are
 * guarded by one of TCPLIFE_LIVES_LOCKS raw spinlocks, taken with interrupts off; inside it
 * nest the locks of queue.c, arena.c, names.c and listeners.c, never two at once.
 *
 * Context: any but NMI, unless a function says otherwise.
 *
 * Functions here return a life with its lock held, or nothing.  Sparse cannot
 * follow that, so __release() and __acquire() tell it where a lock changes
 * hands; they make no code.
 */
#include <linux/err.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/ktime.h>
#include <linux/vmalloc.h>

#include "arena.h"
#include "books.h"
#include "core/outcome.h"
#include "core/timeline.h"
#include "core/tracker.h"
#include "handshakes.h"
#include "history.h"
#include "lives.h"
#include "params.h"
#include "queue.h"
#include "sample.h"

struct tcplife_lives tcplife_lives __read_mostly;
struct tcplife_lives_lock tcplife_lives_locks[TCPLIFE_LIVES_LOCKS];

/**
 * tcplife_lives_start - allocate the table
 *
 * Return: 0 or -ENOMEM.
 */
int tcplife_lives_start(void)
{
	struct tcplife_lives *t = &tcplife_lives;
	int i;

	for (i = 0; i < TCPLIFE_LIVES_LOCKS; i++)
		raw_spin_lock_init(&tcplife_lives_locks[i].lock);
	t->shift = 64 - max(8, ilog2(tcplife_params.max_lives));
	t->spread = (1ULL << (64 - t->shift)) - TCPLIFE_LIVES_LOCKS;
	get_random_bytes(&t->key, sizeof(t->key));
	t->heads = vzalloc(array_size(1UL << (64 - t->shift), sizeof(*t->heads)));
	return t->heads ? 0 : -ENOMEM;
}

/**
 * tcplife_lives_free - free the table
 */
void tcplife_lives_free(void)
{
	vfree(tcplife_lives.heads);
}

/**
 * tcplife_lives_bytes - memory the table holds, in bytes
 */
u64 tcplife_lives_bytes(void)
{
	return PAGE_ALIGN((u64)sizeof(*tcplife_lives.heads) <<
			  (64 - tcplife_lives.shift));
}

/**
 * tcplife_lives_add - add a record and lock it
 * @sk: sock, or request_sock or timewait_sock seen as sock, with a cookie
 * @kind: TCPLIFE_LIVES_*, what the connection is now
 * @at: filled, for tcplife_lives_unlock() or _retire()
 *
 * The caller fills in the zeroed record and calls tcplife_lives_begin_late().
 * Return: the record, or, with nothing locked, ERR_PTR(-EEXIST) if a socket or
 * request with the id is on record and this is one too, or ERR_PTR(-ENOSPC) if
 * there is no room.
 */
struct tcplife_life *tcplife_lives_add(const struct sock *sk,
				       enum tcplife_lives_kind kind,
				       struct tcplife_lives_place *at)
{
	u16 spread = kind == TCPLIFE_LIVES_MINISOCK ? tcplife_lives_spread(sk) : 0;
	struct tcplife_net *net = tcplife_net_of(sock_net(sk));
	u64 id = tcplife_sample_id(sk);
	struct tcplife_life *life;

	tcplife_lives_acquire(id, spread, at);
	if (kind != TCPLIFE_LIVES_MINISOCK &&
	    tcplife_lives_look_up(id, NULL, false, at)) {
		tcplife_lives_unlock(*at);
		return ERR_PTR(-EEXIST);
	}
	life = tcplife_lives_put(net, id, kind == TCPLIFE_LIVES_EMBRYO, at);
	if (!life)
		return ERR_PTR(-ENOSPC);
	if (kind == TCPLIFE_LIVES_MINISOCK)
		life->known = TCPLIFE_KNOWN_MINISOCK;
	life->spread = spread;
	return life;
}

/**
 * tcplife_lives_begin_late - a life is taken in whose beginning was not seen
 * @life: from tcplife_lives_open() or _add(), with its flags set: it is adopted, or
 *	recovered
 * @state: the state it is in
 * @role: how this end opened it
 * @now_ns: monotonic time
 */
void tcplife_lives_begin_late(struct tcplife_life *life, enum tcplife_state state,
			      enum tcplife_role role, u64 now_ns)
{
	struct tcplife_net *net = life->net;
	struct tcplife_stats *s;

	if (!(life->flags & TCPLIFE_FLAG_ADOPTED))
		life->birth_real_ns = ktime_mono_to_real(now_ns);
	tcplife_tracker_begin(life, state, role, now_ns);
	s = tcplife_stats_begin_irqoff(net->stats);
	tcplife_books_begin_late(s, life);
	tcplife_stats_end_irqoff(s);
}

/**
 * tcplife_lives_enter - a life enters a state
 * @life: the life, locked
 * @state: the state, not CLOSE; if it is in it already nothing happens
 * @now_ns: monotonic time
 */
void tcplife_lives_enter(struct tcplife_life *life, enum tcplife_state state, u64 now_ns)
{
	if (life->state != state)
		tcplife_lives_enter_from(life, life->state, state, now_ns);
}

/**
 * tcplife_lives_note - something happened that changes no state
 * @life: the life, locked
 * @event: what happened
 * @now_ns: monotonic time
 */
void tcplife_lives_note(struct tcplife_life *life, enum tcplife_event event, u64 now_ns)
{
	tcplife_lives_note_inline(life, event, now_ns);
}

/**
 * tcplife_lives_note_reset - this end sends a RST
 * @life: the life, locked
 * @now_ns: monotonic time
 *
 * Noted once, and once more in FIN_WAIT2, where it tells why an orphan ends.
 */
void tcplife_lives_note_reset(struct tcplife_life *life, u64 now_ns)
{
	if (life->flags & TCPLIFE_FLAG_RST_SENT &&
	    (life->state != TCPLIFE_STATE_FIN_WAIT2 ||
	     tcplife_outcome_given_up(life)))
		return;
	life->flags |= TCPLIFE_FLAG_RST_SENT;
	tcplife_lives_note(life, TCPLIFE_EVENT_RST_SENT, now_ns);
}

u64 tcplife_lives_taken_over_numbers[1U << TCPLIFE_LIVES_TAKEN_OVER_BITS];
bool tcplife_lives_any_taken_over __read_mostly;

/**
 * tcplife_lives_link_at - link a life to the one whose TIME_WAIT it ended
 * @life: the life, locked
 * @place: where the number of that one may stand
 *
 * Called by tcplife_lives_link().
 */
void tcplife_lives_link_at(struct tcplife_life *life, u64 *place)
{
	u64 number = READ_ONCE(*place);

	if (!number)	/* another one took it meanwhile */
		return;
	life->previous_id = tcplife_history_succeed(number - 1, life);
	if (life->previous_id)
		WRITE_ONCE(*place, 0);
}

/**
 * tcplife_lives_retire - a life is over: to CLOSE, told, into history, unlocked
 * @life: the life, locked, with its outcome set; gone afterwards
 * @at: where it is
 * @now_ns: monotonic time
 */
void tcplife_lives_retire(struct tcplife_life *life, struct tcplife_lives_place at,
			  u64 now_ns)
{
	tcplife_lives_retire_from(life, at, life->state, now_ns);
}

/**
 * tcplife_lives_count_lost - a connection that begins found no room
 * @net: its namespace
 * @role: how this end opens it
 *
 * It is on the books all the same.  Called by tcplife_lives_open().
 */
void tcplife_lives_count_lost(struct tcplife_net *net, enum tcplife_role role)
{
	struct tcplife_stats *s;
	unsigned long flags;

	atomic64_inc(&net->lost_embryos);
	s = tcplife_stats_begin(net->stats, &flags);
	tcplife_stats_count(s, OPENED, 1);
	tcplife_stats_count(s, LOST, 1);
	if (role == TCPLIFE_ROLE_PASSIVE)
		tcplife_stats_count(s, OPENED_PASSIVE, 1);
	else
		tcplife_stats_count(s, OPENED_ACTIVE, 1);
	tcplife_stats_end(s, flags);
}

/*
 * Lock the record at an index if it is a live one of @net.  NULL: it is not.
 *
 * One in history has its id still, but the lock of its chain guards it no more: what is
 * on the chain is live, and only that.  Which of the chains it is on is known once they are
 * locked.
 */
static struct tcplife_life *
tcplife_lives_lock_at(u32 index, const void *net, struct tcplife_lives_place *at)
{
	struct tcplife_life *life = tcplife_arena_at(index);
	u64 id = READ_ONCE(life->id);

	if (!id || READ_ONCE(life->net) != net ||
	    READ_ONCE(life->state) == TCPLIFE_STATE_CLOSE)
		return NULL;
	tcplife_lives_acquire(id, 0, at);
	at->link = &tcplife_lives.heads[tcplife_lives_chain(id, READ_ONCE(life->spread))];
	while (*at->link != index && *at->link != TCPLIFE_ARENA_NIL)
		at->link = &tcplife_arena_at(*at->link)->next;
	if (*at->link == index && life->id == id && life->net == net)
		return life;
	tcplife_lives_unlock(*at);
	return NULL;
}

/* Copy the record at an index, if it is a live one of @net.  Return: false: it is not. */
static bool tcplife_lives_copy_at(u32 index, const struct tcplife_net *net,
				  struct tcplife_life *copy)
{
	struct tcplife_lives_place at;
	struct tcplife_life *life = tcplife_lives_lock_at(index, net, &at);

	if (!life)
		return false;
	tcplife_life_copy(copy, life);
	tcplife_lives_unlock(at);
	return true;
}

/**
 * tcplife_lives_next - the next live connection of a namespace
 * @net: the namespace
 * @cursor: 0 to begin; moved to the record returned
 * @copy: filled with a copy
 *
 * A connection that lives from the first call to the last is returned exactly
 * once, however the others come and go.  Process context; may sleep.
 * Return: false if there are no more.
 */
bool tcplife_lives_next(const struct tcplife_net *net, u32 *cursor,
			struct tcplife_life *copy)
{
	while (tcplife_arena_next(cursor)) {
		if (!(*cursor % 1024))
			cond_resched();
		if (tcplife_lives_copy_at(*cursor, net, copy))
			return true;
	}
	return false;
}

/**
 * tcplife_lives_get - a copy of one live connection
 * @net: the namespace it must be of
 * @id: its id
 * @copy: filled; where a socket connected again while its earlier connection is
 *	in TIME_WAIT, with the new one
 *
 * Process context; may sleep.
 * Return: false if there is none.
 */
bool tcplife_lives_get(const struct tcplife_net *net, u64 id,
		       struct tcplife_life *copy)
{
	struct tcplife_lives_place at;
	struct tcplife_life *life;
	u32 index = 0;
	bool found;

	life = tcplife_lives_find(id, &at);
	if (life) {
		found = life->net == net;
		if (found)
			tcplife_life_copy(copy, life);
		tcplife_lives_unlock(at);
		return found;
	}
	/* It is a timewait_sock, on a chain that its cookie does not tell. */
	while (tcplife_arena_next(&index)) {
		if (!(index % 1024))
			cond_resched();
		if (READ_ONCE(tcplife_arena_at(index)->id) == id &&
		    tcplife_lives_copy_at(index, net, copy))
			return true;
	}
	return false;
}

/**
 * tcplife_lives_mark - a walk over the kernel's hash met a connection
 * @sk: sock, or request_sock or timewait_sock seen as sock, with a cookie
 * @walk: number of the walk, not 0
 *
 * Return: true if it is on record.  A socket whose timewait_sock is about to
 * take its place is, as that.
 */
bool tcplife_lives_mark(const struct sock *sk, u32 walk)
{
	struct tcplife_life *life = NULL;
	struct tcplife_lives_place at;
	u64 id = tcplife_sample_id(sk);

	if (sk->sk_state != TCP_TIME_WAIT)
		life = tcplife_lives_find(id, &at);
	if (!life)
		life = tcplife_lives_find_minisock(sk, &at);
	if (!life)
		return false;
	life->walk = walk;
	tcplife_lives_unlock(at);
	return true;
}

static bool tcplife_lives_is_stale(const struct tcplife_life *life, u32 walk,
				   u64 idle_since_ns)
{
	return life->walk != (u16)walk &&
	       life->birth_ns + tcplife_timeline_end_us(life) * NSEC_PER_USEC <
	       idle_since_ns;
}

/**
 * tcplife_lives_sweep - end lives whose end was missed
 * @walk: number of the walk that met all connections there are
 * @idle_since_ns: monotonic time, well before the walk; a life that something
 *	happened to since then is left alone
 *
 * Process context; may sleep.
 */
void tcplife_lives_sweep(u32 walk, u64 idle_since_ns)
{
	struct tcplife_lives_place at;
	struct tcplife_life *life;
	u32 index = 0;

	while (tcplife_arena_next(&index)) {
		if (!(index % 1024))
			cond_resched();
		life = tcplife_lives_lock_at(index,
					     READ_ONCE(tcplife_arena_at(index)->net),
					     &at);
		if (!life)
			continue;
		if (!tcplife_lives_is_stale(life, walk, idle_since_ns)) {
			tcplife_lives_unlock(at);
			continue;
		}
		tcplife_tracker_end(life, TCPLIFE_OUTCOME_MISSED);
		if (life->state == TCPLIFE_STATE_TIME_WAIT)
			life->time_wait_end = TCPLIFE_TIME_WAIT_END_MISSED;
		tcplife_lives_retire(life, at, ktime_get_ns());
	}
}

/* Wait until what others retire just now is in history, and told. */
static void tcplife_lives_wait(void)
{
	unsigned long flags;
	unsigned int i;

	for (i = 0; i < TCPLIFE_LIVES_LOCKS; i++) {
		raw_spin_lock_irqsave(&tcplife_lives_locks[i].lock, flags);
		raw_spin_unlock_irqrestore(&tcplife_lives_locks[i].lock, flags);
	}
}

/**
 * tcplife_lives_forget - end all lives of namespaces that are going away
 *
 * They are marked dead, so that no life is added any more.  When this returns nothing
 * more of them goes into history or the queue.
 * Process context; may sleep.
 */
void tcplife_lives_forget(void)
{
	struct tcplife_lives_place at;
	const struct tcplife_net *net;
	struct tcplife_life *life;
	u32 index = 0;

	while (tcplife_arena_next(&index)) {
		if (!(index % 1024))
			cond_resched();
		life = tcplife_lives_lock_at(index,
					     READ_ONCE(tcplife_arena_at(index)->net),
					     &at);
		if (!life)
			continue;
		net = life->net;
		if (!READ_ONCE(net->dead)) {
			tcplife_lives_unlock(at);
			continue;
		}
		tcplife_tracker_end(life, TCPLIFE_OUTCOME_NETNS_DELETED);
		if (life->state == TCPLIFE_STATE_TIME_WAIT)
			life->time_wait_end = TCPLIFE_TIME_WAIT_END_NETNS_DELETED;
		tcplife_lives_retire(life, at, ktime_get_ns());
	}
	tcplife_lives_wait();
}
