/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFECTL_RAW_WRITE_H
#define TCPLIFECTL_RAW_WRITE_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/netlink.h>

struct follow;

int raw_open(struct follow *follow, const char *path);
int raw_begin(struct follow *follow);
int raw_close(struct follow *follow);
void raw_take(struct follow *follow, const char *bytes, size_t len);
void raw_put(struct follow *follow, const struct nlmsghdr *nlh);
void raw_put_overrun(struct follow *follow);
void raw_put_repair(struct follow *follow, bool lull);

#endif /* TCPLIFECTL_RAW_WRITE_H */
