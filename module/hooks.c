// SPDX-License-Identifier: GPL-2.0
/*
 * What runs in the kernel's context: one short function a kernel event, which
 * samples the object and tells the table of lives.  What an event means for a
 * life is decided in core/; what is hooked stands in attach.c.
 *
 * Context: process or softirq, interrupts on.  Tracepoint handlers are
 * preemptible and no RCU readers on 7.x, so each takes rcu_read_lock() itself;
 * kprobe handlers run with preemption off.  Nothing here allocates, sleeps,
 * prints, or calls a function that is hooked.
 */
#include <linux/err.h>
#include <linux/percpu.h>
#include <linux/ptrace.h>
#include <linux/ktime.h>
#include <net/tcp.h>

#include "core/timeline.h"
#include "core/tracker.h"
#include "hooks.h"
#include "lives.h"
#include "sample.h"

/**
 * struct tcplife_hooks_mark - what one hook leaves for the next on this CPU
 * @object: the object it is about, compared and never followed
 * @syn: the segment that reached a timewait_sock has SYN set
 * @rst: the segment that reached a timewait_sock has RST set
 *
 * Left and picked up within one run of the softirq that handles a segment.
 */
struct tcplife_hooks_mark {
	const void *object;
	bool syn;
	bool rst;
};

static DEFINE_PER_CPU(struct tcplife_hooks_mark, tcplife_hooks_mark);

static void tcplife_hooks_leave(const void *object, bool syn, bool rst)
{
	struct tcplife_hooks_mark *mark = this_cpu_ptr(&tcplife_hooks_mark);

	mark->object = object;
	mark->syn = syn;
	mark->rst = rst;
}

static struct tcplife_hooks_mark tcplife_hooks_pick_up(const void *object)
{
	struct tcplife_hooks_mark *mark = this_cpu_ptr(&tcplife_hooks_mark);
	struct tcplife_hooks_mark found = { 0 };

	if (mark->object == object) {
		found = *mark;
		mark->object = NULL;
	}
	return found;
}

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

static bool tcplife_hooks_ours(const struct sock *sk)
{
	return sk->sk_protocol == IPPROTO_TCP;
}

