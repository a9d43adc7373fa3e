/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFECTL_FIELDS_H
#define TCPLIFECTL_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "names.h"

/**
 * enum field_kind - what a member of a record holds
 * @FIELD_NONE: nothing; the attribute is no part of a record (pad, scope)
 * @FIELD_NUMBER: an unsigned integer
 * @FIELD_ID: a 64-bit identifier, not a quantity
 * @FIELD_WORD: a number of an enum
 * @FIELD_FLAGS: a set of bits
 * @FIELD_FAMILY: 4 or 6
 * @FIELD_BOOL: 0 or 1
 * @FIELD_THOUSANDTHS: a share, in thousandths
 * @FIELD_TIME: nanoseconds since 1970
 * @FIELD_TEXT: a string
 * @FIELD_ADDRESS: struct address
 * @FIELD_STATES: microseconds by state
 * @FIELD_CONGESTION: microseconds by congestion state
 * @FIELD_TIMELINE: the timeline of a life
 * @FIELD_HISTOGRAM: struct histogram
 * @FIELD_SOURCES: struct flood_sources; the attribute may come many times
 */
enum field_kind {
	FIELD_NONE = 0,
	FIELD_NUMBER,
	FIELD_ID,
	FIELD_WORD,
	FIELD_FLAGS,
	FIELD_FAMILY,
	FIELD_BOOL,
	FIELD_THOUSANDTHS,
	FIELD_TIME,
	FIELD_TEXT,
	FIELD_ADDRESS,
	FIELD_STATES,
	FIELD_CONGESTION,
	FIELD_TIMELINE,
	FIELD_HISTOGRAM,
	FIELD_SOURCES,
};

/**
 * struct field - where an attribute goes and what it is
 * @kind: enum field_kind, what it holds
 * @zero_is_unknown: value 0 of the enum means that nothing is known
 * @offset: of the member in its record
 * @size: of the member, and for integers of the attribute
 * @attr_len: of the attribute with its header, for integers of records; else 0
 * @words: the enum, for FIELD_WORD and FIELD_FLAGS
 */
struct field {
	uint8_t			kind;
	bool			zero_is_unknown;
	uint16_t		offset;
	uint16_t		size;
	uint16_t		attr_len;
	const struct names	*words;
};

/**
 * struct record_type - a kind of record
 * @what: its name in messages
 * @names: of its attributes, which are its keys in JSON
 * @fields: by attribute; as many as @names has
 * @clear: bytes to zero before decoding
 * @has_version: one of its attributes is a version, so that its JSON needs none
 */
struct record_type {
	const char		*what;
	const struct names	*names;
	const struct field	*fields;
	size_t			clear;
	bool			has_version;
};

extern const struct record_type life_type;
extern const struct record_type summary_type;
extern const struct record_type hook_type;
extern const struct record_type listener_type;
extern const struct record_type source_type;
extern const struct record_type flood_type;
extern const struct record_type tally_type;
extern const char *const congestion_words[];

/**
 * field_present - was the attribute given?
 * @record: of any type; each begins with its bits of presence
 * @attr: number of the attribute
 *
 * Return: true if its member means something.
 */
static inline bool field_present(const void *record, unsigned int attr)
{
	return (*(const uint64_t *)record >> attr) & 1;
}

/**
 * field_at - the member of a record
 * @field: which
 * @record: the record
 *
 * Return: its address.
 */
static inline const void *field_at(const struct field *field,
				   const void *record)
{
	return (const char *)record + field->offset;
}

/**
 * field_number - the value of an integer member of any size
 * @field: which
 * @record: the record
 *
 * Return: its value.
 */
static inline uint64_t field_number(const struct field *field,
				    const void *record)
{
	const void *at = field_at(field, record);

	switch (field->size) {
	case 1:
		return *(const uint8_t *)at;
	case 2:
		return *(const uint16_t *)at;
	case 4:
		return *(const uint32_t *)at;
	default:
		return *(const uint64_t *)at;
	}
}

#endif /* TCPLIFECTL_FIELDS_H */
