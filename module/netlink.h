/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFE_NETLINK_H
#define TCPLIFE_NETLINK_H

#include "alerts.h"
#include "net.h"

struct tcplife_told;

extern const struct tcplife_alerts_ops tcplife_netlink_alerts_ops;

int tcplife_netlink_start(void);
void tcplife_netlink_stop(void);
bool tcplife_netlink_wanted(struct tcplife_net *net);
void tcplife_netlink_deliver(struct tcplife_net *net, const struct tcplife_told *told,
			     unsigned int count, unsigned int *lost,
			     unsigned int *unheard);

#endif
