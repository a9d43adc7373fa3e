// SPDX-License-Identifier: GPL-2.0
/*
 * The detector of SYN floods, function by function; test_flood_corpus.c has whole
 * floods.
 */
#include "unit.h"
#include "flood.h"
#include "flood_syn.h"

#define STATE(name)	TCPLIFE_FLOOD_STATE_##name
#define SPREAD(name)	TCPLIFE_SPREAD_##name
#define MS		1000000ULL
#define SECOND		1000000000ULL
#define BEGIN		(1000 * SECOND)
#define LIFETIME	(63 * SECOND)
#define KEY		0x5eed

static const struct tcplife_flood_limits limits = {
	.rate = 20, .share = 50, .evidence = 15, .lifetime_ns = LIFETIME,
};

/* A detector, the time, and the next address. */
struct bench {
	struct tcplife_flood f;
	u64 now;
	u32 next;
};

static void begin(struct bench *b)
{
	memset(b, 0xa5, sizeof(*b));
	b->now = BEGIN;
	b->next = 1;
	tcplife_flood_begin(&b->f, &limits, b->now);
}

static struct tcplife_flood_source from(u32 addr)
{
	u8 bytes[4] = { addr >> 24, addr >> 16, addr >> 8, addr };
	struct tcplife_flood_source source;

	tcplife_flood_source(&source, 4, bytes, KEY);
	return source;
}

/* An address whose /24 is of no other. */
static struct tcplife_flood_source somebody(struct bench *b)
{
	return from(b->next++ << 8 | 9);
}

enum way { OPEN, ANSWER, RESET, FORGIVE, GONE, COOKIE, VALID, DROP, UNSEEN };

/* A SYN, and what becomes of it ten milliseconds later. */
static void one(struct bench *b, enum way way)
{
	struct tcplife_flood_source source = somebody(b);
	u64 birth = b->now, then = birth + 10 * MS;

	flood_syn(&b->f, &source, way == DROP, birth);
	if (way == COOKIE || way == VALID)
		tcplife_flood_cookie_sent(&b->f, birth);
	else if (way != DROP)
		tcplife_flood_half_open(&b->f, birth);
	if (way == ANSWER)
		tcplife_flood_answered(&b->f, source.family, source.address, birth, then);
	if (way == RESET)
		tcplife_flood_reset(&b->f, source.family, source.address, birth, then);
	if (way == FORGIVE)
		tcplife_flood_forgive(&b->f, birth, then);
	if (way == GONE)
		tcplife_flood_gone(&b->f, then);
	if (way == UNSEEN)
		tcplife_flood_unseen(&b->f, birth, birth);
	if (way == VALID)
		tcplife_flood_cookie_valid(&b->f, source.family, source.address, then);
}

static void many(struct bench *b, enum way way, unsigned int rate, u64 ns)
{
	u64 end = b->now + ns;

	for (; b->now < end; b->now += SECOND / rate)
		one(b, way);
}

static void pass(struct bench *b, u64 ns)
{
	b->now += ns;
	tcplife_flood_advance(&b->f, b->now);
}

static struct tcplife_flood_report told(struct bench *b)
{
	struct tcplife_flood_report report;

	tcplife_flood_report(&b->f, &report);
	return report;
}

static const struct course {
	const char *name;
	enum way way;
	unsigned int rate;
	u8 state;		/* after five seconds of it */
	u32 completion;
	u32 unanswered;
} courses[] = {
	{ "left open, 200/s", OPEN, 200, STATE(FLOOD), 0, 1000 },
	{ "left open, 10/s", OPEN, 10, STATE(QUIET), 0, 50 },
	{ "answered, 200/s", ANSWER, 200, STATE(QUIET), 1000, 0 },
	{ "forgiven, 200/s", FORGIVE, 200, STATE(QUIET), 1000, 0 },
	{ "gone, 200/s", GONE, 200, STATE(FLOOD), 0, 0 },
	{ "reset, 150/s", RESET, 150, STATE(QUIET), 0, 0 },
	{ "reset, 800/s", RESET, 800, STATE(FLOOD), 0, 0 },
	{ "cookies, 200/s", COOKIE, 200, STATE(FLOOD), 0, 0 },
	{ "cookies that come back, 200/s", VALID, 200, STATE(QUIET), 1000, 0 },
	{ "dropped and nothing else, 200/s", DROP, 200, STATE(QUIET), 0, 0 },
};

