/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFE_CORE_TALLY_H
#define TCPLIFE_CORE_TALLY_H

#include "life.h"

#define TCPLIFE_TALLY_STEP_S	5	/* of ages */
#define TCPLIFE_TALLY_STEPS	12	/* up to TIME_WAIT's 60 s, and one for more */
#define TCPLIFE_TALLY_TOP	20
#define TCPLIFE_TALLY_AGE_UNKNOWN	(~0U)

/**
 * struct tcplife_tally_key - what is kept of a life while it is tallied
 * @local_addr: as in struct tcplife_life
 * @remote_addr: likewise
 * @age_s: whole seconds, or TCPLIFE_TALLY_AGE_UNKNOWN
 * @local_port: host order
 * @remote_port: host order
 * @family: 4 or 6
 * @counted: it is what the report counts; otherwise it only holds its local port
 */
struct tcplife_tally_key {
	u8 local_addr[16];
	u8 remote_addr[16];
	u32 age_s;
	u16 local_port;
	u16 remote_port;
	u8 family;
	bool counted;
};

/**
 * struct tcplife_tally_range - the local ports that connect() chooses from
 * @low: the first
 * @high: the last
 */
struct tcplife_tally_range {
	u16 low;
	u16 high;
};

/**
 * struct tcplife_tally_row - lives that have something in common
 * @by: enum tcplife_tally_by
 * @family: 4 or 6; 0 if the row has no address
 * @prefix_len: bits of @address that count; 0 unless by prefix
 * @runs_out: @ports_out_s is valid
 * @address: as in struct tcplife_life
 * @port: host order, if by listener, local port or remote
 * @age_from_s: if by age
 * @ports_used: if by remote
 * @count: how many
 * @ports_out_s: seconds until all ports of the range are used
 */
struct tcplife_tally_row {
	u8 by;
	u8 family;
	u8 prefix_len;
	bool runs_out;
	u8 address[16];
	u16 port;
	u32 age_from_s;
	u32 ports_used;
	u64 count;
	u64 ports_out_s;
};

u32 tcplife_tally_ports(const struct tcplife_tally_range *range);
u32 tcplife_tally_age_s(const struct tcplife_life *life, u64 now_ns);
void tcplife_tally_key(struct tcplife_tally_key *key,
		       const struct tcplife_life *life, u64 now_ns);
int tcplife_tally_compare(enum tcplife_tally_by by,
			  const struct tcplife_tally_key *a,
			  const struct tcplife_tally_key *b);
void tcplife_tally_ages(const struct tcplife_tally_key *keys, u32 count,
			struct tcplife_tally_row *rows);
u32 tcplife_tally_top(enum tcplife_tally_by by,
		      const struct tcplife_tally_key *keys, u32 count,
		      const struct tcplife_tally_range *range,
		      struct tcplife_tally_row rows[TCPLIFE_TALLY_TOP]);

#endif
