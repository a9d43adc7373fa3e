// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the rules of tcplifectl advise: from facts to findings, one function a
 * rule.  No finding without the numbers that it rests on.  No I/O.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "advise.h"
#include "names.h"
#include "text.h"

/* TIME_WAIT is nearly full at this share of tcp_max_tw_buckets. */
#define TIME_WAIT_FULL_PERCENT		80
/* Ports run out at this share of ip_local_port_range, or this soon. */
#define PORTS_OUT_PERCENT		70
#define PORTS_OUT_SOON_S		300
#define PORTS_OUT_CRITICAL_PERCENT	90
#define PORTS_OUT_CRITICAL_S		60
/* This end closes first: so many of a port's connections, and such a share. */
#define CLOSES_FIRST_LEAST		100
#define CLOSES_FIRST_PERCENT		50
/* Connections that stay too long in a state (facts.c) are many. */
#define STUCK_LEAST			50
/*
 * Handshakes are slow if one in a hundred takes as long; of so many at least.
 * Times come in histograms: this and the next begin a bucket, about half a
 * second and a tenth.
 */
#define HANDSHAKE_SLOW_US		(1ull << 19)
#define HANDSHAKE_LEAST			100
/* accept() is slow, and not the backlog small, from here on. */
#define ACCEPT_SLOW_US			(1ull << 17)
/* SYN-ACKs are retransmitted often. */
#define RETRANSMITS_LEAST		100
#define RETRANSMITS_PERCENT		5
/* Connections end badly for one reason. */
#define RESETS_LEAST			50
#define RESETS_PERCENT			10

/**
 * severity_word - the word of a severity
 * @severity: the severity
 *
 * Return: the word.
 */
const char *severity_word(enum severity severity)
{
	static const char *const words[] = {
		[SEVERITY_NOTE] = "note",
		[SEVERITY_WARNING] = "warning",
		[SEVERITY_CRITICAL] = "critical",
	};

	return words[severity];
}

/* Is @part that many percent of @whole, or more?  Nothing overflows. */
static bool at_least(uint64_t part, unsigned int percent, uint64_t whole)
{
	return whole && part >= whole / 100 * percent +
				(whole % 100 * percent + 99) / 100;
}

static void evidence(struct finding *finding, const char *name, uint64_t value)
{
	if (finding->count < EVIDENCE_MAX)
		finding->evidence[finding->count++] =
			(struct evidence){ name, value };
}

/* Settings that could be read; the list ends with SYSCTLS. */
static void evidence_settings(struct finding *finding,
			      const struct facts *facts, ...)
{
	va_list args;
	int sysctl;

	va_start(args, facts);
	while ((sysctl = va_arg(args, int)) != SYSCTLS)
		if (facts->settings[sysctl].known)
			evidence(finding, sysctl_name(sysctl),
				 facts->settings[sysctl].value);
	va_end(args);
}

/* Add a sentence to the advice. */
static void advise_to(struct finding *finding, const char *sentence)
{
	size_t used = strlen(finding->advice);

	snprintf(finding->advice + used, sizeof(finding->advice) - used,
		 "%s%s", used ? " " : "", sentence);
}

/* What is wrong, as printf() takes it. */
#define FINDING(to, ...) \
	snprintf((to)->finding, sizeof((to)->finding), __VA_ARGS__)

static void found(const struct advice *advice, const struct finding *finding)
{
	advice->found(advice->context, finding);
}

static bool setting_is(const struct facts *facts, enum sysctl sysctl,
		       uint64_t value)
{
	return facts->settings[sysctl].known &&
	       facts->settings[sysctl].value == value;
}

static void put_subject(struct finding *finding, const struct address *addr,
			uint16_t port)
{
	text_address_port(finding->subject, addr, true, port);
}

/* The backlog is the smaller of what listen() and somaxconn say. */
static void advise_backlog(struct finding *finding, const struct facts *facts,
			   uint64_t limit)
{
	const struct setting *somaxconn = &facts->settings[SYSCTL_SOMAXCONN];

	if (!somaxconn->known)
		advise_to(finding, "Raise the backlog that the application gives to listen(), and net.core.somaxconn, which limits it.");
	else if (limit < somaxconn->value)
		advise_to(finding, "Raise the backlog that the application gives to listen(); net.core.somaxconn allows more.");
	else
		advise_to(finding, "Raise net.core.somaxconn, which limits the backlog, and the backlog that the application gives to listen(); then restart it.");
}

