// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the JSON form of every record: one flat object a line, the attribute
 * names of the netlink spec as keys, all of them always there, and null for
 * what is not known.  docs/json-schema describes the result.
 */
#include <time.h>

#include "format.h"
#include "json.h"
#include "life.h"
#include "put.h"
#include "text.h"

static void put_word(struct json *json, const struct field *field,
		     uint64_t number)
{
	const char *word = names_word(field->words, number);

	if (!word || (field->zero_is_unknown && !number))
		jsonw_null(json);
	else
		jsonw_word(json, word);
}

static void put_flags(struct json *json, const struct field *field,
		      uint64_t flags)
{
	unsigned int i;

	jsonw_open(json, '[');
	for (i = 0; i < field->words->count; i++)
		if (flags & (1ull << i))
			jsonw_word(json, names_word(field->words, i));
	jsonw_close(json, ']');
}

static void put_family(struct json *json, uint64_t family)
{
	if (family == 4)
		jsonw_word(json, "ipv4");
	else if (family == 6)
		jsonw_word(json, "ipv6");
	else
		jsonw_null(json);
}

/*
 * RFC 3339 in UTC; a u64 of ns ends in the year 2554, so four digits do.  The
 * day of the last time is kept, as most times are of the same.
 */
static void put_time(struct json *json, uint64_t ns)
{
	static char date[sizeof("2026-01-02T")];
	static time_t day;
	unsigned int second = ns / 1000000000 % 86400;
	time_t midnight = ns / 1000000000 - second;
	char text[40], *to = text;
	struct tm tm;

	if (!*date || day != midnight) {
		day = midnight;
		if (!gmtime_r(&midnight, &tm) ||
		    !strftime(date, sizeof(date), "%Y-%m-%dT", &tm)) {
			*date = '\0';
			jsonw_null(json);
			return;
		}
	}
	to = put_text(to, date);
	to = put_digits(to, second / 3600, 2);
	*to++ = ':';
	to = put_digits(to, second / 60 % 60, 2);
	*to++ = ':';
	to = put_digits(to, second % 60, 2);
	*to++ = '.';
	to = put_digits(to, ns % 1000000000 / 1000, 6);
	put_text(to, "Z");
	jsonw_word(json, text);
}

static void put_address(struct json *json, const struct address *addr)
{
	char text[TEXT_ADDRESS];

	text_address(text, addr);
	jsonw_word(json, text);
}

/* Only states that were visited: time was spent there, or it is the current. */
static void put_states(struct json *json, const struct life *life)
{
	unsigned int i;

	jsonw_open(json, '{');
	for (i = 0; i < LIFE_STATES; i++) {
		bool current = LIFE_HAS(life, STATE) && life->state == i &&
			       i != TCPLIFE_STATE_NONE &&
			       i != TCPLIFE_STATE_LISTEN;

		if (!life->states[i] && !current)
			continue;
		jsonw_key(json, names_word(&state_names, i));
		jsonw_number(json, life->states[i]);
	}
	jsonw_close(json, '}');
}

static void put_congestion(struct json *json, const struct life *life)
{
	unsigned int i;

	jsonw_open(json, '{');
	for (i = 0; i < LIFE_CONGESTIONS; i++) {
		jsonw_key(json, congestion_words[i]);
		jsonw_number(json, life->congestion[i]);
	}
	jsonw_close(json, '}');
}

static void put_timeline(struct json *json, const struct life *life)
{
	unsigned int i;

	jsonw_open(json, '[');
	for (i = 0; i < life->timeline_count; i++) {
		const char *word = names_word(&event_names,
					      life->timeline[i].event);

		jsonw_open(json, '{');
		jsonw_key(json, "us");
		jsonw_number(json, life->timeline[i].us);
		jsonw_key(json, "event");
		if (word)
			jsonw_word(json, word);
		else
			jsonw_null(json);
		jsonw_close(json, '}');
	}
	jsonw_close(json, ']');
}

static void put_histogram(struct json *json, const struct histogram *histogram)
{
	unsigned int i;

	jsonw_open(json, '[');
	for (i = 0; i < histogram->buckets; i++)
		jsonw_number(json, histogram->counts[i]);
	jsonw_close(json, ']');
}

static void put_members(struct json *json, const struct record_type *type,
			const void *record);

static void put_sources(struct json *json, const struct flood_sources *sources)
{
	unsigned int i;

	jsonw_open(json, '[');
	for (i = 0; i < sources->count; i++) {
		jsonw_open(json, '{');
		put_members(json, &source_type, &sources->at[i]);
		jsonw_close(json, '}');
	}
	jsonw_close(json, ']');
}

static void put_integer(struct json *json, const struct field *field,
			uint64_t number)
{
	switch (field->kind) {
	case FIELD_ID:
		jsonw_number_text(json, number);
		break;
	case FIELD_WORD:
		put_word(json, field, number);
		break;
	case FIELD_FLAGS:
		put_flags(json, field, number);
		break;
	case FIELD_FAMILY:
		put_family(json, number);
		break;
	case FIELD_BOOL:
		jsonw_bool(json, number);
		break;
	case FIELD_THOUSANDTHS:
		jsonw_thousandths(json, number);
		break;
	case FIELD_TIME:
		put_time(json, number);
		break;
	default:
		jsonw_number(json, number);
	}
}

static void put_value(struct json *json, const struct field *field,
		      const void *record)
{
	switch (field->kind) {
	case FIELD_TEXT:
		jsonw_text(json, field_at(field, record));
		break;
	case FIELD_ADDRESS:
		put_address(json, field_at(field, record));
		break;
	case FIELD_STATES:
		put_states(json, record);
		break;
	case FIELD_CONGESTION:
		put_congestion(json, record);
		break;
	case FIELD_TIMELINE:
		put_timeline(json, record);
		break;
	case FIELD_HISTOGRAM:
		put_histogram(json, field_at(field, record));
		break;
	case FIELD_SOURCES:
		put_sources(json, field_at(field, record));
		break;
	default:
		put_integer(json, field, field_number(field, record));
	}
}

/* What may come many times is a list, and an empty one if it never came. */
static void put_members(struct json *json, const struct record_type *type,
			const void *record)
{
	unsigned int i;

	for (i = 0; i < type->names->count; i++) {
		const struct field *field = &type->fields[i];

		if (field->kind == FIELD_NONE)
			continue;
		jsonw_key(json, names_word(type->names, i));
		if (field_present(record, i) || field->kind == FIELD_SOURCES)
			put_value(json, field, record);
		else
			jsonw_null(json);
	}
}

static void json_record(struct format *format, const void *record)
{
	const struct record_type *type = format->view->type;
	struct json json;

	jsonw_begin(&json, format->out);
	jsonw_open(&json, '{');
	if (!type->has_version) {
		jsonw_key(&json, "version");
		jsonw_number(&json, JSON_FORMAT_VERSION);
	}
	put_members(&json, type, record);
	jsonw_close(&json, '}');
	jsonw_line_end(&json);
}

const struct format_ops format_json = {
	.record = json_record,
};
