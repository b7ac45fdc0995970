"""A picture for *My words*, from a file: opened in a process of its own, made small, and freed of what a camera adds.

What is kept is a new JPEG of the pixels alone: where and when it was taken, which phones write into files, is left
out.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import QBuffer, QIODevice, Qt
from PySide6.QtGui import QImage, QPainter

from desktop.errors import WorkspaceError
from desktop.rendering import Rendered, RenderError
from fhir.attachments import Attached, kind_of

LARGEST_FILE: Final = 25 * 2**20
LARGEST: Final = 180_000
"""Bytes of a picture that is kept: a draft holds it, too."""
SIDES: Final = (1280, 1024, 800, 640, 480)
"""Longest sides in pixels, tried in turn."""
_QUALITY: Final = (85, 70, 55)

NO_PICTURE = "This is not a picture that can be read. JPEG and PNG files can be."
TOO_LARGE = "This file is too large for a picture. It may have up to 25 megabytes."


def small_picture(file: Path) -> bytes:
    """The picture in a file as a small JPEG. Raises WorkspaceError in one sentence where there is none; may take some
    seconds, so not on the window's thread."""
    try:
        if file.stat().st_size > LARGEST_FILE:
            raise WorkspaceError(TOO_LARGE)
        data = file.read_bytes()
    except OSError:
        raise WorkspaceError("The file cannot be read.") from None
    if kind_of(data) != "image":
        raise WorkspaceError(NO_PICTURE)
    try:
        with Rendered(Attached(title="", kind="image", data=data)).open() as shown:
            page = shown.page(0, SIDES[0])
    except RenderError:
        raise WorkspaceError(NO_PICTURE) from None
    image = QImage(page.pixels, page.width, page.height, page.width * 4, QImage.Format.Format_RGBA8888)
    return _smaller(_on_white(image))


def _on_white(image: QImage) -> QImage:
    """Without see-through parts, which a JPEG would make black."""
    flat = QImage(image.size(), QImage.Format.Format_RGB32)
    flat.fill(Qt.GlobalColor.white)
    painter = QPainter(flat)
    painter.drawImage(0, 0, image)
    painter.end()
    return flat


def _smaller(image: QImage) -> bytes:
    for side in SIDES:
        fitting = image
        if max(image.width(), image.height()) > side:
            fitting = image.scaled(
                side, side, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
            )
        for quality in _QUALITY:
            buffer = QBuffer()
            buffer.open(QIODevice.OpenModeFlag.WriteOnly)
            fitting.save(buffer, "JPEG", quality)  # type: ignore[call-overload]
            data = bytes(buffer.data().data())
            if 0 < len(data) <= LARGEST:
                return data
    raise WorkspaceError(NO_PICTURE)
