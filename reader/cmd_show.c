// SPDX-License-Identifier: GPL-2.0
/*
 * Owns tcplifectl show: it finds one life, wherever the module keeps it.
 */
#include <errno.h>

#include "command.h"
#include "exit.h"

static int pick(const struct source *source, const struct messages *msgs,
		uint64_t id, struct life *life)
{
	const struct nlmsghdr *nlh;
	int left, err;

	messages_for_each(nlh, left, msgs) {
		err = command_decode(source, nlh, &life_type, life);
		if (err)
			return err;
		if (LIFE_HAS(life, ID) && life->id == id)
			return 0;
	}
	return -ENOENT;
}

static int find_in(struct source *source, enum tcplife_scope scope, uint64_t id,
		   struct life *life)
{
	struct messages msgs = { 0 };
	int err = source_dump_lives(source, scope, &msgs);

	if (!err)
		err = pick(source, &msgs, id, life);
	messages_free(&msgs);
	return err;
}

/* Live ones the module finds by id; the others must be looked through. */
static int find(struct source *source, uint64_t id, struct life *life)
{
	struct messages msgs = { 0 };
	int err = source_get(source, TCPLIFE_CMD_LIFE_GET, &id, &msgs);

	if (!err)
		err = pick(source, &msgs, id, life);
	messages_free(&msgs);
	if (err == -ENOENT)
		err = find_in(source, TCPLIFE_SCOPE_HISTORY, id, life);
	if (err == -ENOENT)
		err = find_in(source, TCPLIFE_SCOPE_HALF_OPEN_HISTORY, id, life);
	return err;
}

static int show(struct source *source, const struct options *options)
{
	struct format format;
	struct life life;
	int err = find(source, options->id, &life);

	if (err == -ENOENT) {
		complain("no connection %llu: not live, and not in history (any more)",
			 (unsigned long long)options->id);
		return EXIT_ERROR;
	}
	if (err)
		return source_complain(source, err);
	command_format(&format, options, &view_show, &format_ladder);
	err = format_begin(&format);
	if (err)
		return source_complain(source, err);
	format_record(&format, &life);
	return command_finish(&format);
}

/**
 * command_show - tcplifectl show
 * @options: the user's wishes
 *
 * Return: enum exit_code.
 */
int command_show(const struct options *options)
{
	static struct source source;
	int code = source_open(&source, options->replay, options->record);

	if (!code)
		code = show(&source, options);
	source_close(&source);
	return code;
}
