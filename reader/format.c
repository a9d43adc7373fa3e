// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the calling of the ways to write records, and the smallest of them:
 * lines of a stream, and pairs of a name and a value.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
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

/*
 * Lines: the widths of the columns cannot be known in a stream, so each starts
 * with what is usual and grows for good when something wider comes.
 */
static void put_cell(struct format *format, unsigned int i, const char *text,
		     const char *color)
{
	const struct column *column = format->view->columns[i];
	int *widths = format->private;
	int width = text_width(text);

	if (width > widths[i])
		widths[i] = width;
	width = column->width < 0 ? -widths[i] : widths[i];
	if (i + 1 == format->view->count && width < 0)
		width = 0;
	if (i)
		fputs("  ", format->out);
	if (color)
		fputs(color, format->out);
	text_pad(format->out, text, width);
	if (color)
		fputs("\033[0m", format->out);
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
	unsigned int i;
	int *widths;

	widths = calloc(format->view->count, sizeof(*widths));
	if (!widths)
		return -ENOMEM;
	format->private = widths;
	for (i = 0; i < format->view->count; i++)
		widths[i] = abs(format->view->columns[i]->width);
	if (!format->header)
		return 0;
	for (i = 0; i < format->view->count; i++)
		put_cell(format, i, format->view->columns[i]->name, NULL);
	fputc('\n', format->out);
	return 0;
}

static void lines_record(struct format *format, const void *record)
{
	char text[TEXT_CELL];
	unsigned int i;

	for (i = 0; i < format->view->count; i++) {
		const struct column *column = format->view->columns[i];
		const char *color = NULL;

		if (format->color && column->color)
			color = escape_of(column->color(record));
		column->cell(record, text, sizeof(text));
		put_cell(format, i, text, color);
	}
	fputc('\n', format->out);
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