static void rule_syn_queue(const struct finding *blank,
			   const struct facts *facts,
			   const struct service *service,
			   const struct advice *advice)
{
	/* Without cookies, a part of the queue is kept for known peers. */
	bool off = setting_is(facts, SYSCTL_TCP_SYNCOOKIES, 0);
	bool dropped = service->dropped_syn_queue ||
		       (off && service->dropped_other);
	struct finding finding = *blank;

	if (!dropped && !service->cookies_sent)
		return;
	if (service->verdicts & 1u << TCPLIFE_VERDICT_SYN_QUEUE_FULL)
		finding.severity = SEVERITY_CRITICAL;
	else if (dropped)
		finding.severity = SEVERITY_WARNING;
	else
		finding.severity = SEVERITY_NOTE;
	FINDING(&finding, "The SYN queue was full since the listener was put on record: %s.",
		dropped ? "SYNs were dropped" :
			  "SYNs were answered by cookies");
	evidence(&finding, "dropped_syn_queue", service->dropped_syn_queue);
	evidence(&finding, "dropped_other", service->dropped_other);
	evidence(&finding, "cookies_sent", service->cookies_sent);
	evidence(&finding, "syn_queue_peak", service->syn_queue_peak);
	evidence(&finding, "syn_queue_limit", service->syn_queue_limit);
	evidence_settings(&finding, facts, SYSCTL_SOMAXCONN,
			  SYSCTL_TCP_MAX_SYN_BACKLOG, SYSCTL_TCP_SYNCOOKIES,
			  SYSCTL_TCP_SYNACK_RETRIES, SYSCTLS);
	advise_backlog(&finding, facts, service->syn_queue_limit);
	if (off)
		advise_to(&finding, "Switch net.ipv4.tcp_syncookies on (1); as long as they are off, net.ipv4.tcp_max_syn_backlog limits the queue too.");
	advise_to(&finding, "A longer queue helps against bursts, not against a flood; a smaller net.ipv4.tcp_synack_retries empties it sooner.");
	found(advice, &finding);
}

static uint64_t histogram_total(const struct histogram *histogram)
{
	uint64_t total = 0;
	unsigned int i;

	for (i = 0; i < histogram->buckets; i++)
		total += histogram->counts[i];
	return total;
}

/* Upper edge of the bucket that holds the 99th percentile; 0 if it is empty. */
static uint64_t histogram_p99(const struct histogram *histogram)
{
	uint64_t total = histogram_total(histogram), seen = 0;
	unsigned int i;

	for (i = 0; i < histogram->buckets && i < 64; i++) {
		seen += histogram->counts[i];
		if (at_least(seen, 99, total))
			return (1ull << i) - 1;
	}
	return total ? UINT64_MAX : 0;
}

/* One value in a hundred is as large, or larger: where the bucket begins. */
static uint64_t histogram_hundredth(const struct histogram *histogram)
{
	uint64_t edge = histogram_p99(histogram);

	return edge / 2 + edge % 2;
}

static void rule_accept_queue(const struct finding *blank,
			      const struct facts *facts,
			      const struct service *service,
			      const struct advice *advice)
{
	uint64_t wait_us = histogram_hundredth(&service->accept_wait);
	bool none = service->accept_queue && !service->accepted;
	struct finding finding = *blank;
	char text[32];

	if (!service->overflowed && !service->dropped_accept_queue)
		return;
	finding.severity = SEVERITY_WARNING;
	if (service->verdicts & 1u << TCPLIFE_VERDICT_ACCEPT_QUEUE_FULL)
		finding.severity = SEVERITY_CRITICAL;
	text_duration(text, wait_us);
	if (none)
		FINDING(&finding, "The accept queue was full since the listener was put on record: the application has accepted no connection.");
	else if (wait_us >= ACCEPT_SLOW_US)
		FINDING(&finding, "The accept queue was full since the listener was put on record: the application accepts slowly; one connection in a hundred waits %s or longer.",
			text);
	else
		FINDING(&finding, "The accept queue was full since the listener was put on record: it is too short for the bursts that come.");
	evidence(&finding, "overflowed", service->overflowed);
	evidence(&finding, "dropped_accept_queue",
		 service->dropped_accept_queue);
	evidence(&finding, "accepted", service->accepted);
	evidence(&finding, "accept_queue", service->accept_queue);
	evidence(&finding, "accept_queue_peak", service->accept_queue_peak);
	evidence(&finding, "accept_queue_limit", service->accept_queue_limit);
	if (histogram_total(&service->accept_wait))
		evidence(&finding, "accept_wait_p99_us",
			 histogram_p99(&service->accept_wait));
	evidence_settings(&finding, facts, SYSCTL_SOMAXCONN,
			  SYSCTL_TCP_ABORT_ON_OVERFLOW, SYSCTLS);
	if (none)
		advise_to(&finding, "See why the application does not call accept(): it may be stuck, or busy with something else.");
	else if (wait_us >= ACCEPT_SLOW_US)
		advise_to(&finding, "Let the application accept without waiting for other work: in a thread of its own, or in more processes (SO_REUSEPORT).");
	advise_backlog(&finding, facts, service->accept_queue_limit);
	if (setting_is(facts, SYSCTL_TCP_ABORT_ON_OVERFLOW, 1))
		advise_to(&finding, "With net.ipv4.tcp_abort_on_overflow at 1 the clients are reset; at 0 they try again.");
	found(advice, &finding);
}

