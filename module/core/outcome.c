// SPDX-License-Identifier: GPL-2.0
/*
 * Why a connection ended: by the path of its states and the error its socket
 * was left with, never by byte counts.  One function for each of the three
 * objects that a connection can end as.
 *
 * Pure: no locks, no kernel.
 */
#include "outcome.h"
#include "timeline.h"

/* The end of an attempt to connect (SYN_SENT, and SYN_RECV if we sent a SYN). */
static enum tcplife_outcome
tcplife_outcome_connecting(const struct tcplife_life *life, int error)
{
	if (life->flags & TCPLIFE_FLAG_RST_RECEIVED)
		return TCPLIFE_OUTCOME_REFUSED;
	switch (error) {
	case 0:
		return TCPLIFE_OUTCOME_CONNECT_ABORTED;
	case ETIMEDOUT:
		return TCPLIFE_OUTCOME_CONNECT_TIMEOUT;
	case ECONNABORTED:
		return TCPLIFE_OUTCOME_KILLED;
	default:
		return TCPLIFE_OUTCOME_UNREACHABLE;
	}
}

/* The end of a child that was never established, as with TCP Fast Open. */
static enum tcplife_outcome
tcplife_outcome_embryo(const struct tcplife_life *life, int error)
{
	if (life->flags & TCPLIFE_FLAG_RST_RECEIVED)
		return TCPLIFE_OUTCOME_HALF_OPEN_RESET;
	switch (error) {
	case 0:
		return life->flags & TCPLIFE_FLAG_FASTOPEN ?
			TCPLIFE_OUTCOME_RESET_LOCAL :
			TCPLIFE_OUTCOME_HALF_OPEN_DROPPED;
	case ETIMEDOUT:
		return TCPLIFE_OUTCOME_HALF_OPEN_EXPIRED;
	case ECONNABORTED:
		return TCPLIFE_OUTCOME_KILLED;
	default:
		return TCPLIFE_OUTCOME_HALF_OPEN_UNREACHABLE;
	}
}

/* CLOSE without an error: FINs on both sides, or somebody here gave up. */
static enum tcplife_outcome
tcplife_outcome_quiet(const struct tcplife_life *life,
		      const struct tcplife_close *close)
{
	switch (life->state) {
	case TCPLIFE_STATE_LAST_ACK:
	case TCPLIFE_STATE_CLOSING:
	case TCPLIFE_STATE_FIN_WAIT1:
	case TCPLIFE_STATE_FIN_WAIT2:
		if (close->fin_received && !close->unacked && !close->unsent)
			return TCPLIFE_OUTCOME_CLOSED;
		if (tcplife_outcome_late_data(life, close))
			return TCPLIFE_OUTCOME_DATA_AFTER_CLOSE;
		return close->orphan ? TCPLIFE_OUTCOME_ORPHAN_KILLED :
				       TCPLIFE_OUTCOME_RESET_LOCAL;
	default:
		return tcplife_outcome_unaccepted(life) ?
			TCPLIFE_OUTCOME_NOT_ACCEPTED :
			TCPLIFE_OUTCOME_RESET_LOCAL;
	}
}

/* CLOSE with an error that is no reset: a timer gave up. */
static enum tcplife_outcome
tcplife_outcome_timeout(const struct tcplife_close *close)
{
	if (close->unacked)
		return TCPLIFE_OUTCOME_RETRANSMIT_TIMEOUT;
	if (close->unsent)
		return TCPLIFE_OUTCOME_ZERO_WINDOW_TIMEOUT;
	return TCPLIFE_OUTCOME_KEEPALIVE_TIMEOUT;
}

/**
 * tcplife_outcome_close - why a full socket went to CLOSE
 * @life: the life, still in the state before CLOSE
 * @close: what the socket shows
 */
enum tcplife_outcome tcplife_outcome_close(const struct tcplife_life *life,
					   const struct tcplife_close *close)
{
	if (life->state == TCPLIFE_STATE_SYN_SENT)
		return tcplife_outcome_connecting(life, close->error);
	if (life->state == TCPLIFE_STATE_SYN_RECV)
		return life->role == TCPLIFE_ROLE_SIMULTANEOUS ?
			tcplife_outcome_connecting(life, close->error) :
			tcplife_outcome_embryo(life, close->error);
	if (tcplife_outcome_is_orderly(life, close->fin_received,
				       close->unacked || close->unsent))
		return TCPLIFE_OUTCOME_CLOSED;
	switch (close->error) {
	case 0:
		return tcplife_outcome_quiet(life, close);
	case ECONNABORTED:
		return TCPLIFE_OUTCOME_KILLED;
	case ECONNRESET:
	case EPIPE:
		if (life->known & TCPLIFE_KNOWN_LATE_DATA)
			return TCPLIFE_OUTCOME_DATA_AFTER_CLOSE;
		if (life->flags & TCPLIFE_FLAG_RST_RECEIVED)
			return TCPLIFE_OUTCOME_RESET_REMOTE;
		return tcplife_outcome_quiet(life, close);	/* sockmap's */
	case EBADMSG:						/* of MPTCP, or TLS */
		return tcplife_outcome_quiet(life, close);
	default:
		/* An error that is left from before has not closed it. */
		return close->called ? tcplife_outcome_quiet(life, close) :
				       tcplife_outcome_timeout(close);
	}
}

/**
 * tcplife_outcome_resets - does this end send a RST as it closes?
 * @life: the life, with its outcome, still in the state before CLOSE
 * @close: what the socket shows
 *
 * The kernel sends it right after the change to CLOSE, when the life is over:
 * tcp_disconnect() and __tcp_close() for an abort (RFC 9293 section 3.10.5),
 * tcp_v4_do_rcv() for data after close.
 */
