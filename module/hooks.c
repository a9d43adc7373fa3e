// SPDX-License-Identifier: GPL-2.0
/*
 * Hooks on full sockets.  A hook is one short function a kernel event, which
 * samples the object and tells the table of lives.  What an event means for a
 * life is decided in core/; what is hooked stands in attach.c.  Hooks on
 * request_socks are in request.c, on timewait_socks in minisock.c.
 *
 * Context: process or softirq, interrupts on, preemption off: kprobe handlers run so,
 * and tracepoint handlers see to it by tcplife_tracepoint_enter().  Nothing here
 * allocates, sleeps, prints, or calls a function that is hooked but the canary.
 */
#include <linux/err.h>
#include <linux/ptrace.h>
#include <linux/ktime.h>
#include <net/tcp.h>

#include "canary.h"
#include "compat/compat.h"
#include "core/timeline.h"
#include "core/tracker.h"
#include "hooks.h"
#include "listeners.h"
#include "lives.h"
#include "mark.h"
#include "sample.h"

/*
 * Connections established without their handshake having been seen, and
 * whether there is no innocent reason for it any more.
 */
static atomic64_t tcplife_hooks_missed;
static bool tcplife_hooks_settled;

/**
 * tcplife_hooks_settle - all that was open at load is on record now
 *
 * From here on, a connection that is established without its handshake having
 * been seen means that a hook missed it.
 */
void tcplife_hooks_settle(void)
{
	WRITE_ONCE(tcplife_hooks_settled, true);
}

/**
 * tcplife_hooks_handshakes_missed - how many handshakes the hooks missed
 */
u64 tcplife_hooks_handshakes_missed(void)
{
	return atomic64_read(&tcplife_hooks_missed);
}

/* CLOSE to SYN_SENT: the task that runs calls connect(). */
static noinline void tcplife_hooks_connect(const struct sock *sk)
{
	struct tcplife_lives_place at;
	struct tcplife_life *life;
	u64 now_ns;

	if (!tcplife_sample_is_tcp(sk))
		return;
	now_ns = ktime_get_ns();
	life = tcplife_lives_open(sk, TCPLIFE_ROLE_ACTIVE, now_ns, &at);
	if (!life)
		return;
	tcplife_sample_flow(life, sk);
	tcplife_sample_bound_port(life, sk);
	tcplife_sample_opener(life, sk);
	if (unlikely(tcp_sk(sk)->repair)) {	/* it began elsewhere */
		life->flags |= TCPLIFE_FLAG_ADOPTED;
		tcplife_lives_begin_late(life, TCPLIFE_STATE_SYN_SENT,
					 TCPLIFE_ROLE_UNKNOWN, now_ns);
	} else {
		tcplife_lives_begin_new(life, TCPLIFE_STATE_SYN_SENT,
					TCPLIFE_ROLE_ACTIVE, now_ns);
	}
	tcplife_lives_unlock(at);
}

/*
 * Does a child end that never was hashed?  It lost a race for its request to
 * another child, which inet_ehash_nolisten() shows by closing it with its port
 * still held, or could not be made, and is dead from birth.  Its cookie is that
 * of the request, or the other child, which goes on.  A subflow of MPTCP that
 * is refused is dead from birth too, and with it its request.
 */
static bool tcplife_hooks_stillborn(const struct tcplife_life *life,
				    const struct sock *sk)
{
	if (sk->sk_state != TCP_SYN_RECV || sk->sk_socket)
		return false;
	return inet_csk(sk)->icsk_bind_hash ||
	       (sock_flag(sk, SOCK_DEAD) && !(life->flags & TCPLIFE_FLAG_MPTCP));
}

/*
 * Accepted, even if another CPU looked at the request meanwhile and released it last:
 * then nobody saw which task it was.
 */
static __always_inline void tcplife_hooks_look(struct tcplife_life *life,
					       const struct sock *sk)
{
	if (sk->sk_socket)
		life->known |= TCPLIFE_KNOWN_ACCEPTED;
}

/*
 * What time is it?  The kernel has just asked if a segment makes the change; so does
 * the last ACK of LAST_ACK: the FIN is acknowledged, and that in this tick.  A socket
 * that is destroyed there has its FIN unacknowledged, or never sent.
 */
static __always_inline u64 tcplife_hooks_now(const struct sock *sk, int new)
{
	if ((new == TCP_ESTABLISHED && !tcp_sk(sk)->repair) ||
	    (new == TCP_CLOSE_WAIT && sk->sk_state == TCP_ESTABLISHED) ||
	    (new == TCP_FIN_WAIT2 && sk->sk_state == TCP_FIN_WAIT1) ||
	    (new == TCP_CLOSE && sk->sk_state == TCP_LAST_ACK &&
	     tcplife_sample_all_acked(sk) && tcplife_sample_just_acked(sk)))
		return tcplife_sample_segment_ns(sk);
	return ktime_get_ns();
}

