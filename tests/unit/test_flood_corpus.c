// SPDX-License-Identifier: GPL-2.0
/*
 * The verdict of the detector on floods and on what only looks like one, in a
 * model of a listening socket and its network.
 *
 * With TCPLIFE_CORPUS=1 a table tells how each row fared; TCPLIFE_CORPUS_SEEDS
 * is how many times each innocent runs, with other random numbers.
 */
#include "flood_net.h"

#define QUIET		TCPLIFE_FLOOD_STATE_QUIET
#define SUSPECTED	TCPLIFE_FLOOD_STATE_SUSPECTED
#define FLOOD		TCPLIFE_FLOOD_STATE_FLOOD
#define ENDING		TCPLIFE_FLOOD_STATE_ENDING
#define SPREAD(name)	TCPLIFE_SPREAD_##name

#define BEGIN_S		20	/* of floods */
#define LIFETIME_S	63
#define LARGE		(1U << 24)	/* a backlog that is never full */

static const struct tcplife_flood_limits limits = {
	.rate = 20, .share = 50, .evidence = 12,
	.lifetime_ns = LIFETIME_S * 1000000000ULL,
};

static struct net net;

static int setting(const char *name, int otherwise)
{
	const char *value = getenv(name);

	return value ? atoi(value) : otherwise;
}

static bool verbose(void)
{
	return setting("TCPLIFE_CORPUS", 0);
}

static const struct flood {
	const char *name;
	double rate;
	enum net_from from;
	unsigned int seconds;
	unsigned int within_ms;	/* it is found */
	u8 spread;
	int syncookies;
	u32 backlog;
	unsigned int on_s, off_s, ramp_s;
	struct net_traffic good;
} floods[] = {
#define NONE_GOOD	{ .rate = 0 }
#define GOOD(per_s, percent) \
	{ .kind = NET_GOOD, .rate = per_s, .rtt_ms = 50, .jitter_ms = 25, \
	  .loss = percent }
#define ROW(name, rate, from, seconds, within_ms, class, cookies, backlog, \
	    ...) \
	{ name, rate, from, seconds, within_ms, SPREAD(class), cookies, \
	  backlog, 0, 0, 0, __VA_ARGS__ }
#define FLOODS(name, from, class) \
	ROW("20/s, " name, 20, from, 60, 10000, class, 1, LARGE, NONE_GOOD), \
	ROW("50/s, " name, 50, from, 60, 3000, class, 1, 4096, NONE_GOOD), \
	ROW("200/s, " name, 200, from, 60, 1000, class, 1, 4096, NONE_GOOD), \
	ROW("2,000/s, " name, 2000, from, 60, 1000, class, 1, 4096, \
	    NONE_GOOD), \
	ROW("20,000/s, " name, 20000, from, 15, 1000, class, 1, 4096, NONE_GOOD)
	FLOODS("random addresses", NET_RANDOM, RANDOM),
	FLOODS("one address", NET_ONE, FEW),
	FLOODS("a /24", NET_PREFIX, PREFIX),
	FLOODS("random IPv6 addresses", NET_RANDOM_V6, RANDOM),
	FLOODS("a /64", NET_PREFIX_V6, PREFIX),
#define AMONG(name, rate, from, within_ms, class, cookies, backlog, ...) \
	ROW(name, rate, from, 60, within_ms, class, cookies, backlog, \
	    __VA_ARGS__)
	AMONG("20/s among 100/s good", 20, NET_RANDOM, 10000, RANDOM, 1, 4096,
	      GOOD(100, 0)),
	AMONG("50/s among 100/s good", 50, NET_RANDOM, 5000, RANDOM, 1, 4096,
	      GOOD(100, 0)),
	AMONG("50/s among 20/s good", 50, NET_RANDOM, 3000, RANDOM, 1, 4096,
	      GOOD(20, 0)),
	AMONG("200/s among 100/s good", 200, NET_RANDOM, 1500, RANDOM, 1, 4096,
	      GOOD(100, 0)),
	AMONG("2,000/s among 100/s good", 2000, NET_RANDOM, 1000, RANDOM, 1,
	      4096, GOOD(100, 0)),
	AMONG("2,000/s among 1,000/s good", 2000, NET_RANDOM, 1000, RANDOM, 1,
	      4096, GOOD(1000, 0)),
	AMONG("200/s among 100/s of 20 % loss", 200, NET_RANDOM, 1500, RANDOM,
	      1, 4096, GOOD(100, 20)),
	AMONG("2,000/s among 100/s of 20 % loss", 2000, NET_RANDOM, 1000,
	      RANDOM, 1, 4096, GOOD(100, 20)),
	AMONG("one address among 100/s good", 2000, NET_ONE, 1000, FEW, 1, 4096,
	      GOOD(100, 0)),
	AMONG("a /24 among 100/s good", 2000, NET_PREFIX, 1000, PREFIX, 1, 4096,
	      GOOD(100, 0)),
	AMONG("200/s among 100/s good, cookies only", 200, NET_RANDOM, 1500,
	      RANDOM, 2, 4096, GOOD(100, 0)),
	AMONG("2,000/s among 100/s good, no cookies, backlog 128", 2000,
	      NET_RANDOM, 1000, RANDOM, 0, 128, GOOD(100, 0)),
