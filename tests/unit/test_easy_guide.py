"""The Easy Read guide says what the screens say, is kept up to date, and has a picture beside every line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from consent.plain_words import sentences
from desktop.easy_guide import Chapter, Guide, guide, pdf
from desktop.models.easy_pictures import NONE, picture_of, pictures
from desktop.models.voice import Voice, own_words
from desktop.widgets.pictures import drawn

FILE = Path(__file__).parents[2] / "docs" / "my-choices-easy-read.pdf"
FILLED = {
    "things": "3 things",
    "words": "Try again now.",
    "name": "Peggy",
    "helper": "Karen",
    "day": "31 Dec 2026",
    "n": "3",
    "who": "Nurses",
    "source": "Mill Surgery",
}


def lines() -> list[str]:
    return [line for chapter in guide().chapters for line in chapter.lines]


def test_the_guide_that_is_kept_says_what_the_screens_say() -> None:
    """Where this fails: make easy-read."""
    data = FILE.read_bytes()
    assert re.findall(rb"words ([0-9a-f]{32})", data.replace(b"\0", b""))[:1] == [guide().digest.encode()]
    assert len(data) < 400_000


def test_other_words_are_told_from_these() -> None:
    made = guide()
    other = Guide(made.title, made.under, (*made.chapters, Chapter("More", ("One more.",))))
    assert other.digest.encode() in pdf(other).replace(b"\0", b"")
    assert other.digest != made.digest


def test_every_line_stands_on_its_pages() -> None:
    pypdfium2 = pytest.importorskip("pypdfium2")
    pages = pypdfium2.PdfDocument(str(FILE))
    text = " ".join(pages[number].get_textpage().get_text_range() for number in range(len(pages)))
    words = re.sub(r"\s+", " ", text)
    assert [line for line in lines() if line not in words] == []


def test_every_page_of_the_screens_is_in_the_guide() -> None:
    titles = {chapter.title for chapter in guide().chapters}
    voice = Voice(easy=True)
    tabs = [key for key in own_words().all(easy=True) if key.startswith("tab.") and not key.endswith("-for")]
    assert [key for key in tabs if voice.say(key) not in titles] == []


def test_a_picture_that_is_drawn_stands_beside_every_line_of_the_guide() -> None:
    assert [line for line in lines() if picture_of(line) == NONE] == []
    assert pictures() <= drawn()


@pytest.mark.parametrize("table", [own_words, sentences])
def test_lines_of_the_screens_have_telling_pictures(table: object) -> None:
    """Sentences of several lines, which are shown with pictures."""
    said = table().all(easy=True)  # type: ignore[operator]
    several = [line.format_map({**dict.fromkeys(re.findall(r"{(\w+)}", line), "it"), **FILLED})
               for words in said.values() if "\n" in words for line in words.split("\n")]  # fmt: skip
    without = [line for line in several if picture_of(line) == NONE]
    assert without == []
