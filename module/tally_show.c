// SPDX-License-Identifier: GPL-2.0
/*
 * The rows of a tally as netlink attributes and as text.  Both say the same in
 * the words of the spec, and leave out what does not apply.
 *
 * Process context; takes no locks.
 */
#include <net/netlink.h>

#include "encode.h"
#include "tally_show.h"

#define NAME(upper, lower) #lower,
static const char * const tcplife_tally_words[] = { TCPLIFE_TALLY_BY_LIST(NAME) };

#define PUT_U64(skb, name, value) \
	nla_put_u64_64bit(skb, TCPLIFE_ATTR_TALLY_##name, value, \
			  TCPLIFE_ATTR_TALLY_PAD)

static bool tcplife_tally_has_port(const struct tcplife_tally_row *row)
{
	return row->by == TCPLIFE_TALLY_BY_LISTENER ||
	       row->by == TCPLIFE_TALLY_BY_LOCAL_PORT ||
	       row->by == TCPLIFE_TALLY_BY_REMOTE;
}

/* The last row by age has no end. */
static bool tcplife_tally_has_end(const struct tcplife_tally_row *row)
{
	return row->by == TCPLIFE_TALLY_BY_AGE &&
	       row->age_from_s < TCPLIFE_TALLY_STEPS * TCPLIFE_TALLY_STEP_S;
}

static int tcplife_tally_put_what(struct sk_buff *skb,
				  const struct tcplife_tally_row *row)
{
	if (nla_put_u8(skb, TCPLIFE_ATTR_TALLY_BY, row->by) ||
	    (row->by == TCPLIFE_TALLY_BY_AGE &&
	     nla_put_u32(skb, TCPLIFE_ATTR_TALLY_AGE_FROM_S, row->age_from_s)) ||
	    (tcplife_tally_has_end(row) &&
	     nla_put_u32(skb, TCPLIFE_ATTR_TALLY_AGE_TO_S,
			 row->age_from_s + TCPLIFE_TALLY_STEP_S)) ||
	    (row->family &&
	     (nla_put_u8(skb, TCPLIFE_ATTR_TALLY_FAMILY, row->family) ||
	      nla_put(skb, TCPLIFE_ATTR_TALLY_ADDR, row->family == 6 ? 16 : 4,
		      row->address))) ||
	    (row->prefix_len &&
	     nla_put_u8(skb, TCPLIFE_ATTR_TALLY_PREFIX_LEN, row->prefix_len)) ||
	    (tcplife_tally_has_port(row) &&
	     nla_put_u16(skb, TCPLIFE_ATTR_TALLY_PORT, row->port)) ||
	    PUT_U64(skb, COUNT, row->count))
		return -EMSGSIZE;
	return 0;
}

static int tcplife_tally_put_ports(struct sk_buff *skb,
				   const struct tcplife_tally *tally,
				   const struct tcplife_tally_row *row)
{
	if (PUT_U64(skb, PORTS_USED, row->ports_used) ||
	    PUT_U64(skb, PORTS_RANGE, tally->ports) ||
	    (row->runs_out && PUT_U64(skb, PORTS_OUT_S, row->ports_out_s)))
		return -EMSGSIZE;
	return 0;
}

static int tcplife_tally_put_total(struct sk_buff *skb,
				   const struct tcplife_tally *tally)
{
	const struct tcplife_tally_rates *rates = &tally->rates;
	const u64 *totals = tally->totals;

	if (PUT_U64(skb, FIN_WAIT2, tally->fin_wait2) ||
	    PUT_U64(skb, LIMIT, tally->limit) ||
	    PUT_U64(skb, BEGUN, totals[TCPLIFE_ATTR_SUMMARY_TIME_WAIT_BEGUN]) ||
	    PUT_U64(skb, EXPIRED, totals[TCPLIFE_ATTR_SUMMARY_TIME_WAIT_EXPIRED]) ||
	    PUT_U64(skb, REUSED, totals[TCPLIFE_ATTR_SUMMARY_TIME_WAIT_REUSED]) ||
	    PUT_U64(skb, REOPENED,
		    totals[TCPLIFE_ATTR_SUMMARY_TIME_WAIT_REOPENED]) ||
	    PUT_U64(skb, RESET, totals[TCPLIFE_ATTR_SUMMARY_TIME_WAIT_RESET]) ||
	    PUT_U64(skb, OVERFLOWED,
		    totals[TCPLIFE_ATTR_SUMMARY_TIME_WAIT_OVERFLOWS]))
		return -EMSGSIZE;
	if (rates->known &&
	    (PUT_U64(skb, BEGUN_PER_S, rates->begun) ||
	     PUT_U64(skb, ENDED_PER_S, rates->ended) ||
	     PUT_U64(skb, REUSED_PER_S, rates->reused) ||
	     PUT_U64(skb, OVERFLOWED_PER_S, rates->overflowed)))
		return -EMSGSIZE;
	return 0;
}

