"""docs/host-report.md: what was tested in a real ComfyUI, with what, when, and how it went."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

import psutil

from tests.host.finding import ROOT
from tests.project.tested_files import hash_of_tested_files

REPORT = ROOT / "docs" / "host-report.md"


@dataclass(frozen=True)
class WorkflowRun:
    """One workflow from the queue to its file: frames, width and height, seconds."""

    name: str
    frames: int
    size: tuple[int, int]
    seconds: float


@dataclass
class Findings:
    """What a run of the tests finds out.

    Attributes:
        system: ComfyUI's own words about versions.
        runs: of the workflows.
        outcomes: file and outcome of every test.
        frontends: version of every frontend in which the workflows were opened.
        memory: MiB held after each of the runs of the memory test.
    """

    system: dict[str, Any] = field(default_factory=dict)
    runs: list[WorkflowRun] = field(default_factory=list)
    outcomes: list[tuple[str, str]] = field(default_factory=list)
    frontends: list[str] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)


def written(findings: Findings) -> str:
    """The report as Markdown."""
    return "\n".join(
        [
            "# Tested in ComfyUI",
            "",
            "Written by `make test-host`; do not edit by hand.",
            "",
            *_table(("what", "found"), _facts(findings)),
            "",
            "## Workflows",
            "",
            "Built-in model, CPU, from the queue to a video file that was read back:",
            "",
            *_table(("workflow", "frames", "size", "seconds"), _rows(findings)),
            "",
            "## Tests",
            "",
            *_table(("file", "outcome"), _outcomes(findings)),
            "",
        ]
    )


def _facts(findings: Findings) -> Iterator[tuple[str, ...]]:
    system = findings.system
    yield "date", datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    yield "hash of what was tested", f"`{hash_of_tested_files(ROOT)}`"
    yield "ComfyUI", system["comfyui_version"]
    yield "frontends opened in Chromium", ", ".join(findings.frontends) or "none"
    yield "PyTorch", system["pytorch_version"]
    yield "Python", system["python_version"].split()[0]
    yield "machine", f"{platform.system()} {platform.machine()}, {psutil.cpu_count()} CPU cores"
    if findings.memory:
        held = findings.memory
        yield "memory held", f"{held[0]} MiB after the first run, {held[-1]} MiB after run {len(held)}"


def _rows(findings: Findings) -> Iterator[tuple[str, ...]]:
    for run in sorted(findings.runs, key=lambda run: run.name):
        yield f"`{run.name}`", str(run.frames), f"{run.size[0]} x {run.size[1]}", f"{run.seconds:.0f}"


def _outcomes(findings: Findings) -> Iterator[tuple[str, ...]]:
    for file in sorted({file for file, _ in findings.outcomes}):
        count = Counter(outcome for name, outcome in findings.outcomes if name == file)
        yield f"`{file}`", ", ".join(f"{number} {outcome}" for outcome, number in sorted(count.items()))


def _table(head: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    for row in [head, ("---",) * len(head), *rows]:
        yield "| " + " | ".join(row) + " |"
