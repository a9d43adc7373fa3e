/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFE_WATCH_H
#define TCPLIFE_WATCH_H

#include <linux/types.h>

/**
 * struct tcplife_watch_report - whether the module sees all it should
 * @deaf: kprobes are switched off from outside now
 * @deaf_spells: how often that was found, now included
 * @deaf_us: for how long in all, microseconds, now included
 * @hits_missed: hits of hooks that the kernel did not deliver
 * @handshakes_missed: connections that were established without their
 *	handshake having been seen
 * @hooks_detached: hooks that are not attached
 */
struct tcplife_watch_report {
	bool deaf;
	u32 deaf_spells;
	u64 deaf_us;
	u64 hits_missed;
	u64 handshakes_missed;
	u32 hooks_detached;
};

void tcplife_watch_start(void);
void tcplife_watch_stop(void);
void tcplife_watch_look(struct tcplife_watch_report *report);
bool tcplife_watch_healthy(const struct tcplife_watch_report *report);

#endif