/**
 * tcplife_tally_put - put a row's attributes into a message
 * @skb: the message
 * @tally: the tally
 * @index: which row, less than @tally->length
 *
 * Return: 0 or -EMSGSIZE, with part of them put.
 */
int tcplife_tally_put(struct sk_buff *skb, const struct tcplife_tally *tally,
		      u32 index)
{
	const struct tcplife_tally_row *row = &tally->rows[index];

	if (nla_put_u8(skb, TCPLIFE_ATTR_TALLY_REPORT, tally->report) ||
	    tcplife_tally_put_what(skb, row))
		return -EMSGSIZE;
	if (row->by == TCPLIFE_TALLY_BY_REMOTE)
		return tcplife_tally_put_ports(skb, tally, row);
	if (row->by == TCPLIFE_TALLY_BY_TOTAL &&
	    tally->report == TCPLIFE_REPORT_TIME_WAIT)
		return tcplife_tally_put_total(skb, tally);
	return 0;
}

/**
 * tcplife_tally_columns - the header line over the rows
 * @m: where to
 * @report: what the tally counts
 */
void tcplife_tally_columns(struct seq_file *m, enum tcplife_report report)
{
	seq_puts(m, "by age_from_s age_to_s addr prefix_len port count");
	if (report == TCPLIFE_REPORT_TIME_WAIT)
		seq_puts(m,
			 " ports_used ports_range ports_out_s fin_wait2 limit "
			 "begun expired reused reopened reset overflowed "
			 "begun_per_s ended_per_s reused_per_s overflowed_per_s");
	seq_putc(m, '\n');
}

static void tcplife_tally_show_total(struct seq_file *m,
				     const struct tcplife_tally *tally,
				     bool applies)
{
	const struct tcplife_tally_rates *rates = &tally->rates;
	const u64 *totals = tally->totals;

	tcplife_encode_number(m, applies, tally->fin_wait2);
	tcplife_encode_number(m, applies, tally->limit);
	tcplife_encode_number(m, applies, totals[TCPLIFE_ATTR_SUMMARY_TIME_WAIT_BEGUN]);
	tcplife_encode_number(m, applies, totals[TCPLIFE_ATTR_SUMMARY_TIME_WAIT_EXPIRED]);
	tcplife_encode_number(m, applies, totals[TCPLIFE_ATTR_SUMMARY_TIME_WAIT_REUSED]);
	tcplife_encode_number(m, applies, totals[TCPLIFE_ATTR_SUMMARY_TIME_WAIT_REOPENED]);
	tcplife_encode_number(m, applies, totals[TCPLIFE_ATTR_SUMMARY_TIME_WAIT_RESET]);
	tcplife_encode_number(m, applies, totals[TCPLIFE_ATTR_SUMMARY_TIME_WAIT_OVERFLOWS]);
	applies = applies && rates->known;
	tcplife_encode_number(m, applies, rates->begun);
	tcplife_encode_number(m, applies, rates->ended);
	tcplife_encode_number(m, applies, rates->reused);
	tcplife_encode_number(m, applies, rates->overflowed);
}

/**
 * tcplife_tally_show - a row as text
 * @m: where to
 * @tally: the tally
 * @index: which row, less than @tally->length
 */
void tcplife_tally_show(struct seq_file *m, const struct tcplife_tally *tally,
			u32 index)
{
	const struct tcplife_tally_row *row = &tally->rows[index];
	bool by_remote = row->by == TCPLIFE_TALLY_BY_REMOTE;

	seq_puts(m, tcplife_tally_words[row->by]);
	tcplife_encode_number(m, row->by == TCPLIFE_TALLY_BY_AGE, row->age_from_s);
	tcplife_encode_number(m, tcplife_tally_has_end(row),
			      row->age_from_s + TCPLIFE_TALLY_STEP_S);
	if (row->family == 6)
		seq_printf(m, " %pI6c", row->address);
	else if (row->family)
		seq_printf(m, " %pI4", row->address);
	else
		seq_puts(m, " -");
	tcplife_encode_number(m, row->prefix_len, row->prefix_len);
	tcplife_encode_number(m, tcplife_tally_has_port(row), row->port);
	tcplife_encode_number(m, true, row->count);
	if (tally->report == TCPLIFE_REPORT_TIME_WAIT) {
		tcplife_encode_number(m, by_remote, row->ports_used);
		tcplife_encode_number(m, by_remote, tally->ports);
		tcplife_encode_number(m, row->runs_out, row->ports_out_s);
		tcplife_tally_show_total(m, tally,
					 row->by == TCPLIFE_TALLY_BY_TOTAL);
	}
	seq_putc(m, '\n');
}
