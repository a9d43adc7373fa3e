# SPDX-License-Identifier: GPL-2.0
"""scripts/load: one clear sentence for each way in which loading can fail.

Runs a copy of the script in a tree of its own, on a made-up machine
(TCPLIFE_SYSROOT), with a fake insmod, modprobe, modinfo, dmesg, id and uname
in front of PATH.
"""
import os
import pathlib
import shutil
import subprocess

import pytest

SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "scripts"
RELEASE = "6.1.0-50-amd64"
OTHER = "6.1.0-49-amd64"
PARAMETERS = ("max_lives", "history", "half_open_history", "event_queue", "without")
TAINT = ("tcplife: loading out-of-tree module taints kernel.\n"
         "tcplife: module verification failed: signature and/or required key missing - "
         "tainting kernel\n")

FAKES = {
    "uname": 'echo "$FAKE_RELEASE"',
    "id": 'echo "$FAKE_UID"',
    "dmesg": 'cat "$FAKE/kernel.log"',
    # modinfo [-k RELEASE] -F FIELD FILE|tcplife; a "module" is its fields as text
    "modinfo": """
        if [ "$1" = -k ]; then
            file=$TCPLIFE_SYSROOT/lib/modules/$2/extra/tcplife.ko
            [ -e "$file" ] || { echo "modinfo: ERROR: Module tcplife not found." >&2; exit 1; }
            echo "$file"
        else
            grep -q '^vermagic: ' "$3" || { echo "modinfo: ERROR: $3" >&2; exit 1; }
            sed -n "s/^$2: //p" "$3"
        fi""",
    # insmod and modprobe do as the test says, and tell what they were told to do
    "insmod": """
        echo "${0##*/} $*" >>"$FAKE/loads"
        while IFS= read -r line; do
            echo "[  100.000001] $line" >>"$FAKE/kernel.log"
        done <"$FAKE/says"
        cat "$FAKE/error" >&2
        [ ! -s "$FAKE/error" ]""",
}


class Machine:
    """A machine on which tcplife is built and would load."""

    def __init__(self, folder):
        self.tree = folder / "tree"
        self.root = folder / "root"
        self.fake = folder / "fake"
        self.ko = self.tree / "tcplife.ko"
        self.uid = 0
        (self.tree / "scripts").mkdir(parents=True)
        for name in ("load", "lib.sh"):
            shutil.copy(SCRIPTS / name, self.tree / "scripts")
        (self.fake / "bin").mkdir(parents=True)
        for name, text in {**FAKES, "modprobe": FAKES["insmod"]}.items():
            file = self.fake / "bin" / name
            file.write_text(f"#!/bin/bash\n{text}\n")
            file.chmod(0o755)
        self.write("/proc/modules", "")
        self.write("/proc/kallsyms", "0000000000000000 T register_kprobe\n"
                   "0000000000000000 T tracepoint_probe_register\n")
        self.write("/sys/kernel/security/lockdown", "[none] integrity confidentiality\n")
        self.write("/sys/module/module/parameters/sig_enforce", "N\n")
        self.write(f"/lib/modules/{RELEASE}/build/Makefile", "")
        # a failure of before, which is not to be told again
        (self.fake / "kernel.log").write_text("[    1.000000] Linux version\n"
                                              "[   50.000000] tcplife: an old line\n")
        self.insmod()
        self.module(self.ko)

    def write(self, path, text):
        file = self.root / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def remove(self, path):
        (self.root / path.lstrip("/")).unlink()

    def module(self, file, release=RELEASE, signer=None):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"version: 0.1.0\nvermagic: {release} SMP preempt mod_unload\n" +
                        "".join(f"parm: {p}:what it is for (uint)\n" for p in PARAMETERS) +
                        (f"signer: {signer}\n" if signer else ""))

    def install(self, release=RELEASE):
        self.module(self.root / f"lib/modules/{release}/extra/tcplife.ko")

    def insmod(self, error="", log=""):
        """Let insmod fail with an error, and the kernel log have some lines."""
        text = f"insmod: ERROR: could not insert module tcplife.ko: {error}\n" if error else ""
        (self.fake / "error").write_text(text)
        (self.fake / "says").write_text(log)

    def loads(self):
        file = self.fake / "loads"
        return file.read_text().splitlines() if file.exists() else []

    def run(self, *words):
        return subprocess.run(
            [self.tree / "scripts/load", *words], check=False, text=True, timeout=60,
            capture_output=True, stdin=subprocess.DEVNULL,
            env={"PATH": f"{self.fake}/bin:/usr/bin:/bin", "FAKE": str(self.fake),
                 "FAKE_RELEASE": RELEASE, "FAKE_UID": str(self.uid),
                 "TCPLIFE_SYSROOT": str(self.root)})

    def fails(self, *words):
        """The one sentence that it fails with."""
        done = self.run(*words)
        assert done.returncode == 1, done
        assert done.stdout == ""
        assert done.stderr.startswith("load: ") and done.stderr.count("\n") == 1, done.stderr
        return done.stderr.removeprefix("load: ").rstrip("\n")

    def refuses(self, *words):
        """Fails with and without --check, and without having tried."""
        sentence = self.fails(*words)
        assert self.fails("--check", *words) == sentence
        assert self.loads() == []
        return sentence


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


