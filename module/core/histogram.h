/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFE_CORE_HISTOGRAM_H
#define TCPLIFE_CORE_HISTOGRAM_H

#include "types.h"

#define TCPLIFE_HISTOGRAM_BUCKETS	40

unsigned int tcplife_histogram_bucket(u64 value);
u64 tcplife_histogram_edge(unsigned int bucket);
u64 tcplife_histogram_percentile(const u64 counts[TCPLIFE_HISTOGRAM_BUCKETS],
				 unsigned int percent);

#endif
