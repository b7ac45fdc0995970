"""Who a record is about: what Patient resources say of a person.

`Demographics` is one Patient resource read (fhir.describe.patient makes it). It stands in the sealed content of the
person's demographics entries; only `Identity`, the least that is needed to find a person, is kept readable to a
vault's own users.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from fhir.entries import PersonId

NHS_NUMBER_SYSTEM = "https://fhir.nhs.uk/Id/nhs-number"

NhsNumberStatus = Literal["verified", "unverified", "invalid", "none"]


class Identifier(msgspec.Struct, frozen=True, order=True):
    """An identifier and the system that assigned it (an absolute URI)."""

    system: str
    value: str


class PersonName(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One name. `use` is FHIR NameUse ("official", "nickname", "old", "maiden"), empty when not said."""

    family: str = ""
    given: tuple[str, ...] = ()
    prefix: str = ""
    suffix: str = ""
    use: str = ""
    text: str = ""

    @property
    def display(self) -> str:
        """The name as shown, "Margaret ELLISON"; `text` where there are no parts."""
        parts = [*self.given, self.family.upper()]
        return " ".join(part for part in parts if part) or self.text


class Identity(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The least that finds a person: names, date of birth, NHS number and identifiers for matching.

    `birth_date` is a FHIR date as written, kept also where it is impossible ("1961-04-93"), which
    `birth_date_valid` then says. `nhs_number` is ten digits or, when `nhs_status` is "invalid", what was written.
    `restricted` marks people whose address and contacts must appear nowhere (PDS "R" or "V", "S-flag").
    `standalone` people never join by themselves: sexual-health clinic numbers, restricted, adopted or
    gender-recognised identities. `separate` are those of them that nobody may even be asked about: all but the
    restricted.
    """

    names: tuple[PersonName, ...] = ()
    birth_date: str = ""
    birth_date_valid: bool = True
    gender: str = ""
    nhs_number: str = ""
    nhs_status: NhsNumberStatus = "none"
    identifiers: tuple[Identifier, ...] = ()
    restricted: bool = False
    standalone: bool = False
    deceased: str = ""
    separate: bool = False

    @property
    def never_asked(self) -> bool:
        """Whether even the question "may this be the same person?" would tell what must not be told."""
        return self.separate or (self.standalone and not self.restricted)

    @property
    def name(self) -> str:
        """The name to show: official, then usual, then any current one, then any, then "Name not recorded"."""
        for use in ("official", "usual", ""):
            for name in self.names:
                if name.use == use and name.display:
                    return name.display
        for name in self.names:
            if name.display:
                return name.display
        return "Name not recorded"

    @property
    def preferred_name(self) -> str:
        """What they ask to be called: a nickname, or a usual name beside the official one; empty where none is said."""
        preferred = [name for name in self.names if name.use == "nickname"]
        if not preferred and any(name.use == "official" for name in self.names):
            preferred = [name for name in self.names if name.use == "usual"]
        for name in preferred:
            return " ".join(name.given) or name.text or name.family
        return ""


NO_ONE = PersonId("no-one")
"""Whose records those are that are about no one person: practitioners, organisations, value sets, ..."""

NO_ONE_IDENTITY = Identity(names=(PersonName(text="Records about no one person"),))


class Address(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A postal address as lines, with its use ("home", "temp") and period as FHIR dates."""

    lines: tuple[str, ...]
    postcode: str = ""
    use: str = ""
    start: str = ""
    end: str = ""


class Telecom(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A way to reach someone: `system` is phone, email, sms, url or other."""

    system: str
    value: str
    use: str = ""


class Demographics(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All that one Patient resource says that the banner and the person's details show."""

    identity: Identity
    preferred_name: str = ""
    pronouns: str = ""
    addresses: tuple[Address, ...] = ()
    telecoms: tuple[Telecom, ...] = ()
    language: str = ""
    interpreter_required: bool | None = None
    ethnicity: str = ""
    religion: str = ""
    marital_status: str = ""
    gp_practice: str = ""
    nhs_number_status_text: str = ""
