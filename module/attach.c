// SPDX-License-Identifier: GPL-2.0
/*
 * The hook table: every place where the module looks into the kernel, by name,
 * with what it is for and whether the module can do without it.  Attached in
 * order; undone in reverse, but for functions hooked by ftrace, which go last and
 * all at once.
 *
 * While a kprobe's handler runs, the kernel delivers no other kprobe on that CPU.
 * In softirqs that does no harm, as no handler here runs into another one.  But
 * accept() releases its request in a process, where an interrupt may come in and
 * take in segments: their hits would be lost.  So that function is hooked by
 * ftrace itself, which keeps the contexts apart, and which costs less: so is what
 * every SYN and every handshake runs through.
 *
 * Context: process.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ftrace.h>
#include <linux/kprobes.h>
#include <linux/stringify.h>
#include <linux/tracepoint.h>
#include <net/tcp.h>
#include <trace/events/sock.h>
#include <trace/events/tcp.h>

#include "attach.h"
#include "canary.h"
#include "compat/compat.h"
#include "hooks.h"
#include "params.h"
#include "syns.h"

/**
 * struct tcplife_attach_hook - one hook
 * @name: tracepoint or function
 * @feature: what it is for
 * @kind: tracepoint, kprobe or ftrace
 * @probe: handler of a tracepoint
 * @required: the module does not load without it
 * @attached: it is attached
 * @absent: this kernel does not have it
 * @tp: the tracepoint, once found
 * @ftraced: handler of a function hooked by ftrace
 * @kprobe: the kprobe; for ftrace it only finds the function's address
 */
struct tcplife_attach_hook {
	const char *name;
	const char *feature;
	enum tcplife_hook_kind kind;
	void *probe;
	bool required;
	bool attached;
	bool absent;
	struct tracepoint *tp;
	void (*ftraced)(struct pt_regs *regs);
	struct kprobe kprobe;
};

TCPLIFE_RETRANSMIT_PROBE(tcplife_attach_retransmit, tcplife_hooks_retransmit)
TCPLIFE_RESET_SENT_PROBE(tcplife_attach_reset_sent, tcplife_hooks_reset_sent)

#define TRACEPOINT_HOOK(_name, _probe, _required, _feature)		\
	{ .name = #_name, .feature = _feature, .required = _required,	\
	  .kind = TCPLIFE_HOOK_KIND_TRACEPOINT, .probe = _probe }

/* __stringify() expands a name that compat.h gives. */
#define KPROBE_HOOK(_name, _handler, _required, _feature)		\
	{ .name = __stringify(_name), .feature = _feature,		\
	  .required = _required, .kind = TCPLIFE_HOOK_KIND_KPROBE,	\
	  .kprobe = { .symbol_name = __stringify(_name),		\
		      .pre_handler = _handler } }

#define FTRACE_HOOK(_name, _handler, _required, _feature)		\
	{ .name = __stringify(_name), .feature = _feature,		\
	  .required = _required, .kind = TCPLIFE_HOOK_KIND_FTRACE,	\
	  .ftraced = _handler,						\
	  .kprobe = { .symbol_name = __stringify(_name),		\
		      .flags = KPROBE_FLAG_DISABLED } }

/*
 * The functions hooked by ftrace, at their address's hash or the
 * next free place; each set before it is hooked, and never moved.  So many places
 * that few have to look at a second one.  The canary is not among them: where it stands
 * depends on where the module is loaded.
 */
#define FUNCTIONS	1024
static struct tcplife_attach_function {
	unsigned long ip;
	void (*handler)(struct pt_regs *regs);
} tcplife_attach_functions[FUNCTIONS];

static_assert(!(sizeof(*tcplife_attach_functions) &
		(sizeof(*tcplife_attach_functions) - 1)), "for the mask below");

/* The hash of an address has the bits that are the offset of its place. */
static __always_inline struct tcplife_attach_function *
tcplife_attach_at(unsigned long ip)
{
	unsigned long offset = ip & (FUNCTIONS - 1) * sizeof(*tcplife_attach_functions);

	return (void *)tcplife_attach_functions + offset;
}

static struct tcplife_attach_function *tcplife_attach_place(unsigned long ip)
{
	struct tcplife_attach_function *f = tcplife_attach_at(ip);

	while (f->ip && f->ip != ip)
		if (++f == tcplife_attach_functions + FUNCTIONS)
			f = tcplife_attach_functions;
	return f;
}

static noinline void tcplife_attach_moved(unsigned long ip, struct pt_regs *regs)
{
	const struct tcplife_attach_function *f = tcplife_attach_place(ip);

	if (f->ip)
		f->handler(regs);
	else
		tcplife_canary_hear_ftraced();
}