static void test_course(void **state)
{
	const struct course *row = *state;
	struct tcplife_flood_report report;
	struct bench b;

	begin(&b);
	many(&b, row->way, row->rate, 5 * SECOND);
	report = told(&b);
	assert_int_equal(report.state, row->state);
	assert_true(report.has_completion);
	assert_int_equal(report.completion, row->completion);
	assert_int_equal(b.f.unanswered, row->unanswered);
	assert_in_range(report.syn_rate, row->rate * 95 / 100,
			row->rate * 105 / 100);
	assert_in_range(report.syn_rate_peak, report.syn_rate,
			row->rate * 105 / 100);
}

/* Nothing happened: nothing is known. */
static void test_nothing(void **state)
{
	struct tcplife_flood_report report;
	struct bench b;

	(void)state;
	begin(&b);
	report = told(&b);
	assert_int_equal(report.state, STATE(QUIET));
	assert_int_equal(report.spread, SPREAD(UNKNOWN));
	assert_false(report.has_completion);
	assert_int_equal(report.distinct, 0);
	assert_int_equal(report.tops, 0);
	assert_false(tcplife_flood_needs_time(&b.f));
}

static const struct gap {
	const char *name;
	u64 ns;
	u8 state;	/* of a flood so long after it */
	u8 suspected;	/* of a suspicion */
} gaps[] = {
	{ "none", 0, STATE(FLOOD), STATE(SUSPECTED) },
	{ "a second", SECOND, STATE(FLOOD), STATE(SUSPECTED) },
	{ "ten seconds", 10 * SECOND, STATE(ENDING), STATE(QUIET) },
	{ "a minute", 60 * SECOND, STATE(ENDING), STATE(QUIET) },
	{ "75 seconds", 75 * SECOND, STATE(QUIET), STATE(QUIET) },
	{ "a day", 86400 * SECOND, STATE(QUIET), STATE(QUIET) },
	{ "ten years", 315360000 * SECOND, STATE(QUIET), STATE(QUIET) },
};

/* A silence in one leap; and a clock that goes back stands still. */
static void test_gap(void **state)
{
	const struct gap *row = *state;
	struct bench b;

	begin(&b);
	many(&b, OPEN, 500, 3 * SECOND);
	assert_int_equal(b.f.state, STATE(FLOOD));
	pass(&b, row->ns);
	assert_int_equal(b.f.state, row->state);
	assert_int_equal(b.f.now, b.now >> TCPLIFE_FLOOD_WINDOW_BITS);
	tcplife_flood_advance(&b.f, BEGIN);
	assert_int_equal(b.f.now, b.now >> TCPLIFE_FLOOD_WINDOW_BITS);

	begin(&b);
	while (b.f.state == STATE(QUIET))
		many(&b, OPEN, 30, 50 * MS);
	assert_int_equal(b.f.state, STATE(SUSPECTED));
	/* What waits for its deadline must not make it a flood. */
	memset(b.f.windows, 0, sizeof(b.f.windows));
	pass(&b, row->ns);
	assert_int_equal(b.f.state, row->suspected);
}

