"""Reads the header of a GGUF model file, and trusts nothing in it.

Format: ggml's `docs/gguf.md`, versions 2 and 3. It is read with the standard library because the
`gguf` package requires NumPy (70 MB). The header implies the file's minimum length, so a truncated
download is recognised without reading the weights.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from xiezuo.errors import ModelFileError
from xiezuo.i18n import Text

MAGIC = b"GGUF"
VERSIONS = frozenset({2, 3})
MOST_KEYS = 10_000
MOST_TENSORS = 100_000
MOST_DIMENSIONS = 4
MOST_STRINGS = 4_000_000  # in one array; a large vocabulary has 300,000 tokens and merges
LONGEST_STRING = 16 * 1024 * 1024
DEFAULT_ALIGNMENT = 32

_STRING, _ARRAY = 8, 9
_SCALARS = {
    0: "B",
    1: "b",
    2: "H",
    3: "h",
    4: "I",
    5: "i",
    6: "f",
    7: "?",
    10: "Q",
    11: "q",
    12: "d",
}

# Elements and bytes of a block by tensor type: `type_traits` in ggml.c and the structs of
# ggml-common.h (llama.cpp b11549). Types that are missing were removed from the format.
_BLOCKS: Mapping[int, tuple[int, int]] = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34),
    10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210),
    15: (256, 292), 16: (256, 66), 17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18),
    21: (256, 110), 22: (256, 82), 23: (256, 136), 24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8),
    28: (1, 8), 29: (256, 56), 30: (1, 2), 34: (256, 54), 35: (256, 66), 39: (32, 17),
    40: (64, 36), 41: (128, 18),
}  # fmt: skip

_KV_BYTES = {"f16": 2.0, "q8_0": 34 / 32}  # a q8_0 block holds 32 numbers in 34 bytes


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """The facts in a model file's header; sizes in bytes, `context_length` in tokens."""

    architecture: str
    name: str | None
    context_length: int | None
    block_count: int
    kv_heads: int
    key_length: int
    value_length: int
    vocabulary: int
    has_chat_template: bool
    parameters: int
    tensor_bytes: int
    decode_bytes: int  # read for every token; of a separate embedding table only one row is read

    def kv_bytes_per_token(self, kv_type: Literal["f16", "q8_0"]) -> float:
        """Bytes of KV cache per token of context."""
        per_layer = self.kv_heads * (self.key_length + self.value_length)
        return self.block_count * per_layer * _KV_BYTES[kv_type]


def read_header(path: Path) -> GgufHeader:
    """The header of the model file at `path`, checked against the file's length.

    Raises:
        ModelFileError: the file is missing, damaged, truncated or no GGUF file.
    """
    try:
        with path.open("rb") as file:
            return _Reader(file, path).header()
    except OSError as error:
        raise ModelFileError(path=path, problem=error.strerror) from error


