// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the command line: one table of options, from which getopt_long()'s
 * table and every --help are made.
 */
#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exit.h"
#include "options.h"

#define BUFFER_DEFAULT	(16ull << 20)
#define BUFFER_MAX	(1ull << 30)

enum option_code {
	OPT_JSON = 256,
	OPT_NO_HEADER,
	OPT_PORT,
	OPT_LOCAL,
	OPT_REMOTE,
	OPT_STATE,
	OPT_OUTCOME,
	OPT_ROLE,
	OPT_PID,
	OPT_HALF_OPEN,
	OPT_COUNT,
	OPT_WRITE,
	OPT_BUFFER,
	OPT_STRICT,
	OPT_CHECK,
	OPT_ALERTS,
	OPT_WATCH,
	OPT_ONCE,
	OPT_TOTALS,
	OPT_HISTORY,
	OPT_LIST,
	OPT_REPLAY,
	OPT_RECORD,
	OPT_HELP,
	OPT_VERSION,
};

/**
 * struct option_info - one option
 * @name: without the dashes
 * @argument: its argument's name, or NULL
 * @code: what getopt_long() returns
 * @takes: the command must take this group; 0: every command has it
 * @help: one line
 */
struct option_info {
	const char	*name;
	const char	*argument;
	int		code;
	unsigned int	takes;
	const char	*help;
};

static const struct option_info infos[] = {
	{ "json", NULL, OPT_JSON, 0, "write JSON, one object a line" },
	{ "no-header", NULL, OPT_NO_HEADER, TAKES_HEADER,
	  "write no column headings" },
	{ "port", "N", OPT_PORT, TAKES_FILTER,
	  "only connections with this port at either end" },
	{ "local", "ADDR[:PORT]", OPT_LOCAL, TAKES_FILTER,
	  "only with this local address, port (:PORT) or both" },
	{ "remote", "ADDR[:PORT]", OPT_REMOTE, TAKES_FILTER,
	  "only with this remote address, port or both" },
	{ "state", "STATE,...", OPT_STATE, TAKES_FILTER,
	  "only in one of these states" },
	{ "outcome", "OUTCOME,...", OPT_OUTCOME, TAKES_FILTER,
	  "only those that ended so" },
	{ "role", "ROLE,...", OPT_ROLE, TAKES_FILTER,
	  "only those in which this end had one of these roles" },
	{ "pid", "N", OPT_PID, TAKES_FILTER, "only of this process" },
	{ "half-open", NULL, OPT_HALF_OPEN, TAKES_HALF_OPEN,
	  "half-open connections that never were established" },
	{ "count", "N", OPT_COUNT, TAKES_STREAM, "stop after N connections" },
	{ "write", "FILE", OPT_WRITE, TAKES_STREAM,
	  "write a raw recording, not lines (-: standard output)" },
	{ "alerts", NULL, OPT_ALERTS, TAKES_FLOOD,
	  "the alerts that are kept, oldest first" },
	{ "watch", NULL, OPT_WATCH, TAKES_FLOOD,
	  "one line for each alert as it comes, until Ctrl-C" },
	{ "once", NULL, OPT_ONCE, TAKES_FLOOD,
	  "with --watch: exit with 6 at the first flood" },
	{ "buffer", "BYTES", OPT_BUFFER, TAKES_STREAM | TAKES_FLOOD,
	  "size of the socket's receive buffer (16777216)" },
	{ "strict", NULL, OPT_STRICT, TAKES_STREAM | TAKES_FLOOD,
	  "exit with 5 if records were lost" },
	{ "check", NULL, OPT_CHECK, TAKES_CHECK, "exit with 1 if unhealthy" },
	{ "check", NULL, OPT_CHECK, TAKES_FLOOD,
	  "exit with 6 if there is a SYN flood now" },
	{ "totals", NULL, OPT_TOTALS, TAKES_TOTALS, "only the totals" },
	{ "history", NULL, OPT_HISTORY, TAKES_TOTALS,
	  "those that are over and never were established" },
	{ "list", NULL, OPT_LIST, TAKES_LIST,
	  "one line for each connection, which filters choose" },
	{ "replay", "FILE", OPT_REPLAY, 0,
	  "read a recording instead of the kernel" },
	{ "record", "FILE", OPT_RECORD, 0,
	  "write every netlink message to a recording" },
	{ "help", NULL, OPT_HELP, 0, "write this and exit" },
	{ "version", NULL, OPT_VERSION, 0, "write the version and exit" },
};

