// SPDX-License-Identifier: GPL-2.0
/*
 * The generic netlink family "tcplife", as docs/netlink/tcplife.yaml has it.
 * Requests and the multicast groups need CAP_NET_ADMIN in the user namespace
 * that owns the network namespace, and see that namespace only.
 *
 * Context: process.  Takes no locks; works on copies of lives.
 */
#include <linux/module.h>
#include <linux/slab.h>
#include <net/genetlink.h>
#include <net/sock.h>

#include "attach.h"
#include "compat/compat.h"
#include "encode.h"
#include "encode_flood.h"
#include "history.h"
#include "lives.h"
#include "netlink.h"
#include "tally_show.h"

/*
 * Of a message to readers: with the header of the buffer, four pages.  One page
 * more would be eight, all cleared, and all charged to the reader's socket.
 */
#define NOTIFY_BYTES \
	(SKB_WITH_OVERHEAD(16384UL) - NLMSG_HDRLEN - GENL_HDRLEN)
/* A life, and the end of one, with the headers of its message. */
#define NOTIFY_LIFE	(NLMSG_HDRLEN + GENL_HDRLEN + TCPLIFE_ENCODE_ROOM)
#define NOTIFY_END	(NLMSG_HDRLEN + GENL_HDRLEN + TCPLIFE_ENCODE_END_ROOM)

#define TRIES		10	/* to have groups without members */

static struct genl_family tcplife_netlink_family;

/* Loading cannot fail any more. */
static bool tcplife_netlink_is_open;

/*
 * The start of every dump.  It holds the module, but for one that fails to load: the
 * kernel frees that all the same, and the dump would go on in it.  A request without a
 * dump is waited for.
 */
static int tcplife_netlink_may_dump(struct netlink_callback *cb)
{
	if (READ_ONCE(tcplife_netlink_is_open))
		return 0;
	NL_SET_ERR_MSG(cb->extack, "the module is being loaded: ask again in a moment");
	return -EAGAIN;
}

static int tcplife_netlink_put_life(struct sk_buff *skb,
				    const struct tcplife_life *life)
{
	struct tcplife_view view;

	tcplife_encode_view(&view, life);
	return tcplife_encode_netlink(skb, &view);
}

static int tcplife_netlink_get_life(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *id = info->attrs[TCPLIFE_ATTR_LIFE_ID];
	struct tcplife_life life;
	struct sk_buff *reply;
	void *header;

	if (!id) {
		NL_SET_ERR_MSG(info->extack,
			       "give the id of a connection, or ask for a dump");
		return -EINVAL;
	}
	if (!tcplife_lives_get(tcplife_net_of(genl_info_net(info)),
			       nla_get_u64(id), &life)) {
		NL_SET_ERR_MSG_ATTR(info->extack, id,
				    "no live connection of this network namespace has this id");
		return -ENOENT;
	}
	reply = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!reply)
		return -ENOMEM;
	header = genlmsg_put_reply(reply, info, &tcplife_netlink_family, 0,
				   TCPLIFE_CMD_LIFE_GET);
	if (!header || tcplife_netlink_put_life(reply, &life)) {
		nlmsg_free(reply);
		return -EMSGSIZE;
	}
	genlmsg_end(reply, header);
	return genlmsg_reply(reply, info);
}

/**
 * struct tcplife_netlink_dump - where a dump of lives stands
 * @scope: which lives
 * @index: of the last live connection sent
 * @cursor: number of the next record of history to send
 * @pending: @life did not fit into the last message
 * @life: the last one fetched
 */
struct tcplife_netlink_dump {
	enum tcplife_scope scope;
	u32 index;
	u64 cursor;
	bool pending;
	struct tcplife_life life;
};

static struct tcplife_netlink_dump **
tcplife_netlink_dump_of(struct netlink_callback *cb)
{
	return (struct tcplife_netlink_dump **)&cb->args[0];
}

