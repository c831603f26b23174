"""Runs the Python of a section in bubblewrap, if the user allows it.

The sandbox has no network, only the interpreter's files, an empty working folder, and limits on
time, memory, processes and output.
"""

import asyncio
import re
import resource
import shutil
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from xiezuo.errors import SandboxMissingError
from xiezuo.markdown.blocks import CodeBlock
from xiezuo.markdown.document import MarkdownDocument
from xiezuo.writing.model.events import StoredDiagnostic

SECONDS = 5  # of processor time; twice as much of wall time
MEMORY = 512 * 1024 * 1024  # bytes
FILES = 16 * 1024 * 1024  # bytes
PROCESSES = 64
OUTPUT = 4000  # characters, from the end
CODE = "RUN"
_FOLDER = "/tmp"  # noqa: S108 - inside the sandbox: empty, private, removed afterwards
_ENDED = frozenset(
    {128 + signal.SIGKILL, 128 + signal.SIGXCPU}
)  # exit codes of bwrap after a limit
_LINE = re.compile(r'File "<section>", line (\d+)')


@dataclass(frozen=True, slots=True)
class ProgramResult:
    """How a program ended; `output` is the end of what it printed, errors last."""

    ok: bool
    output: str


def find_sandbox() -> Path:
    """The path of bubblewrap.

    Raises:
        SandboxMissingError: it is not installed.
    """
    path = shutil.which("bwrap")
    if path is None:
        raise SandboxMissingError()  # noqa: RSE102 - as every error here
    return Path(path)


async def run_python(code: str) -> ProgramResult:
    """Run a program to its end or its limits.

    Raises:
        SandboxMissingError
    """
    process = await asyncio.create_subprocess_exec(
        *_command(find_sandbox()),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        preexec_fn=_limit,
    )
    try:
        async with asyncio.timeout(2 * SECONDS):
            output, errors = await process.communicate(code.encode("utf-8", "replace"))
    except TimeoutError:
        process.kill()
        await process.wait()
        return ProgramResult(ok=False, output=f"stopped after {2 * SECONDS} s")
    text = (output + errors).decode("utf-8", "replace")[-OUTPUT:].strip()
    if process.returncode in _ENDED:
        text = f"{text}\nstopped at its limit".strip()
    return ProgramResult(process.returncode == 0, text)


def _command(bwrap: Path) -> list[str]:
    prefix = Path(sys.base_prefix).resolve()
    shown = (Path("/usr"), Path("/lib"), Path("/lib64"), Path("/bin"), prefix)
    binds = [part for path in shown for part in ("--ro-bind-try", str(path), str(path))]
    python = str(prefix / "bin" / f"python{sys.version_info[0]}.{sys.version_info[1]}")
    read_and_run = (
        "import sys; exec(compile(sys.stdin.read(), '<section>', 'exec'), {'__name__': '__main__'})"
    )
    isolation = ("--unshare-all", "--die-with-parent", "--new-session", "--clearenv")
    folders = ("--proc", "/proc", "--dev", "/dev", "--tmpfs", _FOLDER, "--chdir", _FOLDER)
    encoding = ("--setenv", "PYTHONIOENCODING", "utf-8")
    program = (python, "-I", "-c", read_and_run)
    return [str(bwrap), *isolation, *binds, *folders, *encoding, *program]


def _limit() -> None:
    """Set limits in the child process before bubblewrap starts."""
    for limit, value in (
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (value, value))


async def run_blocks(body: str) -> tuple[StoredDiagnostic, ...]:
    """Run the Python blocks of a section as one program; an error becomes a fault of its block.

    Raises:
        SandboxMissingError
    """
    blocks = [
        code
        for code in MarkdownDocument(body).codes
        if code.language in {"python", "py", "python3"}
    ]
    if not blocks:
        return ()
    ran = await run_python("\n".join(block.content for block in blocks))
    if ran.ok:
        return ()
    lines = [int(number) for number in _LINE.findall(ran.output)]
    block = _holding(blocks, lines[0] if lines else 1)
    message = ran.output.rsplit("\n", 1)[-1] or "exit without a word"
    return (StoredDiagnostic(CODE, "error", message, *block.span),)


def _holding(blocks: Sequence[CodeBlock], line: int) -> CodeBlock:
    """The block that contains a line of the joined program."""
    end = 0
    for block in blocks:
        end += block.content.count("\n") + 1
        if line <= end:
            return block
    return blocks[-1]
