"""The header reader: it knows a good file, and says of any other what is wrong with it."""

import contextlib
import struct
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.small_gguf import write_gguf
from xiezuo.engine.models.gguf import read_header
from xiezuo.errors import ModelFileError


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_gguf(tmp_path_factory.mktemp("gguf") / "good.gguf")


def test_it_reads_what_the_reference_implementation_wrote(good: Path):
    header = read_header(good)
    assert (header.architecture, header.name, header.context_length) == ("qwen3", "tiny", 8192)
    assert header.has_chat_template
    assert header.vocabulary == 3
    assert header.parameters == 4096 * 32
    assert header.tensor_bytes == header.decode_bytes == 4096 * 32 * 4


def test_an_embedding_table_of_its_own_is_not_read_for_every_token(tmp_path: Path):
    header = read_header(write_gguf(tmp_path / "untied.gguf", tied=False))
    assert header.decode_bytes == 8 * 32 * 2


def test_kv_memory_of_qwen3_4b(good: Path):
    header = read_header(good)
    assert header.kv_bytes_per_token("f16") == 144 * 1024
    assert header.kv_bytes_per_token("q8_0") == 76.5 * 1024


def test_the_real_demo_model(demo_model: Path):
    header = read_header(demo_model)
    assert (header.architecture, header.parameters) == ("llama", 134_515_008)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "it is empty"),
        (b"<!DOCTYPE html><html>Access denied", "web page"),
        (b"\x00\x01\x02\x03" * 100, "not a GGUF file"),
        (b"GGUF" + struct.pack("<IQQ", 99, 0, 0), "version 99"),
        (b"GGUF" + struct.pack("<IQQ", 3, 1 << 60, 0), "damaged"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1 << 60), "damaged"),
        (b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1 << 60), "damaged"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 5), "ends after"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, content: bytes, problem: str):
    path = tmp_path / "bad.gguf"
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match=problem):
        read_header(path)


@pytest.mark.parametrize("share", [0.01, 0.5, 0.999])
def test_a_truncated_file_is_named_without_reading_the_weights(
    good: Path, tmp_path: Path, share: float
):
    data = good.read_bytes()
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(ModelFileError, match="ends after"):
        read_header(cut)


def test_a_file_that_vanished(tmp_path: Path):
    with pytest.raises(ModelFileError, match="No such file"):
        read_header(tmp_path / "gone.gguf")


@settings(suppress_health_check=list(HealthCheck))
@given(
    flips=st.lists(st.tuples(st.integers(0, 700), st.integers(0, 255)), max_size=8),
    length=st.none() | st.integers(0, 2000),
)
def test_no_damage_ends_in_anything_but_a_header_or_a_clear_error(
    good: Path, tmp_path_factory: pytest.TempPathFactory, flips: list, length: int | None
):
    data = bytearray(good.read_bytes())
    for position, value in flips:
        data[position] = value
    path = tmp_path_factory.getbasetemp() / "damaged.gguf"
    path.write_bytes(data[:length])
    started = time.process_time()
    with contextlib.suppress(ModelFileError):
        read_header(path)
    assert time.process_time() - started < 1
