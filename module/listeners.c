// SPDX-License-Identifier: GPL-2.0
/*
 * Listening sockets: a record of each, and, for each listening address and port, the
 * detector of SYN floods; what happens to them is counted in syns.c.  Sockets that share
 * an address and port (SO_REUSEPORT), or have it one after the other, are counted each
 * for itself and watched as one.
 *
 * Locks: the table's, for adding and removing; a target's, for all counting.  Both raw,
 * taken with interrupts off; the target's inside the table's, or inside the locks of
 * lives.c, under which the table's is never taken.  A listener is found without a lock,
 * so its place may just have become another's: the id is looked at again under the
 * target's lock.
 *
 * Context: any but NMI, unless a function says otherwise.
 */
#include <linux/cgroup.h>
#include <linux/cred.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/vmalloc.h>
#include <net/tcp.h>

#include "listeners.h"
#include "params.h"
#include "sample.h"

#define KEEP_NS		(300ULL * NSEC_PER_SEC)
/* A place that was free for so long is no longer meant by a life that begins. */
#define REST_NS		(2ULL * TCPLIFE_LISTENERS_LATE_NS)

static_assert(sizeof(struct tcplife_listener) == 1144, "as tcplife(4) says");
static_assert(IS_ENABLED(CONFIG_DEBUG_SPINLOCK) ||
	      sizeof(struct tcplife_target) == 10336, "as tcplife(4) says");

struct tcplife_listeners tcplife_listeners;

/* Random, so that nobody outside can choose chains or hashes. */
u64 tcplife_listeners_key __ro_after_init;

/**
 * tcplife_listeners_start - allocate the table
 *
 * Return: 0 or -ENOMEM; then tcplife_listeners_free() is still to be called.
 */
int tcplife_listeners_start(void)
{
	struct tcplife_listeners *t = &tcplife_listeners;
	u32 i;

	raw_spin_lock_init(&t->lock);
	get_random_bytes(&tcplife_listeners_key, sizeof(tcplife_listeners_key));
	t->size = tcplife_params.max_listeners + 1;
	t->listeners_end = 1;
	t->targets_end = 1;
	t->listeners = vzalloc(array_size(t->size, sizeof(*t->listeners)));
	t->targets = vzalloc(array_size(t->size, sizeof(*t->targets)));
	if (!t->listeners || !t->targets)
		return -ENOMEM;
	for (i = 0; i < t->size; i++)
		raw_spin_lock_init(&t->targets[i].lock);
	return 0;
}

/**
 * tcplife_listeners_free - free the table
 */
void tcplife_listeners_free(void)
{
	vfree(tcplife_listeners.listeners);
	vfree(tcplife_listeners.targets);
}

/**
 * tcplife_listeners_bytes - memory the table holds, in bytes
 */
u64 tcplife_listeners_bytes(void)
{
	const struct tcplife_listeners *t = &tcplife_listeners;

	return PAGE_ALIGN((u64)t->size * sizeof(*t->listeners)) +
	       PAGE_ALIGN((u64)t->size * sizeof(*t->targets));
}

static void tcplife_listeners_end_of(struct tcplife_end *key,
				     const struct sock *sk)
{
	const struct sock_common *c = &sk->__sk_common;

	memset(key, 0, sizeof(*key));
	key->net = tcplife_net_of(sock_net(sk));
	key->port = c->skc_num;
	key->family = 4;
#if IS_ENABLED(CONFIG_IPV6)
	if (c->skc_family == AF_INET6 &&
	    !ipv6_addr_v4mapped(&c->skc_v6_rcv_saddr)) {
		key->family = 6;
		memcpy(key->address, &c->skc_v6_rcv_saddr, 16);
		return;
	}
#endif
	memcpy(key->address, &c->skc_rcv_saddr, 4);
}

static bool tcplife_listeners_is(const struct tcplife_target *target,
				 const struct tcplife_end *key)
{
	return target->net == key->net && target->family == key->family &&
	       target->port == key->port &&
	       !memcmp(target->address, key->address, sizeof(key->address));
}

/* Nothing is lost by giving its place to another. */
static bool tcplife_listeners_is_dull(const struct tcplife_target *target)
{
	return !target->net || (!target->listeners && !target->flood.floods &&
				!target->flood.suspicions &&
				target->flood.state == TCPLIFE_FLOOD_STATE_QUIET);
}

