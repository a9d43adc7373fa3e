# SPDX-License-Identifier: GPL-2.0
"""Running a part of a test in a process of its own, as another user or so."""
import contextlib
import ctypes
import os
import pickle
import signal
import time
import traceback

_PR_SET_NAME, _PR_SET_PDEATHSIG, _PR_SET_DUMPABLE = 15, 1, 4
_PPOLL = "271"      # its number on x86-64
_LIBC = ctypes.CDLL(None, use_errno=True)


class Child:
    """A process that runs FUNCTION and hands over what it returns."""

    def __init__(self, function, *arguments):
        read, write = os.pipe()
        self.pid = os.fork()
        if not self.pid:
            os.close(read)
            _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            _answer(write, function, arguments)
        os.close(write)
        self._pipe = open(read, "rb")

    def result(self):
        """What the function returned; its exception is raised here."""
        with self._pipe:
            data = self._pipe.read()
        os.waitpid(self.pid, 0)
        assert data, "the process ended before its function did"
        value, error, text = pickle.loads(data)
        if error:
            raise error from Exception(text)
        return value

    def kill(self):
        """End it at once."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        self._pipe.close()


def _answer(write, function, arguments):
    value = error = text = None
    try:
        value = function(*arguments)
    except BaseException as caught:     # pylint: disable=broad-except
        error, text = caught, traceback.format_exc()
    with contextlib.suppress(BaseException), open(write, "wb") as pipe:
        pipe.write(pickle.dumps((value, error, text)))
    os._exit(0)


def wait_to_listen(process, seconds=60):
    """Wait until a `tcplifectl stream` waits for messages, which it has joined by then."""
    end = time.monotonic() + seconds
    while True:
        with open(f"/proc/{process.pid}/syscall", encoding="ascii") as file:
            if file.read().split()[0] == _PPOLL:
                return
        assert time.monotonic() < end, "it does not wait for messages"
        time.sleep(0.01)


def call(function, *arguments):
    """Run a function in a process of its own and return what it returns."""
    return Child(function, *arguments).result()


def become(uid):
    """Be an unprivileged user for good."""
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    _LIBC.prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0)   # /proc/self stays its own


def set_name(name):
    """Set the name that ps and comm show."""
    _LIBC.prctl(_PR_SET_NAME, name.encode(), 0, 0, 0)
