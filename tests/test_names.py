"""The glossary: every domain word once, and each leads to its code.

That names are made of its words is one of the measurements, see `tests/house.py`.
"""

import re

from tests.house import GLOSSARY, ROOT, glossary_terms, standard_words, text_of, words_of

ROW = re.compile(r"^\| (?P<word>[^|]+) \| (?P<chinese>[^|]+) \| [^|]+ \| `(?P<path>[^`|]+)` \|$")
rows = [row for line in text_of(GLOSSARY).splitlines() if (row := ROW.match(line))]


def test_every_word_is_there_once():
    words = [row["word"] for row in rows]
    assert len(words) > 60
    assert sorted(words) == sorted(set(words))
    assert set(words) <= set(glossary_terms())
    chinese = [row["chinese"] for row in rows]
    assert sorted(chinese) == sorted(set(chinese))


def test_every_word_has_a_chinese_one():
    assert [row["word"] for row in rows if not re.search(r"[\u4e00-\u9fff]", row["chinese"])] == []


def test_every_word_leads_to_code_that_names_it():
    missing = [
        f"{row['word']}: {row['path']}"
        for row in rows
        if not (path := ROOT / "src" / "xiezuo" / row["path"]).is_file()
        or any(word not in f"{path} {text_of(path)}".lower() for word in words_of(row["word"]))
    ]
    assert missing == []


def test_standard_words_are_listed_once_and_not_in_the_glossary():
    standard = standard_words()
    glossary = {word for term in glossary_terms() for word in words_of(term)}
    assert sorted(standard) == sorted(set(standard))
    assert sorted(set(standard) & glossary) == []
