// SPDX-License-Identifier: GPL-2.0
/*
 * /proc/tcplife, a link to self/net/tcplife, so that each network namespace
 * sees its own: text that a person reads with cat and a script with awk.
 *
 * The files are the namespace's root's, mode 0400, and opening them needs
 * CAP_NET_ADMIN in the user namespace that owns the network namespace.
 * Columns and names are only ever added, at the end.
 *
 * Context: process.  Takes no locks; works on copies of lives.  Files that are
 * open when the namespace or the module goes away are closed first by procfs.
 */
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>

#include "attach.h"
#include "compat/compat.h"
#include "encode.h"
#include "encode_flood.h"
#include "history.h"
#include "lives.h"
#include "proc.h"
#include "proc_tally.h"
#include "watch.h"

#define DIR	"tcplife"

/**
 * struct tcplife_proc_iter - an open connections or history file
 * @net: the namespace
 * @cursor: index of the last live connection, or number of the next record of
 *	history; the file position is 1 more, as position 0 is the header
 * @life: the row at the present position
 * @listener: likewise
 */
struct tcplife_proc_iter {
	struct tcplife_net *net;
	u64 cursor;
	union {
		struct tcplife_life life;
		struct tcplife_listener listener;
	};
};

/**
 * tcplife_proc_allow - may who opens a file of a namespace do so?
 * @tn: the namespace
 *
 * Return: 0 or -EPERM.
 */
int tcplife_proc_allow(const struct tcplife_net *tn)
{
	return ns_capable(tn->net->user_ns, CAP_NET_ADMIN) ? 0 : -EPERM;
}

static void tcplife_proc_row(struct seq_file *m, void *v)
{
	struct tcplife_view view;

	if (v == SEQ_START_TOKEN) {
		tcplife_encode_columns(m);
		return;
	}
	tcplife_encode_view(&view, v);
	tcplife_encode_row(m, &view);
}

static int tcplife_proc_show_row(struct seq_file *m, void *v)
{
	tcplife_proc_row(m, v);
	return 0;
}

static void tcplife_proc_stop_rows(struct seq_file *m, void *v)
{
}

/* The first live connection with an index above *pos - 1. */
static void *tcplife_proc_live_at(struct seq_file *m, loff_t *pos)
{
	struct tcplife_proc_iter *iter = m->private;
	u32 index = *pos - 1;

	if (!tcplife_lives_next(iter->net, &index, &iter->life))
		return NULL;
	*pos = index;
	return &iter->life;
}

static void *tcplife_proc_live_start(struct seq_file *m, loff_t *pos)
{
	if (!*pos)
		return SEQ_START_TOKEN;
	return *pos > U32_MAX ? NULL : tcplife_proc_live_at(m, pos);
}

static void *tcplife_proc_live_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return *pos > U32_MAX ? NULL : tcplife_proc_live_at(m, pos);
}

static const struct seq_operations tcplife_proc_live_ops = {
	.start = tcplife_proc_live_start,
	.next = tcplife_proc_live_next,
	.stop = tcplife_proc_stop_rows,
	.show = tcplife_proc_show_row,
};

/* The first record of history numbered *pos - 1 or more. */
static void *tcplife_proc_history_at(struct seq_file *m, loff_t *pos)
{
	struct tcplife_proc_iter *iter = m->private;
	u64 cursor = *pos - 1;

	if (!tcplife_history_next(TCPLIFE_SCOPE_HISTORY, iter->net, &cursor,
				  &iter->life))
		return NULL;
	*pos = cursor;	/* the number of the record, and 1 for the header */
	return &iter->life;
}

static void *tcplife_proc_history_start(struct seq_file *m, loff_t *pos)
{
	return *pos ? tcplife_proc_history_at(m, pos) : SEQ_START_TOKEN;
}

static void *tcplife_proc_history_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return tcplife_proc_history_at(m, pos);
}

static const struct seq_operations tcplife_proc_history_ops = {
	.start = tcplife_proc_history_start,
	.next = tcplife_proc_history_next,
	.stop = tcplife_proc_stop_rows,
	.show = tcplife_proc_show_row,
};

