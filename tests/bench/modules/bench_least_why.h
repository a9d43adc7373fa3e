/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Parts of bench_least.c: why a connection ended, and what is to be asked so that its
 * record is right wherever else it may be.
 */
#ifndef BENCH_LEAST_WHY_H
#define BENCH_LEAST_WHY_H

#include "bench_least.h"

/* The record is of a connection whose ends another may take over. */
static __always_inline u64 *bench_least_place(const struct bench_least_record *r)
{
	u32 ports = (u32)r->local_port << 16 | r->remote_port;

	return &bench_least_taken_over[hash_32(ports ^ r->remote, 8)];
}

/* Does it follow a connection between the same ends, in whose TIME_WAIT it began? */
static __always_inline void bench_least_follow(struct bench_least_record *r)
{
	u64 *place = bench_least_place(r);

	if (unlikely(READ_ONCE(*place))) {
		r->more.previous = *place;
		*place = 0;
	}
}

/* What ended a timewait_sock. */
static __always_inline void bench_least_why_killed(struct bench_least_record *r,
						   const struct sock *sk, u64 now_ns)
{
	const struct inet_timewait_sock *tw = inet_twsk(sk);
	const struct bench_least_mark *mark = bench_least_left(tw, now_ns);

	if (unlikely(!check_net(twsk_net(tw))))
		r->more.ended_by = 1;
	else if (likely(time_after_eq(jiffies, tw->tw_timer.expires)))
		r->more.ended_by = 2;
	else if (in_task() && !mark)
		r->more.ended_by = 3;
	else
		r->more.ended_by = mark && mark->syn && !mark->rst ? 4 : 5;
	if (WITH(ELSEWHERE) && unlikely(r->more.ended_by > 2))
		*bench_least_place(r) = r->id;
}

/* Why a socket is closed: its error, or what it has not told the peer. */
static __always_inline void bench_least_why_closed(struct bench_least_record *r,
						   const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	bool unacked = tp->snd_una != tp->snd_nxt, unsent = tp->snd_nxt != tp->write_seq;
	bool fin_received = sock_flag(sk, SOCK_DONE);
	bool unaccepted = r->more.role == TCP_SYN_RECV && !(r->more.flags & ACCEPTED);

	r->more.outcome = r->state;
	if ((r->state == TCP_LAST_ACK || r->state == TCP_CLOSING) && fin_received && !unacked)
		goto out;
	if (r->state == TCP_FIN_WAIT2 && sock_flag(sk, SOCK_DEAD) && !fin_received &&
	    tp->linger2 >= 0)
		r->more.flags |= LATE_DATA;
	if (sk->sk_err && sk->sk_err != ECONNRESET && sk->sk_err != EPIPE)
		r->more.outcome = unacked ? 100 : unsent ? 101 : 102;
	else if (sk->sk_err)
		r->more.outcome = r->more.flags & LATE_DATA ? 103 : 104;
	else
		r->more.outcome = unaccepted ? 105 : 106;
	if (!sk->sk_err && !tp->repair)
		r->more.flags |= RST_SENT;
	if (!r->more.closer)
		r->more.closer = r->more.outcome;
out:
	if (unaccepted)
		r->more.flags |= UNACCEPTED;
}

/* Why a request ends that has no child. */
static __always_inline void bench_least_why_dropped(struct bench_least_record *r,
						    const struct request_sock *req,
						    u64 now_ns)
{
	const struct bench_least_mark *mark = bench_least_left(req, now_ns);
	const struct sock *listener = req->rsk_listener;

	if (!check_net(read_pnet(&inet_rsk(req)->ireq_net)))
		r->more.outcome = 110;
	else if (!listener || READ_ONCE(listener->sk_state) != TCP_LISTEN)
		r->more.outcome = 111;
	else if (time_after_eq(jiffies, req->rsk_timer.expires) && !mark)
		r->more.outcome = inet_rsk(req)->acked ? 112 : 113;
	else if (!in_softirq())
		r->more.outcome = 114;
	else
		r->more.outcome = mark && mark->rst ? 115 : 116;
	if (mark && mark->rst)
		r->more.flags |= RST_RECEIVED;
}

/* A child that lost a race for its request to another, which has its cookie, too. */
static __always_inline bool bench_least_stillborn(const struct bench_least_record *r,
						  const struct sock *sk)
{
	return sk->sk_state == TCP_SYN_RECV && !sk->sk_socket &&
	       (inet_csk(sk)->icsk_bind_hash ||
		(sock_flag(sk, SOCK_DEAD) && !(r->more.flags & MULTIPATH)));
}

/* Did a segment make the change, so that the kernel has just asked for the time? */
static __always_inline bool bench_least_by_segment(const struct sock *sk, u8 state)
{
	if (!WITH(ELSEWHERE))
		return state != TCP_FIN_WAIT1 && state != TCP_LAST_ACK;
	return state == TCP_TIME_WAIT ||
	       (state == TCP_ESTABLISHED && !tcp_sk(sk)->repair) ||
	       (state == TCP_CLOSE_WAIT && sk->sk_state == TCP_ESTABLISHED) ||
	       (state == TCP_FIN_WAIT2 && sk->sk_state == TCP_FIN_WAIT1) ||
	       (state == TCP_CLOSE && sk->sk_state == TCP_LAST_ACK &&
		tcp_sk(sk)->snd_una == tcp_sk(sk)->write_seq &&
		tcp_sk(sk)->rcv_tstamp == tcp_jiffies32);
}

/* The answer of a SYN is expected; that of the last one may not have come. */
static __always_inline void bench_least_expect(const struct bench_least_listener *l,
					       const struct sk_buff *skb, u16 as,
					       u64 now_ns)
{
	struct bench_least_syn *syn = this_cpu_ptr(&bench_least_syns);

	if (unlikely(syn->turn))
		atomic_inc(&bench_least_heard);	/* it is counted otherwise now */
	syn->skb = skb;
	syn->listener = l->number;
	syn->as = as;
	syn->at_ns = now_ns;
	syn->turns++;
	smp_wmb();
	WRITE_ONCE(syn->turn, syn->turns);
}

/* Was this answer expected?  Another CPU may just find that it took too long. */
static __always_inline bool bench_least_expected(const struct sk_buff *skb, u16 as)
{
	struct bench_least_syn *syn = this_cpu_ptr(&bench_least_syns);
	unsigned long turn = READ_ONCE(syn->turn);

	return turn && syn->skb == skb && syn->as == as &&
	       cmpxchg(&syn->turn, turn, 0) == turn;
}

#endif
