/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFE_SAMPLE_H
#define TCPLIFE_SAMPLE_H

#include <linux/cgroup.h>
#include <linux/cred.h>
#include <linux/sched.h>
#include <linux/sock_diag.h>
#include <net/inet_timewait_sock.h>
#include <net/mptcp.h>
#include <net/request_sock.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "core/life.h"
#include "core/outcome.h"
#include "core/tracker.h"
#include "names.h"

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

static __always_inline void tcplife_sample_ipv4(struct tcplife_life *life,
						const struct sock_common *c)
{
	life->family = 4;
	memcpy(life->local_addr, &c->skc_rcv_saddr, sizeof(c->skc_rcv_saddr));
	memcpy(life->remote_addr, &c->skc_daddr, sizeof(c->skc_daddr));
}

/**
 * tcplife_sample_flow - addresses and remote port
 * @life: the life
 * @sk: sock, or request_sock or timewait_sock seen as sock
 *
 * The family is that of the packets: an IPv6 socket with mapped addresses
 * speaks IPv4.
 */
static __always_inline void tcplife_sample_flow(struct tcplife_life *life,
						const struct sock *sk)
{
	const struct sock_common *c = &sk->__sk_common;

	life->remote_port = ntohs(c->skc_dport);
#if IS_ENABLED(CONFIG_IPV6)
	if (c->skc_family == AF_INET6 && !ipv6_addr_v4mapped(&c->skc_v6_daddr)) {
		life->family = 6;
		memcpy(life->local_addr, &c->skc_v6_rcv_saddr,
		       sizeof(c->skc_v6_rcv_saddr));
		memcpy(life->remote_addr, &c->skc_v6_daddr,
		       sizeof(c->skc_v6_daddr));
		return;
	}
#endif
	tcplife_sample_ipv4(life, c);
}

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

/**
 * tcplife_sample_request - all that a request_sock tells
 * @life: the life
 * @req: the request, once its SYN-ACK is built
 */
static __always_inline void
tcplife_sample_request(struct tcplife_life *life, const struct request_sock *req)
{
	tcplife_sample_flow(life, req_to_sk((struct request_sock *)req));
	life->local_port = inet_rsk(req)->ir_num;
	life->isn_local = tcp_rsk(req)->snt_isn;
	life->isn_remote = tcp_rsk(req)->rcv_isn;
	life->known |= TCPLIFE_KNOWN_ISN_LOCAL | TCPLIFE_KNOWN_ISN_REMOTE;
	if (rsk_is_mptcp(req))
		life->flags |= TCPLIFE_FLAG_MPTCP;
}

/**
 * tcplife_sample_unacked - is something that was sent not acknowledged?
 * @sk: full socket
 */
static inline bool tcplife_sample_unacked(const struct sock *sk)
{
	return tcp_sk(sk)->snd_una != tcp_sk(sk)->snd_nxt;
}

/**
 * tcplife_sample_unsent - was something written, perhaps the FIN, never sent?
 * @sk: full socket
 */
static inline bool tcplife_sample_unsent(const struct sock *sk)
{
	return tcp_sk(sk)->snd_nxt != tcp_sk(sk)->write_seq;
}

/**
 * tcplife_sample_all_acked - is all that was written sent and acknowledged?
 * @sk: full socket
 */
static inline bool tcplife_sample_all_acked(const struct sock *sk)
{
	return tcp_sk(sk)->snd_una == tcp_sk(sk)->write_seq;
}

/**
 * tcplife_sample_just_acked - did the last ACK come in this tick?
 * @sk: full socket
 */
static inline bool tcplife_sample_just_acked(const struct sock *sk)
{
	return tcp_sk(sk)->rcv_tstamp == tcp_jiffies32;
}

bool tcplife_sample_is_begun(const struct sock *sk);
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

/**
 * tcplife_sample_retransmits - segments of data or FIN sent again
 * @life: the life
 * @sk: full socket; its total counts the handshake's retransmissions too
 */
static inline void tcplife_sample_retransmits(struct tcplife_life *life,
					      const struct sock *sk)
{
	u32 handshake = life->syn_retransmits + life->synack_retransmits;
	u32 total = tcp_sk(sk)->total_retrans;

	life->retransmits = total > handshake ? total - handshake : 0;
}