# --- it works ---------------------------------------------------------------

def test_loads_what_is_built(machine):
    done = machine.run("max_lives=1000", "history=16")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "tcplife 0.1.0 is loaded: see /proc/tcplife/summary\n"
    assert machine.loads() == [f"insmod {machine.ko} max_lives=1000 history=16"]


def test_loads_what_is_installed(machine):
    machine.ko.unlink()
    machine.install()
    assert machine.run("--installed", "max_lives=1000").returncode == 0
    assert machine.loads() == ["modprobe tcplife max_lives=1000"]


def test_check_loads_nothing_and_needs_no_root(machine):
    machine.uid = 1000
    done = machine.run("--check")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"tcplife 0.1.0 would load on {RELEASE}, as far as one can see\n"
    assert machine.loads() == []


def test_a_kernel_that_tells_nothing_is_tried(machine):
    for path in ("/proc/kallsyms", "/sys/kernel/security/lockdown",
                 "/sys/module/module/parameters/sig_enforce"):
        machine.remove(path)
    assert machine.run().returncode == 0


def test_a_signed_module_is_tried(machine):
    machine.write("/sys/kernel/security/lockdown", "none [integrity] confidentiality\n")
    machine.write("/sys/module/module/parameters/sig_enforce", "Y\n")
    machine.module(machine.ko, signer="somebody")
    assert machine.run().returncode == 0


def test_loaded_but_a_hook_is_missing(machine):
    machine.write("/proc/tcplife/health", "healthy no\nkprobes_deaf no\n")
    done = machine.run()
    assert done.returncode == 0
    assert done.stderr == ("load: but not all of it works on this kernel: "
                           "see /proc/tcplife/health\n")


def test_help(machine):
    done = machine.run("--help")
    assert done.returncode == 0
    assert "Usage: sudo scripts/load" in done.stdout and "--check" in done.stdout


# --- what can be seen before ------------------------------------------------

def test_unknown_option(machine):
    assert machine.fails("--force") == "no such option: --force (see --help)"


def test_word_that_is_no_parameter(machine):
    assert machine.fails("max_lives") == \
        "not a parameter with a value: max_lives (see --help)"


def test_not_root(machine):
    machine.uid = 1000
    assert machine.fails("history=16") == \
        f"loading a module needs root: run 'sudo {machine.tree}/scripts/load history=16'"
    assert machine.loads() == []


def test_no_modules(machine):
    machine.remove("/proc/modules")
    assert "CONFIG_MODULES" in machine.refuses()


def test_modules_disabled(machine):
    machine.write("/proc/sys/kernel/modules_disabled", "1\n")
    sentence = machine.refuses()
    assert "kernel.modules_disabled is 1" in sentence and "reboot" in sentence


def test_already_loaded(machine):
    machine.write("/sys/module/tcplife/version", "0.0.9\n")
    sentence = machine.refuses()
    assert "tcplife 0.0.9 is loaded already" in sentence and "rmmod tcplife" in sentence


def test_not_built(machine):
    machine.ko.unlink()
    assert machine.refuses() == f"tcplife.ko is not built: run 'make' in {machine.tree}"


def test_not_built_and_no_headers(machine):
    machine.ko.unlink()
    machine.remove(f"/lib/modules/{RELEASE}/build/Makefile")
    assert machine.refuses() == (
        "tcplife.ko is not built: install the kernel headers "
        f"(apt install linux-headers-{RELEASE}), then run 'make' in {machine.tree}")


def test_not_installed(machine):
    sentence = machine.refuses("--installed")
    assert f"no tcplife is installed for this kernel, {RELEASE}:" in sentence
    assert "make && sudo make install" in sentence


def test_installed_for_another_kernel(machine):
    machine.install(OTHER)
    assert f"{RELEASE} (there is one for {OTHER}):" in machine.refuses("--installed")


def test_not_a_module(machine):
    machine.ko.write_text("")
    sentence = machine.refuses()
    assert f"{machine.ko} is no kernel module" in sentence and "make clean && make" in sentence


def test_wrong_kernel(machine):
    machine.module(machine.ko, OTHER)
    assert machine.refuses() == (
        f"tcplife.ko is built for kernel {OTHER}, and this is {RELEASE}: "
        f"run 'make clean && make' in {machine.tree}, or boot {OTHER}")


