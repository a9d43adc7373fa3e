// SPDX-License-Identifier: GPL-2.0
/*
 * Hooks on half-open connections: a request_sock from its first SYN-ACK to its
 * end, where it became a child that is accepted now, or is dropped.
 *
 * Context: handlers of kprobes and ftrace, in process or softirq, preemption off,
 * interrupts on.  Nothing here allocates, sleeps, prints, or calls a hooked function.
 */
#include <linux/err.h>
#include <linux/ktime.h>
#include <linux/ptrace.h>
#include <net/tcp.h>

#include "core/tracker.h"
#include "handshakes.h"
#include "hooks.h"
#include "lives.h"
#include "mark.h"
#include "sample.h"
#include "syns.h"

/* A connection becomes half open. */
static __always_inline void
tcplife_request_half_open(const struct sock *object, const struct request_sock *req,
			  u16 special, u16 listener, u64 now_ns)
{
	struct tcplife_lives_place at;
	struct tcplife_life *life;

	life = tcplife_lives_open(object, TCPLIFE_ROLE_PASSIVE, now_ns, &at);
	if (!life) {
		if (!(special & TCPLIFE_FLAG_COOKIE))
			tcplife_syns_unrecorded(object, listener, now_ns);
		return;
	}
	life->flags = special;
	life->listener = listener;
	tcplife_sample_request(life, req);
	tcplife_lives_begin_new(life, TCPLIFE_STATE_SYN_RECV, TCPLIFE_ROLE_PASSIVE,
				now_ns);
	tcplife_lives_link(life);
	tcplife_lives_unlock(at);
}

/* The SYN-ACK of a connection is sent again; one that is not on record was lost. */
static noinline void tcplife_request_again(const struct sock *object)
{
	u64 now_ns = ktime_get_ns();
	struct tcplife_lives_place at;
	struct tcplife_life *life;
	struct tcplife_net *net;

	life = tcplife_lives_find(tcplife_sample_id(object), &at);
	if (!life)
		return;
	net = life->net;
	tcplife_tracker_count_up(&life->synack_retransmits);
	tcplife_lives_note(life, TCPLIFE_EVENT_SYNACK_RETRANSMIT, now_ns);
	tcplife_stats_add(net->stats, SYNACK_RETRANSMITS, 1);
	tcplife_lives_unlock(at);
}

/* @sk answers @syn by a SYN-ACK that makes a half-open connection. */
static noinline void tcplife_request_answer(const struct sock *sk,
					    struct request_sock *req,
					    const struct sk_buff *syn)
{
	struct tcplife_syns_answer answer;

	answer = tcplife_syns_half_open(req->rsk_listener ?: sk, syn);
	tcplife_request_half_open(req_to_sk(req), req, 0, answer.listener, answer.at_ns);
}

/* The same with Fast Open: there is a child already, @sk, which stands for it. */
static noinline void tcplife_request_answer_fast(const struct sock *sk,
						 struct request_sock *req,
						 const struct sk_buff *syn)
{
	struct tcplife_syns_answer answer;

	answer = tcplife_syns_half_open(req->rsk_listener ?: sk, syn);
	tcplife_request_half_open(sk, req, TCPLIFE_FLAG_FASTOPEN, answer.listener,
				  answer.at_ns);
}

/**
 * tcplife_request_synack - ftrace tcp_make_synack(sk, dst, req, foc, type, skb)
 * @regs: the arguments
 *
 * A SYN-ACK is built: for the first time (then there is the SYN that it answers),
 * again, with a cookie (then nothing remains of the request), or with Fast Open
 * (then @sk is the child and not the listener, or stands for it).
 */