#define UNDER(name, rate, cookies, backlog) \
	ROW(name, rate, NET_RANDOM, 60, rate < 200 ? 10000 : 1000, RANDOM, \
	    cookies, backlog, NONE_GOOD)
	UNDER("20/s, cookies only", 20, 2, 4096),
	UNDER("200/s, cookies only", 200, 2, 4096),
	UNDER("2,000/s, cookies only", 2000, 2, 4096),
	UNDER("20/s, no cookies, backlog 128", 20, 0, 128),
	UNDER("200/s, no cookies, backlog 128", 200, 0, 128),
	UNDER("2,000/s, no cookies, backlog 128", 2000, 0, 128),
	UNDER("20,000/s, no cookies, backlog 128", 20000, 0, 128),
	UNDER("20/s, no cookies, backlog 16", 20, 0, 16),
	UNDER("200/s, no cookies, backlog 16", 200, 0, 16),
	UNDER("2,000/s, no cookies, backlog 16", 2000, 0, 16),
	UNDER("2,000/s, cookies, backlog 16", 2000, 1, 16),
#define PULSES(name, rate, cookies, ...) \
	{ name, rate, NET_RANDOM, 60, 1000, SPREAD(RANDOM), cookies, 4096, \
	  1, 4, 0, __VA_ARGS__ }
	PULSES("pulses of 200/s", 200, 1, NONE_GOOD),
	PULSES("pulses of 2,000/s", 2000, 1, NONE_GOOD),
	PULSES("pulses of 2,000/s, cookies only", 2000, 2, NONE_GOOD),
	PULSES("pulses of 2,000/s among 100/s good", 2000, 1, GOOD(100, 0)),
	PULSES("pulses of 2,000/s among 100/s good, cookies only", 2000, 2,
	       GOOD(100, 0)),
	{ "0 to 200/s in 60 s", 200, NET_RANDOM, 60, 15000, SPREAD(RANDOM), 1,
	  4096, 0, 0, 60, NONE_GOOD },
};

/* When a flood was found and so on, in steps; 0 is never. */
struct course {
	u64 found, ending, quiet;
	unsigned int floods;
	double distinct_error, first_error;	/* at its end; when found */
	u8 spread, first_spread;
	u8 state;
};

static double distinct_error(void)
{
	struct tcplife_flood_report report;

	tcplife_flood_report(&net.f, &report);
	return 100.0 * report.distinct / net.distinct - 100;
}

static u8 spread(void)
{
	struct tcplife_flood_report report;

	tcplife_flood_report(&net.f, &report);
	return report.spread;
}

static void follow(struct course *course, u64 step)
{
	u8 was = course->state;

	course->state = net.f.state;
	if (was == net.f.state)
		return;
	if (net.f.state == FLOOD) {
		course->floods++;
		course->ending = 0;
		course->quiet = 0;
		if (!course->found) {
			course->found = step;
			course->first_error = distinct_error();
			course->first_spread = spread();
		}
	}
	if (net.f.state == ENDING)
		course->ending = step;
	if (net.f.state == QUIET)
		course->quiet = step;
	/* Nothing was half open. */
	if (net.f.state == QUIET && !course->ending)
		course->ending = step;
}

static double since(u64 step, unsigned int from_s)
{
	return step ? (double)step / NET_SECOND - from_s : -1;
}

static struct course run_flood(const struct flood *row, u64 seed)
{
	unsigned int end_s = BEGIN_S + row->seconds;
	struct net_traffic traffic[] = {
		{ NET_FLOOD, row->rate, row->from, 50, 0, 0, BEGIN_S, end_s,
		  row->on_s, row->off_s, row->ramp_s },
		row->good,
		NONE_GOOD,
	};
	struct course course = { 0 };
	u64 step;

