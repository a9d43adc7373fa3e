// SPDX-License-Identifier: GPL-2.0
/*
 * What happens to the SYNs that come to listening sockets: counted for each
 * socket, and fed to the detector of SYN floods of its address and port.
 *
 * What the kernel will do with a SYN is worked out as it comes, by the kernel's own
 * conditions; if a SYN-ACK answers it nevertheless, the count is taken back.
 *
 * Context: any but NMI.  Locks: those of listeners.c; only a target's is taken inside those
 * of lives.c.
 */
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <net/inet_connection_sock.h>
#include <net/tcp.h>

#include "alerts.h"
#include "core/timeline.h"
#include "core/tracker.h"
#include "listeners.h"
#include "syns.h"

/* The answer follows its SYN at once, but the time of a mark may be a tick old. */
#define MARK_NS	(2 * TICK_NSEC + NSEC_PER_MSEC)

/* The hooks on SYNs, and on segments that may hold a cookie, are attached. */
bool tcplife_syns_hear_syns, tcplife_syns_hear_cookies;

/**
 * struct tcplife_syns_mark - the last SYN on a CPU
 * @turn: which one of those that are to be answered; 0 if it is not, or once it is
 * @turns: twice as many as there were
 * @skb: the SYN; compared, never followed
 * @listener: who took it in; NULL if that is not on record
 * @net: namespace of the listener
 * @as: what it was counted under, TCPLIFE_ATTR_LISTENER_*: to be answered, if
 *	_SYNACKS or _COOKIES_SENT
 * @at_ns: monotonic time, if it is to be answered
 *
 * Left by the hook on the SYN, for that on the SYN-ACK, which follows in the same
 * softirq: so a SYN is counted in one go.
 */
struct tcplife_syns_mark {
	unsigned long turn;
	unsigned long turns;
	const struct sk_buff *skb;
	const struct tcplife_listener *listener;
	const struct tcplife_net *net;
	u32 as;
	u64 at_ns;
};

static DEFINE_PER_CPU(struct tcplife_syns_mark, tcplife_syns_marks);

/**
 * struct tcplife_syns_clock - what time it was when last asked
 * @jiffies: the tick
 * @ns: monotonic time
 */
struct tcplife_syns_clock {
	unsigned long jiffies;
	u64 ns;
};

static DEFINE_PER_CPU(struct tcplife_syns_clock, tcplife_syns_clocks);

/* Monotonic time, at most a tick ago: SYNs are counted by windows of many ticks. */
static u64 tcplife_syns_now(void)
{
	struct tcplife_syns_clock *clock = this_cpu_ptr(&tcplife_syns_clocks);
	unsigned long now = jiffies;

	if (unlikely(clock->jiffies != now || !clock->ns)) {
		clock->jiffies = now;
		clock->ns = ktime_get_ns();
	}
	return clock->ns;
}

/*
 * What a SYN is counted under until it is answered, by attributes of summary; 0 if
 * it becomes a half-open connection, which is counted as such.
 */
static const u8 tcplife_syns_totals[__TCPLIFE_ATTR_LISTENER_MAX] = {
	[TCPLIFE_ATTR_LISTENER_DROPPED_SYN_QUEUE] =
		TCPLIFE_ATTR_SUMMARY_SYNS_DROPPED_SYN_QUEUE,
	[TCPLIFE_ATTR_LISTENER_DROPPED_ACCEPT_QUEUE] =
		TCPLIFE_ATTR_SUMMARY_SYNS_DROPPED_ACCEPT_QUEUE,
	[TCPLIFE_ATTR_LISTENER_DROPPED_OTHER] =
		TCPLIFE_ATTR_SUMMARY_SYNS_DROPPED_OTHER,
	[TCPLIFE_ATTR_LISTENER_COOKIES_SENT] = TCPLIFE_ATTR_SUMMARY_SYNCOOKIES_SENT,
};

/*
 * Without cookies the last quarter of net.ipv4.tcp_max_syn_backlog is kept for
 * peers that the kernel knows from before.
 */
static bool tcplife_syns_reserved(const struct sock *sk)
{
	int max = READ_ONCE(sock_net(sk)->ipv4.sysctl_max_syn_backlog);

	return max - inet_csk_reqsk_queue_len(sk) < max >> 2;
}

