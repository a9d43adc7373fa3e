// SPDX-License-Identifier: GPL-2.0
/*
 * Reading, with sample.h, what request_sock, sock and timewait_sock tell of a
 * connection.
 *
 * What may be read when:
 *  - struct sock_common (addresses, remote port, cookie, namespace) of all
 *    three kinds, at the hooks that call here; never between LISTEN and
 *    SYN_RECV of a child, which up to 6.12 still shows the listener's.
 *  - a full socket's fields, from a hook that runs with the socket locked or
 *    owned by the softirq that handles it, as all state changes and
 *    retransmissions are.  Fields that other CPUs write (sk_err, snd_una by
 *    readers of tcp_info) are stable for the same reason.
 *  - a request's fields, once its SYN-ACK is built: before that the slab still
 *    shows the request that had the memory last.
 *  - a minisock's fields, from its insertion to inet_twsk_kill().
 *  - current, only where the caller says the task is the one that acts.
 *
 * Context: softirq or process.  Takes no locks but those
 * of names.c and of the cookie generator, which uses atomics only.
 */
#include <linux/jhash.h>
#include <linux/preempt.h>
#include <net/tcp.h>

#include "sample.h"

DEFINE_PER_CPU(u32 [2], tcplife_sample_unused);

/**
 * tcplife_sample_minisock - all that a timewait_sock tells
 * @life: the life
 * @tw: the timewait_sock
 */
void tcplife_sample_minisock(struct tcplife_life *life,
			     const struct inet_timewait_sock *tw)
{
	tcplife_sample_flow(life, (const struct sock *)tw);
	life->local_port = ntohs(tw->tw_sport);
}

/**
 * tcplife_sample_is_begun - has a half-open connection had its first SYN-ACK?
 * @sk: request_sock in the kernel's hash, seen as sock, or a full socket
 *
 * Both are in the hash a moment before it is built.
 */
bool tcplife_sample_is_begun(const struct sock *sk)
{
	const struct request_sock *req;

	if (sk->sk_state == TCP_NEW_SYN_RECV)
		req = inet_reqsk(sk);
	else if (sk->sk_state == TCP_SYN_RECV)	/* one by Fast Open has it */
		req = rcu_dereference_raw(tcp_sk(sk)->fastopen_rsk);
	else
		return true;
	return !req || READ_ONCE(tcp_rsk(req)->snt_synack);
}

static u32 tcplife_sample_hash(const void *addr, unsigned int bytes,
			       __be16 port)
{
	return jhash(addr, bytes, (__force u16)port) | 1;
}

/**
 * tcplife_sample_peer - a number that tells the peer of a request from others
 * @req: the request
 */
u32 tcplife_sample_peer(const struct request_sock *req)
{
	const struct inet_request_sock *ireq = inet_rsk(req);

#if IS_ENABLED(CONFIG_IPV6)
	if (ireq->ireq_family == AF_INET6 &&
	    !ipv6_addr_v4mapped(&ireq->ir_v6_rmt_addr))
		return tcplife_sample_hash(&ireq->ir_v6_rmt_addr, 16,
					   ireq->ir_rmt_port);
#endif
	return tcplife_sample_hash(&ireq->ir_rmt_addr, 4, ireq->ir_rmt_port);
}

/**
 * tcplife_sample_sender - the same number for the sender of a segment
 * @skb: the segment, its TCP header at the transport header
 */
u32 tcplife_sample_sender(const struct sk_buff *skb)
{
	__be16 port = tcp_hdr(skb)->source;

	if (ip_hdr(skb)->version == 6)
		return tcplife_sample_hash(&ipv6_hdr(skb)->saddr, 16, port);
	return tcplife_sample_hash(&ip_hdr(skb)->saddr, 4, port);
}

/**
 * tcplife_sample_close - what a full socket shows as it goes to CLOSE
 * @close: filled
 * @sk: full socket
 */
void tcplife_sample_close(struct tcplife_close *close, const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	/* Before the SYN, an error is of the connection before. */
	close->error = tp->segs_out || sk->sk_state != TCP_SYN_SENT ?
		sk->sk_err : 0;
	close->orphan = sock_flag(sk, SOCK_DEAD);
	close->fin_received = sock_flag(sk, SOCK_DONE);
	close->unacked = tcplife_sample_unacked(sk);
	close->unsent = tcplife_sample_unsent(sk);
	/* close() throws it away before it asks for the state; disconnect() after. */
	close->unread = before(tp->copied_seq, tp->rcv_nxt - close->fin_received) &&
			skb_queue_empty(&sk->sk_receive_queue);
	close->no_linger = tp->linger2 < 0;
	close->repair = tp->repair;
	close->in_task = in_task();
	close->called = !in_softirq();
}

/**
 * tcplife_sample_drop - what a request_sock shows as it ends without a child
 * @drop: filled, but for @icmp, @cookie, @reset and @syn
 * @req: the request, in its destructor
 */
void tcplife_sample_drop(struct tcplife_drop *drop,
			 const struct request_sock *req)
{
	const struct sock *listener = req->rsk_listener;

	drop->netns_dying = !check_net(read_pnet(&inet_rsk(req)->ireq_net));
	drop->listening = listener &&
			  READ_ONCE(listener->sk_state) == TCP_LISTEN;
	drop->timed_out = time_after_eq(jiffies, req->rsk_timer.expires);
	/* A task may take segments in, too (tun, threaded NAPI), BH off. */
	drop->in_task = !in_softirq();
	drop->acked = inet_rsk(req)->acked && listener &&
		      !inet_csk(listener)->icsk_accept_queue.rskq_defer_accept;
}

/**
 * tcplife_sample_kill - what a timewait_sock shows as it ends
 * @kill: filled, but for @segment, @syn and @rst
 * @tw: the timewait_sock
 */
void tcplife_sample_kill(struct tcplife_kill *kill,
			 const struct inet_timewait_sock *tw)
{
	kill->netns_dying = !check_net(twsk_net(tw));
	kill->timed_out = time_after_eq(jiffies, tw->tw_timer.expires);
	kill->in_task = in_task();
}
