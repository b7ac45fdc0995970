"""Errors of the desktop package.

    WorkspaceError        known and told to the user: one plain sentence, no record content; exit code 2
    ├── NothingFoundError the answer is "no": nothing matched, or it may not be shown; exit code 1
    ├── PostError         which of a user's posts is meant has to be said, or is none of theirs
    ├── InUseError        another process has this vault open
    └── SignInError       any wrong name, passphrase or damaged slot: always the same sentence

Anything else that escapes is a bug.
"""

from __future__ import annotations


class WorkspaceError(Exception):
    """Something known went wrong; the text is one plain sentence for the user."""


class NothingFoundError(WorkspaceError):
    """The answer is "no". Says the same whether a thing does not exist or may not be shown."""


class PostError(WorkspaceError):
    """Which of a user's posts is meant has to be said, or what was said is none of theirs."""


class InUseError(WorkspaceError):
    """Another process has this vault open."""


class SignInError(WorkspaceError):
    """Name and passphrase do not open this vault."""