/* A flood ends, begins again while ending, and again after peace. */
static void test_again(void **state)
{
	struct tcplife_flood_report report;
	struct bench b;
	int i;

	(void)state;
	begin(&b);
	many(&b, OPEN, 500, 10 * SECOND);
	assert_int_equal(b.f.floods, 1);
	report = told(&b);
	assert_in_range(report.totals.syns, 4990, 5000);
	assert_in_range(report.since_ns, BEGIN - 40 * MS, BEGIN + 40 * MS);
	assert_in_range(report.distinct, 4500, 5500);
	for (i = 0; i < 100; i++)
		pass(&b, 100 * MS);
	assert_int_equal(b.f.state, STATE(ENDING));
	assert_true(tcplife_flood_needs_time(&b.f));
	many(&b, OPEN, 500, 2 * SECOND);
	assert_int_equal(b.f.state, STATE(FLOOD));
	assert_int_equal(b.f.floods, 2);
	/* Everything left half open expires: what is left is not of it. */
	while (b.f.unanswered)
		tcplife_flood_gone(&b.f, b.now);
	for (i = 0; i < 100; i++)
		pass(&b, 100 * MS);
	assert_int_equal(b.f.state, STATE(QUIET));
	report = told(&b);
	assert_int_equal(report.totals.syns, 0);
	assert_int_equal(report.distinct, 0);
	assert_int_equal(report.syn_rate_peak, 0);
	many(&b, COOKIE, 500, 2 * SECOND);
	assert_int_equal(b.f.floods, 3);
	assert_int_equal(told(&b).totals.cookies, told(&b).totals.syns);
}

/* More ends than began, births in the future and long ago: no count wraps. */
static void test_never_below_zero(void **state)
{
	struct tcplife_flood_source source = from(7);
	struct bench b;
	unsigned int i;

	(void)state;
	begin(&b);
	tcplife_flood_half_open(&b.f, b.now);
	for (i = 0; i < 3; i++) {
		tcplife_flood_answered(&b.f, source.family, source.address, b.now, b.now);
		tcplife_flood_forgive(&b.f, b.now + SECOND, b.now);
		tcplife_flood_forgive(&b.f, b.now - 100 * SECOND, b.now);
		tcplife_flood_reset(&b.f, source.family, source.address, 0, b.now);
		tcplife_flood_gone(&b.f, b.now);
		tcplife_flood_cookie_valid(&b.f, source.family, source.address, b.now);
	}
	assert_int_equal(b.f.unanswered, 0);
	assert_int_equal(b.f.outstanding, 0);
	for (i = 0; i < TCPLIFE_FLOOD_WINDOWS; i++) {
		assert_int_equal(b.f.windows[i].open, 0);
		assert_int_equal(b.f.windows[i].unproved, 0);
		assert_int_equal(b.f.windows[i].unproved_newest, 0);
	}
}

/* Evidence stops at what makes a flood, however long it lasts. */
static void test_saturates(void **state)
{
	struct bench b;

	(void)state;
	begin(&b);
	many(&b, OPEN, 20000, 6 * SECOND);
	assert_int_equal(b.f.state, STATE(FLOOD));
	assert_true(b.f.early < 1000 * 256 && b.f.late <= b.f.early);
}

/* A cookie that comes back answers the oldest SYN, and apart the newest. */
static void test_cookie_both_ways(void **state)
{
	struct tcplife_flood_source source = from(1);
	struct tcplife_flood_window *first, *last;
	struct bench b;

	(void)state;
	begin(&b);
	first = &b.f.windows[b.f.now % TCPLIFE_FLOOD_WINDOWS];
	tcplife_flood_cookie_sent(&b.f, b.now);
	pass(&b, 300 * MS);
	last = &b.f.windows[b.f.now % TCPLIFE_FLOOD_WINDOWS];
	tcplife_flood_cookie_sent(&b.f, b.now);
	tcplife_flood_cookie_valid(&b.f, source.family, source.address, b.now);
	assert_int_equal(first->unproved, 0);
	assert_int_equal(last->unproved, 1);
	assert_int_equal(first->unproved_newest, 1);
	assert_int_equal(last->unproved_newest, 0);
	tcplife_flood_cookie_valid(&b.f, source.family, source.address, b.now);
	assert_int_equal(last->unproved, 0);
	assert_int_equal(first->unproved_newest, 0);
}