void tcplife_request_synack(struct pt_regs *regs)
{
	const struct sock *sk = (void *)regs_get_kernel_argument(regs, 0);
	struct request_sock *req = (void *)regs_get_kernel_argument(regs, 2);
	const struct sk_buff *syn = (void *)regs_get_kernel_argument(regs, 5);
	bool fast = tcp_rsk(req)->tfo_listener;

	if ((unsigned int)regs_get_kernel_argument(regs, 4) == TCP_SYNACK_COOKIE)
		tcplife_syns_cookie_sent(sk, syn);
	else if (unlikely(!syn))
		tcplife_request_again(fast ? sk : req_to_sk(req));
	else if (unlikely(fast))
		tcplife_request_answer_fast(sk, req, syn);
	else
		tcplife_request_answer(sk, req, syn);
}

/**
 * tcplife_request_cookie_valid - kprobe tcp_get_cookie_sock(sk, skb, req, ...)
 * @p: not used
 * @regs: the arguments
 *
 * The ACK of a SYN cookie proved valid and @req was rebuilt from it: the
 * connection is half open for the moment until its child exists.
 */
int tcplife_request_cookie_valid(struct kprobe *p, struct pt_regs *regs)
{
	const struct sock *sk = (void *)regs_get_kernel_argument(regs, 0);
	const struct sk_buff *skb = (void *)regs_get_kernel_argument(regs, 1);
	struct request_sock *req = (void *)regs_get_kernel_argument(regs, 2);
	u64 now_ns = ktime_get_ns();

	tcplife_request_half_open(req_to_sk(req), req, TCPLIFE_FLAG_COOKIE,
				  tcplife_syns_cookie_valid(sk, skb, now_ns),
				  now_ns);
	return 0;
}

/* The request ends without a child. */
static noinline void tcplife_request_dropped(struct tcplife_life *life,
					     const struct request_sock *req, u64 now_ns)
{
	struct tcplife_mark mark = tcplife_mark_pick_up(req, 0, now_ns);
	struct tcplife_mark reset = { 0 };
	struct tcplife_net *net = life->net;
	struct tcplife_drop drop = { 0 };

	tcplife_sample_drop(&drop, req);
	/* Its timer may be due as well, but it was a RST or an ICMP error just now. */
	drop.timed_out = drop.timed_out && !mark.object;
	drop.cookie = life->flags & TCPLIFE_FLAG_COOKIE;
	drop.icmp = mark.object && !mark.rst;
	drop.disowned = mark.rst && !mark.ack &&
			mark.seq == tcp_rsk(req)->rcv_isn + 1;
	if (mark.rst) {
		tcplife_stats_add(net->stats, RESETS_RECEIVED, 1);
		life->flags |= TCPLIFE_FLAG_RST_RECEIVED;
		tcplife_lives_note(life, TCPLIFE_EVENT_RST_RECEIVED, now_ns);
	}
	if (req->rsk_listener)
		reset = tcplife_mark_pick_up(req->rsk_listener,
					     tcplife_sample_peer(req), now_ns);
	drop.reset = reset.object;
	drop.syn = reset.syn;
	if (drop.reset) {
		tcplife_stats_add(net->stats, RESETS_SENT, 1);
		tcplife_lives_note_reset(life, now_ns);
	}
	tcplife_tracker_end(life, tcplife_outcome_drop(&drop));
}

/* The end of a request without a child, whose connection may be on record under @id. */
static noinline void tcplife_request_over(const struct request_sock *req, u64 id)
{
	struct tcplife_lives_place at;
	struct tcplife_life *life;
	u64 now_ns;

	life = tcplife_lives_find(id, &at);
	if (!life)
		return;
	if (rsk_drop_req(req)) {
		/* A subflow joins MPTCP: its child lives, and nobody accepts it. */
		life->known |= TCPLIFE_KNOWN_ACCEPTED;
	} else if (life->known & TCPLIFE_KNOWN_MIGRATING) {
		life->known &= ~TCPLIFE_KNOWN_MIGRATING;
	} else if (life->state == TCPLIFE_STATE_SYN_RECV) {
		now_ns = ktime_get_ns();
		tcplife_request_dropped(life, req, now_ns);
		tcplife_lives_retire(life, at, now_ns);
		return;
	}
	tcplife_lives_unlock(at);
}

