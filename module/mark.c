// SPDX-License-Identifier: GPL-2.0
/*
 * Marks: what one hook leaves for another that runs after it on the same CPU,
 * where the kernel does not hand on what the second would need to know.
 *
 * Context: softirq or process.  A mark is one per CPU and takes no lock; a
 * softirq that comes in between can only leave another mark, which does not fit.
 */
#include <linux/ktime.h>
#include <linux/percpu.h>

#include "mark.h"

#define MARK_VALID_NS	(10 * NSEC_PER_MSEC)

static DEFINE_PER_CPU(struct tcplife_mark, tcplife_mark);

/**
 * tcplife_mark_leave - leave a mark on this CPU
 * @object: what it is about
 * @peer: who sent the segment that is handled; 0 if it does not matter
 * @th: the segment that is handled, or NULL
 */
void tcplife_mark_leave(const void *object, u32 peer, const struct tcphdr *th)
{
	struct tcplife_mark mark = {
		.object = object,
		.peer = peer,
		.left_ns = ktime_get_ns(),
	};

	if (th) {
		mark.syn = th->syn;
		mark.rst = th->rst;
		mark.ack = th->ack;
		mark.seq = ntohl(th->seq);
	}
	preempt_disable();
	*this_cpu_ptr(&tcplife_mark) = mark;
	preempt_enable();
}

/**
 * tcplife_mark_pick_up - pick up the mark on this CPU, if it fits
 * @object: what it must be about
 * @peer: who must have sent its segment; 0 if it was left without
 * @now_ns: monotonic time
 *
 * Context: preemption off.
 * Return: the mark, or all zero.
 */
struct tcplife_mark tcplife_mark_pick_up(const void *object, u32 peer,
					 u64 now_ns)
{
	struct tcplife_mark *mark = this_cpu_ptr(&tcplife_mark);
	struct tcplife_mark found = { 0 };

	if (mark->object == object && mark->peer == peer &&
	    now_ns - mark->left_ns < MARK_VALID_NS) {
		found = *mark;
		mark->object = NULL;
	}
	return found;
}
