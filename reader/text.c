// SPDX-License-Identifier: GPL-2.0
/*
 * Owns how times, sizes, addresses and names are written for people: with a
 * unit, short, and harmless to a terminal.  Integer arithmetic only.
 */
#include <arpa/inet.h>
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>
#include <wctype.h>

#include "put.h"
#include "text.h"

#define US_PER_MS	1000ull
#define US_PER_S	1000000ull
#define US_PER_MIN	(60 * US_PER_S)
#define US_PER_H	(60 * US_PER_MIN)
#define US_PER_D	(24 * US_PER_H)

/* Lengths of "2026-01-02 " and of "2026-01-02 03:04:05". */
#define DATE_LEN	11
#define CLOCK_LEN	19

/* Microseconds, in UTF-8. */
#define MICRO		"µs"
#define MICRO_LEN	(sizeof(MICRO) - 1)

/* Set once at start: may the output hold more than ASCII? */
static bool utf8_output;

/**
 * text_init - take over the user's locale
 */
void text_init(void)
{
	setlocale(LC_CTYPE, "");
	utf8_output = !strcmp(nl_langinfo(CODESET), "UTF-8");
}

/**
 * text_set_utf8 - decide by hand what text_init() learns from the locale
 * @utf8: may the output hold more than ASCII?
 */
void text_set_utf8(bool utf8)
{
	utf8_output = utf8;
}

/**
 * text_utf8 - may the output hold more than ASCII?
 *
 * Return: true if so.
 */
bool text_utf8(void)
{
	return utf8_output;
}

/**
 * text_color_wanted - is colour welcome on a file?
 * @fd: the file
 *
 * Return: true on a terminal that is not dumb, unless NO_COLOR is set
 * (no-color.org: to anything but nothing).
 */
bool text_color_wanted(int fd)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	if (no_color && *no_color)
		return false;
	return term && strcmp(term, "dumb") && isatty(fd);
}

/* A number, and behind a point its thousandths. */
static char *put_thousandths(char *to, uint64_t whole, unsigned int rest)
{
	to = put_number(to, whole);
	*to++ = '.';
	return put_digits(to, rest, 3);
}

/* A number of large units, and two digits of small ones. */
static char *put_units(char *to, uint64_t large, const char *large_unit,
		       unsigned int small, const char *small_unit)
{
	to = put_text(put_number(to, large), large_unit);
	return put_text(put_digits(to, small, 2), small_unit);
}

/**
 * text_duration - write a time span, as 12.345 ms
 * @to: result, TEXT_SHORT bytes
 * @us: microseconds
 *
 * Return: its end.
 */
char *text_duration(char *to, uint64_t us)
{
	if (us < US_PER_MS)
		return put_text(put_number(to, us), utf8_output ? " " MICRO : " us");
	if (us < US_PER_S)
		return put_text(put_thousandths(to, us / 1000, us % 1000), " ms");
	if (us < US_PER_MIN)
		return put_text(put_thousandths(to, us / US_PER_S,
						us % US_PER_S / 1000), " s");
	if (us < US_PER_H)
		return put_units(to, us / US_PER_MIN, " min ",
				 us % US_PER_MIN / US_PER_S, " s");
	if (us < US_PER_D)
		return put_units(to, us / US_PER_H, " h ",
				 us % US_PER_H / US_PER_MIN, " min");
	return put_units(to, us / US_PER_D, " d ", us % US_PER_D / US_PER_H,
			 " h");
}

/**
 * text_short_duration - write a time span with two or three digits, as 12ms
 * @to: result, TEXT_SHORT bytes
 * @us: microseconds
 *
 * Return: its end.
 */
