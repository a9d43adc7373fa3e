/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Differences between kernels, and nothing else: the only place that may know
 * of versions.  The logic is written for the newest API.
 */
#ifndef TCPLIFE_COMPAT_H
#define TCPLIFE_COMPAT_H

#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 10, 0)
#error "tcplife needs Linux 5.10 or later, and these headers are of an older one: build it for a newer kernel"
#endif

#include <linux/lockdep.h>
#include <net/genetlink.h>

/* Is this kernel newer than any that was tried?  Its hooks may mean something else. */
#define TCPLIFE_TRIED_KERNELS	"Linux 5.10 to 7.2"
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 3, 0)
#define TCPLIFE_UNTRIED_KERNEL	true
#else
#define TCPLIFE_UNTRIED_KERNEL	false
#endif

/*
 * A handler of a tracepoint runs with preemption off, which makes it a reader of RCU;
 * where the kernel does not see to that, the handler does.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
#define tcplife_tracepoint_enter()	preempt_disable_notrace()
#define tcplife_tracepoint_leave()	preempt_enable_notrace()
#else
#define tcplife_tracepoint_enter()	lockdep_assert_preemption_disabled()
#define tcplife_tracepoint_leave()	do { } while (0)
#endif

/*
 * Tracepoint handlers whose prototype changed: each defines @name as what the
 * kernel wants, around @handler with the arguments that are used.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
/* 7.2 fires on failed transmissions too. */
#define TCPLIFE_RETRANSMIT_PROBE(name, handler)				\
static void name(void *data, const struct sock *sk,			\
		 const struct sk_buff *skb, int err)			\
{									\
	if (!err)							\
		handler(sk);						\
}
#else
#define TCPLIFE_RETRANSMIT_PROBE(name, handler)				\
static void name(void *data, const struct sock *sk,			\
		 const struct sk_buff *skb)				\
{									\
	handler(sk);							\
}
#endif

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
/* 6.10 tells the reason, and of every RST. */
#define TCPLIFE_RESET_SENT_FEATURE	"resets sent"
#include <net/rstreason.h>
#define TCPLIFE_RESET_SENT_PROBE(name, handler)				\
static void name(void *data, const struct sock *sk,			\
		 const struct sk_buff *skb,				\
		 const enum sk_rst_reason reason)			\
{									\
	handler(sk, skb);							\
}
#else
#define TCPLIFE_RESET_SENT_FEATURE					\
	"resets sent, but for those of no socket or a timewait_sock (Linux 6.10)"
#define TCPLIFE_RESET_SENT_PROBE(name, handler)				\
static void name(void *data, const struct sock *sk,			\
		 const struct sk_buff *skb)				\
{									\
	handler(sk, skb);							\
}
#endif

/* 5.19 brought a tracepoint for changes of congestion control. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 19, 0)
#define TCPLIFE_CHECK_CONGESTION(handler) \
	check_trace_callback_type_tcp_cong_state_set(handler)
#else
#define TCPLIFE_CHECK_CONGESTION(handler)
#endif

/*
 * Functions whose arguments grew or shrank behind those that are used; the
 * build holds the rest of their prototypes against the kernel's (attach.c).
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
/* 6.12 inserts a timewait_sock and starts its timer in one function. */
#define TCPLIFE_HASHDANCE		inet_twsk_hashdance_schedule
#define TCPLIFE_HASHDANCE_MORE		, int
#else
#define TCPLIFE_HASHDANCE		inet_twsk_hashdance
#define TCPLIFE_HASHDANCE_MORE
#endif

#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 11, 0)
#define TCPLIFE_RESET			tcp_reset
#define TCPLIFE_RESET_PROTOTYPE		void (*)(struct sock *, struct sk_buff *)
#else
/* 5.10 does not hand on the segment, without which the hook tells nothing. */
#define TCPLIFE_RESET			tcp_reset_with_segment
#define TCPLIFE_RESET_PROTOTYPE		void (*)(struct sock *)
#endif

#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
#define TCPLIFE_CHECK_REQ_MORE		, enum skb_drop_reason *
#else
#define TCPLIFE_CHECK_REQ_MORE
#endif

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 8, 0)
#define TCPLIFE_COOKIE_SOCK_MORE
#else
#define TCPLIFE_COOKIE_SOCK_MORE	, u32
#endif