class _Reader:
    def __init__(self, file: BinaryIO, path: Path) -> None:
        self._file = file
        self._path = path
        self._size = path.stat().st_size
        self._order = "<"

    def header(self) -> GgufHeader:
        self._check_magic()
        tensors, keys = self._count(MOST_TENSORS), self._count(MOST_KEYS)
        facts: dict[str, object] = {}
        for _ in range(keys):
            key = self._string()
            facts[key] = self._value(self._number("I"))
        return self._summary(facts, self._tensors(tensors, facts))

    def _check_magic(self) -> None:
        start = self._file.read(64)
        if not start.startswith(MAGIC):
            raise self._error(_describe_foreign_file(start))
        self._file.seek(len(MAGIC))
        version = self._number("I")
        if (
            version not in VERSIONS
            and int.from_bytes(version.to_bytes(4, "little"), "big") in VERSIONS
        ):
            self._order = ">"
        elif version not in VERSIONS:
            raise self._error(
                Text(f"GGUF version {version} is not known", f"不支持 GGUF 版本 {version}")
            )

    def _tensors(self, count: int, facts: Mapping[str, object]) -> dict[str, tuple[int, int]]:
        """Name → (elements, bytes) of every tensor; all of them must end inside the file."""
        sizes: dict[str, tuple[int, int]] = {}
        end = 0
        for _ in range(count):
            name = self._string()
            dimensions = self._number("I")
            if dimensions > MOST_DIMENSIONS:
                raise self._error(_DAMAGED)
            elements = 1
            for _ in range(dimensions):
                elements *= self._number("Q")
            kind, offset = self._number("I"), self._number("Q")
            if kind not in _BLOCKS:
                raise self._error(
                    Text(f"tensor type {kind} is not known", f"不支持张量类型 {kind}")
                )
            per_block, block_bytes = _BLOCKS[kind]
            sizes[name] = (elements, elements // per_block * block_bytes)
            end = max(end, offset + sizes[name][1])
        alignment = facts.get("general.alignment", DEFAULT_ALIGNMENT)
        if not isinstance(alignment, int) or alignment <= 0:
            raise self._error(_DAMAGED)
        least = -(-self._file.tell() // alignment) * alignment + end
        if self._size < least:
            raise self._error(_truncated(self._size, least))
        return sizes

    def _summary(
        self, facts: Mapping[str, object], sizes: Mapping[str, tuple[int, int]]
    ) -> GgufHeader:
        architecture = facts.get("general.architecture")
        if not isinstance(architecture, str):
            raise self._error(_DAMAGED)

        def integer(key: str, default: int = 0) -> int:
            value = facts.get(f"{architecture}.{key}", default)
            return value if isinstance(value, int) and value >= 0 else default

        heads = max(integer("attention.head_count", 1), 1)
        head_size = integer("embedding_length") // heads
        name, vocabulary = facts.get("general.name"), facts.get("tokenizer.ggml.tokens")
        return GgufHeader(
            architecture=architecture,
            name=name if isinstance(name, str) else None,
            context_length=integer("context_length") or None,
            block_count=integer("block_count"),
            kv_heads=integer("attention.head_count_kv", heads),
            key_length=integer("attention.key_length", head_size),
            value_length=integer("attention.value_length", head_size),
            vocabulary=vocabulary if isinstance(vocabulary, int) else 0,
            has_chat_template="tokenizer.chat_template" in facts,
            parameters=sum(elements for elements, _ in sizes.values()),
            tensor_bytes=sum(size for _, size in sizes.values()),
            decode_bytes=sum(
                size
                for tensor, (_, size) in sizes.items()
                if tensor != "token_embd.weight" or "output.weight" not in sizes
            ),
        )

    def _value(self, kind: int) -> object:
        """A metadata value; for an array, only its length."""
        if kind == _STRING:
            return self._string()
        if kind in _SCALARS:
            return self._number(_SCALARS[kind])
        if kind != _ARRAY:
            raise self._error(_DAMAGED)
        item_kind, length = self._number("I"), self._number("Q")
        if item_kind in _SCALARS:
            self._skip(length * struct.calcsize(_SCALARS[item_kind]))
        elif item_kind == _STRING:
            if length > MOST_STRINGS:
                raise self._error(_DAMAGED)
            for _ in range(length):
                self._skip(self._number("Q"))
        else:
            raise self._error(_DAMAGED)
        return length

    def _count(self, most: int) -> int:
        count = self._number("Q")
        if count > most:
            raise self._error(_DAMAGED)
        return count

    def _string(self) -> str:
        length = self._number("Q")
        if length > LONGEST_STRING:
            raise self._error(_DAMAGED)
        return self._read(length).decode("utf-8", "replace")

    def _number(self, code: str) -> int:
        layout = self._order + code
        return struct.unpack(layout, self._read(struct.calcsize(layout)))[0]

    def _skip(self, length: int) -> None:
        target = self._file.tell() + length
        if target > self._size:
            raise self._error(_truncated(self._size, target))
        self._file.seek(target)

    def _read(self, length: int) -> bytes:
        data = self._file.read(length)
        if len(data) < length:
            raise self._error(_truncated(self._size, self._file.tell() - len(data) + length))
        return data

    def _error(self, problem: Text) -> ModelFileError:
        return ModelFileError(path=self._path, problem=problem)


_DAMAGED = Text("its header is damaged", "文件头已损坏")


def _truncated(size: int, least: int) -> Text:
    return Text(
        f"it ends after {size:,} of at least {least:,} bytes (an interrupted download?)",
        f"文件只有 {size:,} 字节，应至少有 {least:,} 字节（下载中断？）",
    )


def _describe_foreign_file(start: bytes) -> Text:
    if not start:
        return Text("it is empty", "文件是空的")
    if start.lstrip()[:1] == b"<":
        return Text(
            "it is a web page, not a model (an error page saved as a file?)",
            "这是网页而不是模型（把错误页面存成了文件？）",
        )
    return Text("it is not a GGUF file", "不是 GGUF 文件")