/*
 * The request became a child, and the memory of it is released: by accept(),
 * which runs with softirqs on, before the child has a struct socket.  The close of a
 * listener that hands its connections to another of its group comes here with softirqs
 * off; who found the request in the hash and held it while the child was accepted, such
 * as ss, when the child is somebody's, and on record as long as its life is, locked.
 */
static noinline void tcplife_request_accepted(struct request_sock *req)
{
	const struct sock *listener = req->rsk_listener;
	struct tcplife_lives_place at;
	struct tcplife_life *life;
	u64 now_ns;

	if (!in_task() || in_softirq() ||
	    (listener && READ_ONCE(listener->sk_state) != TCP_LISTEN))
		return;
	/*
	 * By the request's own id, which is the child's: that may be gone if this is
	 * not accept().  Fast Open makes requests without, which nobody can find.
	 */
	life = tcplife_lives_find(tcplife_sample_id(req_to_sk(req)) ?:
				  tcplife_sample_id(req->sk), &at);
	if (!life)
		return;
	if (unlikely(req->sk->sk_socket || sock_flag(req->sk, SOCK_DEAD))) {
		life->known |= TCPLIFE_KNOWN_ACCEPTED;		/* before, by another task */
	/* A request made from a SYN cookie knows no listener. */
	} else if (likely(listener || life->flags & TCPLIFE_FLAG_COOKIE)) {
		now_ns = ktime_get_ns();
		life->known |= TCPLIFE_KNOWN_ACCEPTED;
		tcplife_sample_owner(life, TCPLIFE_OWNER_ACCEPT);
		tcplife_lives_note_inline(life, TCPLIFE_EVENT_ACCEPTED, now_ns);
		tcplife_handshakes_accepted(life, now_ns);
	}
	tcplife_lives_unlock(at);
}

/**
 * tcplife_request_end - ftrace tcp_v4/v6_reqsk_destructor(req)
 * @regs: the arguments
 *
 * The end of every request_sock: its child was accepted, or it is dropped.  One that
 * was answered by a cookie has no id.
 */
void tcplife_request_end(struct pt_regs *regs)
{
	struct request_sock *req = (void *)regs_get_kernel_argument(regs, 0);
	u64 id;

	if (req->sk) {
		tcplife_request_accepted(req);
		return;
	}
	id = tcplife_sample_id(req_to_sk(req));
	if (id)
		tcplife_request_over(req, id);
}

/* The peer is real, but its connection stays half open: no room, or no data yet. */
static void tcplife_request_answered(struct request_sock *req)
{
	u64 id = tcplife_sample_id(req_to_sk(req));
	struct tcplife_lives_place at;
	struct tcplife_life *life;

	life = tcplife_lives_find(id, &at);
	if (!life)
		return;
	if (!(life->known & TCPLIFE_KNOWN_ANSWERED))
		tcplife_handshakes_answered(life, ktime_get_ns());
	tcplife_lives_unlock(at);
}

/**
 * tcplife_request_segment - ftrace tcp_check_req(sk, skb, req, ...)
 * @regs: the arguments
 *
 * A segment for a half-open connection, often the last ACK of its handshake. One
 * that is a RST may end it.
 */
void tcplife_request_segment(struct pt_regs *regs)
{
	const struct sk_buff *skb = (void *)regs_get_kernel_argument(regs, 1);
	const struct tcphdr *th = tcp_hdr(skb);
	struct request_sock *req = (void *)regs_get_kernel_argument(regs, 2);
	const struct sock *listener = req->rsk_listener;

	if (unlikely(th->rst))
		tcplife_mark_leave(req, 0, th);
	else if (listener &&
		 unlikely(inet_csk(listener)->icsk_accept_queue.rskq_defer_accept) &&
		 th->ack && ntohl(th->ack_seq) == tcp_rsk(req)->snt_isn + 1)
		tcplife_request_answered(req);
}

