"""The program of the built-in engine process: llama.cpp's own HTTP server, from the wheel.

It has a process of its own because xllamacpp replaces signal handlers and a failed native assertion
aborts the process. The plan is passed as JSON in the first argument; the API key is passed in the
environment, so that process lists do not show it.
"""

import importlib
import json
import os
import sys
import threading
from pathlib import Path
from typing import Any

from xiezuo.engine.local.launch import API_KEY_VARIABLE, BATCH_TOKENS

xllamacpp: Any = importlib.import_module("xllamacpp")  # ships no types

_KV_TYPES = {
    "f16": xllamacpp.ggml_type.GGML_TYPE_F16,
    "q8_0": xllamacpp.ggml_type.GGML_TYPE_Q8_0,
}


def parameters(plan: dict[str, Any]) -> Any:  # noqa: ANN401 - xllamacpp ships no types
    """llama.cpp's parameters for a plan; the same as the flags in `launch.command`."""
    params = xllamacpp.CommonParams()
    params.model.path = plan["model"]
    params.model_alias = plan["alias"]
    params.hostnames = [plan["socket"]]
    params.api_keys = [os.environ[API_KEY_VARIABLE]]
    params.cors_origins = ""
    params.ui = False
    params.endpoint_metrics = True
    params.n_parallel = plan["slots"]
    params.slot_save_path = f"{Path(plan['socket']).parent}/"
    params.n_ctx = plan["context"] * plan["slots"]
    params.kv_unified = False
    params.cache_ram_mib = 0
    params.cache_idle_slots = False
    params.n_batch = params.n_ubatch = BATCH_TOKENS
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = plan["threads"]
    params.cache_type_k = params.cache_type_v = _KV_TYPES[plan["kv_type"]]
    params.flash_attn_type = xllamacpp.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_ENABLED
    params.no_extra_bufts = not plan["repack"]
    mode = xllamacpp.llama_load_mode
    params.load_mode = mode.LLAMA_LOAD_MODE_NONE if plan["repack"] else mode.LLAMA_LOAD_MODE_MMAP
    params.fit_params = False
    return params


def main() -> None:
    try:
        server = xllamacpp.Server(parameters(json.loads(sys.argv[1])))
    except RuntimeError as error:
        sys.exit(str(error))  # llama.cpp has logged the reason; a traceback would bury it
    print(f"listening on {server.listening_address}", flush=True)  # noqa: T201 - goes to the log
    threading.Event().wait()


if __name__ == "__main__":
    main()
