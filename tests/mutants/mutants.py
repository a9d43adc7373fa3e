# SPDX-License-Identifier: GPL-2.0
"""Mistakes that a maintainer could make in the module, and the test that sees each.

Each is one text of one file that is replaced by another.  The text stands there
exactly once; tests/cli/test_mutants.py fails where it does not any more.
"""
import dataclasses
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXACT = "tests/vm/exact/"


@dataclasses.dataclass(frozen=True)
class Mutant:
    """A mistake.

    TEST is FILE::NAME, with a parameter or without: of tests/vm/exact, run on
    KERNEL, or of tests/unit, for which KERNEL is "unit".  Caught means that it
    fails and says SAYS, a regular expression; or with BY_KERNEL that the kernel
    does, in its log or through its checkers, and so the guest fails.
    """
    name: str
    mistake: str
    file: str
    old: str
    new: str
    test: str
    says: str
    kernel: str = "bookworm"
    by_kernel: bool = False

    @property
    def path(self):
        """The file, seen from the top of the tree."""
        return f"module/{self.file}"

    @property
    def test_path(self):
        """The file of the test."""
        folder = "tests/unit/" if self.kernel == "unit" else EXACT
        return folder + self.test.split("::", maxsplit=1)[0]

    def mutated(self, text):
        """The file with the mistake.  ValueError: it cannot be made any more."""
        if text.count(self.old) != 1:
            raise ValueError(f"{self.name}: {self.path} has its text "
                             f"{text.count(self.old)} times, not once")
        if self.old == self.new:
            raise ValueError(f"{self.name} changes nothing")
        return text.replace(self.old, self.new)


FAULT = "unable to handle (page fault|kernel paging)|general protection fault"
LEAK = "kmemleak found what nothing points at"

