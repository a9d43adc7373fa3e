// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the commands that show a finite list of lives.
 */
#include "command.h"
#include "exit.h"

static int write_lives(const struct source *source, const struct messages *msgs,
		       const struct filter *filter, struct format *format)
{
	const struct nlmsghdr *nlh;
	struct life life;
	int left, err;

	err = format_begin(format);
	if (err)
		return source_complain(source, err);
	messages_for_each(nlh, left, msgs) {
		err = command_decode(source, nlh, &life_type, &life);
		if (err)
			return source_complain(source, err);
		if (filter_match(filter, &life))
			format_record(format, &life);
	}
	return command_finish(format);
}

/**
 * command_write_lives - write the lives of a kind that the user wants
 * @source: of which
 * @options: the user's wishes
 * @scope: the kind
 * @view: what to write
 *
 * Return: enum exit_code; what went wrong is said on stderr.
 */
int command_write_lives(struct source *source, const struct options *options,
			enum tcplife_scope scope, const struct view *view)
{
	struct messages msgs = { 0 };
	struct format format;
	int err, code;

	err = source_dump_lives(source, scope, &msgs);
	command_format(&format, options, view, &format_table);
	code = err ? source_complain(source, err) :
		     write_lives(source, &msgs, &options->filter, &format);
	messages_free(&msgs);
	return code;
}

static int lives(const struct options *options, enum tcplife_scope scope,
		 const struct view *view)
{
	static struct source source;
	int code = source_open(&source, options->replay, options->record);

	if (!code)
		code = command_write_lives(&source, options, scope, view);
	source_close(&source);
	return code;
}

/**
 * command_list - tcplifectl list
 * @options: the user's wishes
 *
 * Return: enum exit_code.
 */
int command_list(const struct options *options)
{
	return lives(options, TCPLIFE_SCOPE_LIVE, &view_list);
}

/**
 * command_history - tcplifectl history
 * @options: the user's wishes
 *
 * Return: enum exit_code.
 */
int command_history(const struct options *options)
{
	return lives(options, options->half_open ?
		     TCPLIFE_SCOPE_HALF_OPEN_HISTORY : TCPLIFE_SCOPE_HISTORY,
		     &view_history);
}
