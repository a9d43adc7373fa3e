// SPDX-License-Identifier: GPL-2.0
/*
 * How long the only CPU was idle since boot, in microseconds, in
 * /sys/module/bench_meter/parameters/idle_us.  The kernel counts that to the
 * nanosecond, interrupts left out, but shows it in hundredths of a second only.
 * Waiting for a disk is idle time too.  No hook is attached.
 */
#include <linux/kernel_stat.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/tick.h>

static int bench_meter_idle_us(char *text, const struct kernel_param *param)
{
	return sysfs_emit(text, "%llu\n", get_cpu_idle_time_us(0, NULL) +
			  get_cpu_iowait_time_us(0, NULL));
}

static const struct kernel_param_ops bench_meter_ops = {
	.get = bench_meter_idle_us,
};

module_param_cb(idle_us, &bench_meter_ops, NULL, 0400);
MODULE_PARM_DESC(idle_us, "how long CPU 0 was idle since boot, in microseconds");

static int __init bench_meter_start(void)
{
	/* without it the kernel does not count */
	return get_cpu_idle_time_us(0, NULL) == (u64)-1 ? -EOPNOTSUPP : 0;
}

static void __exit bench_meter_stop(void)
{
}

module_init(bench_meter_start);
module_exit(bench_meter_stop);
MODULE_DESCRIPTION("how long the CPU was idle");
MODULE_LICENSE("GPL");
