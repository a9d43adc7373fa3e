/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFECTL_FORMAT_H
#define TCPLIFECTL_FORMAT_H

#include <stdbool.h>
#include <stdio.h>

#include "fields.h"

/**
 * struct column - one column of a table or of the stream
 * @name: its heading
 * @width: columns to keep for it in a stream; negative: to the left
 * @wide: a cell may hold more than ASCII
 * @cell: writes the text of a record into @to of TEXT_CELL bytes, and returns
 *	the end of it, where there is a NUL
 * @color: name of the colour for a record, or NULL; may be NULL itself
 */
struct column {
	const char	*name;
	int		width;
	bool		wide;
	char		*(*cell)(const void *record, char *to);
	const char	*(*color)(const void *record);
};

/**
 * struct view - the columns that a command shows
 * @type: the kind of record
 * @count: of columns
 * @columns: in order
 */
struct view {
	const struct record_type	*type;
	unsigned int			count;
	const struct column *const	*columns;
};

/**
 * struct format - a way to write records, in use
 * @ops: the way
 * @view: what to write
 * @out: where to
 * @name: what to call that
 * @header: write column headings
 * @color: colours are welcome
 * @private: the way's own
 */
struct format {
	const struct format_ops	*ops;
	const struct view	*view;
	FILE			*out;
	const char		*name;
	bool			header;
	bool			color;
	void			*private;
};

/**
 * struct format_ops - a way to write records
 * @begin: before the first record; 0 or a negative errno; may be NULL
 * @record: one record of the kind that the view is for
 * @end: after the last; 0 or a negative errno; may be NULL
 */
struct format_ops {
	int	(*begin)(struct format *format);
	void	(*record)(struct format *format, const void *record);
	int	(*end)(struct format *format);
};

extern const struct format_ops format_json;
extern const struct format_ops format_lines;
extern const struct format_ops format_table;
extern const struct format_ops format_pairs;
extern const struct format_ops format_ladder;

extern const struct view view_stream;
extern const struct view view_list;
extern const struct view view_history;
extern const struct view view_halfopen;
extern const struct view view_timewait;
extern const struct view view_show;
extern const struct view view_summary;
extern const struct view view_hooks;
extern const struct view view_listeners;
extern const struct view view_floods;
extern const struct view view_alerts;
extern const struct view view_tallies;
extern const struct view view_time_wait;
extern const struct view view_total;

int format_begin(struct format *format);
void format_record(struct format *format, const void *record);
int format_end(struct format *format);

#endif /* TCPLIFECTL_FORMAT_H */
