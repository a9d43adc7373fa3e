// SPDX-License-Identifier: GPL-2.0
/*
 * Listening sockets and SYN floods as netlink attributes and as rows of text.
 * Both say the same in the words of the spec, and leave out what is unknown.
 *
 * Works on copies; process context; takes no locks.
 */
#include <linux/cred.h>
#include <linux/ktime.h>
#include <linux/uidgid.h>
#include <net/netlink.h>

#include "encode.h"
#include "encode_flood.h"

#define NAME(upper, lower) #lower,
static const char * const tcplife_encode_flood_states[] = { TCPLIFE_FLOOD_STATE_LIST(NAME) };
static const char * const tcplife_encode_spreads[] = { TCPLIFE_SPREAD_LIST(NAME) };
static const char * const tcplife_encode_cookies[] = { TCPLIFE_COOKIES_LIST(NAME) };
static const char * const tcplife_encode_verdicts[] = { TCPLIFE_VERDICT_LIST(NAME) };
static const char * const tcplife_encode_listener_owners[] = { TCPLIFE_OWNER_LIST(NAME) };
static const char * const tcplife_encode_listener_names[] = {
	TCPLIFE_ATTR_LISTENER_LIST(NAME)
};

/* The plain counters of a listener, in the order in which they are shown. */
#define FIRST_COUNT	TCPLIFE_ATTR_LISTENER_SYNS
#define LAST_COUNT	TCPLIFE_ATTR_LISTENER_COOKIES_FAILED

/**
 * struct tcplife_encode_figures - what is worked out of a listener
 * @now_ns: monotonic time
 * @uid: of whoever made the socket, as the namespace's user namespace knows it
 * @host_ids: the reader may see ids that are those of the whole host
 * @verdict: enum tcplife_verdict
 * @handshake: median and 99th percentile
 * @accept_wait: likewise
 */
struct tcplife_encode_figures {
	u64 now_ns;
	u32 uid;
	bool host_ids;
	u8 verdict;
	u64 handshake[2];
	u64 accept_wait[2];
};

static bool tcplife_encode_recent(u64 at_ns, u64 now_ns)
{
	return at_ns && at_ns + TCPLIFE_LISTENERS_RECENT_NS > now_ns;
}

static u8 tcplife_encode_verdict(const struct tcplife_listener *l, u64 now_ns)
{
	if (l->closed_ns)
		return TCPLIFE_VERDICT_CLOSED;
	if (l->flood_state == TCPLIFE_FLOOD_STATE_FLOOD)
		return TCPLIFE_VERDICT_FLOOD;
	if (l->flood_state == TCPLIFE_FLOOD_STATE_SUSPECTED)
		return TCPLIFE_VERDICT_SUSPECTED;
	if (tcplife_encode_recent(l->overflow_ns, now_ns))
		return TCPLIFE_VERDICT_ACCEPT_QUEUE_FULL;
	if (tcplife_encode_recent(l->syn_dropped_ns, now_ns))
		return TCPLIFE_VERDICT_SYN_QUEUE_FULL;
	if (tcplife_encode_recent(l->cookie_ns, now_ns))
		return TCPLIFE_VERDICT_COOKIES;
	return TCPLIFE_VERDICT_FINE;
}

static void tcplife_encode_look(struct tcplife_encode_figures *view,
				const struct tcplife_listener *l)
{
	struct user_namespace *user_ns = l->end.net->net->user_ns;

	view->now_ns = ktime_get_ns();
	view->uid = from_kuid_munged(user_ns, make_kuid(&init_user_ns, l->uid));
	view->host_ids = user_ns == &init_user_ns;
	view->verdict = tcplife_encode_verdict(l, view->now_ns);
	view->handshake[0] = tcplife_histogram_percentile(l->handshake, 50);
	view->handshake[1] = tcplife_histogram_percentile(l->handshake, 99);
	view->accept_wait[0] = tcplife_histogram_percentile(l->accept_wait, 50);
	view->accept_wait[1] = tcplife_histogram_percentile(l->accept_wait, 99);
}

static bool tcplife_encode_any(const u64 counts[TCPLIFE_HISTOGRAM_BUCKETS])
{
	return memchr_inv(counts, 0, TCPLIFE_HISTOGRAM_BUCKETS * sizeof(*counts));
}

