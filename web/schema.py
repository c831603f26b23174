"""Writes the server's OpenAPI document and, from it, the types of the studio's client.

python web/schema.py [--check]
"""

import json
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from xiezuo.server.app import create_app, openapi

SCHEMA = Path(__file__).parent / "openapi.json"


@asynccontextmanager
async def _nothing(_: object) -> AsyncGenerator[None]:
    yield


def main(*, check: bool) -> int:
    text = json.dumps(openapi(create_app(_nothing)), ensure_ascii=False, indent=1) + "\n"
    if check:
        return int(SCHEMA.read_text("utf-8") != text)
    SCHEMA.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv))
