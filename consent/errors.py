"""Errors of the consent package.

    ConsentError
    ├── PolicyError        a policy or table cannot be read; callers treat it as *withhold*
    ├── RequestError       a request says too little to be decided; the text is one plain sentence
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


class RequestError(ConsentError):
    """A request says too little, or something that is not known. The text is one plain sentence."""
