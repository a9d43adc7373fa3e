/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFE_PARAMS_H
#define TCPLIFE_PARAMS_H

#include <linux/types.h>

/**
 * struct tcplife_params - the limits the module was loaded with
 * @max_lives: connections on record at once, in all namespaces
 * @history: ended connections kept
 * @half_open_history: half-open connections that failed, kept
 * @event_queue: lives that may wait to be sent to readers
 * @max_listeners: listening sockets on record at once, in all namespaces
 * @flood_rate: SYNs a second left undone that make the smallest flood
 * @flood_share: percent of SYNs left undone after 0.6 s that are normal
 * @flood_evidence: SYNs left undone beyond what is normal that make one
 * @without: comma-separated hooks to leave out, for tests; may be NULL
 *
 * Read-only once tcplife_params_check() has said yes.
 */
struct tcplife_params {
	unsigned int max_lives;
	unsigned int history;
	unsigned int half_open_history;
	unsigned int event_queue;
	unsigned int max_listeners;
	unsigned int flood_rate;
	unsigned int flood_share;
	unsigned int flood_evidence;
	char *without;
};

extern struct tcplife_params tcplife_params;

int tcplife_params_check(void);
bool tcplife_params_leaves_out(const char *hook);

#endif