static void rule_slow_handshake(const struct finding *blank,
				const struct facts *facts,
				const struct service *service,
				const struct advice *advice)
{
	uint64_t total = histogram_total(&service->handshake);
	uint64_t slow_us = histogram_hundredth(&service->handshake);
	struct finding finding = *blank;
	char text[32];

	(void)facts;
	if (total < HANDSHAKE_LEAST || slow_us < HANDSHAKE_SLOW_US)
		return;
	finding.severity = SEVERITY_NOTE;
	text_duration(text, slow_us);
	FINDING(&finding, "Handshakes are slow: one in a hundred takes %s or longer, since the listener was put on record.",
		text);
	evidence(&finding, "handshake_p99_us",
		 histogram_p99(&service->handshake));
	evidence(&finding, "handshakes", total);
	advise_to(&finding, "A second or more means that SYN-ACKs or last ACKs were lost: look for loss on the way, and for an accept queue that is full. Less means clients far away: keep connections open, or answer nearer to them.");
	found(advice, &finding);
}

static void rules_service(const struct facts *facts,
			  const struct advice *advice)
{
	static const struct {
		const char	*rule;
		void		(*check)(const struct finding *blank,
					 const struct facts *facts,
					 const struct service *service,
					 const struct advice *advice);
	} rules[] = {
		{ "syn_queue", rule_syn_queue },
		{ "accept_queue", rule_accept_queue },
		{ "slow_handshake", rule_slow_handshake },
	};
	const struct service *services = facts->services.data;
	size_t i, rule;

	/* What is closed needs no advice. */
	for (i = 0; i < facts->services.count; i++) {
		struct finding blank = { 0 };

		if (!services[i].sockets)
			continue;
		put_subject(&blank, &services[i].addr, services[i].port);
		for (rule = 0; rule < sizeof(rules) / sizeof(rules[0]); rule++) {
			blank.rule = rules[rule].rule;
			rules[rule].check(&blank, facts, &services[i], advice);
		}
	}
}

static void rule_flood(const struct facts *facts, const struct advice *advice)
{
	const struct flood *floods = facts->floods.data;
	size_t i;

	for (i = 0; i < facts->floods.count; i++) {
		const struct flood *flood = &floods[i];
		struct finding finding = { .rule = "flood" };
		bool sure = flood->state == TCPLIFE_FLOOD_STATE_FLOOD;

		if (!sure && flood->state != TCPLIFE_FLOOD_STATE_SUSPECTED)
			continue;
		finding.severity = sure ? SEVERITY_CRITICAL : SEVERITY_WARNING;
		put_subject(&finding, &flood->local_addr, flood->local_port);
		FINDING(&finding, sure ? "There is a SYN flood now." :
					 "There may be a SYN flood now.");
		evidence(&finding, "syn_rate", flood->syn_rate);
		evidence(&finding, "half_open", flood->half_open);
		evidence(&finding, "half_open_limit", flood->half_open_limit);
		evidence(&finding, "distinct_sources", flood->distinct_sources);
		evidence(&finding, "cookies_sent", flood->cookies_sent);
		evidence(&finding, "dropped", flood->dropped);
		text_safe(finding.advice, sizeof(finding.advice),
			  flood->advice);
		advise_to(&finding, "tcplifectl flood has the details.");
		found(advice, &finding);
	}
}

