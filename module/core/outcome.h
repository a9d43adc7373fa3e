/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFE_CORE_OUTCOME_H
#define TCPLIFE_CORE_OUTCOME_H

#include "life.h"

/**
 * struct tcplife_close - what is known of a socket as it goes to CLOSE
 * @error: sk_err, an errno or 0
 * @orphan: no process holds the socket any more (SOCK_DEAD)
 * @fin_received: the peer's FIN has come (SOCK_DONE)
 * @unacked: something sent is not acknowledged (snd_una != snd_nxt)
 * @unsent: something written, perhaps the FIN, was never sent (snd_nxt != write_seq)
 * @unread: close() found data that nobody had read
 * @no_linger: an orphan may not wait for the peer's FIN (TCP_LINGER2 negative)
 * @in_task: it goes there in the context of a process
 * @called: and by a call of that, neither a timer nor a segment
 * @repair: the socket is being saved or restored (TCP_REPAIR) and stays silent
 */
struct tcplife_close {
	int error;
	bool orphan;
	bool fin_received;
	bool unacked;
	bool unsent;
	bool unread;
	bool no_linger;
	bool in_task;
	bool called;
	bool repair;
};

/**
 * struct tcplife_drop - what is known of a request_sock as it ends childless
 * @netns_dying: its network namespace is being deleted
 * @listening: its listener is still in LISTEN
 * @timed_out: its timer had run out
 * @in_task: it ended in the context of a process
 * @icmp: an ICMP error ended it
 * @cookie: it was made from a SYN cookie
 * @acked: the handshake's last ACK came and was put off, not because the
 *	listener waits for data (TCP_DEFER_ACCEPT)
 * @reset: a RST of ours answered the segment that ended it
 * @syn: that segment has SYN set
 * @disowned: the peer answered our SYN-ACK by a RST as for no connection: without
 *	ACK, at the sequence number that the SYN-ACK acknowledged
 */
struct tcplife_drop {
	bool netns_dying;
	bool listening;
	bool timed_out;
	bool in_task;
	bool icmp;
	bool cookie;
	bool acked;
	bool reset;
	bool syn;
	bool disowned;
};

/**
 * struct tcplife_kill - what is known of a timewait_sock as it ends
 * @netns_dying: its network namespace is being deleted
 * @timed_out: its timer had run out
 * @in_task: it ended in the context of a process
 * @segment: a segment came just before
 * @syn: it has SYN set
 * @rst: it has RST set
 */
struct tcplife_kill {
	bool netns_dying;
	bool timed_out;
	bool in_task;
	bool segment;
	bool syn;
	bool rst;
};

/**
 * tcplife_outcome_is_orderly - does a socket go to CLOSE with the FINs of both sides?
 * @life: the life, still in the state before CLOSE
 * @fin_received: the peer's FIN has come
 * @undelivered: something written is not acknowledged; if it is not even sent, the
 *	FIN behind it is not, whatever the state
 *
 * An ICMP error that the application never asked for may be left.
 */
static inline bool tcplife_outcome_is_orderly(const struct tcplife_life *life,
					      bool fin_received, bool undelivered)
{
	return (life->state == TCPLIFE_STATE_LAST_ACK ||
		life->state == TCPLIFE_STATE_CLOSING) && fin_received && !undelivered;
}

/**
 * tcplife_outcome_unaccepted - did it end before the application accepted it?
 * @life: the life, as its socket goes to CLOSE
 *
 * Of some it is not known: those that began before the module looked, and those
 * of Fast Open, which may be accepted before the handshake is over.
 */
static inline bool tcplife_outcome_unaccepted(const struct tcplife_life *life)
{
	return life->role == TCPLIFE_ROLE_PASSIVE &&
	       !(life->known & TCPLIFE_KNOWN_ACCEPTED) &&
	       !(life->flags & (TCPLIFE_FLAG_ADOPTED | TCPLIFE_FLAG_RECOVERED |
				TCPLIFE_FLAG_FASTOPEN));
}

enum tcplife_outcome tcplife_outcome_close(const struct tcplife_life *life,
					   const struct tcplife_close *close);
enum tcplife_outcome tcplife_outcome_drop(const struct tcplife_drop *drop);
enum tcplife_outcome tcplife_outcome_kill(const struct tcplife_kill *kill);
enum tcplife_time_wait_end
tcplife_outcome_time_wait(const struct tcplife_kill *kill);
bool tcplife_outcome_resets(const struct tcplife_life *life,
			    const struct tcplife_close *close);
bool tcplife_outcome_given_up(const struct tcplife_life *life);
bool tcplife_outcome_late_data(const struct tcplife_life *life,
			       const struct tcplife_close *close);

#endif
