/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/*
 * The ABI of tcplife and its manual: the generic netlink family "tcplife".
 *
 * Made by scripts/make-uapi from docs/netlink/tcplife.yaml: change that, not
 * this.  Numbers are only ever added, at the end of their list.
 */
#ifndef _UAPI_LINUX_TCPLIFE_H
#define _UAPI_LINUX_TCPLIFE_H

#include <linux/types.h>

#define TCPLIFE_FAMILY_NAME	"tcplife"
#define TCPLIFE_FAMILY_VERSION	1

/**
 * enum tcplife_state - Connection states of RFC 9293 section 3.3.2, numbered
 *	as Linux numbers them (include/net/tcp_states.h).
 * @TCPLIFE_STATE_NONE: No state known.
 * @TCPLIFE_STATE_ESTABLISHED: Both sides may send data.
 * @TCPLIFE_STATE_SYN_SENT: SYN sent, nothing received that answers it.
 * @TCPLIFE_STATE_SYN_RECV: SYN received and answered (SYN-RECEIVED), the
 *	half-open state.
 * @TCPLIFE_STATE_FIN_WAIT1: FIN sent, not acknowledged yet.
 * @TCPLIFE_STATE_FIN_WAIT2: Our FIN is acknowledged, the peer's has not come.
 * @TCPLIFE_STATE_TIME_WAIT: Both FINs are acknowledged; old segments are
 *	given time to die.
 * @TCPLIFE_STATE_CLOSE: No connection (CLOSED).
 * @TCPLIFE_STATE_CLOSE_WAIT: The peer's FIN has come, the application has not
 *	closed yet.
 * @TCPLIFE_STATE_LAST_ACK: Our FIN, sent after the peer's, waits for its
 *	acknowledgement.
 * @TCPLIFE_STATE_LISTEN: Waiting for connections. No life is ever in this
 *	state.
 * @TCPLIFE_STATE_CLOSING: Both FINs crossed; ours waits for its
 *	acknowledgement.
 */
enum tcplife_state {
	TCPLIFE_STATE_NONE = 0,
	TCPLIFE_STATE_ESTABLISHED,
	TCPLIFE_STATE_SYN_SENT,
	TCPLIFE_STATE_SYN_RECV,
	TCPLIFE_STATE_FIN_WAIT1,
	TCPLIFE_STATE_FIN_WAIT2,
	TCPLIFE_STATE_TIME_WAIT,
	TCPLIFE_STATE_CLOSE,
	TCPLIFE_STATE_CLOSE_WAIT,
	TCPLIFE_STATE_LAST_ACK,
	TCPLIFE_STATE_LISTEN,
	TCPLIFE_STATE_CLOSING,

	/* private: */
	__TCPLIFE_STATE_MAX,
};
#define TCPLIFE_STATE_MAX	(__TCPLIFE_STATE_MAX - 1)

/* X(NAME, name) for each of enum tcplife_state, in order. */
#define TCPLIFE_STATE_LIST(X) \
	X(NONE, none) \
	X(ESTABLISHED, established) \
	X(SYN_SENT, syn_sent) \
	X(SYN_RECV, syn_recv) \
	X(FIN_WAIT1, fin_wait1) \
	X(FIN_WAIT2, fin_wait2) \
	X(TIME_WAIT, time_wait) \
	X(CLOSE, close) \
	X(CLOSE_WAIT, close_wait) \
	X(LAST_ACK, last_ack) \
	X(LISTEN, listen) \
	X(CLOSING, closing)

/**
 * enum tcplife_role - How this end took part in opening the connection.
 * @TCPLIFE_ROLE_UNKNOWN: The connection was open before the module looked.
 * @TCPLIFE_ROLE_ACTIVE: This end sent the first SYN.
 * @TCPLIFE_ROLE_PASSIVE: This end answered a SYN on a listening socket.
 * @TCPLIFE_ROLE_SIMULTANEOUS: Both ends sent a SYN and the two crossed (RFC
 *	9293 section 3.5).
 */
enum tcplife_role {
	TCPLIFE_ROLE_UNKNOWN = 0,
	TCPLIFE_ROLE_ACTIVE,
	TCPLIFE_ROLE_PASSIVE,
	TCPLIFE_ROLE_SIMULTANEOUS,

	/* private: */
	__TCPLIFE_ROLE_MAX,
};
#define TCPLIFE_ROLE_MAX	(__TCPLIFE_ROLE_MAX - 1)

/* X(NAME, name) for each of enum tcplife_role, in order. */
#define TCPLIFE_ROLE_LIST(X) \
	X(UNKNOWN, unknown) \
	X(ACTIVE, active) \
	X(PASSIVE, passive) \
	X(SIMULTANEOUS, simultaneous)

/**
 * enum tcplife_outcome - Why a connection ended, decided by the path of its
 *	states and by the socket's error, never by byte counts.
 * @TCPLIFE_OUTCOME_OPEN: Not over yet.
 * @TCPLIFE_OUTCOME_CLOSED: Both FINs were sent and acknowledged (RFC 9293
 *	section 3.6).
 * @TCPLIFE_OUTCOME_REFUSED: The SYN was answered by a RST (RFC 9293 section
 *	3.5.2).
 * @TCPLIFE_OUTCOME_UNREACHABLE: An ICMP error ended the attempt to connect.
 * @TCPLIFE_OUTCOME_CONNECT_TIMEOUT: The SYN and its retransmissions
 *	(tcp_syn_retries) went unanswered.
 * @TCPLIFE_OUTCOME_CONNECT_ABORTED: The application gave up before the
 *	connection was established.
 * @TCPLIFE_OUTCOME_RESET_REMOTE: The peer sent a RST.
 * @TCPLIFE_OUTCOME_RESET_LOCAL: This end aborted: SO_LINGER 0, close with
 *	unread data, or connect(AF_UNSPEC).
 * @TCPLIFE_OUTCOME_DATA_AFTER_CLOSE: Data came after the application had
 *	closed, and was answered by a RST (RFC 9293 section 3.6.1, RFC 2525 section
 *	2.17).
 * @TCPLIFE_OUTCOME_NOT_ACCEPTED: It ended here before the application
 *	accepted it; usually the listener was closed.
 * @TCPLIFE_OUTCOME_RETRANSMIT_TIMEOUT: Sent data or FIN stayed unacknowledged
 *	(tcp_retries2, R2 of RFC 9293 section 3.8.3).
 * @TCPLIFE_OUTCOME_ZERO_WINDOW_TIMEOUT: The peer's window stayed shut and its
 *	probes unanswered (RFC 9293 section 3.8.6.1).
 * @TCPLIFE_OUTCOME_KEEPALIVE_TIMEOUT: Keepalive probes on an idle connection
 *	went unanswered (RFC 9293 section 3.8.4).
 * @TCPLIFE_OUTCOME_FIN_WAIT2_TIMEOUT: The application was gone and the peer's
 *	FIN did not come in time (tcp_fin_timeout).
 * @TCPLIFE_OUTCOME_ORPHAN_KILLED: The kernel dropped a closing connection
 *	that no process held any more: tcp_max_orphans, memory, a negative
 *	TCP_LINGER2, or no room for its FIN_WAIT2 (tcp_max_tw_buckets).
 * @TCPLIFE_OUTCOME_KILLED: The administrator destroyed it (ss -K,
 *	SOCK_DESTROY).
 * @TCPLIFE_OUTCOME_HALF_OPEN_EXPIRED: The handshake's last ACK did not come
 *	(tcp_synack_retries).
 * @TCPLIFE_OUTCOME_HALF_OPEN_RESET: The peer sent a RST of a connection that
 *	it has, or a SYN that does not fit.
 * @TCPLIFE_OUTCOME_HALF_OPEN_UNREACHABLE: An ICMP error ended the half-open
 *	connection.
 * @TCPLIFE_OUTCOME_HALF_OPEN_DROPPED: The handshake ended with no room for
 *	the connection (accept queue full).
 * @TCPLIFE_OUTCOME_LISTENER_CLOSED: The listener closed while the connection
 *	was half open.
 * @TCPLIFE_OUTCOME_NETNS_DELETED: The network namespace was deleted.
 * @TCPLIFE_OUTCOME_MISSED: It is gone, and the event that ended it was not
 *	seen; the close on its timeline is when that was found.
 * @TCPLIFE_OUTCOME_STALE_SYN: The peer disowned the SYN that it was answered
 *	for, by the RST that a stale duplicate SYN leads to (RFC 9293 section 3.5,
 *	figure 8).
 */
enum tcplife_outcome {
	TCPLIFE_OUTCOME_OPEN = 0,
	TCPLIFE_OUTCOME_CLOSED,
	TCPLIFE_OUTCOME_REFUSED,
	TCPLIFE_OUTCOME_UNREACHABLE,
	TCPLIFE_OUTCOME_CONNECT_TIMEOUT,
	TCPLIFE_OUTCOME_CONNECT_ABORTED,
	TCPLIFE_OUTCOME_RESET_REMOTE,
	TCPLIFE_OUTCOME_RESET_LOCAL,
	TCPLIFE_OUTCOME_DATA_AFTER_CLOSE,
	TCPLIFE_OUTCOME_NOT_ACCEPTED,
	TCPLIFE_OUTCOME_RETRANSMIT_TIMEOUT,
	TCPLIFE_OUTCOME_ZERO_WINDOW_TIMEOUT,
	TCPLIFE_OUTCOME_KEEPALIVE_TIMEOUT,
	TCPLIFE_OUTCOME_FIN_WAIT2_TIMEOUT,
	TCPLIFE_OUTCOME_ORPHAN_KILLED,
	TCPLIFE_OUTCOME_KILLED,
	TCPLIFE_OUTCOME_HALF_OPEN_EXPIRED,
	TCPLIFE_OUTCOME_HALF_OPEN_RESET,
	TCPLIFE_OUTCOME_HALF_OPEN_UNREACHABLE,
	TCPLIFE_OUTCOME_HALF_OPEN_DROPPED,
	TCPLIFE_OUTCOME_LISTENER_CLOSED,
	TCPLIFE_OUTCOME_NETNS_DELETED,
	TCPLIFE_OUTCOME_MISSED,
	TCPLIFE_OUTCOME_STALE_SYN,

	/* private: */
	__TCPLIFE_OUTCOME_MAX,
};
#define TCPLIFE_OUTCOME_MAX	(__TCPLIFE_OUTCOME_MAX - 1)

/* X(NAME, name) for each of enum tcplife_outcome, in order. */
#define TCPLIFE_OUTCOME_LIST(X) \
	X(OPEN, open) \
	X(CLOSED, closed) \
	X(REFUSED, refused) \
	X(UNREACHABLE, unreachable) \
	X(CONNECT_TIMEOUT, connect_timeout) \
	X(CONNECT_ABORTED, connect_aborted) \
	X(RESET_REMOTE, reset_remote) \
	X(RESET_LOCAL, reset_local) \
	X(DATA_AFTER_CLOSE, data_after_close) \
	X(NOT_ACCEPTED, not_accepted) \
	X(RETRANSMIT_TIMEOUT, retransmit_timeout) \
	X(ZERO_WINDOW_TIMEOUT, zero_window_timeout) \
	X(KEEPALIVE_TIMEOUT, keepalive_timeout) \
	X(FIN_WAIT2_TIMEOUT, fin_wait2_timeout) \
	X(ORPHAN_KILLED, orphan_killed) \
	X(KILLED, killed) \
	X(HALF_OPEN_EXPIRED, half_open_expired) \
	X(HALF_OPEN_RESET, half_open_reset) \
	X(HALF_OPEN_UNREACHABLE, half_open_unreachable) \
	X(HALF_OPEN_DROPPED, half_open_dropped) \
	X(LISTENER_CLOSED, listener_closed) \
	X(NETNS_DELETED, netns_deleted) \
	X(MISSED, missed) \
	X(STALE_SYN, stale_syn)