/* The target of an address and port, new if there is none.  Table locked. */
static struct tcplife_target *
tcplife_listeners_target_of(const struct tcplife_end *key, u64 now_ns)
{
	struct tcplife_listeners *t = &tcplife_listeners;
	struct tcplife_flood_limits limits = {
		.rate = tcplife_params.flood_rate,
		.share = tcplife_params.flood_share,
		.evidence = tcplife_params.flood_evidence,
		.lifetime_ns = tcplife_listeners_lifetime_ns(key->net->net),
	};
	struct tcplife_target *target, *place = NULL, *idle = t->targets;
	u32 i;

	for (i = 1; i < t->targets_end; i++) {
		target = &t->targets[i];
		if (tcplife_listeners_is(target, key))
			return target;
		if (!place && tcplife_listeners_is_dull(target))
			place = target;
		if (idle == t->targets && !target->listeners)
			idle = target;
	}
	/* Never without a place: there are as many as listening sockets. */
	if (!place && t->targets_end < t->size) {
		place = &t->targets[t->targets_end];
		WRITE_ONCE(t->targets_end, t->targets_end + 1);
	}
	target = place ?: idle;
	raw_spin_lock(&target->lock);
	target->net = key->net;
	target->family = key->family;
	target->port = key->port;
	memcpy(target->address, key->address, sizeof(key->address));
	target->half_open = 0;
	target->cookie_ns = 0;
	target->told = TCPLIFE_FLOOD_STATE_QUIET;
	memset(&target->last, 0, sizeof(target->last));
	tcplife_flood_begin(&target->flood, &limits, now_ns);
	raw_spin_unlock(&target->lock);
	return target;
}

/**
 * enum tcplife_listeners_share - whose places in the table are used up
 * @TCPLIFE_LISTENERS_SHARE_LEFT: nobody's that matters
 * @TCPLIFE_LISTENERS_SHARE_OWN: those of the namespace
 * @TCPLIFE_LISTENERS_SHARE_FOREIGN: those of all namespaces of other users together
 */
enum tcplife_listeners_share {
	TCPLIFE_LISTENERS_SHARE_LEFT,
	TCPLIFE_LISTENERS_SHARE_OWN,
	TCPLIFE_LISTENERS_SHARE_FOREIGN,
};

/* Any user may make namespaces of his own, and as many as he likes. */
static bool tcplife_listeners_is_foreign(const struct tcplife_net *net)
{
	return net->net->user_ns != &init_user_ns;
}

/* Take a listener off its chain and out of its target.  Table locked. */
static void tcplife_listeners_remove(u32 n)
{
	struct tcplife_listeners *t = &tcplife_listeners;
	struct tcplife_listener *l = &t->listeners[n];
	struct tcplife_target *target = l->target;
	u32 *link = &t->heads[tcplife_listeners_chain(l->id)];

	while (*link && *link != n)
		link = &t->listeners[*link].next;
	if (*link)
		WRITE_ONCE(*link, l->next);
	/* What is half open of it finds it no more when that ends. */
	raw_spin_lock(&target->lock);
	l->end.net->listeners--;
	t->foreign -= tcplife_listeners_is_foreign(l->end.net);
	target->listeners--;
	target->half_open -= l->half_open;
	target->flood.unanswered = min(target->flood.unanswered, target->half_open);
	WRITE_ONCE(l->closed_ns, ktime_get_ns());
	WRITE_ONCE(l->id, 0);
	raw_spin_unlock(&target->lock);
	WRITE_ONCE(t->full_until_ns, 0);
	WRITE_ONCE(t->foreign_full_until_ns, 0);
	WRITE_ONCE(l->end.net->full_until_ns, 0);
}

/* The place that has been free longest, or was never used; 0: there is none.  Table locked. */
static u32 tcplife_listeners_free_place(u64 now_ns)
{
	struct tcplife_listeners *t = &tcplife_listeners;
	u64 oldest_ns = U64_MAX;
	u32 n, place = 0;

	for (n = 1; n < t->listeners_end; n++) {
		const struct tcplife_listener *l = &t->listeners[n];

		if (!l->id && l->closed_ns < oldest_ns) {
			oldest_ns = l->closed_ns;
			place = n;
		}
	}
	if (t->listeners_end < t->size && (!place || oldest_ns + REST_NS > now_ns)) {
		place = t->listeners_end;
		WRITE_ONCE(t->listeners_end, place + 1);
	}
	return place;
}