#define INFOS	(sizeof(infos) / sizeof(infos[0]))

static bool applies(const struct option_info *info,
		    const struct command *command)
{
	return !info->takes || (command->takes & info->takes);
}

/**
 * options_help - write a command's --help
 * @command: the command
 */
void options_help(const struct command *command)
{
	size_t i;

	printf("Usage: tcplifectl %s%s%s [OPTION]...\n\n%s.\n\nOptions:\n",
	       command->name, command->argument ? " " : "",
	       command->argument ? command->argument : "", command->help);
	for (i = 0; i < INFOS; i++) {
		char text[40];

		if (!applies(&infos[i], command))
			continue;
		snprintf(text, sizeof(text), "--%s%s%s", infos[i].name,
			 infos[i].argument ? " " : "",
			 infos[i].argument ? infos[i].argument : "");
		printf("  %-22s  %s\n", text, infos[i].help);
	}
}

static int bad_value(const char *option, const char *value, const char *want)
{
	complain("--%s: '%s' is no %s", option, value, want);
	return EXIT_USAGE;
}

static int parse_number(const char *option, uint64_t max, uint64_t *number)
{
	if (!filter_parse_number(optarg, max, number))
		return 0;
	complain("--%s: '%s' is no number from 0 to %llu", option, optarg,
		 (unsigned long long)max);
	return EXIT_USAGE;
}

static int parse_endpoint(const char *option, struct endpoint *end)
{
	if (!filter_parse_endpoint(optarg, end))
		return 0;
	return bad_value(option, optarg, "ADDR, ADDR:PORT, [ADDR]:PORT or :PORT");
}

static int parse_words(const struct names *names, uint32_t *set)
{
	if (!filter_parse_words(names, optarg, set))
		return 0;
	fprintf(stderr, "tcplifectl: unknown %s in '%s'; there are: ",
		names->what, optarg);
	names_print(names, stderr);
	fputc('\n', stderr);
	return EXIT_USAGE;
}

static int parse_port(struct filter *filter)
{
	uint64_t port;
	int err = parse_number("port", UINT16_MAX, &port);

	filter->port = port;
	filter->has_port = true;
	return err;
}

static int parse_pid(struct filter *filter)
{
	uint64_t pid;
	int err = parse_number("pid", UINT32_MAX, &pid);

	filter->pid = pid;
	filter->has_pid = true;
	return err;
}

static int parse_filter(int code, struct filter *filter)
{
	switch (code) {
	case OPT_PORT:
		return parse_port(filter);
	case OPT_LOCAL:
		return parse_endpoint("local", &filter->local);
	case OPT_REMOTE:
		return parse_endpoint("remote", &filter->remote);
	case OPT_STATE:
		return parse_words(&state_names, &filter->states);
	case OPT_OUTCOME:
		return parse_words(&outcome_names, &filter->outcomes);
	case OPT_ROLE:
		return parse_words(&role_names, &filter->roles);
	case OPT_PID:
		return parse_pid(filter);
	default:
		return EXIT_USAGE;
	}
}

/* Options without a value. */
static bool set_flag(int code, struct options *options)
{
	static const struct {
		int	code;
		size_t	offset;
	} flags[] = {
		{ OPT_JSON, offsetof(struct options, json) },
		{ OPT_STRICT, offsetof(struct options, strict) },
		{ OPT_HALF_OPEN, offsetof(struct options, half_open) },
		{ OPT_CHECK, offsetof(struct options, check) },
		{ OPT_ALERTS, offsetof(struct options, alerts) },
		{ OPT_WATCH, offsetof(struct options, watch) },
		{ OPT_ONCE, offsetof(struct options, once) },
		{ OPT_TOTALS, offsetof(struct options, totals) },
		{ OPT_HISTORY, offsetof(struct options, history) },
		{ OPT_LIST, offsetof(struct options, list) },
	};
	size_t i;

	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (flags[i].code == code) {
			*(bool *)((char *)options + flags[i].offset) = true;
			return true;
		}
	return false;
}