MUTANTS = [
    # --- who may look, and at what ------------------------------------------
    Mutant("request-for-all", "a netlink request without its permission flag",
           "netlink.c",
           ".cmd = TCPLIFE_CMD_TALLY_GET,\n\t\t.flags = GENL_UNS_ADMIN_PERM,",
           ".cmd = TCPLIFE_CMD_TALLY_GET,",
           "test_access.py::test_refused[user]", "'tally'"),
    Mutant("group-for-all", "a multicast group without its permission flag",
           "netlink.c",
           ".name = TCPLIFE_MCGRP_ALERTS,\n\t\tTCPLIFE_MCGRP_ADMIN,",
           ".name = TCPLIFE_MCGRP_ALERTS,",
           "test_access.py::test_refused[user]", "'join alerts'"),
    Mutant("files-for-all", "files that everybody may read",
           "proc.c", "0400, tn->proc", "0444, tn->proc",
           "test_access.py::test_modes", "assert .* == 256|0o400"),
    Mutant("capable-where", "the capability is looked for where the task is, not the namespace",
           "proc.c", "ns_capable(tn->net->user_ns, CAP_NET_ADMIN)",
           "ns_capable(current_user_ns(), CAP_NET_ADMIN)",
           "test_access.py::test_refused[weak-root-namespace]", "'file "),
    Mutant("life-of-another", "a connection of another namespace is found by its id",
           "lives.c", "if (life->id != id || life->net != net)\n\t\t\tcontinue;",
           "if (life->id != id)\n\t\t\tcontinue;",
           "test_namespaces.py::test_own_only[ipv4]", "DID NOT RAISE"),
    Mutant("host-ids", "a user's own namespaces are shown the host's ids of processes",
           "encode.c", "view->host_ids = user_ns == &init_user_ns;",
           "view->host_ids = true;",
           "test_access.py::test_own_namespaces[ipv4]", r"\(None, 0, None\)"),
    Mutant("name-unescaped", "a backslash in the name of a process is not escaped",
           "encode.c", "isgraph(*comm) && *comm != '\\\\'", "isgraph(*comm)",
           r"test_owner.py::test_names[back\\slash]", "slash"),
    # --- what is counted ------------------------------------------------------
    Mutant("handshake-twice", "what the handshake sent again counts as data sent again",
           "sample.c",
           "life->retransmits = total > handshake ? total - handshake : 0;",
           "life->retransmits = total;",
           "test_loss.py::test_lost_handshake[ipv4]", "retransmits"),
    Mutant("end-uncounted", "an end of TIME_WAIT is not counted",
           "books.c", "\ttcplife_stats_count(s, TIME_WAIT_ENDED, 1);\n", "",
           "test_time_wait.py::test_expired[ipv4-client]", "time_wait_ended|time_wait_begun"),
    Mutant("reset-uncounted", "the RST to a half-open connection is not counted",
           "request.c", "\t\ttcplife_stats_add(net->stats, RESETS_SENT, 1);\n", "",
           "test_half_open.py::test_reset[ipv4-syn]", "resets_sent"),
    Mutant("cookie-failed-twice", "a valid SYN cookie is not taken off those that failed",
           "syns.c", "\t\tl->count[TCPLIFE_ATTR_LISTENER_COOKIES_FAILED]--;",
           "\t\tl->count[TCPLIFE_ATTR_LISTENER_COOKIES_FAILED] += 0;",
           "test_listeners.py::test_cookies[ipv4]", "cookies_failed"),
    Mutant("history-short", "the oldest record of a full history is never shown",
           "history.c", "*cursor = max(*cursor, ring->next - ring->size);",
           "*cursor = max(*cursor, ring->next - ring->size + 1);",
           "test_flood.py::test_spares_history[ipv4]", "63"),
    Mutant("queue-overrun", "one event too many goes into a full queue",
           "queue.c", "room = q->head - q->tail < q->size && !q->stopped;",
           "room = q->head - q->tail <= q->size && !q->stopped;",
           "test_parameters.py::test_full_queue", "seq"),
    # --- how a connection went --------------------------------------------------
    Mutant("port-order", "the port of an adopted TIME_WAIT is in the wrong byte order",
           "sample.c", "life->local_port = ntohs(tw->tw_sport);",
           "life->local_port = (__force u16)tw->tw_sport;",
           "test_parameters.py::test_adopted[ipv4]", "assert"),
    Mutant("role-invented", "an adopted connection is taken for a passive one",
           "adopt.c", "TCPLIFE_ROLE_ACTIVE : TCPLIFE_ROLE_UNKNOWN;",
           "TCPLIFE_ROLE_ACTIVE : TCPLIFE_ROLE_PASSIVE;",
           "test_parameters.py::test_adopted[ipv4]", "role"),
    Mutant("overflow-stays", "a TIME_WAIT that began keeps the mark of one that had no room",
           "minisock.c", "\tlife->time_wait_end = TCPLIFE_TIME_WAIT_END_NONE;\n", "",
           "test_time_wait.py::test_expired[ipv4-client]", "overflow"),
    Mutant("stale-syn-missed", "an old SYN's RST is held against the wrong sequence number",
           "request.c", "mark.seq == tcp_rsk(req)->rcv_isn + 1;",
           "mark.seq == tcp_rsk(req)->rcv_isn;",
           "test_half_open.py::test_reset[ipv4-rst]", "half_open_reset"),
    Mutant("close-is-accept", "closing a listener that hands over is taken for accept()",
           "request.c", "if (!in_task() || in_softirq() ||", "if (!in_task() ||",
           "test_tasks.py::test_moved_to_another_listener[ipv4-plain]", "_nobody|accepted"),
    Mutant("mended-late", "records are not mended soon after something was missed",
           "watch.c",
           "\t\tw->mend_in = min_t(u32, w->mend_in, MEND_AFTER_SECONDS);\n", "",
           "test_watch.py::test_missed_end[ftrace-ipv4]", "time_wait"),
    # --- room that is limited, and given back -----------------------------------
    Mutant("record-lost", "a record that is given back is not counted as free",
           "arena.c", "\ta->head = index;\n\ta->free++;\n", "\ta->head = index;\n",
           "test_namespaces.py::test_deleted[ipv4]", "assert"),
    Mutant("share-exceeded", "one namespace of a user may take half of the listeners",
           "listeners.c", "(net->listeners < t->size / 4 && t->foreign < t->size / 2)",
           "t->foreign < t->size / 2",
           "test_access.py::test_listeners_of_users", r"\[4, 4, 0, 0, 0, 0\]"),
    Mutant("share-kept", "a listener that goes does not give its place back to its user",
           "listeners.c",
           "\tt->foreign -= tcplife_listeners_is_foreign(l->end.net);\n", "",
           "test_access.py::test_listeners_of_users", r"\[4, 4, 0, 0, 0, 0\]"),
    Mutant("alert-not-ended", "only the last address and port decides whether to look again",
           "alerts.c", "busy |= tcplife_alerts_pass(a, target, &alert);",
           "busy = tcplife_alerts_pass(a, target, &alert);",
           "test_flood.py::test_not_the_last_one[ipv4]", "quiet|ending"),
    Mutant("grown-in-a-hook", "memory is allocated, with sleep, where a hook runs",
           "arena.c", "\t\tirq_work_queue(&a->kick);\n\treturn index;",
           "\t\ttcplife_arena_grow(&a->grow);\n\treturn index;",
           "test_scale.py::test_memory_is_as_said[default]",
           "kernel BUG at mm/vmalloc|sleeping function|scheduling while atomic",
           by_kernel=True),
    # --- loading, unloading, namespaces that go ------------------------------------
    Mutant("module-not-held", "the netlink family does not name its module",
           "netlink.c", "\t.module = THIS_MODULE,\n\t.netnsok = true,",
           "\t.netnsok = true,",
           "test_unload.py::test_half_read_dump", FAULT, by_kernel=True),
    Mutant("freed-too-early", "the tables are freed before the namespaces are done with them",
           "main.c", "\ttcplife_net_stop();\n\ttcplife_arena_stop();\n\ttcplife_main_free();\n}",
           "\ttcplife_arena_stop();\n\ttcplife_main_free();\n\ttcplife_net_stop();\n}",
           "test_unload.py::test_memory_returns[0]", FAULT, by_kernel=True),
    Mutant("work-not-cancelled", "the work on alerts may run after the module is gone",
           "alerts.c", "\tcancel_delayed_work_sync(&tcplife_alerts.work);\n", "",
           "test_unload.py::test_detector_awake", FAULT, by_kernel=True),
    Mutant("rcu-kept", "a walk over listening sockets does not leave RCU",
           "listeners.c", "\t\trcu_read_unlock();\n\t\tcond_resched();\n",
           "\t\tcond_resched();\n",
           "test_listeners.py::test_closed_ones_are_kept[ipv4]",
           "Voluntary context switch within RCU", by_kernel=True),
    # --- what a debug kernel is for ---------------------------------------------
    Mutant("queue-not-flushed", "events of a namespace are still queued when it is gone",
           "net.c", "\ttcplife_queue_flush();\n", "",
           "test_namespaces.py::test_deleted_unheard[ipv4]",
           "KASAN: slab-use-after-free", "debug", True),
    Mutant("rcu-lock-lost", "listening sockets are walked without rcu_read_lock()",
           "listeners.c", """\t\trcu_read_lock();
\t\ttcplife_for_each_listening(sk, node, &table->lhash2[i])
\t\t\tif (net_eq(sock_net(sk), net) &&
\t\t\t    READ_ONCE(sk->sk_state) == TCP_LISTEN)
\t\t\t\ttcplife_listeners_meet(sk, walk, first);
\t\trcu_read_unlock();
""", """\t\ttcplife_for_each_listening(sk, node, &table->lhash2[i])
\t\t\tif (net_eq(sock_net(sk), net) &&
\t\t\t    READ_ONCE(sk->sk_state) == TCP_LISTEN)
\t\t\t\ttcplife_listeners_meet(sk, walk, first);
""",
           "test_listeners.py::test_closed_ones_are_kept[ipv4]",
           "suspicious RCU usage", "debug", True),
    Mutant("dump-leaks", "a dump that is over is not freed",
           "netlink.c", "\tkfree(*tcplife_netlink_dump_of(cb));\n", "",
           "test_access.py::test_allowed", LEAK, "debug", True),
    Mutant("filter-leaks", "what the hooks' filter holds is not freed",
           "attach.c",
           "\tftrace_set_filter(&tcplife_attach_ops, NULL, 0, 1);\t/* frees it */\n", "",
           "test_unload.py::test_memory_returns[0]", LEAK, "debug", True),
    Mutant("one-hook-more", "the list of hooks is read one beyond its end",
           "attach.c", "if (i >= ARRAY_SIZE(tcplife_attach_hooks))",
           "if (i > ARRAY_SIZE(tcplife_attach_hooks))",
           "test_access.py::test_allowed", "KASAN: global-out-of-bounds", "debug", True),
    Mutant("lock-kept", "a life stays locked when data came after close",
           "hooks.c", "\t\t}\n\t\ttcplife_lives_unlock(life);\n\t}\n\tpreempt_enable_notrace();\n}"
           "\n\n/**\n * tcplife_hooks_congestion",
           "\t\t\ttcplife_lives_unlock(life);\n\t\t}\n\t}\n\tpreempt_enable_notrace();\n}"
           "\n\n/**\n * tcplife_hooks_congestion",
           "test_closing.py::test_data_after_close[ipv4]",
           "recursi|lock held|Invalid wait|inconsistent lock state", "debug", True),
    # --- the pure core -------------------------------------------------------------
    Mutant("outcome-swapped", "unacknowledged data is taken for a shut window",
           "core/outcome.c", "if (close->unacked)\n\t\treturn TCPLIFE_OUTCOME_RETRANSMIT_TIMEOUT;",
           "if (close->unsent)\n\t\treturn TCPLIFE_OUTCOME_RETRANSMIT_TIMEOUT;",
           "test_outcome.c::window stayed shut", "FAILED", "unit"),
    Mutant("unit-short", "times of long lives are kept in units of 8, not of 16",
           "core/timeline.c", "us >>= 4)", "us >>= 3)",
           "test_timeline.c::test_packing", "FAILED", "unit"),
    Mutant("closer-unknown", "a FIN of the peer does not make it the one who closed",
           "core/tracker.c", "\t[TCPLIFE_STATE_CLOSE_WAIT] = TCPLIFE_CLOSER_REMOTE,\n", "",
           "test_tracker.c::test_first_closer_stays", "FAILED", "unit"),
    Mutant("bucket-beyond", "the largest values are counted beyond the last bucket",
           "core/histogram.c", "return bits < TCPLIFE_HISTOGRAM_BUCKETS ?",
           "return bits <= TCPLIFE_HISTOGRAM_BUCKETS ?",
           "test_histogram.c::test_edge_is_in_its_bucket", "FAILED", "unit"),
    Mutant("port-short", "a range of ports has one too few",
           "core/tally.c", "range->high - range->low + 1;", "range->high - range->low;",
           "test_tally.c::test_ports_in_a_range", "FAILED", "unit"),
    Mutant("below-zero", "a window of the detector counts below zero",
           "core/flood.c", "\tif (w && w->open)\n\t\tw->open--;", "\tif (w)\n\t\tw->open--;",
           "test_flood.c::test_never_below_zero", "FAILED", "unit"),
]