/* What becomes of a SYN, by the conditions of tcp_conn_request(). */
static __always_inline u32 tcplife_syns_doubt(const struct sock *sk)
{
	u8 cookies = READ_ONCE(sock_net(sk)->ipv4.sysctl_tcp_syncookies);
	bool full = inet_csk_reqsk_queue_is_full(sk);

	if (full && !cookies)
		return TCPLIFE_ATTR_LISTENER_DROPPED_SYN_QUEUE;
	if (sk_acceptq_is_full(sk))
		return TCPLIFE_ATTR_LISTENER_DROPPED_ACCEPT_QUEUE;
	if (cookies == 2 || (full && cookies))
		return TCPLIFE_ATTR_LISTENER_COOKIES_SENT;
	if (unlikely(!cookies) && tcplife_syns_reserved(sk))
		return TCPLIFE_ATTR_LISTENER_DROPPED_OTHER;
	return TCPLIFE_ATTR_LISTENER_SYNACKS;
}

/* The address that sent a segment.  Return: 4 or 6, its family. */
static __always_inline u8 tcplife_syns_address(const struct sk_buff *skb, const void **addr)
{
	bool v6 = ip_hdr(skb)->version == 6;

	*addr = v6 ? (const void *)&ipv6_hdr(skb)->saddr : &ip_hdr(skb)->saddr;
	return v6 ? 6 : 4;
}

/* A SYN was not answered as was expected; counted under @doubt until now.  Locked. */
static void tcplife_syns_uncount(struct tcplife_listener *l, u32 doubt, u64 at_ns)
{
	l->count[doubt]--;
	if (doubt == TCPLIFE_ATTR_LISTENER_COOKIES_SENT) {
		tcplife_flood_cookie_unsent(&l->target->flood, at_ns);
	} else if (doubt == TCPLIFE_ATTR_LISTENER_SYNACKS) {
		tcplife_syns_no_more(l);
		tcplife_flood_not_begun(&l->target->flood, at_ns);
	}
}

/* Nothing answered the SYN of a mark. */
static noinline void tcplife_syns_undo(struct tcplife_syns_mark *mark)
{
	unsigned long turn = READ_ONCE(mark->turn);
	const struct tcplife_listener *listener;
	const struct tcplife_net *net;
	struct tcplife_listener *l;
	struct tcplife_stats *s;
	unsigned long flags;
	u64 at_ns;
	u32 as;

	smp_rmb();	/* the mark is that of this turn, if the turn is not over */
	listener = READ_ONCE(mark->listener);
	net = READ_ONCE(mark->net);
	at_ns = READ_ONCE(mark->at_ns);
	as = READ_ONCE(mark->as);
	if (!turn || cmpxchg(&mark->turn, turn, 0) != turn)
		return;
	local_irq_save(flags);
	l = tcplife_listeners_lock_inside(listener->number, net, at_ns);
	if (!l)
		goto out;
	tcplife_syns_uncount(l, as, at_ns);
	l->count[TCPLIFE_ATTR_LISTENER_DROPPED_OTHER]++;
	s = tcplife_stats_begin_irqoff(l->target->net->stats);
	if (tcplife_syns_totals[as])
		s->count[tcplife_syns_totals[as]]--;
	tcplife_stats_count(s, SYNS_DROPPED_OTHER, 1);
	tcplife_stats_end_irqoff(s);
	tcplife_listeners_unlock_inside(l);
out:
	local_irq_restore(flags);
}

/**
 * tcplife_syns_look - undo what was counted too early
 *
 * A SYN that was to be answered a while ago, on a CPU that took in no SYN since.
 * Context: process.
 */
void tcplife_syns_look(void)
{
	u64 now_ns = ktime_get_ns();
	int cpu;

	for_each_possible_cpu(cpu) {
		struct tcplife_syns_mark *mark = per_cpu_ptr(&tcplife_syns_marks, cpu);

		/* It may be younger than this look. */
		if (READ_ONCE(mark->turn) &&
		    (s64)(now_ns - READ_ONCE(mark->at_ns)) > (s64)MARK_NS)
			tcplife_syns_undo(mark);
	}
}