/**
 * enum tcplife_closer - Which end ended the connection first.
 * @TCPLIFE_CLOSER_UNKNOWN: Not over yet, or it happened before the module
 *	looked.
 * @TCPLIFE_CLOSER_LOCAL: This end sent the first FIN, or aborted.
 * @TCPLIFE_CLOSER_REMOTE: The peer sent the first FIN, or a RST.
 * @TCPLIFE_CLOSER_BOTH: The FINs crossed (RFC 9293 section 3.6, figure 13).
 * @TCPLIFE_CLOSER_NONE: Neither end - time ran out, or the network said no.
 */
enum tcplife_closer {
	TCPLIFE_CLOSER_UNKNOWN = 0,
	TCPLIFE_CLOSER_LOCAL,
	TCPLIFE_CLOSER_REMOTE,
	TCPLIFE_CLOSER_BOTH,
	TCPLIFE_CLOSER_NONE,

	/* private: */
	__TCPLIFE_CLOSER_MAX,
};
#define TCPLIFE_CLOSER_MAX	(__TCPLIFE_CLOSER_MAX - 1)

/* X(NAME, name) for each of enum tcplife_closer, in order. */
#define TCPLIFE_CLOSER_LIST(X) \
	X(UNKNOWN, unknown) \
	X(LOCAL, local) \
	X(REMOTE, remote) \
	X(BOTH, both) \
	X(NONE, none)

/**
 * enum tcplife_owner - How the owning process was learnt.
 * @TCPLIFE_OWNER_UNKNOWN: Not learnt, or no process; pid and comm are absent,
 *	and of a connection uid and cgroup.
 * @TCPLIFE_OWNER_CONNECT: The task that called connect().
 * @TCPLIFE_OWNER_ACCEPT: The task that accepted the connection.
 */
enum tcplife_owner {
	TCPLIFE_OWNER_UNKNOWN = 0,
	TCPLIFE_OWNER_CONNECT,
	TCPLIFE_OWNER_ACCEPT,

	/* private: */
	__TCPLIFE_OWNER_MAX,
};
#define TCPLIFE_OWNER_MAX	(__TCPLIFE_OWNER_MAX - 1)

/* X(NAME, name) for each of enum tcplife_owner, in order. */
#define TCPLIFE_OWNER_LIST(X) \
	X(UNKNOWN, unknown) \
	X(CONNECT, connect) \
	X(ACCEPT, accept)

/**
 * enum tcplife_time_wait_end - What ended TIME_WAIT.
 * @TCPLIFE_TIME_WAIT_END_NONE: It has not ended, or there was none.
 * @TCPLIFE_TIME_WAIT_END_EXPIRED: Its time ran out.
 * @TCPLIFE_TIME_WAIT_END_REUSED: A connect() of this end took the port pair
 *	(tcp_tw_reuse), or the administrator ended it (ss -K).
 * @TCPLIFE_TIME_WAIT_END_REOPENED: A new SYN of the peer took the port pair
 *	(RFC 9293 section 3.6.1).
 * @TCPLIFE_TIME_WAIT_END_RESET: A RST or unexpected data ended it (RFC 1337).
 * @TCPLIFE_TIME_WAIT_END_OVERFLOW: There was no room for it
 *	(tcp_max_tw_buckets), so it never began; of orphan_killed, not even for
 *	FIN_WAIT2.
 * @TCPLIFE_TIME_WAIT_END_NETNS_DELETED: The network namespace was deleted.
 * @TCPLIFE_TIME_WAIT_END_MISSED: It is over, and the event that ended it was
 *	not seen.
 */
enum tcplife_time_wait_end {
	TCPLIFE_TIME_WAIT_END_NONE = 0,
	TCPLIFE_TIME_WAIT_END_EXPIRED,
	TCPLIFE_TIME_WAIT_END_REUSED,
	TCPLIFE_TIME_WAIT_END_REOPENED,
	TCPLIFE_TIME_WAIT_END_RESET,
	TCPLIFE_TIME_WAIT_END_OVERFLOW,
	TCPLIFE_TIME_WAIT_END_NETNS_DELETED,
	TCPLIFE_TIME_WAIT_END_MISSED,

	/* private: */
	__TCPLIFE_TIME_WAIT_END_MAX,
};
#define TCPLIFE_TIME_WAIT_END_MAX	(__TCPLIFE_TIME_WAIT_END_MAX - 1)

/* X(NAME, name) for each of enum tcplife_time_wait_end, in order. */
#define TCPLIFE_TIME_WAIT_END_LIST(X) \
	X(NONE, none) \
	X(EXPIRED, expired) \
	X(REUSED, reused) \
	X(REOPENED, reopened) \
	X(RESET, reset) \
	X(OVERFLOW, overflow) \
	X(NETNS_DELETED, netns_deleted) \
	X(MISSED, missed)

/**
 * enum tcplife_event - What a timeline entry tells. The first twelve are the
 *	states of enum state, entered at that time.
 * @TCPLIFE_EVENT_NONE: No event.
 * @TCPLIFE_EVENT_ESTABLISHED: Entered ESTABLISHED.
 * @TCPLIFE_EVENT_SYN_SENT: Entered SYN_SENT; the SYN goes out.
 * @TCPLIFE_EVENT_SYN_RECV: Entered SYN_RECV; the SYN-ACK goes out.
 * @TCPLIFE_EVENT_FIN_WAIT1: Entered FIN_WAIT1; our FIN goes out.
 * @TCPLIFE_EVENT_FIN_WAIT2: Entered FIN_WAIT2; our FIN is acknowledged.
 * @TCPLIFE_EVENT_TIME_WAIT: Entered TIME_WAIT.
 * @TCPLIFE_EVENT_CLOSE: The connection is over.
 * @TCPLIFE_EVENT_CLOSE_WAIT: Entered CLOSE_WAIT; the peer's FIN came.
 * @TCPLIFE_EVENT_LAST_ACK: Entered LAST_ACK; our FIN goes out.
 * @TCPLIFE_EVENT_LISTEN: Never used.
 * @TCPLIFE_EVENT_CLOSING: Entered CLOSING; the peer's FIN crossed ours.
 * @TCPLIFE_EVENT_ADOPTED: First seen, already open, in the state that follows
 *	at the same time.
 * @TCPLIFE_EVENT_ACCEPTED: The application accepted the connection.
 * @TCPLIFE_EVENT_SYN_RETRANSMIT: The SYN was sent again.
 * @TCPLIFE_EVENT_SYNACK_RETRANSMIT: The SYN-ACK was sent again.
 * @TCPLIFE_EVENT_RETRANSMIT: Data or FIN was sent again; only the first is on
 *	the timeline.
 * @TCPLIFE_EVENT_RST_SENT: A RST was sent. One that closes the connection
 *	leaves right after the change to close.
 * @TCPLIFE_EVENT_RST_RECEIVED: A RST was received.
 * @TCPLIFE_EVENT_LATE_DATA: Data came after the application had closed.
 * @TCPLIFE_EVENT_TIME_WAIT_RESTART: A segment of the peer restarted
 *	TIME_WAIT; only the first is on the timeline.
 */
enum tcplife_event {
	TCPLIFE_EVENT_NONE = 0,
	TCPLIFE_EVENT_ESTABLISHED,
	TCPLIFE_EVENT_SYN_SENT,
	TCPLIFE_EVENT_SYN_RECV,
	TCPLIFE_EVENT_FIN_WAIT1,
	TCPLIFE_EVENT_FIN_WAIT2,
	TCPLIFE_EVENT_TIME_WAIT,
	TCPLIFE_EVENT_CLOSE,
	TCPLIFE_EVENT_CLOSE_WAIT,
	TCPLIFE_EVENT_LAST_ACK,
	TCPLIFE_EVENT_LISTEN,
	TCPLIFE_EVENT_CLOSING,
	TCPLIFE_EVENT_ADOPTED,
	TCPLIFE_EVENT_ACCEPTED,
	TCPLIFE_EVENT_SYN_RETRANSMIT,
	TCPLIFE_EVENT_SYNACK_RETRANSMIT,
	TCPLIFE_EVENT_RETRANSMIT,
	TCPLIFE_EVENT_RST_SENT,
	TCPLIFE_EVENT_RST_RECEIVED,
	TCPLIFE_EVENT_LATE_DATA,
	TCPLIFE_EVENT_TIME_WAIT_RESTART,

	/* private: */
	__TCPLIFE_EVENT_MAX,
};
#define TCPLIFE_EVENT_MAX	(__TCPLIFE_EVENT_MAX - 1)

/* X(NAME, name) for each of enum tcplife_event, in order. */
#define TCPLIFE_EVENT_LIST(X) \
	X(NONE, none) \
	X(ESTABLISHED, established) \
	X(SYN_SENT, syn_sent) \
	X(SYN_RECV, syn_recv) \
	X(FIN_WAIT1, fin_wait1) \
	X(FIN_WAIT2, fin_wait2) \
	X(TIME_WAIT, time_wait) \
	X(CLOSE, close) \
	X(CLOSE_WAIT, close_wait) \
	X(LAST_ACK, last_ack) \
	X(LISTEN, listen) \
	X(CLOSING, closing) \
	X(ADOPTED, adopted) \
	X(ACCEPTED, accepted) \
	X(SYN_RETRANSMIT, syn_retransmit) \
	X(SYNACK_RETRANSMIT, synack_retransmit) \
	X(RETRANSMIT, retransmit) \
	X(RST_SENT, rst_sent) \
	X(RST_RECEIVED, rst_received) \
	X(LATE_DATA, late_data) \
	X(TIME_WAIT_RESTART, time_wait_restart)

/**
 * enum tcplife_flag - What is special about a connection.
 * @TCPLIFE_FLAG_COOKIE: Its handshake was validated by a SYN cookie; the SYN
 *	itself left no trace.
 * @TCPLIFE_FLAG_FASTOPEN: TCP Fast Open (RFC 7413) - data came with the SYN.
 * @TCPLIFE_FLAG_MPTCP: A subflow of an MPTCP connection, maybe fallen back to
 *	TCP since.
 * @TCPLIFE_FLAG_ADOPTED: Already open when the module looked, so its start is
 *	unknown.
 * @TCPLIFE_FLAG_RECOVERED: It found no room as it began; the record begins at
 *	ESTABLISHED, or as a walk found it.
 * @TCPLIFE_FLAG_MIGRATED: The half-open connection moved to another listener
 *	of its SO_REUSEPORT group.
 * @TCPLIFE_FLAG_RST_SENT: A RST was sent.
 * @TCPLIFE_FLAG_RST_RECEIVED: A RST was received.
 * @TCPLIFE_FLAG_UNACCEPTED: It ended before the application accepted it.
 */
enum tcplife_flag {
	TCPLIFE_FLAG_COOKIE = 1 << 0,
	TCPLIFE_FLAG_FASTOPEN = 1 << 1,
	TCPLIFE_FLAG_MPTCP = 1 << 2,
	TCPLIFE_FLAG_ADOPTED = 1 << 3,
	TCPLIFE_FLAG_RECOVERED = 1 << 4,
	TCPLIFE_FLAG_MIGRATED = 1 << 5,
	TCPLIFE_FLAG_RST_SENT = 1 << 6,
	TCPLIFE_FLAG_RST_RECEIVED = 1 << 7,
	TCPLIFE_FLAG_UNACCEPTED = 1 << 8,
};

/* X(NAME, name) for each of enum tcplife_flag, in order. */
#define TCPLIFE_FLAG_LIST(X) \
	X(COOKIE, cookie) \
	X(FASTOPEN, fastopen) \
	X(MPTCP, mptcp) \
	X(ADOPTED, adopted) \
	X(RECOVERED, recovered) \
	X(MIGRATED, migrated) \
	X(RST_SENT, rst_sent) \
	X(RST_RECEIVED, rst_received) \
	X(UNACCEPTED, unaccepted)

/**
 * enum tcplife_scope - Which lives a dump returns.
 * @TCPLIFE_SCOPE_LIVE: Connections that are not over, those in TIME_WAIT
 *	among them.
 * @TCPLIFE_SCOPE_HISTORY: Connections that are over, oldest first.
 * @TCPLIFE_SCOPE_HALF_OPEN_HISTORY: Half-open connections that never were
 *	established, oldest first.
 */
