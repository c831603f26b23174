"""Runs pandoc: without network, without files but ours, and not for ever.

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
HEAP = "2g"  # as GHC's run-time system counts; a book of 2 MB takes 0.7
# HTML is read to be shown as text (see filters/writing.lua), never passed on.
READER = (
    "commonmark+pipe_tables+strikeout+footnotes+task_lists+tex_math_dollars"
    "+gfm_auto_identifiers+autolink_bare_uris+alerts"
)
_FORMATS = Path(str(files("xiezuo.formats")))


@cache
def program() -> str:
    """Pandoc: the one of the `export` extra, or one that is installed.

    Raises:
        ExportToolMissingError
    """
    found = importlib.util.find_spec("pypandoc")
    if found is not None and found.origin is not None:
        bundled = Path(found.origin).parent / "files" / "pandoc"
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
    """`source` through our filter, by pandoc's `writer`.

    Raises:
        ExportToolMissingError, ExportError
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
    """What pandoc makes of `data`.

    Raises:
        ExportToolMissingError, ExportError
    """
    command = [program(), "+RTS", f"-M{HEAP}", "-RTS", "--sandbox", "--output=-", *options]
    try:
        done = subprocess.run(
            command, input=data, capture_output=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise ExportError(problem=f"pandoc > {SECONDS} s") from error
    except OSError as error:
        raise ExportToolMissingError(tool="pandoc") from error
    if done.returncode:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise ExportError(problem=lines[-1] if lines else f"pandoc: {done.returncode}")
    return done.stdout