/**
 * tcplife_syns_sum - nothing is counted below 0
 * @count: sums, by TCPLIFE_ATTR_SUMMARY_*
 *
 * A SYN that was on its way as its hook was attached is taken back and was never
 * counted.
 */
void tcplife_syns_sum(u64 *count)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tcplife_syns_totals); i++)
		if (tcplife_syns_totals[i] && (s64)count[tcplife_syns_totals[i]] < 0)
			count[tcplife_syns_totals[i]] = 0;
	if ((s64)count[TCPLIFE_ATTR_SUMMARY_SYNCOOKIES_FAILED] < 0)
		count[TCPLIFE_ATTR_SUMMARY_SYNCOOKIES_FAILED] = 0;
}

/* The SYN is to be answered: counted as if it were already.  Locked. */
static __always_inline void
tcplife_syns_expect(struct tcplife_listener *l, struct tcplife_syns_mark *mark, u32 as,
		    u64 now_ns)
{
	if (as == TCPLIFE_ATTR_LISTENER_COOKIES_SENT) {
		l->cookie_ns = now_ns;
		l->target->cookie_ns = now_ns;
		tcplife_flood_cookie_sent(&l->target->flood, now_ns);
	} else {
		l->half_open++;
		l->target->half_open++;
		tcplife_flood_half_open(&l->target->flood, now_ns);
	}
	WRITE_ONCE(mark->net, l->end.net);
	WRITE_ONCE(mark->at_ns, now_ns);
	mark->turns += 2;	/* odd, so never 0 */
	smp_wmb();	/* before it can be undone */
	WRITE_ONCE(mark->turn, mark->turns | 1);
}

/*
 * The sender of a SYN, and of others that it stands for, is counted.  To work out its
 * hash again costs less than to keep what is needed for all that have none.  Locked.
 */
static noinline void tcplife_syns_tell_sender(struct tcplife_listener *l,
					      const struct sk_buff *skb,
					      unsigned int syns)
{
	struct tcplife_flood_source source;
	const void *addr;
	u8 family = tcplife_syns_address(skb, &addr);

	tcplife_flood_source(&source, family, addr, tcplife_listeners_key);
	tcplife_flood_sender(&l->target->flood, &source, syns);
}

/* The detector is told of a SYN.  Locked. */
static __always_inline void
tcplife_syns_tell(struct tcplife_listener *l, const struct sk_buff *skb, u32 doubt,
		  u64 now_ns)
{
	enum tcplife_flood_drop drop = TCPLIFE_FLOOD_TAKEN;
	const void *addr;
	unsigned int syns;
	u64 hash;
	u8 family;

	if (doubt == TCPLIFE_ATTR_LISTENER_DROPPED_SYN_QUEUE)
		drop = TCPLIFE_FLOOD_FULL;
	else if (doubt == TCPLIFE_ATTR_LISTENER_DROPPED_OTHER)
		drop = TCPLIFE_FLOOD_STRANGER;
	if (drop != TCPLIFE_FLOOD_TAKEN)
		l->syn_dropped_ns = now_ns;
	family = tcplife_syns_address(skb, &addr);
	hash = tcplife_flood_hash(family, addr, tcplife_listeners_key);
	syns = tcplife_flood_syn(&l->target->flood, hash, drop, now_ns);
	if (syns)
		tcplife_syns_tell_sender(l, skb, syns);
}

/* A SYN for a listening socket that is not on record is counted in the summary alone. */
static noinline void tcplife_syns_count_unrecorded(const struct sock *sk, u32 doubt)
{
	struct tcplife_stats __percpu *stats = tcplife_net_here(sock_net(sk))->stats;

	tcplife_stats_bump(stats, TCPLIFE_ATTR_SUMMARY_SYNS_RECEIVED);
	if (tcplife_syns_totals[doubt])
		tcplife_stats_bump(stats, tcplife_syns_totals[doubt]);
}

