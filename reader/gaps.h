/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFECTL_GAPS_H
#define TCPLIFECTL_GAPS_H

#include <stdbool.h>
#include <stdint.h>

#define GAPS_MAX	64

/**
 * struct gap - numbers of the stream that were not seen
 * @from: the first
 * @to: the first that was seen again
 */
struct gap {
	uint64_t	from;
	uint64_t	to;
};

/**
 * struct gaps - the books of a stream whose messages are numbered
 * @next: number of the next message; 0: none was seen yet
 * @open: gaps not repaired yet, ascending
 * @count: of those
 * @missing: numbers in all gaps so far
 * @recovered: how many of them were found elsewhere
 * @overruns: times that the socket's buffer overflowed
 * @overrun: it did, and no repair has looked beyond @next since
 */
struct gaps {
	uint64_t	next;
	struct gap	open[GAPS_MAX];
	unsigned int	count;
	uint64_t	missing;
	uint64_t	recovered;
	uint64_t	overruns;
	bool		overrun;
};

bool gaps_seen(struct gaps *gaps, uint64_t seq);
void gaps_overrun(struct gaps *gaps);
bool gaps_full(const struct gaps *gaps);
bool gaps_pending(const struct gaps *gaps);
bool gaps_lost(const struct gaps *gaps);
bool gaps_wanted(const struct gaps *gaps, uint64_t seq, bool beyond);
void gaps_repaired(struct gaps *gaps, uint64_t recovered, uint64_t last,
		   bool beyond);

#endif /* TCPLIFECTL_GAPS_H */
