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
    Mutant("members-kept", "who joined the groups before they were ours stays a member",
           "netlink.c", "if (!tcplife_netlink_is_joined()) {",
           "if (!tcplife_netlink_is_joined() || !tries) {",
           "test_access.py::test_joined_before_load", r"not in \["),
    Mutant("dump-too-early", "a dump may begin while loading may still fail",
           "netlink.c", "if (READ_ONCE(tcplife_netlink_is_open))", "if (true)",
           "test_failed_load.py::test_dumps_of_what_fails_to_load", FAULT,
           by_kernel=True),
    Mutant("capable-where", "the capability is looked for where the task is, not the namespace",
           "proc.c", "ns_capable(tn->net->user_ns, CAP_NET_ADMIN)",
           "ns_capable(current_user_ns(), CAP_NET_ADMIN)",
           "test_access.py::test_refused[weak-root-namespace]", "'file "),
    # --- what is counted ------------------------------------------------------
    Mutant("booked-twice", "what had no room at load is booked again when it is found",
           "adopt.c", "tcplife_adopt_count_lost(net, -1);",
           "tcplife_adopt_count_lost(net, 0);",
           "test_watch.py::test_room_later", "'adopted'"),
    Mutant("kernel-owns", "who accepts for the kernel itself is taken for an owner",
           "sample.h", "if (!in_task() || current->flags & PF_KTHREAD)", "if (!in_task())",
           "test_odd_sockets.py::test_sockets_of_the_kernel", "kworker|krds"),
    Mutant("table-left-out", "a namespace with a table of its own is passed over at load",
           "adopt.c", "if (net->ipv4.tcp_death_row.hashinfo != common)",
           "if (!net->ipv4.tcp_death_row.hashinfo)",
           "test_listeners.py::test_found_at_load_in_its_own_table[ipv4]", "0 lives"),
    Mutant("queue-overrun", "one event too many goes into a full queue",
           "queue.c", "room = q->head - q->tail < q->size && !q->stopped;",
           "room = q->head - q->tail <= q->size && !q->stopped;",
           "test_parameters.py::test_full_queue", "At index 0 diff: 17 != 1"),
    # --- how a connection went --------------------------------------------------
    Mutant("overflow-stays", "an orphan's FIN_WAIT2 keeps the mark of one that had no room",
           "minisock.c", "\t\tlife->time_wait_end = TCPLIFE_TIME_WAIT_END_NONE;\n", "",
           "test_closing.py::test_orphan_closes[ipv4]", "overflow"),
    Mutant("overflow-invented", "a TIME_WAIT that nobody saw is one that had no room",
           "hooks.c", "!tcplife_canary_deaf(TCPLIFE_HOOK_KIND_FTRACE);", "true;",
           "test_watch.py::test_books_survive[ftrace-ipv4]", "overflow"),
    # --- room that is limited, and given back -----------------------------------
    Mutant("share-exceeded", "one namespace of a user may take half of the listeners",
           "listeners.c", "(net->listeners >= t->size / 4)",
           "(net->listeners >= t->size / 2)",
           "test_access.py::test_listeners_of_users", r"\[4, 4, 0, 0, 0, 0\]"),
    Mutant("share-kept", "a listener that goes does not give its place back to its user",
           "listeners.c",
           "\tt->foreign -= tcplife_listeners_is_foreign(l->end.net);\n", "",
           "test_access.py::test_listeners_of_users", r"\[4, 4, 0, 0, 0, 0\]"),
    Mutant("closed-kept", "a closed listener makes no room for others of its user",
           "listeners.c",
           "\tif (place)\n\t\ttcplife_listeners_remove(place);",
           "\tif (share)\n\t\tplace = 0;\n\tif (place)\n\t\ttcplife_listeners_remove(place);",
           "test_access.py::test_closed_listeners_of_users", r"\[4, 0, 0\]"),
    Mutant("place-of-another", "a listening socket's place may be another namespace's meanwhile",
           "listeners.h", "l->end.net == net &&\n\t\t   ", "",
           "test_listeners.py::test_place_of_another[ipv4]", "cookie"),
    Mutant("one-chain", "all timewait_socks of a socket are on one chain",
           "lives.h", "return ((sk->sk_hash ^ (u32)tcplife_lives.key) * GOLDEN_RATIO_32) >> 16;",
           "return 0;",
           "test_scale.py::test_one_cookie", r"\(1 \+ 0\.5\)"),
    Mutant("alert-not-ended", "only the last address and port decides whether to look again",
           "alerts.c", "busy |= tcplife_alerts_pass(a, target, &alert);",
           "busy = tcplife_alerts_pass(a, target, &alert);",
           "test_flood.py::test_not_the_last_one[ipv4]", "quiet|ending"),
    # --- loading, unloading, namespaces that go ------------------------------------
    Mutant("module-not-held", "the netlink family does not name its module",
           "netlink.c", "\t.module = THIS_MODULE,\n\t.netnsok = true,",
           "\t.netnsok = true,",
           "test_unload.py::test_half_read_dump", FAULT, by_kernel=True),
    Mutant("freed-too-early", "the tables are freed before the namespaces are done with them",
           "main.c", "\ttcplife_net_stop();\n\ttcplife_arena_stop();\n\ttcplife_main_free();\n}",
           "\ttcplife_arena_stop();\n\ttcplife_main_free();\n\ttcplife_net_stop();\n}",
           "test_unload.py::test_memory_returns[0]", FAULT, by_kernel=True),
    Mutant("work-not-cancelled", "the work of each second may run after the module is gone",
           "watch.c", "\tcancel_delayed_work_sync(&tcplife_watch.work);\n", "",
           "test_unload.py::test_nothing_stays_armed", FAULT, by_kernel=True),
    Mutant("rcu-kept", "a walk over listening sockets does not leave RCU",
           "listeners_walk.c", "\trcu_read_unlock();\n\treturn !strayed;\n",
           "\treturn !strayed;\n",
           "test_listeners.py::test_closed_ones_are_kept[ipv4]",
           "Voluntary context switch within RCU", by_kernel=True),
    # --- the pure core -------------------------------------------------------------
    Mutant("fin-unsent", "a FIN that never left counts as an end in order",
           "core/outcome.c", "close->unacked || close->unsent)", "close->unacked)",
           "test_outcome.c::reset in LAST_ACK, FIN unsent", "FAILED", "unit"),
    Mutant("outcome-swapped", "unacknowledged data is taken for a shut window",
           "core/outcome.c", "if (close->unacked)\n\t\treturn TCPLIFE_OUTCOME_RETRANSMIT_TIMEOUT;",
           "if (close->unsent)\n\t\treturn TCPLIFE_OUTCOME_RETRANSMIT_TIMEOUT;",
           "test_outcome.c::window stayed shut", "FAILED", "unit"),
    Mutant("unit-short", "times of long lives are kept in units of 8, not of 16",
           "core/timeline.c", "us >>= 4)", "us >>= 3)",
           "test_timeline.c::test_packing", "FAILED", "unit"),
    Mutant("closer-unknown", "a FIN of the peer does not make it the one who closed",
           "core/tracker.h", "\tcase TCPLIFE_STATE_CLOSE_WAIT:\n", "",
           "test_tracker.c::test_first_closer_stays", "FAILED", "unit"),
    Mutant("bucket-beyond", "the largest values are counted beyond the last bucket",
           "core/histogram.h", "return bits < TCPLIFE_HISTOGRAM_BUCKETS ?",
           "return bits <= TCPLIFE_HISTOGRAM_BUCKETS ?",
           "test_histogram.c::test_edge_is_in_its_bucket", "FAILED", "unit"),
    Mutant("port-short", "a range of ports has one too few",
           "core/tally.c", "range->high - range->low + 1;", "range->high - range->low;",
           "test_tally.c::test_ports_in_a_range", "FAILED", "unit"),
    Mutant("below-zero", "a window of the detector counts below zero",
           "core/flood.h", "\tif (w && w->open)\n\t\tw->open--;", "\tif (w)\n\t\tw->open--;",
           "test_flood.c::test_never_below_zero", "FAILED", "unit"),
    Mutant("room-not-left", "an event takes the place of a state that is still to come",
           "core/tracker.c", "\t\treturn 4;\t/* FIN_WAIT1", "\t\treturn 3;\t/* FIN_WAIT1",
           "test_tracker.c::test_notes_leave_room", "FAILED", "unit"),
    Mutant("count-wraps", "a count of retransmissions begins at 0 again",
           "core/tracker.c", "\tif (*counter < 255)\n\t\t(*counter)++;",
           "\t(*counter)++;",
           "test_tracker.c::test_count_up", "FAILED", "unit"),
    Mutant("last-port-out", "the last port of a range is not of it",
           "core/tally.c", "key->local_port > range->high)", "key->local_port >= range->high)",
           "test_tally.c::test_ports_used", "FAILED", "unit"),
    Mutant("end-forgotten", "a flood that has stopped needs no time to end",
           "core/flood.h", "return f->state != TCPLIFE_FLOOD_STATE_QUIET || f->early || f->late ||",
           "return f->early || f->late ||",
           "test_flood.c::test_needs_time", "FAILED", "unit"),
    Mutant("rst-is-syn", "a RST in TIME_WAIT is taken for a SYN that reopens it",
           "core/outcome.c", "return kill->syn && !kill->rst ?", "return kill->syn || kill->rst ?",
           "test_outcome.c::minisock: RST", "FAILED", "unit"),
    Mutant("no-room-is-silence", "a peer that answered in vain is taken for a silent one",
           "core/outcome.c", "return drop->acked ? TCPLIFE_OUTCOME_HALF_OPEN_DROPPED :",
           "return !drop->acked ? TCPLIFE_OUTCOME_HALF_OPEN_DROPPED :",
           "test_outcome.c::request expired", "FAILED", "unit"),
]