enum tcplife_scope {
	TCPLIFE_SCOPE_LIVE = 0,
	TCPLIFE_SCOPE_HISTORY,
	TCPLIFE_SCOPE_HALF_OPEN_HISTORY,

	/* private: */
	__TCPLIFE_SCOPE_MAX,
};
#define TCPLIFE_SCOPE_MAX	(__TCPLIFE_SCOPE_MAX - 1)

/* X(NAME, name) for each of enum tcplife_scope, in order. */
#define TCPLIFE_SCOPE_LIST(X) \
	X(LIVE, live) \
	X(HISTORY, history) \
	X(HALF_OPEN_HISTORY, half_open_history)

/**
 * enum tcplife_flood_state - What the detector of SYN floods says of a
 *	listening address and port.
 * @TCPLIFE_FLOOD_STATE_QUIET: Nothing unusual.
 * @TCPLIFE_FLOOD_STATE_SUSPECTED: More handshakes are left undone than the
 *	network explains; not enough yet to say so.
 * @TCPLIFE_FLOOD_STATE_FLOOD: A SYN flood.
 * @TCPLIFE_FLOOD_STATE_ENDING: The flood has stopped; what it left half open
 *	has not expired yet.
 */
enum tcplife_flood_state {
	TCPLIFE_FLOOD_STATE_QUIET = 0,
	TCPLIFE_FLOOD_STATE_SUSPECTED,
	TCPLIFE_FLOOD_STATE_FLOOD,
	TCPLIFE_FLOOD_STATE_ENDING,

	/* private: */
	__TCPLIFE_FLOOD_STATE_MAX,
};
#define TCPLIFE_FLOOD_STATE_MAX	(__TCPLIFE_FLOOD_STATE_MAX - 1)

/* X(NAME, name) for each of enum tcplife_flood_state, in order. */
#define TCPLIFE_FLOOD_STATE_LIST(X) \
	X(QUIET, quiet) \
	X(SUSPECTED, suspected) \
	X(FLOOD, flood) \
	X(ENDING, ending)

/**
 * enum tcplife_spread - Where the SYNs come from whose handshakes are not
 *	completed.
 * @TCPLIFE_SPREAD_UNKNOWN: Too few to tell.
 * @TCPLIFE_SPREAD_RANDOM: From all over - no source and no prefix stands out,
 *	as with spoofed addresses.
 * @TCPLIFE_SPREAD_PREFIX: At least half are from up to eight prefixes (/24,
 *	/64).
 * @TCPLIFE_SPREAD_FEW: At least half are from up to eight addresses.
 */
enum tcplife_spread {
	TCPLIFE_SPREAD_UNKNOWN = 0,
	TCPLIFE_SPREAD_RANDOM,
	TCPLIFE_SPREAD_PREFIX,
	TCPLIFE_SPREAD_FEW,

	/* private: */
	__TCPLIFE_SPREAD_MAX,
};
#define TCPLIFE_SPREAD_MAX	(__TCPLIFE_SPREAD_MAX - 1)

/* X(NAME, name) for each of enum tcplife_spread, in order. */
#define TCPLIFE_SPREAD_LIST(X) \
	X(UNKNOWN, unknown) \
	X(RANDOM, random) \
	X(PREFIX, prefix) \
	X(FEW, few)

/**
 * enum tcplife_cookies - Whether SYN cookies protect a listener
 *	(net.ipv4.tcp_syncookies).
 * @TCPLIFE_COOKIES_OFF: They are switched off - while the SYN queue is full,
 *	SYNs are dropped.
 * @TCPLIFE_COOKIES_READY: They are on, and were not needed lately.
 * @TCPLIFE_COOKIES_SENDING: SYNs were answered by cookies in the last ten
 *	seconds.
 */
enum tcplife_cookies {
	TCPLIFE_COOKIES_OFF = 0,
	TCPLIFE_COOKIES_READY,
	TCPLIFE_COOKIES_SENDING,

	/* private: */
	__TCPLIFE_COOKIES_MAX,
};
#define TCPLIFE_COOKIES_MAX	(__TCPLIFE_COOKIES_MAX - 1)

/* X(NAME, name) for each of enum tcplife_cookies, in order. */
#define TCPLIFE_COOKIES_LIST(X) \
	X(OFF, off) \
	X(READY, ready) \
	X(SENDING, sending)

/**
 * enum tcplife_verdict - How a listening socket fares, the most serious that
 *	applies.
 * @TCPLIFE_VERDICT_FINE: Nothing unusual in the last ten seconds.
 * @TCPLIFE_VERDICT_COOKIES: SYNs were answered by cookies in the last ten
 *	seconds - its SYN queue was full, or net.ipv4.tcp_syncookies is 2.
 * @TCPLIFE_VERDICT_SYN_QUEUE_FULL: Its SYN queue was full in the last ten
 *	seconds, or what strangers may take of net.ipv4.tcp_max_syn_backlog, and
 *	SYNs were dropped.
 * @TCPLIFE_VERDICT_ACCEPT_QUEUE_FULL: Its accept queue was full in the last
 *	ten seconds - the application accepts too slowly.
 * @TCPLIFE_VERDICT_SUSPECTED: Its address and port may be under a SYN flood.
 * @TCPLIFE_VERDICT_FLOOD: Its address and port are under a SYN flood.
 * @TCPLIFE_VERDICT_CLOSED: It is closed.
 */
enum tcplife_verdict {
	TCPLIFE_VERDICT_FINE = 0,
	TCPLIFE_VERDICT_COOKIES,
	TCPLIFE_VERDICT_SYN_QUEUE_FULL,
	TCPLIFE_VERDICT_ACCEPT_QUEUE_FULL,
	TCPLIFE_VERDICT_SUSPECTED,
	TCPLIFE_VERDICT_FLOOD,
	TCPLIFE_VERDICT_CLOSED,

	/* private: */
	__TCPLIFE_VERDICT_MAX,
};
#define TCPLIFE_VERDICT_MAX	(__TCPLIFE_VERDICT_MAX - 1)

/* X(NAME, name) for each of enum tcplife_verdict, in order. */
#define TCPLIFE_VERDICT_LIST(X) \
	X(FINE, fine) \
	X(COOKIES, cookies) \
	X(SYN_QUEUE_FULL, syn_queue_full) \
	X(ACCEPT_QUEUE_FULL, accept_queue_full) \
	X(SUSPECTED, suspected) \
	X(FLOOD, flood) \
	X(CLOSED, closed)

/**
 * enum tcplife_report - What a tally counts.
 * @TCPLIFE_REPORT_HALF_OPEN: Half-open connections (SYN_RECV) of this moment.
 * @TCPLIFE_REPORT_HALF_OPEN_HISTORY: Half-open connections in history, that
 *	never were established.
 * @TCPLIFE_REPORT_TIME_WAIT: Connections in TIME_WAIT of this moment.
 */
enum tcplife_report {
	TCPLIFE_REPORT_HALF_OPEN = 0,
	TCPLIFE_REPORT_HALF_OPEN_HISTORY,
	TCPLIFE_REPORT_TIME_WAIT,

	/* private: */
	__TCPLIFE_REPORT_MAX,
};
#define TCPLIFE_REPORT_MAX	(__TCPLIFE_REPORT_MAX - 1)

/* X(NAME, name) for each of enum tcplife_report, in order. */
#define TCPLIFE_REPORT_LIST(X) \
	X(HALF_OPEN, half_open) \
	X(HALF_OPEN_HISTORY, half_open_history) \
	X(TIME_WAIT, time_wait)

/**
 * enum tcplife_tally_by - By what a tally counts.
 * @TCPLIFE_TALLY_BY_TOTAL: All together.
 * @TCPLIFE_TALLY_BY_AGE: By age, in steps of five seconds.
 * @TCPLIFE_TALLY_BY_LISTENER: By local address and port.
 * @TCPLIFE_TALLY_BY_PREFIX: By the remote address's /24 (IPv4) or /64 (IPv6).
 * @TCPLIFE_TALLY_BY_LOCAL_PORT: By local port.
 * @TCPLIFE_TALLY_BY_REMOTE: By remote address and port.
 */
enum tcplife_tally_by {
	TCPLIFE_TALLY_BY_TOTAL = 0,
	TCPLIFE_TALLY_BY_AGE,
	TCPLIFE_TALLY_BY_LISTENER,
	TCPLIFE_TALLY_BY_PREFIX,
	TCPLIFE_TALLY_BY_LOCAL_PORT,
	TCPLIFE_TALLY_BY_REMOTE,

	/* private: */
	__TCPLIFE_TALLY_BY_MAX,
};
#define TCPLIFE_TALLY_BY_MAX	(__TCPLIFE_TALLY_BY_MAX - 1)

/* X(NAME, name) for each of enum tcplife_tally_by, in order. */
#define TCPLIFE_TALLY_BY_LIST(X) \
	X(TOTAL, total) \
	X(AGE, age) \
	X(LISTENER, listener) \
	X(PREFIX, prefix) \
	X(LOCAL_PORT, local_port) \
	X(REMOTE, remote)

/**
 * enum tcplife_hook_status - The condition of a hook into the kernel.
 * @TCPLIFE_HOOK_STATUS_DETACHED: Not attached, although this kernel has it;
 *	its feature is off.
 * @TCPLIFE_HOOK_STATUS_ARMED: Attached.
 * @TCPLIFE_HOOK_STATUS_DEAF: Attached, but switched off from outside (kprobes
 *	or ftrace disabled).
 * @TCPLIFE_HOOK_STATUS_ABSENT: This kernel does not have it; its feature is
 *	off.
 */
enum tcplife_hook_status {
	TCPLIFE_HOOK_STATUS_DETACHED = 0,
	TCPLIFE_HOOK_STATUS_ARMED,
	TCPLIFE_HOOK_STATUS_DEAF,
	TCPLIFE_HOOK_STATUS_ABSENT,

	/* private: */
	__TCPLIFE_HOOK_STATUS_MAX,
};
#define TCPLIFE_HOOK_STATUS_MAX	(__TCPLIFE_HOOK_STATUS_MAX - 1)

/* X(NAME, name) for each of enum tcplife_hook_status, in order. */
#define TCPLIFE_HOOK_STATUS_LIST(X) \
	X(DETACHED, detached) \
	X(ARMED, armed) \
	X(DEAF, deaf) \
	X(ABSENT, absent)

/**
 * enum tcplife_hook_kind - The kind of a hook.
 * @TCPLIFE_HOOK_KIND_TRACEPOINT: A kernel tracepoint.
 * @TCPLIFE_HOOK_KIND_KPROBE: A kprobe at the entry of a function.
 * @TCPLIFE_HOOK_KIND_FTRACE: A callback of ftrace at the entry of a function.
 */
enum tcplife_hook_kind {
	TCPLIFE_HOOK_KIND_TRACEPOINT = 0,
	TCPLIFE_HOOK_KIND_KPROBE,
	TCPLIFE_HOOK_KIND_FTRACE,

	/* private: */
	__TCPLIFE_HOOK_KIND_MAX,
};
#define TCPLIFE_HOOK_KIND_MAX	(__TCPLIFE_HOOK_KIND_MAX - 1)

/* X(NAME, name) for each of enum tcplife_hook_kind, in order. */
#define TCPLIFE_HOOK_KIND_LIST(X) \
	X(TRACEPOINT, tracepoint) \
	X(KPROBE, kprobe) \
	X(FTRACE, ftrace)

/**
 * struct tcplife_state_times - Microseconds spent in each state; their sum is
 *	duration_us exactly.
 * @none: none
 * @established: established
 * @syn_sent: syn_sent
 * @syn_recv: syn_recv
 * @fin_wait1: fin_wait1
 * @fin_wait2: fin_wait2
 * @time_wait: time_wait
 * @close: close
 * @close_wait: close_wait
 * @last_ack: last_ack
 * @listen: listen
 * @closing: closing
 */
struct tcplife_state_times {
	__u64	none;
	__u64	established;
	__u64	syn_sent;
	__u64	syn_recv;
	__u64	fin_wait1;
	__u64	fin_wait2;
	__u64	time_wait;
	__u64	close;
	__u64	close_wait;
	__u64	last_ack;
	__u64	listen;
	__u64	closing;
};