/* Many good clients, each with an address of its own, do not hide who floods. */
static void test_crowd_hides_nobody(void **state)
{
	struct tcplife_flood_source bad = from(7);
	unsigned int i;
	struct bench b;

	(void)state;
	begin(&b);
	for (i = 0; i < 75000; i++, b.now += SECOND / 15000) {
		if (i % 5 < 2) {
			one(&b, ANSWER);
			continue;
		}
		flood_syn(&b.f, &bad, false, b.now);
		tcplife_flood_half_open(&b.f, b.now);
	}
	assert_int_equal(told(&b).state, STATE(FLOOD));
	assert_int_equal(told(&b).spread, SPREAD(FEW));
	assert_memory_equal(told(&b).top[0].address, bad.address, 4);
	assert_true(told(&b).top[0].syns > 20000);
	begin(&b);
	for (i = 0; i < 75000; i++, b.now += SECOND / 15000)
		one(&b, i % 5 < 2 ? ANSWER : OPEN);
	assert_int_equal(told(&b).state, STATE(FLOOD));
	assert_int_equal(told(&b).spread, SPREAD(RANDOM));
}

/* A cookie that is not sent leaves nothing behind, and is taken back once. */
static void test_cookie_unsent(void **state)
{
	struct tcplife_flood_window *first;
	struct bench b;

	(void)state;
	begin(&b);
	first = &b.f.windows[b.f.now % TCPLIFE_FLOOD_WINDOWS];
	tcplife_flood_cookie_sent(&b.f, b.now);
	pass(&b, 100 * MS);
	tcplife_flood_cookie_unsent(&b.f, BEGIN);
	tcplife_flood_cookie_unsent(&b.f, BEGIN);
	tcplife_flood_cookie_unsent(&b.f, BEGIN - 100 * SECOND);
	assert_int_equal(first->cookies, 0);
	assert_int_equal(first->unproved, 0);
	assert_int_equal(first->unproved_newest, 0);
	assert_int_equal(told(&b).totals.cookies, 0);
}

static const struct fate {
	const char *name;
	enum way admitted;
	u8 state;
} fates[] = {
	{ "admitted SYNs are left open", OPEN, STATE(FLOOD) },
	{ "admitted SYNs are answered", ANSWER, STATE(QUIET) },
};

/* A few find room on record, and the many that do not are taken to fare alike. */
static void test_unseen(void **state)
{
	static const enum way ways[] = { OPEN, ANSWER };
	unsigned int n, i;
	struct bench b;

	(void)state;
	for (i = 0; i < 2; i++) {
		begin(&b);
		for (n = 0; n < 1000; n++, b.now += 5 * MS)
			one(&b, n % 20 ? UNSEEN : ways[i]);
		assert_int_equal(told(&b).state, i ? STATE(QUIET) : STATE(FLOOD));
		assert_true(told(&b).has_completion);
		assert_int_equal(told(&b).completion, i ? 1000 : 0);
		assert_int_equal(told(&b).totals.dropped, 0);
		assert_int_equal(b.f.unanswered, i ? 0 : 50);
	}
}

/* A few SYNs find room, and the many dropped share their fate. */
static void test_fate(void **state)
{
	const struct fate *row = *state;
	struct bench b;
	int i;

	begin(&b);
	for (i = 0; i < 16; i++)
		one(&b, row->admitted);
	many(&b, DROP, 500, 2 * SECOND);
	assert_int_equal(b.f.state, row->state);
	assert_in_range(told(&b).totals.dropped, 950, 1000);
}

static const struct spread {
	const char *name;
	u32 addrs;		/* that send in turn */
	u32 step;		/* between them */
	u32 syns;
	bool excused;		/* they complete */
	u8 spread;
	unsigned int tops;
} spreads[] = {
	{ "eight SYNs", 1, 0, 8, false, SPREAD(UNKNOWN), 0 },
	{ "nine SYNs of one", 1, 0, 9, false, SPREAD(FEW), 1 },
	{ "one", 1, 0, 500, false, SPREAD(FEW), 1 },
	{ "five", 5, 256, 500, false, SPREAD(FEW), 5 },
	{ "eight", 8, 256, 500, false, SPREAD(FEW), 8 },
	{ "a /24", 200, 1, 500, false, SPREAD(PREFIX), 1 },
	{ "five /24", 1000, 1, 1000, false, SPREAD(PREFIX), 4 },
	{ "all over", 500, 256, 500, false, SPREAD(RANDOM), 0 },
	{ "one that completes", 1, 0, 500, true, SPREAD(UNKNOWN), 0 },
};

