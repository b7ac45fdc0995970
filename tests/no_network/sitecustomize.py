"""No test reaches a network, and no process a test starts: Python takes this up at start (it stands on PYTHONPATH).

Anything that would look up a name, connect, bind or send over the internet's protocols is refused, loopback too.
Pipes and sockets between processes of one machine (AF_UNIX) are not the network.
"""

from __future__ import annotations

import sys

_REFUSED = ("socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg")
_LOOKUPS = ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo")
_INTERNET = (2, 10, 23, 30)  # AF_INET, and AF_INET6 as Linux, Windows and macOS number it


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if event in _LOOKUPS or (event in _REFUSED and int(getattr(arguments[0], "family", 2)) in _INTERNET):
        raise RuntimeError("a test reached for the network")


sys.addaudithook(_refuse)
