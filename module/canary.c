// SPDX-License-Identifier: GPL-2.0
/*
 * The canary: a function of our own that is hooked as the kernel's are.
 *
 * Kprobes and ftrace can be switched off behind our back (kernel.ftrace_enabled=0, or
 * debugfs kprobes/enabled): nothing tells the module.  But when the canary is called
 * and its hook does not run, all others of that kind are deaf too.
 *
 * Context: any but NMI.  Takes no locks: that another CPU's call is heard says as much.
 */
#include <linux/atomic.h>

#include "canary.h"

static atomic_t tcplife_canary_heard_kprobe, tcplife_canary_heard_ftrace;

static noinline void tcplife_canary_sing(void)
{
	barrier();	/* keeps the function and its call */
}

static notrace int tcplife_canary_hear(struct kprobe *p, struct pt_regs *regs)
{
	atomic_inc(&tcplife_canary_heard_kprobe);
	return 0;
}

struct kprobe tcplife_canary_probe = {
	.symbol_name = "tcplife_canary_sing",
	.pre_handler = tcplife_canary_hear,
};

/**
 * tcplife_canary_hear_ftraced - ftrace tcplife_canary_sing()
 */
notrace void tcplife_canary_hear_ftraced(void)
{
	atomic_inc(&tcplife_canary_heard_ftrace);
}

/**
 * tcplife_canary_deaf - are hooks switched off behind our back?
 * @kind: TCPLIFE_HOOK_KIND_KPROBE or _FTRACE; without ftrace there are no
 *	kprobes either
 *
 * Not from the handler of a kprobe, in which no other is delivered.
 */
notrace bool tcplife_canary_deaf(enum tcplife_hook_kind kind)
{
	const atomic_t *heard = kind == TCPLIFE_HOOK_KIND_FTRACE ?
		&tcplife_canary_heard_ftrace : &tcplife_canary_heard_kprobe;
	int before = atomic_read(heard);

	tcplife_canary_sing();
	return atomic_read(heard) == before;
}
