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

#include "text.h"

#define US_PER_MS	1000ull
#define US_PER_S	1000000ull
#define US_PER_MIN	(60 * US_PER_S)
#define US_PER_H	(60 * US_PER_MIN)
#define US_PER_D	(24 * US_PER_H)

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

/**
 * text_duration - write a time span, as 12.345 ms
 * @to: result
 * @size: of @to
 * @us: microseconds
 */
void text_duration(char *to, size_t size, uint64_t us)
{
	unsigned long long t = us;

	if (us < US_PER_MS)
		snprintf(to, size, "%llu %s", t, utf8_output ? "µs" : "us");
	else if (us < US_PER_S)
		snprintf(to, size, "%llu.%03llu ms", t / 1000, t % 1000);
	else if (us < US_PER_MIN)
		snprintf(to, size, "%llu.%03llu s", t / US_PER_S,
			 t % US_PER_S / 1000);
	else if (us < US_PER_H)
		snprintf(to, size, "%llu min %02llu s", t / US_PER_MIN,
			 t % US_PER_MIN / US_PER_S);
	else if (us < US_PER_D)
		snprintf(to, size, "%llu h %02llu min", t / US_PER_H,
			 t % US_PER_H / US_PER_MIN);
	else
		snprintf(to, size, "%llu d %02llu h", t / US_PER_D,
			 t % US_PER_D / US_PER_H);
}

/**
 * text_short_duration - write a time span with two or three digits, as 12ms
 * @to: result
 * @size: of @to
 * @us: microseconds
 */
void text_short_duration(char *to, size_t size, uint64_t us)
{
	static const struct {
		const char	*unit;
		uint64_t	us;
	} units[] = { { "ms", US_PER_MS }, { "s", US_PER_S } };
	size_t i = us >= US_PER_S;
	unsigned long long whole = us / units[i].us;

	if (us < US_PER_MS)
		snprintf(to, size, "%u%s", (unsigned int)us,
			 utf8_output ? "µs" : "us");
	else if (whole < 10)
		snprintf(to, size, "%llu.%llu%s", whole, (unsigned long long)
			 (us % units[i].us / (units[i].us / 10)),
			 units[i].unit);
	else
		snprintf(to, size, "%llu%s", whole, units[i].unit);
}

/**
 * text_share - write a share as a decimal fraction, as 0.123
 * @to: result
 * @size: of @to
 * @thousandths: the share
 */
void text_share(char *to, size_t size, uint32_t thousandths)
{
	snprintf(to, size, "%u.%03u", thousandths / 1000, thousandths % 1000);
}

/**
 * text_bytes - write a size, as 12.3 kB (1000 bytes are one kB)
 * @to: result
 * @size: of @to
 * @bytes: the size
 */
void text_bytes(char *to, size_t size, uint64_t bytes)
{
	static const char *const units[] = { "kB", "MB", "GB", "TB", "PB", "EB" };
	uint64_t unit = 1000;
	size_t i = 0;

	if (bytes < 1000) {
		snprintf(to, size, "%llu B", (unsigned long long)bytes);
		return;
	}
	while (bytes / unit >= 1000) {
		unit *= 1000;
		i++;
	}
	snprintf(to, size, "%llu.%llu %s", (unsigned long long)(bytes / unit),
		 (unsigned long long)(bytes % unit / (unit / 10)), units[i]);
}

/**
 * text_clock - write a moment in local time
 * @to: result
 * @size: of @to
 * @ns: nanoseconds since 1970
 * @date: with the date
 */
void text_clock(char *to, size_t size, uint64_t ns, bool date)
{
	time_t seconds = ns / 1000000000;
	struct tm tm;
	size_t used;

	if (!localtime_r(&seconds, &tm)) {
		snprintf(to, size, TEXT_UNKNOWN);
		return;
	}
	used = strftime(to, size, date ? "%Y-%m-%d %H:%M:%S" : "%H:%M:%S", &tm);
	snprintf(to + used, size - used, ".%03u",
		 (unsigned int)(ns % 1000000000 / 1000000));
}

/**
 * text_address - write an IP address in numbers
 * @to: result
 * @size: of @to, at least INET6_ADDRSTRLEN
 * @addr: the address
 */
void text_address(char *to, size_t size, const struct address *addr)
{
	int family = addr->len == 4 ? AF_INET : AF_INET6;

	if (!addr->len || !inet_ntop(family, addr->bytes, to, size))
		snprintf(to, size, TEXT_UNKNOWN);
}

/**
 * text_address_port - write an address and a port, as 192.0.2.1:80 or [::1]:80
 * @to: result
 * @size: of @to
 * @addr: the address
 * @port: the port
 */
void text_address_port(char *to, size_t size, const struct address *addr,
		       const char *port)
{
	char text[INET6_ADDRSTRLEN];

	text_address(text, sizeof(text), addr);
	snprintf(to, size, addr->len == 16 ? "[%s]:%s" : "%s:%s", text, port);
}

/**
 * text_endpoint - write one end of a connection
 * @to: result
 * @size: of @to
 * @life: the connection
 * @local: which end
 */
void text_endpoint(char *to, size_t size, const struct life *life, bool local)
{
	const struct address *addr = local ? &life->local_addr :
					     &life->remote_addr;
	unsigned int number = local ? life->local_port : life->remote_port;
	char port[8] = TEXT_UNKNOWN;

	if (local && !LIFE_HAS(life, LOCAL_PORT))
		snprintf(port, sizeof(port), TEXT_NONE);
	else if (local || LIFE_HAS(life, REMOTE_PORT))
		snprintf(port, sizeof(port), "%u", number);
	text_address_port(to, size, addr, port);
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
 */
void text_safe(char *to, size_t size, const char *from)
{
	size_t left = strlen(from), used = 0;
	char one[16];

	to[0] = '\0';
	while (left) {
		size_t step = safe_char(one, sizeof(one), from, left);

		if (used + strlen(one) >= size)
			break;
		strcpy(to + used, one);
		used += strlen(one);
		from += step;
		left -= step;
	}
}

/**
 * text_width - columns that a text takes on a terminal
 * @text: the text
 *
 * Return: the number of columns.
 */
size_t text_width(const char *text)
{
	wchar_t wide[TEXT_CELL];
	size_t len = mbstowcs(wide, text, TEXT_CELL);
	int width;

	if (len == (size_t)-1 || len == TEXT_CELL)
		return strlen(text);
	width = wcswidth(wide, len);
	return width < 0 ? strlen(text) : (size_t)width;
}

/**
 * text_pad - print a text in a column
 * @out: where to
 * @text: the text, never cut
 * @width: of the column; negative: to the left in it
 */
void text_pad(FILE *out, const char *text, int width)
{
	int blanks = abs(width) - (int)text_width(text);

	if (blanks < 0)
		blanks = 0;
	if (width < 0)
		fprintf(out, "%s%*s", text, blanks, "");
	else
		fprintf(out, "%*s%s", blanks, "", text);
}