/* A counter that was taken back before it was counted reads as 0. */
static u64 tcplife_encode_count(const struct tcplife_listener *l, unsigned int i)
{
	return (s64)l->count[i] < 0 ? 0 : l->count[i];
}

static unsigned int tcplife_encode_flood_addr_len(u8 family)
{
	return family == 6 ? 16 : 4;
}

#define PUT_U64(skb, name, value) \
	nla_put_u64_64bit(skb, TCPLIFE_ATTR_LISTENER_##name, value, \
			  TCPLIFE_ATTR_LISTENER_PAD)

static int tcplife_encode_put_owner(struct sk_buff *skb,
				    const struct tcplife_listener *l,
				    const struct tcplife_encode_figures *view)
{
	if (nla_put_u8(skb, TCPLIFE_ATTR_LISTENER_OWNER, l->owner) ||
	    nla_put_u32(skb, TCPLIFE_ATTR_LISTENER_UID, view->uid) ||
	    (view->host_ids && l->cgroup && PUT_U64(skb, CGROUP, l->cgroup)))
		return -EMSGSIZE;
	if (l->owner == TCPLIFE_OWNER_UNKNOWN)
		return 0;
	if ((view->host_ids &&
	     nla_put_u32(skb, TCPLIFE_ATTR_LISTENER_PID, l->pid)) ||
	    nla_put_string(skb, TCPLIFE_ATTR_LISTENER_COMM, l->comm))
		return -EMSGSIZE;
	return 0;
}

static int tcplife_encode_put_counts(struct sk_buff *skb,
				     const struct tcplife_listener *l,
				     const struct tcplife_encode_figures *view)
{
	unsigned int i;

	for (i = FIRST_COUNT; i <= LAST_COUNT; i++)
		if (nla_put_u64_64bit(skb, i, tcplife_encode_count(l, i),
				      TCPLIFE_ATTR_LISTENER_PAD))
			return -EMSGSIZE;
	if (nla_put(skb, TCPLIFE_ATTR_LISTENER_HANDSHAKE, sizeof(l->handshake),
		    l->handshake) ||
	    nla_put(skb, TCPLIFE_ATTR_LISTENER_ACCEPT_WAIT,
		    sizeof(l->accept_wait), l->accept_wait))
		return -EMSGSIZE;
	if (tcplife_encode_any(l->handshake) &&
	    (PUT_U64(skb, HANDSHAKE_P50_US, view->handshake[0]) ||
	     PUT_U64(skb, HANDSHAKE_P99_US, view->handshake[1])))
		return -EMSGSIZE;
	if (tcplife_encode_any(l->accept_wait) &&
	    (PUT_U64(skb, ACCEPT_WAIT_P50_US, view->accept_wait[0]) ||
	     PUT_U64(skb, ACCEPT_WAIT_P99_US, view->accept_wait[1])))
		return -EMSGSIZE;
	return 0;
}

/**
 * tcplife_encode_listener - put a listening socket's attributes into a message
 * @skb: the message
 * @l: a copy of the record
 *
 * Return: 0 or -EMSGSIZE, with part of them put.
 */
