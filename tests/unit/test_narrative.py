"""Narratives become plain text, whatever stands in them."""

from __future__ import annotations

from fhir.narrative import LIMIT, narrative, plain_text


def test_blocks_become_lines_and_cells_are_kept_apart() -> None:
    html = '<div xmlns="x"><p>Dear\n Dr Reed</p><table><tr><td>Hb</td><td>120</td></tr></table><br/>Yours</div>'
    assert plain_text(html) == "Dear Dr Reed\nHb · 120\nYours"


def test_nothing_but_text_survives() -> None:
    image = "<img src='file:///etc/passwd' onerror=x>"
    html = f"<div>a<script>alert(1)</script><style>b{{}}</style>{image}&lt;b&gt; &amp; c</div>"
    assert plain_text(html) == "a<b> & c"
    assert plain_text("<div><script>never closed") == ""
    assert plain_text("<<<div>>x") != ""


def test_endless_input_is_cut() -> None:
    assert len(plain_text("<p>" + "x" * (2 * LIMIT))) <= LIMIT


def test_a_heading_that_a_tool_generated_is_left_out() -> None:
    div = "<div><p><b>Generated Narrative with Details</b></p><p>Appendectomy</p></div>"
    assert narrative({"text": {"div": div}}) == "Appendectomy"
    assert narrative({"text": "x"}) == narrative({"text": {"div": 4}}) == narrative({}) == ""
