/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFE_ENCODE_FLOOD_H
#define TCPLIFE_ENCODE_FLOOD_H

#include <linux/seq_file.h>
#include <linux/skbuff.h>

#include "alerts.h"
#include "listeners.h"

int tcplife_encode_listener(struct sk_buff *skb,
			    const struct tcplife_listener *l);
void tcplife_encode_listener_columns(struct seq_file *m);
void tcplife_encode_listener_row(struct seq_file *m,
				 const struct tcplife_listener *l);
int tcplife_encode_alert(struct sk_buff *skb, const struct tcplife_alert *alert);
void tcplife_encode_alert_columns(struct seq_file *m);
void tcplife_encode_alert_row(struct seq_file *m,
			      const struct tcplife_alert *alert);

#endif