/* The end of SYN_SENT: what connect() did not know yet. */
static void tcplife_hooks_connected(struct tcplife_life *life, const struct sock *sk)
{
	tcplife_sample_flow(life, sk);
	tcplife_sample_port(life, sk);
	tcplife_sample_isn_local(life, sk);
	tcplife_lives_link(life);
}

/*
 * Does a full socket go to CLOSE as there is no room for its timewait_sock?  Once both
 * sides' FINs are acknowledged, TIME_WAIT is all that may follow these states, and
 * the hook that sees it begin would have turned the life; not one that the walk at load
 * took in meanwhile, but that is a matter of some instructions.
 */
static bool tcplife_hooks_overflowed(const struct tcplife_life *life,
				     const struct sock *sk)
{
	return (life->state == TCPLIFE_STATE_FIN_WAIT2 ||
		life->state == TCPLIFE_STATE_CLOSING) &&
	       sock_flag(sk, SOCK_DONE) &&
	       tcplife_sample_all_acked(sk) &&
	       !tcplife_canary_deaf(TCPLIFE_HOOK_KIND_FTRACE);
}

/* Why else does a full socket go to CLOSE? */
static noinline void tcplife_hooks_explain(struct tcplife_life *life,
					   const struct sock *sk, u64 now_ns)
{
	struct tcplife_close close;

	if (tcplife_hooks_overflowed(life, sk))
		life->time_wait_end = TCPLIFE_TIME_WAIT_END_OVERFLOW;
	tcplife_sample_close(&close, sk);
	if (tcplife_outcome_late_data(life, &close))
		tcplife_lives_note(life, TCPLIFE_EVENT_LATE_DATA, now_ns);
	if (life->state == TCPLIFE_STATE_FIN_WAIT1 && close.unsent)
		life->closer = TCPLIFE_CLOSER_UNKNOWN;	/* its FIN never left */
	tcplife_tracker_end(life, tcplife_outcome_close(life, &close));
	if (tcplife_outcome_resets(life, &close))
		tcplife_lives_note_reset(life, now_ns);
	if (tcplife_outcome_unaccepted(life))
		life->flags |= TCPLIFE_FLAG_UNACCEPTED;
}

/* A full socket goes to CLOSE. */
static noinline void tcplife_hooks_close(const struct sock *sk)
{
	struct tcplife_lives_place at;
	struct tcplife_life *life;
	u64 now_ns;

	life = tcplife_lives_find(tcplife_sample_id(sk), &at);
	if (!life)	/* a timewait_sock has taken its place */
		return;
	if (unlikely(tcplife_hooks_stillborn(life, sk))) {
		tcplife_lives_unlock(at);
		return;
	}
	tcplife_hooks_look(life, sk);
	now_ns = tcplife_hooks_now(sk, TCP_CLOSE);
	if (unlikely(life->state == TCPLIFE_STATE_SYN_SENT))
		tcplife_hooks_connected(life, sk);
	tcplife_sample_figures(life, sk, now_ns);
	if (likely(life->state == TCPLIFE_STATE_LAST_ACK &&
		   tcplife_outcome_is_orderly(life, sock_flag(sk, SOCK_DONE),
					      !tcplife_sample_all_acked(sk)))) {
		tcplife_tracker_end(life, TCPLIFE_OUTCOME_CLOSED);
		if (unlikely(tcplife_outcome_unaccepted(life)))
			life->flags |= TCPLIFE_FLAG_UNACCEPTED;
		tcplife_lives_retire_from(life, at, TCPLIFE_STATE_LAST_ACK, now_ns);
		return;
	}
	tcplife_hooks_explain(life, sk, now_ns);
	tcplife_lives_retire(life, at, now_ns);
}

/* Whatever state it is in: it began by Fast Open, say, or a hook missed one. */
static noinline void tcplife_hooks_enter_anyway(struct tcplife_life *life,
						const struct sock *sk, int new, u64 now_ns)
{
	if (life->state == TCPLIFE_STATE_SYN_SENT)
		tcplife_hooks_connected(life, sk);
	tcplife_lives_enter(life, new, now_ns);
}

/*
 * A connection of which there is no record becomes established: its half-open
 * phase found no room, or it began before the module looked.
 */
