"""Every route behaves as its description says, whatever is sent: schemathesis, default checks."""

import os
import re
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.support.routes import every_route
from tests.support.server import Server, data_folder
from tests.support.waiting import until
from xiezuo.engine.scripted import ScriptedEngine
from xiezuo.server.app import route_table

_ROUTES = route_table()
_ASKING = {
    re.sub(r"{\w+}", "[^/]+", route.path)
    for route in every_route()
    if _ROUTES.class_of(route.method, route.filled()).asks_model
}
# These ask the model, or whether there is one: a few requests each must do.
ASKING = f"/readyz$|({'|'.join(sorted(_ASKING))})$"
ENDLESS = "/events$"
EXCHANGES = "/engine/use$"  # the engine, under the others' feet
LEFT_OUT = 3  # operations that these two name
FILES = "/import$"  # whether a file can be read is not for a schema to say: test_imports.py


@pytest.fixture(scope="module")
def described(
    tmp_path_factory: pytest.TempPathFactory, engine: ScriptedEngine
) -> Generator[Server]:
    """A server of this module alone, for it is left with jobs that nobody wants."""
    server = Server(tmp_path_factory.mktemp("described"), engine=engine.address.base_url)
    yield server
    server.kill()


@pytest.fixture(scope="module")
def with_model(tmp_path_factory: pytest.TempPathFactory, demo_model: Path) -> Generator[Server]:
    """Its context is small: a chat without `max_tokens` is answered until the context is full."""
    data = data_folder(tmp_path_factory.mktemp("with-model") / "data", demo_model)
    server = Server(data, more={"XIEZUO_ENGINE_CONTEXT": "1024"})
    yield server
    server.kill()


def test_every_body_has_an_example_that_fits(described: Server):
    whole = described.http.get("/api/openapi.json").json()
    checked = 0
    for path, operations in whole["paths"].items():
        if path.startswith("/v1/"):  # OpenAI's, whose documents have theirs
            continue
        for method, operation in operations.items():
            content = operation.get("requestBody", {}).get("content", {})
            for body in content.values():
                for schema in shapes(body["schema"], whole):
                    examples = schema.get("examples") or body.get("examples")
                    assert examples, (method, path)
                    for example in examples:
                        validator = Draft202012Validator({**schema, **parts(whole)})
                        validator.validate(example)
                        checked += 1
    assert checked >= 28


def shapes(schema: dict, whole: dict) -> list[dict]:
    """The schemas of a body: one, or each of those it may be."""
    if one_of := schema.get("anyOf"):
        return [shape for option in one_of for shape in shapes(option, whole)]
    if "$ref" in schema:
        return [whole["components"]["schemas"][schema["$ref"].rpartition("/")[2]]]
    return [] if schema.get("type") == "null" else [schema]


def parts(whole: dict) -> dict:
    return {"components": whole["components"]}


def run(server: Server, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    program = str(Path(sys.executable).with_name("schemathesis"))
    return subprocess.run(
        [
            *(program, "run", f"{server.url}/api/openapi.json", "--no-color", "--seed", "1"),
            # U+0000 cannot be stored in PostgreSQL; JSON Schema has no word for that.
            *("--generation-allow-x00", "false", "--generation-deterministic"),
            *("--request-timeout", "180", *words),
        ],
        cwd=folder, env={**os.environ, "COLUMNS": "200"}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip


def test_every_route_keeps_its_word(described: Server, tmp_path: Path):
    left_out = ("--exclude-path-regex", f"{ENDLESS}|{FILES}")
    shallow = ("--max-examples", "1", "--phases", "fuzzing")
    done = run(described, tmp_path, *shallow, *left_out)
    assert done.returncode == 0, done.stdout[-30000:]
    whole = described.http.get("/api/openapi.json").json()["paths"]
    known = sum(len(operations) for operations in whole.values())
    assert f"Selected: {known - LEFT_OUT}/{known}" in done.stdout
    assert f"Tested: {known - LEFT_OUT}\n" in done.stdout


@pytest.mark.endurance
def test_every_route_keeps_its_word_at_its_bounds(described: Server, tmp_path: Path):
    left_out = ("--exclude-path-regex", f"{ASKING}|{ENDLESS}|{FILES}|{EXCHANGES}")
    done = run(described, tmp_path, "--max-examples", "3", *left_out)
    assert done.returncode == 0, done.stdout[-30000:]


@pytest.mark.engine
@pytest.mark.endurance
def test_every_route_that_asks_the_model_keeps_its_word(with_model: Server, tmp_path: Path):
    chosen = ("--include-path-regex", ASKING, "--phases", "fuzzing")
    done = run(with_model, tmp_path, "--max-examples", "2", *chosen)
    assert done.returncode == 0, done.stdout[-30000:]


@pytest.mark.engine
@pytest.mark.endurance
def test_the_route_that_exchanges_the_engine_keeps_its_word(with_model: Server, tmp_path: Path):
    done = run(with_model, tmp_path, "--max-examples", "2", "--include-path-regex", EXCHANGES)
    assert done.returncode == 0, done.stdout[-30000:]
    until(lambda: with_model.http.get("/readyz").status_code == 200)  # the one before is loaded
