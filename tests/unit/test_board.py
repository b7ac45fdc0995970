"""Choices that were begun and not saved are gone on with, over what was saved otherwise meanwhile."""

from __future__ import annotations

from datetime import date

import msgspec

from consent.plain_choices import EVERYONE, PlainChoice, PlainChoices, What, Who
from desktop.models.board import Begun, Board

TODAY = date(2026, 11, 21)
GP, NURSE = Who("role", "gp"), Who("role", "nurse")
MONEY, MIND = What("category", "money"), What("category", "mental-health")


def board(*saved: PlainChoice, closed: frozenset[str] = frozenset(), today: date = TODAY) -> Board:
    made = Board([], today)
    made.saved = made.draft = PlainChoices(saved, closed)
    return made


def again(begun: Begun) -> Begun:
    """As the vault gives it back."""
    return msgspec.json.decode(msgspec.json.encode(begun), type=Begun)


def test_what_was_begun_comes_back_as_it_was() -> None:
    first = board(PlainChoice(GP, MONEY, "off"))
    first.hold_until("year")
    first.choose(GP, MONEY, "on")
    first.choose(NURSE, MIND, "ask")
    first.close_to_emergencies("money", True)
    second = board(PlainChoice(GP, MONEY, "off"))
    second.take_up(again(first.begun()))
    assert (second.draft, second.until) == (first.draft, "year")


def test_what_was_saved_meanwhile_stays() -> None:
    first = board(PlainChoice(GP, MONEY, "off"), closed=frozenset({"justice"}))
    first.choose(GP, MONEY, None)
    first.close_to_emergencies("money", True)
    newer = PlainChoice(EVERYONE, MIND, "off")
    second = board(PlainChoice(GP, MONEY, "off"), newer, closed=frozenset({"justice", "social-care"}))
    second.take_up(again(first.begun()))
    assert second.draft == PlainChoices((newer,), frozenset({"justice", "social-care", "money"}))


def test_a_newer_choice_about_the_same_gives_way_to_what_was_begun() -> None:
    first = board()
    first.choose(GP, MONEY, "ask")
    second = board(PlainChoice(GP, MONEY, "off"))
    second.take_up(first.begun())
    assert second.draft.choices == (PlainChoice(GP, MONEY, "ask"),)


def test_what_would_have_ended_is_left_out() -> None:
    first = board()
    first.hold_until("month")
    first.choose(GP, MONEY, "off")
    second = board(today=date(2026, 12, 1))
    second.take_up(first.begun())
    assert not second.changed