/*
 * The namespaces of other users have a quarter of the places each, at most, and
 * half of them all together.  Return: whose places are used up.
 */
static enum tcplife_listeners_share
tcplife_listeners_share(const struct tcplife_net *net)
{
	const struct tcplife_listeners *t = &tcplife_listeners;

	if (!tcplife_listeners_is_foreign(net))
		return TCPLIFE_LISTENERS_SHARE_LEFT;
	if (net->listeners >= t->size / 4)
		return TCPLIFE_LISTENERS_SHARE_OWN;
	return t->foreign >= t->size / 2 ? TCPLIFE_LISTENERS_SHARE_FOREIGN :
					   TCPLIFE_LISTENERS_SHARE_LEFT;
}

/*
 * The place of the one closed longest ago, if that is long enough, among those that
 * share the places that are used up; 0 if there is none.
 */
static u32 tcplife_listeners_closed_place(const struct tcplife_net *net,
					  enum tcplife_listeners_share share, u64 now_ns)
{
	const struct tcplife_listeners *t = &tcplife_listeners;
	u64 oldest_ns = now_ns > KEEP_NS ? now_ns - KEEP_NS : 0;
	u32 n, place = 0;

	for (n = 1; n < t->listeners_end; n++) {
		const struct tcplife_listener *l = &t->listeners[n];

		if (!l->id || !l->closed_ns || l->closed_ns >= oldest_ns)
			continue;
		if (share == TCPLIFE_LISTENERS_SHARE_OWN && l->end.net != net)
			continue;
		if (share == TCPLIFE_LISTENERS_SHARE_FOREIGN &&
		    !tcplife_listeners_is_foreign(l->end.net))
			continue;
		oldest_ns = l->closed_ns;
		place = n;
	}
	return place;
}

/* Until when nobody who shares the places that are used up needs to look for one. */
static u64 *tcplife_listeners_full_until(struct tcplife_net *net,
					 enum tcplife_listeners_share share)
{
	struct tcplife_listeners *t = &tcplife_listeners;

	switch (share) {
	case TCPLIFE_LISTENERS_SHARE_OWN:
		return &net->full_until_ns;
	case TCPLIFE_LISTENERS_SHARE_FOREIGN:
		return &t->foreign_full_until_ns;
	default:
		return &t->full_until_ns;
	}
}

static bool tcplife_listeners_is_full(const struct tcplife_net *net, u64 now_ns)
{
	const struct tcplife_listeners *t = &tcplife_listeners;

	return now_ns < READ_ONCE(t->full_until_ns) ||
	       now_ns < READ_ONCE(net->full_until_ns) ||
	       (now_ns < READ_ONCE(t->foreign_full_until_ns) &&
		tcplife_listeners_is_foreign(net));
}

/*
 * A place for one more.  Return: 0 if there is none; then nobody looks for a second, as
 * every SYN to a socket that found none would.  Table locked.
 */
static u32 tcplife_listeners_place(struct tcplife_net *net, u64 now_ns)
{
	enum tcplife_listeners_share share = tcplife_listeners_share(net);
	u32 place = 0;

	if (share == TCPLIFE_LISTENERS_SHARE_LEFT)
		place = tcplife_listeners_free_place(now_ns);
	if (place)
		return place;
	place = tcplife_listeners_closed_place(net, share, now_ns);
	if (place)
		tcplife_listeners_remove(place);
	else
		WRITE_ONCE(*tcplife_listeners_full_until(net, share),
			   now_ns + NSEC_PER_SEC);
	return place;
}

static u64 tcplife_listeners_cgroup(const struct sock *sk)
{
#ifdef CONFIG_SOCK_CGROUP_DATA
	struct cgroup *cgroup =
		sock_cgroup_ptr((struct sock_cgroup_data *)&sk->sk_cgrp_data);

	return cgroup ? cgroup_id(cgroup) : 0;
#else
	return 0;
#endif
}

