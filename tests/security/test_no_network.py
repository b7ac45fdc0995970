"""The whole suite runs with the network refused, in its own process and in those it starts. This shows that it is."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONNECT = "import socket; socket.socket().connect(('127.0.0.1', 9))"


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_connecting_and_listening_are_refused(family: socket.AddressFamily) -> None:
    with socket.socket(family, socket.SOCK_STREAM) as one:
        for act in (one.connect, one.bind):
            with pytest.raises(RuntimeError, match="network"):
                act(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0))
    with socket.socket(family, socket.SOCK_DGRAM) as one, pytest.raises(RuntimeError, match="network"):
        one.sendto(b"x", ("::1" if family == socket.AF_INET6 else "127.0.0.1", 9))


def test_looking_up_a_name_is_refused() -> None:
    with pytest.raises(RuntimeError, match="network"):
        socket.getaddrinfo("onestory.example", 443)


def test_processes_that_tests_start_are_refused_too() -> None:
    ran = subprocess.run([sys.executable, "-c", CONNECT], capture_output=True, text=True, check=False, cwd=ROOT)
    assert ran.returncode == 1
    assert "a test reached for the network" in ran.stderr


def test_pipes_between_processes_are_not_the_network() -> None:
    one, other = socket.socketpair()
    with one, other:
        one.sendall(b"x")
        assert other.recv(1) == b"x"


def test_no_module_of_ours_imports_anything_that_connects() -> None:
    forbidden = ("http", "urllib.request", "ssl", "ftplib", "smtplib", "QtNetwork", "requests", "httpx")
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for folder in ("desktop", "consent", "storage", "fhir")
        for path in (ROOT / folder).rglob("*.py")
        for line in path.read_text("utf-8").splitlines()
        if line.lstrip().startswith(("import ", "from "))
        and any(word in line.split("#")[0].replace(",", " ").split() or f".{word} " in f"{line} " for word in forbidden)
    ]
    assert found == []
