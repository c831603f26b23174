"""What this machine is and can do."""

import os
import resource
import subprocess
import sys

import pytest

from xiezuo import machine


def test_it_is_described():
    this = machine.describe()
    assert this.processor
    assert 1 <= this.cores <= (os.cpu_count() or 1)
    assert 0 < this.memory_available <= this.memory_total


def test_an_address_space_limit_is_a_memory_limit():
    script = (
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (10**9, 10**9));"
        "from xiezuo import machine; print(machine.available_memory())"
    )
    shown = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert int(shown.stdout) <= 10**9
    assert resource.getrlimit(resource.RLIMIT_AS)[0] == resource.RLIM_INFINITY


def test_bandwidth_is_that_of_memory_and_not_of_a_cache():
    assert 1e9 < machine.read_bandwidth() < 1e12


def test_a_process_that_is_gone_has_no_memory():
    assert machine.resident_bytes(os.getpid()) > 1e6
    assert machine.resident_bytes(2**22 - 3) == 0


@pytest.mark.parametrize(
    ("size", "shown"),
    [(0, "0 B"), (98_362_432, "98.4 MB"), (2_497_281_120, "2.5 GB"), (5e12, "5.0 TB")],
)
def test_sizes_are_shown_as_hubs_show_them(size: float, shown: str):
    assert machine.human(size) == shown