static void test_spread(void **state)
{
	const struct spread *row = *state;
	struct tcplife_flood_source source;
	struct tcplife_flood_report report;
	struct bench b;
	unsigned int i;

	begin(&b);
	for (i = 0; i < row->syns; i++) {
		source = from(0xc6336400 + i % row->addrs * row->step);
		flood_syn(&b.f, &source, false, b.now);
		tcplife_flood_half_open(&b.f, b.now);
		if (row->excused)
			tcplife_flood_answered(&b.f, source.family, source.address, b.now, b.now);
	}
	report = told(&b);
	assert_int_equal(report.spread, row->spread);
	assert_int_equal(report.tops, row->tops);
	for (i = 1; i < report.tops; i++)
		assert_true(report.top[i - 1].syns >= report.top[i].syns);
	if (report.tops)
		assert_int_equal(report.top[0].address[0], 0xc6);
}

/* The tops come sorted, with what each sent. */
static void test_tops(void **state)
{
	static const u32 sent[] = { 3, 50, 20, 7 };
	static const u32 sorted[] = { 50, 20, 7, 3 };
	struct tcplife_flood_source source;
	struct tcplife_flood_report report;
	struct bench b;
	unsigned int i, n;

	(void)state;
	begin(&b);
	for (i = 0; i < ARRAY_SIZE(sent); i++) {
		source = from(i << 8);
		for (n = 0; n < sent[i]; n++)
			flood_syn(&b.f, &source, false, b.now);
		/* Of a crowded window not every SYN would be looked at. */
		b.now += 1ULL << TCPLIFE_FLOOD_WINDOW_BITS;
	}
	report = told(&b);
	assert_int_equal(report.tops, ARRAY_SIZE(sorted));
	for (i = 0; i < ARRAY_SIZE(sorted); i++)
		assert_int_equal(report.top[i].syns, sorted[i]);
	assert_int_equal(report.top[0].family, 4);
	assert_int_equal(report.distinct, 4);
}

/* Same address, same hashes; a neighbour shares the prefix only. */
static void test_source(void **state)
{
	static const u8 v6[3][16] = {
		{ 0x20, 1, 0xd, 0xb8, 0, 0, 0, 1, [15] = 1 },
		{ 0x20, 1, 0xd, 0xb8, 0, 0, 0, 1, [15] = 2 },
		{ 0x20, 1, 0xd, 0xb8, 0, 0, 0, 2, [15] = 1 },
	};
	struct tcplife_flood_source s[3], other;
	int family, i;

	(void)state;
	for (family = 4; family <= 6; family += 2) {
		for (i = 0; i < 3; i++)
			if (family == 6)
				tcplife_flood_source(&s[i], 6, v6[i], KEY);
			else
				s[i] = from((u32[]){ 0x0a000001, 0x0a000002,
						     0x0a000101 }[i]);
		assert_int_equal(s[0].family, family);
		assert_true(s[0].hash != s[1].hash && s[0].hash != s[2].hash);
		assert_true(tcplife_flood_prefix_hash(&s[0]) ==
			    tcplife_flood_prefix_hash(&s[1]));
		assert_true(tcplife_flood_prefix_hash(&s[0]) !=
			    tcplife_flood_prefix_hash(&s[2]));
	}
	assert_memory_equal(s[1].address, v6[1], 16);
	tcplife_flood_source(&other, 6, v6[0], KEY + 1);
	assert_true(other.hash != s[0].hash);
}

/* An answer tells whether time has gone on, which may have changed what is said. */
static void test_answer_tells_time(void **state)
{
	struct tcplife_flood_source source = from(7);
	struct bench b;

	(void)state;
	begin(&b);
	flood_syn(&b.f, &source, false, b.now);
	tcplife_flood_half_open(&b.f, b.now);
	assert_false(tcplife_flood_answered(&b.f, source.family, source.address, b.now,
					    b.now));
	assert_true(tcplife_flood_answered(&b.f, source.family, source.address, b.now,
					   b.now + SECOND));
	assert_false(tcplife_flood_answered(&b.f, source.family, source.address, b.now,
					    b.now));
}