static int tcplife_netlink_dump_start(struct netlink_callback *cb)
{
	struct nlattr *scope = tcplife_dump_attrs(cb)[TCPLIFE_ATTR_LIFE_SCOPE];
	struct tcplife_netlink_dump *dump;
	int err = tcplife_netlink_may_dump(cb);

	if (err)
		return err;
	dump = kzalloc(sizeof(*dump), GFP_KERNEL_ACCOUNT);
	if (!dump)
		return -ENOMEM;
	if (scope)
		dump->scope = nla_get_u32(scope);
	*tcplife_netlink_dump_of(cb) = dump;
	return 0;
}

static int tcplife_netlink_dump_done(struct netlink_callback *cb)
{
	kfree(*tcplife_netlink_dump_of(cb));
	return 0;
}

static bool tcplife_netlink_dump_next(struct tcplife_netlink_dump *dump,
				      const struct tcplife_net *net)
{
	if (dump->scope == TCPLIFE_SCOPE_LIVE)
		return tcplife_lives_next(net, &dump->index, &dump->life);
	return tcplife_history_next(dump->scope, net, &dump->cursor,
				    &dump->life);
}

static int tcplife_netlink_dump_lives(struct sk_buff *skb,
				      struct netlink_callback *cb)
{
	struct tcplife_netlink_dump *dump = *tcplife_netlink_dump_of(cb);
	struct tcplife_net *net = tcplife_net_of(sock_net(skb->sk));
	void *header;

	while (dump->pending || tcplife_netlink_dump_next(dump, net)) {
		dump->pending = true;
		header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
				     cb->nlh->nlmsg_seq,
				     &tcplife_netlink_family, NLM_F_MULTI,
				     TCPLIFE_CMD_LIFE_GET);
		if (!header)
			break;
		if (tcplife_netlink_put_life(skb, &dump->life)) {
			genlmsg_cancel(skb, header);
			break;
		}
		genlmsg_end(skb, header);
		dump->pending = false;
	}
	return skb->len;
}

static int tcplife_netlink_put_summary(struct sk_buff *skb,
				       struct tcplife_net *net)
{
	u64 count[TCPLIFE_STATS];
	unsigned int i;

	tcplife_net_summary(net, count);
	if (nla_put_string(skb, TCPLIFE_ATTR_SUMMARY_VERSION,
			   THIS_MODULE->version) ||
	    nla_put_u32(skb, TCPLIFE_ATTR_SUMMARY_NETNS, net->inum))
		return -EMSGSIZE;
	for (i = TCPLIFE_ATTR_SUMMARY_NETNS + 1; i < TCPLIFE_STATS; i++)
		if (nla_put_u64_64bit(skb, i, count[i],
				      TCPLIFE_ATTR_SUMMARY_PAD))
			return -EMSGSIZE;
	return 0;
}

static int tcplife_netlink_get_summary(struct sk_buff *skb,
				       struct genl_info *info)
{
	struct sk_buff *reply = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	void *header;

	if (!reply)
		return -ENOMEM;
	header = genlmsg_put_reply(reply, info, &tcplife_netlink_family, 0,
				   TCPLIFE_CMD_SUMMARY_GET);
	if (!header ||
	    tcplife_netlink_put_summary(reply,
					tcplife_net_of(genl_info_net(info)))) {
		nlmsg_free(reply);
		return -EMSGSIZE;
	}
	genlmsg_end(reply, header);
	return genlmsg_reply(reply, info);
}

static int tcplife_netlink_put_hook(struct sk_buff *skb,
				    const struct tcplife_attach_report *hook)
{
	if (nla_put_string(skb, TCPLIFE_ATTR_HOOK_NAME, hook->name) ||
	    nla_put_u8(skb, TCPLIFE_ATTR_HOOK_KIND, hook->kind) ||
	    nla_put_u8(skb, TCPLIFE_ATTR_HOOK_REQUIRED, hook->required) ||
	    nla_put_u8(skb, TCPLIFE_ATTR_HOOK_STATUS, hook->status) ||
	    nla_put_u64_64bit(skb, TCPLIFE_ATTR_HOOK_MISSED, hook->missed,
			      TCPLIFE_ATTR_HOOK_PAD) ||
	    nla_put_string(skb, TCPLIFE_ATTR_HOOK_FEATURE, hook->feature))
		return -EMSGSIZE;
	return 0;
}

