/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFE_PROC_TALLY_H
#define TCPLIFE_PROC_TALLY_H

#include <linux/fs.h>

int tcplife_proc_open_halfopen(struct inode *inode, struct file *file);
int tcplife_proc_open_timewait(struct inode *inode, struct file *file);
int tcplife_proc_release_tally(struct inode *inode, struct file *file);

#endif