static void rule_cookies_off(const struct facts *facts,
			     const struct advice *advice)
{
	struct finding finding = { .rule = "cookies_off" };
	const struct flood *floods = facts->floods.data;
	bool off = setting_is(facts, SYSCTL_TCP_SYNCOOKIES, 0);
	uint64_t now = 0, ever = 0, dropped = 0;
	size_t i;

	for (i = 0; i < facts->floods.count; i++) {
		now += floods[i].state == TCPLIFE_FLOOD_STATE_FLOOD;
		ever += floods[i].floods;
		dropped += floods[i].dropped;
		off |= FLOOD_HAS(&floods[i], COOKIES) &&
		       floods[i].cookies == TCPLIFE_COOKIES_OFF;
	}
	if (!off || !(now || ever))
		return;
	finding.severity = now ? SEVERITY_CRITICAL : SEVERITY_WARNING;
	snprintf(finding.subject, sizeof(finding.subject),
		 "net.ipv4.tcp_syncookies");
	FINDING(&finding, now ? "SYN cookies are off, and there is a SYN flood now." :
				"SYN cookies are off, and there were SYN floods since load.");
	evidence(&finding, "floods_now", now);
	evidence(&finding, "floods", ever);
	evidence(&finding, "dropped", dropped);
	evidence_settings(&finding, facts, SYSCTL_TCP_SYNCOOKIES, SYSCTLS);
	advise_to(&finding, "Set net.ipv4.tcp_syncookies to 1: then a full SYN queue shuts nobody out.");
	found(advice, &finding);
}

static const struct tally *time_wait_total(const struct facts *facts)
{
	const struct tally *tallies = facts->tallies.data;
	size_t i;

	for (i = 0; i < facts->tallies.count; i++)
		if (tallies[i].by == TCPLIFE_TALLY_BY_TOTAL)
			return &tallies[i];
	return NULL;
}

static void rule_time_wait_limit(const struct facts *facts,
				 const struct advice *advice)
{
	struct finding finding = { .rule = "time_wait_limit",
				   .severity = SEVERITY_WARNING };
	const struct tally *total = time_wait_total(facts);
	bool full;

	if (!total)
		return;
	full = at_least(total->count + total->fin_wait2, TIME_WAIT_FULL_PERCENT,
			total->limit);
	if (!full && !total->overflowed)
		return;
	if (full)
		finding.severity = SEVERITY_CRITICAL;
	snprintf(finding.subject, sizeof(finding.subject),
		 "net.ipv4.tcp_max_tw_buckets");
	FINDING(&finding, full ? "TIME_WAIT is nearly full, or full." :
				 "TIME_WAIT was full since load: connections closed without it.");
	evidence(&finding, "time_wait", total->count);
	evidence(&finding, "fin_wait2", total->fin_wait2);
	evidence(&finding, "limit", total->limit);
	evidence(&finding, "overflowed", total->overflowed);
	evidence(&finding, "begun_per_s", total->begun_per_s);
	advise_to(&finding, "Raise net.ipv4.tcp_max_tw_buckets; an entry takes a few hundred bytes. Better, keep connections open for more than one request, or let the other end close first.");
	found(advice, &finding);
}

static void rule_ports(const struct facts *facts, const struct advice *advice)
{
	const struct tally *tallies = facts->tallies.data;
	size_t i;

	for (i = 0; i < facts->tallies.count; i++) {
		const struct tally *tally = &tallies[i];
		struct finding finding = { .rule = "ports_running_out",
					   .severity = SEVERITY_WARNING };
		bool soon = TALLY_HAS(tally, PORTS_OUT_S);

		if (tally->by != TCPLIFE_TALLY_BY_REMOTE)
			continue;
		if (!at_least(tally->ports_used, PORTS_OUT_PERCENT,
			      tally->ports_range) &&
		    !(soon && tally->ports_out_s < PORTS_OUT_SOON_S))
			continue;
		if (at_least(tally->ports_used, PORTS_OUT_CRITICAL_PERCENT,
			     tally->ports_range) ||
		    (soon && tally->ports_out_s < PORTS_OUT_CRITICAL_S))
			finding.severity = SEVERITY_CRITICAL;
		put_subject(&finding, &tally->addr, tally->port);
		FINDING(&finding, "The local ports for connections to this address and port are running out.");
		evidence(&finding, "ports_used", tally->ports_used);
		evidence(&finding, "ports_range", tally->ports_range);
		evidence(&finding, "time_wait", tally->count);
		if (soon)
			evidence(&finding, "ports_out_s", tally->ports_out_s);
		evidence_settings(&finding, facts, SYSCTL_PORT_FIRST,
				  SYSCTL_PORT_LAST, SYSCTL_TCP_TW_REUSE,
				  SYSCTL_TCP_TIMESTAMPS, SYSCTLS);
		advise_to(&finding, "Keep connections open and use them again, or let the server close first.");
		if (!setting_is(facts, SYSCTL_TCP_TW_REUSE, 1) ||
		    setting_is(facts, SYSCTL_TCP_TIMESTAMPS, 0))
			advise_to(&finding, "Set net.ipv4.tcp_tw_reuse to 1; it needs net.ipv4.tcp_timestamps at both ends.");
		advise_to(&finding, "Widen net.ipv4.ip_local_port_range, or use more addresses at either end.");
		found(advice, &finding);
	}
}