int tcplife_encode_listener(struct sk_buff *skb, const struct tcplife_listener *l)
{
	const struct tcplife_end *end = &l->end;
	struct tcplife_encode_figures view;

	tcplife_encode_look(&view, l);
	if (PUT_U64(skb, ID, l->id) ||
	    nla_put_u32(skb, TCPLIFE_ATTR_LISTENER_NETNS, end->net->inum) ||
	    nla_put_u8(skb, TCPLIFE_ATTR_LISTENER_FAMILY, end->family) ||
	    nla_put(skb, TCPLIFE_ATTR_LISTENER_LOCAL_ADDR,
		    tcplife_encode_flood_addr_len(end->family), end->address) ||
	    nla_put_u16(skb, TCPLIFE_ATTR_LISTENER_LOCAL_PORT, end->port) ||
	    nla_put_u8(skb, TCPLIFE_ATTR_LISTENER_VERDICT, view.verdict) ||
	    (l->opened_real_ns && PUT_U64(skb, OPENED_AT, l->opened_real_ns)) ||
	    (l->closed_ns &&
	     PUT_U64(skb, CLOSED_US, div_u64(view.now_ns - l->closed_ns,
					     NSEC_PER_USEC))) ||
	    PUT_U64(skb, SYN_QUEUE, l->syn_queue) ||
	    PUT_U64(skb, SYN_QUEUE_PEAK, l->syn_queue_peak) ||
	    PUT_U64(skb, SYN_QUEUE_LIMIT, l->backlog) ||
	    PUT_U64(skb, ACCEPT_QUEUE, l->accept_queue) ||
	    PUT_U64(skb, ACCEPT_QUEUE_PEAK, l->accept_queue_peak) ||
	    PUT_U64(skb, ACCEPT_QUEUE_LIMIT, l->backlog))
		return -EMSGSIZE;
	return tcplife_encode_put_owner(skb, l, &view) ?:
	       tcplife_encode_put_counts(skb, l, &view);
}

/**
 * tcplife_encode_listener_columns - the header line over rows of listening sockets
 * @m: where to
 */
void tcplife_encode_listener_columns(struct seq_file *m)
{
	unsigned int i;

	seq_puts(m,
		 "id verdict local opened_at_s closed_us owner pid comm uid cgroup "
		 "syn_queue syn_queue_peak syn_queue_limit accept_queue accept_queue_peak accept_queue_limit");
	/* The list begins with unspec. */
	for (i = FIRST_COUNT; i <= LAST_COUNT; i++)
		seq_printf(m, " %s", tcplife_encode_listener_names[i]);
	seq_puts(m,
		 " handshake_p50_us handshake_p99_us accept_wait_p50_us accept_wait_p99_us handshake_us accept_wait_us\n");
}

static void tcplife_encode_row_percentiles(struct seq_file *m,
					   const u64 *counts, const u64 p[2])
{
	tcplife_encode_number(m, tcplife_encode_any(counts), p[0]);
	tcplife_encode_number(m, tcplife_encode_any(counts), p[1]);
}

/* A histogram: the upper edge of each bucket that holds any, and how many. */
static void tcplife_encode_row_histogram(struct seq_file *m, const u64 *counts)
{
	char comma = ' ';
	unsigned int i;

	for (i = 0; i < TCPLIFE_HISTOGRAM_BUCKETS; i++) {
		if (!counts[i])
			continue;
		seq_printf(m, "%c%llu:%llu", comma, tcplife_histogram_edge(i),
			   counts[i]);
		comma = ',';
	}
	if (comma == ' ')
		seq_puts(m, " -");
}

/**
 * tcplife_encode_listener_row - a listening socket as a row of text
 * @m: where to
 * @l: a copy of the record
 */
void tcplife_encode_listener_row(struct seq_file *m,
				 const struct tcplife_listener *l)
{
	const struct tcplife_end *end = &l->end;
	bool known = l->owner != TCPLIFE_OWNER_UNKNOWN;
	struct tcplife_encode_figures view;
	unsigned int i;

	tcplife_encode_look(&view, l);
	seq_printf(m, "%llu %s", l->id, tcplife_encode_verdicts[view.verdict]);
	tcplife_encode_endpoint(m, end->family, end->address, end->port);
	tcplife_encode_time(m, l->opened_real_ns);
	tcplife_encode_number(m, l->closed_ns, div_u64(view.now_ns - l->closed_ns,
						       NSEC_PER_USEC));
	tcplife_encode_word(m, tcplife_encode_listener_owners, l->owner);
	tcplife_encode_number(m, known && view.host_ids, l->pid);
	tcplife_encode_comm(m, known ? l->comm : "-");
	tcplife_encode_number(m, true, view.uid);
	tcplife_encode_number(m, view.host_ids && l->cgroup, l->cgroup);
	seq_printf(m, " %u %u %u %u %u %u", l->syn_queue, l->syn_queue_peak,
		   l->backlog, l->accept_queue, l->accept_queue_peak, l->backlog);
	for (i = FIRST_COUNT; i <= LAST_COUNT; i++)
		seq_printf(m, " %llu", tcplife_encode_count(l, i));
	tcplife_encode_row_percentiles(m, l->handshake, view.handshake);
	tcplife_encode_row_percentiles(m, l->accept_wait, view.accept_wait);
	tcplife_encode_row_histogram(m, l->handshake);
	tcplife_encode_row_histogram(m, l->accept_wait);
	seq_putc(m, '\n');
}

