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

/* Of a line: room for a cell, what it is padded with, and its colours. */
#define CELL_SIZE	(2 * TEXT_CELL + 64)

/**
 * struct lines - the writing of lines
 * @text: the line that is being put together: CELL_SIZE bytes for each column,
 *	and one for the newline
 * @widths: of the columns; the widths cannot be known in a stream, so each
 *	starts with what is usual and grows for good when something wider comes
 */
struct lines {
	char	*text;
	int	widths[];
};

/* Blanks, sixteen at a time: there is room for so many too many. */
static char *put_blanks(char *to, int count)
{
	int i;

	for (i = 0; i < count; i += 16)
		memset(to + i, ' ', 16);
	return to + count;
}

static const char *escape_of(const char *color)
{
	if (!color)
		return NULL;
	if (!strcmp(color, "red"))
		return "\033[31m";
	return !strcmp(color, "yellow") ? "\033[33m" : NULL;
}

/* Move the cell from @to to @end to the right; how far may be up to @to. */
static char *push_right(char *to, char *end, int blanks)
{
	char few[16];

	if (blanks <= 0)
		return end;
	if (end - to <= (ptrdiff_t)sizeof(few)) {
		memcpy(few, to, sizeof(few));
		put_blanks(to, blanks);
		memcpy(to + blanks, few, sizeof(few));
	} else {
		memmove(to + blanks, to, end - to);
		memset(to, ' ', blanks);
	}
	return end + blanks;
}

/*
 * Put a cell behind the line, at @to: that of @record, or the heading.  A cell
 * to the left in the last column is not padded.
 */
static inline char *put_cell(const struct format *format, unsigned int i,
			     char *to, const void *record)
{
	const struct column *column = format->view->columns[i];
	struct lines *lines = format->private;
	const char *escape = NULL;
	int width, blanks;
	char *end;

	if (i)
		to = put_blanks(to, 2);
	if (format->color && record && column->color)
		escape = escape_of(column->color(record));
	if (escape)
		to = put_text(to, escape);
	end = record ? column->cell(record, to) : put_text(to, column->name);
	width = end - to;
	if (column->wide)
		width = text_width(to, width);
	blanks = lines->widths[i] - width;
	if (blanks < 0)
		lines->widths[i] = width;
	if (column->width >= 0)
		end = push_right(to, end, blanks);
	else if (blanks > 0 && i + 1 < format->view->count)
		end = put_blanks(end, blanks);
	return escape ? put_text(end, "\033[0m") : end;
}

static void put_line(const struct format *format, const void *record)
{
	const struct lines *lines = format->private;
	char *to = lines->text;
	unsigned int i;

	for (i = 0; i < format->view->count; i++)
		to = put_cell(format, i, to, record);
	*to++ = '\n';
	fwrite_unlocked(lines->text, 1, to - lines->text, format->out);
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
	lines->text = malloc(view->count * CELL_SIZE + 1);
	if (!lines->text)
		return -ENOMEM;
	for (i = 0; i < view->count; i++)
		lines->widths[i] = abs(view->columns[i]->width);
	if (format->header)
		put_line(format, NULL);
	return 0;
}

static void lines_record(struct format *format, const void *record)
{
	put_line(format, record);
}

static int lines_end(struct format *format)
{
	struct lines *lines = format->private;

	free(lines->text);
	free(lines);
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
