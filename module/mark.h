/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFE_MARK_H
#define TCPLIFE_MARK_H

#include <linux/tcp.h>
#include <linux/types.h>

/**
 * struct tcplife_mark - what one hook leaves for the next on this CPU
 * @object: the object it is about, compared and never followed
 * @peer: who sent the segment, see tcplife_sample_peer(); 0 if it does not matter
 * @syn: the segment has SYN set
 * @rst: the segment has RST set
 * @ack: the segment has ACK set
 * @seq: its sequence number
 * @left_ns: monotonic time
 *
 * Left and picked up within one run of the softirq that handles a segment.
 * One that is not picked up then is out of date before another can fit.
 */
struct tcplife_mark {
	const void *object;
	u32 peer;
	bool syn;
	bool rst;
	bool ack;
	u32 seq;
	u64 left_ns;
};

void tcplife_mark_leave(const void *object, u32 peer, const struct tcphdr *th);
struct tcplife_mark tcplife_mark_pick_up(const void *object, u32 peer,
					 u64 now_ns);

#endif
