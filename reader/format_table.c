// SPDX-License-Identifier: GPL-2.0
/*
 * Owns finite tables, which libsmartcols measures and draws.  No column may be
 * cut: a line that is too long for the terminal wraps.
 */
#include <errno.h>
#include <stdlib.h>

#include <libsmartcols.h>

#include "format.h"
#include "text.h"

static int add_columns(struct format *format, struct libscols_table *table)
{
	unsigned int i;

	for (i = 0; i < format->view->count; i++) {
		const struct column *column = format->view->columns[i];
		int flags = column->width < 0 ? 0 : SCOLS_FL_RIGHT;

		if (!scols_table_new_column(table, column->name, 0, flags))
			return -ENOMEM;
	}
	return 0;
}

static int table_begin(struct format *format)
{
	struct libscols_table *table;

	scols_init_debug(0);
	table = scols_new_table();
	if (!table)
		return -ENOMEM;
	format->private = table;
	scols_table_set_stream(table, format->out);
	/* text_safe() has seen to every cell that could need it. */
	scols_table_enable_noencoding(table, 1);
	scols_table_enable_colors(table, format->color);
	scols_table_enable_noheadings(table, !format->header);
	return add_columns(format, table);
}

static void table_record(struct format *format, const void *record)
{
	struct libscols_line *line;
	char text[TEXT_CELL];
	unsigned int i;

	line = scols_table_new_line(format->private, NULL);
	for (i = 0; line && i < format->view->count; i++) {
		const struct column *column = format->view->columns[i];
		const char *color = NULL;

		column->cell(record, text);
		scols_line_set_data(line, i, text);
		if (format->color && column->color)
			color = column->color(record);
		if (color)
			scols_cell_set_color(scols_line_get_cell(line, i), color);
	}
}

/* libsmartcols prints no headings over an empty table; people want to see them. */
static void print_headings(struct format *format)
{
	unsigned int i;

	for (i = 0; i < format->view->count; i++)
		fprintf(format->out, "%s%s", i ? " " : "",
			format->view->columns[i]->name);
	fputc('\n', format->out);
}

static int table_end(struct format *format)
{
	struct libscols_table *table = format->private;
	int err = 0;

	if (!scols_table_is_empty(table))
		err = scols_print_table(table);
	else if (format->header)
		print_headings(format);
	scols_unref_table(table);
	format->private = NULL;
	return err;
}

const struct format_ops format_table = {
	.begin = table_begin,
	.record = table_record,
	.end = table_end,
};