/**
 * struct tcplife_congestion_times - Microseconds spent in each state of
 *	congestion control, from ESTABLISHED to close, without FIN_WAIT2.
 * @open: open
 * @disorder: disorder
 * @cwr: cwr
 * @recovery: recovery
 * @loss: loss
 */
struct tcplife_congestion_times {
	__u64	open;
	__u64	disorder;
	__u64	cwr;
	__u64	recovery;
	__u64	loss;
};

/**
 * struct tcplife_timeline_entry - One entry of a timeline.
 * @us: Microseconds since the life began, by the monotonic clock.
 * @event: event
 * @reserved: reserved
 */
struct tcplife_timeline_entry {
	__u64	us;
	__u32	event;
	__u32	reserved;
};

/**
 * enum tcplife_attr_life - One connection of this host, from its first
 *	segment to its end.
 * @TCPLIFE_ATTR_LIFE_UNSPEC: Not used.
 * @TCPLIFE_ATTR_LIFE_PAD: pad
 * @TCPLIFE_ATTR_LIFE_SCOPE: In a dump request - which lives to return. Live
 *	ones if absent.
 * @TCPLIFE_ATTR_LIFE_ID: The socket cookie, as ss -e and SO_COOKIE show it.
 * @TCPLIFE_ATTR_LIFE_SEQ: Number of this notification in its network
 *	namespace, counted from 1 without a gap. In a dump - the number it was told
 *	under, absent if it was not told yet.
 * @TCPLIFE_ATTR_LIFE_NETNS: Inode number of the network namespace, as in
 *	lsns.
 * @TCPLIFE_ATTR_LIFE_FAMILY: 4 or 6, the IP version of the packets.
 * @TCPLIFE_ATTR_LIFE_LOCAL_ADDR: 4 or 16 bytes in network order.
 * @TCPLIFE_ATTR_LIFE_LOCAL_PORT: In host order. Absent until it is known.
 * @TCPLIFE_ATTR_LIFE_REMOTE_ADDR: 4 or 16 bytes in network order.
 * @TCPLIFE_ATTR_LIFE_REMOTE_PORT: In host order.
 * @TCPLIFE_ATTR_LIFE_ROLE: role
 * @TCPLIFE_ATTR_LIFE_STATE: state
 * @TCPLIFE_ATTR_LIFE_OUTCOME: outcome
 * @TCPLIFE_ATTR_LIFE_CLOSER: closer
 * @TCPLIFE_ATTR_LIFE_TIME_WAIT_END: time_wait_end
 * @TCPLIFE_ATTR_LIFE_OPENED_AT: Wall-clock time of birth in ns since 1970.
 *	Absent if adopted.
 * @TCPLIFE_ATTR_LIFE_DURATION_US: Age of a live connection, or length of a
 *	life that is over. Since adoption if adopted.
 * @TCPLIFE_ATTR_LIFE_HANDSHAKE_US: From the first SYN, sent or received, to
 *	ESTABLISHED. Absent if not seen.
 * @TCPLIFE_ATTR_LIFE_SYN_RETRANSMITS: syn_retransmits
 * @TCPLIFE_ATTR_LIFE_SYNACK_RETRANSMITS: synack_retransmits
 * @TCPLIFE_ATTR_LIFE_RETRANSMITS: Segments of data or FIN sent again.
 * @TCPLIFE_ATTR_LIFE_BYTES_SENT: Payload, each byte counted once. Absent
 *	until sampled at close.
 * @TCPLIFE_ATTR_LIFE_BYTES_RECEIVED: Payload, each byte counted once. Absent
 *	until sampled at close.
 * @TCPLIFE_ATTR_LIFE_SEGMENTS_SENT: Segments with or without payload, as
 *	tcp_info counts them - without those of the half-open phase and of
 *	TIME_WAIT. Absent until sampled at close.
 * @TCPLIFE_ATTR_LIFE_SEGMENTS_RECEIVED: Likewise. Absent until sampled at
 *	close.
 * @TCPLIFE_ATTR_LIFE_ISN_LOCAL: Initial sequence number this end chose.
 *	Absent if not seen.
 * @TCPLIFE_ATTR_LIFE_ISN_REMOTE: Initial sequence number the peer chose.
 *	Absent if not seen.
 * @TCPLIFE_ATTR_LIFE_OWNER: owner
 * @TCPLIFE_ATTR_LIFE_PID: Process id in the initial pid namespace. Absent if
 *	unknown, and in a network namespace of another user namespace than the
 *	first.
 * @TCPLIFE_ATTR_LIFE_COMM: Name of that process. Absent if unknown.
 * @TCPLIFE_ATTR_LIFE_UID: Its real user id, as the user namespace of the
 *	network namespace knows it. Absent if unknown.
 * @TCPLIFE_ATTR_LIFE_CGROUP: Its cgroup v2 id. Absent if unknown, and in a
 *	network namespace of another user namespace than the first.
 * @TCPLIFE_ATTR_LIFE_CC: Congestion control algorithm. Absent until sampled
 *	at close.
 * @TCPLIFE_ATTR_LIFE_CWND: Congestion window in segments. Absent until
 *	sampled at close.
 * @TCPLIFE_ATTR_LIFE_SSTHRESH: Slow start threshold in segments. Absent if
 *	none was set or until sampled at close.
 * @TCPLIFE_ATTR_LIFE_SRTT_US: Smoothed round trip time. Absent if never
 *	measured or until sampled at close.
 * @TCPLIFE_ATTR_LIFE_MIN_RTT_US: Minimum round trip time. Absent if never
 *	measured or until sampled at close.
 * @TCPLIFE_ATTR_LIFE_CONGESTION: Absent until sampled at close, and if the
 *	kernel does not tell. A message that tells a connection (life-ntf) has 0
 *	for open, which is what the others leave of the time in established,
 *	close_wait, fin_wait1, closing and last_ack.
 * @TCPLIFE_ATTR_LIFE_FLAGS: flags
 * @TCPLIFE_ATTR_LIFE_STATES: A message that tells a connection (life-ntf)
 *	leaves this to its reader - all states are on the timeline, and the last
 *	one has lasted until duration_us.
 * @TCPLIFE_ATTR_LIFE_TIMELINE: An array of entries in the order of time.
 * @TCPLIFE_ATTR_LIFE_TIMELINE_OMITTED: Events for which the timeline had no
 *	room.
 * @TCPLIFE_ATTR_LIFE_PREVIOUS_ID: The connection between the same addresses
 *	and ports whose TIME_WAIT this one ended. Absent if there is none.
 * @TCPLIFE_ATTR_LIFE_NEXT_ID: The connection that ended TIME_WAIT of this
 *	one. Absent if there is none, and when the end of TIME_WAIT is told, as it
 *	is not known then.
 * @TCPLIFE_ATTR_LIFE_LISTENER_ID: Socket cookie of the listening socket that
 *	the SYN came to. Absent if this end connected, if that was not seen, and
 *	when the listener is forgotten.
 * @TCPLIFE_ATTR_LIFE_SYNACKS_SENT: SYN-ACKs sent. Of half-open connections
 *	only; absent if adopted.
 * @TCPLIFE_ATTR_LIFE_EXPIRES_US: Time left until the kernel gives the
 *	half-open connection up (tcp_synack_retries), if its queue has room; 0 if
 *	it is due. Of half-open connections only; absent if adopted.
 * @TCPLIFE_ATTR_LIFE_FIRST_SEQ: Where the end of TIME_WAIT is told - the
 *	number that the connection was told under when TIME_WAIT began.
 */
enum tcplife_attr_life {
	TCPLIFE_ATTR_LIFE_UNSPEC = 0,
	TCPLIFE_ATTR_LIFE_PAD,
	TCPLIFE_ATTR_LIFE_SCOPE,
	TCPLIFE_ATTR_LIFE_ID,
	TCPLIFE_ATTR_LIFE_SEQ,
	TCPLIFE_ATTR_LIFE_NETNS,
	TCPLIFE_ATTR_LIFE_FAMILY,
	TCPLIFE_ATTR_LIFE_LOCAL_ADDR,
	TCPLIFE_ATTR_LIFE_LOCAL_PORT,
	TCPLIFE_ATTR_LIFE_REMOTE_ADDR,
	TCPLIFE_ATTR_LIFE_REMOTE_PORT,
	TCPLIFE_ATTR_LIFE_ROLE,
	TCPLIFE_ATTR_LIFE_STATE,
	TCPLIFE_ATTR_LIFE_OUTCOME,
	TCPLIFE_ATTR_LIFE_CLOSER,
	TCPLIFE_ATTR_LIFE_TIME_WAIT_END,
	TCPLIFE_ATTR_LIFE_OPENED_AT,
	TCPLIFE_ATTR_LIFE_DURATION_US,
	TCPLIFE_ATTR_LIFE_HANDSHAKE_US,
	TCPLIFE_ATTR_LIFE_SYN_RETRANSMITS,
	TCPLIFE_ATTR_LIFE_SYNACK_RETRANSMITS,
	TCPLIFE_ATTR_LIFE_RETRANSMITS,
	TCPLIFE_ATTR_LIFE_BYTES_SENT,
	TCPLIFE_ATTR_LIFE_BYTES_RECEIVED,
	TCPLIFE_ATTR_LIFE_SEGMENTS_SENT,
	TCPLIFE_ATTR_LIFE_SEGMENTS_RECEIVED,
	TCPLIFE_ATTR_LIFE_ISN_LOCAL,
	TCPLIFE_ATTR_LIFE_ISN_REMOTE,
	TCPLIFE_ATTR_LIFE_OWNER,
	TCPLIFE_ATTR_LIFE_PID,
	TCPLIFE_ATTR_LIFE_COMM,
	TCPLIFE_ATTR_LIFE_UID,
	TCPLIFE_ATTR_LIFE_CGROUP,
	TCPLIFE_ATTR_LIFE_CC,
	TCPLIFE_ATTR_LIFE_CWND,
	TCPLIFE_ATTR_LIFE_SSTHRESH,
	TCPLIFE_ATTR_LIFE_SRTT_US,
	TCPLIFE_ATTR_LIFE_MIN_RTT_US,
	TCPLIFE_ATTR_LIFE_CONGESTION,
	TCPLIFE_ATTR_LIFE_FLAGS,
	TCPLIFE_ATTR_LIFE_STATES,
	TCPLIFE_ATTR_LIFE_TIMELINE,
	TCPLIFE_ATTR_LIFE_TIMELINE_OMITTED,
	TCPLIFE_ATTR_LIFE_PREVIOUS_ID,
	TCPLIFE_ATTR_LIFE_NEXT_ID,
	TCPLIFE_ATTR_LIFE_LISTENER_ID,
	TCPLIFE_ATTR_LIFE_SYNACKS_SENT,
	TCPLIFE_ATTR_LIFE_EXPIRES_US,
	TCPLIFE_ATTR_LIFE_FIRST_SEQ,

	/* private: */
	__TCPLIFE_ATTR_LIFE_MAX,
};
#define TCPLIFE_ATTR_LIFE_MAX	(__TCPLIFE_ATTR_LIFE_MAX - 1)

