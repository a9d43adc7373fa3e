/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFECTL_FACTS_H
#define TCPLIFECTL_FACTS_H

#include <stddef.h>

#include "life.h"

/**
 * enum sysctl - a number among the settings of the kernel
 * @SYSCTLS: how many there are
 *
 * The others are the settings of the same name; of ip_local_port_range, which
 * has two numbers, @SYSCTL_PORT_FIRST and @SYSCTL_PORT_LAST.
 */
enum sysctl {
	SYSCTL_TCP_SYNCOOKIES,
	SYSCTL_TCP_MAX_SYN_BACKLOG,
	SYSCTL_TCP_MAX_TW_BUCKETS,
	SYSCTL_TCP_TW_REUSE,
	SYSCTL_TCP_TIMESTAMPS,
	SYSCTL_TCP_SYNACK_RETRIES,
	SYSCTL_TCP_ABORT_ON_OVERFLOW,
	SYSCTL_TCP_FIN_TIMEOUT,
	SYSCTL_SOMAXCONN,
	SYSCTL_PORT_FIRST,
	SYSCTL_PORT_LAST,
	SYSCTLS,
};

/**
 * struct setting - a setting, if it could be read
 * @known: it could
 * @value: its number
 */
struct setting {
	bool		known;
	uint64_t	value;
};

/**
 * struct service - the listening sockets of one address and port
 * @addr: the address
 * @port: the port
 * @sockets: how many of them are open
 * @verdicts: bit n: one of those has verdict n
 * @syn_queue_peak: the highest of them
 * @syn_queue_limit: likewise
 * @accept_queue_peak: likewise
 * @accept_queue_limit: likewise
 * @accept_queue: connections that wait for accept() now
 * @accepted: sum over all, those that are closed among them
 * @dropped_syn_queue: likewise
 * @dropped_accept_queue: likewise
 * @dropped_other: likewise
 * @overflowed: likewise
 * @cookies_sent: likewise
 * @handshake: likewise, by bucket
 * @accept_wait: likewise
 */
struct service {
	struct address		addr;
	uint16_t		port;
	unsigned int		sockets;
	uint32_t		verdicts;
	uint64_t		syn_queue_peak;
	uint64_t		syn_queue_limit;
	uint64_t		accept_queue_peak;
	uint64_t		accept_queue_limit;
	uint64_t		accept_queue;
	uint64_t		accepted;
	uint64_t		dropped_syn_queue;
	uint64_t		dropped_accept_queue;
	uint64_t		dropped_other;
	uint64_t		overflowed;
	uint64_t		cookies_sent;
	struct histogram	handshake;
	struct histogram	accept_wait;
};

/**
 * struct stuck - a connection that stays too long in a state; all that is not
 *	told is zero, so that those alike compare as equal bytes
 * @addr: remote address, of those in FIN_WAIT2
 * @pid: of the owner, of those in CLOSE_WAIT; 0: not known
 * @port: listening port, of those in CLOSE_WAIT; 0: this end connected
 * @comm: of the owner
 */
struct stuck {
	struct address	addr;
	uint32_t	pid;
	uint16_t	port;
	char		comm[32];
};

/**
 * struct closes - who closed connections that a port took in, as history tells
 * @passive: connections
 * @time_wait: those of them that left TIME_WAIT at this end
 */
struct closes {
	uint32_t	passive;
	uint32_t	time_wait;
};

/**
 * struct list - records that grow in number
 * @data: the records
 * @count: how many
 * @room: for how many there is room
 */
struct list {
	void	*data;
	size_t	count;
	size_t	room;
};

/* Which of struct facts.stuck. */
enum stuck_state {
	STUCK_FIN_WAIT2,
	STUCK_CLOSE_WAIT,
	STUCK_STATES,
};

/**
 * struct facts - all that advice is drawn from
 * @summary: totals since load
 * @settings: of the kernel
 * @services: struct service
 * @floods: struct flood, all that ever left quiet
 * @tallies: struct tally, of the report time_wait
 * @listeners: how many listening sockets were looked at
 * @live: how many connections that are not over were looked at
 * @history: how many in history
 * @outcomes: how many of these by outcome
 * @stuck: struct stuck, by enum stuck_state
 * @closes: by local port
 */
struct facts {
	struct summary	summary;
	struct setting	settings[SYSCTLS];
	struct list	services;
	struct list	floods;
	struct list	tallies;
	size_t		listeners;
	size_t		live;
	size_t		history;
	uint64_t	outcomes[TCPLIFE_OUTCOME_MAX + 1];
	struct list	stuck[STUCK_STATES];
	struct closes	closes[UINT16_MAX + 1];
};

const char *sysctl_path(enum sysctl sysctl);
const char *sysctl_name(enum sysctl sysctl);
void facts_set_sysctl(struct facts *facts, enum sysctl sysctl,
		      const char *text);
int facts_add_listener(struct facts *facts, const void *record);
int facts_add_flood(struct facts *facts, const void *record);
int facts_add_tally(struct facts *facts, const void *record);
int facts_add_live(struct facts *facts, const void *record);
int facts_add_history(struct facts *facts, const void *record);
void facts_sort(struct facts *facts);
void facts_free(struct facts *facts);

#endif /* TCPLIFECTL_FACTS_H */