static int parse_one(int code, struct options *options)
{
	switch (code) {
	case OPT_NO_HEADER:
		options->header = false;
		return 0;
	case OPT_COUNT:
		return parse_number("count", UINT64_MAX, &options->count);
	case OPT_BUFFER:
		return parse_number("buffer", BUFFER_MAX, &options->buffer);
	case OPT_REPLAY:
		options->replay = optarg;
		return 0;
	case OPT_WRITE:
		options->write = optarg;
		return 0;
	case OPT_RECORD:
		options->record = optarg;
		return 0;
	default:
		if (set_flag(code, options))
			return 0;
		return parse_filter(code, &options->filter);
	}
}

static int check_combination(const struct options *options)
{
	const char *wrong = NULL;

	if (options->record && options->replay)
		wrong = "--record and --replay exclude each other";
	else if (options->write && (options->json || options->count ||
				    options->record ||
				    filter_is_set(&options->filter)))
		wrong = "--write takes all there is: no filter, --count, --json or --record goes with it";
	else if (options->watch + options->alerts + options->check > 1)
		wrong = "--watch, --alerts and --check exclude each other";
	else if (options->once && !options->watch)
		wrong = "--once needs --watch";
	if (!wrong)
		return 0;
	complain("%s", wrong);
	return EXIT_USAGE;
}

static int parse_arguments(const struct command *command, int argc,
			   char **argv, struct options *options)
{
	int wanted = command->argument ? 1 : 0;

	if (argc - optind > wanted) {
		complain("unexpected argument '%s'", argv[optind + wanted]);
		return EXIT_USAGE;
	}
	if (argc - optind < wanted) {
		complain("%s needs %s; see tcplifectl %s --help", command->name,
			 command->argument, command->name);
		return EXIT_USAGE;
	}
	if (wanted && filter_parse_number(argv[optind], UINT64_MAX,
					  &options->id)) {
		complain("'%s' is no %s: a number, as tcplifectl list shows them",
			 argv[optind], command->argument);
		return EXIT_USAGE;
	}
	return 0;
}

static void fill_getopt(const struct command *command, struct option *table)
{
	size_t i;

	for (i = 0; i < INFOS; i++)
		if (applies(&infos[i], command))
			*table++ = (struct option){
				.name = infos[i].name,
				.has_arg = !!infos[i].argument,
				.val = infos[i].code,
			};
	*table = (struct option){ 0 };
}

static bool takes_next_word(const char *word)
{
	size_t i;

	for (i = 0; i < INFOS; i++)
		if (infos[i].argument && !strncmp(word, "--", 2) &&
		    !strcmp(word + 2, infos[i].name))
			return true;
	return false;
}

/**
 * options_command_at - where the command stands, if options come before it
 * @argc: number of words, the first of which is skipped
 * @argv: the words
 *
 * Return: the first word that is no option nor belongs to one; @argc if there
 * is none.
 */
int options_command_at(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc && argv[i][0] == '-'; i++)
		if (takes_next_word(argv[i]))
			i++;
	return i < argc ? i : argc;
}

/**
 * options_parse - understand the command line
 * @command: the command it is for
 * @argc: number of words, the first of which is skipped
 * @argv: the words
 * @options: filled
 *
 * Return: 0; EXIT_USAGE, said on stderr; or OPTIONS_DONE after --help and
 * --version.
 */
int options_parse(const struct command *command, int argc, char **argv,
		  struct options *options)
{
	struct option table[INFOS + 1];
	int code, err;

	*options = (struct options){ .header = true, .buffer = BUFFER_DEFAULT };
	fill_getopt(command, table);
	while ((code = getopt_long(argc, argv, "h", table, NULL)) != -1) {
		if (code == OPT_HELP || code == 'h') {
			options_help(command);
			return OPTIONS_DONE;
		}
		if (code == OPT_VERSION) {
			puts("tcplifectl " TCPLIFECTL_VERSION);
			return OPTIONS_DONE;
		}
		if (code == '?')
			return EXIT_USAGE;
		err = parse_one(code, options);
		if (err)
			return err;
	}
	err = check_combination(options);
	if (err)
		return err;
	return parse_arguments(command, argc, argv, options);
}