def test_wrong_kernel_and_no_headers(machine):
    machine.module(machine.ko, OTHER)
    machine.remove(f"/lib/modules/{RELEASE}/build/Makefile")
    assert f"apt install linux-headers-{RELEASE}" in machine.refuses()


@pytest.mark.parametrize("level", ["integrity", "confidentiality"])
def test_locked_down(machine, level):
    machine.write("/sys/kernel/security/lockdown",
                  "none integrity confidentiality\n".replace(level, f"[{level}]"))
    sentence = machine.refuses()
    assert f"locked down ({level}, as with Secure Boot)" in sentence
    assert "mokutil --import" in sentence
    assert f"/usr/src/linux-headers-{RELEASE}/scripts/sign-file" in sentence


def test_signatures_enforced(machine):
    machine.write("/sys/module/module/parameters/sig_enforce", "Y\n")
    sentence = machine.refuses()
    assert "module.sig_enforce" in sentence and "mokutil --import" in sentence


@pytest.mark.parametrize("option, symbol", [("CONFIG_KPROBES", "register_kprobe"),
                                            ("CONFIG_TRACEPOINTS", "tracepoint_probe_register")])
@pytest.mark.parametrize("told_by", ["kallsyms", "config"])
def test_no_kprobes_or_tracepoints(machine, option, symbol, told_by):
    if told_by == "kallsyms":
        symbols = (machine.root / "proc/kallsyms").read_text().replace(symbol, f"un{symbol}")
        machine.write("/proc/kallsyms", symbols)
    else:
        machine.remove("/proc/kallsyms")
        config = "CONFIG_KPROBES=y\nCONFIG_TRACEPOINTS=y\n"
        machine.write(f"/boot/config-{RELEASE}", config)
        assert machine.run("--check").returncode == 0
        config = config.replace(f"{option}=y", f"# {option} is not set")
        machine.write(f"/boot/config-{RELEASE}", config)
    assert f"built without {option}" in machine.refuses()


def test_unknown_parameter(machine):
    """The kernel would load the module and ignore it."""
    assert machine.refuses("max_live=1000") == \
        f"tcplife has no parameter max_live: it has {', '.join(PARAMETERS)}"


# --- what loading says ------------------------------------------------------

@pytest.mark.parametrize("error, log", [
    ("Key was rejected by service", "Loading of unsigned module is rejected\n"),
    ("Required key not available", ""),
    ("Operation not permitted", "Lockdown: insmod: unsigned module loading is restricted; "
                                "see man kernel_lockdown.7\n"),
])
def test_key_refused(machine, error, log):
    machine.insmod(error, log)
    sentence = machine.fails()
    assert "signed with a key that it knows" in sentence and "mokutil --import" in sentence


def test_lost_a_race(machine):
    machine.insmod("File exists")
    assert "is loaded already" in machine.fails()


def test_other_build_of_the_same_release(machine):
    line = f"version magic '{RELEASE} SMP mod_unload ' should be '{RELEASE} SMP preempt '"
    machine.insmod("Invalid module format", f"tcplife: {line}\n")
    sentence = machine.fails()
    assert f"does not fit this kernel, {RELEASE} ({line})" in sentence
    assert "make clean && make" in sentence


def test_unknown_symbol(machine):
    machine.insmod("Unknown symbol in module", "tcplife: Unknown symbol nothing (err -2)\n")
    assert "lacks what tcplife needs (Unknown symbol nothing (err -2))" in machine.fails()


@pytest.mark.parametrize("line", [
    "parameter max_lives=1 is out of bounds: give 64 to 16777216",
    "`abc' invalid for parameter `max_lives'",
])
def test_bad_parameter(machine, line):
    machine.insmod("Invalid parameters", f"{TAINT}tcplife: {line}\n")
    assert machine.fails("max_lives=1") == f"a parameter is wrong: {line}"


def test_required_hook_missing(machine):
    line = ("this kernel has no kprobe inet_twsk_kill that could be hooked (error -2), "
            "needed for end of TIME_WAIT: use a kernel the README lists")
    machine.insmod("Operation not supported",
                   f"{TAINT}tcplife: no tracepoint tcp_cong_state_set (error -2): off is it\n"
                   f"tcplife: {line}\nsomething else\n")
    assert machine.fails() == f"the module did not load: {line}"


def test_in_a_container(machine):
    machine.insmod("Operation not permitted")
    assert "container" in machine.fails()


def test_anything_else(machine):
    machine.insmod("Cannot allocate memory", TAINT)
    assert machine.fails() == \
        "the module did not load: Cannot allocate memory (see the last lines of 'dmesg')"


def test_no_kernel_log(machine):
    """dmesg may be refused."""
    (machine.fake / "kernel.log").unlink()
    machine.insmod("Invalid parameters")
    (machine.fake / "bin/dmesg").write_text("#!/bin/bash\nexit 1\n")
    assert "Invalid parameters" in machine.fails()
