"""A disclosed record as the JSON of `onestory show --json`: plain values in a fixed order, and nothing not released."""

from __future__ import annotations

from typing import Any

from consent.disclosure import Banner, DisclosedEntry, DisclosedRecord, DisclosedSection, FactGroup
from fhir.entries import Entry


def to_json(record: DisclosedRecord, section: str | None = None) -> dict[str, Any]:
    """The record, or the banner and one section of it. Raises KeyError for a section that does not exist."""
    chosen = record.sections if section is None else {section: record.sections[section]}
    nights = record.nights_at_home
    return {
        "person": _person(record),
        "banner": _banner(record.banner),
        "sections": {key: _section(one) for key, one in chosen.items()},
        "sources": [
            {"name": one.name, "kind": one.kind, "lane": one.lane, "entries": one.entries, "newest": one.newest}
            for one in record.sources
        ],
        "notices": list(record.notices),
        "conflicts": [
            {"kind": one.kind, "severity": one.severity, "text": one.text, "entryIds": list(one.entry_ids)}
            for one in record.conflicts
        ],
        "groups": [_group(one) for one in record.groups],
        "nightsAtHome": {
            "known": nights.known,
            "until": nights.until,
            "nights": nights.nights,
            "home": nights.home,
            "away": [{"title": title, "when": when, "nights": count} for title, when, count in nights.away],
            "unknown": list(nights.unknown),
            "uncertain": nights.uncertain,
        },
    }


def _group(group: FactGroup) -> dict[str, Any]:
    return {
        "id": group.id,
        "section": group.section,
        "entryIds": list(group.entry_ids),
        "fields": [
            {
                "name": field.name,
                "state": field.state,
                "said": [{"entryId": entry_id, "text": text} for entry_id, text in field.said],
                "words": field.words,
            }
            for field in group.fields
        ],
        "preferred": group.preferred,
        "because": group.because,
    }


def _person(record: DisclosedRecord) -> dict[str, Any]:
    identity = record.banner.identity
    return {
        "personId": record.person,
        "name": identity.name,
        "birthDate": identity.birth_date,
        "birthDateValid": identity.birth_date_valid,
        "gender": identity.gender,
        "nhsNumber": identity.nhs_number,
        "nhsNumberStatus": identity.nhs_status,
        "deceased": identity.deceased,
        "restricted": identity.restricted,
    }


def _banner(banner: Banner) -> dict[str, Any]:
    known = banner.demographics
    return {
        "preferredName": known.preferred_name,
        "pronouns": known.pronouns,
        "language": known.language,
        "interpreterRequired": known.interpreter_required,
        "ethnicity": known.ethnicity,
        "religion": known.religion,
        "maritalStatus": known.marital_status,
        "gpPractice": known.gp_practice,
        "nhsNumberStatusText": known.nhs_number_status_text,
        "addresses": [
            {"lines": list(one.lines), "postcode": one.postcode, "use": one.use, "start": one.start, "end": one.end}
            for one in known.addresses
        ],
        "telecoms": [{"system": one.system, "value": one.value, "use": one.use} for one in known.telecoms],
        "items": [
            {"kind": one.kind, "label": one.label, "text": one.text, "tone": one.tone, "entryId": one.entry_id}
            for one in banner.items
        ],
        "openInPrivate": banner.open_in_private,
        "notShared": banner.not_shared,
    }


def _section(section: DisclosedSection) -> dict[str, Any]:
    return {
        "name": section.section.name,
        "state": section.state,
        "notice": section.notice,
        "entries": [entry_json(item) for item in section.entries],
    }


def entry_json(item: DisclosedEntry) -> dict[str, Any]:
    """One released entry as JSON."""
    entry = item.entry
    when = entry.when
    return {
        "entryId": entry.entry_id,
        "kind": entry.kind,
        "title": entry.title,
        "detail": entry.detail,
        "value": entry.value,
        "when": {"start": when.start, "end": when.end, "precision": when.precision, "text": when.text},
        "status": entry.status,
        "active": entry.active,
        "assertion": entry.assertion,
        "codes": _codes(entry),
        "source": {"name": entry.source.name, "kind": entry.source.kind},
        "author": entry.author,
        "resource": entry.resource,
        "fields": [{"label": field.label, "value": field.value} for field in entry.fields],
        "warnings": list(entry.warnings),
        "asAt": entry.as_at,
        "categories": list(item.categories),
        "because": item.because,
        "shortened": item.shortened,
        "group": item.group,
        "agreement": item.agreement,
    }


def _codes(entry: Entry) -> list[dict[str, str]]:
    return [{"system": code.system, "code": code.code, "display": code.display} for code in entry.codes]