static noinline void tcplife_hooks_unknown(const struct sock *sk, u64 now_ns)
{
	struct tcplife_net *net = tcplife_net_here(sock_net(sk));
	bool seen = tcplife_sample_id(sk);	/* a lost one has its cookie */
	bool passive = sk->sk_state == TCP_SYN_RECV;
	u64 id = tcplife_sample_make_id(sk);
	struct tcplife_lives_place at;
	struct tcplife_life *life;

	life = tcplife_lives_add(sk, TCPLIFE_LIVES_SOCKET, &at);
	if (IS_ERR(life)) {
		/* It was adopted a moment ago, in the state before. */
		life = tcplife_lives_find(id, &at);
		if (!life)
			return;
		tcplife_hooks_enter_anyway(life, sk, TCP_ESTABLISHED, now_ns);
		tcplife_lives_unlock(at);
		return;
	}
	life->flags = TCPLIFE_FLAG_ADOPTED;
	if (seen && atomic64_dec_if_positive(&net->lost_embryos) >= 0)
		life->flags = TCPLIFE_FLAG_RECOVERED;
	else if (READ_ONCE(tcplife_hooks_settled))
		atomic64_inc(&tcplife_hooks_missed);
	tcplife_sample_flow(life, sk);
	tcplife_sample_port(life, sk);
	tcplife_lives_begin_late(life, TCPLIFE_STATE_ESTABLISHED,
				 passive ? TCPLIFE_ROLE_PASSIVE :
					   TCPLIFE_ROLE_ACTIVE, now_ns);
	tcplife_lives_unlock(at);
}

/* A full socket enters @new; this and its state @usually are known where this stands. */
static __always_inline void tcplife_hooks_enter(const struct sock *sk, int new,
						enum tcplife_state usually)
{
	struct tcplife_lives_place at;
	struct tcplife_life *life;
	u64 now_ns;

	life = tcplife_lives_find(tcplife_sample_id(sk), &at);
	if (unlikely(!life))
		return;
	/* It closes, so it was accepted: in other states it need not have been. */
	if (new == TCP_FIN_WAIT1 || new == TCP_LAST_ACK)
		tcplife_hooks_look(life, sk);
	now_ns = tcplife_hooks_now(sk, new);
	if (likely(life->state == usually))
		tcplife_lives_enter_from(life, usually, new, now_ns);
	else
		tcplife_hooks_enter_anyway(life, sk, new, now_ns);
	if (new == TCP_CLOSING && tcplife_sample_unsent(sk))
		life->closer = TCPLIFE_CLOSER_REMOTE;	/* our FIN waits behind data */
	tcplife_lives_unlock(at);
}

/* A function for each state, as little is left then of what is asked above. */
static noinline void tcplife_hooks_syn_recv(const struct sock *sk)
{
	struct tcplife_lives_place at;
	struct tcplife_life *life;

	life = tcplife_lives_find(tcplife_sample_id(sk), &at);
	if (!life)
		return;
	tcplife_hooks_enter_anyway(life, sk, TCP_SYN_RECV, ktime_get_ns());
	tcplife_lives_unlock(at);
}

static noinline void tcplife_hooks_fin_wait1(const struct sock *sk)
{
	tcplife_hooks_enter(sk, TCP_FIN_WAIT1, TCPLIFE_STATE_ESTABLISHED);
}

static noinline void tcplife_hooks_fin_wait2(const struct sock *sk)
{
	tcplife_hooks_enter(sk, TCP_FIN_WAIT2, TCPLIFE_STATE_FIN_WAIT1);
}

static noinline void tcplife_hooks_closing(const struct sock *sk)
{
	tcplife_hooks_enter(sk, TCP_CLOSING, TCPLIFE_STATE_FIN_WAIT1);
}

static noinline void tcplife_hooks_close_wait(const struct sock *sk)
{
	tcplife_hooks_enter(sk, TCP_CLOSE_WAIT, TCPLIFE_STATE_ESTABLISHED);
}

static noinline void tcplife_hooks_last_ack(const struct sock *sk)
{
	tcplife_hooks_enter(sk, TCP_LAST_ACK, TCPLIFE_STATE_CLOSE_WAIT);
}

