"""A tiny, valid GGUF file, written by the reference implementation."""

import os
from pathlib import Path

import gguf
import numpy as np


def write_gguf(
    path: Path, *, tensor_rows: int = 4096, tied: bool = True, sparse: bool = False
) -> Path:
    """A model of Qwen3-4B's KV shape whose only large part is one tensor of `tensor_rows` rows.

    With `sparse` the tensor's data is a hole in the file, so that it may be larger than the disk.
    """
    writer = gguf.GGUFWriter(path, "qwen3")
    writer.add_name("tiny")
    writer.add_context_length(8192)
    writer.add_block_count(36)
    writer.add_embedding_length(2560)
    writer.add_head_count(32)
    writer.add_head_count_kv(8)
    writer.add_key_length(128)
    writer.add_value_length(128)
    writer.add_token_list(["<s>", "a", "b"])
    writer.add_chat_template("{{ messages }}")
    if sparse:
        size = tensor_rows * 32 * 4
        writer.add_tensor_info("token_embd.weight", (tensor_rows, 32), np.dtype("float32"), size)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_ti_data_to_file()
        writer.close()
        os.truncate(path, path.stat().st_size + size + 32)
        return path
    writer.add_tensor("token_embd.weight", np.zeros((tensor_rows, 32), np.float32))
    if not tied:
        writer.add_tensor("output.weight", np.zeros((8, 32), np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
