"""What was said about the record itself: communications, message headers, who recorded and who looked, research."""

from __future__ import annotations

from fhir import temporal
from fhir.codes import concept_codes
from fhir.describe.context import Context, Describer
from fhir.describe.datatypes import reference_words
from fhir.describe.generic import coded, describe_generic, note_lines, own_author, own_name, readable, tell
from fhir.describe.walk import value_words
from fhir.entries import Entry
from fhir.records import Resource, Tree
from fhir.shapes import first, items, text

COMMENT = "Comment"
"""The category of what somebody says of another entry."""


def describe_communication(resource: Resource, context: Context) -> list[Entry]:
    """Something that was, or is to be, said to somebody."""
    tree = resource.tree
    said = "\n".join(_said(item, resource, context) for item in items(tree, "payload")).strip()
    topic = coded(tree, "topic", "reasonCode", "category")
    sender = readable(context.who(tree.get("sender") or tree.get("requester"), resource))
    receiver = readable(context.who(tree.get("recipient"), resource))
    word = "Message" if resource.type == "Communication" else "Message asked for"
    if coded(tree, "category") == COMMENT:
        word = COMMENT
    sent = text(tree, "sent") or text(tree, "received")
    when = temporal.at(sent) if sent else temporal.choice(tree, "occurrence")
    return [
        tell(
            resource,
            context,
            section="contacts" if resource.type == "Communication" else "actions",
            kind="message",
            title=f"{word}: {said.partition(chr(10))[0] or topic}" if said or topic else word,
            own=concept_codes(tree, "reasonCode"),
            categories=concept_codes(tree, "category"),
            first=context.fields(("From", sender), ("To", receiver), ("About", topic)),
            leave_out=("payload",) if said else (),
            detail="\n".join(part for part in (said, note_lines(tree)) if part),
            when=when,
            status=text(tree, "status"),
            author=sender,
            recorded=text(tree, "authoredOn") or sent,
        )
    ]


def _said(item: Tree, resource: Resource, context: Context) -> str:
    for name, value in item.items():
        if name.startswith("content"):
            return readable(context.who(value, resource)) or value_words(value)
    return ""


def describe_message_header(resource: Resource, context: Context) -> list[Entry]:
    """The envelope in which records were sent."""
    tree = resource.tree
    event = coded(tree, "eventCoding", "event", "eventCodeableConcept")
    event = event.rpartition(" ")[2].replace("-", " ") if "bars " in event or "servicerequest " in event else event
    reason = coded(tree, "reason")
    sender = readable(context.who(tree.get("sender"), resource)) or text(first(tree, "source"), "name")
    receivers = [
        readable(context.who(item.get("receiver"), resource)) or text(item, "name")
        for item in items(tree, "destination")
    ]
    return [
        tell(
            resource,
            context,
            section="sharing",
            kind="message",
            title=f"Records sent: {event}" if event else "Records sent",
            first=context.fields(
                ("From", sender), ("To", ", ".join(dict.fromkeys(filter(None, receivers)))), ("Why", reason)
            ),
            when=temporal.at(text(tree, "timestamp") or text(first(tree, "meta"), "lastUpdated")),
            author=sender,
            nested=("focus.reference",),
        )
    ]


def describe_provenance(resource: Resource, context: Context) -> list[Entry]:
    """Who recorded something, and on whose behalf."""
    tree = resource.tree
    agents = [_agent(item, resource, context) for item in items(tree, "agent")]
    targets = [readable(context.who(item, resource)) or reference_words(item) for item in items(tree, "target")]
    activity = coded(tree, "activity")
    by = ", ".join(dict.fromkeys(agent for agent in agents if agent))
    about = ", ".join(dict.fromkeys(target for target in targets if target))
    return [
        tell(
            resource,
            context,
            section="other",
            kind="provenance",
            title=f"Origin of {about}" if about else "Origin of a record",
            first=context.fields(("By", by), ("What happened", activity), ("Why", coded(tree, "reason"))),
            when=temporal.choice(tree, "occurred") if "recorded" not in tree else temporal.at(text(tree, "recorded")),
            author=by,
            recorded=text(tree, "recorded"),
            nested=("entity.what",),
        )
    ]


def _agent(item: Tree, resource: Resource, context: Context) -> str:
    who = item.get("who") or item.get("whoReference") or item.get("userId") or item.get("reference")
    name = readable(context.who(who, resource)) or text(item, "name") or reference_words(who)
    role = coded(item, "role", "type")
    return f"{name} ({role})" if name and role else name or role


def describe_audit(resource: Resource, context: Context) -> list[Entry]:
    """Somebody looked at, made or changed a record."""
    tree = resource.tree
    what = coded(tree, "subtype", "type", "code")
    kind_of = coded(tree, "type", "category")
    agents = ", ".join(dict.fromkeys(filter(None, (_agent(item, resource, context) for item in items(tree, "agent")))))
    return [
        tell(
            resource,
            context,
            section="sharing",
            kind="access",
            title=f"Access to records: {kind_of or what}" if kind_of or what else "Access to records",
            first=context.fields(("By", agents), ("What", what)),
            detail=text(tree, "outcomeDesc"),
            when=temporal.at(text(tree, "recorded")),
            author=agents,
            recorded=text(tree, "recorded"),
        )
    ]


def describe_research(resource: Resource, context: Context) -> list[Entry]:
    """A study, or the person's part in one."""
    tree = resource.tree
    study = readable(context.who(tree.get("study"), resource))
    name = readable(text(tree, "title")) or study or own_name(tree)
    takes_part = resource.type == "ResearchSubject"
    word = "Takes part in research" if takes_part else "Research study"
    return [
        tell(
            resource,
            context,
            section="research" if takes_part or resource.type == "ResearchStudy" else "other",
            kind="participation" if takes_part else "study",
            title=f"{word}: {name}" if name else word,
            first=context.fields(("Study", study)),
            detail=text(tree, "description"),
            when=temporal.period(tree.get("period")),
            status=text(tree, "status"),
            author=own_author(resource, context),
        )
    ]


def describe_parameters(resource: Resource, context: Context) -> list[Entry]:
    """The parameters of a request: a Summary Care Record permission, or any other."""
    tree = resource.tree
    for outer in items(tree, "parameter"):
        for part in items(outer, "part"):
            code = first(part, "valueCoding")
            if text(code, "system").endswith("SCR-ACSPermission"):
                word = text(code, "display") or text(code, "code")
                title = f"Summary Care Record permission: {word}"
                return [tell(resource, context, section="sharing", kind="permission", title=title, value=word)]
    return describe_generic(resource, context)


DESCRIBERS: dict[str, Describer] = {
    "Communication": describe_communication,
    "CommunicationRequest": describe_communication,
    "MessageHeader": describe_message_header,
    "Provenance": describe_provenance,
    "AuditEvent": describe_audit,
    "ResearchStudy": describe_research,
    "ResearchSubject": describe_research,
    "Parameters": describe_parameters,
}
