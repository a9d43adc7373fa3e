// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the repair of a stream: what the socket lost is looked for in all that
 * the module keeps, and told after all.
 */
#include <errno.h>
#include <stdlib.h>

#include "command.h"
#include "follow.h"
#include "raw_write.h"

/**
 * struct candidate - a message that lies in a gap
 * @seq: the number it was told under
 * @offset: of its message
 */
struct candidate {
	uint64_t	seq;
	size_t		offset;
};

/**
 * follow_seq - the number that a message was told under
 * @kind: what it is
 * @record: the message
 *
 * Return: the number.
 */
uint64_t follow_seq(const struct follow_kind *kind, const void *record)
{
	return field_number(&kind->type->fields[kind->seq], record);
}

static size_t gather(const struct follow *follow, bool beyond,
		     const struct messages *msgs, struct candidate *found)
{
	const struct follow_kind *kind = follow->kind;
	union follow_record record;
	const struct nlmsghdr *nlh;
	size_t count = 0;
	int left;

	messages_for_each(nlh, left, msgs) {
		if (command_decode(follow->source, nlh, kind->type, &record) ||
		    !field_present(&record, kind->seq) ||
		    !gaps_wanted(&follow->gaps, follow_seq(kind, &record),
				 beyond))
			continue;
		found[count].seq = follow_seq(kind, &record);
		found[count++].offset = (const char *)nlh - msgs->data;
	}
	return count;
}

static int compare(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->seq != y->seq)
		return x->seq < y->seq ? -1 : 1;
	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

/* One that was found twice had moved on: the later place knows more. */
static size_t drop_twins(struct candidate *found, size_t count)
{
	size_t i, kept = 0;

	qsort(found, count, sizeof(*found), compare);
	for (i = 0; i < count; i++)
		if (i + 1 == count || found[i].seq != found[i + 1].seq)
			found[kept++] = found[i];
	return kept;
}

static void tell(struct follow *follow, const struct messages *msgs,
		 const struct candidate *found, size_t count)
{
	const struct follow_kind *kind = follow->kind;
	union follow_record record;
	size_t i;

	for (i = 0; i < count && !follow->done; i++) {
		const void *at = msgs->data + found[i].offset;

		if (kind->raw)
			raw_put(follow, at);
		else if (!command_decode(follow->source, at, kind->type, &record))
			kind->tell(follow, &record);
	}
}

static size_t count_messages(const struct messages *msgs)
{
	const struct nlmsghdr *nlh;
	size_t count = 0;
	int left;

	messages_for_each(nlh, left, msgs)
		count++;
	return count;
}

/**
 * repair_stream - find what is missing, tell it, and close the gaps
 * @follow: what is followed
 * @beyond: no more is coming, so look beyond the last number too
 *
 * The gaps are closed even if that fails, for what cannot be had stays missing.
 *
 * Return: 0 or a negative errno.
 */
int repair_stream(struct follow *follow, bool beyond)
{
	struct messages msgs = { 0 };
	struct candidate *found = NULL;
	size_t count = 0;
	int err = follow->kind->dump(follow->source, &msgs);

	if (!err) {
		found = calloc(count_messages(&msgs) + 1, sizeof(*found));
		err = found ? 0 : -ENOMEM;
	}
	if (!err)
		count = drop_twins(found, gather(follow, beyond, &msgs, found));
	gaps_repaired(&follow->gaps, count, count ? found[count - 1].seq : 0,
		      beyond);
	if (follow->kind->raw)
		raw_put_repair(follow, beyond);
	tell(follow, &msgs, found, count);
	free(found);
	messages_free(&msgs);
	return err;
}
