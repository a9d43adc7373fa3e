// SPDX-License-Identifier: GPL-2.0
/*
 * Hooks on timewait_socks, which stand in for a socket in TIME_WAIT, and in
 * FIN_WAIT2 once no process holds it any more.
 *
 * Context: handlers of ftrace, in process or softirq, preemption off, interrupts
 * on.  Nothing here allocates, sleeps, prints, or calls a hooked function.
 */
#include <linux/ktime.h>
#include <linux/ptrace.h>
#include <net/tcp.h>

#include "core/timeline.h"
#include "core/tracker.h"
#include "hooks.h"
#include "lives.h"
#include "mark.h"
#include "sample.h"

/* The application is done and both FINs are acknowledged. */
static __always_inline void tcplife_minisock_time_wait(struct tcplife_life *life, u64 now_ns)
{
	tcplife_tracker_end(life, TCPLIFE_OUTCOME_CLOSED);
	if (likely(life->state == TCPLIFE_STATE_FIN_WAIT2))
		tcplife_lives_enter_from(life, TCPLIFE_STATE_FIN_WAIT2,
					 TCPLIFE_STATE_TIME_WAIT, now_ns);
	else
		tcplife_lives_enter(life, TCPLIFE_STATE_TIME_WAIT, now_ns);
}

static noinline void tcplife_minisock_want(const struct sock *sk)
{
	struct tcplife_lives_place at;
	struct tcplife_life *life;

	life = tcplife_lives_find(tcplife_sample_id(sk), &at);
	if (!life)
		return;
	life->time_wait_end = TCPLIFE_TIME_WAIT_END_OVERFLOW;
	tcplife_lives_unlock(at);
}

/**
 * tcplife_minisock_wanted - ftrace tcp_time_wait(sk, state, timeo)
 * @regs: the arguments
 *
 * A timewait_sock is to take the place of the socket, for FIN_WAIT2: there is no
 * room for one, until tcplife_minisock_begin() shows that there is.  That there is none
 * for TIME_WAIT is seen as the socket goes to CLOSE.
 */
void tcplife_minisock_wanted(struct pt_regs *regs)
{
	if ((int)regs_get_kernel_argument(regs, 1) == TCP_FIN_WAIT2)
		tcplife_minisock_want((void *)regs_get_kernel_argument(regs, 0));
}

/**
 * tcplife_minisock_begin - ftrace inet_twsk_hashdance[_schedule](tw, sk, ...)
 * @regs: the arguments
 *
 * A timewait_sock takes the place of the socket, for TIME_WAIT, or already for
 * FIN_WAIT2 if no process holds the socket any more.
 */
void tcplife_minisock_begin(struct pt_regs *regs)
{
	const struct inet_timewait_sock *tw =
		(void *)regs_get_kernel_argument(regs, 0);
	const struct sock *sk = (void *)regs_get_kernel_argument(regs, 1);
	u64 id = tcplife_sample_id(sk), now_ns;
	struct tcplife_lives_place at;
	struct tcplife_life *life;

	life = tcplife_lives_find(id, &at);
	if (!life)
		return;
	/* TIME_WAIT begins with a segment, FIN_WAIT2 without a process may not. */
	if (likely(tw->tw_substate == TCP_TIME_WAIT)) {
		now_ns = tcplife_sample_segment_ns(sk);
		tcplife_sample_figures(life, sk, now_ns);
		tcplife_minisock_time_wait(life, now_ns);
	} else {
		now_ns = ktime_get_ns();
		tcplife_sample_figures(life, sk, now_ns);
		life->time_wait_end = TCPLIFE_TIME_WAIT_END_NONE;
		tcplife_lives_enter(life, TCPLIFE_STATE_FIN_WAIT2, now_ns);
	}
	tcplife_lives_turn_minisock(life, (const struct sock *)tw, at);
	tcplife_lives_unlock(at);
}

/**
 * tcplife_minisock_segment - ftrace tcp_timewait_state_process(tw, skb, th)
 * @regs: the arguments
 */
void tcplife_minisock_segment(struct pt_regs *regs)
{
	tcplife_mark_leave((void *)regs_get_kernel_argument(regs, 0), 0,
			   (void *)regs_get_kernel_argument(regs, 2));
}

static noinline void tcplife_minisock_rearmed(const struct inet_timewait_sock *tw)
{
	struct tcplife_lives_place at;
	struct tcplife_life *life;
	u64 now_ns;

	life = tcplife_lives_find_minisock((const struct sock *)tw, &at);
	if (!life)
		return;
	now_ns = ktime_get_ns();
	if (life->state != TCPLIFE_STATE_TIME_WAIT)
		tcplife_minisock_time_wait(life, now_ns);
	else if (!tcplife_timeline_has(life, TCPLIFE_EVENT_TIME_WAIT_RESTART))
		tcplife_lives_note(life, TCPLIFE_EVENT_TIME_WAIT_RESTART,
				   now_ns);
	tcplife_lives_unlock(at);
}

/**
 * tcplife_minisock_timer - ftrace __inet_twsk_schedule(tw, timeo, rearm)
 * @regs: the arguments
 *
 * Rearmed: the FIN that FIN_WAIT2 waited for has come, or TIME_WAIT restarts.
 */
void tcplife_minisock_timer(struct pt_regs *regs)
{
	const struct inet_timewait_sock *tw =
		(void *)regs_get_kernel_argument(regs, 0);

	if ((bool)regs_get_kernel_argument(regs, 2) &&
	    tw->tw_substate == TCP_TIME_WAIT)
		tcplife_minisock_rearmed(tw);
}

/* Why else does a timewait_sock end? */
static noinline void tcplife_minisock_explain(struct tcplife_life *life,
					      const struct inet_timewait_sock *tw,
					      u64 now_ns)
{
	struct tcplife_mark mark = tcplife_mark_pick_up(tw, 0, now_ns);
	struct tcplife_kill kill;

	tcplife_sample_kill(&kill, tw);
	kill.segment = mark.object;
	kill.syn = mark.syn;
	kill.rst = mark.rst;
	if (life->state == TCPLIFE_STATE_TIME_WAIT)
		life->time_wait_end = tcplife_outcome_time_wait(&kill);
	else
		tcplife_tracker_end(life, tcplife_outcome_kill(&kill));
}

/**
 * tcplife_minisock_end - ftrace inet_twsk_kill(tw)
 * @regs: the arguments
 */
void tcplife_minisock_end(struct pt_regs *regs)
{
	const struct inet_timewait_sock *tw =
		(void *)regs_get_kernel_argument(regs, 0);
	struct tcplife_lives_place at;
	struct tcplife_life *life;
	u64 now_ns;

	life = tcplife_lives_find_minisock((const struct sock *)tw, &at);
	if (!life)
		return;
	now_ns = ktime_get_ns();
	if (likely(life->state == TCPLIFE_STATE_TIME_WAIT &&
		   tcplife_sample_has_expired(tw))) {
		life->time_wait_end = TCPLIFE_TIME_WAIT_END_EXPIRED;
		tcplife_lives_retire_from(life, at, TCPLIFE_STATE_TIME_WAIT, now_ns);
	} else {
		tcplife_minisock_explain(life, tw, now_ns);
		tcplife_lives_retire(life, at, now_ns);
	}
}
