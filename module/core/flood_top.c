// SPDX-License-Identifier: GPL-2.0
/*
 * Who sends the SYNs whose handshakes are not completed: what stands out, in a few
 * places, whatever the number of senders.
 *
 * Pure: no locks, no kernel.
 */
#include "flood.h"

/**
 * tcplife_flood_source - work out who sent a SYN
 * @source: filled
 * @family: 4 or 6
 * @addr: 4 or 16 bytes
 * @key: random, so that nobody outside can choose hashes
 */
void tcplife_flood_source(struct tcplife_flood_source *source, u8 family,
			  const void *addr, u64 key)
{
	memset(source->address, 0, sizeof(source->address));
	memcpy(source->address, addr, family == 6 ? 16 : 4);
	source->family = family;
	source->key = key;
	source->hash = tcplife_flood_hash(family, addr, key);
}

/**
 * tcplife_flood_prefix_hash - the hash of the /24 or /64 of who sent a SYN
 * @source: the sender
 *
 * Few SYNs are looked at by prefix, so that of IPv4 is not worked out of each.
 */
u64 tcplife_flood_prefix_hash(const struct tcplife_flood_source *source)
{
	const u8 *byte = source->address;
	u64 high;

	if (source->family == 6) {
		memcpy(&high, byte, 8);
		return tcplife_flood_mix(high, source->key);
	}
	return tcplife_flood_mix(byte[0] << 16 | byte[1] << 8 | byte[2], ~source->key);
}

/**
 * tcplife_flood_top_add - a SYN came, or several that it stands for
 * @tops: what stands out
 * @hash: of its sender, address or prefix
 * @source: its sender
 * @syns: how many
 *
 * Misra and Gries: whatever sends more than one in TCPLIFE_FLOOD_TOP + 1 is
 * among them in the end, and its count is short by as much at most.  To take one
 * from all of them, when one comes that has no place, is to raise @none.
 */
void tcplife_flood_top_add(struct tcplife_flood_tops *tops, u64 hash,
			   const struct tcplife_flood_source *source,
			   unsigned int syns)
{
	unsigned int i;

#pragma GCC unroll 8
	for (i = 0; i < TCPLIFE_FLOOD_TOP; i++)
		if (tops->hash[i] == hash)
			goto found;
#pragma GCC unroll 8
	for (i = 0; i < TCPLIFE_FLOOD_TOP; i++)
		if (tops->syns[i] <= tops->none)
			goto place;
	tops->none += syns;
	return;

place:
	tops->hash[i] = hash;
	tops->family[i] = source->family;
	memcpy(tops->address[i], source->address, sizeof(tops->address[i]));
found:
	if (tops->syns[i] < tops->none)
		tops->syns[i] = tops->none;
	tops->syns[i] += syns;
}

/**
 * tcplife_flood_sender - count the sender of a SYN, or of several that it stands for
 * @f: the detector
 * @source: the sender
 * @syns: how many, from tcplife_flood_syn()
 */
void tcplife_flood_sender(struct tcplife_flood *f,
			  const struct tcplife_flood_source *source, unsigned int syns)
{
	tcplife_flood_top_add(&f->sources, source->hash, source, syns);
	tcplife_flood_top_add(&f->prefixes, tcplife_flood_prefix_hash(source), source,
			      syns);
}

/*
 * The handshake of a SYN was completed.  Its sender is known by its address, or
 * by the first @bytes of it, which costs less than to work out its hash again.
 */
static __always_inline void
tcplife_flood_top_forgive(struct tcplife_flood_tops *tops, u8 family,
			  const void *addr, unsigned int bytes)
{
	unsigned int i;

	for (i = 0; i < TCPLIFE_FLOOD_TOP; i++) {
		if (!memcmp(tops->address[i], addr, bytes) &&
		    tops->family[i] == family && tops->syns[i] > tops->none) {
			tops->syns[i]--;
			return;
		}
	}
}

/**
 * tcplife_flood_excuse - a sender completed a handshake, or took its SYN back
 * @f: the detector
 * @family: of the sender, 4 or 6
 * @addr: its address, 4 or 16 bytes
 */
void tcplife_flood_excuse(struct tcplife_flood *f, u8 family, const void *addr)
{
	if (f->outstanding)
		f->outstanding--;
	if (family == 6) {
		tcplife_flood_top_forgive(&f->sources, 6, addr, 16);
		tcplife_flood_top_forgive(&f->prefixes, 6, addr, 8);
	} else {
		tcplife_flood_top_forgive(&f->sources, 4, addr, 4);
		tcplife_flood_top_forgive(&f->prefixes, 4, addr, 3);
	}
}

static u64 tcplife_flood_top_syns(const struct tcplife_flood_tops *tops,
				  unsigned int i)
{
	return tops->syns[i] > tops->none ? tops->syns[i] - tops->none : 0;
}

/* SYNs of all that stands out. */
static u64 tcplife_flood_top_sum(const struct tcplife_flood_tops *tops)
{
	u64 sum = 0;
	unsigned int i;

	for (i = 0; i < TCPLIFE_FLOOD_TOP; i++)
		sum += tcplife_flood_top_syns(tops, i);
	return sum;
}

/* Report what stands out, most SYNs first. */
static void tcplife_flood_top_report(const struct tcplife_flood_tops *tops,
				     struct tcplife_flood_report *report)
{
	unsigned int i, at;
	u64 syns;

	for (i = 0; i < TCPLIFE_FLOOD_TOP; i++) {
		syns = tcplife_flood_top_syns(tops, i);
		if (!syns)
			continue;
		for (at = report->tops; at; at--) {
			if (report->top[at - 1].syns >= syns)
				break;
			report->top[at] = report->top[at - 1];
		}
		report->top[at].syns = syns;
		report->top[at].family = tops->family[i];
		memcpy(report->top[at].address, tops->address[i],
		       sizeof(tops->address[i]));
		report->tops++;
	}
}

/**
 * tcplife_flood_top_spread - do a few sources or prefixes send the SYNs?
 * @f: the detector
 * @report: @spread, @top and @tops are filled; what sends at least half of what is
 *	not completed is told
 */
void tcplife_flood_top_spread(const struct tcplife_flood *f,
			      struct tcplife_flood_report *report)
{
	if (f->outstanding <= TCPLIFE_FLOOD_FEW) {
		report->spread = TCPLIFE_SPREAD_UNKNOWN;
	} else if (tcplife_flood_top_sum(&f->sources) * 2 >= f->outstanding) {
		report->spread = TCPLIFE_SPREAD_FEW;
		tcplife_flood_top_report(&f->sources, report);
	} else if (tcplife_flood_top_sum(&f->prefixes) * 2 >= f->outstanding) {
		report->spread = TCPLIFE_SPREAD_PREFIX;
		tcplife_flood_top_report(&f->prefixes, report);
	} else {
		report->spread = TCPLIFE_SPREAD_RANDOM;
	}
}
