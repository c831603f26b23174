"""`xiezuo batch` from the outside: what it refuses before it begins."""

import subprocess
import sys
from pathlib import Path

PROGRAM = Path(sys.executable).with_name("xiezuo")


def test_a_single_call_is_no_batch(tmp_path: Path):
    briefs = tmp_path / "briefs.jsonl"
    briefs.write_text('{"task": "Explain tea."}\n')
    done = subprocess.run(
        [PROGRAM, "batch", briefs, "-o", tmp_path / "out", "--mode", "plain"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "careful or draft" in done.stderr
    assert not (tmp_path / "out").exists()
