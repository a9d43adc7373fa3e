/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFECTL_OPTIONS_H
#define TCPLIFECTL_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "filter.h"

/* Which groups of options a command takes; the commands of main.c list them. */
#define TAKES_FILTER	(1 << 0)
#define TAKES_STREAM	(1 << 1)
#define TAKES_HALF_OPEN	(1 << 2)
#define TAKES_CHECK	(1 << 3)
#define TAKES_HEADER	(1 << 4)
#define TAKES_FLOOD	(1 << 5)
#define TAKES_TOTALS	(1 << 6)
#define TAKES_LIST	(1 << 7)

/**
 * struct options - the command line, understood
 * @filter: which lives are wanted
 * @replay: file to read instead of the kernel, or NULL
 * @write: file for a raw recording of the stream, or NULL
 * @record: file to write what is received to, or NULL
 * @count: stop the stream after so many; 0: never
 * @buffer: bytes of socket buffer for the stream
 * @id: the connection to show
 * @json: write JSON lines
 * @header: write column headings
 * @strict: losses make the exit code 5
 * @half_open: history of half-open connections
 * @check: ill health makes the exit code 1, and a flood makes it 6
 * @alerts: the alerts that are kept
 * @watch: alerts as they come
 * @once: the first alert of a flood ends the watch
 * @totals: totals only
 * @history: of those that are over
 * @list: one line for each connection
 */
struct options {
	struct filter	filter;
	const char	*replay;
	const char	*record;
	const char	*write;
	uint64_t	count;
	uint64_t	buffer;
	uint64_t	id;
	bool		json;
	bool		header;
	bool		strict;
	bool		half_open;
	bool		check;
	bool		alerts;
	bool		watch;
	bool		once;
	bool		totals;
	bool		history;
	bool		list;
};

struct command;

/* What options_parse() returns when there is nothing left to do. */
#define OPTIONS_DONE	(-1)

int options_parse(const struct command *command, int argc, char **argv,
		  struct options *options);
int options_command_at(int argc, char **argv);
void options_help(const struct command *command);

/**
 * struct command - a subcommand
 * @name: its word
 * @argument: name of its argument, or NULL if it takes none
 * @takes: groups of options
 * @help: what it does, in one line
 * @run: does it; returns enum exit_code
 */
struct command {
	const char	*name;
	const char	*argument;
	unsigned int	takes;
	const char	*help;
	int		(*run)(const struct options *options);
};

extern const struct command commands[];
const struct command *command_find(const char *name);

#endif /* TCPLIFECTL_OPTIONS_H */