bool tcplife_outcome_resets(const struct tcplife_life *life,
			    const struct tcplife_close *close)
{
	switch (life->outcome) {
	case TCPLIFE_OUTCOME_DATA_AFTER_CLOSE:
		return true;
	case TCPLIFE_OUTCOME_ORPHAN_KILLED:
		if (life->time_wait_end == TCPLIFE_TIME_WAIT_END_OVERFLOW)
			return false;
		return close->in_task ||
		       (life->state == TCPLIFE_STATE_FIN_WAIT2 &&
			close->no_linger);
	case TCPLIFE_OUTCOME_CONNECT_ABORTED:
		return life->state == TCPLIFE_STATE_SYN_RECV && !close->repair;
	case TCPLIFE_OUTCOME_NOT_ACCEPTED:
	case TCPLIFE_OUTCOME_RESET_LOCAL:
		if (life->state == TCPLIFE_STATE_LAST_ACK ||
		    life->state == TCPLIFE_STATE_CLOSING)
			return (close->unsent || close->unread) && !close->repair;
		return !close->repair;
	default:
		return false;
	}
}

/**
 * tcplife_outcome_given_up - was a RST sent since FIN_WAIT2?
 * @life: the life, in FIN_WAIT2
 *
 * That is how a timer gives up an orphan.  A RST of before, as of a SYN-ACK that
 * did not fit, says nothing.
 */
bool tcplife_outcome_given_up(const struct tcplife_life *life)
{
	unsigned int i = life->timeline_len;

	while (i--) {
		switch (tcplife_timeline_event(life, i)) {
		case TCPLIFE_EVENT_RST_SENT:
			return true;
		case TCPLIFE_EVENT_FIN_WAIT2:
			return false;
		default:
			break;
		}
	}
	return false;
}

/**
 * tcplife_outcome_late_data - did data meet an orphan whose FIN it acknowledged?
 * @life: the life, still in the state before CLOSE
 * @close: what the socket shows
 *
 * tcp_rcv_state_process() then goes from FIN_WAIT1 to FIN_WAIT2 and on to CLOSE,
 * and has the data answered by a RST (RFC 9293 section 3.10.4), without
 * tcp_reset().  No other way leads an orphan there but TCP_LINGER2, a table of
 * timewait_socks that is full, and a shortage of memory at close().
 */
bool tcplife_outcome_late_data(const struct tcplife_life *life,
			       const struct tcplife_close *close)
{
	return life->state == TCPLIFE_STATE_FIN_WAIT2 && close->orphan &&
	       !close->error && !close->fin_received && !close->no_linger &&
	       life->time_wait_end == TCPLIFE_TIME_WAIT_END_NONE &&
	       !tcplife_outcome_given_up(life);
}

/**
 * tcplife_outcome_drop - why a request_sock ended without a child
 * @drop: what the request shows
 */
enum tcplife_outcome tcplife_outcome_drop(const struct tcplife_drop *drop)
{
	if (drop->netns_dying)
		return TCPLIFE_OUTCOME_NETNS_DELETED;
	if (drop->cookie)	/* knows no listener */
		return TCPLIFE_OUTCOME_HALF_OPEN_DROPPED;
	if (!drop->listening)
		return TCPLIFE_OUTCOME_LISTENER_CLOSED;
	if (drop->timed_out)
		return drop->acked ? TCPLIFE_OUTCOME_HALF_OPEN_DROPPED :
				     TCPLIFE_OUTCOME_HALF_OPEN_EXPIRED;
	if (drop->in_task)
		return TCPLIFE_OUTCOME_KILLED;
	if (drop->icmp)
		return TCPLIFE_OUTCOME_HALF_OPEN_UNREACHABLE;
	if (drop->reset && !drop->syn)	/* tcp_abort_on_overflow */
		return TCPLIFE_OUTCOME_HALF_OPEN_DROPPED;
	return drop->disowned ? TCPLIFE_OUTCOME_STALE_SYN :
				TCPLIFE_OUTCOME_HALF_OPEN_RESET;
}

/**
 * tcplife_outcome_kill - why a timewait_sock ended that stood for FIN_WAIT2
 * @kill: what the timewait_sock shows
 */
enum tcplife_outcome tcplife_outcome_kill(const struct tcplife_kill *kill)
{
	if (kill->netns_dying)
		return TCPLIFE_OUTCOME_NETNS_DELETED;
	if (kill->timed_out)
		return TCPLIFE_OUTCOME_FIN_WAIT2_TIMEOUT;
	if (kill->in_task && !kill->segment)
		return TCPLIFE_OUTCOME_KILLED;
	return kill->rst ? TCPLIFE_OUTCOME_RESET_REMOTE :
			   TCPLIFE_OUTCOME_DATA_AFTER_CLOSE;
}

/**
 * tcplife_outcome_time_wait - what ended TIME_WAIT
 * @kill: what the timewait_sock shows
 */
enum tcplife_time_wait_end
tcplife_outcome_time_wait(const struct tcplife_kill *kill)
{
	if (kill->netns_dying)
		return TCPLIFE_TIME_WAIT_END_NETNS_DELETED;
	if (kill->timed_out)
		return TCPLIFE_TIME_WAIT_END_EXPIRED;
	if (kill->in_task && !kill->syn && !kill->rst)
		return TCPLIFE_TIME_WAIT_END_REUSED;
	return kill->syn && !kill->rst ? TCPLIFE_TIME_WAIT_END_REOPENED :
					 TCPLIFE_TIME_WAIT_END_RESET;
}
