// SPDX-License-Identifier: GPL-2.0
/*
 * tcplife - a recorder of TCP connection lifecycles.
 *
 * The order of the data: hooks -> lives -> history and queue -> netlink; /proc
 * reads lives and history.  Loading goes from the storage to the hooks, and
 * unloading back.  docs/architecture.md tells the life of one event.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>

#include "adopt.h"
#include "alerts.h"
#include "arena.h"
#include "attach.h"
#include "compat/compat.h"
#include "history.h"
#include "hooks.h"
#include "listeners.h"
#include "lives.h"
#include "net.h"
#include "netlink.h"
#include "params.h"
#include "proc.h"
#include "queue.h"
#include "watch.h"

static void tcplife_main_free(void)
{
	tcplife_queue_free();
	tcplife_listeners_free();
	tcplife_history_free();
	tcplife_lives_free();
	tcplife_arena_free_all();
}

static int __init tcplife_main_alloc(void)
{
	int err;

	err = tcplife_arena_start() ?: tcplife_lives_start() ?:
	      tcplife_history_start() ?: tcplife_listeners_start() ?:
	      tcplife_queue_start(&tcplife_netlink_queue_ops);
	if (err) {
		pr_err("no memory for the tables: give smaller max_lives, history, half_open_history, event_queue or max_listeners\n");
		tcplife_main_free();
	}
	return err;
}

static int __init tcplife_main_init(void)
{
	int err;

	err = tcplife_params_check();
	if (err)
		return err;
	if (TCPLIFE_UNTRIED_KERNEL)
		pr_notice("made for " TCPLIFE_TRIED_KERNELS ", and this kernel is newer: run scripts/check-hooks to see whether its hooks still fit\n");
	err = tcplife_main_alloc();
	if (err)
		return err;
	tcplife_alerts_start(&tcplife_netlink_alerts_ops);
	err = tcplife_net_start();
	if (err)
		goto free;
	err = tcplife_netlink_start();
	if (err)
		goto stop_net;
	err = tcplife_proc_start();
	if (err)
		goto stop_netlink;
	err = tcplife_attach_all();
	if (err)
		goto stop_proc;
	tcplife_netlink_open();
	tcplife_adopt_all();
	tcplife_hooks_settle();
	tcplife_watch_start();
	pr_info("version %s records TCP connections: see /proc/tcplife/summary\n",
		THIS_MODULE->version);
	return 0;

stop_proc:
	tcplife_proc_stop();
stop_netlink:
	tcplife_alerts_stop();
	tcplife_queue_stop();
	tcplife_netlink_stop();
stop_net:
	tcplife_net_stop();
free:
	tcplife_arena_stop();
	tcplife_main_free();
	return err;
}

static void __exit tcplife_main_exit(void)
{
	tcplife_watch_stop();
	tcplife_attach_undo();
	tcplife_proc_stop();
	tcplife_alerts_stop();
	tcplife_queue_stop();
	tcplife_netlink_stop();
	tcplife_net_stop();
	tcplife_arena_stop();
	tcplife_main_free();
}

module_init(tcplife_main_init);
module_exit(tcplife_main_exit);

MODULE_DESCRIPTION("Recorder of TCP connection lifecycles");
MODULE_AUTHOR("The tcplife authors");
MODULE_LICENSE("GPL");
MODULE_VERSION(TCPLIFE_VERSION);
