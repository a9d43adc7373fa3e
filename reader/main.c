// SPDX-License-Identifier: GPL-2.0
/*
 * tcplifectl shows what the kernel module tcplife records.
 *
 * Owns the table of commands, and what all of them share.  The way of a life:
 * source.c (live.c or replay.c) has its message, decode.c makes it a plain
 * struct life, filter.c wants it or not, and a struct format_ops writes it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "exit.h"
#include "text.h"

const struct command commands[] = {
	{ "stream", NULL, TAKES_FILTER | TAKES_STREAM | TAKES_HEADER,
	  "One line for each connection when it is over, until Ctrl-C (the default)",
	  command_stream },
	{ "list", NULL, TAKES_FILTER | TAKES_HEADER,
	  "Connections that are not over", command_list },
	{ "history", NULL, TAKES_FILTER | TAKES_HALF_OPEN | TAKES_HEADER,
	  "Connections that are over, oldest first", command_history },
	{ "halfopen", NULL, TAKES_FILTER | TAKES_TOTALS | TAKES_HEADER,
	  "Half-open connections (SYN_RECV) of this moment, and their totals",
	  command_halfopen },
	{ "timewait", NULL, TAKES_FILTER | TAKES_LIST | TAKES_HEADER,
	  "What TIME_WAIT adds up to, or the connections in it",
	  command_timewait },
	{ "listeners", NULL, TAKES_HEADER,
	  "Listening sockets, and how their queues fare", command_listeners },
	{ "flood", NULL, TAKES_FLOOD | TAKES_HEADER,
	  "SYN floods, and alerts of them", command_flood },
	{ "advise", NULL, 0,
	  "What is wrong, by which numbers, and what helps", command_advise },
	{ "show", "ID", 0,
	  "One connection, drawn as a ladder between its two ends",
	  command_show },
	{ "summary", NULL, 0, "Totals since the module was loaded",
	  command_summary },
	{ "health", NULL, TAKES_CHECK | TAKES_HEADER,
	  "The module's hooks into the kernel, and whether all is well",
	  command_health },
	{ NULL, NULL, 0, NULL, NULL }
};

/**
 * command_find - find a command by its word
 * @name: the word
 *
 * Return: the command or NULL.
 */
const struct command *command_find(const char *name)
{
	const struct command *command;

	for (command = commands; command->name; command++)
		if (!strcmp(command->name, name))
			return command;
	return NULL;
}

/**
 * complain - say on stderr what is wrong
 * @text: as printf() takes it, without a newline
 */
void complain(const char *text, ...)
{
	va_list args;

	va_start(args, text);
	fputs("tcplifectl: ", stderr);
	vfprintf(stderr, text, args);
	fputc('\n', stderr);
	va_end(args);
}

/**
 * command_format - choose how to write
 * @format: filled
 * @options: the user's wishes
 * @view: what to write
 * @ops: how, unless JSON is wanted
 */
void command_format(struct format *format, const struct options *options,
		    const struct view *view, const struct format_ops *ops)
{
	*format = (struct format){
		.ops = options->json ? &format_json : ops,
		.view = view,
		.out = stdout,
		.name = "standard output",
		.header = options->header,
		.color = !options->json && text_color_wanted(STDOUT_FILENO),
	};
}

/**
 * command_finish - end the output
 * @format: how it was written
 *
 * Return: EXIT_FINE, or EXIT_ERROR if it could not be written, said on stderr.
 */
int command_finish(struct format *format)
{
	int err = format_end(format);

	if (!err)
		return EXIT_FINE;
	complain("%s: %s", format->name, strerror(-err));
	return EXIT_ERROR;
}

/**
 * command_write - write every message of a dump
 * @source: where it is from
 * @msgs: the dump
 * @format: how; of a view of the right type
 * @seen: called with each record, or NULL
 * @context: for @seen
 *
 * Return: enum exit_code; what went wrong is said on stderr.
 */
int command_write(struct source *source, const struct messages *msgs,
		  struct format *format, void (*seen)(void *context,
						      const void *record),
		  void *context)
{
	static union {
		struct hook	hook;
		struct listener	listener;
		struct flood	flood;
		struct tally	tally;
	} record;
	const struct nlmsghdr *nlh;
	int left, err;

	err = format_begin(format);
	if (err)
		return source_complain(source, err);
	messages_for_each(nlh, left, msgs) {
		err = command_decode(source, nlh, format->view->type, &record);
		if (err)
			return source_complain(source, err);
		if (seen)
			seen(context, &record);
		format_record(format, &record);
	}
	return command_finish(format);
}

/**
 * command_decode - decode a message of the module
 * @source: where it is from
 * @nlh: the message
 * @type: what it should hold
 * @record: filled
 *
 * Return: 0, or -EBADMSG.
 */
int command_decode(const struct source *source, const struct nlmsghdr *nlh,
		   const struct record_type *type, void *record)
{
	struct message msg;

	if (nlh->nlmsg_type != source->family.id || decode_message(nlh, &msg))
		return -EBADMSG;
	return decode_record(type, &msg, record);
}

static int help(void)
{
	const struct command *command;

	puts("Usage: tcplifectl [COMMAND] [OPTION]...\n\n"
	     "Lifecycles of TCP connections, recorded by the kernel module tcplife.\n\n"
	     "Commands:");
	for (command = commands; command->name; command++) {
		char text[24];

		snprintf(text, sizeof(text), "%s%s%s", command->name,
			 command->argument ? " " : "",
			 command->argument ? command->argument : "");
		printf("  %-9s  %s\n", text, command->help);
	}
	puts("\ntcplifectl COMMAND --help tells the options.  Exit codes: 0 fine, 1 error,\n"
	     "2 usage, 3 module not loaded, 4 no permission, 5 records lost (--strict),\n"
	     "6 SYN flood (flood --check, flood --watch --once).");
	return EXIT_FINE;
}

/* Whoever closed 0, 1 or 2 must not find a socket of ours there. */
static void fill_standard_files(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

static int run(const struct command *command, int argc, char **argv)
{
	struct options options;
	int err = options_parse(command, argc, argv, &options);

	if (err == OPTIONS_DONE)
		return EXIT_FINE;
	return err ? err : command->run(&options);
}

/**
 * main - find the command and run it
 * @argc: number of words
 * @argv: the words
 *
 * Return: enum exit_code.
 */
int main(int argc, char **argv)
{
	static char name[] = "tcplifectl";
	const struct command *command = commands;
	int at;

	fill_standard_files();
	text_init();
	if (argc > 1 && (!strcmp(argv[1], "--help") ||
			 !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")))
		return help();
	at = options_command_at(argc, argv);
	if (at < argc) {
		command = command_find(argv[at]);
		if (!command) {
			complain("unknown command '%s'; tcplifectl --help lists them",
				 argv[at]);
			return EXIT_USAGE;
		}
		/* The options before it move up: argv[0] is free for them. */
		memmove(argv + 1, argv, at * sizeof(*argv));
		argc--;
		argv++;
	}
	argv[0] = name;
	return run(command, argc, argv);
}