#undef PUT_U64
#define PUT_U64(skb, name, value) \
	nla_put_u64_64bit(skb, TCPLIFE_ATTR_FLOOD_##name, value, \
			  TCPLIFE_ATTR_FLOOD_PAD)

/* Monotonic time as wall-clock time of now. */
static u64 tcplife_encode_since(const struct tcplife_alert *alert)
{
	return ktime_mono_to_real(alert->report.since_ns);
}

static u8 tcplife_encode_prefix(const struct tcplife_alert *alert, u8 family)
{
	if (alert->report.spread == TCPLIFE_SPREAD_PREFIX)
		return family == 6 ? 64 : 24;
	return family == 6 ? 128 : 32;
}

/* The address, of a prefix with zeros behind it. */
static void tcplife_encode_top_addr(u8 addr[16],
				    const struct tcplife_alert *alert,
				    const struct tcplife_flood_top *top)
{
	unsigned int bytes = tcplife_encode_prefix(alert, top->family) / 8;

	memset(addr, 0, 16);
	memcpy(addr, top->address, bytes);
}

static int tcplife_encode_put_top(struct sk_buff *skb,
				  const struct tcplife_alert *alert,
				  const struct tcplife_flood_top *top)
{
	struct nlattr *nest = nla_nest_start(skb, TCPLIFE_ATTR_FLOOD_TOP_SOURCES);
	u8 addr[16];

	if (!nest)
		return -EMSGSIZE;
	tcplife_encode_top_addr(addr, alert, top);
	if (nla_put(skb, TCPLIFE_ATTR_SOURCE_ADDR,
		    tcplife_encode_flood_addr_len(top->family), addr) ||
	    nla_put_u8(skb, TCPLIFE_ATTR_SOURCE_PREFIX_LEN,
		       tcplife_encode_prefix(alert, top->family)) ||
	    nla_put_u64_64bit(skb, TCPLIFE_ATTR_SOURCE_SYNS, top->syns,
			      TCPLIFE_ATTR_SOURCE_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int tcplife_encode_put_where(struct sk_buff *skb,
				    const struct tcplife_alert *alert)
{
	if (nla_put_u32(skb, TCPLIFE_ATTR_FLOOD_NETNS, alert->inum) ||
	    nla_put_u8(skb, TCPLIFE_ATTR_FLOOD_FAMILY, alert->family) ||
	    nla_put(skb, TCPLIFE_ATTR_FLOOD_LOCAL_ADDR,
		    tcplife_encode_flood_addr_len(alert->family), alert->address) ||
	    nla_put_u16(skb, TCPLIFE_ATTR_FLOOD_LOCAL_PORT, alert->port) ||
	    nla_put_u8(skb, TCPLIFE_ATTR_FLOOD_STATE, alert->report.state) ||
	    PUT_U64(skb, SINCE, tcplife_encode_since(alert)))
		return -EMSGSIZE;
	if (alert->seq &&
	    (PUT_U64(skb, SEQ, alert->seq) ||
	     PUT_U64(skb, AT, alert->at_real_ns) ||
	     nla_put_u8(skb, TCPLIFE_ATTR_FLOOD_PREVIOUS_STATE, alert->previous)))
		return -EMSGSIZE;
	return 0;
}

/**
 * tcplife_encode_alert - put what is said of an address and port into a message
 * @skb: the message
 * @alert: what is said
 *
 * Return: 0 or -EMSGSIZE, with part of it put.
 */
int tcplife_encode_alert(struct sk_buff *skb, const struct tcplife_alert *alert)
{
	const struct tcplife_flood_report *r = &alert->report;
	unsigned int i;

	if (tcplife_encode_put_where(skb, alert) ||
	    PUT_U64(skb, SYN_RATE, r->syn_rate) ||
	    PUT_U64(skb, SYN_RATE_PEAK, r->syn_rate_peak) ||
	    (r->has_completion &&
	     nla_put_u32(skb, TCPLIFE_ATTR_FLOOD_COMPLETION_RATIO,
			 r->completion)) ||
	    PUT_U64(skb, SYNS, r->totals.syns) ||
	    PUT_U64(skb, HALF_OPEN, alert->half_open) ||
	    PUT_U64(skb, HALF_OPEN_LIMIT, alert->half_open_limit) ||
	    PUT_U64(skb, DISTINCT_SOURCES, r->distinct) ||
	    nla_put_u8(skb, TCPLIFE_ATTR_FLOOD_SPREAD, r->spread) ||
	    nla_put_u8(skb, TCPLIFE_ATTR_FLOOD_COOKIES, alert->cookies) ||
	    PUT_U64(skb, COOKIES_SENT, r->totals.cookies) ||
	    PUT_U64(skb, DROPPED, r->totals.dropped) ||
	    PUT_U64(skb, FLOODS, alert->floods) ||
	    nla_put_string(skb, TCPLIFE_ATTR_FLOOD_ADVICE,
			   tcplife_alerts_advice(alert)))
		return -EMSGSIZE;
	for (i = 0; i < r->tops; i++)
		if (tcplife_encode_put_top(skb, alert, &r->top[i]))
			return -EMSGSIZE;
	return 0;
}

/**
 * tcplife_encode_alert_columns - the header line over rows of floods and alerts
 * @m: where to
 */
void tcplife_encode_alert_columns(struct seq_file *m)
{
	seq_puts(m,
		 "row seq at_s previous_state state local since_s syn_rate syn_rate_peak completion_ratio syns "
		 "half_open half_open_limit distinct_sources spread top_sources cookies cookies_sent dropped floods advice\n");
}

static void tcplife_encode_row_tops(struct seq_file *m,
				    const struct tcplife_alert *alert)
{
	const struct tcplife_flood_report *r = &alert->report;
	unsigned int i;
	u8 addr[16];

	for (i = 0; i < r->tops; i++) {
		const struct tcplife_flood_top *top = &r->top[i];

		tcplife_encode_top_addr(addr, alert, top);
		seq_putc(m, i ? ',' : ' ');
		if (top->family == 6)
			seq_printf(m, "%pI6c/%u=%llu", addr,
				   tcplife_encode_prefix(alert, 6), top->syns);
		else
			seq_printf(m, "%pI4/%u=%llu", addr,
				   tcplife_encode_prefix(alert, 4), top->syns);
	}
	if (!r->tops)
		seq_puts(m, " -");
}

/**
 * tcplife_encode_alert_row - what is said of an address and port, as a row
 * @m: where to
 * @alert: what is said
 */
void tcplife_encode_alert_row(struct seq_file *m,
			      const struct tcplife_alert *alert)
{
	const struct tcplife_flood_report *r = &alert->report;

	seq_puts(m, alert->seq ? "alert" : "now");
	tcplife_encode_number(m, alert->seq, alert->seq);
	tcplife_encode_time(m, alert->at_real_ns);
	seq_printf(m, " %s %s", alert->seq ?
		   tcplife_encode_flood_states[alert->previous] : "-",
		   tcplife_encode_flood_states[r->state]);
	tcplife_encode_endpoint(m, alert->family, alert->address, alert->port);
	tcplife_encode_time(m, tcplife_encode_since(alert));
	seq_printf(m, " %u %u", r->syn_rate, r->syn_rate_peak);
	if (r->has_completion)
		seq_printf(m, " %u.%03u", r->completion / 1000,
			   r->completion % 1000);
	else
		seq_puts(m, " -");
	seq_printf(m, " %llu %llu %llu %llu", r->totals.syns, alert->half_open,
		   alert->half_open_limit, r->distinct);
	seq_printf(m, " %s", tcplife_encode_spreads[r->spread]);
	tcplife_encode_row_tops(m, alert);
	seq_printf(m, " %s %llu %llu %llu %s\n",
		   tcplife_encode_cookies[alert->cookies], r->totals.cookies,
		   r->totals.dropped, alert->floods,
		   tcplife_alerts_advice(alert));
}
