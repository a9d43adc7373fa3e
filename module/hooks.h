/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What runs in the kernel's context: one handler a hook.  The tracepoint
 * handlers have the tracepoint's prototype behind a pointer of our own; the
 * kprobe handlers that of kprobe_pre_handler_t; those of functions hooked by
 * ftrace get the registers only.
 */
#ifndef TCPLIFE_HOOKS_H
#define TCPLIFE_HOOKS_H

#include <linux/kprobes.h>
#include <net/sock.h>

void tcplife_hooks_state(void *data, const struct sock *sk, const int old,
			 const int new);
void tcplife_hooks_retransmit(const struct sock *sk);
void tcplife_hooks_reset_sent(const struct sock *sk,
			      const struct sk_buff *skb);
void tcplife_hooks_reset_received(void *data, struct sock *sk);
void tcplife_hooks_congestion(void *data, struct sock *sk, const u8 state);
void tcplife_hooks_settle(void);
u64 tcplife_hooks_handshakes_missed(void);
int tcplife_hooks_reset_cause(struct kprobe *p, struct pt_regs *regs);
void tcplife_request_synack(struct pt_regs *regs);
int tcplife_request_cookie_valid(struct kprobe *p, struct pt_regs *regs);
void tcplife_request_end(struct pt_regs *regs);
void tcplife_request_segment(struct pt_regs *regs);
void tcplife_request_syn(struct pt_regs *regs);
void tcplife_request_cookie_check(struct pt_regs *regs);
void tcplife_request_handshake(struct pt_regs *regs);
void tcplife_request_handshake_v6(struct pt_regs *regs);
int tcplife_request_icmp(struct kprobe *p, struct pt_regs *regs);
int tcplife_request_clone(struct kprobe *p, struct pt_regs *regs);
void tcplife_minisock_wanted(struct pt_regs *regs);
void tcplife_minisock_begin(struct pt_regs *regs);
void tcplife_minisock_segment(struct pt_regs *regs);
void tcplife_minisock_timer(struct pt_regs *regs);
void tcplife_minisock_end(struct pt_regs *regs);

#endif
