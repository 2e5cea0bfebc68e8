"""Progress bars of long work on standard error, one per stage."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from torch import Tensor
from tqdm import tqdm

from ..types import Progress


@contextmanager
def progress_bars() -> Iterator[Progress]:
    """Yield the callback that draws them; the last bar is closed when the block ends, however it ends."""
    bar: tqdm | None = None

    def report(stage: str, done: int, total: int, preview: Tensor | None = None) -> None:
        nonlocal bar
        if bar is None or bar.desc.removesuffix(": ") != stage or done < bar.n:
            close()
            bar = tqdm(desc=stage, total=total, initial=done, unit_scale=total > 100_000, ascii=True)
        bar.update(done - bar.n)
        if done >= total:
            close()

    def close() -> None:
        nonlocal bar
        if bar is not None:
            bar.close()
        bar = None

    try:
        yield report
    finally:
        close()
