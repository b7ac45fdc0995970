"""Errors of the consent package.

    ConsentError
    ├── PolicyError        a policy or table cannot be read; callers treat it as *withhold*
    └── NotDisclosedError  the request may not be answered; says nothing of what exists

No error carries record content or tells whether something withheld exists.
"""

from __future__ import annotations


class ConsentError(Exception):
    """Anything this package raises on purpose."""


class PolicyError(ConsentError):
    """A policy or table of policies cannot be read."""


class NotDisclosedError(ConsentError):
    """The request may not be answered."""
