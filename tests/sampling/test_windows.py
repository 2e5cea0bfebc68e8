"""Laws of the window plans, for every clip and window."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from anchorcrafter_core.sampling.windows import (
    count_windows,
    overlap_windows,
    plan_windows,
    reference_windows,
    triangle,
)
from anchorcrafter_core.types import SamplingOptions, Window

FRAMES = st.integers(2, 120)
WINDOW = st.integers(2, 40)
STEP = st.integers(0, 60)


def covered(windows: list[Window]) -> set[int]:
    return {index for window in windows for index in window.indices}


PLANS = st.builds(
    SamplingOptions,
    window=st.integers(6, 40),
    overlap=st.integers(0, 4),
    plan=st.sampled_from(["reference", "overlap"]),
)


@given(frames=FRAMES, step=STEP, options=PLANS)
def test_every_plan_covers_every_frame_and_begins_with_the_reference(
    frames: int, step: int, options: SamplingOptions
) -> None:
    windows = plan_windows(options, frames)(step)
    assert covered(windows) == set(range(frames))
    for one in windows:
        assert one.indices[0] == 0
        assert len(set(one.indices)) == len(one.indices) == len(one.weights) == min(options.window, frames)
        assert min(one.weights) > 0
    assert count_windows(options, frames) == len(windows)


@given(frames=st.integers(3, 120), window=st.integers(3, 40), step=STEP)
def test_published_windows_move_on_by_four_frames_a_step(frames: int, window: int, step: int) -> None:
    assume(window <= frames)
    first = reference_windows(frames, window, 0)[0].indices[1]
    now = reference_windows(frames, window, step)[0].indices[1]
    assert (now - first) % (frames - 1) == 4 * step % (frames - 1)


@given(frames=FRAMES, window=WINDOW, overlap=st.integers(0, 38))
def test_neighbours_share_the_overlap_and_run_in_the_order_of_time(frames: int, window: int, overlap: int) -> None:
    assume(overlap < window - 1 and window <= frames)
    windows = [one.indices[1:] for one in overlap_windows(frames, window, overlap)]
    assert all(list(run) == list(range(run[0], run[-1] + 1)) for run in windows)
    shared = [len(set(a) & set(b)) for a, b in zip(windows[:-1], windows[1:], strict=True)]
    assert all(count == overlap for count in shared[:-1])
    assert all(count >= overlap for count in shared[-1:])


@given(frames=FRAMES, window=WINDOW, overlap=st.integers(0, 38))
def test_overlap_plan_has_no_window_too_many(frames: int, window: int, overlap: int) -> None:
    assume(overlap < window - 1 and window <= frames)
    windows = overlap_windows(frames, window, overlap)
    assert covered(windows[:-1]) != set(range(frames))


@given(length=st.integers(1, 60))
def test_triangle_is_symmetric_and_positive(length: int) -> None:
    weights = triangle(length)
    assert min(weights) > 0
    assert all(abs(a - b) < 1e-9 for a, b in zip(weights, reversed(weights), strict=True))
    assert max(weights) == weights[length // 2] or abs(max(weights) - weights[length // 2]) < 1e-9
