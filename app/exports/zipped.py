"""A folder's files as one ZIP, made while it is sent: memory stays flat, nothing is written beside them, and
the same files give the same bytes."""

import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

CHUNK = 1 << 18


class _Pipe(io.RawIOBase):
    """Holds what was written until it is taken; it cannot go back, so the archive does not try."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        part = bytes(data)  # type: ignore[call-overload]
        self._parts.append(part)
        return len(part)

    def take(self) -> bytes:
        taken, self._parts = b"".join(self._parts), []
        return taken


def zipped(folder: Path, names: Iterable[str], *, inside: str) -> Iterator[bytes]:
    """The archive in pieces; its files lie in a folder named `inside`."""
    pipe = _Pipe()
    with ZipFile(pipe, "w", ZIP_DEFLATED, allowZip64=True) as archive:
        for name in names:
            info = ZipInfo(f"{inside}/{name}")
            info.compress_type = ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            with (
                (folder / name).open("rb") as file,
                archive.open(info, "w", force_zip64=True) as out,
            ):
                while chunk := file.read(CHUNK):
                    out.write(chunk)
                    yield pipe.take()
    yield pipe.take()
