"""The glossary: every term of the notebooks, linked from where it first appears, and linking back to there."""

import re
from pathlib import Path

import nbformat

FOLDER = Path(__file__).parents[1] / "notebooks"
GLOSSARY_LINK = re.compile(r"\[([^\]]+)\]\(glossary\.ipynb#([^)]+)\)")
ENTRY = re.compile(r"^### (.+)\n\n(.+) \*First in\* \[(?=(\d\d)).+\]\((\3_\w+\.ipynb)#(.+)\)$", re.MULTILINE)
LEAD_INS = re.compile(r"What you'll|Where to go|Next|Time|Checkpoint|\d\. |.*[.:]$")


def prose(path):
    return "\n\n".join(cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "markdown")


def anchor(heading):
    """As JupyterLab and nbconvert make it."""
    return heading.replace(" ", "-")


NUMBERED = {path.name: prose(path) for path in sorted(FOLDER.glob("[0-9]*.ipynb"))}
ENTRIES = [(term, words, name, back) for term, words, _, name, back in ENTRY.findall(prose(FOLDER / "glossary.ipynb"))]


def places():
    """Every bold or linked phrase in reading order: notebook, heading above it, phrase, anchor in the glossary."""
    for name, text in NUMBERED.items():
        heading = None
        for line in text.splitlines():
            if match := re.match(r"#+ (.+)", line):
                heading = match[1]
            for match in re.finditer(rf"{GLOSSARY_LINK.pattern}|\*\*([^*]+)\*\*", line):
                yield name, heading, (match[1] or match[3]).strip("*`"), match[2]


def test_the_glossary_is_whole():
    text = prose(FOLDER / "glossary.ipynb")
    assert len(ENTRIES) == len(re.findall("^### ", text, re.MULTILINE)) > 100
    terms = [term for term, *_ in ENTRIES]
    assert terms == sorted(terms, key=str.lower)
    assert all(5 <= len(words.split()) <= 60 for _, words, *_ in ENTRIES)


def test_each_term_is_linked_once_and_links_back_to_there():
    linked = {target: (name, anchor(heading)) for name, heading, _, target in places() if target}
    assert len(linked) == sum(bool(target) for *_, target in places())
    assert linked == {anchor(term): (name, back) for term, _, name, back in ENTRIES}


def test_each_bold_term_was_linked_before_or_is_a_link():
    known = set()
    for name, _, phrase, target in places():
        stem = phrase.lower().rstrip("sed")  # of a plural, too
        if target:
            known |= {stem, target.replace("-", " ").lower().rstrip("sed")}
        elif not LEAD_INS.match(phrase):
            assert any(stem in other for other in known), f"{name}: {phrase}"


def test_links_to_headings_lead_somewhere():
    texts = {path.name: prose(path) for path in FOLDER.glob("*.ipynb")}
    for name, text in texts.items():
        for target, fragment in re.findall(r"\]\((\w+\.ipynb)(?:#([^)]+))?\)", text):
            headings = [anchor(heading) for heading in re.findall(r"^#+ (.+)$", texts[target], re.MULTILINE)]
            assert not fragment or fragment in headings, f"{name}: {target}#{fragment}"


def test_the_cheat_sheet_is_one_page():
    text = prose(FOLDER / "cheat_sheet.ipynb")
    rows = [line for line in text.splitlines() if line.startswith("| ") and "---" not in line and "You see" not in line]
    assert 12 <= len(rows) <= 18
    assert all(".ipynb" in row for row in rows)
    assert len(re.sub(r"\]\([^)]*\)", "", text).split()) < 600
    for symptom in ("nan", "2.30", "validation loss rises", "jumps"):
        assert any(symptom in row.split("|")[1] for row in rows)
