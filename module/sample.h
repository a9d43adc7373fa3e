/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFE_SAMPLE_H
#define TCPLIFE_SAMPLE_H

#include <linux/sock_diag.h>
#include <net/inet_timewait_sock.h>
#include <net/request_sock.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "core/life.h"
#include "core/outcome.h"

/**
 * tcplife_sample_id - the cookie of a socket of any kind
 * @sk: sock, or request_sock or timewait_sock seen as sock
 *
 * Return: the cookie, 0 if it has none.
 */
static inline u64 tcplife_sample_id(const struct sock *sk)
{
	return atomic64_read(&sk->__sk_common.skc_cookie);
}

/**
 * tcplife_sample_is_tcp - is a full socket TCP's own?
 * @sk: full socket
 */
static inline bool tcplife_sample_is_tcp(const struct sock *sk)
{
	return sk->sk_protocol == IPPROTO_TCP;
}

/**
 * tcplife_sample_make_id - the cookie of a socket of any kind, made if needed
 * @sk: sock, or request_sock or timewait_sock seen as sock
 *
 * SO_COOKIE, ss -e and BPF programs would make the same one.
 * Return: the cookie, never 0.
 */
static inline u64 tcplife_sample_make_id(const struct sock *sk)
{
	u64 id = tcplife_sample_id(sk);
	u32 halves[2];

	if (likely(id))
		return id;
	sock_diag_save_cookie((struct sock *)sk, halves);
	return tcplife_sample_id(sk);
}

DECLARE_PER_CPU(u32 [2], tcplife_sample_unused);

/**
 * tcplife_sample_new_id - the cookie of a socket of any kind that had none
 * @sk: sock or request_sock seen as sock
 *
 * Context: preemption off.
 * Return: the cookie, never 0.
 */
static __always_inline u64 tcplife_sample_new_id(const struct sock *sk)
{
	/* On the stack, the compiler would have to guard it. */
	sock_diag_save_cookie((struct sock *)sk, *this_cpu_ptr(&tcplife_sample_unused));
	return tcplife_sample_id(sk);
}

void tcplife_sample_flow(struct tcplife_life *life, const struct sock *sk);

/**
 * tcplife_sample_bound_port - the local port, if bind() chose one
 * @life: the life
 * @sk: full socket about to connect; inet_sport may still be the one it had
 *	when it was connected before
 */
static inline void tcplife_sample_bound_port(struct tcplife_life *life,
					     const struct sock *sk)
{
	life->local_port = inet_sk(sk)->inet_num;
}

/**
 * tcplife_sample_port - the local port
 * @life: the life
 * @sk: full socket; inet_num may be 0 again at close, inet_sport is not
 */
static inline void tcplife_sample_port(struct tcplife_life *life, const struct sock *sk)
{
	life->local_port = ntohs(inet_sk(sk)->inet_sport);
}

void tcplife_sample_minisock(struct tcplife_life *life,
			     const struct inet_timewait_sock *tw);

/**
 * tcplife_sample_fits - is a socket between the ends of a life?
 * @life: the life, of a connection that was established
 * @sk: timewait_sock, or sock, seen as sock
 */
static __always_inline bool tcplife_sample_fits(const struct tcplife_life *life,
						const struct sock *sk)
{
	const struct sock_common *c = &sk->__sk_common;

	if (life->local_port != c->skc_num ||
	    life->remote_port != ntohs(c->skc_dport))
		return false;
#if IS_ENABLED(CONFIG_IPV6)
	if (life->family == 6)
		return !memcmp(life->remote_addr, &c->skc_v6_daddr, 16) &&
		       !memcmp(life->local_addr, &c->skc_v6_rcv_saddr, 16);
#endif
	return !memcmp(life->remote_addr, &c->skc_daddr, 4) &&
	       !memcmp(life->local_addr, &c->skc_rcv_saddr, 4);
}

/**
 * tcplife_sample_segment_ns - when the kernel took in the segment it is at
 * @sk: full socket, in tcp_rcv_established() or tcp_rcv_state_process(), which look
 *	at the clock for ends of their own
 *
 * Return: monotonic time.
 */
static inline u64 tcplife_sample_segment_ns(const struct sock *sk)
{
	return tcp_sk(sk)->tcp_clock_cache;
}

bool tcplife_sample_is_begun(const struct sock *sk);
void tcplife_sample_request(struct tcplife_life *life,
			    const struct request_sock *req);
u32 tcplife_sample_peer(const struct request_sock *req);
u32 tcplife_sample_sender(const struct sk_buff *skb);

/**
 * tcplife_sample_isn_local - the initial sequence number of an active opener
 * @life: the life, in SYN_SENT still
 * @sk: full socket, before any data but that of a Fast Open SYN was
 *	acknowledged; bytes_acked counts the SYN
 */
static inline void tcplife_sample_isn_local(struct tcplife_life *life,
					    const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	if (!tp->segs_out || tp->repair)
		return;		/* no SYN was sent */
	life->isn_local = tp->snd_una - (u32)tp->bytes_acked;
	life->known |= TCPLIFE_KNOWN_ISN_LOCAL;
}

/**
 * tcplife_sample_isn_remote - the initial sequence number of the peer
 * @life: the life; unchanged if it knows it
 * @sk: full socket about to be ESTABLISHED, before it took in any data
 */
static inline void tcplife_sample_isn_remote(struct tcplife_life *life,
					     const struct sock *sk)
{
	if (life->known & TCPLIFE_KNOWN_ISN_REMOTE || tcp_sk(sk)->repair)
		return;
	life->isn_remote = tcp_sk(sk)->rcv_nxt - 1;
	life->known |= TCPLIFE_KNOWN_ISN_REMOTE;
}

void tcplife_sample_retransmits(struct tcplife_life *life,
				const struct sock *sk);
void tcplife_sample_figures(struct tcplife_life *life, const struct sock *sk,
			    u64 now_ns);
void tcplife_sample_owner(struct tcplife_life *life, enum tcplife_owner how);
void tcplife_sample_close(struct tcplife_close *close, const struct sock *sk);
void tcplife_sample_drop(struct tcplife_drop *drop,
			 const struct request_sock *req);

/**
 * tcplife_sample_kill - what a timewait_sock shows as it ends
 * @kill: filled, but for @segment, @syn and @rst
 * @tw: the timewait_sock
 */
static __always_inline void tcplife_sample_kill(struct tcplife_kill *kill,
						const struct inet_timewait_sock *tw)
{
	kill->netns_dying = !check_net(twsk_net(tw));
	kill->timed_out = time_after_eq(jiffies, tw->tw_timer.expires);
	kill->in_task = in_task();
}

/**
 * tcplife_sample_has_expired - does a timewait_sock end because it is time?
 * @tw: the timewait_sock, as it ends
 */
static __always_inline bool tcplife_sample_has_expired(const struct inet_timewait_sock *tw)
{
	return check_net(twsk_net(tw)) &&
	       time_after_eq(jiffies, tw->tw_timer.expires);
}

#endif
