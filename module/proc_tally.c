// SPDX-License-Identifier: GPL-2.0
/*
 * The files halfopen and timewait of /proc/tcplife: half-open connections one
 * by one, and tallies, which are taken when the file is opened.
 *
 * Context: process.  Takes no locks; works on copies of lives.
 */
#include <linux/err.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>

#include "compat/compat.h"
#include "core/tracker.h"
#include "encode.h"
#include "lives.h"
#include "proc.h"
#include "proc_tally.h"
#include "tally_show.h"

/* The position of a tally's columns; its rows follow. */
#define TALLY_AT	(1LL << 32)

/**
 * struct tcplife_proc_tally - an open file
 * @net: the namespace
 * @tally: its rows are those of the file's second part, or of all of it
 * @life: the connection at the present position, which is its index, as
 *	position 0 is the columns of connections
 */
struct tcplife_proc_tally {
	struct tcplife_net *net;
	struct tcplife_tally *tally;
	struct tcplife_life life;
};

/* The first half-open connection with an index of *pos or more. */
static void *tcplife_proc_half_open_at(struct tcplife_proc_tally *iter,
				       loff_t *pos)
{
	u32 index = *pos - 1;

	while (tcplife_lives_next(iter->net, &index, &iter->life)) {
		*pos = index;
		if (tcplife_tracker_is_half_open(&iter->life))
			return &iter->life;
	}
	*pos = TALLY_AT;
	return iter->tally;
}

static void *tcplife_proc_tally_at(struct tcplife_proc_tally *iter, loff_t pos)
{
	struct tcplife_tally *tally = iter->tally;

	if (pos == TALLY_AT)
		return tally;
	return pos - TALLY_AT > tally->length ? NULL :
		&tally->rows[pos - TALLY_AT - 1];
}

static void *tcplife_proc_tally_start(struct seq_file *m, loff_t *pos)
{
	struct tcplife_proc_tally *iter = m->private;

	if (!*pos && iter->tally->report == TCPLIFE_REPORT_HALF_OPEN)
		return SEQ_START_TOKEN;
	if (!*pos)
		*pos = TALLY_AT;
	return *pos < TALLY_AT ? tcplife_proc_half_open_at(iter, pos) :
				 tcplife_proc_tally_at(iter, *pos);
}

static void *tcplife_proc_tally_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return tcplife_proc_tally_start(m, pos);
}

static void tcplife_proc_tally_stop(struct seq_file *m, void *v)
{
}

static int tcplife_proc_tally_show(struct seq_file *m, void *v)
{
	struct tcplife_proc_tally *iter = m->private;
	const struct tcplife_tally_row *row = v;
	struct tcplife_view view;

	if (v == SEQ_START_TOKEN) {
		tcplife_encode_half_open_columns(m);
	} else if (v == &iter->life) {
		tcplife_encode_view(&view, v);
		tcplife_encode_half_open_row(m, &view);
	} else if (v == iter->tally) {
		tcplife_tally_columns(m, iter->tally->report);
	} else {
		tcplife_tally_show(m, iter->tally, row - iter->tally->rows);
	}
	return 0;
}

static const struct seq_operations tcplife_proc_tally_ops = {
	.start = tcplife_proc_tally_start,
	.next = tcplife_proc_tally_next,
	.stop = tcplife_proc_tally_stop,
	.show = tcplife_proc_tally_show,
};

static int tcplife_proc_open_tally(struct inode *inode, struct file *file,
				   enum tcplife_report report)
{
	struct tcplife_net *tn = pde_data(inode);
	struct tcplife_proc_tally *iter;
	struct tcplife_tally *tally;
	int err = tcplife_proc_allow(tn);

	if (err)
		return err;
	tally = tcplife_tally_take(tn, report);
	if (IS_ERR(tally))
		return PTR_ERR(tally);
	iter = __seq_open_private(file, &tcplife_proc_tally_ops, sizeof(*iter));
	if (!iter) {
		tcplife_tally_free(tally);
		return -ENOMEM;
	}
	iter->net = tn;
	iter->tally = tally;
	return 0;
}

/**
 * tcplife_proc_open_halfopen - open the file halfopen
 * @inode: the file's
 * @file: the open file
 *
 * Return: 0, -EPERM or -ENOMEM.
 */
int tcplife_proc_open_halfopen(struct inode *inode, struct file *file)
{
	return tcplife_proc_open_tally(inode, file, TCPLIFE_REPORT_HALF_OPEN);
}

/**
 * tcplife_proc_open_timewait - open the file timewait
 * @inode: the file's
 * @file: the open file
 *
 * Return: 0, -EPERM or -ENOMEM.
 */
int tcplife_proc_open_timewait(struct inode *inode, struct file *file)
{
	return tcplife_proc_open_tally(inode, file, TCPLIFE_REPORT_TIME_WAIT);
}

/**
 * tcplife_proc_release_tally - close either file
 * @inode: the file's
 * @file: the open file
 *
 * Return: 0.
 */
int tcplife_proc_release_tally(struct inode *inode, struct file *file)
{
	struct seq_file *m = file->private_data;
	struct tcplife_proc_tally *iter = m->private;

	tcplife_tally_free(iter->tally);
	return seq_release_private(inode, file);
}
