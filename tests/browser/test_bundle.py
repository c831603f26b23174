"""How much a first view loads, and what a wheel weighs and serves."""

import gzip
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "src" / "xiezuo" / "static"
FIRST_VIEW = 250_000  # bytes of JavaScript, gzipped
WHEEL = 3_000_000  # bytes


def loaded_by(entry: str, manifest: dict[str, dict]) -> set[str]:
    """The scripts that `entry` needs before anything is shown."""
    found, waiting = set(), [entry]
    while waiting:
        one = waiting.pop()
        if manifest[one]["file"] not in found:
            found.add(manifest[one]["file"])
            waiting += manifest[one].get("imports", [])
    return found


def test_the_first_view_is_light():
    manifest = json.loads((STATIC / ".vite" / "manifest.json").read_text())
    files = loaded_by("index.html", manifest) | loaded_by("src/features/home/Home.svelte", manifest)
    sizes = [len(gzip.compress((STATIC / file).read_bytes())) for file in files]
    assert sum(sizes) <= FIRST_VIEW, dict(zip(files, sizes, strict=True))


@pytest.mark.endurance
def test_the_wheel_alone_serves_the_studio(tmp_path: Path):
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*build, "--wheel-dir", tmp_path, ROOT], check=True)
    (wheel,) = tmp_path.glob("xiezuo-*.whl")
    assert wheel.stat().st_size < WHEEL
    with zipfile.ZipFile(wheel) as archive:
        assert not [name for name in archive.namelist() if name.startswith(("web", "tests"))]
        archive.extractall(tmp_path / "installed")
    check = (
        "import xiezuo.server.routes.studio_pages as p, pathlib;"
        f"assert pathlib.Path(p.__file__).is_relative_to({str(tmp_path)!r});"
        "print(p.page().body.decode())"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "installed")}
    shown = subprocess.run(
        [sys.executable, "-c", check], env=environment, capture_output=True, text=True, check=True
    )
    assert "/assets/index-" in shown.stdout
