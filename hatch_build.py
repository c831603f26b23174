"""Puts the built studio into the wheel; an editable install gets it from `make studio`."""

import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class StudioHook(BuildHookInterface[Any]):
    """Builds web/ with the Node that is a dependency of the build."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        del build_data
        if version == "editable":
            return
        subprocess.run([sys.executable, Path(self.root) / "web" / "build.py"], check=True)
