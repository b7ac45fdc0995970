"""What the person writes themself, as FHIR R4 resources: About me, how joined up their care was, what they think
of something, what is wrong.

About me is the PRSB form with its seven headings; the others are this project's own. Whose they are, who says so and
when is added where a contribution is stored. Knows no store and no clock.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import Any, Final

from fhir.describe.documents import PICTURE, PICTURE_SYSTEM
from fhir.describe.messages import COMMENT as COMMENT
from fhir.describe.placing import load

Tree = dict[str, Any]

BASE: Final = "https://fhir.onestory.example"
ABOUT_ME_FORM: Final = f"{BASE}/Questionnaire/about-me"
OWN_WORDS: Final = "In my own words"
JOINED_UP_FORM: Final = f"{BASE}/Questionnaire/joined-up"
JOINED_UP: Final = ("together", "again", "ask")
"""Keys of the three questions: did they work together, did I have to tell it again, did I know whom to ask."""
CORRECTION: Final = "Correction asked for"
CORRECTED: Final = "Correction made"
NOT_CORRECTED: Final = "Correction not made"
AGREES: Final = "Agrees with the plan"
DISAGREES: Final = "Does not agree with the plan"


def headings() -> tuple[tuple[str, str, str], ...]:
    """The seven headings of About me: key, SNOMED CT code, name."""
    return tuple((row["key"], row["code"], row["name"]) for row in load("about_me")["heading"])


def about_me(words: Mapping[str, str], supported_by: str, written: str) -> Tree:
    """About me from words by heading; `written` is a FHIR dateTime. Raises ValueError where nothing is said."""
    items = [_item(code, name, words[key]) for key, code, name in headings() if words.get(key, "").strip()]
    if not items:
        raise ValueError("nothing is said")
    if supported_by.strip():
        items.append(_item("supported-by", "Supported to write this by", supported_by))
    return _response(ABOUT_ME_FORM, items, written)


def joined_up(questions: Mapping[str, str], answers: Mapping[str, str], words: str, written: str) -> Tree:
    """How joined up care was: `questions` and `answers` by key of JOINED_UP, and the person's own words. Raises
    ValueError where nothing is answered."""
    items = [_item(key, questions[key], answers[key]) for key in JOINED_UP if answers.get(key)]
    if not items:
        raise ValueError("nothing is answered")
    if words.strip():
        items.append(_item("words", OWN_WORDS, words))
    tree = _response(JOINED_UP_FORM, items, written)
    return tree | {"identifier": {"system": f"{BASE}/Id/form", "value": "Was my care joined up?"}}


def comment(resource: str, title: str, source: str, words: str, written: str) -> Tree:
    """What the person thinks of something in their record, "Type/id", of that title, from that source: a Communication
    about it. Raises ValueError where nothing is said, or of nothing."""
    if not words.strip() or not resource:
        raise ValueError("nothing is said, or of nothing")
    return {
        "resourceType": "Communication",
        "status": "completed",
        "category": [{"text": COMMENT}],
        "about": [{"reference": resource, "display": ", ".join(part for part in (title, source) if part)}],
        "sent": written,
        "payload": [{"contentString": words.strip()}],
    }


def correction(resource: str, source: str, wrong: str, written: str) -> Tree:
    """A request to whoever holds a record to correct it: a Task that stays open until they answer. `resource` is
    "Type/id". Raises ValueError where it is not said what is wrong, or of which record."""
    if not wrong.strip() or not resource:
        raise ValueError("nothing is said, or of nothing")
    return {
        "resourceType": "Task",
        "status": "requested",
        "intent": "order",
        "code": {"text": CORRECTION},
        "description": " ".join(wrong.split()),
        "focus": {"reference": resource},
        "authoredOn": written,
        "owner": {"display": source},
    }


def correction_answer(request: str, corrected: bool, words: str, written: str) -> Tree:
    """What whoever holds a record answers to a request to correct it ("Task/id"). Raises ValueError without words."""
    if not words.strip() or not request.startswith("Task/"):
        raise ValueError("nothing is said, or of no request")
    return {
        "resourceType": "Communication",
        "status": "completed",
        "category": [{"text": CORRECTED if corrected else NOT_CORRECTED}],
        "about": [{"reference": request}],
        "sent": written,
        "payload": [{"contentString": words.strip()}],
    }


def picture(caption: str, jpeg: bytes, written: str) -> Tree:
    """A picture about the person, with what it shows: a DocumentReference that stands with their words. Raises
    ValueError where it is not said what it shows."""
    words = " ".join(caption.split())
    if not words or not jpeg:
        raise ValueError("no words, or no picture")
    return {
        "resourceType": "DocumentReference",
        "status": "current",
        "type": {
            "coding": [{"system": PICTURE_SYSTEM, "code": PICTURE, "display": "Picture about me"}],
            "text": "Picture about me",
        },
        "date": written,
        "content": [
            {
                "attachment": {
                    "contentType": "image/jpeg",
                    "data": b64encode(jpeg).decode(),
                    "title": f"Picture: {words}",
                }
            }
        ],
    }


def _item(link: str, name: str, words: str) -> Tree:
    return {"linkId": link, "text": name, "answer": [{"valueString": words.strip()}]}


def _response(form: str, items: list[Tree], written: str) -> Tree:
    return {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": form,
        "status": "completed",
        "authored": written,
        "item": items,
    }
