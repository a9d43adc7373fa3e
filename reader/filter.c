// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the choice of lives: which ones a user asked for, to which dump one
 * belongs, and whether a telling is the second.  Pure.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "filter.h"

/**
 * filter_parse_number - read a decimal number, all of the text
 * @text: digits
 * @max: largest that is allowed
 * @number: result
 *
 * Return: 0 or -EINVAL.
 */
int filter_parse_number(const char *text, uint64_t max, uint64_t *number)
{
	uint64_t value = 0;

	if (!*text)
		return -EINVAL;
	for (; *text; text++) {
		unsigned int digit = (unsigned char)*text - '0';

		if (digit > 9 || value > (max - digit) / 10)
			return -EINVAL;
		value = value * 10 + digit;
	}
	*number = value;
	return 0;
}

static int parse_address(const char *text, struct address *addr)
{
	if (inet_pton(AF_INET, text, addr->bytes) == 1)
		addr->len = 4;
	else if (inet_pton(AF_INET6, text, addr->bytes) == 1)
		addr->len = 16;
	else
		return -EINVAL;
	return 0;
}

static int parse_port(const char *text, struct endpoint *end)
{
	uint64_t port;

	if (filter_parse_number(text, UINT16_MAX, &port))
		return -EINVAL;
	end->port = port;
	end->has_port = true;
	return 0;
}

/* Where the port begins, or NULL: after "]:" or after the only colon. */
static char *split_port(char *text)
{
	char *colon = strrchr(text, ':');

	if (text[0] == '[') {
		char *bracket = strchr(text, ']');

		if (!bracket)
			return NULL;
		*bracket = '\0';
		memmove(text, text + 1, bracket - text);
		return bracket[1] == ':' ? bracket + 2 : NULL;
	}
	if (!colon || strchr(text, ':') != colon)
		return NULL;
	*colon = '\0';
	return colon + 1;
}

/**
 * filter_parse_endpoint - read ADDR, ADDR:PORT, [ADDR]:PORT or :PORT
 * @text: the text
 * @end: result
 *
 * Return: 0 or -EINVAL.
 */
int filter_parse_endpoint(const char *text, struct endpoint *end)
{
	char copy[INET6_ADDRSTRLEN + 16], *port;
	size_t len = strlen(text);
	const char *bracket = strchr(text, ']');

	memset(end, 0, sizeof(*end));
	if (len >= sizeof(copy) || !len)
		return -EINVAL;
	if (text[0] == '[' &&
	    (!bracket || (bracket[1] && bracket[1] != ':')))
		return -EINVAL;
	memcpy(copy, text, len + 1);
	port = split_port(copy);
	if (port && parse_port(port, end))
		return -EINVAL;
	if (!*copy)
		return port ? 0 : -EINVAL;
	return parse_address(copy, &end->addr);
}

/**
 * filter_parse_words - read a list of words, separated by commas
 * @names: the words allowed
 * @text: the list
 * @set: the bits of those in the list are set, others left
 *
 * Return: 0 or -EINVAL.
 */
int filter_parse_words(const struct names *names, const char *text,
		       uint32_t *set)
{
	for (;;) {
		size_t len = strcspn(text, ",");
		int number = names_number(names, text, len);

		if (number < 0)
			return -EINVAL;
		*set |= 1u << number;
		if (!text[len])
			return 0;
		text += len + 1;
	}
}

static bool match_addr(const struct address *want, const struct address *addr)
{
	return !want->len || (want->len == addr->len &&
			      !memcmp(want->bytes, addr->bytes, want->len));
}

static bool match_end(const struct endpoint *want, const struct address *addr,
		      bool has_port, uint16_t port)
{
	if (want->has_port && (!has_port || want->port != port))
		return false;
	return match_addr(&want->addr, addr);
}

static bool match_set(uint32_t set, bool known, uint8_t number)
{
	return !set || (known && number < 32 && (set >> number & 1));
}

/* What is not known matches no wish for it. */
static bool match_ports(const struct filter *filter, const struct life *life)
{
	bool local = LIFE_HAS(life, LOCAL_PORT);
	bool remote = LIFE_HAS(life, REMOTE_PORT);

	if (filter->has_port &&
	    !(local && life->local_port == filter->port) &&
	    !(remote && life->remote_port == filter->port))
		return false;
	return match_end(&filter->local, &life->local_addr, local,
			 life->local_port) &&
	       match_end(&filter->remote, &life->remote_addr, remote,
			 life->remote_port);
}

static bool endpoint_is_set(const struct endpoint *end)
{
	return end->addr.len || end->has_port;
}

/**
 * filter_is_set - is anything wanted in particular?
 * @filter: what is wanted
 *
 * Return: false if every life is wanted.
 */
bool filter_is_set(const struct filter *filter)
{
	return endpoint_is_set(&filter->local) ||
	       endpoint_is_set(&filter->remote) || filter->has_port ||
	       filter->has_pid || filter->states || filter->outcomes ||
	       filter->roles;
}

/**
 * filter_match - is a life wanted?
 * @filter: what is wanted
 * @life: the life
 *
 * Return: true if so.
 */
bool filter_match(const struct filter *filter, const struct life *life)
{
	if (filter->has_pid &&
	    !(LIFE_HAS(life, PID) && life->pid == filter->pid))
		return false;
	return match_ports(filter, life) &&
	       match_set(filter->states, LIFE_HAS(life, STATE), life->state) &&
	       match_set(filter->outcomes, LIFE_HAS(life, OUTCOME),
			 life->outcome) &&
	       match_set(filter->roles, LIFE_HAS(life, ROLE), life->role);
}

/* Was it half open until its end, which is CLOSE, the last entry? */
static bool was_half_open(const struct life *life)
{
	return life->role == TCPLIFE_ROLE_PASSIVE && life->timeline_count &&
	       life_state_before(life, life->timeline_count - 1) ==
	       TCPLIFE_STATE_SYN_RECV;
}

/**
 * life_scope - in which dump of the module a life would stand
 * @life: the life
 *
 * Return: the dump.
 */
enum tcplife_scope life_scope(const struct life *life)
{
	if (life->state != TCPLIFE_STATE_CLOSE)
		return TCPLIFE_SCOPE_LIVE;
	return was_half_open(life) ? TCPLIFE_SCOPE_HALF_OPEN_HISTORY :
				     TCPLIFE_SCOPE_HISTORY;
}

/**
 * life_is_late - was a connection over before anybody listened?
 * @life: a life that was told
 *
 * A connection is told when TIME_WAIT begins.  One that is told first when that
 * ends was over for its application up to a minute ago, when nobody was there to
 * be told.  With overflow TIME_WAIT never began.
 *
 * Return: true if so.
 */
bool life_is_late(const struct life *life)
{
	return life->state == TCPLIFE_STATE_CLOSE &&
	       life->time_wait_end != TCPLIFE_TIME_WAIT_END_NONE &&
	       life->time_wait_end != TCPLIFE_TIME_WAIT_END_OVERFLOW;
}