/* With preemption off, as a kprobe's handler runs. */
static void tcplife_attach_function(unsigned long ip, struct pt_regs *regs)
{
	const struct tcplife_attach_function *f = tcplife_attach_at(ip);

	preempt_disable_notrace();
	if (likely(f->ip == ip))
		f->handler(regs);
	else
		tcplife_attach_moved(ip, regs);
	preempt_enable_notrace();
}

TCPLIFE_FTRACE_PROBE(tcplife_attach_ftraced, tcplife_attach_function)
static struct ftrace_ops tcplife_attach_ops = {
	.func = tcplife_attach_ftraced,
	.flags = TCPLIFE_FTRACE_FLAGS,
};

/*
 * In the order of attaching.  Ends come before beginnings, so that no life begins
 * whose end is missed; what is open already is adopted later.  The state of
 * sockets comes before half-open connections, which turn into them.
 */
static struct tcplife_attach_hook tcplife_attach_hooks[] = {
	FTRACE_HOOK(inet_twsk_kill, tcplife_minisock_end, true,
		    "end of TIME_WAIT"),
	FTRACE_HOOK(__inet_twsk_schedule, tcplife_minisock_timer, true,
		    "TIME_WAIT after an orphan's FIN_WAIT2"),
	FTRACE_HOOK(tcp_timewait_state_process, tcplife_minisock_segment,
		    false, "telling what ended TIME_WAIT early"),
	FTRACE_HOOK(TCPLIFE_HASHDANCE, tcplife_minisock_begin, true,
		    "TIME_WAIT"),
	FTRACE_HOOK(tcp_time_wait, tcplife_minisock_wanted, false,
		    "telling that the kernel had no room for an orphan's FIN_WAIT2"),
	FTRACE_HOOK(tcp_v4_reqsk_destructor, tcplife_request_end, true,
		    "end of half-open connections, accept"),
	FTRACE_HOOK(tcp_v6_reqsk_destructor, tcplife_request_end, true,
		    "end of half-open connections, accept (IPv6)"),
	FTRACE_HOOK(tcp_check_req, tcplife_request_segment, false,
		    "telling a stale SYN from a reset"),
	KPROBE_HOOK(tcp_req_err, tcplife_request_icmp, false,
		    "telling ICMP errors on half-open connections"),
	KPROBE_HOOK(inet_reqsk_clone, tcplife_request_clone, false,
		    "half-open connections that change their listener"),
	KPROBE_HOOK(TCPLIFE_RESET, tcplife_hooks_reset_cause, false,
		    "telling a RST from data after close"),
	TRACEPOINT_HOOK(tcp_receive_reset, tcplife_hooks_reset_received, true,
			"resets received"),
	TRACEPOINT_HOOK(tcp_send_reset, tcplife_attach_reset_sent, true,
			TCPLIFE_RESET_SENT_FEATURE),
	TRACEPOINT_HOOK(tcp_retransmit_skb, tcplife_attach_retransmit, true,
			"retransmissions"),
	TRACEPOINT_HOOK(tcp_cong_state_set, tcplife_hooks_congestion, false,
			"time in each state of congestion control"),
	TRACEPOINT_HOOK(inet_sock_set_state, tcplife_hooks_state, true,
			"every state of a connection"),
	FTRACE_HOOK(tcp_v4_syn_recv_sock, tcplife_request_handshake, false,
		    "accept queues that overflow"),
	FTRACE_HOOK(tcp_v6_syn_recv_sock, tcplife_request_handshake_v6, false,
		    "accept queues that overflow (IPv6)"),
	FTRACE_HOOK(cookie_v4_check, tcplife_request_cookie_check, false,
		    "SYN cookies that fail"),
	FTRACE_HOOK(cookie_v6_check, tcplife_request_cookie_check, false,
		    "SYN cookies that fail (IPv6)"),
	KPROBE_HOOK(tcp_get_cookie_sock, tcplife_request_cookie_valid, false,
		    "connections made from SYN cookies"),
	FTRACE_HOOK(tcp_make_synack, tcplife_request_synack, true,
		    "half-open connections, SYN-ACKs, SYN cookies sent"),
	FTRACE_HOOK(tcp_conn_request, tcplife_request_syn, false,
		    "SYNs, those that are dropped, SYN floods"),
};

/*
 * Prototypes.  A kernel whose tracepoint or function takes other arguments
 * breaks the build here, not the machine.
 */
static void __maybe_unused tcplife_attach_check_tracepoints(void)
{
	check_trace_callback_type_inet_sock_set_state(tcplife_hooks_state);
	check_trace_callback_type_tcp_retransmit_skb(tcplife_attach_retransmit);
	check_trace_callback_type_tcp_receive_reset(tcplife_hooks_reset_received);
	check_trace_callback_type_tcp_send_reset(tcplife_attach_reset_sent);
	TCPLIFE_CHECK_CONGESTION(tcplife_hooks_congestion);
}