	net_begin(&net, seed);
	net.backlog = row->backlog;
	net.syncookies = row->syncookies;
	tcplife_flood_begin(&net.f, &limits, net_now_ns(&net));
	for (step = 0; step < (end_s + LIFETIME_S + 15) * NET_SECOND; step++) {
		if (step == BEGIN_S * NET_SECOND)
			net_see_anew(&net);
		if (step == end_s * NET_SECOND) {
			course.distinct_error = distinct_error();
			course.spread = spread();
		}
		net_step(&net, traffic, (double)step / NET_SECOND);
		follow(&course, step);
	}
	net_end(&net);
	return course;
}

static void test_flood(void **state)
{
	const struct flood *row = *state;
	unsigned int end_s = BEGIN_S + row->seconds;
	/* Of pulses, the last ends before. */
	unsigned int last_s = row->off_s ? end_s - row->off_s : end_s;
	struct course course;
	double found, ending, quiet;
	int seed, seeds = setting("TCPLIFE_CORPUS_SEEDS", 1);

	for (seed = 1; seed <= seeds; seed++) {
		course = run_flood(row, seed);
		found = since(course.found, BEGIN_S);
		ending = since(course.ending, last_s);
		quiet = since(course.quiet, last_s);
		if (verbose())
			printf("%-52s found %6.3f s, ending %5.2f s, quiet "
			       "%5.2f s, %u floods, distinct %+6.1f %% first, "
			       "%+5.1f %% last, spread %u first, %u last\n",
			       row->name, found, ending, quiet, course.floods,
			       course.first_error, course.distinct_error,
			       course.first_spread, course.spread);
		if (setting("TCPLIFE_CORPUS", 0) > 1)
			continue;
		assert_true(found > 0 && found * 1000 <= row->within_ms);
		assert_true(ending > 0 && ending <= 10);
		assert_true(quiet > 0 && quiet <= LIFETIME_S + 10);
		assert_int_equal(course.floods, 1);
		assert_int_equal(course.spread, row->spread);
		assert_true(course.distinct_error >= -10 &&
			    course.distinct_error <= 10);
	}
}

static const struct innocent {
	const char *name;
	struct net_traffic traffic;
	unsigned int seconds;		/* 0 is 600 */
	int syncookies;
	u32 backlog;			/* 0 is large */
	bool accept_full;
} innocents[] = {
#define TRAFFIC(kind, rate, from, rtt_ms, jitter_ms, loss) \
	{ kind, rate, from, rtt_ms, jitter_ms, loss, 0, 0, 0, 0, 0 }
#define INNOCENT(name, rate, rtt, jitter, loss) \
	{ name, TRAFFIC(NET_GOOD, rate, NET_RANDOM, rtt, jitter, loss), 0, 1, 0, 0 }
	INNOCENT("20 % loss, 10/s", 10, 50, 50, 20),
	INNOCENT("20 % loss, 30/s", 30, 50, 50, 20),
	INNOCENT("20 % loss, 100/s", 100, 50, 50, 20),
	INNOCENT("20 % loss, 500/s", 500, 50, 50, 20),
	INNOCENT("20 % loss, 2,000/s", 2000, 50, 50, 20),
	INNOCENT("25 % loss, 10/s", 10, 50, 50, 25),
	INNOCENT("25 % loss, 30/s", 30, 50, 50, 25),
	INNOCENT("25 % loss, 100/s", 100, 50, 50, 25),
	INNOCENT("25 % loss, 500/s", 500, 50, 50, 25),
	INNOCENT("25 % loss, 2,000/s", 2000, 50, 50, 25),
	INNOCENT("600 ms away, 20/s", 20, 600, 0, 0),
	INNOCENT("600 ms away, 200/s", 200, 600, 0, 0),
	INNOCENT("600 ms away, 2,000/s", 2000, 600, 0, 0),
	INNOCENT("300 ms away and 10 % loss, 20/s", 20, 300, 100, 10),
	INNOCENT("300 ms away and 10 % loss, 200/s", 200, 300, 100, 10),
	INNOCENT("300 ms away and 10 % loss, 2,000/s", 2000, 300, 100, 10),
#define CROWD(name, rate, rtt, begin_s, end_s, syncookies, backlog) \
	{ name, { NET_GOOD, rate, NET_RANDOM, rtt, rtt, 1, begin_s, end_s, 0, 0, 0 }, \
	  120, syncookies, backlog, 0 }
	CROWD("flash crowd, 2,000/s", 2000, 100, 20, 80, 1, 4096),
	CROWD("flash crowd, 20,000/s", 20000, 100, 20, 35, 1, 4096),
	CROWD("flash crowd, 20,000/s, backlog 128", 20000, 100, 20, 30, 1, 128),
	CROWD("flash crowd, 5,000/s, no cookies, backlog 128", 5000, 100, 20,
	      40, 0, 128),
	CROWD("flash crowd, 5,000/s, cookies only", 5000, 100, 20, 40, 2, 4096),
	{ "20 % loss, 500/s, cookies only",
	  TRAFFIC(NET_GOOD, 500, NET_RANDOM, 50, 50, 20), 0, 2, 4096, 0 },
	{ "20 % loss, 500/s, no cookies, backlog 128",
	  TRAFFIC(NET_GOOD, 500, NET_RANDOM, 50, 50, 20), 0, 0, 128, 0 },
	{ "health checks that reset, 50/s",
	  TRAFFIC(NET_RESETS, 50, NET_ONE, 1, 0, 0), 0, 1, 0, 0 },
	{ "health checks that reset, 150/s",
	  TRAFFIC(NET_RESETS, 150, NET_ONE, 1, 0, 0), 0, 1, 0, 0 },
	{ "a broken client, 1/s", TRAFFIC(NET_SILENT, 1, NET_ONE, 20, 0, 0), 0, 1,
	  0, 0 },
	{ "a broken client, 5/s", TRAFFIC(NET_SILENT, 5, NET_ONE, 20, 0, 0), 0, 1,
	  0, 0 },
	{ "a broken client, 10/s", TRAFFIC(NET_SILENT, 10, NET_ONE, 20, 0, 0), 0, 1,
	  4096, 0 },
	{ "accept queue full, 500/s",
	  TRAFFIC(NET_GOOD, 500, NET_RANDOM, 50, 50, 1), 120, 1, 4096, 1 },
};

