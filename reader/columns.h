/* SPDX-License-Identifier: GPL-2.0 */
/* What the files that own columns share. */
#ifndef TCPLIFECTL_COLUMNS_H
#define TCPLIFECTL_COLUMNS_H

#include "format.h"

/* A column @var with heading @text; its cells are written by cell_@var(). */
#define COLUMN(var, text, columns, ...)					\
	static const struct column var = {				\
		.name = text, .width = columns, .cell = cell_##var, ##__VA_ARGS__ }

/* view_@name: these columns of this kind of record. */
#define VIEW(name, record_type, ...)					\
	static const struct column *const name##_columns[] = { __VA_ARGS__ }; \
	const struct view view_##name = {				\
		.type = &record_type,					\
		.count = sizeof(name##_columns) / sizeof(name##_columns[0]), \
		.columns = name##_columns }

char *cell_put_word(char *to, const struct names *names, unsigned int number);
char *cell_put_number(char *to, bool known, uint64_t number);
char *cell_put_duration(char *to, bool known, uint64_t us);

#endif /* TCPLIFECTL_COLUMNS_H */
