// SPDX-License-Identifier: GPL-2.0
/*
 * The module's parameters and their bounds.  A value out of bounds refuses the
 * load and names itself; nothing is clamped.  All are read-only after load.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/string.h>

#include "core/life.h"
#include "params.h"

#define MAX_LIVES_MIN	64
#define MAX_LIVES_MAX	16777216
#define RING_MIN	16
#define RING_MAX	4194304

struct tcplife_params tcplife_params = {
	.max_lives = 262144,
	.history = 16384,
	.half_open_history = 4096,
	.event_queue = 8192,
	.max_listeners = 512,
	.flood_rate = 20,
	.flood_share = 50,
	.flood_evidence = 12,
};

module_param_named(max_lives, tcplife_params.max_lives, uint, 0444);
MODULE_PARM_DESC(max_lives,
		 "connections on record at once, 248 bytes each, allocated as needed (64 to 16777216, default 262144)");
module_param_named(history, tcplife_params.history, uint, 0444);
MODULE_PARM_DESC(history,
		 "ended connections to keep, 252 bytes each (16 to 4194304, default 16384)");
module_param_named(half_open_history, tcplife_params.half_open_history, uint, 0444);
MODULE_PARM_DESC(half_open_history,
		 "failed half-open connections to keep, 252 bytes each (16 to 4194304, default 4096)");
module_param_named(event_queue, tcplife_params.event_queue, uint, 0444);
MODULE_PARM_DESC(event_queue,
		 "ended connections that may wait for a reader, 256 bytes each (16 to 4194304, default 8192)");
module_param_named(max_listeners, tcplife_params.max_listeners, uint, 0444);
MODULE_PARM_DESC(max_listeners,
		 "listening sockets on record at once, 11480 bytes each (16 to 4096, default 512)");
module_param_named(flood_rate, tcplife_params.flood_rate, uint, 0444);
MODULE_PARM_DESC(flood_rate,
		 "SYNs a second whose handshakes are left undone that make the smallest SYN flood (1 to 1000000, default 20)");
module_param_named(flood_share, tcplife_params.flood_share, uint, 0444);
MODULE_PARM_DESC(flood_share,
		 "percent of SYNs left undone after 0.6 s that far and lossy clients explain (10 to 95, default 50)");
module_param_named(flood_evidence, tcplife_params.flood_evidence, uint, 0444);
MODULE_PARM_DESC(flood_evidence,
		 "SYNs left undone beyond that which make a SYN flood (3 to 100000, default 12)");
module_param_named(without, tcplife_params.without, charp, 0444);
MODULE_PARM_DESC(without,
		 "hooks to leave out, separated by commas, for tests (default none)");

static int tcplife_params_bound(const char *name, unsigned int value,
				unsigned int min, unsigned int max)
{
	if (value >= min && value <= max)
		return 0;
	pr_err("parameter %s=%u is out of bounds: give %u to %u\n",
	       name, value, min, max);
	return -EINVAL;
}

/**
 * tcplife_params_check - hold every parameter against its bounds
 *
 * Return: 0, or -EINVAL with a line in the kernel log that names the parameter.
 */
int tcplife_params_check(void)
{
	const struct tcplife_params *p = &tcplife_params;
	const struct {
		const char *name;
		unsigned int value, min, max;
	} bounds[] = {
		{ "max_lives", p->max_lives, MAX_LIVES_MIN, MAX_LIVES_MAX },
		{ "history", p->history, RING_MIN, RING_MAX },
		{ "half_open_history", p->half_open_history, RING_MIN, RING_MAX },
		{ "event_queue", p->event_queue, RING_MIN, RING_MAX },
		{ "max_listeners", p->max_listeners, 16,
		  TCPLIFE_LISTENERS_MAX },
		{ "flood_rate", p->flood_rate, 1, 1000000 },
		{ "flood_share", p->flood_share, 10, 95 },
		{ "flood_evidence", p->flood_evidence, 3, 100000 },
	};
	unsigned int i;
	int err = 0;

	for (i = 0; !err && i < ARRAY_SIZE(bounds); i++)
		err = tcplife_params_bound(bounds[i].name, bounds[i].value,
					   bounds[i].min, bounds[i].max);
	return err;
}

/**
 * tcplife_params_leaves_out - does the parameter "without" name this hook?
 * @hook: name of a tracepoint or function
 */
bool tcplife_params_leaves_out(const char *hook)
{
	const char *p = tcplife_params.without;
	size_t len = strlen(hook);

	while (p && *p) {
		size_t word = strcspn(p, ",");

		if (word == len && !strncmp(p, hook, len))
			return true;
		p += word;
		p += *p == ',';
	}
	return false;
}