/* When can time alone change something? */
static void test_needs_time(void **state)
{
	struct bench b;
	int i;

	(void)state;
	begin(&b);
	for (i = 0; i < 7; i++) {
		assert_false(tcplife_flood_needs_time(&b.f));
		one(&b, OPEN);
	}
	assert_true(tcplife_flood_needs_time(&b.f));
	while (b.f.unanswered)
		tcplife_flood_gone(&b.f, b.now);
	assert_false(tcplife_flood_needs_time(&b.f));
	one(&b, COOKIE);
	assert_true(tcplife_flood_needs_time(&b.f));
	pass(&b, 20 * SECOND);
	assert_false(tcplife_flood_needs_time(&b.f));
	many(&b, OPEN, 500, 700 * MS);
	while (b.f.unanswered)
		tcplife_flood_gone(&b.f, b.now);
	assert_true(b.f.early && tcplife_flood_needs_time(&b.f));
	/* Of a flood that has stopped nothing but its state speaks. */
	many(&b, OPEN, 500, 5 * SECOND);
	while (b.f.unanswered)
		tcplife_flood_gone(&b.f, b.now);
	assert_int_equal(b.f.state, TCPLIFE_FLOOD_STATE_FLOOD);
	while (b.f.state == TCPLIFE_FLOOD_STATE_FLOOD) {
		assert_true(tcplife_flood_needs_time(&b.f));
		pass(&b, 10 * MS);
	}
	assert_int_equal(b.f.state, TCPLIFE_FLOOD_STATE_ENDING);
	assert_false(b.f.early || b.f.late);
	assert_true(tcplife_flood_needs_time(&b.f));
}

/* In peace sources are forgotten, but those that a flood may begin with. */
static void test_forgets(void **state)
{
	struct bench b;

	(void)state;
	begin(&b);
	many(&b, ANSWER, 100, 20 * SECOND);
	assert_true(told(&b).distinct < 200);
	assert_true(b.f.now - b.f.epoch < 300);
	/* Always more than a few wait: forgotten after a minute. */
	begin(&b);
	many(&b, OPEN, 13, 60 * SECOND);
	assert_int_equal(b.f.state, STATE(QUIET));
	assert_true(b.f.epoch >= BEGIN >> TCPLIFE_FLOOD_WINDOW_BITS);
}

/* Within the first second of the clock nothing is out of bounds. */
static void test_time_zero(void **state)
{
	struct bench b;

	(void)state;
	begin(&b);
	b.now = 0;
	tcplife_flood_begin(&b.f, &limits, 0);
	many(&b, OPEN, 2000, SECOND);
	assert_int_equal(b.f.state, STATE(FLOOD));
}

int main(void)
{
	const struct CMUnitTest single[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_again),
		cmocka_unit_test(test_never_below_zero),
		cmocka_unit_test(test_saturates),
		cmocka_unit_test(test_cookie_both_ways),
		cmocka_unit_test(test_cookie_unsent),
		cmocka_unit_test(test_unseen),
		cmocka_unit_test(test_crowd_hides_nobody),
		cmocka_unit_test(test_tops),
		cmocka_unit_test(test_source),
		cmocka_unit_test(test_answer_tells_time),
		cmocka_unit_test(test_needs_time),
		cmocka_unit_test(test_forgets),
		cmocka_unit_test(test_time_zero),
	};
	struct CMUnitTest tests[ARRAY_SIZE(single) + ARRAY_SIZE(courses) +
				ARRAY_SIZE(gaps) + ARRAY_SIZE(fates) +
				ARRAY_SIZE(spreads)];
	struct CMUnitTest *next = tests + ARRAY_SIZE(single);

	memcpy(tests, single, sizeof(single));
	next += UNIT_ROWS(next, courses, test_course);
	next += UNIT_ROWS(next, gaps, test_gap);
	next += UNIT_ROWS(next, fates, test_fate);
	UNIT_ROWS(next, spreads, test_spread);
	return cmocka_run_group_tests_name("flood", tests, NULL, NULL);
}