static void rule_closes_first(const struct facts *facts,
			      const struct advice *advice)
{
	unsigned int port;

	for (port = 0; port <= UINT16_MAX; port++) {
		const struct closes *closes = &facts->closes[port];
		struct finding finding = { .rule = "closes_first",
					   .severity = SEVERITY_NOTE };

		if (closes->time_wait < CLOSES_FIRST_LEAST ||
		    !at_least(closes->time_wait, CLOSES_FIRST_PERCENT,
			      closes->passive))
			continue;
		snprintf(finding.subject, sizeof(finding.subject), "port %u",
			 port);
		FINDING(&finding, "This server closes first, so TIME_WAIT is here and not at its clients.");
		evidence(&finding, "connections", closes->passive);
		evidence(&finding, "time_wait_here", closes->time_wait);
		advise_to(&finding, "The numbers are of history. It costs memory here, no ports. Where the protocol allows it, let the client close first, or keep connections open for more requests.");
		found(advice, &finding);
	}
}

/* From @from on, how many are alike? */
static size_t count_alike(const struct list *list, size_t from)
{
	const struct stuck *stuck = list->data;
	size_t to = from + 1;

	while (to < list->count &&
	       !memcmp(&stuck[from], &stuck[to], sizeof(*stuck)))
		to++;
	return to - from;
}

static void rule_fin_wait2(const struct facts *facts,
			   const struct advice *advice)
{
	struct finding finding = { .rule = "fin_wait2",
				   .severity = SEVERITY_WARNING };
	const struct list *list = &facts->stuck[STUCK_FIN_WAIT2];
	const struct stuck *stuck = list->data;
	size_t i, alike, most = 0, which = 0;

	if (list->count < STUCK_LEAST)
		return;
	for (i = 0; i < list->count; i += alike) {
		alike = count_alike(list, i);
		if (alike > most) {
			most = alike;
			which = i;
		}
	}
	text_address(finding.subject, &stuck[which].addr);
	FINDING(&finding, "Connections stay in FIN_WAIT2 for more than a minute: this end has closed, and the peer does not; most are of this remote address.");
	evidence(&finding, "connections", list->count);
	evidence(&finding, "of_this_address", most);
	evidence_settings(&finding, facts, SYSCTL_TCP_FIN_TIMEOUT, SYSCTLS);
	advise_to(&finding, "The peer's application should close. If this one needs no more answers it should call close(), not only shutdown(): then net.ipv4.tcp_fin_timeout ends them.");
	found(advice, &finding);
}

static void put_process(struct finding *finding, const struct stuck *stuck)
{
	size_t size = sizeof(finding->subject), used;
	char *to = finding->subject;

	if (*stuck->comm || stuck->pid) {
		text_safe(to, size, *stuck->comm ? stuck->comm : TEXT_UNKNOWN);
		used = strlen(to);
		snprintf(to + used, size - used, ", pid %u", stuck->pid);
	} else {
		snprintf(to, size, "unknown process");
	}
	used = strlen(to);
	if (stuck->port)
		snprintf(to + used, size - used, ", port %u", stuck->port);
}

static void rule_close_wait(const struct facts *facts,
			    const struct advice *advice)
{
	const struct list *list = &facts->stuck[STUCK_CLOSE_WAIT];
	const struct stuck *stuck = list->data;
	size_t i, alike;

	for (i = 0; i < list->count; i += alike) {
		struct finding finding = { .rule = "close_wait",
					   .severity = SEVERITY_WARNING };

		alike = count_alike(list, i);
		if (alike < STUCK_LEAST)
			continue;
		put_process(&finding, &stuck[i]);
		FINDING(&finding, "Connections stay in CLOSE_WAIT for more than a minute: the peers have closed, and this application does not.");
		evidence(&finding, "connections", alike);
		advise_to(&finding, "Nothing but the application can end them: it must close its socket when read() returns 0. No setting helps; a restart does for a while.");
		found(advice, &finding);
	}
}

