/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFE_QUEUE_H
#define TCPLIFE_QUEUE_H

#include <linux/netlink.h>

#include "core/life.h"
#include "net.h"

/**
 * struct tcplife_told - a life on its way to the readers
 * @seq: its number in its namespace
 * @life: a copy as of when it was told; its @net is valid until
 *	tcplife_queue_flush() returns, called when the namespace goes away
 */
struct tcplife_told {
	u64 seq;
	struct tcplife_life life;
};

/**
 * tcplife_queue_is_again - was the life told before, when TIME_WAIT began?
 * @told: the life on its way
 *
 * It keeps the low half of the number that it was first told under.
 */
static inline bool tcplife_queue_is_again(const struct tcplife_told *told)
{
	return told->life.told_seq != (u32)told->seq;
}

/**
 * struct tcplife_queue_ops - where told lives go
 * @deliver: send @count lives of one namespace in order; may sleep.  Fills
 *	@lost with how many could not be sent, and @unheard with how many
 *	nobody took.
 */
struct tcplife_queue_ops {
	void (*deliver)(struct tcplife_net *net, const struct tcplife_told *told,
			unsigned int count, unsigned int *lost,
			unsigned int *unheard);
};

extern u32 tcplife_queue_group;

int tcplife_queue_start(const struct tcplife_queue_ops *ops);
void tcplife_queue_stop(void);
void tcplife_queue_free(void);
void tcplife_queue_tell_readers(struct tcplife_life *life);
void tcplife_queue_flush(void);
u64 tcplife_queue_bytes(void);

/**
 * tcplife_queue_tell - tell readers of a life, if there are any
 * @life: the life, locked by the caller; it remembers the number it is first
 *	told under
 *
 * Does nothing while nobody listens in any namespace: the kernel does not tell
 * them apart.
 * Context: any but NMI.
 */
static __always_inline void tcplife_queue_tell(struct tcplife_life *life)
{
	const struct tcplife_net *net = life->net;

	if (unlikely(netlink_has_listeners(net->net->genl_sock, tcplife_queue_group)))
		tcplife_queue_tell_readers(life);
}

#endif
