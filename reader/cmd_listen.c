// SPDX-License-Identifier: GPL-2.0
/*
 * Owns tcplifectl listeners: the listening sockets, one line each.
 */
#include "command.h"
#include "exit.h"

static int listeners(struct source *source, const struct options *options)
{
	struct messages msgs = { 0 };
	struct format format;
	int err, code;

	err = source_dump(source, TCPLIFE_CMD_LISTENER_GET, &msgs);
	command_format(&format, options, &view_listeners, &format_table);
	code = err ? source_complain(source, err) :
		     command_write(source, &msgs, &format, NULL, NULL);
	messages_free(&msgs);
	return code;
}

/**
 * command_listeners - tcplifectl listeners
 * @options: the user's wishes
 *
 * Return: enum exit_code.
 */
int command_listeners(const struct options *options)
{
	static struct source source;
	int code = source_open(&source, options->replay, options->record);

	if (!code)
		code = listeners(&source, options);
	source_close(&source);
	return code;
}