static int tcplife_netlink_dump_hooks(struct sk_buff *skb,
				      struct netlink_callback *cb)
{
	struct tcplife_attach_report hook;
	void *header;

	for (; tcplife_attach_report(cb->args[0], &hook); cb->args[0]++) {
		header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
				     cb->nlh->nlmsg_seq,
				     &tcplife_netlink_family, NLM_F_MULTI,
				     TCPLIFE_CMD_HOOK_GET);
		if (!header)
			break;
		if (tcplife_netlink_put_hook(skb, &hook)) {
			genlmsg_cancel(skb, header);
			break;
		}
		genlmsg_end(skb, header);
	}
	return skb->len;
}

/* Add one row of a dump; @put fills it in.  -EMSGSIZE: no room. */
static int tcplife_netlink_put_row(struct sk_buff *skb,
				   const struct netlink_callback *cb, u8 cmd,
				   int (*put)(struct sk_buff *, const void *),
				   const void *row)
{
	void *header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
				   cb->nlh->nlmsg_seq, &tcplife_netlink_family,
				   NLM_F_MULTI, cmd);

	if (!header)
		return -EMSGSIZE;
	if (put(skb, row)) {
		genlmsg_cancel(skb, header);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, header);
	return 0;
}

static int tcplife_netlink_put_listener(struct sk_buff *skb, const void *row)
{
	return tcplife_encode_listener(skb, row);
}

static int tcplife_netlink_put_alert(struct sk_buff *skb, const void *row)
{
	return tcplife_encode_alert(skb, row);
}

/**
 * union tcplife_netlink_row - one row, too large for the stack
 * @listener: of a dump of listening sockets
 * @alert: of a dump of floods or alerts
 */
union tcplife_netlink_row {
	struct tcplife_listener listener;
	struct tcplife_alert alert;
};

static int tcplife_netlink_start_rows(struct netlink_callback *cb)
{
	int err = tcplife_netlink_may_dump(cb);

	if (err)
		return err;
	cb->args[1] = (long)kmalloc(sizeof(union tcplife_netlink_row),
				    GFP_KERNEL_ACCOUNT);
	return cb->args[1] ? 0 : -ENOMEM;
}

static int tcplife_netlink_start_listeners(struct netlink_callback *cb)
{
	int err = tcplife_netlink_start_rows(cb);

	if (!err)
		tcplife_listeners_walk(sock_net(cb->skb->sk), false);
	return err;
}

static int tcplife_netlink_done_rows(struct netlink_callback *cb)
{
	kfree((void *)cb->args[1]);
	return 0;
}

static int tcplife_netlink_dump_listeners(struct sk_buff *skb,
					  struct netlink_callback *cb)
{
	const struct tcplife_net *net = tcplife_net_of(sock_net(skb->sk));
	union tcplife_netlink_row *row = (void *)cb->args[1];
	u32 cursor = cb->args[0];

	while (tcplife_listeners_next(net, &cursor, &row->listener)) {
		if (tcplife_netlink_put_row(skb, cb, TCPLIFE_CMD_LISTENER_GET,
					    tcplife_netlink_put_listener, row))
			break;
		cb->args[0] = cursor;
	}
	return skb->len;
}

static int tcplife_netlink_dump_floods(struct sk_buff *skb,
				       struct netlink_callback *cb)
{
	const struct tcplife_net *net = tcplife_net_of(sock_net(skb->sk));
	union tcplife_netlink_row *row = (void *)cb->args[1];
	u32 cursor = cb->args[0];

	while (tcplife_alerts_look(net, &cursor, &row->alert)) {
		if (tcplife_netlink_put_row(skb, cb, TCPLIFE_CMD_FLOOD_GET,
					    tcplife_netlink_put_alert, row))
			break;
		cb->args[0] = cursor;
	}
	return skb->len;
}

