// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the drawing of one life as a ladder between its two ends.  What it says
 * is decided in ladder_plan.c; here is only how it looks.
 *
 *	  TIME  EVENT          LASTED     local            remote
 *	  0 µs  syn_sent     1.200 ms       ├────── SYN ──────▶│
 *
 * Not in a UTF-8 locale, it is drawn in ASCII.
 */
#include <string.h>

#include "format.h"
#include "ladder.h"
#include "text.h"

#define TIME_WIDTH	12
#define EVENT_WIDTH	17
#define LASTED_WIDTH	11
/* Columns between the two lines that stand for the ends. */
#define SPAN		31
/* Columns left of the line of the local end, blanks between included. */
#define MARGIN		(TIME_WIDTH + 2 + EVENT_WIDTH + 2 + LASTED_WIDTH + 4)
/* A wait this long is shown by a dotted line. */
#define LONG_US		1000000ull

/**
 * struct pen - the characters to draw with
 * @line: the line of an end
 * @dots: the same where time is cut short
 * @tail_left: where an arrow leaves the local end
 * @tail_right: where one leaves the remote end
 * @dash: an arrow's body
 * @head_left: its head at the local end
 * @head_right: its head at the remote end
 */
struct pen {
	const char	*line;
	const char	*dots;
	const char	*tail_left;
	const char	*tail_right;
	const char	*dash;
	const char	*head_left;
	const char	*head_right;
};

static const struct pen utf8_pen = {
	"│", "┊", "├", "┤", "─", "◀", "▶"
};

static const struct pen ascii_pen = {
	"|", ":", "|", "|", "-", "<", ">"
};

static const struct pen *pen(void)
{
	return text_utf8() ? &utf8_pen : &ascii_pen;
}

static void put_blanks(FILE *out, int count)
{
	fprintf(out, "%*s", count > 0 ? count : 0, "");
}

static void put_dashes(FILE *out, int count)
{
	while (count-- > 0)
		fputs(pen()->dash, out);
}

/* The middle of a line: from one end's line to the other's. */
static void put_segment(struct format *format, const struct segment *segment)
{
	const char *name = segment->label;
	bool outward = segment->arrow == ARROW_OUT;
	bool red = format->color && !strcmp(name, "RST");
	int body = SPAN - 3 - (int)strlen(name);
	FILE *out = format->out;

	fputs(outward ? pen()->tail_left : pen()->line, out);
	if (red)
		fputs("\033[31m", out);
	if (!outward)
		fputs(pen()->head_left, out);
	put_dashes(out, outward ? body - body / 2 : body / 2);
	fprintf(out, " %s ", name);
	put_dashes(out, outward ? body / 2 : body - body / 2);
	if (outward)
		fputs(pen()->head_right, out);
	if (red)
		fputs("\033[0m", out);
	fputs(outward ? pen()->line : pen()->tail_right, out);
}

static void put_lines(FILE *out, const char *line)
{
	fputs(line, out);
	put_blanks(out, SPAN);
	fputs(line, out);
}

static void put_spacer(FILE *out, const char *line)
{
	put_blanks(out, MARGIN);
	put_lines(out, line);
	fputc('\n', out);
}

static void put_left(FILE *out, const struct rung *rung)
{
	char time[32], event[32], lasted[32] = "";
	const char *name = names_word(&event_names, rung->event);

	text_duration(time, rung->us);
	if (name)
		snprintf(event, sizeof(event), "%s", name);
	else
		snprintf(event, sizeof(event), "event_%u", rung->event);
	if (rung->has_lasted)
		text_duration(lasted, rung->lasted);
	text_pad(out, time, TIME_WIDTH);
	fputs("  ", out);
	text_pad(out, event, -EVENT_WIDTH);
	fputs("  ", out);
	text_pad(out, lasted, LASTED_WIDTH);
	put_blanks(out, 4);
}

