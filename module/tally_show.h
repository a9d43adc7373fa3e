/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFE_TALLY_SHOW_H
#define TCPLIFE_TALLY_SHOW_H

#include <linux/seq_file.h>
#include <linux/skbuff.h>

#include "tally.h"

int tcplife_tally_put(struct sk_buff *skb, const struct tcplife_tally *tally,
		      u32 index);
void tcplife_tally_columns(struct seq_file *m, enum tcplife_report report);
void tcplife_tally_show(struct seq_file *m, const struct tcplife_tally *tally,
			u32 index);

#endif