/* A SYN is counted under what is to become of it, which is known where this stands. */
static __always_inline void tcplife_syns_count(const struct sock *sk,
					       const struct sk_buff *skb, u32 doubt)
{
	bool answered = doubt == TCPLIFE_ATTR_LISTENER_SYNACKS ||
			doubt == TCPLIFE_ATTR_LISTENER_COOKIES_SENT;
	struct tcplife_syns_mark *mark = this_cpu_ptr(&tcplife_syns_marks);
	struct tcplife_stats __percpu *stats;
	struct tcplife_listener *l;
	u64 now_ns;

	if (unlikely(READ_ONCE(mark->turn)))
		tcplife_syns_undo(mark);
	/* The life of a half-open connection begins at this time. */
	now_ns = doubt == TCPLIFE_ATTR_LISTENER_SYNACKS ? ktime_get_ns() :
							  tcplife_syns_now();
	l = tcplife_listeners_lock(sk);
	/* Without a record it is not to be answered, so the answer counts itself. */
	if (unlikely(!l && answered))
		doubt = TCPLIFE_ATTR_LISTENER_DROPPED_OTHER;
	mark->skb = skb;
	WRITE_ONCE(mark->listener, l);
	WRITE_ONCE(mark->as, doubt);
	if (unlikely(!l)) {
		tcplife_syns_count_unrecorded(sk, doubt);
		return;
	}
	stats = l->target->net->stats;
	tcplife_stats_bump(stats, TCPLIFE_ATTR_SUMMARY_SYNS_RECEIVED);
	if (tcplife_syns_totals[doubt])
		tcplife_stats_bump(stats, tcplife_syns_totals[doubt]);
	l->count[TCPLIFE_ATTR_LISTENER_SYNS]++;
	l->count[doubt]++;
	l->backlog = READ_ONCE(sk->sk_max_ack_backlog);
	if (doubt == TCPLIFE_ATTR_LISTENER_DROPPED_ACCEPT_QUEUE)
		l->overflow_ns = now_ns;
	else
		tcplife_syns_tell(l, skb, doubt, now_ns);
	if (answered)
		tcplife_syns_expect(l, mark, doubt, now_ns);
	tcplife_syns_unlock(l);
}

static noinline void tcplife_syns_half_opens(const struct sock *sk,
					     const struct sk_buff *skb)
{
	tcplife_syns_count(sk, skb, TCPLIFE_ATTR_LISTENER_SYNACKS);
}

static noinline void tcplife_syns_gets_cookie(const struct sock *sk,
					      const struct sk_buff *skb)
{
	tcplife_syns_count(sk, skb, TCPLIFE_ATTR_LISTENER_COOKIES_SENT);
}

static noinline void tcplife_syns_drops(const struct sock *sk,
					const struct sk_buff *skb, u32 doubt)
{
	tcplife_syns_count(sk, skb, doubt);
}

/**
 * tcplife_syns_syn - a SYN comes that belongs to no half-open connection
 * @sk: the listening socket
 * @skb: the SYN
 *
 * Context: softirqs off.
 */
void tcplife_syns_syn(const struct sock *sk, const struct sk_buff *skb)
{
	u32 doubt = tcplife_syns_doubt(sk);

	if (doubt == TCPLIFE_ATTR_LISTENER_SYNACKS)
		tcplife_syns_half_opens(sk, skb);
	else if (doubt == TCPLIFE_ATTR_LISTENER_COOKIES_SENT)
		tcplife_syns_gets_cookie(sk, skb);
	else
		tcplife_syns_drops(sk, skb, doubt);
}

/*
 * Take away the mark of a SYN, if it has one still: another CPU that looks at the
 * totals may just find that its answer took too long.
 */
static bool tcplife_syns_unmark(const struct sk_buff *skb)
{
	struct tcplife_syns_mark *mark = this_cpu_ptr(&tcplife_syns_marks);
	unsigned long turn = READ_ONCE(mark->turn);

	return turn && mark->skb == skb &&
	       cmpxchg(&mark->turn, turn, 0) == turn;
}

/* Is the SYN answered as was expected?  Then its mark is taken away. */
static bool tcplife_syns_is_expected(const struct sk_buff *skb, u32 as)
{
	return likely(this_cpu_read(tcplife_syns_marks.as) == as) &&
	       tcplife_syns_unmark(skb);
}