/* X(NAME, name) for each of enum tcplife_attr_life, in order. */
#define TCPLIFE_ATTR_LIFE_LIST(X) \
	X(UNSPEC, unspec) \
	X(PAD, pad) \
	X(SCOPE, scope) \
	X(ID, id) \
	X(SEQ, seq) \
	X(NETNS, netns) \
	X(FAMILY, family) \
	X(LOCAL_ADDR, local_addr) \
	X(LOCAL_PORT, local_port) \
	X(REMOTE_ADDR, remote_addr) \
	X(REMOTE_PORT, remote_port) \
	X(ROLE, role) \
	X(STATE, state) \
	X(OUTCOME, outcome) \
	X(CLOSER, closer) \
	X(TIME_WAIT_END, time_wait_end) \
	X(OPENED_AT, opened_at) \
	X(DURATION_US, duration_us) \
	X(HANDSHAKE_US, handshake_us) \
	X(SYN_RETRANSMITS, syn_retransmits) \
	X(SYNACK_RETRANSMITS, synack_retransmits) \
	X(RETRANSMITS, retransmits) \
	X(BYTES_SENT, bytes_sent) \
	X(BYTES_RECEIVED, bytes_received) \
	X(SEGMENTS_SENT, segments_sent) \
	X(SEGMENTS_RECEIVED, segments_received) \
	X(ISN_LOCAL, isn_local) \
	X(ISN_REMOTE, isn_remote) \
	X(OWNER, owner) \
	X(PID, pid) \
	X(COMM, comm) \
	X(UID, uid) \
	X(CGROUP, cgroup) \
	X(CC, cc) \
	X(CWND, cwnd) \
	X(SSTHRESH, ssthresh) \
	X(SRTT_US, srtt_us) \
	X(MIN_RTT_US, min_rtt_us) \
	X(CONGESTION, congestion) \
	X(FLAGS, flags) \
	X(STATES, states) \
	X(TIMELINE, timeline) \
	X(TIMELINE_OMITTED, timeline_omitted) \
	X(PREVIOUS_ID, previous_id) \
	X(NEXT_ID, next_id) \
	X(LISTENER_ID, listener_id) \
	X(SYNACKS_SENT, synacks_sent) \
	X(EXPIRES_US, expires_us) \
	X(FIRST_SEQ, first_seq)

/**
 * enum tcplife_attr_summary - Totals of one network namespace since the
 *	module was loaded.
 * @TCPLIFE_ATTR_SUMMARY_UNSPEC: Not used.
 * @TCPLIFE_ATTR_SUMMARY_PAD: pad
 * @TCPLIFE_ATTR_SUMMARY_VERSION: Version of the module.
 * @TCPLIFE_ATTR_SUMMARY_NETNS: Inode number of the network namespace.
 * @TCPLIFE_ATTR_SUMMARY_OPENED: Connections whose beginning was seen.
 * @TCPLIFE_ATTR_SUMMARY_ADOPTED: Connections found already open.
 * @TCPLIFE_ATTR_SUMMARY_CLOSED: Connections that ended.
 * @TCPLIFE_ATTR_SUMMARY_LIVE: Connections on record now, half-open and
 *	TIME_WAIT included.
 * @TCPLIFE_ATTR_SUMMARY_LOST: Connections for which there was no room.
 * @TCPLIFE_ATTR_SUMMARY_OPENED_ACTIVE: Opened by this end.
 * @TCPLIFE_ATTR_SUMMARY_OPENED_PASSIVE: Opened by the peer.
 * @TCPLIFE_ATTR_SUMMARY_ESTABLISHED: Connections that were seen to enter
 *	ESTABLISHED.
 * @TCPLIFE_ATTR_SUMMARY_REFUSED: Attempts to connect that were refused.
 * @TCPLIFE_ATTR_SUMMARY_RECOVERED: Connections that found no room as they
 *	began, and were put on record later.
 * @TCPLIFE_ATTR_SUMMARY_HALF_OPEN: Half-open (SYN_RECV) connections on record
 *	now.
 * @TCPLIFE_ATTR_SUMMARY_HALF_OPEN_BEGUN: Half-open connections put on record.
 * @TCPLIFE_ATTR_SUMMARY_HALF_OPEN_ESTABLISHED: Half-open connections that
 *	became established.
 * @TCPLIFE_ATTR_SUMMARY_HALF_OPEN_FAILED: Half-open connections that ended
 *	before that.
 * @TCPLIFE_ATTR_SUMMARY_TIME_WAIT: Connections in TIME_WAIT on record now.
 * @TCPLIFE_ATTR_SUMMARY_TIME_WAIT_BEGUN: Connections that entered TIME_WAIT.
 * @TCPLIFE_ATTR_SUMMARY_TIME_WAIT_ENDED: Connections that left TIME_WAIT.
 * @TCPLIFE_ATTR_SUMMARY_TIME_WAIT_OVERFLOWS: Connections that should have
 *	entered TIME_WAIT and found no room in the kernel.
 * @TCPLIFE_ATTR_SUMMARY_SYNCOOKIES_SENT: SYN-ACKs sent with a SYN cookie.
 * @TCPLIFE_ATTR_SUMMARY_SYNCOOKIES_VALIDATED: Connections made from a valid
 *	SYN cookie.
 * @TCPLIFE_ATTR_SUMMARY_SYN_RETRANSMITS: SYNs sent again.
 * @TCPLIFE_ATTR_SUMMARY_SYNACK_RETRANSMITS: SYN-ACKs sent again.
 * @TCPLIFE_ATTR_SUMMARY_RETRANSMITS: Sendings of data or FIN again (one may
 *	carry several segments).
 * @TCPLIFE_ATTR_SUMMARY_RESETS_SENT: RSTs sent on a connection.
 * @TCPLIFE_ATTR_SUMMARY_RESETS_RECEIVED: RSTs received on a connection.
 * @TCPLIFE_ATTR_SUMMARY_EVENTS_TOLD: Lives handed over to be told to readers;
 *	one with TIME_WAIT twice, as that begins and ends.
 * @TCPLIFE_ATTR_SUMMARY_EVENTS_SENT: Lives that reached a reader.
 * @TCPLIFE_ATTR_SUMMARY_EVENTS_PENDING: Lives that wait to be sent.
 * @TCPLIFE_ATTR_SUMMARY_EVENTS_LOST: Lives that could not be sent - the queue
 *	was full, or memory short.
 * @TCPLIFE_ATTR_SUMMARY_EVENTS_UNHEARD: Lives that no reader of this
 *	namespace took - there is none, or each was too slow.
 * @TCPLIFE_ATTR_SUMMARY_TIMELINE_OMITTED: Events that found no room on their
 *	connection's timeline.
 * @TCPLIFE_ATTR_SUMMARY_HANDSHAKE_P50_US: Median handshake time (upper edge
 *	of its power-of-two bucket).
 * @TCPLIFE_ATTR_SUMMARY_HANDSHAKE_P99_US: 99th percentile of handshake time,
 *	likewise.
 * @TCPLIFE_ATTR_SUMMARY_MAX_LIVES: Connections that may be on record at once,
 *	in all namespaces.
 * @TCPLIFE_ATTR_SUMMARY_LIVES_ALLOCATED: Connections there is memory for now,
 *	in all namespaces.
 * @TCPLIFE_ATTR_SUMMARY_HISTORY: Ended connections kept, in all namespaces.
 * @TCPLIFE_ATTR_SUMMARY_HALF_OPEN_HISTORY: Half-open connections that failed,
 *	kept, in all namespaces.
 * @TCPLIFE_ATTR_SUMMARY_MEMORY_BYTES: Memory allocated for records, tables
 *	and queues, in all namespaces.
 * @TCPLIFE_ATTR_SUMMARY_TIME_WAIT_EXPIRED: Ends of TIME_WAIT because its time
 *	ran out.
 * @TCPLIFE_ATTR_SUMMARY_TIME_WAIT_REUSED: Ends of TIME_WAIT by a connect() of
 *	this end (tcp_tw_reuse).
 * @TCPLIFE_ATTR_SUMMARY_TIME_WAIT_REOPENED: Ends of TIME_WAIT by a new SYN of
 *	the peer.
 * @TCPLIFE_ATTR_SUMMARY_TIME_WAIT_RESET: Ends of TIME_WAIT by a RST or
 *	unexpected data (assassinations, RFC 1337).
 * @TCPLIFE_ATTR_SUMMARY_FIN_WAIT2_ORPHANS: Connections in FIN_WAIT2 now that
 *	no process holds any more - the kernel counts them with TIME_WAIT.
 * @TCPLIFE_ATTR_SUMMARY_SYNS_RECEIVED: SYNs that reached a listening socket
 *	and belonged to no half-open connection.
 * @TCPLIFE_ATTR_SUMMARY_SYNS_DROPPED_SYN_QUEUE: SYNs dropped because the SYN
 *	queue was full and cookies off (TCPReqQFullDrop).
 * @TCPLIFE_ATTR_SUMMARY_SYNS_DROPPED_ACCEPT_QUEUE: SYNs dropped because the
 *	accept queue was full (in ListenOverflows).
 * @TCPLIFE_ATTR_SUMMARY_SYNS_DROPPED_OTHER: SYNs dropped for another reason -
 *	memory, no route back, a security module, or with cookies off the reserve
 *	for known peers.
 * @TCPLIFE_ATTR_SUMMARY_HANDSHAKES_OVERFLOWED: Last ACKs of handshakes not
 *	taken because the accept queue was full (in ListenOverflows).
 * @TCPLIFE_ATTR_SUMMARY_SYNCOOKIES_FAILED: ACKs that should have held a SYN
 *	cookie and did not (SyncookiesFailed).
 * @TCPLIFE_ATTR_SUMMARY_LISTENERS: Listening sockets on record now.
 * @TCPLIFE_ATTR_SUMMARY_LISTENERS_UNRECORDED: Listening sockets for which
 *	there was no room on record (max_listeners) as they began to listen, or at
 *	load.
 * @TCPLIFE_ATTR_SUMMARY_FLOODS: Listening addresses and ports under a SYN
 *	flood now.
 * @TCPLIFE_ATTR_SUMMARY_ALERTS: Changes of state that the detectors of SYN
 *	floods told.
 */
enum tcplife_attr_summary {
	TCPLIFE_ATTR_SUMMARY_UNSPEC = 0,
	TCPLIFE_ATTR_SUMMARY_PAD,
	TCPLIFE_ATTR_SUMMARY_VERSION,
	TCPLIFE_ATTR_SUMMARY_NETNS,
	TCPLIFE_ATTR_SUMMARY_OPENED,
	TCPLIFE_ATTR_SUMMARY_ADOPTED,
	TCPLIFE_ATTR_SUMMARY_CLOSED,
	TCPLIFE_ATTR_SUMMARY_LIVE,
	TCPLIFE_ATTR_SUMMARY_LOST,
	TCPLIFE_ATTR_SUMMARY_OPENED_ACTIVE,
	TCPLIFE_ATTR_SUMMARY_OPENED_PASSIVE,
	TCPLIFE_ATTR_SUMMARY_ESTABLISHED,
	TCPLIFE_ATTR_SUMMARY_REFUSED,
	TCPLIFE_ATTR_SUMMARY_RECOVERED,
	TCPLIFE_ATTR_SUMMARY_HALF_OPEN,
	TCPLIFE_ATTR_SUMMARY_HALF_OPEN_BEGUN,
	TCPLIFE_ATTR_SUMMARY_HALF_OPEN_ESTABLISHED,
	TCPLIFE_ATTR_SUMMARY_HALF_OPEN_FAILED,
	TCPLIFE_ATTR_SUMMARY_TIME_WAIT,
	TCPLIFE_ATTR_SUMMARY_TIME_WAIT_BEGUN,
	TCPLIFE_ATTR_SUMMARY_TIME_WAIT_ENDED,
	TCPLIFE_ATTR_SUMMARY_TIME_WAIT_OVERFLOWS,
	TCPLIFE_ATTR_SUMMARY_SYNCOOKIES_SENT,
	TCPLIFE_ATTR_SUMMARY_SYNCOOKIES_VALIDATED,
	TCPLIFE_ATTR_SUMMARY_SYN_RETRANSMITS,
	TCPLIFE_ATTR_SUMMARY_SYNACK_RETRANSMITS,
	TCPLIFE_ATTR_SUMMARY_RETRANSMITS,
	TCPLIFE_ATTR_SUMMARY_RESETS_SENT,
	TCPLIFE_ATTR_SUMMARY_RESETS_RECEIVED,
	TCPLIFE_ATTR_SUMMARY_EVENTS_TOLD,
	TCPLIFE_ATTR_SUMMARY_EVENTS_SENT,
	TCPLIFE_ATTR_SUMMARY_EVENTS_PENDING,
	TCPLIFE_ATTR_SUMMARY_EVENTS_LOST,
	TCPLIFE_ATTR_SUMMARY_EVENTS_UNHEARD,
	TCPLIFE_ATTR_SUMMARY_TIMELINE_OMITTED,
	TCPLIFE_ATTR_SUMMARY_HANDSHAKE_P50_US,
	TCPLIFE_ATTR_SUMMARY_HANDSHAKE_P99_US,
	TCPLIFE_ATTR_SUMMARY_MAX_LIVES,
	TCPLIFE_ATTR_SUMMARY_LIVES_ALLOCATED,
	TCPLIFE_ATTR_SUMMARY_HISTORY,
	TCPLIFE_ATTR_SUMMARY_HALF_OPEN_HISTORY,
	TCPLIFE_ATTR_SUMMARY_MEMORY_BYTES,
	TCPLIFE_ATTR_SUMMARY_TIME_WAIT_EXPIRED,
	TCPLIFE_ATTR_SUMMARY_TIME_WAIT_REUSED,
	TCPLIFE_ATTR_SUMMARY_TIME_WAIT_REOPENED,
	TCPLIFE_ATTR_SUMMARY_TIME_WAIT_RESET,
	TCPLIFE_ATTR_SUMMARY_FIN_WAIT2_ORPHANS,
	TCPLIFE_ATTR_SUMMARY_SYNS_RECEIVED,
	TCPLIFE_ATTR_SUMMARY_SYNS_DROPPED_SYN_QUEUE,
	TCPLIFE_ATTR_SUMMARY_SYNS_DROPPED_ACCEPT_QUEUE,
	TCPLIFE_ATTR_SUMMARY_SYNS_DROPPED_OTHER,
	TCPLIFE_ATTR_SUMMARY_HANDSHAKES_OVERFLOWED,
	TCPLIFE_ATTR_SUMMARY_SYNCOOKIES_FAILED,
	TCPLIFE_ATTR_SUMMARY_LISTENERS,
	TCPLIFE_ATTR_SUMMARY_LISTENERS_UNRECORDED,
	TCPLIFE_ATTR_SUMMARY_FLOODS,
	TCPLIFE_ATTR_SUMMARY_ALERTS,