#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
#define TCPLIFE_TIMEWAIT_MORE		, u32 *, enum skb_drop_reason *
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#define TCPLIFE_TIMEWAIT_MORE		, u32 *
#else
#define TCPLIFE_TIMEWAIT_MORE
#endif

/*
 * Functions hooked by ftrace: defines @name around @handler(ip, regs), which may
 * read arguments only.  It needs no protection against running into itself: it
 * calls nothing that is hooked, and what interrupts it is another context.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 11, 0)
#if defined(CONFIG_X86_64) && defined(CONFIG_DYNAMIC_FTRACE_WITH_ARGS)
/* All calls have the arguments in their registers, which is cheaper than all registers. */
#define TCPLIFE_FTRACE_FLAGS	0
#ifdef arch_ftrace_regs
#define TCPLIFE_FTRACE_REGS(fregs)	(&arch_ftrace_regs(fregs)->regs)
#else
#define TCPLIFE_FTRACE_REGS(fregs)	(&(fregs)->regs)
#endif
#else
#define TCPLIFE_FTRACE_FLAGS		FTRACE_OPS_FL_SAVE_REGS
#define TCPLIFE_FTRACE_REGS(fregs)	ftrace_get_regs(fregs)
#endif
#define TCPLIFE_FTRACE_PROBE(name, handler)				\
static void name(unsigned long ip, unsigned long parent_ip,	\
		 struct ftrace_ops *ops, struct ftrace_regs *fregs)	\
{									\
	handler(ip, TCPLIFE_FTRACE_REGS(fregs));			\
}
#else
#define TCPLIFE_FTRACE_FLAGS	\
	(FTRACE_OPS_FL_SAVE_REGS | FTRACE_OPS_FL_RECURSION_SAFE)
#define TCPLIFE_FTRACE_PROBE(name, handler)				\
static void name(unsigned long ip, unsigned long parent_ip,	\
		 struct ftrace_ops *ops, struct pt_regs *regs)		\
{									\
	handler(ip, regs);						\
}
#endif

/*
 * Who may join a multicast group: CAP_NET_ADMIN; on 5.10, which knows no such
 * group, CAP_SYS_ADMIN.  A kernel without either member does not build this.
 */
#ifdef GENL_MCAST_CAP_NET_ADMIN
#define TCPLIFE_MCGRP_ADMIN	.flags = GENL_MCAST_CAP_NET_ADMIN
#else
#define TCPLIFE_MCGRP_ADMIN	.cap_sys_admin = 1
#endif

/*
 * The sockets @sk on a bucket of listening sockets, by way of @node; under RCU.  A
 * socket stays on its chain until a grace period after it was closed.  One that listens
 * or connects again is moved to another chain at once, and leads there: has the walk of
 * bucket @i strayed so?  Before 5.19 nothing tells.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 19, 0)
#define TCPLIFE_LISTENING_NODE	struct hlist_nulls_node
#define tcplife_for_each_listening(sk, node, bucket) \
	sk_nulls_for_each_rcu(sk, node, &(bucket)->nulls_head)
#define tcplife_has_strayed(node, i) \
	(get_nulls_value(node) != (i) + LISTENING_NULLS_BASE)
#else
#define TCPLIFE_LISTENING_NODE	struct inet_connection_sock
#define tcplife_for_each_listening(sk, node, bucket)			\
	inet_lhash2_for_each_icsk_rcu(node, &(bucket)->head)		\
		if (((sk) = (struct sock *)(node)))
#define tcplife_has_strayed(node, i)	((void)(node), false)
#endif

/* 5.17 renamed PDE_DATA(). */
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 17, 0)
#include <linux/proc_fs.h>
#define pde_data(inode)		PDE_DATA(inode)
#endif

/* 6.6 moved the attributes of a dump request into a struct genl_info. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
#define tcplife_dump_attrs(cb)	(genl_dumpit_info(cb)->info.attrs)
#else
#define tcplife_dump_attrs(cb)	(genl_dumpit_info(cb)->attrs)
#endif

#endif
