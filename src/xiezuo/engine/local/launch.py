"""Launch plans and the command lines of both kinds of local engine."""

import asyncio
import json
import re
import shutil
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from xiezuo.errors import EngineStartError

API_KEY_VARIABLE = "LLAMA_API_KEY"  # llama-server's own name for it
BATCH_TOKENS = 512  # prefill is reported, and can be cancelled, once per batch
MODEL_ALIAS = "local"
# By default libgomp spins at barriers for a long time. When another program takes a core, every
# barrier then waits for it: two engines on two cores gave 6 tokens/s where one alone gave 122. A
# short spin costs a single engine nothing (benchmarks/README.md, "Spinning").
SPIN = {"GOMP_SPINCOUNT": "1000"}
_HELP_SECONDS = 10

_SERVER_FLAGS = (
    "--model",
    "--alias",
    "--host",
    "--cors-origins",
    "--no-ui",
    "--metrics",
    "--parallel",
    "--slot-save-path",
    "--ctx-size",
    "--no-kv-unified",
    "--cache-ram",
    "--no-cache-idle-slots",
    "--batch-size",
    "--ubatch-size",
    "--threads",
    "--threads-batch",
    "--cache-type-k",
    "--cache-type-v",
    "--flash-attn",
    "--load-mode",
    "--no-repack",
    "--fit",
)


@dataclass(frozen=True, slots=True)
class LaunchPlan:
    """Everything that decides how a local engine runs.

    `context` is tokens per slot; `server` is the path of a `llama-server`, or None for the worker.
    """

    model: Path
    context: int
    slots: int
    threads: int
    kv_type: Literal["f16", "q8_0"]
    repack: bool
    server: Path | None
    logs_dir: Path
    load_seconds: float


def command(plan: LaunchPlan, socket: Path) -> list[str]:
    """The command line that serves `plan` on the Unix socket `socket`."""
    return _worker_command(plan, socket) if plan.server is None else _server_command(plan, socket)


def _worker_command(plan: LaunchPlan, socket: Path) -> list[str]:
    facts = {**asdict(plan), "socket": socket, "alias": MODEL_ALIAS}
    worker = "xiezuo.engine.local.worker"
    return [sys.executable, "-I", "-m", worker, json.dumps(facts, default=str)]


def _server_command(plan: LaunchPlan, socket: Path) -> list[str]:
    values = {
        "--model": plan.model,
        "--alias": MODEL_ALIAS,
        "--host": socket,
        "--cors-origins": "",
        "--parallel": plan.slots,
        "--slot-save-path": socket.parent,
        "--ctx-size": plan.context * plan.slots,
        "--cache-ram": 0,
        "--batch-size": BATCH_TOKENS,
        "--ubatch-size": BATCH_TOKENS,
        "--threads": plan.threads,
        "--threads-batch": plan.threads,
        "--cache-type-k": plan.kv_type,
        "--cache-type-v": plan.kv_type,
        "--flash-attn": "on",
        "--load-mode": "none" if plan.repack else "mmap",
        "--fit": "off",
    }
    switches = ["--no-ui", "--metrics", "--no-kv-unified", "--no-cache-idle-slots"]
    if not plan.repack:
        switches.append("--no-repack")
    pairs = [part for name, value in values.items() for part in (name, str(value))]
    return [str(plan.server), *pairs, *switches]


async def find_server(configured: Literal["auto", "worker"] | Path, log: Path) -> Path | None:
    """The `llama-server` to use, or None for the worker.

    `auto` takes one from PATH if it knows every required flag; a server given by path must know
    them all.

    Raises:
        EngineStartError: the named server cannot run or is too old.
    """
    if configured == "worker":
        return None
    if configured == "auto":
        server = shutil.which("llama-server")
        return Path(server) if server and await missing_flags(Path(server)) == [] else None
    missing = await missing_flags(configured)
    if missing is None:
        raise EngineStartError(problem=f"{configured} cannot be run", log=log, tail="")
    if missing:
        problem = f"{configured} lacks {', '.join(missing)}; a newer llama.cpp is needed"
        raise EngineStartError(problem=problem, log=log, tail="")
    return configured


async def missing_flags(server: Path) -> list[str] | None:
    """Required flags that `server --help` does not list; None when the server cannot be run."""
    try:
        process = await asyncio.create_subprocess_exec(
            server, "--help", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
    except OSError:
        return None
    try:
        output, _ = await asyncio.wait_for(process.communicate(), _HELP_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()
        return None
    known = set(re.findall(rb"--[a-z0-9-]+", output))
    return [flag for flag in _SERVER_FLAGS if flag.encode() not in known]
