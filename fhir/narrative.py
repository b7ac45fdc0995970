"""The plain text of a narrative (`text.div`) or of any HTML in a record.

What comes out is text only: no tag, script, style or address survives. It is not a sanitiser for rich text.
"""

from __future__ import annotations

from html.parser import HTMLParser

from fhir.records import Tree

LIMIT = 200_000
_SILENT = {"script", "style", "head", "title", "template", "object", "iframe", "svg"}
_BREAKS = {"p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "dt", "dd", "hr"}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.silent = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if not self.silent and tag in _SILENT:
            self.silent = tag
        elif tag in _BREAKS:
            self.parts.append("\n")
        elif tag in ("td", "th"):
            self.parts.append("\t")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BREAKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == self.silent:
            self.silent = ""
        elif tag in _BREAKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.parts.append(data)


def plain_text(html: str) -> str:
    """The text of an HTML fragment, one line per block, without empty lines; input beyond `LIMIT` characters is cut."""
    if "<" not in html and "&" not in html:
        return html.strip()
    reader = _Reader()
    reader.feed(html[:LIMIT])
    reader.close()
    lines = []
    # Source line ends inside a block are only space; the breaks are those that the tags made.
    for line in "".join(part if part in ("\n", "\t") else _flat(part) for part in reader.parts).split("\n"):
        cells = [" ".join(cell.split()) for cell in line.split("\t")]
        joined = " · ".join(cell for cell in cells if cell)
        if joined:
            lines.append(joined)
    return "\n".join(lines)


def _flat(part: str) -> str:
    return part.replace("\n", " ").replace("\t", " ").replace("\r", " ")


def narrative(tree: Tree) -> str:
    """The plain text of a resource's or section's narrative, "" where there is none."""
    text = tree.get("text")
    if isinstance(text, dict):
        div = text.get("div")
        if isinstance(div, str):
            head, _, rest = (said := plain_text(div)).partition("\n")
            return rest if head.startswith("Generated Narrative") else said
    return ""