	/* private: */
	__TCPLIFE_ATTR_SUMMARY_MAX,
};
#define TCPLIFE_ATTR_SUMMARY_MAX	(__TCPLIFE_ATTR_SUMMARY_MAX - 1)

/* X(NAME, name) for each of enum tcplife_attr_summary, in order. */
#define TCPLIFE_ATTR_SUMMARY_LIST(X) \
	X(UNSPEC, unspec) \
	X(PAD, pad) \
	X(VERSION, version) \
	X(NETNS, netns) \
	X(OPENED, opened) \
	X(ADOPTED, adopted) \
	X(CLOSED, closed) \
	X(LIVE, live) \
	X(LOST, lost) \
	X(OPENED_ACTIVE, opened_active) \
	X(OPENED_PASSIVE, opened_passive) \
	X(ESTABLISHED, established) \
	X(REFUSED, refused) \
	X(RECOVERED, recovered) \
	X(HALF_OPEN, half_open) \
	X(HALF_OPEN_BEGUN, half_open_begun) \
	X(HALF_OPEN_ESTABLISHED, half_open_established) \
	X(HALF_OPEN_FAILED, half_open_failed) \
	X(TIME_WAIT, time_wait) \
	X(TIME_WAIT_BEGUN, time_wait_begun) \
	X(TIME_WAIT_ENDED, time_wait_ended) \
	X(TIME_WAIT_OVERFLOWS, time_wait_overflows) \
	X(SYNCOOKIES_SENT, syncookies_sent) \
	X(SYNCOOKIES_VALIDATED, syncookies_validated) \
	X(SYN_RETRANSMITS, syn_retransmits) \
	X(SYNACK_RETRANSMITS, synack_retransmits) \
	X(RETRANSMITS, retransmits) \
	X(RESETS_SENT, resets_sent) \
	X(RESETS_RECEIVED, resets_received) \
	X(EVENTS_TOLD, events_told) \
	X(EVENTS_SENT, events_sent) \
	X(EVENTS_PENDING, events_pending) \
	X(EVENTS_LOST, events_lost) \
	X(EVENTS_UNHEARD, events_unheard) \
	X(TIMELINE_OMITTED, timeline_omitted) \
	X(HANDSHAKE_P50_US, handshake_p50_us) \
	X(HANDSHAKE_P99_US, handshake_p99_us) \
	X(MAX_LIVES, max_lives) \
	X(LIVES_ALLOCATED, lives_allocated) \
	X(HISTORY, history) \
	X(HALF_OPEN_HISTORY, half_open_history) \
	X(MEMORY_BYTES, memory_bytes) \
	X(TIME_WAIT_EXPIRED, time_wait_expired) \
	X(TIME_WAIT_REUSED, time_wait_reused) \
	X(TIME_WAIT_REOPENED, time_wait_reopened) \
	X(TIME_WAIT_RESET, time_wait_reset) \
	X(FIN_WAIT2_ORPHANS, fin_wait2_orphans) \
	X(SYNS_RECEIVED, syns_received) \
	X(SYNS_DROPPED_SYN_QUEUE, syns_dropped_syn_queue) \
	X(SYNS_DROPPED_ACCEPT_QUEUE, syns_dropped_accept_queue) \
	X(SYNS_DROPPED_OTHER, syns_dropped_other) \
	X(HANDSHAKES_OVERFLOWED, handshakes_overflowed) \
	X(SYNCOOKIES_FAILED, syncookies_failed) \
	X(LISTENERS, listeners) \
	X(LISTENERS_UNRECORDED, listeners_unrecorded) \
	X(FLOODS, floods) \
	X(ALERTS, alerts)

/**
 * enum tcplife_attr_hook - One hook into the kernel, and how it fares.
 * @TCPLIFE_ATTR_HOOK_UNSPEC: Not used.
 * @TCPLIFE_ATTR_HOOK_PAD: pad
 * @TCPLIFE_ATTR_HOOK_NAME: Tracepoint or function.
 * @TCPLIFE_ATTR_HOOK_KIND: kind
 * @TCPLIFE_ATTR_HOOK_REQUIRED: 1 if the module does not load without it.
 * @TCPLIFE_ATTR_HOOK_STATUS: status
 * @TCPLIFE_ATTR_HOOK_MISSED: Hits that the kernel did not deliver (nmissed).
 * @TCPLIFE_ATTR_HOOK_FEATURE: What it is for.
 */
enum tcplife_attr_hook {
	TCPLIFE_ATTR_HOOK_UNSPEC = 0,
	TCPLIFE_ATTR_HOOK_PAD,
	TCPLIFE_ATTR_HOOK_NAME,
	TCPLIFE_ATTR_HOOK_KIND,
	TCPLIFE_ATTR_HOOK_REQUIRED,
	TCPLIFE_ATTR_HOOK_STATUS,
	TCPLIFE_ATTR_HOOK_MISSED,
	TCPLIFE_ATTR_HOOK_FEATURE,

	/* private: */
	__TCPLIFE_ATTR_HOOK_MAX,
};
#define TCPLIFE_ATTR_HOOK_MAX	(__TCPLIFE_ATTR_HOOK_MAX - 1)

/* X(NAME, name) for each of enum tcplife_attr_hook, in order. */
#define TCPLIFE_ATTR_HOOK_LIST(X) \
	X(UNSPEC, unspec) \
	X(PAD, pad) \
	X(NAME, name) \
	X(KIND, kind) \
	X(REQUIRED, required) \
	X(STATUS, status) \
	X(MISSED, missed) \
	X(FEATURE, feature)

/**
 * enum tcplife_attr_listener - One listening socket, open or closed not long
 *	ago.
 * @TCPLIFE_ATTR_LISTENER_UNSPEC: Not used.
 * @TCPLIFE_ATTR_LISTENER_PAD: pad
 * @TCPLIFE_ATTR_LISTENER_ID: Its socket cookie, as ss -e shows it.
 * @TCPLIFE_ATTR_LISTENER_NETNS: Inode number of the network namespace.
 * @TCPLIFE_ATTR_LISTENER_FAMILY: 4 or 6. A socket of family 6 may take in
 *	IPv4 too.
 * @TCPLIFE_ATTR_LISTENER_LOCAL_ADDR: 4 or 16 bytes in network order; zeros
 *	for any address.
 * @TCPLIFE_ATTR_LISTENER_LOCAL_PORT: In host order.
 * @TCPLIFE_ATTR_LISTENER_VERDICT: verdict
 * @TCPLIFE_ATTR_LISTENER_OPENED_AT: Wall-clock time of listen() in ns since
 *	1970. Absent if that was not seen, or found no room.
 * @TCPLIFE_ATTR_LISTENER_CLOSED_US: Time since it was closed. Absent while it
 *	listens.
 * @TCPLIFE_ATTR_LISTENER_OWNER: How the owner was learnt - connect stands for
 *	listen() here.
 * @TCPLIFE_ATTR_LISTENER_PID: Process id in the initial pid namespace. Absent
 *	if unknown, and in a network namespace of another user namespace than the
 *	first.
 * @TCPLIFE_ATTR_LISTENER_COMM: Name of that process. Absent if unknown.
 * @TCPLIFE_ATTR_LISTENER_UID: User id of whoever made the socket.
 * @TCPLIFE_ATTR_LISTENER_CGROUP: Cgroup v2 id of whoever made the socket.
 *	Absent in a network namespace of another user namespace than the first.
 * @TCPLIFE_ATTR_LISTENER_SYN_QUEUE: Half-open connections in its SYN queue
 *	now.
 * @TCPLIFE_ATTR_LISTENER_SYN_QUEUE_PEAK: The most there were at once since it
 *	was put on record.
 * @TCPLIFE_ATTR_LISTENER_SYN_QUEUE_LIMIT: Backlog, which limits the SYN queue
 *	too - listen() and net.core.somaxconn; one more than this fits.
 * @TCPLIFE_ATTR_LISTENER_ACCEPT_QUEUE: Established connections that wait for
 *	accept() now.
 * @TCPLIFE_ATTR_LISTENER_ACCEPT_QUEUE_PEAK: The most there were at once since
 *	it was put on record.
 * @TCPLIFE_ATTR_LISTENER_ACCEPT_QUEUE_LIMIT: Backlog - listen() and
 *	net.core.somaxconn; one more than this fits.
 * @TCPLIFE_ATTR_LISTENER_SYNS: SYNs received that belonged to no half-open
 *	connection.
 * @TCPLIFE_ATTR_LISTENER_SYNACKS: Half-open connections begun.
 * @TCPLIFE_ATTR_LISTENER_COMPLETED: Handshakes completed, those by cookies
 *	among them.
 * @TCPLIFE_ATTR_LISTENER_EXPIRED: Half-open connections whose last ACK did
 *	not come.
 * @TCPLIFE_ATTR_LISTENER_RESET: Half-open connections that the peer reset.
 * @TCPLIFE_ATTR_LISTENER_FAILED: Half-open connections that ended for another
 *	reason.
 * @TCPLIFE_ATTR_LISTENER_ACCEPTED: Connections that the application accepted.
 * @TCPLIFE_ATTR_LISTENER_DROPPED_SYN_QUEUE: SYNs dropped because the SYN
 *	queue was full and cookies off (TCPReqQFullDrop).
 * @TCPLIFE_ATTR_LISTENER_DROPPED_ACCEPT_QUEUE: SYNs dropped because the
 *	accept queue was full (in ListenOverflows).
 * @TCPLIFE_ATTR_LISTENER_DROPPED_OTHER: SYNs dropped for another reason -
 *	memory, no route back, a security module, or with cookies off the reserve
 *	for known peers.
 * @TCPLIFE_ATTR_LISTENER_OVERFLOWED: Last ACKs of handshakes not taken
 *	because the accept queue was full (in ListenOverflows).
 * @TCPLIFE_ATTR_LISTENER_COOKIES_SENT: SYNs answered by a cookie.
 * @TCPLIFE_ATTR_LISTENER_COOKIES_VALIDATED: Connections made from a valid
 *	cookie.
 * @TCPLIFE_ATTR_LISTENER_COOKIES_FAILED: ACKs that should have held a cookie
 *	and did not.
 * @TCPLIFE_ATTR_LISTENER_HANDSHAKE: Handshake times - an array of counts, the
 *	first of 0 us, each other of twice the time before, from 1 us on.
 * @TCPLIFE_ATTR_LISTENER_HANDSHAKE_P50_US: Median (upper edge of its
 *	power-of-two bucket). Absent if none was seen.
 * @TCPLIFE_ATTR_LISTENER_HANDSHAKE_P99_US: 99th percentile, likewise.
 * @TCPLIFE_ATTR_LISTENER_ACCEPT_WAIT: Times from ESTABLISHED to accept() - an
 *	array like handshake.
 * @TCPLIFE_ATTR_LISTENER_ACCEPT_WAIT_P50_US: Median, likewise.
 * @TCPLIFE_ATTR_LISTENER_ACCEPT_WAIT_P99_US: 99th percentile, likewise.
 */
