"""One act as a FHIR R4 AuditEvent in the shapes of IHE's Basic Audit Log Patterns, and back again without loss.

Which codes stand for which kind of act is in `audit_kinds.toml`. Nothing here is stored or sealed. A profile is named
only where the whole pattern is met: a successful act, and for disclosures one that is about a person.
"""

from __future__ import annotations

import base64
import os
import tomllib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from importlib import resources
from typing import Any

import msgspec

from storage.errors import TamperedError

PROFILES = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit."
KIND = "urn:onestory:event-kind"
_ITEM, _COMMITMENT, _RELATIONSHIP = "item", "items-sha256", "relationship"
_SALT = 16
_PERSON = {"system": "http://terminology.hl7.org/CodeSystem/audit-entity-type", "code": "1", "display": "Person"}
_OBJECT = {"system": "http://terminology.hl7.org/CodeSystem/audit-entity-type", "code": "2", "display": "System Object"}
_ROLES = "http://terminology.hl7.org/CodeSystem/object-role"
_PATIENT = {"system": _ROLES, "code": "1", "display": "Patient"}
_RESOURCE = {"system": _ROLES, "code": "4", "display": "Domain Resource"}
_QUERY = {"system": _ROLES, "code": "24", "display": "Query"}
_DCM = "http://dicom.nema.org/resources/ontology/DCM"
_SOURCE = {"coding": [{"system": _DCM, "code": "110153", "display": "Source Role ID"}]}
_TARGET = {"coding": [{"system": _DCM, "code": "110152", "display": "Destination Role ID"}]}
_PROGRAM = {"display": "OneStory"}
_NETWORK = {"address": "this computer", "type": "1"}
_WHY = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
_PART = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"


class LoggedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One act, as kept. `time` is an ISO instant; `user` is a principal id; `items` are entry ids or an import id.

    `number` is its place in the log, from 0; -1 before it has one. `commitment` is the digest (hex) of details that are
    kept apart from the event, empty where there are none.
    """

    time: str
    user: str
    kind: str
    name: str = ""
    role: str = ""
    organisation: str = ""
    person: str = ""
    purpose: str = ""
    relationship: str = ""
    reason: str = ""
    outcome: str = "0"
    items: tuple[str, ...] = ()
    number: int = -1
    commitment: str = ""


class _Kind(msgspec.Struct, frozen=True):
    type: tuple[str, str, str]
    action: str
    user: str
    subtype: tuple[str, str, str] | None = None
    profile: str = ""
    flow: str = "in"


def to_fhir(event: LoggedEvent) -> dict[str, Any]:
    """The AuditEvent of one act, as JSON values."""
    kind = _kinds().get(event.kind) or _kinds()["other"]
    own = {"system": KIND, "code": event.kind}
    resource: dict[str, Any] = {
        "resourceType": "AuditEvent",
        "type": _coding(kind.type),
        "subtype": [*([_coding(kind.subtype)] if kind.subtype else []), own],
        "action": kind.action,
        "recorded": event.time,
        "outcome": event.outcome,
        "agent": _agents(event, kind),
        "source": {"observer": _PROGRAM, "type": [{"code": "1", "display": "User Device"}]},
        "entity": _entities(event),
    }
    profile = _profile(event, kind)
    if profile:
        resource["meta"] = {"profile": [PROFILES + profile]}
    if event.purpose or (event.reason and event.kind != "search"):
        why: dict[str, Any] = {}
        if event.purpose:
            why["coding"] = [{"system": _WHY, "code": event.purpose}]
        if event.reason and event.kind != "search":
            why["text"] = event.reason
        resource["purposeOfEvent"] = [why]
    return resource


def encode(event: LoggedEvent) -> bytes:
    """The AuditEvent as compact JSON."""
    text = "".join(event.items)
    if event.kind == "search" or not text or len(msgspec.json.encode(text)) != len(text) + 2:
        return msgspec.json.encode(to_fhir(event))
    resource = to_fhir(msgspec.structs.replace(event, items=event.items[:1] if len(event.items) == 1 else ()))
    # Thousands of ids that need no escaping are written at once: a record is not to open later for being logged.
    items = '"},{"type":"item","valueString":"'.join(event.items)
    resource["entity"][-1]["detail"] = msgspec.Raw(f'[{{"type":"item","valueString":"{items}"}}]'.encode())
    return msgspec.json.encode(resource)


def encode_apart(event: LoggedEvent, *, words: bool) -> tuple[bytes, bytes]:
    """The AuditEvent without its items, and the details that it commits to: the items, and with `words` the reason.

    Details begin with a salt, so that the digest tells nothing of them.
    """
    details = os.urandom(_SALT) + msgspec.msgpack.encode((event.items, event.reason if words else ""))
    bare = msgspec.structs.replace(
        event, items=(), reason="" if words else event.reason, commitment=sha256(details).hexdigest()
    )
    return msgspec.json.encode(to_fhir(bare)), details


def decode(content: bytes, number: int = -1, details: bytes | None = None) -> LoggedEvent:
    """The act that `encode` or `encode_apart` was given; without `details`, what the AuditEvent alone tells of it.

    Raises TamperedError for anything else.
    """
    try:
        event = _read(msgspec.json.decode(content), number)
        if details is None:
            return event
        if sha256(details).hexdigest() != event.commitment:
            raise TamperedError("The details of an event of the access log are not those that were committed to.")
        items, words = msgspec.msgpack.decode(details[_SALT:], type=tuple[tuple[str, ...], str])
        return msgspec.structs.replace(event, items=items, reason=words or event.reason, commitment="")
    except (msgspec.MsgspecError, LookupError, TypeError, ValueError, AttributeError):
        raise TamperedError("An event of the access log cannot be read.") from None


def _agents(event: LoggedEvent, kind: _Kind) -> list[dict[str, Any]]:
    user: dict[str, Any] = {
        "type": {"coding": [{"system": _PART, "code": kind.user}]},
        "who": {"identifier": {"system": "urn:onestory:principal", "value": event.user}},
        "requestor": True,
    }
    if event.name:
        user["name"] = event.name
    if event.organisation:
        user["who"]["display"] = event.organisation
    if event.role:
        user["role"] = [{"text": event.role}]
    if event.purpose:
        user["purposeOfUse"] = [{"coding": [{"system": _WHY, "code": event.purpose}]}]
    ends = (_SOURCE, _TARGET) if kind.flow == "out" else (_TARGET, _SOURCE)
    vault = {"type": ends[0], "who": _PROGRAM, "requestor": False, "network": _NETWORK}
    window = {"type": ends[1], "who": _PROGRAM, "requestor": False, "network": _NETWORK}
    return [user, vault, window]


def _entities(event: LoggedEvent) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if event.person:
        about: dict[str, Any] = {"what": _person(event.person), "type": _PERSON, "role": _PATIENT}
        if event.relationship:
            about["detail"] = [{"type": _RELATIONSHIP, "valueString": event.relationship}]
        found.append(about)
    if event.kind == "search":
        text = base64.b64encode((event.reason or " ").encode()).decode()
        found.append({"type": _OBJECT, "role": _QUERY, "query": text})
        found += [{"what": _person(item), "type": _PERSON, "role": _PATIENT} for item in event.items]
        return found
    value = event.items[0] if len(event.items) == 1 else event.person or event.kind
    about = {"what": {"identifier": {"system": "urn:onestory:item", "value": value}}, "type": _OBJECT}
    about["role"] = _RESOURCE
    if event.commitment:
        about["detail"] = [{"type": _COMMITMENT, "valueString": event.commitment}]
    elif event.items:
        about["detail"] = [{"type": _ITEM, "valueString": item} for item in event.items]
    found.append(about)
    return found


def _read(resource: dict[str, Any], number: int) -> LoggedEvent:
    user = resource["agent"][0]
    kind = resource["subtype"][-1]["code"]
    people = [entity for entity in resource["entity"] if entity["type"]["code"] == "1"]
    rest = next(entity for entity in resource["entity"] if entity["type"]["code"] == "2")
    why = resource.get("purposeOfEvent", [{}])[0]
    reason = why.get("text", "")
    told = [(detail["type"], detail["valueString"]) for detail in rest.get("detail", ())]
    items = [value for what, value in told if what == _ITEM]
    if kind == "search":
        reason = base64.b64decode(rest["query"]).decode()
        reason = "" if reason == " " else reason
        items = [_value(entity) for entity in people]
        people = []
    return LoggedEvent(
        time=resource["recorded"],
        user=user["who"]["identifier"]["value"],
        kind=kind,
        name=user.get("name", ""),
        role=user.get("role", [{}])[0].get("text", ""),
        organisation=user["who"].get("display", ""),
        person=_value(people[0]) if people else "",
        purpose=why.get("coding", [{}])[0].get("code", ""),
        relationship=people[0].get("detail", [{}])[0].get("valueString", "") if people else "",
        reason=reason,
        outcome=resource["outcome"],
        items=tuple(items),
        number=number,
        commitment=next((value for what, value in told if what == _COMMITMENT), ""),
    )


def _profile(event: LoggedEvent, kind: _Kind) -> str:
    if event.outcome != "0" or not kind.profile:
        return ""
    if kind.profile.startswith("Privacy"):
        return kind.profile if event.person else ""
    return f"Patient{kind.profile}" if event.person else kind.profile


def _person(id: str) -> dict[str, Any]:
    return {"type": "Patient", "identifier": {"system": "urn:onestory:person", "value": id}}


def _value(entity: Mapping[str, Any]) -> str:
    return str(entity["what"]["identifier"]["value"])


def _coding(code: Sequence[str]) -> dict[str, str]:
    return {"system": _systems()[code[0]], "code": code[1], "display": code[2]}


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    return tomllib.loads((resources.files("storage") / "audit_kinds.toml").read_text("utf-8"))


@lru_cache(maxsize=1)
def _systems() -> dict[str, str]:
    return msgspec.convert(_table()["systems"], dict[str, str])


@lru_cache(maxsize=1)
def _kinds() -> dict[str, _Kind]:
    return msgspec.convert(_table()["kinds"], dict[str, _Kind])


def kinds() -> frozenset[str]:
    """Kinds of act that have codes of their own."""
    return frozenset(_kinds()) - {"other"}


__all__ = ["LoggedEvent", "decode", "encode", "encode_apart", "kinds", "to_fhir"]