static int tcplife_proc_open_rows(struct inode *inode, struct file *file,
				  const struct seq_operations *ops)
{
	struct tcplife_net *tn = pde_data(inode);
	struct tcplife_proc_iter *iter;
	int err = tcplife_proc_allow(tn);

	if (err)
		return err;
	iter = __seq_open_private(file, ops, sizeof(*iter));
	if (!iter)
		return -ENOMEM;
	iter->net = tn;
	return 0;
}

static int tcplife_proc_open_connections(struct inode *inode, struct file *file)
{
	return tcplife_proc_open_rows(inode, file, &tcplife_proc_live_ops);
}

static int tcplife_proc_open_history(struct inode *inode, struct file *file)
{
	return tcplife_proc_open_rows(inode, file, &tcplife_proc_history_ops);
}

/* The listening socket behind number *pos - 1. */
static void *tcplife_proc_listener_at(struct seq_file *m, loff_t *pos)
{
	struct tcplife_proc_iter *iter = m->private;
	u32 cursor = *pos - 1;

	if (!tcplife_listeners_next(iter->net, &cursor, &iter->listener))
		return NULL;
	*pos = cursor;
	return &iter->listener;
}

static void *tcplife_proc_listener_start(struct seq_file *m, loff_t *pos)
{
	struct tcplife_proc_iter *iter = m->private;

	if (*pos)
		return *pos > U32_MAX ? NULL : tcplife_proc_listener_at(m, pos);
	tcplife_listeners_walk(iter->net->net, false);
	return SEQ_START_TOKEN;
}

static void *tcplife_proc_listener_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return tcplife_proc_listener_at(m, pos);
}

static int tcplife_proc_show_listener(struct seq_file *m, void *v)
{
	if (v == SEQ_START_TOKEN)
		tcplife_encode_listener_columns(m);
	else
		tcplife_encode_listener_row(m, v);
	return 0;
}

static const struct seq_operations tcplife_proc_listener_ops = {
	.start = tcplife_proc_listener_start,
	.next = tcplife_proc_listener_next,
	.stop = tcplife_proc_stop_rows,
	.show = tcplife_proc_show_listener,
};

static int tcplife_proc_open_listeners(struct inode *inode, struct file *file)
{
	return tcplife_proc_open_rows(inode, file, &tcplife_proc_listener_ops);
}

/* First how things are now, then the alerts. */
static int tcplife_proc_show_flood(struct seq_file *m, void *v)
{
	struct tcplife_net *tn = m->private;
	struct tcplife_alert *alert = kmalloc(sizeof(*alert), GFP_KERNEL);
	u64 number = 0;
	u32 cursor = 0;

	if (!alert)
		return -ENOMEM;
	tcplife_encode_alert_columns(m);
	while (tcplife_alerts_look(tn, &cursor, alert))
		tcplife_encode_alert_row(m, alert);
	while (tcplife_alerts_next(tn, &number, alert))
		tcplife_encode_alert_row(m, alert);
	kfree(alert);
	return 0;
}

#define NAME(upper, lower) #lower,
static const char * const tcplife_proc_summary_names[] = {
	TCPLIFE_ATTR_SUMMARY_LIST(NAME)
};

static int tcplife_proc_show_summary(struct seq_file *m, void *v)
{
	struct tcplife_net *tn = m->private;
	u64 count[TCPLIFE_STATS];
	unsigned int i;

	tcplife_net_summary(tn, count);
	seq_printf(m, "version %s\nnetns %u\n", THIS_MODULE->version, tn->inum);
	for (i = TCPLIFE_ATTR_SUMMARY_NETNS + 1; i < TCPLIFE_STATS; i++)
		seq_printf(m, "%s %llu\n", tcplife_proc_summary_names[i],
			   count[i]);
	return 0;
}

static const char * const tcplife_proc_statuses[] = {
	TCPLIFE_HOOK_STATUS_LIST(NAME)
};

static const char * const tcplife_proc_kinds[] = { TCPLIFE_HOOK_KIND_LIST(NAME) };