/* Put a listening socket on record.  Return: its number, 0 if there is no room. */
static noinline u32 tcplife_listeners_add(const struct sock *sk, u64 id)
{
	struct tcplife_listeners *t = &tcplife_listeners;
	const size_t rest = offsetof(struct tcplife_listener, next);
	struct tcplife_end key;
	struct tcplife_listener *l;
	u64 now_ns = ktime_get_ns();
	unsigned long flags;
	u32 n, *head;

	tcplife_listeners_end_of(&key, sk);
	if (tcplife_listeners_is_full(key.net, now_ns))
		return 0;
	raw_spin_lock_irqsave(&t->lock, flags);
	n = tcplife_listeners_find(id);		/* another CPU was faster */
	if (n || READ_ONCE(key.net->dead))
		goto out;
	n = tcplife_listeners_place(key.net, now_ns);
	if (!n)
		goto out;
	l = &t->listeners[n];
	/* Not @id and @target, which must be right for who reads them without a lock. */
	memset((void *)l + rest, 0, sizeof(*l) - rest);
	l->number = n;
	l->since_ns = now_ns;
	l->uid = from_kuid(&init_user_ns, sk->sk_uid);
	l->cgroup = tcplife_listeners_cgroup(sk);
	l->backlog = READ_ONCE(sk->sk_max_ack_backlog);
	l->end = key;
	WRITE_ONCE(l->target, tcplife_listeners_target_of(&key, now_ns));
	l->target->listeners++;
	key.net->listeners++;
	t->foreign += tcplife_listeners_is_foreign(key.net);
	head = &t->heads[tcplife_listeners_chain(id)];
	l->next = *head;
	smp_store_release(&l->id, id);	/* after all that it names */
	smp_store_release(head, n);	/* after @next of the record */
out:
	raw_spin_unlock_irqrestore(&t->lock, flags);
	return n;
}

/**
 * tcplife_listeners_lock_new - tcplife_listeners_lock() of one that is not on record
 * @sk: the listening socket
 *
 * Return: as tcplife_listeners_lock().
 */
struct tcplife_listener *tcplife_listeners_lock_new(const struct sock *sk)
{
	u64 id = tcplife_sample_make_id(sk);

	return tcplife_listeners_lock_at(tcplife_listeners_add(sk, id), id);
}

/**
 * tcplife_listeners_owner - who owns a listening socket is known
 * @l: its record, locked
 * @owner: a life with the same owner
 */
void tcplife_listeners_owner(struct tcplife_listener *l,
			     const struct tcplife_life *owner)
{
	l->owner = owner->owner;
	l->pid = owner->pid;
	memcpy(l->comm, owner->comm, sizeof(l->comm));
}

/**
 * tcplife_listeners_count_unrecorded - a listening socket found no place
 * @sk: the socket
 */
void tcplife_listeners_count_unrecorded(const struct sock *sk)
{
	tcplife_stats_add(tcplife_net_of(sock_net(sk))->stats,
			  LISTENERS_UNRECORDED, 1);
}

/**
 * tcplife_listeners_open - a socket begins to listen
 * @sk: the socket, about to enter LISTEN; the running task calls listen()
 */
void tcplife_listeners_open(const struct sock *sk)
{
	struct tcplife_listeners *t = &tcplife_listeners;
	u64 id = tcplife_sample_make_id(sk);
	struct tcplife_life owner = { 0 };
	struct tcplife_listener *l;
	unsigned long flags;
	u32 n;

	raw_spin_lock_irqsave(&t->lock, flags);
	n = tcplife_listeners_find(id);		/* it listened before */
	if (n)
		tcplife_listeners_remove(n);
	raw_spin_unlock_irqrestore(&t->lock, flags);
	l = tcplife_listeners_lock(sk);
	if (!l) {
		tcplife_listeners_count_unrecorded(sk);
		return;
	}
	l->opened_real_ns = ktime_mono_to_real(l->since_ns);
	tcplife_sample_opener(&owner, sk);
	tcplife_listeners_owner(l, &owner);
	tcplife_listeners_unlock(l);
}

/**
 * tcplife_listeners_close - a socket listens no more
 * @sk: the socket, about to leave LISTEN
 */
void tcplife_listeners_close(const struct sock *sk)
{
	struct tcplife_listeners *t = &tcplife_listeners;
	u64 id = tcplife_sample_id(sk);
	struct tcplife_listener *l;
	unsigned long flags;
	u32 n;

	/* Without the lock it may be passed over as its chain changes. */
	raw_spin_lock_irqsave(&t->lock, flags);
	n = tcplife_listeners_find(id);
	raw_spin_unlock_irqrestore(&t->lock, flags);
	l = tcplife_listeners_lock_at(n, id);
	if (!l)
		return;
	l->closed_ns = ktime_get_ns();
	l->syn_queue = 0;
	l->accept_queue = 0;
	tcplife_listeners_unlock(l);
}

