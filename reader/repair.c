// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the repair of a stream: what the socket lost is looked for in all that
 * the module keeps, and told after all.
 */
#include <errno.h>
#include <stdlib.h>

#include "command.h"
#include "repair.h"

/**
 * struct candidate - a life that lies in a gap
 * @seq: the number it was told under
 * @offset: of its message
 */
struct candidate {
	uint64_t	seq;
	size_t		offset;
};

/* Live first: a life that ends meanwhile is then found in history. */
static int dump_all(struct source *source, struct messages *msgs)
{
	int err = source_dump_lives(source, TCPLIFE_SCOPE_LIVE, msgs);

	if (!err)
		err = source_dump_lives(source, TCPLIFE_SCOPE_HISTORY, msgs);
	if (!err)
		err = source_dump_lives(source, TCPLIFE_SCOPE_HALF_OPEN_HISTORY,
					msgs);
	return err;
}

static size_t gather(const struct repair *repair, const struct messages *msgs,
		     struct candidate *found)
{
	const struct nlmsghdr *nlh;
	struct life life;
	size_t count = 0;
	int left;

	messages_for_each(nlh, left, msgs) {
		if (command_decode(repair->source, nlh, &life_type, &life) ||
		    !LIFE_HAS(&life, SEQ) ||
		    !gaps_wanted(repair->gaps, life.seq, repair->beyond))
			continue;
		found[count].seq = life.seq;
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

static void tell(const struct repair *repair, const struct messages *msgs,
		 const struct candidate *found, size_t count)
{
	struct life life;
	size_t i;

	for (i = 0; i < count; i++) {
		const void *at = msgs->data + found[i].offset;

		if (!command_decode(repair->source, at, &life_type, &life) &&
		    !repair->tell(repair->context, &life))
			return;
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
 * @repair: where, what and to whom
 *
 * The gaps are closed even if that fails, for what cannot be had stays missing.
 *
 * Return: 0 or a negative errno.
 */
int repair_stream(const struct repair *repair)
{
	struct messages msgs = { 0 };
	struct candidate *found = NULL;
	size_t count = 0;
	int err = dump_all(repair->source, &msgs);

	if (!err) {
		found = calloc(count_messages(&msgs) + 1, sizeof(*found));
		err = found ? 0 : -ENOMEM;
	}
	if (!err)
		count = drop_twins(found, gather(repair, &msgs, found));
	gaps_repaired(repair->gaps, count, count ? found[count - 1].seq : 0,
		      repair->beyond);
	tell(repair, &msgs, found, count);
	free(found);
	messages_free(&msgs);
	return err;
}
