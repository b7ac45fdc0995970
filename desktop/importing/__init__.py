"""From a drop of files to sealed rows: read, understand, label, decide who may read, store; then check.

One transaction a document; documents that are already here are left alone. Checking goes on in worker processes
meanwhile and does not hold up storing; its findings are kept when they come. The store is known only as a Protocol.
Of what is stored, only what new entries are tied to is opened, for its labels. Large extracts are read and described
ahead, by a process of their own.
"""

from __future__ import annotations

from desktop.importing.checking_only import check_drop
from desktop.importing.importer import Importer
from desktop.importing.prepared import ImportStore, PreparedDocument, PreparedEntry

__all__ = ["ImportStore", "Importer", "PreparedDocument", "PreparedEntry", "check_drop"]