/**
 * tcplife_listeners_forget - drop all records of a namespace that is going away
 * @net: the namespace, marked dead
 */
void tcplife_listeners_forget(struct tcplife_net *net)
{
	struct tcplife_listeners *t = &tcplife_listeners;
	unsigned long flags;
	u32 n;

	for (n = 1; n < READ_ONCE(t->listeners_end); n++) {
		raw_spin_lock_irqsave(&t->lock, flags);
		if (t->listeners[n].id && t->listeners[n].end.net == net)
			tcplife_listeners_remove(n);
		raw_spin_unlock_irqrestore(&t->lock, flags);
	}
	for (n = 1; n < READ_ONCE(t->targets_end); n++) {
		raw_spin_lock_irqsave(&t->lock, flags);
		raw_spin_lock(&t->targets[n].lock);
		if (t->targets[n].net == net) {
			t->targets[n].net = NULL;
			memset(&t->targets[n].flood, 0,
			       sizeof(t->targets[n].flood));
		}
		raw_spin_unlock(&t->targets[n].lock);
		raw_spin_unlock_irqrestore(&t->lock, flags);
	}
}

/**
 * tcplife_listeners_id - the socket cookie of the listening socket of a life
 * @life: a copy of the life
 *
 * Return: 0 if it has none, or it is forgotten.
 */
u64 tcplife_listeners_id(const struct tcplife_life *life)
{
	struct tcplife_listener *l;
	unsigned long flags;
	u64 id = 0;

	local_irq_save(flags);
	l = tcplife_listeners_lock_inside(life->listener, life->net, life->birth_ns);
	if (l) {
		id = l->id;
		tcplife_listeners_unlock_inside(l);
	}
	local_irq_restore(flags);
	return id;
}

/**
 * tcplife_listeners_next - the next listening socket of a namespace
 * @net: the namespace
 * @cursor: 0 to begin; moved to the record returned
 * @copy: filled with a copy
 *
 * Context: process.
 * Return: false if there are no more.
 */
bool tcplife_listeners_next(const struct tcplife_net *net, u32 *cursor,
			    struct tcplife_listener *copy)
{
	struct tcplife_listeners *t = &tcplife_listeners;
	struct tcplife_listener *l;
	bool found;

	while (++*cursor < READ_ONCE(t->listeners_end)) {
		l = tcplife_listeners_lock_at(*cursor,
					      READ_ONCE(t->listeners[*cursor].id));
		if (!l)
			continue;
		found = l->end.net == net;
		if (found) {
			*copy = *l;
			copy->flood_state = l->target->flood.state;
		}
		tcplife_listeners_unlock(l);
		if (found)
			return true;
	}
	return false;
}

/**
 * tcplife_listeners_target - a listening address and port
 * @index: which, from 1
 *
 * Return: NULL if there are no more places; otherwise it may be free.
 */
struct tcplife_target *tcplife_listeners_target(u32 index)
{
	return index < READ_ONCE(tcplife_listeners.targets_end) ?
		&tcplife_listeners.targets[index] : NULL;
}

/**
 * tcplife_listeners_limit - how many half-open connections fit
 * @target: a listening address and port
 *
 * Return: the sum of the backlogs of its sockets that listen.
 */
u64 tcplife_listeners_limit(const struct tcplife_target *target)
{
	const struct tcplife_listeners *t = &tcplife_listeners;
	u64 limit = 0;
	u32 n;

	for (n = 1; n < READ_ONCE(t->listeners_end); n++) {
		const struct tcplife_listener *l = &t->listeners[n];

		if (READ_ONCE(l->id) && READ_ONCE(l->target) == target &&
		    !READ_ONCE(l->closed_ns))
			limit += READ_ONCE(l->backlog);
	}
	return limit;
}

/**
 * tcplife_listeners_count - how many sockets of a namespace listen
 * @net: the namespace
 */
u64 tcplife_listeners_count(const struct tcplife_net *net)
{
	const struct tcplife_listeners *t = &tcplife_listeners;
	u64 count = 0;
	u32 n;

	for (n = 1; n < READ_ONCE(t->listeners_end); n++) {
		const struct tcplife_listener *l = &t->listeners[n];

		/* Pairs with the release of the id. */
		count += smp_load_acquire(&l->id) && !READ_ONCE(l->closed_ns) &&
			 READ_ONCE(l->end.net) == net;
	}
	return count;
}
