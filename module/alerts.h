/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFE_ALERTS_H
#define TCPLIFE_ALERTS_H

#include "core/flood.h"
#include "net.h"

/**
 * struct tcplife_alert - what is said of a listening address and port
 * @net: its namespace
 * @inum: inode number of the namespace
 * @seq: number of the alert in its namespace, 0 if this is a row of the present
 * @at_real_ns: wall-clock time of the alert
 * @previous: the state that was told before
 * @family: 4 or 6
 * @address: local address
 * @port: local port
 * @half_open: half-open connections
 * @half_open_limit: how many may be
 * @cookies: enum tcplife_cookies
 * @floods: floods so far
 * @report: what the detector says
 */
struct tcplife_alert {
	struct tcplife_net *net;
	u32 inum;
	u64 seq;
	u64 at_real_ns;
	u8 previous;
	u8 family;
	u8 address[16];
	u16 port;
	u64 half_open;
	u64 half_open_limit;
	u8 cookies;
	u64 floods;
	struct tcplife_flood_report report;
};

/**
 * struct tcplife_alerts_ops - where alerts go
 * @deliver: send one to the readers of its namespace; process context
 */
struct tcplife_alerts_ops {
	void (*deliver)(const struct tcplife_alert *alert);
};

void tcplife_alerts_start(const struct tcplife_alerts_ops *ops);
void tcplife_alerts_stop(void);
extern bool tcplife_alerts_armed;
void tcplife_alerts_arm(void);
bool tcplife_alerts_look(const struct tcplife_net *net, u32 *cursor,
			 struct tcplife_alert *row);
bool tcplife_alerts_next(const struct tcplife_net *net, u64 *cursor,
			 struct tcplife_alert *alert);
u64 tcplife_alerts_floods(const struct tcplife_net *net);
void tcplife_alerts_forget(const struct tcplife_net *net);
const char *tcplife_alerts_advice(const struct tcplife_alert *alert);

#endif