static int tcplife_proc_show_health(struct seq_file *m, void *v)
{
	struct tcplife_watch_report watch;
	struct tcplife_attach_report hook;
	unsigned int i;

	tcplife_watch_look(&watch);
	seq_printf(m, "healthy %s\n",
		   tcplife_watch_healthy(&watch) ? "yes" : "no");
	seq_printf(m, "kprobes_deaf %s\n", watch.deaf ? "yes" : "no");
	seq_printf(m, "deaf_spells %u\n", watch.deaf_spells);
	seq_printf(m, "deaf_us %llu\n", watch.deaf_us);
	seq_printf(m, "hits_missed %llu\n", watch.hits_missed);
	seq_printf(m, "handshakes_missed %llu\n", watch.handshakes_missed);
	seq_printf(m, "hooks_detached %u\n", watch.hooks_detached);
	for (i = 0; tcplife_attach_report(i, &hook); i++)
		seq_printf(m, "hook %s %s %s %s missed=%llu %s\n", hook.name,
			   tcplife_proc_kinds[hook.kind],
			   hook.required ? "required" : "optional",
			   tcplife_proc_statuses[hook.status], hook.missed,
			   hook.feature);
	return 0;
}

static int tcplife_proc_open_single(struct inode *inode, struct file *file,
				    int (*show)(struct seq_file *, void *))
{
	struct tcplife_net *tn = pde_data(inode);
	int err = tcplife_proc_allow(tn);

	return err ? err : single_open(file, show, tn);
}

static int tcplife_proc_open_summary(struct inode *inode, struct file *file)
{
	return tcplife_proc_open_single(inode, file, tcplife_proc_show_summary);
}

static int tcplife_proc_open_flood(struct inode *inode, struct file *file)
{
	return tcplife_proc_open_single(inode, file, tcplife_proc_show_flood);
}

static int tcplife_proc_open_health(struct inode *inode, struct file *file)
{
	return tcplife_proc_open_single(inode, file, tcplife_proc_show_health);
}

#define FILE_OPS(_open, _release) {					\
	.proc_open = _open, .proc_release = _release,			\
	.proc_read_iter = seq_read_iter, .proc_lseek = seq_lseek }

/* Every file of the directory. */
static const struct {
	const char *name;
	struct proc_ops ops;
} tcplife_proc_files[] = {
	{ "summary", FILE_OPS(tcplife_proc_open_summary, single_release) },
	{ "connections",
	  FILE_OPS(tcplife_proc_open_connections, seq_release_private) },
	{ "history", FILE_OPS(tcplife_proc_open_history, seq_release_private) },
	{ "listeners",
	  FILE_OPS(tcplife_proc_open_listeners, seq_release_private) },
	{ "flood", FILE_OPS(tcplife_proc_open_flood, single_release) },
	{ "health", FILE_OPS(tcplife_proc_open_health, single_release) },
	{ "halfopen",
	  FILE_OPS(tcplife_proc_open_halfopen, tcplife_proc_release_tally) },
	{ "timewait",
	  FILE_OPS(tcplife_proc_open_timewait, tcplife_proc_release_tally) },
};

/**
 * tcplife_proc_add - make a namespace's directory and files
 * @tn: the namespace
 *
 * Return: 0 or -ENOMEM.
 */
int tcplife_proc_add(struct tcplife_net *tn)
{
	unsigned int i;

	tn->proc = proc_mkdir(DIR, tn->net->proc_net);
	if (!tn->proc)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(tcplife_proc_files); i++) {
		if (proc_create_data(tcplife_proc_files[i].name, 0400, tn->proc,
				     &tcplife_proc_files[i].ops, tn))
			continue;
		tcplife_proc_remove(tn);
		return -ENOMEM;
	}
	return 0;
}

/**
 * tcplife_proc_remove - remove a namespace's directory and files
 * @tn: the namespace
 *
 * Files that are open are closed; reads under way are waited for.
 */
void tcplife_proc_remove(struct tcplife_net *tn)
{
	proc_remove(tn->proc);
	tn->proc = NULL;
}

/**
 * tcplife_proc_start - make the link /proc/tcplife
 *
 * Return: 0 or -ENOMEM.
 */
int tcplife_proc_start(void)
{
	return proc_symlink(DIR, NULL, "self/net/" DIR) ? 0 : -ENOMEM;
}

/**
 * tcplife_proc_stop - remove the link
 */
void tcplife_proc_stop(void)
{
	remove_proc_entry(DIR, NULL);
}
