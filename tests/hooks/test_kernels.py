# SPDX-License-Identifier: GPL-2.0
"""Kernels that the module is made for pass, and one that differs is told apart."""
import check_hooks
import pytest

from conftest import SUITES, TOP

TABLE = (TOP / "module/compat/kernel.table").read_text()
# What a kernel does not have, by its release in Debian.  Nothing else is absent.
ABSENT = {"bullseye": {"inet_reqsk_clone", "tcp_reset", "tcp_cong_state_set", "ftrace_regs.regs"}}


def rows(text):
    return [line.split() for line in text.splitlines() if line.split()[0] in
            ("ok", "absent", "missing", "differs")]


@pytest.mark.parametrize("suite", SUITES)
def test_guests_kernel_is_fine(check, images, suite):
    for image in (image for of, image in images if of == suite):
        release = image.name[len("vmlinuz-"):]
        out = check("--kernel", release, "--root", image.parents[1])
        assert check.err == ""
        table = rows(out)
        assert len(table) > 100
        assert {row[2] for row in table if row[0] != "ok"} == ABSENT.get(suite, set())
        assert {row[0] for row in table} <= {"ok", "absent"}
        last = out.splitlines()[-1]
        assert last.startswith(f"kernel {release}: ")
        for name in ABSENT.get(suite, ()):
            assert name in last or "." in name     # fields are only counted


def test_quiet_is_one_line(check, images):
    assert check("--quiet", "--btf", images[-1][1]).count("\n") == 1


def hold(kernel, old, new, tmp_path):
    """The lines of the table, one change made, that are not fine."""
    assert TABLE.count(old) == 1, old
    doctored = tmp_path / "table"
    doctored.write_text(TABLE.replace(old, new))
    lines = check_hooks.read_table(doctored)
    for line in lines:
        line.hold(kernel)
    return [line for line in lines if line.status != "ok"]


# what the table would say, the name, status, and words of the sentence
CHANGES = [
    # arguments: of another type, in another place, of another size, not there
    ("tcp_time_wait(struct sock *, int)", "tcp_time_wait(struct request_sock *)", "tcp_time_wait", "differs",
     "takes (struct sock *, int, int) in this kernel, where tcplife reads (struct request_sock *)"),
    ("tcp_req_err(struct sock *, u32, bool)", "tcp_req_err(struct sock *, bool, u32)", "tcp_req_err", "differs",
     "takes (struct sock *, u32, bool)"),
    ("tcp_req_err(struct sock *, u32, bool)", "tcp_req_err(struct sock *, u64, bool)", "tcp_req_err", "differs",
     "reads (struct sock *, u64, bool)"),
    ("tcp_req_err(struct sock *, u32, bool)", "tcp_req_err(struct sock *, int, bool)", "tcp_req_err", "differs", ""),
    ("inet_reqsk_clone(struct request_sock *)", "inet_reqsk_clone(struct request_sock *, any, any)",
     "inet_reqsk_clone", "differs", "without=inet_reqsk_clone"),
    ("enum tcp_synack_type", "enum tcp_ca_state", "tcp_make_synack", "differs", "do not load the module"),
    ("tcp_cong_state_set(struct sock *, u8)", "tcp_cong_state_set(struct sock *, u16)", "tcp_cong_state_set",
     "differs", "the tracepoint tcp_cong_state_set takes (struct sock *, u8)"),
    # a shorter form is complete
    ("tcp_retransmit_skb(struct sock *, any) :", "tcp_retransmit_skb(struct sock *) :", "tcp_retransmit_skb",
     "differs", "takes (struct sock *, struct sk_buff *)"),
    # functions and tracepoints that are not there
    ("ftrace inet_twsk_kill(", "ftrace inet_twsk_slay(", "inet_twsk_slay", "missing",
     "no function inet_twsk_slay"),
    ("ftrace? tcp_time_wait(", "ftrace? tcp_time_flies(", "tcp_time_flies", "absent", ""),
    ("tracepoint inet_sock_set_state(", "tracepoint inet_sock_set_fate(", "inet_sock_set_fate", "missing",
     "no tracepoint inet_sock_set_fate"),
    ("inet_twsk_hashdance(struct inet_timewait_sock *, struct sock *) | ", "", "inet_twsk_hashdance_schedule",
     "missing", "would not load: boot another kernel"),
    # a function is no tracepoint
    ("ftrace tcp_make_synack(", "tracepoint tcp_make_synack(", "tcp_make_synack", "missing", ""),
    # known, and not hooked
    ("ftrace? tcp_time_wait(struct sock *, int)", "ftrace? tcp_time_wait(struct sk_buff *) | unused "
     "tcp_time_wait(struct sock *, int, int)", "tcp_time_wait", "absent", ""),
    # fields: of another size, sign, kind, width, byte order, or not there
    ("tcp_sock.snd_cwnd : u32", "tcp_sock.snd_cwnd : u64", "tcp_sock.snd_cwnd", "differs",
     "tcp_sock.snd_cwnd is u32 in this kernel, where tcplife reads u64"),
    ("tcp_sock.snd_cwnd : u32", "tcp_sock.snd_cwnd : int", "tcp_sock.snd_cwnd", "differs", "reads int"),
    ("tcp_sock.repair : u8:1", "tcp_sock.repair : u8", "tcp_sock.repair", "differs", "is u8:1 in"),
    ("tcp_sock.repair : u8:1", "tcp_sock.repair : u8:2", "tcp_sock.repair", "differs", "reads u8:2"),
    ("sk_state = sock_common.skc_state : unsigned char", "sk_state = sock_common.skc_state : bool",
     "sock_common.skc_state", "differs", "tcplife must be changed"),
    ("sock_common.skc_cookie : atomic64_t", "sock_common.skc_cookie : u64", "sock_common.skc_cookie", "differs",
     "is atomic64_t"),
    ("tcphdr.source : __be16", "tcphdr.source : u16", "tcphdr.source", "differs", "is __be16"),
    ("request_sock.sk : struct sock *", "request_sock.sk : struct sock", "request_sock.sk", "differs", ""),
    ("task_struct.comm : char[16]", "task_struct.comm : char[32]", "task_struct.comm", "differs", "is char[16]"),
    ("tcp_request_sock.snt_isn", "tcp_request_sock.sent_isn", "tcp_request_sock.sent_isn", "missing",
     "no field tcp_request_sock.sent_isn"),
    ("field iphdr.saddr", "field ip4hdr.saddr", "ip4hdr.saddr", "missing", ""),
    ("field? sock_common.skc_v6_daddr", "field? sock_common.skc_v9_daddr", "sock_common.skc_v9_daddr",
     "absent", ""),
]


