"""Properties of this machine: processor, memory, memory bandwidth."""

import ctypes
import os
import platform
import resource
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import psutil

# Features that llama.cpp has kernels for, as named in /proc/cpuinfo (x86 and ARM).
_FEATURES = (
    "avx", "avx2", "fma", "f16c", "avx_vnni", "avx512f", "avx512_vnni", "avx512_bf16",
    "amx_int8", "amx_bf16", "asimd", "asimddp", "i8mm", "bf16", "sve", "sve2",
)  # fmt: skip
_CGROUP_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)
_CGROUP_USED = (
    Path("/sys/fs/cgroup/memory.current"),
    Path("/sys/fs/cgroup/memory/memory.usage_in_bytes"),
)
_BANDWIDTH_BYTES = 256 * 1024 * 1024  # per thread; larger than any last-level cache
_BANDWIDTH_SECONDS = 0.7


@dataclass(frozen=True, slots=True)
class Machine:
    """This machine; sizes are in bytes, `cores` are those this process may use."""

    system: str
    processor: str
    features: tuple[str, ...]
    cores: int
    memory_total: int
    memory_available: int


def describe() -> Machine:
    cpuinfo = Path("/proc/cpuinfo")
    text = cpuinfo.read_text(errors="replace") if cpuinfo.exists() else ""
    fields = {
        key.strip(): value.strip()
        for key, _, value in (line.partition(":") for line in text.splitlines())
    }
    flags = set(fields.get("flags", fields.get("Features", "")).split())
    return Machine(
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
        processor=fields.get("model name") or platform.processor() or platform.machine(),
        features=tuple(name for name in _FEATURES if name in flags),
        cores=usable_cores(),
        memory_total=psutil.virtual_memory().total,
        memory_available=available_memory(),
    )


def usable_cores() -> int:
    """Number of physical cores this process may use; hyper-threads slow matrix work down."""
    allowed = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    return max(1, min(allowed, psutil.cpu_count(logical=False) or allowed, _cgroup_cores()))


def _cgroup_cores() -> int:
    """The CPU quota of cgroup v2, rounded up; 65536 if there is none."""
    quota = Path("/sys/fs/cgroup/cpu.max")
    limit, _, period = quota.read_text().partition(" ") if quota.exists() else ("max", "", "")
    return -(-int(limit) // int(period)) if limit.isdigit() else 1 << 16


def available_memory() -> int:
    """Bytes a new process can use: the least of free memory, cgroup and address-space limits."""
    limits = [psutil.virtual_memory().available]
    for limit_file, used_file in zip(_CGROUP_LIMITS, _CGROUP_USED, strict=True):
        if limit_file.exists() and (limit := limit_file.read_text().strip()).isdigit():
            limits.append(int(limit) - int(used_file.read_text()))
    address_space, _ = resource.getrlimit(resource.RLIMIT_AS)
    if address_space != resource.RLIM_INFINITY:
        limits.append(address_space)
    return max(0, min(limits))


def read_bandwidth() -> float:
    """Peak memory bandwidth in bytes per second, all usable cores reading together.

    One thread per core searches a buffer with libc's `memchr` for a byte it does not contain;
    ctypes releases the GIL meanwhile.
    """
    cores = usable_cores()
    libc = ctypes.CDLL(None)
    libc.memchr.argtypes = (ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t)
    libc.memchr.restype = ctypes.c_void_p
    buffers = [ctypes.create_string_buffer(_BANDWIDTH_BYTES) for _ in range(cores)]

    def scan(buffer: ctypes.Array[ctypes.c_char]) -> float:
        """The best rate of several passes of one thread."""
        best, deadline = 0.0, time.perf_counter() + _BANDWIDTH_SECONDS
        while time.perf_counter() < deadline:
            started = time.perf_counter()
            libc.memchr(buffer, 1, _BANDWIDTH_BYTES)
            best = max(best, _BANDWIDTH_BYTES / (time.perf_counter() - started))
        return best

    for buffer in buffers:
        ctypes.memset(buffer, 0, _BANDWIDTH_BYTES)  # untouched pages all map to one page of zeros
    with ThreadPoolExecutor(cores) as pool:
        return sum(pool.map(scan, buffers))


def resident_bytes(pid: int) -> int:
    """Resident memory of a process in bytes; 0 if it no longer exists."""
    try:
        return psutil.Process(pid).memory_info().rss
    except psutil.NoSuchProcess:
        return 0


def human(size: float) -> str:
    """Format a size: 2497281120 → `2.5 GB` (powers of 1000, as disks and model hubs use)."""
    for unit in ("B", "KB", "MB", "GB"):
        if size < 1000:  # noqa: PLR2004
            return f"{size:.0f} {unit}" if unit in {"B", "KB"} else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