static void rule_synack_retransmits(const struct facts *facts,
				    const struct advice *advice)
{
	const uint64_t *value = facts->summary.value;
	uint64_t again = value[TCPLIFE_ATTR_SUMMARY_SYNACK_RETRANSMITS];
	uint64_t begun = value[TCPLIFE_ATTR_SUMMARY_HALF_OPEN_BEGUN];
	struct finding finding = { .rule = "synack_retransmits",
				   .severity = SEVERITY_NOTE };

	if (again < RETRANSMITS_LEAST ||
	    !at_least(again, RETRANSMITS_PERCENT, begun))
		return;
	snprintf(finding.subject, sizeof(finding.subject), "SYN-ACKs");
	FINDING(&finding, "Since load, many SYN-ACKs had to be sent again, as no last ACK came in time.");
	evidence(&finding, "synack_retransmits", again);
	evidence(&finding, "half_open_begun", begun);
	evidence_settings(&finding, facts, SYSCTL_TCP_SYNACK_RETRIES, SYSCTLS);
	advise_to(&finding, "Where there was no flood and no full accept queue, segments are lost on the way: look at the network, and at firewalls that let only one direction pass. tcplifectl halfopen --totals tells where the peers are.");
	found(advice, &finding);
}

static void rule_resets(const struct facts *facts, const struct advice *advice)
{
	static const struct {
		unsigned int	outcome;
		const char	*finding;
		const char	*advice;
	} causes[] = {
		{ TCPLIFE_OUTCOME_RESET_REMOTE,
		  "Many connections were reset by the peer.",
		  "The peer gave up, crashed, or closed with data unread, or something in between reset it; the durations tell whether it is a timeout." },
		{ TCPLIFE_OUTCOME_RESET_LOCAL,
		  "Many connections were reset by this end's application.",
		  "It closes with data unread, or with SO_LINGER at 0: let it read to the end before it closes, so that what it sent is not lost." },
		{ TCPLIFE_OUTCOME_DATA_AFTER_CLOSE,
		  "Many peers sent data after this end's application had closed.",
		  "Let it call shutdown(SHUT_WR), read until the peer closes, and close then; or agree in the protocol on who ends a connection." },
		{ TCPLIFE_OUTCOME_REFUSED,
		  "Many attempts to connect were refused.",
		  "Nobody listens there, or a firewall refuses: see whether the service runs, and whether the address and port are right." },
		{ TCPLIFE_OUTCOME_NOT_ACCEPTED,
		  "Many connections were reset as their listener closed before it accepted them.",
		  "At a restart, accept what is in the queue before closing the listener, or hand the socket over to the next process (socket activation); net.ipv4.tcp_migrate_req helps with SO_REUSEPORT." },
	};
	size_t i;

	for (i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
		const char *word = names_word(&outcome_names, causes[i].outcome);
		uint64_t count = facts->outcomes[causes[i].outcome];
		struct finding finding = { .rule = "resets",
					   .severity = SEVERITY_WARNING };
		char where[80];

		if (count < RESETS_LEAST ||
		    !at_least(count, RESETS_PERCENT, facts->history))
			continue;
		snprintf(finding.subject, sizeof(finding.subject), "%s", word);
		FINDING(&finding, "%s", causes[i].finding);
		evidence(&finding, word, count);
		evidence(&finding, "history", facts->history);
		advise_to(&finding, causes[i].advice);
		snprintf(where, sizeof(where),
			 "tcplifectl history --outcome %s shows them.", word);
		advise_to(&finding, where);
		found(advice, &finding);
	}
}

/**
 * advise - draw advice from facts
 * @facts: the facts, sorted
 * @advice: gets what is found
 */
void advise(const struct facts *facts, const struct advice *advice)
{
	static void (*const rules[])(const struct facts *facts,
				     const struct advice *advice) = {
		rule_flood,
		rule_cookies_off,
		rules_service,
		rule_time_wait_limit,
		rule_ports,
		rule_closes_first,
		rule_fin_wait2,
		rule_close_wait,
		rule_synack_retransmits,
		rule_resets,
	};
	size_t i;

	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		rules[i](facts, advice);
}