@pytest.mark.parametrize("old, new, name, status, words", CHANGES, ids=[c[1][:60] for c in CHANGES])
def test_change_is_told(kernel, tmp_path, old, new, name, status, words):
    line, = hold(kernel, old, new, tmp_path)
    assert (line.name, line.status) == (name, status)
    assert words in f"{line.detail}: {line.advice()}"


def test_changes_fail_the_check(check, images, tmp_path):
    """One sentence for each, the table, and exit status 1."""
    doctored = tmp_path / "table"
    doctored.write_text(TABLE.replace("tcp_req_err(struct sock *, u32,", "tcp_req_err(struct sock *, u64,")
                        .replace("inet_twsk_kill(", "inet_twsk_slay(")
                        .replace("tcp_sock.write_seq : u32", "tcp_sock.write_seq : s64"))
    image = dict(images)["bookworm"]
    out = check("--btf", image, "--table", doctored, code=1)
    said = check.err.splitlines()
    assert len(said) == 3 and all(line.startswith("check-hooks: ") for line in said)
    for name, status, line in (("inet_twsk_slay", "missing", said[0]), ("tcp_req_err", "differs", said[1]),
                               ("tcp_sock.write_seq", "differs", said[2])):
        assert name in line
        assert [row[0] for row in rows(out) if row[2] == name] == [status]
    assert out.splitlines()[-1].endswith("; 3 missing or different")
    check("--btf", image, "--table", doctored, "--if-possible", code=1)


def test_symbols_of_the_kernel_that_runs(kernel):
    """A function that BTF has under another name than the kernel is missing; one it does not have differs."""
    line = check_hooks.Hook("kprobe", False, "inet_twsk_kill(struct inet_timewait_sock *) : an end")
    for symbols, status in (({"inet_twsk_kill"}, "ok"), ({"inet_twsk_kill.isra.0"}, "missing")):
        line.hold(check_hooks.Kernel(kernel.types.values(), symbols))
        assert line.status == status
    line = check_hooks.Hook("kprobe", True, "not_in_btf(struct sock *) : a test")
    line.hold(check_hooks.Kernel(kernel.types.values(), {"not_in_btf"}))
    assert line.status == "differs" and "BTF does not tell its arguments" in line.detail
