/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFE_NETLINK_H
#define TCPLIFE_NETLINK_H

#include "alerts.h"
#include "queue.h"

extern const struct tcplife_queue_ops tcplife_netlink_queue_ops;
extern const struct tcplife_alerts_ops tcplife_netlink_alerts_ops;

int tcplife_netlink_start(void);
void tcplife_netlink_open(void);
void tcplife_netlink_stop(void);

#endif
