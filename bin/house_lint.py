"""The house rules no ready-made linter knows: one door to records, one commit, one emit, small
files and functions, names that say something, and nothing of one person's machine in the tree.

`bin/house_lint.py [FILES]` prints `path:line: what is wrong` and exits 1; without FILES it reads
everything git knows or would add. A line ending in `# house: reason` is let through on purpose.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
MAX_FILE, MAX_FUNCTION, MAX_VIEW, MAX_TEMPLATE = 250, 40, 25, 120
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc", "services"}
PATIENT_ROWS = {"Patient", "Message", "Conversation", "Task", "Touchpoint", "Referral"}
# Below the edges an action may reload a row it was handed by id inside its own claim; never a patient.
EDGES = ("app/api/", "app/cli/", "app/exports/", "app/realtime/", "app/web/", "workers/")
GENERATED = {"LICENSE", "package-lock.json"}
GENERATED_ENDS = (".lock", ".po", ".pot", ".png", ".svg", ".ico", ".woff2")
# Written in two parts so that this file does not find itself.
MACHINE = re.compile(r"(?<![\w.:/-])/(?:" + "root|work|home/[a-z]+|Users/[a-z]+" + r")/\w")
ICON = re.compile(r"#ti-([a-z0-9-]+)|\bicon\(\s*[\"']([a-z0-9-]+)[\"']")


class Finding(NamedTuple):
    path: str
    line: int
    what: str


def is_apart(path: str) -> bool:
    """Tests and benches prepare and look as they like; migrations are written for one moment."""
    return path.startswith(("tests/", "bench/", "migrations/"))


def names(path: str) -> Iterator[Finding]:
    for part in PurePosixPath(path).parts:
        if part.split(".")[0].strip("_").lower() in VAGUE:
            yield Finding(path, 1, f"{part!r} says nothing: name it after its noun or capability")


def sizes(path: str, lines: list[str]) -> Iterator[Finding]:
    code = path.endswith((".py", ".js", ".css")) or path.startswith("bin/")
    if code and len(lines) > MAX_FILE and not path.startswith("migrations/"):
        yield Finding(path, 1, f"{len(lines)} lines; split by capability at {MAX_FILE}")
    if path.startswith("app/templates/") and len(lines) > MAX_TEMPLATE:
        yield Finding(path, 1, f"{len(lines)} lines; a template has at most {MAX_TEMPLATE}")


def machine_paths(path: str, lines: list[str]) -> Iterator[Finding]:
    for number, line in enumerate(lines, 1):
        if found := MACHINE.search(line):
            yield Finding(path, number, f"{found[0]!r}: a path of one machine")


def icons(path: str, lines: list[str]) -> Iterator[Finding]:
    """An icon that the sprite lacks would be a hole on the page that nobody is told of."""
    if not path.startswith(("app/templates/", "app/static/")):
        return
    known = set((ROOT / "bin" / "icons.txt").read_text(encoding="utf-8").split())
    for number, line in enumerate(lines, 1):
        for whole, called in ICON.findall(line):
            if (whole or called) not in known:
                yield Finding(path, number, f"icon {whole or called!r} is not in bin/icons.txt")


def functions(path: str, tree: ast.Module) -> Iterator[Finding]:
    if path.startswith("migrations/"):
        return
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        length = (node.end_lineno or node.lineno) - node.lineno + 1
        view = path.startswith("app/web/") and any(is_route(d) for d in node.decorator_list)
        most = MAX_VIEW if view else MAX_FUNCTION
        if length > most:
            kind = "view" if view else "function"
            yield Finding(
                path, node.lineno, f"{kind} {node.name} has {length} lines; at most {most}"
            )


def is_route(decorator: ast.expr) -> bool:
    call = decorator.func if isinstance(decorator, ast.Call) else decorator
    verbs = {"route", "get", "post", "put", "patch", "delete"}
    return isinstance(call, ast.Attribute) and call.attr in verbs


def calls(path: str, tree: ast.Module) -> Iterator[Finding]:
    """Rules about what may be called where."""
    if is_apart(path):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (what := call_problem(path, node)):
            yield Finding(path, node.lineno, what)


def call_problem(path: str, node: ast.Call) -> str | None:
    func = node.func
    if not isinstance(func, ast.Attribute):
        return None
    first = node.args[0].id if node.args and isinstance(node.args[0], ast.Name) else ""
    guarded = PATIENT_ROWS if path.startswith(EDGES) else {"Patient"}
    if func.attr in {"get", "get_one"} and first in guarded and path != "app/access.py":
        return f".{func.attr}({first}, …) outside app/access.py: find it through access"
    if func.attr == "commit" and path != "app/core/db.py":
        return "commit outside app/core/db.py: the edge opens one transaction()"
    if func.attr == "emit" and path != "app/realtime/broadcasts.py":
        return "emit outside app/realtime/broadcasts.py: write an Event, it is broadcast"
    if func.attr in {"utcnow", "utcfromtimestamp"}:
        return f"{func.attr} is naive: take the time as an argument"
    return None


def empty_packages(path: str, tree: ast.Module) -> Iterator[Finding]:
    if path not in {"app/__init__.py", "app/value/__init__.py", "messaging/__init__.py"}:
        return
    for node in tree.body:
        if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            yield Finding(path, node.lineno, "holds a docstring and nothing else")


def docstring(path: str, tree: ast.Module) -> Iterator[Finding]:
    if tree.body and not path.startswith("migrations/") and not ast.get_docstring(tree):
        yield Finding(path, 1, "says nothing at its head: two to four lines on what lives here")


def check_file(path: str, text: str) -> list[Finding]:
    """Every finding of one file; `path` is relative to the root, with forward slashes."""
    lines = text.splitlines()
    found = [*names(path), *machine_paths(path, lines), *icons(path, lines)]
    if path not in GENERATED and not path.endswith(GENERATED_ENDS):
        found += sizes(path, lines)
    if path.endswith(".py"):
        tree = ast.parse(text, filename=path)
        for rule in (functions, calls, empty_packages, docstring):
            found += rule(path, tree)
    return [f for f in found if "# house: " not in (lines[f.line - 1] if lines else "")]


def known_files() -> list[str]:
    """What git tracks or would add; what is on disk where there is no git."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode == 0:
        return sorted(name for name in set(listed.stdout.split("\0")) if name)
    tops = ("app", "bench", "bin", "docs", "messaging", "migrations", "tests", "workers")
    return sorted(p.relative_to(ROOT).as_posix() for t in tops for p in (ROOT / t).rglob("*.py"))


def main(arguments: list[str]) -> int:
    found: list[Finding] = []
    for name in arguments or known_files():
        file = ROOT / name
        try:
            found += check_file(name, file.read_text(encoding="utf-8"))
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            continue  # a picture, or a file deleted and not yet committed
    for finding in sorted(found):
        print(f"{finding.path}:{finding.line}: {finding.what}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