static noinline void tcplife_hooks_established(const struct sock *sk)
{
	struct tcplife_lives_place at;
	struct tcplife_life *life;
	u64 now_ns;

	life = tcplife_lives_find(tcplife_sample_id(sk), &at);
	if (unlikely(!life)) {
		if (tcplife_sample_is_tcp(sk))
			tcplife_hooks_unknown(sk, ktime_get_ns());
		return;
	}
	now_ns = tcplife_hooks_now(sk, TCP_ESTABLISHED);
	tcplife_sample_isn_remote(life, sk);
	if (life->state == TCPLIFE_STATE_SYN_SENT) {
		tcplife_hooks_connected(life, sk);
		tcplife_lives_enter_from(life, TCPLIFE_STATE_SYN_SENT,
					 TCPLIFE_STATE_ESTABLISHED, now_ns);
	} else if (likely(life->state == TCPLIFE_STATE_SYN_RECV)) {
		/* A request is MPTCP's if its listener is, whatever the SYN asked for. */
		if (unlikely(life->flags & TCPLIFE_FLAG_MPTCP) && !sk_is_mptcp(sk))
			life->flags &= ~TCPLIFE_FLAG_MPTCP;
		tcplife_lives_enter_from(life, TCPLIFE_STATE_SYN_RECV,
					 TCPLIFE_STATE_ESTABLISHED, now_ns);
	} else {
		tcplife_hooks_enter_anyway(life, sk, TCP_ESTABLISHED, now_ns);
	}
	tcplife_lives_unlock(at);
}

/*
 * A socket begins to listen.  Before it is bound it has no port to be recorded
 * under; then its first SYN puts it on record.
 */
static noinline void tcplife_hooks_listen(const struct sock *sk)
{
	if (tcplife_sample_is_tcp(sk) && inet_sk(sk)->inet_num)
		tcplife_listeners_open(sk);
}

/*
 * A full socket goes from one state to another.  It may be of another protocol: then
 * it is never put on record, and found by no other hook.
 */
static __always_inline void tcplife_hooks_change(const struct sock *sk, int old, int new)
{
	switch (new) {
	case TCP_LISTEN:
		return tcplife_hooks_listen(sk);
	case TCP_SYN_SENT:
		return tcplife_hooks_connect(sk);
	case TCP_SYN_RECV:
		if (old == TCP_SYN_SENT)
			tcplife_hooks_syn_recv(sk);
		return;
	case TCP_ESTABLISHED:
		if (old != TCP_CLOSE)
			tcplife_hooks_established(sk);
		return;
	case TCP_FIN_WAIT1:
		return tcplife_hooks_fin_wait1(sk);
	case TCP_FIN_WAIT2:
		return tcplife_hooks_fin_wait2(sk);
	case TCP_CLOSE_WAIT:
		return tcplife_hooks_close_wait(sk);
	case TCP_LAST_ACK:
		return tcplife_hooks_last_ack(sk);
	case TCP_CLOSING:
		return tcplife_hooks_closing(sk);
	case TCP_CLOSE:
		if (old == TCP_LISTEN)
			tcplife_listeners_close(sk);
		else if (old != TCP_CLOSE)
			tcplife_hooks_close(sk);
	}
}

/**
 * tcplife_hooks_state - tracepoint inet_sock_set_state
 * @data: not used
 * @sk: full socket, still in state @old
 * @old: TCP_*
 * @new: TCP_*
 *
 * A child leaves LISTEN with the listener's cookie and addresses, so that
 * change is not looked at: its request has told all that is needed.
 */
void tcplife_hooks_state(void *data, const struct sock *sk, const int old,
			 const int new)
{
	tcplife_tracepoint_enter();
	tcplife_hooks_change(sk, old, new);
	tcplife_tracepoint_leave();
}

/**
 * tcplife_hooks_retransmit - tracepoint tcp_retransmit_skb
 * @sk: full socket
 */
void tcplife_hooks_retransmit(const struct sock *sk)
{
	u64 id = tcplife_sample_id(sk), now_ns = ktime_get_ns();
	struct tcplife_lives_place at;
	struct tcplife_life *life;

	if (!tcplife_sample_is_tcp(sk))
		return;
	tcplife_tracepoint_enter();
	life = tcplife_lives_find(id, &at);
	if (!life)
		goto out;
	if (sk->sk_state == TCP_SYN_SENT) {
		tcplife_sample_port(life, sk);
		tcplife_tracker_count_up(&life->syn_retransmits);
		tcplife_lives_note(life, TCPLIFE_EVENT_SYN_RETRANSMIT, now_ns);
		tcplife_stats_add(tcplife_net_here(sock_net(sk))->stats,
				  SYN_RETRANSMITS, 1);
	} else if (sk->sk_state == TCP_SYN_RECV) {
		tcplife_tracker_count_up(&life->synack_retransmits);
		tcplife_lives_note(life, TCPLIFE_EVENT_SYNACK_RETRANSMIT, now_ns);
		tcplife_stats_add(tcplife_net_here(sock_net(sk))->stats,
				  SYNACK_RETRANSMITS, 1);
	} else {
		tcplife_sample_retransmits(life, sk);
		if (!tcplife_timeline_has(life, TCPLIFE_EVENT_RETRANSMIT))
			tcplife_lives_note(life, TCPLIFE_EVENT_RETRANSMIT,
					   now_ns);
		tcplife_stats_add(tcplife_net_here(sock_net(sk))->stats,
				  RETRANSMITS, 1);
	}
	tcplife_lives_unlock(at);
out:
	tcplife_tracepoint_leave();
}

