// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the calling of the ways to write records, and the smallest of them:
 * lines of a stream, and pairs of a name and a value.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "put.h"
#include "text.h"

/**
 * format_begin - start writing
 * @format: how; its @private is set here
 *
 * Return: 0 or a negative errno.
 */
int format_begin(struct format *format)
{
	format->private = NULL;
	return format->ops->begin ? format->ops->begin(format) : 0;
}

/**
 * format_record - write a record
 * @format: how
 * @record: of the kind that the view is for
 */
void format_record(struct format *format, const void *record)
{
	format->ops->record(format, record);
}

/**
 * format_end - stop writing
 * @format: how
 *
 * Return: 0 or a negative errno, also if the output could not be written.
 */
int format_end(struct format *format)
{
	int err = format->ops->end ? format->ops->end(format) : 0;

	if (!err && (fflush(format->out) || ferror(format->out)))
		err = errno ? -errno : -EIO;
	return err;
}

/* Of a line: room for what is put together before it is written. */
#define LINE_SIZE	(32 * 1024)
/* Of a line: room for a cell, what it is padded with, and its colours. */
#define CELL_SIZE	(2 * TEXT_CELL + 64)

/**
 * struct lines - the writing of lines
 * @out: where to
 * @used: bytes of @text that are not written yet
 * @text: the line that is being put together
 * @widths: of the columns; the widths cannot be known in a stream, so each
 *	starts with what is usual and grows for good when something wider comes
 */
struct lines {
	FILE	*out;
	size_t	used;
	char	text[LINE_SIZE];
	int	widths[];
};

static void write_out(struct lines *lines)
{
	fwrite_unlocked(lines->text, 1, lines->used, lines->out);
	lines->used = 0;
}

/* Blanks, sixteen at a time: there is room for so many too many. */
static char *put_blanks(char *to, int count)
{
	int i;

	for (i = 0; i < count; i += 16)
		memset(to + i, ' ', 16);
	return to + count;
}

/* Put a cell behind the line; the text of the cell is @len bytes of @text. */
static void put_cell(struct lines *lines, const struct format *format,
		     unsigned int i, const char *text, size_t len,
		     const char *color)
{
	const bool last = i + 1 == format->view->count;
	const bool right = format->view->columns[i]->width >= 0;
	int width = text_width(text, len), blanks;
	char *to = lines->text + lines->used;

	if (width > lines->widths[i])
		lines->widths[i] = width;
	blanks = last && !right ? 0 : lines->widths[i] - width;
	if (i)
		to = put_blanks(to, 2);
	if (color)
		to = put_text(to, color);
	if (right)
		to = put_blanks(to, blanks);
	to = mempcpy(to, text, len);
	if (!right)
		to = put_blanks(to, blanks);
	if (color)
		to = put_text(to, "\033[0m");
	lines->used = to - lines->text;
	if (lines->used > LINE_SIZE - CELL_SIZE)
		write_out(lines);
}

static void end_line(struct lines *lines)
{
	lines->text[lines->used++] = '\n';
	write_out(lines);
}

static const char *escape_of(const char *color)
{
	if (!color)
		return NULL;
	if (!strcmp(color, "red"))
		return "\033[31m";
	return !strcmp(color, "yellow") ? "\033[33m" : NULL;
}

static int lines_begin(struct format *format)
{
	const struct view *view = format->view;
	struct lines *lines;
	unsigned int i;

	lines = malloc(sizeof(*lines) + view->count * sizeof(*lines->widths));
	if (!lines)
		return -ENOMEM;
	format->private = lines;
	lines->out = format->out;
	lines->used = 0;
	for (i = 0; i < view->count; i++)
		lines->widths[i] = abs(view->columns[i]->width);
	if (!format->header)
		return 0;
	for (i = 0; i < view->count; i++)
		put_cell(lines, format, i, view->columns[i]->name,
			 strlen(view->columns[i]->name), NULL);
	end_line(lines);
	return 0;
}

static void lines_record(struct format *format, const void *record)
{
	struct lines *lines = format->private;
	char text[TEXT_CELL];
	unsigned int i;

	for (i = 0; i < format->view->count; i++) {
		const struct column *column = format->view->columns[i];
		const char *color = NULL;
		size_t len = column->cell(record, text) - text;

		if (format->color && column->color)
			color = escape_of(column->color(record));
		put_cell(lines, format, i, text, len, color);
	}
	end_line(lines);
}

static int lines_end(struct format *format)
{
	free(format->private);
	format->private = NULL;
	return 0;
}

const struct format_ops format_lines = {
	.begin = lines_begin,
	.record = lines_record,
	.end = lines_end,
};

/* Pairs: every number, word or text that was given, under its name in the spec. */
static bool pair_value(const struct field *field, const void *record, char *to,
		       size_t size)
{
	const char *word;

	switch (field->kind) {
	case FIELD_TEXT:
		text_safe(to, size, field_at(field, record));
		return true;
	case FIELD_WORD:
		word = names_word(field->words, field_number(field, record));
		snprintf(to, size, "%s", word ? word : TEXT_UNKNOWN);
		return true;
	case FIELD_NUMBER:
		snprintf(to, size, "%llu", (unsigned long long)
			 field_number(field, record));
		return true;
	default:
		return false;
	}
}

static void pairs_record(struct format *format, const void *record)
{
	const struct record_type *type = format->view->type;
	char text[TEXT_CELL];
	unsigned int i;

	for (i = 0; i < type->names->count; i++) {
		const struct field *field = &type->fields[i];

		if (!field_present(record, i))
			continue;
		if (!pair_value(field, record, text, sizeof(text)))
			continue;
		text_pad(format->out, names_word(type->names, i), -25);
		fprintf(format->out, " %s\n", text);
	}
}

const struct format_ops format_pairs = {
	.record = pairs_record,
};
