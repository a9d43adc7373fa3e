#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Break the reader in many small ways, and see the tests fail each time.

    mutate.py [FIRST [LAST]]     some minutes; exits with 1 if a break went unseen

Works on a copy in a temporary folder.  Breaks that only reach beyond an array
are left to tests/fuzz, whose sanitizers see them.
"""
import os
import shutil
import subprocess
import sys
import tempfile

import recording

TESTS = ["json", "show", "source", "lists", "terminal", "usage", "man", "flood",
         "reports", "advise", "stream", "raw"]

# where a break of a file is most likely to be seen
CLOSEST = {
    "cmd_lives.c": "lists", "cmd_show.c": "show", "cmd_stream.c": "stream",
    "cmd_totals.c": "lists", "follow.c": "stream", "cmd_tallies.c": "reports",
    "cmd_flood.c": "flood", "cmd_advise.c": "advise", "advise.c": "advise", "facts.c": "advise",
    "columns_listen.c": "reports", "columns.c": "lists", "decode.c": "source", "filter.c": "usage",
    "format.c": "stream", "format_table.c": "lists", "gaps.c": "stream", "ladder.c": "show",
    "ladder_head.c": "show", "ladder_plan.c": "show", "options.c": "usage",
    "raw.c": "raw", "raw_write.c": "raw",
    "repair.c": "stream", "replay.c": "source", "source.c": "source", "text.c": "terminal",
}

# file, what stands there, what to put in its place
MUTANTS = [
    ("json.c", "value < JSON_INTEGER_MAX ?", "1 ?"),
    ("json.c", "c == '\"' || c == '\\\\'", "c == '\"'"),
    ("json.c", "c < 0x20", "c < 0x10"),
    ("json.c", "text[0] < 0xc2", "text[0] < 0xc0"),
    ("json.c", "high = 0x9f", "high = 0xbf"),
    ("json.c", "high = 0x8f", "high = 0xbf"),
    ("format_json.c", "field->zero_is_unknown && !number", "0"),
    ("format_json.c", "% 1000000000 / 1000", "/ 1000"),
    ("format_json.c", "if (!life->states[i] && !current)", "if (!life->states[i])"),
    ("format_json.c", "if (!life->states[i] && !current)", "if (0)"),
    ("format_json.c", "if (field_present(record, i) ||", "if (1 ||"),
    ("decode.c", "if (len != field->size)", "if (len > 99)"),
    ("decode.c", "return len ? -EBADMSG : 0;", "return 0;"),
    ("decode.c", "if (len != 4 && len != 16)", "if (len > 16)"),
    ("decode.c", "if (len % size)\n\t\treturn -EBADMSG;\n\tlife->timeline_grown", "life->timeline_grown"),
    ("decode.c", "if (len % sizeof(uint64_t))", "if (0)"),
    ("decode.c", "count_timeline_cut(life);", ";"),
    ("decode.c", "life->states[state] += us - since;", "life->states[state] += us;"),
    ("decode.c", "life->states[TCPLIFE_STATE_FIN_WAIT1] +", ""),
    ("decode.c", " &&\n\t    !life->timeline_cut)", ")"),
    ("decode.c", "skip += MNL_ALIGN((size_t)err.msg.nlmsg_len) -\n\t\t\t\tsizeof(err.msg);", ";"),
    ("decode.c", "(nlh->nlmsg_flags & NLM_F_ACK_TLVS) &&", "0 &&"),
    ("filter.c", "life->time_wait_end != TCPLIFE_TIME_WAIT_END_OVERFLOW", "1"),
    ("filter.c", "return !set || (known &&", "return !set || (1 &&"),
    ("filter.c", "value > (max - digit) / 10", "0"),
    ("filter.c", "life->pid == filter->pid", "1"),
    ("filter.c", "want->len == addr->len &&", "1 &&"),
    ("filter.c", "(!has_port || want->port != port)", "(want->port != port)"),
    ("filter.c", "bracket[1] && bracket[1] != ':'", "0"),
    ("gaps.c", "seq < gaps->next", "0"),
    ("gaps.c", "gaps->missing += seq - gaps->next;", ""),
    ("gaps.c", "seq < gaps->open[i].to", "seq <= gaps->open[i].to + 1"),
    ("gaps.c", "gaps->next = last + 1;", ""),
    ("gaps.c", "(gaps->overruns && !gaps->missing)", "0"),
    ("gaps.c", "if (beyond)\n\t\tgaps->overrun = false;", ""),
    ("repair.c", "found[i].seq != found[i + 1].seq", "1"),
    ("repair.c", "x->offset < y->offset ? -1 : x->offset > y->offset",
     "x->offset > y->offset ? -1 : x->offset < y->offset"),
    ("cmd_stream.c", "TCPLIFE_SCOPE_HALF_OPEN_HISTORY", "TCPLIFE_SCOPE_HISTORY"),
    ("cmd_stream.c", "return life_is_late(record);", "return false;"),
    ("follow.c", "is_life_end(nlh) || ", ""),
    ("decode.c", "cut_timeline(life);\n\troom", "room"),
    ("follow.c", "if (gaps_full(&follow->gaps))\n\t\tfollow_mend(follow, false);", ""),
    ("cmd_stream.c", "follow->told >= options->count", "follow->told > options->count"),
    ("cmd_stream.c", "if (!filter_match(&options->filter, record))", "if (0)"),
    ("follow.c", "if (follow_is_end(nlh))", "if (0)"),
    ("follow.c", "return EXIT_LOST", "return 0"),
    ("follow.c", "fflush(follow->format.out);\n\tif (ferror", "if (ferror"),
    ("follow.c", "!interrupted() &&", ""),
    ("follow.c", "follow->malformed++;", ""),
    ("cmd_totals.c", "!verdicts->detached &&", "1 &&"),
    ("cmd_totals.c", "verdicts->deaf += hook->status == TCPLIFE_HOOK_STATUS_DEAF;", ""),
    ("cmd_totals.c", "verdicts->hooks && ", ""),
    ("cmd_totals.c", "options->check &&", "0 &&"),
    ("cmd_show.c", "TCPLIFE_SCOPE_HALF_OPEN_HISTORY", "TCPLIFE_SCOPE_HISTORY"),
    ("cmd_show.c", "LIFE_HAS(life, ID) && life->id == id", "1"),
    ("cmd_tallies.c", "only.filter.states = 1u << TCPLIFE_STATE_SYN_RECV;", ""),
    ("cmd_tallies.c", "only.filter.states = 1u << TCPLIFE_STATE_TIME_WAIT;", ""),
    ("source.c", "answer->changed = true;", ""),
    ("source.c", "return err == -ENOENT ? -ENOPKG : err;", "return err;"),
    ("source.c", "msgs->used = before;", ""),
    ("source.c", "case -EPERM:\n", "case -EPERM: return EXIT_ERROR;\n"),
    ("source.c", "0600", "0644"),
    ("source.c", "return source->verdict.error;", "return 0;"),
    ("source.c", "if (!source->family.groups[group])", "if (0)"),
    ("replay.c", "if (!replay->used[i])", "if (1)"),
    ("replay.c", "return -EAGAIN;\n\t\tif (replay->raw", "continue;\n\t\tif (replay->raw"),
    ("replay.c", "*life = found[i];", "*life = found[0];"),
    ("replay.c", "same && life->seq == found[i].seq", "same"),
    ("replay.c", "life->end = found[i].index;", ""),
    ("decode.c", " || life->timeline_grown)", ")"),
    ("replay.c", "return x->index < y->index ? 1 : x->index > y->index ? -1 : 0;", "return 0;"),
    ("ladder_plan.c", 'RULE(FIN_WAIT2, FROM(FIN_WAIT1), IN("ACK")),',
     'RULE(FIN_WAIT2, FROM(FIN_WAIT1), OUT("ACK")),'),
    ("ladder_plan.c", "if (from == TCPLIFE_STATE_LAST_ACK)", "if (1)"),
    ("ladder_plan.c", "if (!rst)", "if (1)"),
    ("ladder_plan.c", "began_late(life))", "0)"),
    ("ladder_plan.c", "end > rung->us ? end - rung->us : 0", "end - rung->us"),
    ("ladder_plan.c", "only_once(life, rung->event)", "1"),
    ("ladder_plan.c", "if (!on_timeline(life, TCPLIFE_EVENT_LATE_DATA))", "if (1)"),
    ("ladder.c", "to - from >= LONG_US", "1"),
    ("ladder.c", "put_omitted(life, format->out);", ""),
    ("ladder.c", "if (life->state == TCPLIFE_STATE_CLOSE || !state)", "if (!state)"),
    ("ladder.c", "return text_utf8() ? &utf8_pen : &ascii_pen;", "return &utf8_pen;"),
    ("ladder_head.c", "life->closer == TCPLIFE_CLOSER_NONE", "0"),
    ("text.c", "iswprint(wide)", "1"),
    ("text.c", "wide != '\\\\'", "1"),
    ("text.c", "if (no_color && *no_color)", "if (no_color)"),
    ("text.c", "if (no_color && *no_color)", "if (0)"),
    ("text.c", 'strcmp(term, "dumb") &&', ""),
    ("text.c", " && isatty(fd)", ""),
    ("text.c", "us < US_PER_MIN", "us <= US_PER_MIN"),
    ("text.c", "bytes % unit / (unit / 10)", "bytes % unit / unit"),
    ("columns.c", "TCPLIFE_CLOSER_NONE)\n\t\treturn put_text(to, TEXT_NONE)",
     "TCPLIFE_CLOSER_NONE)\n\t\treturn put_text(to, TEXT_UNKNOWN)"),
    ("columns.c", "LIFE_HAS(life, BYTES_SENT), life", "1, life"),
    ("format.c", "if (blanks < 0)\n\t\tlines->widths[i] = width;", ""),
    ("format.c", "fflush(format->out) || ferror(format->out)", "0"),
    ("format_table.c", "scols_table_enable_noencoding(table, 1);", ""),
    ("format_table.c", "else if (format->header)", "else if (0)"),
    ("options.c", "wanted && filter_parse_number", "0 && filter_parse_number"),
    ("options.c", "if (options->record && options->replay)", "if (0)"),
    ("options.c", "filter->has_port = true;", ""),
    ("fields.c", "LIFE(LOCAL_PORT, local_port, NUMBER)", "LIFE(LOCAL_PORT, remote_port, NUMBER)"),
    ("fields.c", "LIFE_WORD(OWNER, owner, true)", "LIFE_WORD(OWNER, owner, false)"),
    ("decode.c", "len % sizeof(uint64_t) || len > sizeof(to->counts)", "len > sizeof(to->counts)"),
    ("decode.c", "if (!err && to->count < FLOOD_SOURCES_MAX)", "if (to->count < FLOOD_SOURCES_MAX)"),
    ("decode.c", "err = decode_attrs(&source_type, from, len, &source);",
     "err = (decode_attrs(&source_type, from, len, &source), 0);"),
    ("decode.c", "family->groups[GROUP_ALERTS] = id;", ";"),
    ("json.c", "put_digits(to, value % 1000, 3)", "put_number(to, value % 1000)"),
    ("format_json.c", "|| field->kind == FIELD_SOURCES", ""),
    ("replay.c", "source->group == GROUP_ALERTS", "0"),
    ("replay.c", "nlh->nlmsg_type != NLMSG_NOOP || left", "left"),
    ("source.c", "if (source->verdict.error)\n", "if (0)\n"),
    ("source.c", "source->group == GROUP_ALERTS ?", "0 ?"),
    ("cmd_flood.c", "options->check && seen.floods", "seen.floods"),
    ("cmd_flood.c", "options->check && seen.floods", "options->check && seen.rows"),
    ("cmd_flood.c", "follow->options->once && is_flood(flood)", "is_flood(flood)"),
    ("cmd_flood.c", "!err && flood.state != TCPLIFE_FLOOD_STATE_QUIET", "!err"),
    ("cmd_flood.c", "if (err || follow->done)", "if (err)"),
    ("cmd_flood.c", "if (flood->state == TCPLIFE_FLOOD_STATE_QUIET)\n\t\treturn;", ""),
    ("cmd_flood.c", "source_join(source, GROUP_ALERTS", "source_join(source, GROUP_LIVES"),
    ("cmd_tallies.c", "err != -ENODATA || options->totals", "1"),
    ("cmd_tallies.c", "err != -ENODATA || options->totals", "err != -ENODATA"),
    ("cmd_tallies.c", "TCPLIFE_REPORT_HALF_OPEN_HISTORY :", "TCPLIFE_REPORT_HALF_OPEN :"),
    ("cmd_tallies.c", "if (!code && !options->json)\n\t\tcode = half_open_totals",
     "if (!code)\n\t\tcode = half_open_totals"),
    ("cmd_tallies.c", "!options->list && filter_is_set(&options->filter)", "0"),
    ("cmd_tallies.c", "options->totals && filter_is_set(&options->filter)", "0"),
    ("filter.c", "endpoint_is_set(&filter->remote) ||", ""),
    ("filter.c", "end->addr.len || end->has_port", "end->addr.len"),
    ("columns_listen.c", "listener->dropped_accept_queue +", ""),
    ("columns_listen.c", "TALLY_HAS(tally, AGE_TO_S)", "1"),
    ("columns_listen.c", "!tally->ports_range ||", ""),
    ("text.c", "if (us < US_PER_MS)\n\t\treturn put_text(put_number(to, us), utf8_output ? MICRO",
     "if (us <= US_PER_MS)\n\t\treturn put_text(put_number(to, us), utf8_output ? MICRO"),
    ("text.c", "if (whole < 10)", "if (whole < 9)"),
    ("facts.c", "setting->known = end != text && !errno && *text != '-';", "setting->known = true;"),
    ("facts.c", "sysctls[sysctl].word; i++", "0u; i++"),
    ("facts.c", "if (listener->verdict == TCPLIFE_VERDICT_CLOSED)\n\t\treturn 0;", ""),
    ("facts.c", "services[i].port == listener->local_port &&", "1 &&"),
    ("facts.c", "> STUCK_US", ">= STUCK_US"),
    ("facts.c", "if (life->role == TCPLIFE_ROLE_PASSIVE)\n\t\t\tstuck->port", "stuck->port"),
    ("facts.c", "if (life->role != TCPLIFE_ROLE_PASSIVE)\n\t\treturn 0;", ""),
    ("facts.c", "qsort(facts->stuck[i].data", "if (0) qsort(facts->stuck[i].data"),
    ("advise.c", "return whole && part", "return part"),
    ("advise.c", "(whole % 100 * percent + 99) / 100", "whole % 100 * percent / 100"),
    ("advise.c", "#define CLOSES_FIRST_PERCENT		50", "#define CLOSES_FIRST_PERCENT		49"),
    ("advise.c", "#define STUCK_LEAST			50", "#define STUCK_LEAST			51"),
    ("advise.c", "#define PORTS_OUT_SOON_S		300", "#define PORTS_OUT_SOON_S		301"),
    ("advise.c", "#define TIME_WAIT_FULL_PERCENT		80", "#define TIME_WAIT_FULL_PERCENT		81"),
    ("advise.c", "total->count + total->fin_wait2,", "total->count,"),
    ("advise.c", "if (!services[i].sockets)\n\t\t\tcontinue;", ""),
    ("advise.c", "if (alike > most) {", "if (1) {"),
    ("advise.c", "limit < somaxconn->value", "1"),
    ("advise.c", "|| !(now || ever)", ""),
    ("raw.c", "head->byte_order == __builtin_bswap32(RAW_BYTE_ORDER)", "0"),
    ("raw.c", "head->version > RAW_VERSION", "0"),
    ("raw.c", "head->family <= GENL_ID_CTRL", "0"),
    ("raw.c", "*lull = !memcmp(repair->when, RAW_LULL, sizeof(repair->when));", "*lull = true;"),
    ("raw.h", "step < left ? step : left", "step"),
    ("raw_write.c", "out && isatty(STDOUT_FILENO)", "0"),
    ("raw_write.c", "0600", "0644"),
    ("raw_write.c", "if (!follow->options->replay)", "if (1)"),
    ("raw_write.c", "gaps_seen(&follow->gaps, seq);", ""),
    ("raw_write.c", "follow->unloaded = true;", ""),
    ("raw_write.c", "from = at + step;", ";"),
    ("raw_write.c", "if (err == -EBADMSG)", "if (0)"),
    ("raw_write.c", "put(follow, from, at - from);\n\t\tfollow_mend(follow, false);\n\t\tfrom = at;",
     "follow_mend(follow, false);"),
    ("follow.c", "if (follow->kind->raw)\n\t\traw_put_overrun(follow);", ""),
    ("follow.c", "len == -EBUSY", "0"),
    ("follow.c", "else if (!ferror(follow->format.out))", "else"),
    ("repair.c", "if (follow->kind->raw)\n\t\traw_put_repair(follow, beyond);", ""),
    ("repair.c", "if (kind->raw)\n\t\t\traw_put(follow, at);\n\t\telse if", "if"),
    ("replay.c", "return lull ? -EAGAIN : -EBUSY;", "return -EAGAIN;"),
    ("replay.c", "replay->repair = 0;", ";"),
    ("replay.c", "msg.cmd == TCPLIFE_CMD_LIFE_GET;\n}\n\n/* What", "true;\n}\n\n/* What"),
    ("replay.c", "replay->raw && replay->streaming", "0"),
    ("replay.c", "if (!replay->raw && find_recorded(replay, nlh))", "if (find_recorded(replay, nlh))"),
    ("replay.c", "replay->raw && source->group != GROUP_LIVES", "0"),
    ("options.c", "options->json || options->count ||", "options->json ||"),
]


def copy_tree(target):
    """What the tests and the reader need, frozen."""
    for part in ("reader", "module/uapi", "tests/cli", "docs/netlink", "docs/json-schema",
                 "docs/man"):
        shutil.copytree(os.path.join(recording.ROOT, part), os.path.join(target, part),
                        ignore=shutil.ignore_patterns("build", "tcplifectl"))


def stale():
    """What is to be broken and is not there any more; one text may stand in more places."""
    for i, (name, old, new) in enumerate(MUTANTS):
        with open(os.path.join(recording.ROOT, "reader", name), encoding="utf-8") as file:
            if old not in file.read() or old == new:
                yield "mutant %d: %s has no %r" % (i, name, old)


def run(command, **more):
    return subprocess.run(command, capture_output=True, text=True, check=False, **more)


def verdict(tree, closest="json"):
    """Why the tests fail on this tree; None if they do not."""
    tests = sorted(TESTS, key=lambda test: test != closest)
    made = run(["make", "-s", "-C", os.path.join(tree, "reader"), "CFLAGS=-O0"])
    if made.returncode:
        sys.exit("a mutant does not build:\n" + made.stderr)
    try:
        tested = run(["/usr/bin/python3", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider",
                      *["test_%s.py" % test for test in tests]],
                     cwd=os.path.join(tree, "tests/cli"), timeout=300)
    except subprocess.TimeoutExpired:
        return "timeout"
    failed = [line for line in tested.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return failed[0].split("::")[-1] if tested.returncode else None


def main():
    first, last = (list(map(int, sys.argv[1:])) + [0, len(MUTANTS)][len(sys.argv) - 1:])[:2]
    unseen = 0
    gone = list(stale())
    if gone:
        sys.exit("\n".join(gone))
    with tempfile.TemporaryDirectory() as tree:
        copy_tree(tree)
        reason = verdict(tree)
        if reason:
            sys.exit("the tests fail on what is not broken: " + reason)
        for i, (name, old, new) in list(enumerate(MUTANTS))[first:last]:
            path = os.path.join(tree, "reader", name)
            with open(path, encoding="utf-8") as file:
                text = file.read()
            with open(path, "w", encoding="utf-8") as file:
                file.write(text.replace(old, new))
            reason = verdict(tree, CLOSEST.get(name, "json"))
            unseen += reason is None
            print(i, name, reason or "UNSEEN: %r" % old, flush=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
    print("%d unseen" % unseen)
    return bool(unseen)


if __name__ == "__main__":
    sys.exit(main())