/**
 * tcplife_request_syn - ftrace tcp_conn_request(rsk_ops, af_ops, sk, skb)
 * @regs: the arguments
 *
 * A SYN for a listening socket that belongs to no half-open connection.
 */
void tcplife_request_syn(struct pt_regs *regs)
{
	tcplife_syns_syn((void *)regs_get_kernel_argument(regs, 2),
			 (void *)regs_get_kernel_argument(regs, 3));
}

/**
 * tcplife_request_cookie_check - ftrace cookie_v4_check(sk, skb), cookie_v6_check
 * @regs: the arguments
 *
 * A segment without SYN for a listening socket that belongs to no half-open
 * connection.
 */
void tcplife_request_cookie_check(struct pt_regs *regs)
{
	tcplife_syns_cookie_check((void *)regs_get_kernel_argument(regs, 0),
				  (void *)regs_get_kernel_argument(regs, 1));
}

/* The last ACK of a handshake has come: is there room for its child? */
static void tcplife_request_child(const struct sock *sk, struct request_sock *req)
{
	if (!tcplife_handshakes_room(sk))
		tcplife_request_answered(req);
}

/**
 * tcplife_request_handshake - ftrace tcp_v4_syn_recv_sock(sk, skb, req, ...)
 * @regs: the arguments
 *
 * The last ACK of a handshake has come, and a socket is to be made.
 */
void tcplife_request_handshake(struct pt_regs *regs)
{
	tcplife_request_child((void *)regs_get_kernel_argument(regs, 0),
			      (void *)regs_get_kernel_argument(regs, 2));
}

/**
 * tcplife_request_handshake_v6 - ftrace tcp_v6_syn_recv_sock(sk, skb, req, ...)
 * @regs: the arguments
 *
 * It hands over to tcp_v4_syn_recv_sock() if the packet is IPv4.
 */
void tcplife_request_handshake_v6(struct pt_regs *regs)
{
	const struct sk_buff *skb = (void *)regs_get_kernel_argument(regs, 1);

	if (skb->protocol != htons(ETH_P_IP))
		tcplife_request_child((void *)regs_get_kernel_argument(regs, 0),
				      (void *)regs_get_kernel_argument(regs, 2));
}

/**
 * tcplife_request_icmp - kprobe tcp_req_err(req, seq, abort)
 * @p: not used
 * @regs: the arguments
 *
 * The kernel passes over an error that quotes another sequence number.
 */
int tcplife_request_icmp(struct kprobe *p, struct pt_regs *regs)
{
	const struct sock *sk = (void *)regs_get_kernel_argument(regs, 0);
	u32 seq = (u32)regs_get_kernel_argument(regs, 1);

	if ((bool)regs_get_kernel_argument(regs, 2) &&
	    seq == tcp_rsk(inet_reqsk(sk))->snt_isn)
		tcplife_mark_leave(sk, 0, NULL);
	return 0;
}

/**
 * tcplife_request_clone - kprobe inet_reqsk_clone(req, sk)
 * @p: not used
 * @regs: the arguments
 *
 * The request moves to another listener of its group: a copy with the same
 * cookie goes on, and the end of the original is not the connection's.
 */
int tcplife_request_clone(struct kprobe *p, struct pt_regs *regs)
{
	struct request_sock *req = (void *)regs_get_kernel_argument(regs, 0);
	u64 id = tcplife_sample_id(req_to_sk(req));
	struct tcplife_lives_place at;
	struct tcplife_life *life;

	life = tcplife_lives_find(id, &at);
	if (!life)
		return 0;
	life->flags |= TCPLIFE_FLAG_MIGRATED;
	if (!req->sk)
		life->known |= TCPLIFE_KNOWN_MIGRATING;
	tcplife_lives_unlock(at);
	return 0;
}
