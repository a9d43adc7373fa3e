/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFE_TALLY_H
#define TCPLIFE_TALLY_H

#include "core/tally.h"
#include "net.h"

/* Total, by age, and by two things more. */
#define TCPLIFE_TALLY_ROWS	(1 + TCPLIFE_TALLY_STEPS + 1 + 2 * TCPLIFE_TALLY_TOP)

/**
 * struct tcplife_tally_rates - a second, over the last seconds
 * @known: the rest is valid
 * @begun: TIME_WAIT begun
 * @ended: ended
 * @reused: of these, ended by connect()
 * @overflowed: never begun, for want of room
 */
struct tcplife_tally_rates {
	bool known;
	u64 begun;
	u64 ended;
	u64 reused;
	u64 overflowed;
};

/**
 * struct tcplife_tally - what a report of one namespace adds up to
 * @report: what is counted
 * @ports: ports that connect() chooses from
 * @fin_wait2: timewait_socks in FIN_WAIT2; this and what follows is of the
 *	report on TIME_WAIT only
 * @limit: timewait_socks that the kernel makes at most
 * @totals: counters, by TCPLIFE_ATTR_SUMMARY_*
 * @rates: of the last seconds
 * @length: entries used in @rows
 * @rows: the first is the total
 */
struct tcplife_tally {
	enum tcplife_report report;
	u32 ports;
	u64 fin_wait2;
	u64 limit;
	u64 totals[TCPLIFE_STATS];
	struct tcplife_tally_rates rates;
	u32 length;
	struct tcplife_tally_row rows[TCPLIFE_TALLY_ROWS];
};

struct tcplife_tally *tcplife_tally_take(struct tcplife_net *tn,
					 enum tcplife_report report);
void tcplife_tally_free(struct tcplife_tally *tally);
void tcplife_tally_remember(void);

#endif