static int tcplife_netlink_dump_alerts(struct sk_buff *skb,
				       struct netlink_callback *cb)
{
	const struct tcplife_net *net = tcplife_net_of(sock_net(skb->sk));
	union tcplife_netlink_row *row = (void *)cb->args[1];
	u64 cursor = cb->args[0];

	while (tcplife_alerts_next(net, &cursor, &row->alert)) {
		if (tcplife_netlink_put_row(skb, cb, TCPLIFE_CMD_ALERT_GET,
					    tcplife_netlink_put_alert, row))
			break;
		cb->args[0] = cursor;
	}
	return skb->len;
}

static struct tcplife_tally **
tcplife_netlink_tally_of(struct netlink_callback *cb)
{
	return (struct tcplife_tally **)&cb->args[0];
}

/* All is added up before the first row is sent. */
static int tcplife_netlink_tally_start(struct netlink_callback *cb)
{
	struct nlattr *attr = tcplife_dump_attrs(cb)[TCPLIFE_ATTR_TALLY_REPORT];
	enum tcplife_report report = TCPLIFE_REPORT_HALF_OPEN;
	struct tcplife_tally *tally;
	int err = tcplife_netlink_may_dump(cb);

	if (err)
		return err;
	if (attr)
		report = nla_get_u8(attr);
	tally = tcplife_tally_take(tcplife_net_of(sock_net(cb->skb->sk)), report);
	if (IS_ERR(tally))
		return PTR_ERR(tally);
	*tcplife_netlink_tally_of(cb) = tally;
	return 0;
}

static int tcplife_netlink_tally_done(struct netlink_callback *cb)
{
	tcplife_tally_free(*tcplife_netlink_tally_of(cb));
	return 0;
}

static int tcplife_netlink_dump_tally(struct sk_buff *skb,
				      struct netlink_callback *cb)
{
	const struct tcplife_tally *tally = *tcplife_netlink_tally_of(cb);
	void *header;

	for (; cb->args[1] < tally->length; cb->args[1]++) {
		header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
				     cb->nlh->nlmsg_seq,
				     &tcplife_netlink_family, NLM_F_MULTI,
				     TCPLIFE_CMD_TALLY_GET);
		if (!header)
			break;
		if (tcplife_tally_put(skb, tally, cb->args[1])) {
			genlmsg_cancel(skb, header);
			break;
		}
		genlmsg_end(skb, header);
	}
	return skb->len;
}

static const struct nla_policy
tcplife_netlink_tally_policy[TCPLIFE_ATTR_TALLY_REPORT + 1] = {
	[TCPLIFE_ATTR_TALLY_REPORT] = NLA_POLICY_MAX(NLA_U8, TCPLIFE_REPORT_MAX),
};

static const struct nla_policy
tcplife_netlink_life_policy[TCPLIFE_ATTR_LIFE_ID + 1] = {
	[TCPLIFE_ATTR_LIFE_SCOPE] = NLA_POLICY_MAX(NLA_U32, TCPLIFE_SCOPE_MAX),
	[TCPLIFE_ATTR_LIFE_ID] = { .type = NLA_U64 },
};

