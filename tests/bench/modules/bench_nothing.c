// SPDX-License-Identifier: GPL-2.0
/*
 * A module that does nothing.  What the work costs more with it than without is
 * no module's doing.
 */
#include <linux/module.h>

static int __init bench_nothing_start(void)
{
	return 0;
}

static void __exit bench_nothing_stop(void)
{
}

module_init(bench_nothing_start);
module_exit(bench_nothing_stop);
MODULE_DESCRIPTION("does nothing, as a control");
MODULE_LICENSE("GPL");
