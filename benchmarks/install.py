"""Size of a fresh environment without models, and time of `xiezuo --help` in it.

    python benchmarks/install.py

Wanted: at most 400 MB; less than 0.3 s.
"""

import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        environment = Path(folder) / "venv"
        venv.create(environment, with_pip=True)
        install = [environment / "bin" / "pip", "install", "--quiet", "-c", "constraints.txt", "."]
        subprocess.run(install, cwd=ROOT, check=True, stderr=subprocess.DEVNULL)
        files = [path for path in environment.rglob("*") if not path.is_symlink()]
        size = sum(path.stat().st_size for path in files if path.is_file())
        times: list[float] = []
        for _ in range(11):
            started = time.perf_counter()
            subprocess.run(
                [environment / "bin" / "xiezuo", "--help"], check=True, stdout=subprocess.DEVNULL
            )
            times.append(time.perf_counter() - started)
    print(f"environment: {size / 1e6:.0f} MB (wanted: at most 400)")
    print(f"xiezuo --help: {median(times):.3f} s (wanted: less than 0.3)")


if __name__ == "__main__":
    sys.exit(main())