static const struct genl_ops tcplife_netlink_ops[] = {
	{
		.cmd = TCPLIFE_CMD_LIFE_GET,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = tcplife_netlink_get_life,
		.start = tcplife_netlink_dump_start,
		.dumpit = tcplife_netlink_dump_lives,
		.done = tcplife_netlink_dump_done,
		.policy = tcplife_netlink_life_policy,
		.maxattr = ARRAY_SIZE(tcplife_netlink_life_policy) - 1,
	},
	{
		.cmd = TCPLIFE_CMD_SUMMARY_GET,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = tcplife_netlink_get_summary,
	},
	{
		.cmd = TCPLIFE_CMD_HOOK_GET,
		.flags = GENL_UNS_ADMIN_PERM,
		.start = tcplife_netlink_may_dump,
		.dumpit = tcplife_netlink_dump_hooks,
	},
	{
		.cmd = TCPLIFE_CMD_LISTENER_GET,
		.flags = GENL_UNS_ADMIN_PERM,
		.start = tcplife_netlink_start_listeners,
		.dumpit = tcplife_netlink_dump_listeners,
		.done = tcplife_netlink_done_rows,
	},
	{
		.cmd = TCPLIFE_CMD_FLOOD_GET,
		.flags = GENL_UNS_ADMIN_PERM,
		.start = tcplife_netlink_start_rows,
		.dumpit = tcplife_netlink_dump_floods,
		.done = tcplife_netlink_done_rows,
	},
	{
		.cmd = TCPLIFE_CMD_ALERT_GET,
		.flags = GENL_UNS_ADMIN_PERM,
		.start = tcplife_netlink_start_rows,
		.dumpit = tcplife_netlink_dump_alerts,
		.done = tcplife_netlink_done_rows,
	},
	{
		.cmd = TCPLIFE_CMD_TALLY_GET,
		.flags = GENL_UNS_ADMIN_PERM,
		.start = tcplife_netlink_tally_start,
		.dumpit = tcplife_netlink_dump_tally,
		.done = tcplife_netlink_tally_done,
		.policy = tcplife_netlink_tally_policy,
		.maxattr = ARRAY_SIZE(tcplife_netlink_tally_policy) - 1,
	},
};

enum { GROUP_LIVES, GROUP_ALERTS };

static const struct genl_multicast_group tcplife_netlink_groups[] = {
	[GROUP_LIVES] = {
		.name = TCPLIFE_MCGRP_LIVES,
		TCPLIFE_MCGRP_ADMIN,
	},
	[GROUP_ALERTS] = {
		.name = TCPLIFE_MCGRP_ALERTS,
		TCPLIFE_MCGRP_ADMIN,
	},
};

static struct genl_family tcplife_netlink_family __ro_after_init = {
	.name = TCPLIFE_FAMILY_NAME,
	.version = TCPLIFE_FAMILY_VERSION,
	.module = THIS_MODULE,
	.netnsok = true,
	.parallel_ops = true,
	.ops = tcplife_netlink_ops,
	.n_ops = ARRAY_SIZE(tcplife_netlink_ops),
	.mcgrps = tcplife_netlink_groups,
	.n_mcgrps = ARRAY_SIZE(tcplife_netlink_groups),
};

/* Room for what is told of a life. */
static size_t tcplife_netlink_room(const struct tcplife_told *told)
{
	return tcplife_queue_is_again(told) ? NOTIFY_END : NOTIFY_LIFE;
}

/* Put a life, or its end, into the message as one notification.  -EMSGSIZE: no room. */
static int tcplife_netlink_put_told(struct sk_buff *skb,
				    const struct tcplife_told *told, u64 now_ns)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)skb_tail_pointer(skb);
	bool again = tcplife_queue_is_again(told);
	struct genlmsghdr *head = nlmsg_data(nlh);
	u8 *at = genlmsg_data(head);
	struct tcplife_view view;
	u32 len;

	if (skb_tailroom(skb) < tcplife_netlink_room(told))
		return -EMSGSIZE;
	if (again) {
		at = tcplife_encode_end_attrs(at, &told->life, told->seq);
	} else {
		tcplife_encode_view_told(&view, &told->life, told->seq, now_ns);
		at = tcplife_encode_attrs(at, &view);
	}
	len = at - (u8 *)nlh;
	*head = (struct genlmsghdr){
		.cmd = again ? TCPLIFE_CMD_LIFE_END_NTF : TCPLIFE_CMD_LIFE_NTF,
		.version = TCPLIFE_FAMILY_VERSION,
	};
	*nlh = (struct nlmsghdr){
		.nlmsg_len = len,
		.nlmsg_type = tcplife_netlink_family.id,
	};
	skb_put(skb, len);
	return 0;
}

