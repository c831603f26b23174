"""`make mutations` can be run: its texts are in the code, and its tests among the tests."""

import re
from itertools import pairwise

from tests.faults.mutations import MUTATIONS, ROOT, Mutation

TESTS = ROOT / "tests"


def missing(mutation: Mutation) -> str:
    """What of the mutation is not there any more."""
    text = (ROOT / "src" / "xiezuo" / mutation.file).read_text("utf-8")
    if text.count(mutation.old) != 1:
        return f"{mutation.file} has {mutation.old!r} not once"
    place, *options = mutation.tests.split()
    path, *names = place.split("::")
    files = sorted((TESTS / path).rglob("test_*.py")) or [TESTS / path]
    source = "\n".join(file.read_text("utf-8") for file in files)
    wanted = [rf"(?:def|class) {name.partition('[')[0]}\b" for name in names]
    wanted += [rf"(?i){word}" for option, word in pairwise(options) if option == "-k"]
    return next((f"{place} has no {name}" for name in wanted if not re.search(name, source)), "")


def test_every_mutation_can_be_made_and_noticed():
    stale = [f"{mutation.defence}: {missing(mutation)}" for mutation in MUTATIONS]
    assert [line for line in stale if not line.endswith(": ")] == []