/* A SYN is answered, but not as was expected. */
static void tcplife_syns_take_back(struct tcplife_listener *l,
				   const struct sock *sk,
				   const struct sk_buff *skb)
{
	struct tcplife_syns_mark *mark = this_cpu_ptr(&tcplife_syns_marks);
	u32 doubt = TCPLIFE_ATTR_LISTENER_DROPPED_OTHER;
	bool last = mark->skb == skb;
	struct tcplife_stats *s;
	unsigned long flags;

	if (!tcplife_syns_hear_syns)
		return;
	/* If it was to be answered and is none of those any more, that is undone already. */
	if (tcplife_syns_unmark(skb) ||
	    (last && mark->as != TCPLIFE_ATTR_LISTENER_SYNACKS &&
	     mark->as != TCPLIFE_ATTR_LISTENER_COOKIES_SENT))
		doubt = mark->as;
	mark->skb = NULL;
	/* The listener may have got its place only since the SYN was counted elsewhere. */
	if (l && (!last || mark->listener == l))
		tcplife_syns_uncount(l, doubt, mark->at_ns);
	else if (l)
		l->count[TCPLIFE_ATTR_LISTENER_SYNS]++;
	if (!tcplife_syns_totals[doubt])
		return;
	s = tcplife_stats_begin(tcplife_net_here(sock_net(sk))->stats, &flags);
	s->count[tcplife_syns_totals[doubt]]--;
	tcplife_stats_end(s, flags);
}

/* More connections of a listener wait than ever. */
static noinline void tcplife_syns_peak(const struct sock *sk, u16 number, u32 waiting,
				       u64 now_ns)
{
	struct tcplife_listener *l;
	unsigned long flags;

	local_irq_save(flags);
	l = tcplife_listeners_lock_inside(number, tcplife_net_here(sock_net(sk)), now_ns);
	if (l) {
		l->syn_queue_peak = max(l->syn_queue_peak, waiting);
		tcplife_listeners_unlock_inside(l);
	}
	local_irq_restore(flags);
}

/* The same, of a SYN that was not expected to be answered so. */
static noinline struct tcplife_syns_answer
tcplife_syns_half_open_after_all(const struct sock *sk, const struct sk_buff *skb)
{
	struct tcplife_syns_answer answer = { .at_ns = ktime_get_ns() };
	u32 waiting = inet_csk_reqsk_queue_len(sk);
	struct tcplife_listener *l;

	l = tcplife_listeners_lock(sk);
	tcplife_syns_take_back(l, sk, skb);
	if (!l)
		return answer;
	answer.listener = l->number;
	l->count[TCPLIFE_ATTR_LISTENER_SYNACKS]++;
	l->syn_queue_peak = max(l->syn_queue_peak, waiting);
	l->half_open++;
	l->target->half_open++;
	tcplife_flood_half_open(&l->target->flood, answer.at_ns);
	tcplife_syns_unlock(l);
	return answer;
}

/**
 * tcplife_syns_half_open - a SYN is answered, and its connection half open
 * @sk: the listening socket
 * @skb: the SYN
 *
 * Return: for the life, when its SYN came, and the number of the listener.
 */
struct tcplife_syns_answer tcplife_syns_half_open(const struct sock *sk,
						  const struct sk_buff *skb)
{
	u32 waiting = inet_csk_reqsk_queue_len(sk);
	const struct tcplife_syns_mark *mark;
	struct tcplife_syns_answer answer;

	if (unlikely(!tcplife_syns_is_expected(skb, TCPLIFE_ATTR_LISTENER_SYNACKS)))
		return tcplife_syns_half_open_after_all(sk, skb);
	mark = this_cpu_ptr(&tcplife_syns_marks);
	answer.at_ns = mark->at_ns;
	answer.listener = mark->listener->number;
	if (unlikely(waiting > READ_ONCE(mark->listener->syn_queue_peak)))
		tcplife_syns_peak(sk, answer.listener, waiting, answer.at_ns);
	return answer;
}

/**
 * tcplife_syns_unrecorded - a half-open connection found no room on record
 * @sk: its socket or request, seen as sock
 * @number: from tcplife_syns_half_open()
 * @birth_ns: when it began; its end will not be told
 */
void tcplife_syns_unrecorded(const struct sock *sk, u16 number, u64 birth_ns)
{
	struct tcplife_listener *l;
	unsigned long flags;

	local_irq_save(flags);
	l = tcplife_listeners_lock_inside(number, tcplife_net_here(sock_net(sk)), birth_ns);
	if (l) {
		tcplife_syns_no_more(l);
		tcplife_flood_unseen(&l->target->flood, birth_ns, birth_ns);
		tcplife_syns_unlock_inside(l);
	}
	local_irq_restore(flags);
}