/*
 * The least RTT in microseconds, 0 if there is none of this connection: connect() on a
 * socket that was connected before keeps what was measured then.
 */
static __always_inline u32 tcplife_sample_min_rtt(const struct tcplife_life *life,
						  const struct tcp_sock *tp, u64 now_ns)
{
	const struct minmax_sample *least = &tp->rtt_min.s[0];
	u64 age_ns = (u64)(tcp_jiffies32 - least->t) * TICK_NSEC;

	if (!tp->srtt_us || least->v == ~0U)
		return 0;
	if (unlikely(age_ns > now_ns - life->birth_ns + 2 * TICK_NSEC) &&
	    !(life->flags & (TCPLIFE_FLAG_ADOPTED | TCPLIFE_FLAG_RECOVERED)))
		return 0;
	return least->v;
}

/**
 * tcplife_sample_figures - counters and congestion figures, once, at close
 * @life: the life
 * @sk: full socket; bytes_received counts the FIN, bytes_sent what was
 *	sent again
 * @now_ns: monotonic time
 */
static __always_inline void tcplife_sample_figures(struct tcplife_life *life,
						   const struct sock *sk, u64 now_ns)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	struct tcplife_sample *s = &life->sample;
	u64 fin = sock_flag(sk, SOCK_DONE);

	if (unlikely(life->ca_state != TCPLIFE_CA_OPEN))
		tcplife_tracker_congestion(life, TCPLIFE_CA_OPEN, now_ns);
	/* What could not be sent again for want of memory is counted too. */
	s->bytes_sent = tp->bytes_sent - min(tp->bytes_retrans, tp->bytes_sent);
	s->bytes_received = tp->bytes_received - min(fin, tp->bytes_received);
	s->segments_sent = tp->segs_out;
	s->segments_received = tp->segs_in;
	s->cwnd = tp->snd_cwnd;
	s->ssthresh = tcp_in_initial_slowstart(tp) ? 0 : tp->snd_ssthresh;
	s->srtt_us = tp->srtt_us >> 3;
	s->min_rtt_us = tcplife_sample_min_rtt(life, tp, now_ns);
	life->cc = tcplife_names_intern(inet_csk(sk)->icsk_ca_ops->name);
	life->known |= TCPLIFE_KNOWN_SAMPLE;
	if (sk_is_mptcp(sk))
		life->flags |= TCPLIFE_FLAG_MPTCP;
	if (tp->syn_data_acked)
		life->flags |= TCPLIFE_FLAG_FASTOPEN;
	tcplife_sample_retransmits(life, sk);
}

/**
 * tcplife_sample_owner - the current task owns the connection, if a process does
 * @life: the life
 * @how: how that is known
 *
 * A thread of the kernel owns nothing: it works for whoever asked it to, if anybody.
 *
 * Context: preemption off.
 */
static __always_inline void tcplife_sample_owner(struct tcplife_life *life,
						 enum tcplife_owner how)
{
	if (!in_task() || current->flags & PF_KTHREAD)
		return;
	life->owner = how;
	life->pid = task_tgid_nr(current);
	life->uid = __kuid_val(current_uid());
	memcpy(life->comm, current->group_leader->comm, sizeof(life->comm));
	life->comm[sizeof(life->comm) - 1] = '\0';
#ifdef CONFIG_CGROUPS
	life->cgroup = cgroup_id(task_dfl_cgroup(current));
#endif
}

/**
 * tcplife_sample_opener - the current task owns what it connects, or listens on
 * @life: the life
 * @sk: full socket; one that the kernel made for itself has no file
 *
 * Context: preemption off.
 */
static __always_inline void tcplife_sample_opener(struct tcplife_life *life,
						  const struct sock *sk)
{
	if (sk->sk_socket && sk->sk_socket->file)
		tcplife_sample_owner(life, TCPLIFE_OWNER_CONNECT);
}

void tcplife_sample_close(struct tcplife_close *close, const struct sock *sk);
void tcplife_sample_drop(struct tcplife_drop *drop,
			 const struct request_sock *req);

void tcplife_sample_kill(struct tcplife_kill *kill,
			 const struct inet_timewait_sock *tw);

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
