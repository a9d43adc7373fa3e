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
 * @without: comma-separated hooks to leave out, for tests; may be NULL
 *
 * Read-only once tcplife_params_check() has said yes.
 */
struct tcplife_params {
	unsigned int max_lives;
	unsigned int history;
	unsigned int half_open_history;
	unsigned int event_queue;
	char *without;
};

extern struct tcplife_params tcplife_params;

int tcplife_params_check(void);
bool tcplife_params_leaves_out(const char *hook);

#endif
