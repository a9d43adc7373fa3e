# SPDX-License-Identifier: GPL-2.0
"""Loading and unloading under traffic; run it with scripts/vm --turns."""
import os
import random
import time

import kernel
import life


def test_load_and_unload_under_traffic(host, storm, load, start):
    """Fifty times, with traffic all the while, which never notices."""
    traffic = start("sh", "-c", f"while {storm} 500; do :; done")
    adopted = 0
    for _ in range(50):
        load()
        time.sleep(random.uniform(0, 0.3))
        adopted += life.summary(host)["adopted"]
        assert kernel.unload().returncode == 0
        assert not os.path.lexists("/proc/tcplife")
    assert traffic.poll() is None, "the traffic stopped: a connection failed"
    assert adopted > 0
