# SPDX-License-Identifier: GPL-2.0
"""module/compat/kernel.table lists what the module hooks and reads, all of it and no more.

Fields are known by their name alone: one that two structs of the kernel share is not told apart.
"""
import re

import check_hooks
import pytest

from conftest import TOP

MODULE = TOP / "module"
LINES = check_hooks.read_table(check_hooks.TABLE)
HOOKS = [line for line in LINES if line.kind in ("tracepoint", "kprobe", "ftrace")]
FIELDS = [line for line in LINES if line.kind == "field"]

# A name of compat.h that no kernel has, so that there is nothing to hook.
NOWHERE = {"tcp_reset_with_segment"}

def code(path):
    """A source file without comments, strings and included files' names."""
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\])*"|^\s*#\s*include[^\n]*', " ",
                  path.read_text(), flags=re.S | re.M)


SOURCES = {path.relative_to(MODULE): code(path) for path in sorted(MODULE.rglob("*.[ch]"))}


# --- hooks ---------------------------------------------------------------------

def attached():
    """The hooks of attach.c: kind, name as written, handler, required, feature."""
    source = (MODULE / "attach.c").read_text()
    table = source[source.index("tcplife_attach_hooks[] = {"):]
    table = table[:table.index("\n};")]
    return re.findall(r'\b(TRACEPOINT|KPROBE|FTRACE)_HOOK\((\w+),\s*(\w+),\s*(true|false),\s*("[^"]*"|\w+)\)',
                      table), table.count("_HOOK(")


def defined(name, value):
    """What compat.h defines a name as, for one kernel or another."""
    return set(re.findall(rf"#define {name}\s+{value}", (MODULE / "compat/compat.h").read_text()))


def names(written):
    """What a name of attach.c is in the kernels."""
    return defined(written, r"(\w+)") - NOWHERE if written.startswith("TCPLIFE_") else {written}


def features(written):
    return {written.strip('"')} if written.startswith('"') else defined(written, '"([^"]*)"')


def test_every_hook_is_listed():
    hooks, count = attached()
    assert len(hooks) == len(HOOKS) == count > 10
    for (kind, name, _, required, feature), line in zip(hooks, HOOKS):
        assert (kind.lower(), names(name), required == "true") == \
            (line.kind, {form[0] for form in line.forms}, not line.optional)
        assert line.feature in features(feature)


def body(function):
    """The text of a function of the module."""
    for source in SOURCES.values():
        match = re.search(rf"^(?:int|void) {function}\(.*?^}}", source, re.S | re.M)
        if match:
            return match[0]
    raise AssertionError(f"no {function}")


def test_every_argument_that_is_read_is_listed():
    """A handler of a kprobe reads the arguments that have a type in the table, and only these."""
    hooks, _ = attached()
    for (kind, _, handler, _, _), line in zip(hooks, HOOKS):
        if kind == "TRACEPOINT":
            continue	# has the kernel's prototype, which the build holds it to
        text = body(handler)
        read = {int(n) for n in re.findall(r"regs_get_kernel_argument\(regs, (\d+)\)", text)}
        for name, types, unused, _ in line.forms:
            if not unused:
                assert read == {i for i, t in enumerate(types) if t != ("any",)}, name


# --- fields --------------------------------------------------------------------

def own_members():
    found = set()
    for source in SOURCES.values():
        for text in re.findall(r"\b(?:struct|union)\s+\w*\s*\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}", source):
            found |= set(re.findall(r"(\w+)\s*(?:\[[^\]]*\]|:\s*\d+|\))*\s*(?=[,;]|\()", text))
    return found


def own_structs():
    return {name for source in SOURCES.values() for name in re.findall(r"\bstruct\s+(\w+)\s*\{", source)}


def listed_members():
    """As the module writes them."""
    return {line.macro for line in FIELDS if line.macro} | \
        {form[1] for line in FIELDS if not line.macro for form in line.forms}


# What looks like a function of the kernel that returns an object of its own.
NO_KERNEL_CALL = {"if", "while", "switch", "for", "return", "sizeof", "per_cpu_ptr", "this_cpu_ptr", "container_of"}
# A name or a call, and the members taken of it, as in inet_csk(sk)->icsk_ca_ops->name.
ACCESS = re.compile(r"(\w+)(\s*\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)|\[[^\]]*\])?"
                    r"((?:(?:\s*->|\.)\s*[A-Za-z_]\w*(?:\[[^\]]*\])?)+)")
DECLARATION = re.compile(r"\bstruct\s+(\w+)\s+(?:\*\s*)?(\w+)\s*[,;=)]")


def kernel_accesses(source, structs, members):
    """The members that are taken of objects of the kernel, as far as the text tells.

    That is every member that no struct of ours has; and one that has the name of one of ours, if it is taken
    of the running task, of a variable declared in the same function as a struct that is not ours, of what a
    function that is not ours returns, or of a member that is the kernel's.
    """
    found = set()
    for part in re.split(r"^\}", source, flags=re.M):
        kernels, ours = {"current"}, set()
        for struct, variable in DECLARATION.findall(part):
            (ours if struct in structs else kernels).add(variable)
        for base, call, rest in ACCESS.findall(part):
            if "(" in call:
                kernel = not base.startswith("tcplife_") and base not in NO_KERNEL_CALL
            else:
                kernel = base in kernels - ours
            for member in re.findall(r"[A-Za-z_]\w*", re.sub(r"\[[^\]]*\]", "", rest)):
                kernel = kernel or member not in members
                if kernel:
                    found.add(member)
        # and what is taken of neither a name nor a call; not ".name =" in an initialiser, which only sets
        found |= set(re.findall(r"(?:->|(?<=[\w)\]])\.)\s*([A-Za-z_]\w*)", part)) - members
    return found


def read_members():
    members, structs = own_members(), own_structs()
    return set().union(*(kernel_accesses(s, structs, members) for s in SOURCES.values()))


def test_every_field_that_is_read_is_listed():
    assert read_members() - listed_members() == set()


def test_every_field_that_is_listed_is_read():
    assert listed_members() - read_members() == set()


@pytest.mark.parametrize("text, found", [
    ("void f(const struct sock *sk) { g(sk->sk_new_field); }", {"sk_new_field"}),
    ("void f(struct tcplife_life *life) { g(life->state); }", set()),
    ("void f(struct task_struct *life) { g(life->state); }", {"state"}),
    ("void f(void) { g(tcp_sk(sk)->repair); }", {"repair"}),
    ("void f(void) { g(current->state); }", {"state"}),
    ("void f(void) { g(x->sk_prot->name); }", {"sk_prot", "name"}),
    ("void f(void) { g(tcplife_net_of(net)->state); }", set()),
    ("struct proc_ops a = { .proc_new = f, .name = g };", set()),
    ("void f(void) { g(h[i].state, a.sk_b[2].name); }", {"sk_b", "name"}),
])
def test_a_new_field_would_be_found(text, found):
    assert kernel_accesses(text, {"tcplife_life"}, {"state", "name", "repair"}) == found


def test_damaged_table_is_told(tmp_path, check):
    doctored = tmp_path / "table"
    for line in ("kprobe tcp_reset", "field a.b", "field a.b : struct", "hook x(int) : it", "field ab : int",
                 "kprobe f(struct sock * *x) : it"):
        doctored.write_text("# a comment\n\n" + line + "\n")
        said = check.sentence("--table", doctored, code=125)
        assert f"nothing was checked: line 3 of {doctored} is not understood" in said
