"""RFC 4648 base32 in small letters, ten bits at a time: the standard library's own takes four times as long."""

from __future__ import annotations

_BASE32 = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = [a + b for a in _BASE32 for b in _BASE32]
_SHIFTS = (70, 60, 50, 40, 30, 20, 10, 0)


def base32(digest: bytes) -> str:
    """Ten bytes as sixteen letters."""
    number = int.from_bytes(digest, "big")
    return "".join([_PAIRS[number >> shift & 1023] for shift in _SHIFTS])
