"""Copies the browser libraries from node_modules/ to app/static/vendor/, which git ignores.
The icons become one small sprite that holds only those named in bin/icons.txt."""

import shutil
import sys
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
NODE = ROOT / "node_modules"
VENDOR = ROOT / "app" / "static" / "vendor"
SVG = "http://www.w3.org/2000/svg"

FILES = {
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "idiomorph-ext.min.js": "idiomorph/dist/idiomorph-ext.min.js",
    "socket.io.min.js": "socket.io-client/dist/socket.io.min.js",
    "sortable.min.js": "sortablejs/Sortable.min.js",
    "chart.umd.min.js": "chart.js/dist/chart.umd.min.js",
    "tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "tabler.min.js": "@tabler/core/dist/js/tabler.min.js",
}


def icon_names() -> list[str]:
    """The outline icons the pages use, one name per line, `#` starts a comment."""
    lines = (ROOT / "bin" / "icons.txt").read_text(encoding="utf-8").splitlines()
    return [name for line in lines if (name := line.split("#")[0].strip())]


def sprite(names: list[str]) -> bytes:
    """One SVG, a <symbol id="ti-NAME"> per icon; an unknown name raises FileNotFoundError."""
    ElementTree.register_namespace("", SVG)
    root = ElementTree.Element(f"{{{SVG}}}svg")
    for name in names:
        source = NODE / "@tabler" / "icons" / "icons" / "outline" / f"{name}.svg"
        icon = ElementTree.parse(source).getroot()  # noqa: S314 - our own pinned package
        symbol = ElementTree.SubElement(root, f"{{{SVG}}}symbol", id=f"ti-{name}")
        for key in (
            "viewBox",
            "fill",
            "stroke",
            "stroke-width",
            "stroke-linecap",
            "stroke-linejoin",
        ):
            if value := icon.get(key):
                symbol.set(key, value)
        # The first path of every icon is only its invisible frame.
        symbol.extend(child for child in icon if child.get("stroke") != "none")
    return ElementTree.tostring(root)


def replace(target: Path, data: bytes) -> None:
    """Write whole or not at all, and only when something changed: a server may be reading."""
    if target.exists() and target.read_bytes() == data:
        return
    half = target.with_suffix(target.suffix + ".new")
    half.write_bytes(data)
    half.replace(target)


def main() -> int:
    VENDOR.mkdir(parents=True, exist_ok=True)
    wanted = {**FILES, "icons.svg": ""}
    for old in VENDOR.iterdir():
        if old.name not in wanted:
            shutil.rmtree(old) if old.is_dir() else old.unlink()
    try:
        for name, source in FILES.items():
            replace(VENDOR / name, (NODE / source).read_bytes())
        replace(VENDOR / "icons.svg", sprite(icon_names()))
    except FileNotFoundError as error:
        print(f"set-up: {error.filename} is missing.", file=sys.stderr)
        print(
            "set-up: is its name in bin/icons.txt right? Else: rm -r node_modules, make setup.",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
