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

static int lives(const struct options *options, const struct filter *filter,
		 enum tcplife_scope scope, const struct view *view)
{
	static struct source source;
	struct messages msgs = { 0 };
	struct format format;
	int err, code;

	code = source_open(&source, options->replay, options->record);
	if (!code) {
		err = source_dump_lives(&source, scope, &msgs);
		command_format(&format, options, view, &format_table);
		code = err ? source_complain(&source, err) :
			     write_lives(&source, &msgs, filter, &format);
	}
	messages_free(&msgs);
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
	return lives(options, &options->filter, TCPLIFE_SCOPE_LIVE, &view_list);
}

/**
 * command_history - tcplifectl history
 * @options: the user's wishes
 *
 * Return: enum exit_code.
 */
int command_history(const struct options *options)
{
	return lives(options, &options->filter, options->half_open ?
		     TCPLIFE_SCOPE_HALF_OPEN_HISTORY : TCPLIFE_SCOPE_HISTORY,
		     &view_history);
}

/* Live lives of one state, whatever the user wishes else. */
static int live_in(const struct options *options, enum tcplife_state state,
		   const struct view *view)
{
	struct filter filter = options->filter;

	filter.states = 1u << state;
	return lives(options, &filter, TCPLIFE_SCOPE_LIVE, view);
}

/**
 * command_halfopen - tcplifectl halfopen
 * @options: the user's wishes
 *
 * Return: enum exit_code.
 */
int command_halfopen(const struct options *options)
{
	return live_in(options, TCPLIFE_STATE_SYN_RECV, &view_halfopen);
}

/**
 * command_timewait - tcplifectl timewait
 * @options: the user's wishes
 *
 * Return: enum exit_code.
 */
int command_timewait(const struct options *options)
{
	return live_in(options, TCPLIFE_STATE_TIME_WAIT, &view_timewait);
}
