// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the facts that advice is drawn from: what the module tells, added up as
 * the rules need it.  No I/O.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "facts.h"

/* In CLOSE_WAIT or FIN_WAIT2 for longer than this is too long. */
#define STUCK_US	(60 * 1000000ull)

static const struct {
	const char	*path;
	const char	*name;
	unsigned int	word;
} sysctls[SYSCTLS] = {
	[SYSCTL_TCP_SYNCOOKIES] =
		{ "net/ipv4/tcp_syncookies", "tcp_syncookies", 0 },
	[SYSCTL_TCP_MAX_SYN_BACKLOG] =
		{ "net/ipv4/tcp_max_syn_backlog", "tcp_max_syn_backlog", 0 },
	[SYSCTL_TCP_MAX_TW_BUCKETS] =
		{ "net/ipv4/tcp_max_tw_buckets", "tcp_max_tw_buckets", 0 },
	[SYSCTL_TCP_TW_REUSE] =
		{ "net/ipv4/tcp_tw_reuse", "tcp_tw_reuse", 0 },
	[SYSCTL_TCP_TIMESTAMPS] =
		{ "net/ipv4/tcp_timestamps", "tcp_timestamps", 0 },
	[SYSCTL_TCP_SYNACK_RETRIES] =
		{ "net/ipv4/tcp_synack_retries", "tcp_synack_retries", 0 },
	[SYSCTL_TCP_ABORT_ON_OVERFLOW] =
		{ "net/ipv4/tcp_abort_on_overflow", "tcp_abort_on_overflow", 0 },
	[SYSCTL_TCP_FIN_TIMEOUT] =
		{ "net/ipv4/tcp_fin_timeout", "tcp_fin_timeout", 0 },
	[SYSCTL_SOMAXCONN] = { "net/core/somaxconn", "somaxconn", 0 },
	[SYSCTL_PORT_FIRST] =
		{ "net/ipv4/ip_local_port_range", "first_port", 0 },
	[SYSCTL_PORT_LAST] =
		{ "net/ipv4/ip_local_port_range", "last_port", 1 },
};

/**
 * sysctl_path - where a setting stands below /proc/sys
 * @sysctl: which
 *
 * Return: its path.
 */
const char *sysctl_path(enum sysctl sysctl)
{
	return sysctls[sysctl].path;
}

/**
 * sysctl_name - what a setting is called as evidence
 * @sysctl: which
 *
 * Return: its name.
 */
const char *sysctl_name(enum sysctl sysctl)
{
	return sysctls[sysctl].name;
}

/**
 * facts_set_sysctl - a setting was read
 * @facts: gets it; a text that is no number leaves it unknown
 * @sysctl: which
 * @text: of its file
 */
void facts_set_sysctl(struct facts *facts, enum sysctl sysctl,
		      const char *text)
{
	struct setting *setting = &facts->settings[sysctl];
	unsigned int i;
	char *end;

	for (i = 0; i <= sysctls[sysctl].word; i++) {
		errno = 0;
		setting->value = strtoull(text, &end, 10);
		setting->known = end != text && !errno && *text != '-';
		text = end;
	}
}

/* Room for one more record, which is zero; NULL if there is no memory. */
static void *list_add(struct list *list, size_t size)
{
	void *data, *record;

	if (list->count == list->room) {
		size_t room = 2 * list->room + 64;

		data = reallocarray(list->data, room, size);
		if (!data)
			return NULL;
		list->data = data;
		list->room = room;
	}
	record = (char *)list->data + list->count++ * size;
	memset(record, 0, size);
	return record;
}

static int list_copy(struct list *list, const void *record, size_t size)
{
	void *copy = list_add(list, size);

	if (!copy)
		return -ENOMEM;
	memcpy(copy, record, size);
	return 0;
}

static bool same_address(const struct address *a, const struct address *b)
{
	return a->len == b->len && !memcmp(a->bytes, b->bytes, a->len);
}

/* Sockets of one address and port come one after the other, or nearly so. */
static struct service *find_service(struct facts *facts,
				    const struct listener *listener)
{
	struct service *services = facts->services.data;
	struct service *service;
	size_t i;

	for (i = facts->services.count; i--;)
		if (services[i].port == listener->local_port &&
		    same_address(&services[i].addr, &listener->local_addr))
			return &services[i];
	service = list_add(&facts->services, sizeof(*service));
	if (service) {
		service->addr = listener->local_addr;
		service->port = listener->local_port;
	}
	return service;
}

static void raise_to(uint64_t *most, uint64_t value)
{
	if (value > *most)
		*most = value;
}

static void add_histogram(struct histogram *to, const struct histogram *from)
{
	unsigned int i;

	for (i = 0; i < from->buckets; i++)
		to->counts[i] += from->counts[i];
	if (from->buckets > to->buckets)
		to->buckets = from->buckets;
}