struct peaks {
	u32 early, late;	/* in 1/256 SYN */
	unsigned int suspected, floods;
	u8 state;
};

static void watch(struct peaks *peaks)
{
	if (net.f.early > peaks->early)
		peaks->early = net.f.early;
	if (net.f.late > peaks->late)
		peaks->late = net.f.late;
	peaks->suspected += net.f.state == SUSPECTED &&
			    peaks->state != SUSPECTED;
	peaks->floods += net.f.state == FLOOD && peaks->state != FLOOD;
	peaks->state = net.f.state;
}

static struct peaks run_innocent(const struct innocent *row, u64 seed)
{
	struct net_traffic traffic[] = { row->traffic, NONE_GOOD };
	u64 step, steps = (row->seconds ? row->seconds : 600) * NET_SECOND;
	struct peaks peaks = { 0 };

	net_begin(&net, seed);
	net.backlog = row->backlog ? row->backlog : LARGE;
	net.syncookies = row->syncookies;
	tcplife_flood_begin(&net.f, &limits, net_now_ns(&net));
	for (step = 0; step < steps; step++) {
		/* It is full nine seconds of ten. */
		net.accept_full = row->accept_full &&
				  step / NET_SECOND % 10 != 0;
		net_step(&net, traffic, (double)step / NET_SECOND);
		watch(&peaks);
	}
	net_end(&net);
	return peaks;
}

static void test_innocent(void **state)
{
	const struct innocent *row = *state;
	int seed, seeds = setting("TCPLIFE_CORPUS_SEEDS", 1);
	struct peaks peaks;

	for (seed = 1; seed <= seeds; seed++) {
		peaks = run_innocent(row, seed);
		if (verbose())
			printf("%-52s most evidence %5.2f early, %5.2f late, "
			       "of %u; suspected %u times, floods %u\n",
			       row->name, peaks.early / 256.0,
			       peaks.late / 256.0, limits.evidence,
			       peaks.suspected, peaks.floods);
		if (setting("TCPLIFE_CORPUS", 0) > 1)
			continue;
		assert_int_equal(peaks.floods, 0);
	}
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(floods) + ARRAY_SIZE(innocents)];
	struct CMUnitTest *next = tests;

	next += UNIT_ROWS(next, floods, test_flood);
	UNIT_ROWS(next, innocents, test_innocent);
	return cmocka_run_group_tests_name("flood corpus", tests, NULL, NULL);
}
