// SPDX-License-Identifier: GPL-2.0
/*
 * Empty probes on the hooks that tcplife has, attached by the same mechanisms:
 * what it costs to look at all.
 *
 *   insmod bench_floor.ko hooks=KIND:NAME,...
 *
 * KIND is tracepoint, kprobe or ftrace.  A hook that cannot be attached refuses
 * the load.  As in tcplife, one ftrace_ops stands for all functions hooked by
 * ftrace, and a kprobe that is never armed tells where they are.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ftrace.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/string.h>
#include <linux/tracepoint.h>
#include <linux/version.h>

#define MAX_HOOKS	64

static char hooks[4096];
module_param_string(hooks, hooks, sizeof(hooks), 0400);
MODULE_PARM_DESC(hooks, "KIND:NAME of each hook, separated by commas");

static struct kprobe bench_floor_kprobes[MAX_HOOKS];
static struct tracepoint *bench_floor_tracepoints[MAX_HOOKS];
static unsigned int bench_floor_n_kprobes, bench_floor_n_tracepoints;
static bool bench_floor_traces;

static int bench_floor_kprobe(struct kprobe *p, struct pt_regs *regs)
{
	return 0;
}

/* It takes what any tracepoint gives: arguments in registers are not read. */
static void bench_floor_tracepoint(void *data)
{
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 11, 0)
static void bench_floor_ftrace(unsigned long ip, unsigned long parent_ip,
			       struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
}
#define FTRACE_FLAGS	0
#else
static void bench_floor_ftrace(unsigned long ip, unsigned long parent_ip,
			       struct ftrace_ops *ops, struct pt_regs *regs)
{
}
#define FTRACE_FLAGS	(FTRACE_OPS_FL_SAVE_REGS | FTRACE_OPS_FL_RECURSION_SAFE)
#endif

static struct ftrace_ops bench_floor_ops = {
	.func = bench_floor_ftrace,
	.flags = FTRACE_FLAGS,
};

static int bench_floor_add_kprobe(const char *name)
{
	struct kprobe *probe = &bench_floor_kprobes[bench_floor_n_kprobes];
	int err;

	probe->symbol_name = name;
	probe->pre_handler = bench_floor_kprobe;
	err = register_kprobe(probe);
	bench_floor_n_kprobes += !err;
	return err;
}

static int bench_floor_add_ftrace(const char *name)
{
	struct kprobe probe = {
		.symbol_name = name,
		.flags = KPROBE_FLAG_DISABLED,
	};
	int err = register_kprobe(&probe);

	if (err)
		return err;
	unregister_kprobe(&probe);
	err = ftrace_set_filter_ip(&bench_floor_ops, (unsigned long)probe.addr,
				   0, 0);
	if (!err && !bench_floor_traces) {
		err = register_ftrace_function(&bench_floor_ops);
		bench_floor_traces = !err;
	}
	return err;
}

struct bench_floor_search {
	const char *name;
	struct tracepoint *found;
};

static void bench_floor_match(struct tracepoint *tp, void *data)
{
	struct bench_floor_search *search = data;

	if (!strcmp(tp->name, search->name))
		search->found = tp;
}

static int bench_floor_add_tracepoint(const char *name)
{
	struct bench_floor_search search = { .name = name };
	int err;

	for_each_kernel_tracepoint(bench_floor_match, &search);
	if (!search.found)
		return -ENOENT;
	err = tracepoint_probe_register(search.found, bench_floor_tracepoint, NULL);
	if (!err)
		bench_floor_tracepoints[bench_floor_n_tracepoints++] = search.found;
	return err;
}

static int bench_floor_add(const char *kind, const char *name)
{
	if (bench_floor_n_kprobes + bench_floor_n_tracepoints == MAX_HOOKS)
		return -E2BIG;
	if (!strcmp(kind, "kprobe"))
		return bench_floor_add_kprobe(name);
	if (!strcmp(kind, "ftrace"))
		return bench_floor_add_ftrace(name);
	if (!strcmp(kind, "tracepoint"))
		return bench_floor_add_tracepoint(name);
	return -EINVAL;
}

static void bench_floor_stop(void)
{
	while (bench_floor_n_tracepoints)
		tracepoint_probe_unregister(
			bench_floor_tracepoints[--bench_floor_n_tracepoints],
			bench_floor_tracepoint, NULL);
	while (bench_floor_n_kprobes)
		unregister_kprobe(&bench_floor_kprobes[--bench_floor_n_kprobes]);
	if (bench_floor_traces)
		unregister_ftrace_function(&bench_floor_ops);
	ftrace_set_filter(&bench_floor_ops, NULL, 0, 1);	/* frees it */
	tracepoint_synchronize_unregister();
}

static int __init bench_floor_start(void)
{
	char *rest = hooks, *name, *kind;
	int err = 0;

	while (!err && (name = strsep(&rest, ","))) {
		kind = strsep(&name, ":");
		err = name ? bench_floor_add(kind, name) : -EINVAL;
		if (err)
			pr_err("cannot attach to %s %s (error %d)\n", kind,
			       name ?: "", err);
	}
	if (err)
		bench_floor_stop();
	return err;
}

module_init(bench_floor_start);
module_exit(bench_floor_stop);
MODULE_DESCRIPTION("empty probes");
MODULE_LICENSE("GPL");
