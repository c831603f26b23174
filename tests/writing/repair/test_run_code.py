"""Code runs where it can do no harm, and what fails is told with its block."""

import shutil
import subprocess

import pytest

from tests.support.debian import installed
from tests.support.scripted_text import endless, prose, tokens
from tests.support.writing import OPTIONS, ROUTES, plan, write
from xiezuo.engine.scripted import scripted
from xiezuo.errors import SandboxMissingError
from xiezuo.writing.model.events import SectionFinished
from xiezuo.writing.repair import run_code
from xiezuo.writing.repair.run_code import run_blocks, run_python

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module", autouse=True)
def _bubblewrap():
    there = installed("bubblewrap", lambda: shutil.which("bwrap"))
    probe = ["bwrap", "--unshare-all", "--ro-bind", "/", "/", "true"]
    if not there or subprocess.run(probe, check=False).returncode:
        pytest.skip("no bubblewrap, or none that this machine lets make a sandbox")


async def test_sound_code_runs():
    ran = await run_python("import json\nprint(json.dumps({'tea': '茶'}, ensure_ascii=False))")
    assert (ran.ok, ran.output) == (True, '{"tea": "茶"}')


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("import socket\nsocket.create_connection(('127.0.0.1', 9), 1)", "Error"),
        ("import socket\nsocket.getaddrinfo('example.org', 80)", "gaierror"),
        ("open('/etc/passwd').read()", "No such file"),
        ("open('/usr/x', 'w')", "Read-only"),
        ("import os\nos.listdir('/home')", "No such file"),
        ("x = bytearray(2_000_000_000)", "MemoryError"),
        ("open('big', 'wb').write(bytes(50_000_000))", "File too large"),
        ("import os\nprint(os.environ['HOME'])", "KeyError"),
    ],
)
async def test_what_could_do_harm_fails(code: str, word: str):
    ran = await run_python(code)
    assert not ran.ok
    assert word in ran.output


@pytest.mark.parametrize("code", ["while True: pass", "import time\ntime.sleep(100)"])
async def test_time_is_limited(code: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(run_code, "SECONDS", 1)
    ran = await run_python(code)
    assert not ran.ok


async def test_blocks_build_on_each_other_and_a_fault_names_its_block():
    body = "```python\nx = 1\n```\n\nThen:\n\n```python\nprint(x)\nprint(1 / 0)\n```\n"
    assert await run_blocks(body.replace("print(1 / 0)\n", "")) == ()
    (fault,) = await run_blocks(body)
    assert "ZeroDivisionError" in fault.message
    assert body[fault.start : fault.end].startswith("```python\nprint(x)")
    assert await run_blocks("No code.") == ()


async def test_a_section_whose_code_fails_needs_review():
    reply = tokens(f"{prose(3)}\n\n```python\nprint(1 / 0)\n```\n")
    for runs, state in ((False, "written"), (True, "needs_review")):
        options = OPTIONS.__class__(
            OPTIONS.sampling, OPTIONS.rewriting, seed=1, prompt_tokens=100_000, run_code=runs
        )
        async with scripted(reply, endless(), routes=ROUTES) as engine:
            _, events = await write(engine, plan("Leaf", words=30), options)
        (finished,) = [event for event in events if isinstance(event, SectionFinished)]
        assert finished.state == state


async def test_a_missing_sandbox_is_said(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SandboxMissingError, match="bubblewrap"):
        await run_python("1")