/* A message for what is to be told, or as much of it as fits. */
static struct sk_buff *tcplife_netlink_message(const struct tcplife_told *told,
					       unsigned int count)
{
	size_t room = 0;
	unsigned int i;

	for (i = 0; i < count && room < NOTIFY_BYTES; i++)
		room += tcplife_netlink_room(&told[i]);
	return genlmsg_new(min_t(size_t, NOTIFY_BYTES, room), GFP_KERNEL);
}

static void tcplife_netlink_deliver(struct tcplife_net *net,
				    const struct tcplife_told *told,
				    unsigned int count, unsigned int *lost,
				    unsigned int *unheard)
{
	unsigned int done = 0, first;
	u64 now_ns = ktime_get_ns();
	struct sk_buff *skb;

	while (done < count) {
		skb = tcplife_netlink_message(&told[done], count - done);
		if (!skb) {
			*lost += count - done;
			return;
		}
		first = done;
		while (done < count &&
		       !tcplife_netlink_put_told(skb, &told[done], now_ns))
			done++;
		if (done == first) {	/* would not fit alone */
			nlmsg_free(skb);
			*lost += count - done;
			return;
		}
		if (genlmsg_multicast_netns(&tcplife_netlink_family, net->net,
					    skb, 0, GROUP_LIVES, GFP_KERNEL))
			*unheard += done - first;
	}
}

const struct tcplife_queue_ops tcplife_netlink_queue_ops = {
	.deliver = tcplife_netlink_deliver,
};

static void tcplife_netlink_deliver_alert(const struct tcplife_alert *alert)
{
	struct sk_buff *skb = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	void *header;

	if (!skb)
		return;		/* its number will be missed */
	header = genlmsg_put(skb, 0, 0, &tcplife_netlink_family, 0,
			     TCPLIFE_CMD_ALERT_NTF);
	if (!header || tcplife_encode_alert(skb, alert)) {
		nlmsg_free(skb);
		return;
	}
	genlmsg_end(skb, header);
	genlmsg_multicast_netns(&tcplife_netlink_family, alert->net->net, skb, 0,
				GROUP_ALERTS, GFP_KERNEL);
}

const struct tcplife_alerts_ops tcplife_netlink_alerts_ops = {
	.deliver = tcplife_netlink_deliver_alert,
};

/* Is there a member of one of our groups, in whatever namespace? */
static bool tcplife_netlink_is_joined(void)
{
	const struct genl_family *family = &tcplife_netlink_family;

	return genl_has_listeners(family, &init_net, GROUP_LIVES) ||
	       genl_has_listeners(family, &init_net, GROUP_ALERTS);
}

/**
 * tcplife_netlink_start - register the family
 *
 * The kernel asks who may join a group as he joins, and lets anyone join the number of
 * one that is nobody's yet.  So who is a member right away has no leave to be: he is
 * thrown out as the family goes, and it comes again.  A moment later it may be a reader
 * who was asked, so nothing is waited for here.
 *
 * Return: 0 or a negative errno; -EBUSY: there are members whenever it comes.
 */
int __init tcplife_netlink_start(void)
{
	int err, tries;

	for (tries = 0; tries < TRIES; tries++) {
		err = genl_register_family(&tcplife_netlink_family);
		if (err)
			return err;
		if (!tcplife_netlink_is_joined()) {
			/* As genl_has_listeners() reckons, which checks each time. */
			tcplife_queue_group = tcplife_netlink_family.mcgrp_offset +
					      GROUP_LIVES;
			return 0;
		}
		genl_unregister_family(&tcplife_netlink_family);
	}
	pr_err("a process keeps joining netlink groups that are not its own, and would be told of all connections: end it, then load again\n");
	return -EBUSY;
}

/**
 * tcplife_netlink_open - dumps may begin, as loading cannot fail any more
 */
void __init tcplife_netlink_open(void)
{
	WRITE_ONCE(tcplife_netlink_is_open, true);
}

/**
 * tcplife_netlink_stop - unregister the family
 *
 * Waits for requests that run.  A dump that a reader has not read to its end
 * holds a reference on the module, or none began, so it cannot be under way.
 */
void tcplife_netlink_stop(void)
{
	genl_unregister_family(&tcplife_netlink_family);
}
