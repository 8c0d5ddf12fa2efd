"""The house keeps its shape: an import only goes down, and each room keeps to its purpose."""

import ast
import importlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.__main__ import BENCHES

ROOT = Path(__file__).parent.parent
ROOMS = ("matching", "webapp", "jobs", "seeds", "tests", "docs")

ENVIRONMENT = ("os.environ", "os.getenv")
CLOCK = ("datetime.now", "datetime.utcnow", "date.today", "datetime.today")


def modules(*rooms: str) -> Iterator[tuple[str, ast.Module]]:
    for room in rooms:
        for path in sorted((ROOT / room).rglob("*.py")):
            if "migrations" in path.parts:
                continue
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            yield name, ast.parse(path.read_text("utf-8"))


def attributes(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield f"{node.value.id}.{node.attr}"


OURS = list(modules("matching", "webapp", "jobs"))


def test_every_contract_about_imports_is_kept():
    """The contracts are in pyproject.toml, and `make check` prints what breaks them."""
    run = subprocess.run(["lint-imports", "--no-cache"], cwd=ROOT, capture_output=True, text=True, env=_own_path())

    assert run.returncode == 0, run.stdout


def test_only_the_settings_read_the_environment():
    readers = {name for name, tree in OURS if set(attributes(tree)) & set(ENVIRONMENT)}

    assert readers == {"matching.settings"}


def test_nothing_below_the_services_looks_at_a_clock():
    lookers = {name for name, tree in modules("matching") if set(attributes(tree)) & set(CLOCK)}

    assert lookers == set()


def test_only_two_places_look_at_the_clock():
    lookers = {name for name, tree in modules("webapp", "jobs") if set(attributes(tree)) & set(CLOCK)}

    assert lookers == {"jobs", "webapp.context"}


def test_the_top_level_holds_the_given_rooms_only():
    folders = {path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")}

    assert folders - {"instance", "build", "dist"} - {p.name for p in ROOT.glob("*.egg-info")} <= set(ROOMS)


def test_no_module_is_two_rooms_in_one():
    long = {name for name, _ in OURS if len(_source(name).splitlines()) > 400}

    assert long == set()


def test_every_public_function_and_class_says_what_it_is():
    silent = [
        f"{name}.{node.name}"
        for name, tree in OURS
        for node in tree.body
        if isinstance(node, (ast.FunctionDef, ast.ClassDef))
        and not node.name.startswith("_")
        and ast.get_docstring(node) is None
    ]

    assert silent == []


def test_every_bench_can_be_loaded_and_is_run_by_make():
    there = {path.stem for path in (ROOT / "tests" / "benchmarks").glob("bench_*.py")}

    for name in there:
        assert callable(importlib.import_module(f"tests.benchmarks.{name}").main)
    assert {*BENCHES, "bench_quality"} == there


def _source(name: str) -> str:
    path = ROOT / Path(*name.split("."))
    return (path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text("utf-8")


def _own_path() -> dict[str, str]:
    return {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
