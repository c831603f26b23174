"""What the README shows of `/v1` is run as it stands there."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.server import Server

pytestmark = pytest.mark.xdist_group("server")
ROOT = Path(__file__).parents[2]
ADDRESS = "http://127.0.0.1:8765"


def block(page: str, language: str, word: str) -> str:
    """The block of code in `language` that has `word`."""
    text = (ROOT / page).read_text("utf-8")
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    (matching,) = [code for code in blocks if word in code]
    return matching


def run(*command: str) -> str:
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=500, check=False, env=dict(os.environ)
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_openai_package_chats_streams_and_has_a_document_written(server: Server):
    code = block("README.md", "python", "OpenAI").replace(ADDRESS, server.url)
    output = run(sys.executable, "-c", code)
    assert output.count("\n## ") >= 3
    document = output[output.index("# ") :]
    assert len(document.split()) > 80


def test_curl_gets_a_completion(server: Server):
    answer = run("sh", "-c", block("README.md", "sh", "curl").replace(ADDRESS, server.url))
    assert '"choices"' in answer
    assert '"completion_tokens"' in answer


def test_the_chinese_page_shows_the_same():
    def shape(page: str) -> str:
        return re.sub(r"'[^']*'", "", ast.dump(ast.parse(block(page, "python", "OpenAI"))))

    def plain(page: str) -> str:
        return re.sub(r'"content": "[^"]*"', "", block(page, "sh", "curl"))

    assert shape("README.zh.md") == shape("README.md")
    assert plain("README.zh.md") == plain("README.md")