/* A SYN is answered by a cookie that was not expected to be. */
static noinline void tcplife_syns_cookie_after_all(const struct sock *sk,
						   const struct sk_buff *skb)
{
	u64 now_ns = ktime_get_ns();
	struct tcplife_listener *l;
	struct tcplife_stats *s;
	unsigned long flags;

	s = tcplife_stats_begin(tcplife_net_here(sock_net(sk))->stats, &flags);
	tcplife_stats_count(s, SYNCOOKIES_SENT, 1);
	tcplife_stats_end(s, flags);
	l = tcplife_listeners_lock(sk);
	tcplife_syns_take_back(l, sk, skb);
	if (!l)
		return;
	l->count[TCPLIFE_ATTR_LISTENER_COOKIES_SENT]++;
	l->cookie_ns = now_ns;
	l->target->cookie_ns = now_ns;
	tcplife_flood_cookie_sent(&l->target->flood, now_ns);
	tcplife_syns_unlock(l);
}

/**
 * tcplife_syns_cookie_sent - a SYN is answered by a cookie
 * @sk: the listening socket
 * @skb: the SYN
 *
 * Context: softirqs off.
 */
void tcplife_syns_cookie_sent(const struct sock *sk, const struct sk_buff *skb)
{
	if (!tcplife_syns_is_expected(skb, TCPLIFE_ATTR_LISTENER_COOKIES_SENT))
		tcplife_syns_cookie_after_all(sk, skb);
}

/**
 * tcplife_syns_cookie_check - a segment may hold a cookie
 * @sk: the listening socket
 * @skb: the segment, without SYN
 *
 * The kernel looks for one only in an ACK, and only for some time after it sent one,
 * unless a BPF program found one (then there is a request on the segment).
 * Counted as failed until tcplife_syns_cookie_valid().
 */
void tcplife_syns_cookie_check(const struct sock *sk,
			       const struct sk_buff *skb)
{
	const struct tcphdr *th = tcp_hdr(skb);
	struct tcplife_listener *l;

	if (!READ_ONCE(sock_net(sk)->ipv4.sysctl_tcp_syncookies) || !th->ack ||
	    th->rst || (tcp_synq_no_recent_overflow(sk) && !skb->sk))
		return;
	tcplife_stats_add(tcplife_net_here(sock_net(sk))->stats,
			  SYNCOOKIES_FAILED, 1);
	l = tcplife_listeners_lock(sk);
	if (!l)
		return;
	l->count[TCPLIFE_ATTR_LISTENER_COOKIES_FAILED]++;
	tcplife_listeners_unlock(l);
}

/**
 * tcplife_syns_cookie_valid - a cookie proved valid
 * @sk: the listening socket
 * @skb: the segment that holds it
 * @now_ns: monotonic time
 *
 * Return: the number of the listener, for the life; 0 if it is not on record.
 */
u16 tcplife_syns_cookie_valid(const struct sock *sk, const struct sk_buff *skb,
			      u64 now_ns)
{
	struct tcplife_listener *l;
	struct tcplife_stats *s;
	unsigned long flags;
	const void *addr;
	u8 family = tcplife_syns_address(skb, &addr);
	u16 number;

	s = tcplife_stats_begin(tcplife_net_here(sock_net(sk))->stats, &flags);
	tcplife_stats_count(s, SYNCOOKIES_VALIDATED, 1);
	if (tcplife_syns_hear_cookies)
		tcplife_stats_count(s, SYNCOOKIES_FAILED, -1ULL);
	tcplife_stats_end(s, flags);
	l = tcplife_listeners_lock(sk);
	if (!l)
		return 0;
	l->count[TCPLIFE_ATTR_LISTENER_COOKIES_VALIDATED]++;
	if (tcplife_syns_hear_cookies)
		l->count[TCPLIFE_ATTR_LISTENER_COOKIES_FAILED]--;
	tcplife_flood_cookie_valid(&l->target->flood, family, addr, now_ns);
	number = l->number;
	tcplife_syns_unlock(l);
	return number;
}