/**
 * facts_add_listener - a listening socket
 * @facts: gets it
 * @record: struct listener
 *
 * Return: 0 or -ENOMEM.
 */
int facts_add_listener(struct facts *facts, const void *record)
{
	const struct listener *listener = record;
	struct service *service = find_service(facts, listener);

	if (!service)
		return -ENOMEM;
	facts->listeners++;
	service->accepted += listener->accepted;
	service->dropped_syn_queue += listener->dropped_syn_queue;
	service->dropped_accept_queue += listener->dropped_accept_queue;
	service->dropped_other += listener->dropped_other;
	service->overflowed += listener->overflowed;
	service->cookies_sent += listener->cookies_sent;
	add_histogram(&service->handshake, &listener->handshake);
	add_histogram(&service->accept_wait, &listener->accept_wait);
	if (listener->verdict == TCPLIFE_VERDICT_CLOSED)
		return 0;
	service->sockets++;
	service->accept_queue += listener->accept_queue;
	if (listener->verdict <= TCPLIFE_VERDICT_MAX)
		service->verdicts |= 1u << listener->verdict;
	raise_to(&service->syn_queue_peak, listener->syn_queue_peak);
	raise_to(&service->syn_queue_limit, listener->syn_queue_limit);
	raise_to(&service->accept_queue_peak, listener->accept_queue_peak);
	raise_to(&service->accept_queue_limit, listener->accept_queue_limit);
	return 0;
}

/**
 * facts_add_flood - a listening address and port that ever left quiet
 * @facts: gets it
 * @record: struct flood
 *
 * Return: 0 or -ENOMEM.
 */
int facts_add_flood(struct facts *facts, const void *record)
{
	return list_copy(&facts->floods, record, sizeof(struct flood));
}

/**
 * facts_add_tally - a row of the report time_wait
 * @facts: gets it
 * @record: struct tally
 *
 * Return: 0 or -ENOMEM.
 */
int facts_add_tally(struct facts *facts, const void *record)
{
	return list_copy(&facts->tallies, record, sizeof(struct tally));
}

static bool is_stuck(const struct life *life, enum tcplife_state state)
{
	return LIFE_HAS(life, STATE) && life->state == state &&
	       life->states[state] > STUCK_US;
}

/**
 * facts_add_live - a connection that is not over
 * @facts: gets it
 * @record: struct life
 *
 * Return: 0 or -ENOMEM.
 */
int facts_add_live(struct facts *facts, const void *record)
{
	const struct life *life = record;
	struct stuck *stuck;

	facts->live++;
	if (is_stuck(life, TCPLIFE_STATE_FIN_WAIT2)) {
		stuck = list_add(&facts->stuck[STUCK_FIN_WAIT2],
				 sizeof(*stuck));
		if (!stuck)
			return -ENOMEM;
		stuck->addr = life->remote_addr;
	} else if (is_stuck(life, TCPLIFE_STATE_CLOSE_WAIT)) {
		stuck = list_add(&facts->stuck[STUCK_CLOSE_WAIT],
				 sizeof(*stuck));
		if (!stuck)
			return -ENOMEM;
		stuck->pid = LIFE_HAS(life, PID) ? life->pid : 0;
		if (life->role == TCPLIFE_ROLE_PASSIVE)
			stuck->port = life->local_port;
		memcpy(stuck->comm, life->comm, strlen(life->comm));
	}
	return 0;
}

/**
 * facts_add_history - a connection that is over
 * @facts: gets it
 * @record: struct life
 *
 * Return: 0.
 */
int facts_add_history(struct facts *facts, const void *record)
{
	const struct life *life = record;
	struct closes *closes = &facts->closes[life->local_port];

	facts->history++;
	if (LIFE_HAS(life, OUTCOME) && life->outcome <= TCPLIFE_OUTCOME_MAX)
		facts->outcomes[life->outcome]++;
	if (life->role != TCPLIFE_ROLE_PASSIVE)
		return 0;
	closes->passive++;
	closes->time_wait += life->time_wait_end != TCPLIFE_TIME_WAIT_END_NONE;
	return 0;
}

static int compare_stuck(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct stuck));
}

/**
 * facts_sort - all facts are there: put those alike side by side
 * @facts: the facts
 */
void facts_sort(struct facts *facts)
{
	unsigned int i;

	for (i = 0; i < STUCK_STATES; i++)
		if (facts->stuck[i].count)
			qsort(facts->stuck[i].data, facts->stuck[i].count,
			      sizeof(struct stuck), compare_stuck);
}

/**
 * facts_free - forget the facts
 * @facts: of which nothing remains but the struct itself
 */
void facts_free(struct facts *facts)
{
	unsigned int i;

	free(facts->services.data);
	free(facts->floods.data);
	free(facts->tallies.data);
	for (i = 0; i < STUCK_STATES; i++)
		free(facts->stuck[i].data);
}
