"""Exports Markdown unchanged, with front matter if there is any."""

import yaml

from xiezuo.formats.source import Source


def write(source: Source) -> bytes:
    text = source.text.rstrip() + "\n"
    if source.front_matter:
        facts = yaml.safe_dump(source.front_matter, allow_unicode=True, sort_keys=False)
        text = f"---\n{facts}---\n\n{text}"
    return text.encode("utf-8", "replace")