/**
 * tcplife_hooks_reset_sent - tracepoint tcp_send_reset
 * @sk: from 6.10 on NULL or a socket of any kind, before that a full one; a
 *	listener if the segment was for a half-open connection
 * @skb: the segment that is answered, or NULL
 */
void tcplife_hooks_reset_sent(const struct sock *sk, const struct sk_buff *skb)
{
	struct tcplife_lives_place at;
	struct tcplife_life *life;
	u64 id;

	if (!sk || !sk_fullsock(sk) || !tcplife_sample_is_tcp(sk))
		return;
	if (sk->sk_state == TCP_LISTEN) {
		if (skb)
			tcplife_mark_leave(sk, tcplife_sample_sender(skb),
					   tcp_hdr(skb));
		return;
	}
	tcplife_tracepoint_enter();
	id = tcplife_sample_id(sk);
	tcplife_stats_add(tcplife_net_here(sock_net(sk))->stats, RESETS_SENT, 1);
	life = tcplife_lives_find(id, &at);
	if (life) {
		tcplife_lives_note_reset(life, ktime_get_ns());
		tcplife_lives_unlock(at);
	}
	tcplife_tracepoint_leave();
}

/**
 * tcplife_hooks_reset_received - tracepoint tcp_receive_reset
 * @data: not used
 * @sk: full socket
 *
 * Also reached with no RST at all, when data comes after close: the hook on
 * tcp_reset() has said so just before.
 */
void tcplife_hooks_reset_received(void *data, struct sock *sk)
{
	u64 id = tcplife_sample_id(sk);
	struct tcplife_lives_place at;
	struct tcplife_life *life;

	if (!tcplife_sample_is_tcp(sk))
		return;
	tcplife_tracepoint_enter();
	life = tcplife_lives_find(id, &at);
	if (life) {
		if (!(life->known & TCPLIFE_KNOWN_LATE_DATA)) {
			life->flags |= TCPLIFE_FLAG_RST_RECEIVED;
			tcplife_lives_note(life, TCPLIFE_EVENT_RST_RECEIVED,
					   ktime_get_ns());
			tcplife_stats_add(tcplife_net_here(sock_net(sk))->stats,
					  RESETS_RECEIVED, 1);
		}
		tcplife_lives_unlock(at);
	}
	tcplife_tracepoint_leave();
}

static noinline void tcplife_hooks_congested(const struct sock *sk, u8 state)
{
	struct tcplife_lives_place at;
	struct tcplife_life *life;

	tcplife_tracepoint_enter();
	life = tcplife_lives_find(tcplife_sample_id(sk), &at);
	if (life) {
		tcplife_tracker_congestion(life, state, ktime_get_ns());
		tcplife_lives_unlock(at);
	}
	tcplife_tracepoint_leave();
}

/**
 * tcplife_hooks_congestion - tracepoint tcp_cong_state_set
 * @data: not used
 * @sk: full socket, still in the old state
 * @state: enum tcp_ca_state; often the one it is in
 */
void tcplife_hooks_congestion(void *data, struct sock *sk, const u8 state)
{
	if (unlikely(inet_csk(sk)->icsk_ca_state != state))
		tcplife_hooks_congested(sk, state);
}

/**
 * tcplife_hooks_reset_cause - kprobe tcp_reset(sk, skb)
 * @p: not used
 * @regs: the arguments
 *
 * Reached with a RST, or with data that came after the application had closed.
 */
int tcplife_hooks_reset_cause(struct kprobe *p, struct pt_regs *regs)
{
	const struct sock *sk = (void *)regs_get_kernel_argument(regs, 0);
	const struct sk_buff *skb = (void *)regs_get_kernel_argument(regs, 1);
	u64 id = tcplife_sample_id(sk);
	struct tcplife_lives_place at;
	struct tcplife_life *life;

	if (!skb || TCP_SKB_CB(skb)->tcp_flags & TCPHDR_RST)
		return 0;
	life = tcplife_lives_find(id, &at);
	if (!life)
		return 0;
	life->known |= TCPLIFE_KNOWN_LATE_DATA;
	tcplife_lives_note(life, TCPLIFE_EVENT_LATE_DATA, ktime_get_ns());
	tcplife_lives_unlock(at);
	return 0;
}