enum tcplife_attr_listener {
	TCPLIFE_ATTR_LISTENER_UNSPEC = 0,
	TCPLIFE_ATTR_LISTENER_PAD,
	TCPLIFE_ATTR_LISTENER_ID,
	TCPLIFE_ATTR_LISTENER_NETNS,
	TCPLIFE_ATTR_LISTENER_FAMILY,
	TCPLIFE_ATTR_LISTENER_LOCAL_ADDR,
	TCPLIFE_ATTR_LISTENER_LOCAL_PORT,
	TCPLIFE_ATTR_LISTENER_VERDICT,
	TCPLIFE_ATTR_LISTENER_OPENED_AT,
	TCPLIFE_ATTR_LISTENER_CLOSED_US,
	TCPLIFE_ATTR_LISTENER_OWNER,
	TCPLIFE_ATTR_LISTENER_PID,
	TCPLIFE_ATTR_LISTENER_COMM,
	TCPLIFE_ATTR_LISTENER_UID,
	TCPLIFE_ATTR_LISTENER_CGROUP,
	TCPLIFE_ATTR_LISTENER_SYN_QUEUE,
	TCPLIFE_ATTR_LISTENER_SYN_QUEUE_PEAK,
	TCPLIFE_ATTR_LISTENER_SYN_QUEUE_LIMIT,
	TCPLIFE_ATTR_LISTENER_ACCEPT_QUEUE,
	TCPLIFE_ATTR_LISTENER_ACCEPT_QUEUE_PEAK,
	TCPLIFE_ATTR_LISTENER_ACCEPT_QUEUE_LIMIT,
	TCPLIFE_ATTR_LISTENER_SYNS,
	TCPLIFE_ATTR_LISTENER_SYNACKS,
	TCPLIFE_ATTR_LISTENER_COMPLETED,
	TCPLIFE_ATTR_LISTENER_EXPIRED,
	TCPLIFE_ATTR_LISTENER_RESET,
	TCPLIFE_ATTR_LISTENER_FAILED,
	TCPLIFE_ATTR_LISTENER_ACCEPTED,
	TCPLIFE_ATTR_LISTENER_DROPPED_SYN_QUEUE,
	TCPLIFE_ATTR_LISTENER_DROPPED_ACCEPT_QUEUE,
	TCPLIFE_ATTR_LISTENER_DROPPED_OTHER,
	TCPLIFE_ATTR_LISTENER_OVERFLOWED,
	TCPLIFE_ATTR_LISTENER_COOKIES_SENT,
	TCPLIFE_ATTR_LISTENER_COOKIES_VALIDATED,
	TCPLIFE_ATTR_LISTENER_COOKIES_FAILED,
	TCPLIFE_ATTR_LISTENER_HANDSHAKE,
	TCPLIFE_ATTR_LISTENER_HANDSHAKE_P50_US,
	TCPLIFE_ATTR_LISTENER_HANDSHAKE_P99_US,
	TCPLIFE_ATTR_LISTENER_ACCEPT_WAIT,
	TCPLIFE_ATTR_LISTENER_ACCEPT_WAIT_P50_US,
	TCPLIFE_ATTR_LISTENER_ACCEPT_WAIT_P99_US,

	/* private: */
	__TCPLIFE_ATTR_LISTENER_MAX,
};
#define TCPLIFE_ATTR_LISTENER_MAX	(__TCPLIFE_ATTR_LISTENER_MAX - 1)

/* X(NAME, name) for each of enum tcplife_attr_listener, in order. */
#define TCPLIFE_ATTR_LISTENER_LIST(X) \
	X(UNSPEC, unspec) \
	X(PAD, pad) \
	X(ID, id) \
	X(NETNS, netns) \
	X(FAMILY, family) \
	X(LOCAL_ADDR, local_addr) \
	X(LOCAL_PORT, local_port) \
	X(VERDICT, verdict) \
	X(OPENED_AT, opened_at) \
	X(CLOSED_US, closed_us) \
	X(OWNER, owner) \
	X(PID, pid) \
	X(COMM, comm) \
	X(UID, uid) \
	X(CGROUP, cgroup) \
	X(SYN_QUEUE, syn_queue) \
	X(SYN_QUEUE_PEAK, syn_queue_peak) \
	X(SYN_QUEUE_LIMIT, syn_queue_limit) \
	X(ACCEPT_QUEUE, accept_queue) \
	X(ACCEPT_QUEUE_PEAK, accept_queue_peak) \
	X(ACCEPT_QUEUE_LIMIT, accept_queue_limit) \
	X(SYNS, syns) \
	X(SYNACKS, synacks) \
	X(COMPLETED, completed) \
	X(EXPIRED, expired) \
	X(RESET, reset) \
	X(FAILED, failed) \
	X(ACCEPTED, accepted) \
	X(DROPPED_SYN_QUEUE, dropped_syn_queue) \
	X(DROPPED_ACCEPT_QUEUE, dropped_accept_queue) \
	X(DROPPED_OTHER, dropped_other) \
	X(OVERFLOWED, overflowed) \
	X(COOKIES_SENT, cookies_sent) \
	X(COOKIES_VALIDATED, cookies_validated) \
	X(COOKIES_FAILED, cookies_failed) \
	X(HANDSHAKE, handshake) \
	X(HANDSHAKE_P50_US, handshake_p50_us) \
	X(HANDSHAKE_P99_US, handshake_p99_us) \
	X(ACCEPT_WAIT, accept_wait) \
	X(ACCEPT_WAIT_P50_US, accept_wait_p50_us) \
	X(ACCEPT_WAIT_P99_US, accept_wait_p99_us)

/**
 * enum tcplife_attr_source - A source of SYNs that stands out.
 * @TCPLIFE_ATTR_SOURCE_UNSPEC: Not used.
 * @TCPLIFE_ATTR_SOURCE_PAD: pad
 * @TCPLIFE_ATTR_SOURCE_ADDR: 4 or 16 bytes in network order.
 * @TCPLIFE_ATTR_SOURCE_PREFIX_LEN: 32 or 128 for one address, 24 or 64 for a
 *	prefix.
 * @TCPLIFE_ATTR_SOURCE_SYNS: SYNs from it whose handshakes are not completed,
 *	at least so many.
 */
enum tcplife_attr_source {
	TCPLIFE_ATTR_SOURCE_UNSPEC = 0,
	TCPLIFE_ATTR_SOURCE_PAD,
	TCPLIFE_ATTR_SOURCE_ADDR,
	TCPLIFE_ATTR_SOURCE_PREFIX_LEN,
	TCPLIFE_ATTR_SOURCE_SYNS,

	/* private: */
	__TCPLIFE_ATTR_SOURCE_MAX,
};
#define TCPLIFE_ATTR_SOURCE_MAX	(__TCPLIFE_ATTR_SOURCE_MAX - 1)

/* X(NAME, name) for each of enum tcplife_attr_source, in order. */
#define TCPLIFE_ATTR_SOURCE_LIST(X) \
	X(UNSPEC, unspec) \
	X(PAD, pad) \
	X(ADDR, addr) \
	X(PREFIX_LEN, prefix_len) \
	X(SYNS, syns)

/**
 * enum tcplife_attr_flood - One listening address and port that ever left
 *	quiet, or an alert, which tells of a change.
 * @TCPLIFE_ATTR_FLOOD_UNSPEC: Not used.
 * @TCPLIFE_ATTR_FLOOD_PAD: pad
 * @TCPLIFE_ATTR_FLOOD_SEQ: Number of this alert in its network namespace,
 *	counted from 1. A gap means a loss. Absent in a row of the present.
 * @TCPLIFE_ATTR_FLOOD_NETNS: Inode number of the network namespace.
 * @TCPLIFE_ATTR_FLOOD_FAMILY: 4 or 6, of the listening address.
 * @TCPLIFE_ATTR_FLOOD_LOCAL_ADDR: Listening address, 4 or 16 bytes in network
 *	order; zeros for any address.
 * @TCPLIFE_ATTR_FLOOD_LOCAL_PORT: In host order.
 * @TCPLIFE_ATTR_FLOOD_STATE: state
 * @TCPLIFE_ATTR_FLOOD_PREVIOUS_STATE: The state before this change. Absent in
 *	a row of the present.
 * @TCPLIFE_ATTR_FLOOD_AT: Wall-clock time of this alert in ns since 1970.
 *	Absent in a row of the present.
 * @TCPLIFE_ATTR_FLOOD_SINCE: Wall-clock time in ns since 1970 of the first
 *	SYNs of the flood, or of what is suspected to be one, to 34 ms. Where the
 *	state is quiet, of the last flood; and if there was none, of when it became
 *	quiet, or of the first SYNs left undone that add up again.
 * @TCPLIFE_ATTR_FLOOD_SYN_RATE: SYNs in the last second.
 * @TCPLIFE_ATTR_FLOOD_SYN_RATE_PEAK: The most SYNs in one second since then.
 * @TCPLIFE_ATTR_FLOOD_COMPLETION_RATIO: Handshakes completed of those due, in
 *	thousandths - of the SYNs of the two seconds before the last 0.6 s. Absent
 *	if none was due, and where the state is quiet after a flood.
 * @TCPLIFE_ATTR_FLOOD_SYNS: SYNs since then, without those dropped for a full
 *	accept queue.
 * @TCPLIFE_ATTR_FLOOD_HALF_OPEN: Half-open connections now.
 * @TCPLIFE_ATTR_FLOOD_HALF_OPEN_LIMIT: Sum of the backlogs of all its
 *	listening sockets.
 * @TCPLIFE_ATTR_FLOOD_DISTINCT_SOURCES: Estimated distinct source addresses
 *	of SYNs since then, within 10 %; those of good clients are among them.
 * @TCPLIFE_ATTR_FLOOD_SPREAD: spread
 * @TCPLIFE_ATTR_FLOOD_TOP_SOURCES: The sources or prefixes that stand out,
 *	most SYNs first.
 * @TCPLIFE_ATTR_FLOOD_COOKIES: cookies
 * @TCPLIFE_ATTR_FLOOD_COOKIES_SENT: SYNs answered by a cookie since then.
 * @TCPLIFE_ATTR_FLOOD_DROPPED: SYNs since then that neither a SYN-ACK nor a
 *	cookie answered, without those dropped for a full accept queue.
 * @TCPLIFE_ATTR_FLOOD_FLOODS: Floods so far on this address and port.
 * @TCPLIFE_ATTR_FLOOD_ADVICE: What to do, in one sentence.
 */
