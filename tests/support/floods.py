"""Texts that are small and hard: what a parser that goes back and forth would never end with."""

FLOODS = {
    "headings": "# a\n\n" * 20_000,
    "brackets": "![" * 20_000,
    "emphasis": "*a_b" * 20_000,
    "quotes": ">" * 50_000,
    "spaces": "a" + " " * 90_000,
}
# What pandoc, which has no time to give up of its own, is asked to export.
EXPORTED = {"brackets": "[" * 20_000, "emphasis": "*a_b" * 3_000}
