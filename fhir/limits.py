"""How large, deep and many things may be before they are refused, and why. Numbers only; the readers enforce them.

The aim of all of them: one document takes at most about 2 seconds and 512 MB, whatever it holds; a stream (NDJSON, an
archive, a folder) may be as long as it likes, because only one stretch of it is in memory at a time.
"""

from __future__ import annotations

MIB = 1024 * 1024

MAX_DOCUMENT_BYTES = 64 * MIB
"""One JSON document. Its bytes are held three times (document, resources, tree), which must fit in 512 MB."""

MAX_XML_BYTES = 32 * MIB
"""One XML document. Reading it costs about ten times what JSON costs."""

MAX_XML_ELEMENTS = 150_000
"""Elements in one XML document: about 2 seconds of work."""

MAX_EXPANDED_BYTES = 256 * MIB
"""What the tree of one document may take in memory by a quick estimate; `[[],[],…]` grows 21 times, `[0.1,…]` 28."""

ESTIMATE_FROM_BYTES = 4 * MIB
"""Documents below this size cannot grow past the limits, so the estimate is not made for them."""

MAX_DEPTH = 64
"""Levels of nesting in one resource. FHIR records stay below 30; Python's own stack ends near 1,000."""

MAX_NESTED_BUNDLES = 4
"""Bundles inside Bundles. Real messages use two; each level is read once more."""

MAX_DECIMAL_EXPONENT = 400
"""Powers of ten in a number. `1e999999999` is short to write and fills the memory when written out."""

STRETCH_RESOURCES = 500
"""Lines of NDJSON handed on together: large enough for one transaction each, small enough to show progress."""

STRETCH_ROWS = 2000
"""Rows of a table handed on together: a row holds less than a resource, and each stretch is a transaction."""

STRETCH_BYTES = 4 * MIB
"""Bytes of NDJSON handed on together, unless one line alone is larger."""

MAX_LINE_BYTES = 32 * MIB
"""One line of NDJSON, which holds one resource."""

MAX_ARCHIVE_MEMBERS = 20_000
"""Files in one ZIP. Listing more takes longer than a person waits."""

MAX_ARCHIVE_DIRECTORY_BYTES = 4 * MIB
"""The list of files at the end of a ZIP, read before its members can be counted."""

MAX_ARCHIVE_BYTES = 4096 * MIB
"""All members of one ZIP together, unpacked."""

MAX_ARCHIVE_RATIO = 200
"""How many times larger than its packed form a member may be. FHIR packs 10 to 60 times; bombs 1,000 times."""

RATIO_FROM_BYTES = MIB
"""Members smaller than this unpacked may have any ratio: they do no harm."""

MAX_ISSUES = 200
"""Findings listed for one document by the readers; the rest are counted in one line."""
