/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFECTL_FILTER_H
#define TCPLIFECTL_FILTER_H

#include "life.h"
#include "names.h"

/**
 * struct endpoint - one end of a connection, or a part of it
 * @addr: the address; len 0: any
 * @port: the port
 * @has_port: false: any port
 */
struct endpoint {
	struct address	addr;
	uint16_t	port;
	bool		has_port;
};

/**
 * struct filter - which lives are wanted; nothing set: all
 * @local: this end
 * @remote: the other end
 * @port: of either end
 * @pid: of the owner
 * @states: bit n: state n is wanted; 0: any
 * @outcomes: likewise
 * @roles: likewise
 * @has_port: @port is set
 * @has_pid: @pid is set
 */
struct filter {
	struct endpoint	local;
	struct endpoint	remote;
	uint16_t	port;
	uint32_t	pid;
	uint32_t	states;
	uint32_t	outcomes;
	uint32_t	roles;
	bool		has_port;
	bool		has_pid;
};

int filter_parse_number(const char *text, uint64_t max, uint64_t *number);
int filter_parse_endpoint(const char *text, struct endpoint *end);
int filter_parse_words(const struct names *names, const char *text,
		       uint32_t *set);
bool filter_is_set(const struct filter *filter);
bool filter_match(const struct filter *filter, const struct life *life);
enum tcplife_scope life_scope(const struct life *life);
bool life_is_late(const struct life *life);

#endif /* TCPLIFECTL_FILTER_H */