#define WRONG(function) \
	"the prototype of " function "() is another in this kernel: change the hook (scripts/check-hooks tells more)"
#define PROTOTYPE(function, ...) \
	static_assert(__same_type(&(function), __VA_ARGS__), WRONG(#function))

PROTOTYPE(tcp_make_synack,
	  struct sk_buff *(*)(const struct sock *, struct dst_entry *,
			      struct request_sock *,
			      struct tcp_fastopen_cookie *,
			      enum tcp_synack_type, struct sk_buff *));
PROTOTYPE(__inet_twsk_schedule,
	  void (*)(struct inet_timewait_sock *, int, bool));
PROTOTYPE(tcp_time_wait, void (*)(struct sock *, int, int));
PROTOTYPE(tcp_check_req,
	  struct sock *(*)(struct sock *, struct sk_buff *,
			   struct request_sock *, bool,
			   bool * TCPLIFE_CHECK_REQ_MORE));
PROTOTYPE(tcp_conn_request,
	  int (*)(struct request_sock_ops *,
		  const struct tcp_request_sock_ops *, struct sock *,
		  struct sk_buff *));
/* Stable kernels of one version have the one or the other. */
#define SYN_RECV_SOCK(...) \
	__same_type(&tcp_v4_syn_recv_sock, \
		    struct sock *(*)(const struct sock *, struct sk_buff *, \
				     struct request_sock *, struct dst_entry *, \
				     struct request_sock *, __VA_ARGS__))
static_assert(SYN_RECV_SOCK(bool *) ||
	      SYN_RECV_SOCK(bool *, void (*)(struct sock *, const struct sock *)),
	      WRONG("tcp_v4_syn_recv_sock"));
PROTOTYPE(cookie_v4_check, struct sock *(*)(struct sock *, struct sk_buff *));
PROTOTYPE(cookie_v6_check, struct sock *(*)(struct sock *, struct sk_buff *));
PROTOTYPE(tcp_req_err, void (*)(struct sock *, u32, bool));
PROTOTYPE(TCPLIFE_HASHDANCE,
	  void (*)(struct inet_timewait_sock *, struct sock *,
		   struct inet_hashinfo * TCPLIFE_HASHDANCE_MORE));
PROTOTYPE(tcp_get_cookie_sock,
	  struct sock *(*)(struct sock *, struct sk_buff *,
			   struct request_sock *,
			   struct dst_entry * TCPLIFE_COOKIE_SOCK_MORE));
PROTOTYPE(tcp_reset, TCPLIFE_RESET_PROTOTYPE);
PROTOTYPE(tcp_timewait_state_process,
	  enum tcp_tw_status (*)(struct inet_timewait_sock *, struct sk_buff *,
				 const struct tcphdr * TCPLIFE_TIMEWAIT_MORE));

/* The kernel tells of changes of congestion control; constant once loaded. */
bool tcplife_attach_congestion;

static void tcplife_attach_match(struct tracepoint *tp, void *data)
{
	struct tcplife_attach_hook *hook = data;

	if (!strcmp(tp->name, hook->name))
		hook->tp = tp;
}

static int tcplife_attach_tracepoint(struct tcplife_attach_hook *hook)
{
	for_each_kernel_tracepoint(tcplife_attach_match, hook);
	if (!hook->tp)
		return -ENOENT;
	return tracepoint_probe_register(hook->tp, hook->probe, NULL);
}

/* A kprobe that is never armed tells where the function is. */
static int tcplife_attach_ftrace(struct tcplife_attach_hook *hook)
{
	struct tcplife_attach_function *f;
	unsigned long ip;
	int err;

	err = register_kprobe(&hook->kprobe);
	if (err)
		return err;
	unregister_kprobe(&hook->kprobe);
	ip = (unsigned long)hook->kprobe.addr;
	f = tcplife_attach_place(ip);
	f->handler = hook->ftraced;
	f->ip = ip;
	return ftrace_set_filter_ip(&tcplife_attach_ops, ip, 0, 0);
}

static int tcplife_attach_one(struct tcplife_attach_hook *hook)
{
	int err;

	if (tcplife_params_leaves_out(hook->name))
		return -ECANCELED;
	if (hook->kind == TCPLIFE_HOOK_KIND_TRACEPOINT)
		err = tcplife_attach_tracepoint(hook);
	else if (hook->kind == TCPLIFE_HOOK_KIND_FTRACE)
		err = tcplife_attach_ftrace(hook);
	else
		err = register_kprobe(&hook->kprobe);
	hook->attached = !err;
	hook->absent = err == -ENOENT;
	if (hook->probe == tcplife_hooks_congestion)
		tcplife_attach_congestion = hook->attached;
	if (hook->ftraced == tcplife_request_syn)
		tcplife_syns_hear_syns = hook->attached;
	if (hook->ftraced == tcplife_request_cookie_check)
		tcplife_syns_hear_cookies = hook->attached;
	return err;
}

static void tcplife_attach_complain(const struct tcplife_attach_hook *hook,
				    int err)
{
	const char *kind = hook->kind == TCPLIFE_HOOK_KIND_TRACEPOINT ?
		"tracepoint" : "function";

	if (err == -ENOMEM)
		pr_err("no memory to hook %s %s\n", kind, hook->name);
	else if (!hook->required)
		pr_notice("no %s %s (error %d): off is %s\n",
			  kind, hook->name, err, hook->feature);
	else
		pr_err("this kernel has no %s %s that could be hooked (error %d), needed for %s: use a kernel the README lists\n",
		       kind, hook->name, err, hook->feature);
}

/* Those that all others of their kind are judged by. */
static int tcplife_attach_canary_hooks(void)
{
	int err = register_kprobe(&tcplife_canary_probe);

	if (err)
		return err;
	err = ftrace_set_filter_ip(&tcplife_attach_ops,
				   (unsigned long)tcplife_canary_probe.addr, 0, 0);
	if (!err)
		err = register_ftrace_function(&tcplife_attach_ops);
	if (err)
		unregister_kprobe(&tcplife_canary_probe);
	return err;
}

/**
 * tcplife_attach_all - attach every hook
 *
 * A missing optional hook is said in the kernel log.  A missing required one, and
 * one for which there is no memory, undoes all.
 * Return: 0 or a negative errno.
 */
int tcplife_attach_all(void)
{
	unsigned int i;
	int err;

	err = tcplife_attach_canary_hooks();
	if (err == -ENOMEM) {
		pr_err("no memory to hook anything\n");
		return err;
	}
	if (err) {
		pr_err("kprobes do not work here (error %d): use a kernel with CONFIG_KPROBES and CONFIG_DYNAMIC_FTRACE_WITH_REGS\n",
		       err);
		return err;
	}
	for (i = 0; i < ARRAY_SIZE(tcplife_attach_hooks); i++) {
		struct tcplife_attach_hook *hook = &tcplife_attach_hooks[i];

		err = tcplife_attach_one(hook);
		if (!err)
			continue;
		tcplife_attach_complain(hook, err);
		if (err != -ENOMEM && !hook->required)
			continue;
		tcplife_attach_undo();
		return err == -ENOMEM ? err : -EOPNOTSUPP;
	}
	return 0;
}

/**
 * tcplife_attach_undo - detach every hook
 *
 * When it returns no handler runs and none will.
 */
void tcplife_attach_undo(void)
{
	int i;

	for (i = ARRAY_SIZE(tcplife_attach_hooks) - 1; i >= 0; i--) {
		struct tcplife_attach_hook *hook = &tcplife_attach_hooks[i];

		if (!hook->attached)
			continue;
		if (hook->kind == TCPLIFE_HOOK_KIND_TRACEPOINT)
			tracepoint_probe_unregister(hook->tp, hook->probe, NULL);
		else if (hook->kind == TCPLIFE_HOOK_KIND_KPROBE)
			unregister_kprobe(&hook->kprobe);
		hook->attached = false;
	}
	unregister_ftrace_function(&tcplife_attach_ops);
	ftrace_set_filter(&tcplife_attach_ops, NULL, 0, 1);	/* frees it */
	unregister_kprobe(&tcplife_canary_probe);
	tracepoint_synchronize_unregister();
	synchronize_rcu();
}

/**
 * tcplife_attach_report - how a hook fares
 * @i: which, from 0
 * @report: filled
 *
 * Process context; may sleep.
 * Return: false if there is no such hook.
 */
bool tcplife_attach_report(unsigned int i, struct tcplife_attach_report *report)
{
	const struct tcplife_attach_hook *hook;

	if (i >= ARRAY_SIZE(tcplife_attach_hooks))
		return false;
	hook = &tcplife_attach_hooks[i];
	report->name = hook->name;
	report->feature = hook->feature;
	report->kind = hook->kind;
	report->required = hook->required;
	report->missed = hook->kprobe.nmissed;
	report->status = TCPLIFE_HOOK_STATUS_ARMED;
	if (hook->absent)
		report->status = TCPLIFE_HOOK_STATUS_ABSENT;
	else if (!hook->attached)
		report->status = TCPLIFE_HOOK_STATUS_DETACHED;
	else if (hook->kind != TCPLIFE_HOOK_KIND_TRACEPOINT &&
		 tcplife_canary_deaf(hook->kind))
		report->status = TCPLIFE_HOOK_STATUS_DEAF;
	return true;
}
