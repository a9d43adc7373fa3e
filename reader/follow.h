/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFECTL_FOLLOW_H
#define TCPLIFECTL_FOLLOW_H

#include <time.h>

#include "format.h"
#include "gaps.h"
#include "options.h"
#include "source.h"

struct follow;

/**
 * struct follow_kind - what a multicast group tells
 * @what: the word for one message of it, in the totals
 * @not_found: what to add to the number of those that were not found
 * @type: how they are decoded
 * @seq: the attribute that numbers them
 * @dump: gets all that the module keeps of them; 0 or a negative errno
 * @is_late: was this one over before anybody listened?  May be NULL.
 * @verb: what became of them, in the totals
 * @raw: they are written as they came; @is_late and @tell are not called
 * @tell: write it, if it is wanted, and set @done of the struct follow if that
 *	was the last
 */
struct follow_kind {
	const char			*what;
	const char			*verb;
	const char			*not_found;
	const struct record_type	*type;
	unsigned int			seq;
	bool				raw;
	int	(*dump)(struct source *source, struct messages *msgs);
	bool	(*is_late)(const void *record);
	void	(*tell)(struct follow *follow, const void *record);
};

/* Whatever a multicast group may tell. */
union follow_record {
	struct life	life;
	struct flood	flood;
};

/**
 * struct follow - a multicast group that is being followed
 * @kind: what it tells
 * @options: the user's wishes
 * @source: where it comes from
 * @format: how it is written
 * @gaps: its losses
 * @told: lines written
 * @malformed: messages that made no sense
 * @wounded: when the oldest gap opened, by the clock of time(2)
 * @done: no more is wanted
 * @unloaded: the module went away
 */
struct follow {
	const struct follow_kind	*kind;
	const struct options		*options;
	struct source			*source;
	struct format			format;
	struct gaps			gaps;
	uint64_t			told;
	uint64_t			malformed;
	time_t				wounded;
	bool				done;
	bool				unloaded;
};

int follow_run(struct follow *follow, int (*begin)(struct follow *follow));
uint64_t follow_seq(const struct follow_kind *kind, const void *record);
void follow_mend(struct follow *follow, bool beyond);
bool follow_is_end(const struct nlmsghdr *nlh);
int repair_stream(struct follow *follow, bool beyond);

#endif /* TCPLIFECTL_FOLLOW_H */
