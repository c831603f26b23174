"""Runs pandoc in its sandbox (no network, no other files) with limits on time and memory.

https://pandoc.org/MANUAL.html
"""

import importlib.util
import shutil
import subprocess
from functools import cache
from importlib.resources import files
from pathlib import Path

from xiezuo.errors import ExportError, ExportToolMissingError
from xiezuo.formats.source import Source

SECONDS = 120
HEAP = "2g"  # heap limit of GHC's runtime; a book of 2 MB needs 0.7
# HTML is parsed only to be shown as text (see filters/writing.lua); it is never passed through.
READER = (
    "commonmark+pipe_tables+strikeout+footnotes+task_lists+tex_math_dollars"
    "+gfm_auto_identifiers+autolink_bare_uris+alerts"
)
_FORMATS = Path(str(files("xiezuo.formats")))


@cache
def program() -> str:
    """Path of pandoc: bundled with the `export` extra, or found on the PATH.

    Raises:
        ExportToolMissingError: neither exists.
    """
    package = importlib.util.find_spec("pypandoc")
    if package is not None and package.origin is not None:
        bundled = Path(package.origin).parent / "files" / "pandoc"
        if bundled.exists():
            return str(bundled)
    installed = shutil.which("pandoc")
    if installed is None:
        raise ExportToolMissingError(tool="pandoc")
    return installed


def template(name: str) -> Path:
    return _FORMATS / "templates" / name


def lua_filter(name: str) -> Path:
    return _FORMATS / "filters" / name


def run(source: Source, writer: str, *options: str | Path) -> bytes:
    """Convert `source` with our Lua filter to pandoc's format `writer`.

    Raises:
        ExportToolMissingError: pandoc is not installed.
        ExportError: pandoc failed or timed out.
    """
    language = "zh-CN" if source.language == "zh" else "en"
    text = source.text.encode("utf-8", "replace")
    return convert(
        text,
        f"--from={READER}",
        f"--to={writer}",
        f"--lua-filter={lua_filter('writing.lua')}",
        "--standalone",
        f"--metadata=lang:{language}",
        *map(str, options),
    )


def convert(data: bytes, *options: str) -> bytes:
    """Convert `data` with pandoc.

    Raises:
        ExportToolMissingError: pandoc is not installed.
        ExportError: pandoc failed or timed out.
    """
    command = [program(), "+RTS", f"-M{HEAP}", "-RTS", "--sandbox", "--output=-", *options]
    try:
        process = subprocess.run(
            command, input=data, capture_output=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise ExportError(problem=f"pandoc > {SECONDS} s") from error
    except OSError as error:
        raise ExportToolMissingError(tool="pandoc") from error
    if process.returncode:
        lines = process.stderr.decode("utf-8", "replace").strip().splitlines()
        raise ExportError(problem=lines[-1] if lines else f"pandoc: {process.returncode}")
    return process.stdout