char *text_short_duration(char *to, uint64_t us)
{
	static const struct {
		const char	*unit;
		uint64_t	us;
	} units[] = { { "ms", US_PER_MS }, { "s", US_PER_S } };
	size_t i = us >= US_PER_S;
	uint64_t whole = us / units[i].us;

	if (us < US_PER_MS)
		return put_text(put_number(to, us), utf8_output ? MICRO : "us");
	to = put_number(to, whole);
	if (whole < 10) {
		*to++ = '.';
		to = put_digits(to, us % units[i].us / (units[i].us / 10), 1);
	}
	return put_text(to, units[i].unit);
}

/**
 * text_share - write a share as a decimal fraction, as 0.123
 * @to: result, TEXT_SHORT bytes
 * @thousandths: the share
 *
 * Return: its end.
 */
char *text_share(char *to, uint32_t thousandths)
{
	return put_thousandths(to, thousandths / 1000, thousandths % 1000);
}

/**
 * text_bytes - write a size, as 12.3 kB (1000 bytes are one kB)
 * @to: result, TEXT_SHORT bytes
 * @bytes: the size
 *
 * Return: its end.
 */
char *text_bytes(char *to, uint64_t bytes)
{
	static const char *const units[] = {
		" kB", " MB", " GB", " TB", " PB", " EB"
	};
	uint64_t unit = 1000;
	size_t i = 0;

	if (bytes < 1000)
		return put_text(put_number(to, bytes), " B");
	while (bytes / unit >= 1000) {
		unit *= 1000;
		i++;
	}
	to = put_number(to, bytes / unit);
	*to++ = '.';
	to = put_digits(to, bytes % unit / (unit / 10), 1);
	return put_text(to, units[i]);
}

/* Write a second, to TEXT_SHORT bytes; false if there is no such time. */
static bool text_seconds(char *to, time_t seconds)
{
	struct tm tm;

	return localtime_r(&seconds, &tm) &&
	       strftime(to, TEXT_SHORT, "%Y-%m-%d %H:%M:%S", &tm) == CLOCK_LEN;
}

/**
 * text_clock - write a moment in local time
 * @to: result, TEXT_SHORT bytes
 * @ns: nanoseconds since 1970, which end in the year 2554
 * @date: with the date
 *
 * Many connections begin in the same few seconds, so the last ones are kept.
 *
 * Return: its end.
 */
char *text_clock(char *to, uint64_t ns, bool date)
{
	static struct {
		time_t	seconds;
		char	text[TEXT_SHORT];
	} kept[16];
	time_t seconds = ns / 1000000000;
	unsigned int i = seconds % 16, skip = date ? 0 : DATE_LEN;

	if (kept[i].seconds != seconds || !*kept[i].text) {
		kept[i].seconds = seconds;
		if (!text_seconds(kept[i].text, seconds)) {
			*kept[i].text = '\0';
			return put_text(to, TEXT_UNKNOWN);
		}
	}
	memcpy(to, kept[i].text + skip, CLOCK_LEN - skip);
	to += CLOCK_LEN - skip;
	*to++ = '.';
	return put_digits(to, ns % 1000000000 / 1000000, 3);
}

static char *put_ipv4(char *to, const uint8_t *bytes)
{
	unsigned int i;

	for (i = 0; i < 4; i++) {
		if (i)
			*to++ = '.';
		to = put_octet(to, bytes[i]);
	}
	return to;
}

/**
 * text_address - write an IP address in numbers
 * @to: result, TEXT_ADDRESS bytes
 * @addr: the address
 *
 * Return: its end.
 */
char *text_address(char *to, const struct address *addr)
{
	if (addr->len == 4)
		return put_ipv4(to, addr->bytes);
	if (!addr->len ||
	    !inet_ntop(AF_INET6, addr->bytes, to, INET6_ADDRSTRLEN))
		return put_text(to, TEXT_UNKNOWN);
	return to + strlen(to);
}

/* An address and what comes before a port. */
static char *put_address_colon(char *to, const struct address *addr)
{
	if (addr->len != 16) {
		to = text_address(to, addr);
	} else {
		*to++ = '[';
		to = text_address(to, addr);
		*to++ = ']';
	}
	*to++ = ':';
	return to;
}