/* A connection that begins found no room: it is on the books all the same. */
static void tcplife_hooks_lost(struct tcplife_net *net, enum tcplife_role role)
{
	struct tcplife_stats *s;
	unsigned long flags;

	atomic_inc(&net->lost_embryos);
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
 * Add a record for a connection that begins.  A record that has the id already
 * is of a connection whose end was missed, as a socket may connect again under
 * the same cookie.
 */
static struct tcplife_life *
tcplife_hooks_add(struct tcplife_net *net, u64 id, enum tcplife_role role,
		  u64 now_ns, unsigned long *flags)
{
	struct tcplife_life *life = tcplife_lives_find(id, flags);

	if (life) {
		tcplife_tracker_end(life, TCPLIFE_OUTCOME_MISSED);
		tcplife_lives_retire(life, now_ns, *flags);
	}
	life = tcplife_lives_add(net, id, true, flags);
	if (!IS_ERR(life))
		return life;
	if (life == ERR_PTR(-ENOSPC))
		tcplife_hooks_lost(net, role);
	return NULL;
}

/* CLOSE to SYN_SENT: the task that runs calls connect(). */
static void tcplife_hooks_connect(const struct sock *sk, u64 now_ns)
{
	u64 id = tcplife_sample_make_id(sk);
	struct tcplife_life *life;
	unsigned long flags;

	life = tcplife_hooks_add(tcplife_net_of(sock_net(sk)), id,
				 TCPLIFE_ROLE_ACTIVE, now_ns, &flags);
	if (!life)
		return;
	tcplife_sample_flow(life, sk);
	tcplife_sample_port(life, sk);
	if (in_task())
		tcplife_sample_owner(life, TCPLIFE_OWNER_CONNECT);
	tcplife_lives_begin(life, TCPLIFE_STATE_SYN_SENT, TCPLIFE_ROLE_ACTIVE,
			    now_ns);
	tcplife_lives_unlock(id, flags);
}

/*
 * A connection of which there is no record becomes established: its half-open
 * phase found no room, or it began before the module looked.
 */
static void tcplife_hooks_unknown(const struct sock *sk, u64 now_ns)
{
	struct tcplife_net *net = tcplife_net_of(sock_net(sk));
	bool seen = tcplife_sample_id(sk);	/* a lost one has its cookie */
	bool passive = sk->sk_state == TCP_SYN_RECV;
	u64 id = tcplife_sample_make_id(sk);
	struct tcplife_life *life;
	unsigned long flags;

	life = tcplife_lives_add(net, id, false, &flags);
	if (IS_ERR(life))
		return;
	life->flags = TCPLIFE_FLAG_ADOPTED;
	if (seen && atomic_dec_if_positive(&net->lost_embryos) >= 0)
		life->flags = TCPLIFE_FLAG_RECOVERED;
	else if (READ_ONCE(tcplife_hooks_settled))
		atomic64_inc(&tcplife_hooks_missed);
	tcplife_sample_flow(life, sk);
	tcplife_sample_port(life, sk);
	tcplife_lives_begin(life, TCPLIFE_STATE_ESTABLISHED,
			    passive ? TCPLIFE_ROLE_PASSIVE :
				      TCPLIFE_ROLE_ACTIVE, now_ns);
	tcplife_lives_unlock(id, flags);
}

/* This end sends a RST.  One that closes the connection is noted once. */
static void tcplife_hooks_note_reset(struct tcplife_life *life, u64 now_ns)
{
	if (life->flags & TCPLIFE_FLAG_RST_SENT)
		return;
	life->flags |= TCPLIFE_FLAG_RST_SENT;
	tcplife_lives_note(life, TCPLIFE_EVENT_RST_SENT, now_ns);
}

/* A full socket goes to CLOSE, and no timewait_sock takes its place. */
static void tcplife_hooks_close(struct tcplife_life *life,
				const struct sock *sk, u64 now_ns,
				unsigned long flags)
{
	struct tcplife_close close;

	tcplife_sample_close(&close, sk);
	tcplife_sample_figures(life, sk, now_ns);
	tcplife_tracker_end(life, tcplife_outcome_close(life, &close));
	if (tcplife_outcome_resets(life, &close))
		tcplife_hooks_note_reset(life, now_ns);
	if (tcplife_outcome_overflowed(life, &close))
		life->time_wait_end = TCPLIFE_TIME_WAIT_END_OVERFLOW;
	if (life->role == TCPLIFE_ROLE_PASSIVE &&
	    !(life->known & TCPLIFE_KNOWN_ACCEPTED) &&
	    !(life->flags & TCPLIFE_FLAG_ADOPTED))
		life->flags |= TCPLIFE_FLAG_UNACCEPTED;
	tcplife_lives_retire(life, now_ns, flags);
}

static void tcplife_hooks_change(const struct sock *sk, int new, u64 now_ns)
{
	u64 id = tcplife_sample_id(sk);
	struct tcplife_life *life;
	unsigned long flags;

	life = tcplife_lives_find(id, &flags);
	if (!life) {
		if (new == TCP_ESTABLISHED)
			tcplife_hooks_unknown(sk, now_ns);
		return;
	}
	if (life->known & TCPLIFE_KNOWN_MINISOCK)
		goto out;	/* the timewait_sock has taken over */
	if (life->state == TCPLIFE_STATE_SYN_SENT) {
		tcplife_sample_flow(life, sk);
		tcplife_sample_port(life, sk);
		tcplife_sample_isns(life, sk);
		if (new != TCP_CLOSE) {
			life->isn_remote = tcp_sk(sk)->rcv_nxt - 1;
			life->known |= TCPLIFE_KNOWN_ISN_REMOTE;
		}
	}
	if (new == TCP_CLOSE) {
		tcplife_hooks_close(life, sk, now_ns, flags);
		return;
	}
	tcplife_lives_enter(life, new, now_ns);
out:
	tcplife_lives_unlock(id, flags);
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
	if (!tcplife_hooks_ours(sk) || old == TCP_LISTEN || new == TCP_LISTEN)
		return;
	rcu_read_lock();
	if (new == TCP_SYN_SENT)
		tcplife_hooks_connect(sk, ktime_get_ns());
	else if (old != TCP_CLOSE)
		tcplife_hooks_change(sk, new, ktime_get_ns());
	rcu_read_unlock();
}

static void tcplife_hooks_count_up(u8 *counter)
{
	if (*counter < 255)
		(*counter)++;
}

/**
 * tcplife_hooks_retransmit - tracepoint tcp_retransmit_skb
 * @sk: full socket
 */
void tcplife_hooks_retransmit(const struct sock *sk)
{
	u64 id = tcplife_sample_id(sk), now_ns = ktime_get_ns();
	struct tcplife_life *life;
	unsigned long flags;

	if (!tcplife_hooks_ours(sk))
		return;
	rcu_read_lock();
	life = tcplife_lives_find(id, &flags);
	if (!life)
		goto out;
	if (sk->sk_state == TCP_SYN_SENT) {
		tcplife_hooks_count_up(&life->syn_retransmits);
		tcplife_lives_note(life, TCPLIFE_EVENT_SYN_RETRANSMIT, now_ns);
		tcplife_stats_add(tcplife_net_of(sock_net(sk))->stats,
				  SYN_RETRANSMITS, 1);
	} else if (sk->sk_state == TCP_SYN_RECV) {
		tcplife_hooks_count_up(&life->synack_retransmits);
		tcplife_lives_note(life, TCPLIFE_EVENT_SYNACK_RETRANSMIT, now_ns);
		tcplife_stats_add(tcplife_net_of(sock_net(sk))->stats,
				  SYNACK_RETRANSMITS, 1);
	} else {
		tcplife_sample_retransmits(life, sk);
		if (!tcplife_timeline_has(life, TCPLIFE_EVENT_RETRANSMIT))
			tcplife_lives_note(life, TCPLIFE_EVENT_RETRANSMIT,
					   now_ns);
		tcplife_stats_add(tcplife_net_of(sock_net(sk))->stats,
				  RETRANSMITS, 1);
	}
	tcplife_lives_unlock(id, flags);
out:
	rcu_read_unlock();
}

/**
 * tcplife_hooks_reset_sent - tracepoint tcp_send_reset
 * @sk: from 6.10 on NULL or a socket of any kind, before that a full one
 */
void tcplife_hooks_reset_sent(const struct sock *sk)
{
	struct tcplife_life *life;
	unsigned long flags;
	u64 id;

	if (!sk || !sk_fullsock(sk) || !tcplife_hooks_ours(sk) ||
	    sk->sk_state == TCP_LISTEN)
		return;
	rcu_read_lock();
	id = tcplife_sample_id(sk);
	tcplife_stats_add(tcplife_net_of(sock_net(sk))->stats, RESETS_SENT, 1);
	life = tcplife_lives_find(id, &flags);
	if (life) {
		tcplife_hooks_note_reset(life, ktime_get_ns());
		tcplife_lives_unlock(id, flags);
	}
	rcu_read_unlock();
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
	struct tcplife_life *life;
	unsigned long flags;

	if (!tcplife_hooks_ours(sk))
		return;
	rcu_read_lock();
	life = tcplife_lives_find(id, &flags);
	if (life) {
		if (!(life->known & TCPLIFE_KNOWN_LATE_DATA)) {
			life->flags |= TCPLIFE_FLAG_RST_RECEIVED;
			tcplife_lives_note(life, TCPLIFE_EVENT_RST_RECEIVED,
					   ktime_get_ns());
			tcplife_stats_add(tcplife_net_of(sock_net(sk))->stats,
					  RESETS_RECEIVED, 1);
		}
		tcplife_lives_unlock(id, flags);
	}
	rcu_read_unlock();
}

/**
 * tcplife_hooks_congestion - tracepoint tcp_cong_state_set
 * @data: not used
 * @sk: full socket, still in the old state
 * @state: enum tcp_ca_state; often the one it is in
 */
void tcplife_hooks_congestion(void *data, struct sock *sk, const u8 state)
{
	u64 id = tcplife_sample_id(sk);
	struct tcplife_life *life;
	unsigned long flags;

	if (inet_csk(sk)->icsk_ca_state == state)
		return;
	rcu_read_lock();
	life = tcplife_lives_find(id, &flags);
	if (life) {
		tcplife_tracker_congestion(life, state, ktime_get_ns());
		tcplife_lives_unlock(id, flags);
	}
	rcu_read_unlock();
}

/* A connection becomes half open. */
static void tcplife_hooks_half_open(const struct sock *object,
				    const struct request_sock *req, u16 special,
				    u64 now_ns)
{
	u64 id = tcplife_sample_make_id(object);
	struct tcplife_life *life;
	unsigned long flags;

	life = tcplife_hooks_add(tcplife_net_of(sock_net(object)), id,
				 TCPLIFE_ROLE_PASSIVE, now_ns, &flags);
	if (!life)
		return;
	life->flags = special;
	tcplife_sample_request(life, req);
	tcplife_lives_begin(life, TCPLIFE_STATE_SYN_RECV, TCPLIFE_ROLE_PASSIVE,
			    now_ns);
	tcplife_lives_unlock(id, flags);
}

/* The SYN-ACK of a connection on record is sent again.  False: not on record. */
static bool tcplife_hooks_synack_again(u64 id, u64 now_ns)
{
	struct tcplife_life *life;
	struct tcplife_net *net;
	unsigned long flags;

	life = tcplife_lives_find(id, &flags);
	if (!life)
		return false;
	net = life->net;
	tcplife_hooks_count_up(&life->synack_retransmits);
	tcplife_lives_note(life, TCPLIFE_EVENT_SYNACK_RETRANSMIT, now_ns);
	tcplife_stats_add(net->stats, SYNACK_RETRANSMITS, 1);
	tcplife_lives_unlock(id, flags);
	return true;
}

/**
 * tcplife_hooks_synack - kprobe tcp_make_synack(sk, dst, req, foc, type, skb)
 * @p: not used
 * @regs: the arguments
 *
 * A SYN-ACK is built: for the first time, again, with a cookie (then nothing
 * remains of the request), or with Fast Open (then @sk is the child and not
 * the listener).  A request without a record that has a cookie already is one
 * that found no room.
 */
int tcplife_hooks_synack(struct kprobe *p, struct pt_regs *regs)
{
	const struct sock *sk = (void *)regs_get_kernel_argument(regs, 0);
	struct request_sock *req = (void *)regs_get_kernel_argument(regs, 2);
	unsigned int type = (unsigned int)regs_get_kernel_argument(regs, 4);
	const struct sock *object = req_to_sk(req);
	u64 now_ns = ktime_get_ns();

	if (type == TCP_SYNACK_COOKIE) {
		tcplife_stats_add(tcplife_net_of(sock_net(sk))->stats,
				  SYNCOOKIES_SENT, 1);
		return 0;
	}
	if (READ_ONCE(sk->sk_state) == TCP_SYN_RECV)
		object = sk;
	if (tcplife_sample_id(object)) {
		tcplife_hooks_synack_again(tcplife_sample_id(object), now_ns);
		return 0;
	}
	tcplife_hooks_half_open(object, req,
				object == sk ? TCPLIFE_FLAG_FASTOPEN : 0,
				now_ns);
	return 0;
}

/**
 * tcplife_hooks_cookie_valid - kprobe tcp_get_cookie_sock(sk, skb, req, ...)
 * @p: not used
 * @regs: the arguments
 *
 * The ACK of a SYN cookie proved valid and @req was rebuilt from it: the
 * connection is half open for the moment until its child exists.
 */
int tcplife_hooks_cookie_valid(struct kprobe *p, struct pt_regs *regs)
{
	const struct sock *sk = (void *)regs_get_kernel_argument(regs, 0);
	struct request_sock *req = (void *)regs_get_kernel_argument(regs, 2);

	tcplife_stats_add(tcplife_net_of(sock_net(sk))->stats,
			  SYNCOOKIES_VALIDATED, 1);
	tcplife_hooks_half_open(req_to_sk(req), req, TCPLIFE_FLAG_COOKIE,
				ktime_get_ns());
	return 0;
}

/* The request became a child, and the memory of it is released. */
static void tcplife_hooks_accepted(struct tcplife_life *life,
				   const struct request_sock *req, u64 now_ns)
{
	const struct sock *listener = req->rsk_listener;

	if (!in_task() || !listener ||
	    READ_ONCE(listener->sk_state) != TCP_LISTEN)
		return;
	life->known |= TCPLIFE_KNOWN_ACCEPTED;
	tcplife_sample_owner(life, TCPLIFE_OWNER_ACCEPT);
	tcplife_lives_note(life, TCPLIFE_EVENT_ACCEPTED, now_ns);
}

/**
 * tcplife_hooks_request_end - kprobe tcp_v4/v6_reqsk_destructor(req)
 * @p: not used
 * @regs: the arguments
 *
 * The end of every request_sock: its child was accepted, or it is dropped.
 */
int tcplife_hooks_request_end(struct kprobe *p, struct pt_regs *regs)
{
	const struct request_sock *req = (void *)regs_get_kernel_argument(regs, 0);
	const struct sock *child = req->sk;
	u64 id = tcplife_sample_id(child ? child :
				   req_to_sk((struct request_sock *)req));
	struct tcplife_drop drop = { 0 };
	struct tcplife_life *life;
	u64 now_ns = ktime_get_ns();
	unsigned long flags;

	life = tcplife_lives_find(id, &flags);
	if (!life)
		return 0;
	if (child) {
		tcplife_hooks_accepted(life, req, now_ns);
	} else if (life->known & TCPLIFE_KNOWN_MIGRATING) {
		life->known &= ~TCPLIFE_KNOWN_MIGRATING;
	} else if (life->state == TCPLIFE_STATE_SYN_RECV) {
		tcplife_sample_drop(&drop, req);
		drop.icmp = tcplife_hooks_pick_up(req).object;
		drop.cookie = life->flags & TCPLIFE_FLAG_COOKIE;
		tcplife_tracker_end(life, tcplife_outcome_drop(&drop));
		tcplife_lives_retire(life, now_ns, flags);
		return 0;
	}
	tcplife_lives_unlock(id, flags);
	return 0;
}

/**
 * tcplife_hooks_request_icmp - kprobe tcp_req_err(req, seq, abort)
 * @p: not used
 * @regs: the arguments
 */
int tcplife_hooks_request_icmp(struct kprobe *p, struct pt_regs *regs)
{
	if ((bool)regs_get_kernel_argument(regs, 2))
		tcplife_hooks_leave((void *)regs_get_kernel_argument(regs, 0),
				    false, false);
	return 0;
}

/**
 * tcplife_hooks_request_clone - kprobe inet_reqsk_clone(req, sk)
 * @p: not used
 * @regs: the arguments
 *
 * The request moves to another listener of its group: a copy with the same
 * cookie goes on, and the end of the original is not the connection's.
 */
int tcplife_hooks_request_clone(struct kprobe *p, struct pt_regs *regs)
{
	struct request_sock *req = (void *)regs_get_kernel_argument(regs, 0);
	u64 id = tcplife_sample_id(req_to_sk(req));
	struct tcplife_life *life;
	unsigned long flags;

	life = tcplife_lives_find(id, &flags);
	if (!life)
		return 0;
	life->flags |= TCPLIFE_FLAG_MIGRATED;
	if (!req->sk)
		life->known |= TCPLIFE_KNOWN_MIGRATING;
	tcplife_lives_unlock(id, flags);
	return 0;
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
	struct tcplife_life *life;
	unsigned long flags;

	if (!skb || TCP_SKB_CB(skb)->tcp_flags & TCPHDR_RST)
		return 0;
	life = tcplife_lives_find(id, &flags);
	if (!life)
		return 0;
	life->known |= TCPLIFE_KNOWN_LATE_DATA;
	tcplife_lives_note(life, TCPLIFE_EVENT_LATE_DATA, ktime_get_ns());
	tcplife_lives_unlock(id, flags);
	return 0;
}

/* The application is done and both FINs are acknowledged. */
static void tcplife_hooks_time_wait(struct tcplife_life *life, u64 now_ns)
{
	tcplife_tracker_end(life, TCPLIFE_OUTCOME_CLOSED);
	tcplife_lives_enter(life, TCPLIFE_STATE_TIME_WAIT, now_ns);
}

/**
 * tcplife_hooks_minisock - kprobe inet_twsk_hashdance[_schedule](tw, sk, ...)
 * @p: not used
 * @regs: the arguments
 *
 * A timewait_sock takes the place of the socket, for TIME_WAIT, or already for
 * FIN_WAIT2 if no process holds the socket any more.
 */
int tcplife_hooks_minisock(struct kprobe *p, struct pt_regs *regs)
{
	const struct inet_timewait_sock *tw =
		(void *)regs_get_kernel_argument(regs, 0);
	const struct sock *sk = (void *)regs_get_kernel_argument(regs, 1);
	u64 id = tcplife_sample_id(sk), now_ns = ktime_get_ns();
	struct tcplife_life *life;
	unsigned long flags;

	if (!tcplife_hooks_ours(sk))
		return 0;
	life = tcplife_lives_find(id, &flags);
	if (!life)
		return 0;
	tcplife_sample_figures(life, sk, now_ns);
	life->known |= TCPLIFE_KNOWN_MINISOCK;
	if (tw->tw_substate == TCP_TIME_WAIT)
		tcplife_hooks_time_wait(life, now_ns);
	else
		tcplife_lives_enter(life, TCPLIFE_STATE_FIN_WAIT2, now_ns);
	tcplife_lives_unlock(id, flags);
	return 0;
}

/**
 * tcplife_hooks_minisock_segment - kprobe tcp_timewait_state_process(tw, skb, th)
 * @p: not used
 * @regs: the arguments
 */
int tcplife_hooks_minisock_segment(struct kprobe *p, struct pt_regs *regs)
{
	const struct tcphdr *th = (void *)regs_get_kernel_argument(regs, 2);

	tcplife_hooks_leave((void *)regs_get_kernel_argument(regs, 0), th->syn,
			    th->rst);
	return 0;
}

/**
 * tcplife_hooks_minisock_timer - kprobe __inet_twsk_schedule(tw, timeo, rearm)
 * @p: not used
 * @regs: the arguments
 *
 * Rearmed: the FIN that FIN_WAIT2 waited for has come, or TIME_WAIT restarts.
 */
int tcplife_hooks_minisock_timer(struct kprobe *p, struct pt_regs *regs)
{
	const struct inet_timewait_sock *tw =
		(void *)regs_get_kernel_argument(regs, 0);
	u64 id = tcplife_sample_id((const struct sock *)tw);
	u64 now_ns = ktime_get_ns();
	struct tcplife_life *life;
	unsigned long flags;

	if (!(bool)regs_get_kernel_argument(regs, 2) ||
	    tw->tw_substate != TCP_TIME_WAIT)
		return 0;
	life = tcplife_lives_find(id, &flags);
	if (!life)
		return 0;
	if (life->state != TCPLIFE_STATE_TIME_WAIT)
		tcplife_hooks_time_wait(life, now_ns);
	else if (!tcplife_timeline_has(life, TCPLIFE_EVENT_TIME_WAIT_RESTART))
		tcplife_lives_note(life, TCPLIFE_EVENT_TIME_WAIT_RESTART,
				   now_ns);
	tcplife_lives_unlock(id, flags);
	return 0;
}

/**
 * tcplife_hooks_minisock_end - kprobe inet_twsk_kill(tw)
 * @p: not used
 * @regs: the arguments
 */
int tcplife_hooks_minisock_end(struct kprobe *p, struct pt_regs *regs)
{
	const struct inet_timewait_sock *tw =
		(void *)regs_get_kernel_argument(regs, 0);
	u64 id = tcplife_sample_id((const struct sock *)tw);
	struct tcplife_hooks_mark mark;
	struct tcplife_kill kill;
	struct tcplife_life *life;
	unsigned long flags;

	life = tcplife_lives_find(id, &flags);
	if (!life)
		return 0;
	mark = tcplife_hooks_pick_up(tw);
	tcplife_sample_kill(&kill, tw);
	kill.syn = mark.syn;
	kill.rst = mark.rst;
	if (life->state == TCPLIFE_STATE_TIME_WAIT)
		life->time_wait_end = tcplife_outcome_time_wait(&kill);
	else
		tcplife_tracker_end(life, tcplife_outcome_kill(&kill));
	tcplife_lives_retire(life, ktime_get_ns(), flags);
	return 0;
}