enum tcplife_attr_flood {
	TCPLIFE_ATTR_FLOOD_UNSPEC = 0,
	TCPLIFE_ATTR_FLOOD_PAD,
	TCPLIFE_ATTR_FLOOD_SEQ,
	TCPLIFE_ATTR_FLOOD_NETNS,
	TCPLIFE_ATTR_FLOOD_FAMILY,
	TCPLIFE_ATTR_FLOOD_LOCAL_ADDR,
	TCPLIFE_ATTR_FLOOD_LOCAL_PORT,
	TCPLIFE_ATTR_FLOOD_STATE,
	TCPLIFE_ATTR_FLOOD_PREVIOUS_STATE,
	TCPLIFE_ATTR_FLOOD_AT,
	TCPLIFE_ATTR_FLOOD_SINCE,
	TCPLIFE_ATTR_FLOOD_SYN_RATE,
	TCPLIFE_ATTR_FLOOD_SYN_RATE_PEAK,
	TCPLIFE_ATTR_FLOOD_COMPLETION_RATIO,
	TCPLIFE_ATTR_FLOOD_SYNS,
	TCPLIFE_ATTR_FLOOD_HALF_OPEN,
	TCPLIFE_ATTR_FLOOD_HALF_OPEN_LIMIT,
	TCPLIFE_ATTR_FLOOD_DISTINCT_SOURCES,
	TCPLIFE_ATTR_FLOOD_SPREAD,
	TCPLIFE_ATTR_FLOOD_TOP_SOURCES,
	TCPLIFE_ATTR_FLOOD_COOKIES,
	TCPLIFE_ATTR_FLOOD_COOKIES_SENT,
	TCPLIFE_ATTR_FLOOD_DROPPED,
	TCPLIFE_ATTR_FLOOD_FLOODS,
	TCPLIFE_ATTR_FLOOD_ADVICE,

	/* private: */
	__TCPLIFE_ATTR_FLOOD_MAX,
};
#define TCPLIFE_ATTR_FLOOD_MAX	(__TCPLIFE_ATTR_FLOOD_MAX - 1)

/* X(NAME, name) for each of enum tcplife_attr_flood, in order. */
#define TCPLIFE_ATTR_FLOOD_LIST(X) \
	X(UNSPEC, unspec) \
	X(PAD, pad) \
	X(SEQ, seq) \
	X(NETNS, netns) \
	X(FAMILY, family) \
	X(LOCAL_ADDR, local_addr) \
	X(LOCAL_PORT, local_port) \
	X(STATE, state) \
	X(PREVIOUS_STATE, previous_state) \
	X(AT, at) \
	X(SINCE, since) \
	X(SYN_RATE, syn_rate) \
	X(SYN_RATE_PEAK, syn_rate_peak) \
	X(COMPLETION_RATIO, completion_ratio) \
	X(SYNS, syns) \
	X(HALF_OPEN, half_open) \
	X(HALF_OPEN_LIMIT, half_open_limit) \
	X(DISTINCT_SOURCES, distinct_sources) \
	X(SPREAD, spread) \
	X(TOP_SOURCES, top_sources) \
	X(COOKIES, cookies) \
	X(COOKIES_SENT, cookies_sent) \
	X(DROPPED, dropped) \
	X(FLOODS, floods) \
	X(ADVICE, advice)

/**
 * enum tcplife_attr_tally - A number of connections that have something in
 *	common.
 * @TCPLIFE_ATTR_TALLY_UNSPEC: Not used.
 * @TCPLIFE_ATTR_TALLY_PAD: pad
 * @TCPLIFE_ATTR_TALLY_REPORT: report
 * @TCPLIFE_ATTR_TALLY_BY: by
 * @TCPLIFE_ATTR_TALLY_AGE_FROM_S: Age at least, in seconds. Of rows by age
 *	only.
 * @TCPLIFE_ATTR_TALLY_AGE_TO_S: Age below, in seconds. Absent in the last row
 *	by age.
 * @TCPLIFE_ATTR_TALLY_FAMILY: 4 or 6.
 * @TCPLIFE_ATTR_TALLY_ADDR: Local address of a listener, remote address, or
 *	prefix, 4 or 16 bytes in network order.
 * @TCPLIFE_ATTR_TALLY_PREFIX_LEN: 24 or 64. Of rows by prefix only.
 * @TCPLIFE_ATTR_TALLY_PORT: Port, in host order.
 * @TCPLIFE_ATTR_TALLY_COUNT: Connections.
 * @TCPLIFE_ATTR_TALLY_PORTS_USED: Local ports of net.ipv4.ip_local_port_range
 *	in use towards this remote address and port, by TIME_WAIT and live
 *	connections, from the one local address that uses most. Of rows by remote
 *	of time_wait only.
 * @TCPLIFE_ATTR_TALLY_PORTS_RANGE: Ports in net.ipv4.ip_local_port_range.
 *	Likewise.
 * @TCPLIFE_ATTR_TALLY_PORTS_OUT_S: Seconds until they run out at the rate of
 *	the last five seconds. Absent if they do not.
 * @TCPLIFE_ATTR_TALLY_FIN_WAIT2: Connections of FIN_WAIT2 that no process
 *	holds any more, which the kernel counts with TIME_WAIT. In the total of
 *	time_wait only.
 * @TCPLIFE_ATTR_TALLY_LIMIT: net.ipv4.tcp_max_tw_buckets. In the total of
 *	time_wait only.
 * @TCPLIFE_ATTR_TALLY_BEGUN: TIME_WAIT begun since load. In the total of
 *	time_wait only, as those that follow.
 * @TCPLIFE_ATTR_TALLY_EXPIRED: Ended because its time ran out.
 * @TCPLIFE_ATTR_TALLY_REUSED: Ended by a connect() of this end.
 * @TCPLIFE_ATTR_TALLY_REOPENED: Ended by a SYN of the peer.
 * @TCPLIFE_ATTR_TALLY_RESET: Ended by a RST or unexpected data
 *	(assassinated).
 * @TCPLIFE_ATTR_TALLY_OVERFLOWED: Never begun, for want of room
 *	(tcp_max_tw_buckets).
 * @TCPLIFE_ATTR_TALLY_BEGUN_PER_S: Begun a second, over the last 5 to 10
 *	seconds.
 * @TCPLIFE_ATTR_TALLY_ENDED_PER_S: Ended a second, likewise.
 * @TCPLIFE_ATTR_TALLY_REUSED_PER_S: Reused a second, likewise.
 * @TCPLIFE_ATTR_TALLY_OVERFLOWED_PER_S: Overflowed a second, likewise.
 */
enum tcplife_attr_tally {
	TCPLIFE_ATTR_TALLY_UNSPEC = 0,
	TCPLIFE_ATTR_TALLY_PAD,
	TCPLIFE_ATTR_TALLY_REPORT,
	TCPLIFE_ATTR_TALLY_BY,
	TCPLIFE_ATTR_TALLY_AGE_FROM_S,
	TCPLIFE_ATTR_TALLY_AGE_TO_S,
	TCPLIFE_ATTR_TALLY_FAMILY,
	TCPLIFE_ATTR_TALLY_ADDR,
	TCPLIFE_ATTR_TALLY_PREFIX_LEN,
	TCPLIFE_ATTR_TALLY_PORT,
	TCPLIFE_ATTR_TALLY_COUNT,
	TCPLIFE_ATTR_TALLY_PORTS_USED,
	TCPLIFE_ATTR_TALLY_PORTS_RANGE,
	TCPLIFE_ATTR_TALLY_PORTS_OUT_S,
	TCPLIFE_ATTR_TALLY_FIN_WAIT2,
	TCPLIFE_ATTR_TALLY_LIMIT,
	TCPLIFE_ATTR_TALLY_BEGUN,
	TCPLIFE_ATTR_TALLY_EXPIRED,
	TCPLIFE_ATTR_TALLY_REUSED,
	TCPLIFE_ATTR_TALLY_REOPENED,
	TCPLIFE_ATTR_TALLY_RESET,
	TCPLIFE_ATTR_TALLY_OVERFLOWED,
	TCPLIFE_ATTR_TALLY_BEGUN_PER_S,
	TCPLIFE_ATTR_TALLY_ENDED_PER_S,
	TCPLIFE_ATTR_TALLY_REUSED_PER_S,
	TCPLIFE_ATTR_TALLY_OVERFLOWED_PER_S,

	/* private: */
	__TCPLIFE_ATTR_TALLY_MAX,
};
#define TCPLIFE_ATTR_TALLY_MAX	(__TCPLIFE_ATTR_TALLY_MAX - 1)

/* X(NAME, name) for each of enum tcplife_attr_tally, in order. */
#define TCPLIFE_ATTR_TALLY_LIST(X) \
	X(UNSPEC, unspec) \
	X(PAD, pad) \
	X(REPORT, report) \
	X(BY, by) \
	X(AGE_FROM_S, age_from_s) \
	X(AGE_TO_S, age_to_s) \
	X(FAMILY, family) \
	X(ADDR, addr) \
	X(PREFIX_LEN, prefix_len) \
	X(PORT, port) \
	X(COUNT, count) \
	X(PORTS_USED, ports_used) \
	X(PORTS_RANGE, ports_range) \
	X(PORTS_OUT_S, ports_out_s) \
	X(FIN_WAIT2, fin_wait2) \
	X(LIMIT, limit) \
	X(BEGUN, begun) \
	X(EXPIRED, expired) \
	X(REUSED, reused) \
	X(REOPENED, reopened) \
	X(RESET, reset) \
	X(OVERFLOWED, overflowed) \
	X(BEGUN_PER_S, begun_per_s) \
	X(ENDED_PER_S, ended_per_s) \
	X(REUSED_PER_S, reused_per_s) \
	X(OVERFLOWED_PER_S, overflowed_per_s)

/**
 * enum tcplife_cmd - Commands of the family.
 * @TCPLIFE_CMD_UNSPEC: Not used.
 * @TCPLIFE_CMD_LIFE_GET: One live connection by id, or a dump of the live
 *	ones or of history.
 * @TCPLIFE_CMD_SUMMARY_GET: Totals of the caller's network namespace.
 * @TCPLIFE_CMD_HOOK_GET: Dump of the hooks.
 * @TCPLIFE_CMD_LIFE_NTF: A connection is over for its application - at CLOSE,
 *	or where TIME_WAIT begins.
 * @TCPLIFE_CMD_LISTENER_GET: Dump of the listening sockets, and of those
 *	closed not long ago.
 * @TCPLIFE_CMD_FLOOD_GET: Dump of the listening addresses and ports that ever
 *	left quiet.
 * @TCPLIFE_CMD_ALERT_GET: Dump of the alerts that are kept, oldest first.
 * @TCPLIFE_CMD_ALERT_NTF: The detector of SYN floods changed its mind about a
 *	listening address and port.
 * @TCPLIFE_CMD_TALLY_GET: Dump of what a report adds up to; the most numerous
 *	of each kind only.
 * @TCPLIFE_CMD_LIFE_END_NTF: TIME_WAIT has ended of a connection that was
 *	told where it began. Says what is new since then; of the timeline, the
 *	entries that came behind.
 */
enum tcplife_cmd {
	TCPLIFE_CMD_UNSPEC = 0,
	TCPLIFE_CMD_LIFE_GET,
	TCPLIFE_CMD_SUMMARY_GET,
	TCPLIFE_CMD_HOOK_GET,
	TCPLIFE_CMD_LIFE_NTF,
	TCPLIFE_CMD_LISTENER_GET,
	TCPLIFE_CMD_FLOOD_GET,
	TCPLIFE_CMD_ALERT_GET,
	TCPLIFE_CMD_ALERT_NTF,
	TCPLIFE_CMD_TALLY_GET,
	TCPLIFE_CMD_LIFE_END_NTF,

	/* private: */
	__TCPLIFE_CMD_MAX,
};
#define TCPLIFE_CMD_MAX	(__TCPLIFE_CMD_MAX - 1)

/* X(NAME, name) for each of enum tcplife_cmd, in order. */
#define TCPLIFE_CMD_LIST(X) \
	X(UNSPEC, unspec) \
	X(LIFE_GET, life_get) \
	X(SUMMARY_GET, summary_get) \
	X(HOOK_GET, hook_get) \
	X(LIFE_NTF, life_ntf) \
	X(LISTENER_GET, listener_get) \
	X(FLOOD_GET, flood_get) \
	X(ALERT_GET, alert_get) \
	X(ALERT_NTF, alert_ntf) \
	X(TALLY_GET, tally_get) \
	X(LIFE_END_NTF, life_end_ntf)

#define TCPLIFE_MCGRP_LIVES	"lives"
#define TCPLIFE_MCGRP_ALERTS	"alerts"

#endif /* _UAPI_LINUX_TCPLIFE_H */