static void put_rung(struct format *format, const struct rung *rung)
{
	FILE *out = format->out;
	unsigned int i;

	put_left(out, rung);
	if (rung->segments[0].arrow == ARROW_NONE)
		put_lines(out, pen()->line);
	else
		put_segment(format, &rung->segments[0]);
	fprintf(out, "%s%s\n", rung->note[0] ? "  " : "", rung->note);
	for (i = 1; i < RUNG_ARROWS; i++) {
		if (rung->segments[i].arrow == ARROW_NONE)
			continue;
		put_blanks(out, MARGIN);
		put_segment(format, &rung->segments[i]);
		fputc('\n', out);
	}
}

/* A text centred on a column; returns the column after it. */
static int put_centred(FILE *out, int at, int centre, const char *text)
{
	int width = text_width(text, strlen(text)), start = centre - width / 2;

	if (start < at)
		start = at;
	put_blanks(out, start - at);
	fputs(text, out);
	return start + width;
}

static void put_ends(FILE *out, const char *local, const char *remote)
{
	int at = put_centred(out, 0, MARGIN, local);

	put_centred(out, at, MARGIN + SPAN + 1, remote);
	fputc('\n', out);
}

static void put_heading(const struct life *life, FILE *out)
{
	char local[80], remote[80];
	int at;

	text_pad(out, "TIME", TIME_WIDTH);
	fputs("  ", out);
	text_pad(out, "EVENT", -EVENT_WIDTH);
	fputs("  ", out);
	text_pad(out, "LASTED", LASTED_WIDTH);
	at = put_centred(out, TIME_WIDTH + EVENT_WIDTH + LASTED_WIDTH + 4,
			 MARGIN, "local");
	put_centred(out, at, MARGIN + SPAN + 1, "remote");
	fputc('\n', out);
	text_endpoint(local, life, true);
	text_endpoint(remote, life, false);
	/* IPv6 addresses may be too long to stand side by side. */
	if (text_width(local, strlen(local)) < SPAN &&
	    text_width(remote, strlen(remote)) < SPAN)
		put_ends(out, local, remote);
}

/* One blank line a step in time, a dotted one for a long step. */
static void put_step(FILE *out, uint64_t from, uint64_t to)
{
	if (to > from)
		put_spacer(out, to - from >= LONG_US ? pen()->dots :
						       pen()->line);
}

/* Where a connection that is not over stands now. */
static void put_now(const struct life *life, uint64_t last, FILE *out)
{
	const char *state = names_word(&state_names, life->state);
	char time[32] = TEXT_UNKNOWN;

	if (life->state == TCPLIFE_STATE_CLOSE || !state)
		return;
	if (LIFE_HAS(life, DURATION_US)) {
		text_duration(time, life->duration_us);
		put_step(out, last, life->duration_us);
	}
	text_pad(out, time, TIME_WIDTH);
	fputs("  ", out);
	text_pad(out, "now", -EVENT_WIDTH);
	put_blanks(out, MARGIN - TIME_WIDTH - 2 - EVENT_WIDTH);
	put_lines(out, pen()->line);
	fprintf(out, "  still %s\n", state);
}

static void put_omitted(const struct life *life, FILE *out)
{
	if (!life->timeline_omitted)
		return;
	fprintf(out, "%*s  %u more events found no room on the timeline\n",
		TIME_WIDTH, "...", life->timeline_omitted);
}

static void ladder_record(struct format *format, const void *record)
{
	const struct life *life = record;
	struct rung rung;
	uint64_t last = 0;
	unsigned int i;

	ladder_head(life, format->out);
	if (!life->timeline_count) {
		fputs("no timeline was recorded\n", format->out);
		return;
	}
	put_heading(life, format->out);
	put_spacer(format->out, pen()->line);
	for (i = 0; i < life->timeline_count; i++) {
		ladder_plan(life, i, &rung);
		put_step(format->out, last, rung.us);
		put_rung(format, &rung);
		last = rung.us;
	}
	put_omitted(life, format->out);
	put_now(life, last, format->out);
}

const struct format_ops format_ladder = {
	.record = ladder_record,
};