/**
 * text_address_port - write an address and a port, as 192.0.2.1:80 or [::1]:80
 * @to: result, TEXT_ADDRESS bytes
 * @addr: the address
 * @known: is the port known?
 * @port: the port
 *
 * Return: its end.
 */
char *text_address_port(char *to, const struct address *addr, bool known,
			uint16_t port)
{
	to = put_address_colon(to, addr);
	return known ? put_number(to, port) : put_text(to, TEXT_UNKNOWN);
}

/**
 * text_endpoint - write one end of a connection
 * @to: result, TEXT_ADDRESS bytes
 * @life: the connection
 * @local: which end
 *
 * Return: its end.
 */
char *text_endpoint(char *to, const struct life *life, bool local)
{
	if (!local)
		return text_address_port(to, &life->remote_addr,
					 LIFE_HAS(life, REMOTE_PORT),
					 life->remote_port);
	to = put_address_colon(to, &life->local_addr);
	return LIFE_HAS(life, LOCAL_PORT) ? put_number(to, life->local_port) :
					    put_text(to, TEXT_NONE);
}

/* Printable wherever we run, and no backslash, which begins an escape. */
static bool is_plain(char c)
{
	return c >= ' ' && c <= '~' && c != '\\';
}

/* One character of @from to @to; how many bytes of @from that was. */
static size_t safe_char(char *to, size_t size, const char *from, size_t left)
{
	mbstate_t state;
	wchar_t wide;
	size_t len;

	memset(&state, 0, sizeof(state));
	len = mbrtowc(&wide, from, left, &state);
	if (len && len < (size_t)-2 && iswprint(wide) &&
	    (len == 1 || utf8_output) && wide != '\\') {
		snprintf(to, size, "%.*s", (int)len, from);
		return len;
	}
	snprintf(to, size, "\\x%02x", (unsigned char)*from);
	return 1;
}

/**
 * text_safe - write a name that some program chose
 * @to: result
 * @size: of @to
 * @from: the name: any bytes
 *
 * What is not printable becomes \xNN, so that no process can name itself into
 * the user's terminal.
 *
 * Return: the end of the result.
 */
char *text_safe(char *to, size_t size, const char *from)
{
	const char *last = to + size - 1;
	char one[16];

	while (*from && to < last) {
		size_t step, len;

		if (is_plain(*from)) {
			*to++ = *from++;
			continue;
		}
		step = safe_char(one, sizeof(one), from, strlen(from));
		len = strlen(one);
		if (len > (size_t)(last - to))
			break;
		to = put_text(to, one);
		from += step;
	}
	*to = '\0';
	return to;
}

/**
 * text_wide_width - as text_width(), for a text that is not ASCII
 * @text: the text
 * @len: its length in bytes
 *
 * Return: the number of columns.
 */
size_t text_wide_width(const char *text, size_t len)
{
	wchar_t wide[TEXT_CELL];
	size_t count;
	int width;

	if (utf8_output && len > MICRO_LEN &&
	    !memcmp(text + len - MICRO_LEN, MICRO, MICRO_LEN) &&
	    text_is_ascii(text, len - MICRO_LEN))
		return len - MICRO_LEN + strlen("us");
	count = mbstowcs(wide, text, TEXT_CELL);
	if (count == (size_t)-1 || count == TEXT_CELL)
		return len;
	width = wcswidth(wide, count);
	return width < 0 ? len : (size_t)width;
}

/**
 * text_pad - print a text in a column
 * @out: where to
 * @text: the text, never cut
 * @width: of the column; negative: to the left in it
 */
void text_pad(FILE *out, const char *text, int width)
{
	int blanks = abs(width) - (int)text_width(text, strlen(text));

	if (blanks < 0)
		blanks = 0;
	if (width < 0)
		fprintf(out, "%s%*s", text, blanks, "");
	else
		fprintf(out, "%*s%s", blanks, "", text);
}
