"""One person out of all that were found in a clip, the same one from beginning to end.

People are told apart by where they are: from frame to frame the nearest sightings belong together, whatever the order
in which a detector lists them. Only then, over the whole clip, one of them is chosen; so nobody who comes closer for
some frames takes over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Literal

import numpy as np

from ..errors import ControlError
from ..types import VISIBLE, Pose, require

PersonRule = Literal["main", "largest", "central"]

FEWEST_JOINTS = 3
"""Visible joints below which a sighting is nobody."""
SAME_PERSON = 0.15
"""Sizes of the person within which two sightings of one frame may be one person whom the detector found twice."""
NEAR, NEAR_PER_FRAME, FARTHEST = 0.4, 0.05, 1.0
"""How far a person may move from one frame to the next, how much more per frame without a sighting, and at most."""
PATIENCE = 30
"""Frames without a sighting after which a new one is a new track."""
REJOIN = 1.5
"""How far from its end a track may go on later."""
LEAST_SHRINKING = 0.5
"""Two tracks of one person have sizes of at least this ratio."""
OFF_CENTRE = 0.35
"""Distance from the middle, in shares of the sides, at which being central counts exp(-1)."""
THINNEST = 10
"""A person is taken to be at least that part as wide as tall, and the other way round."""
MOST_TRACKS = 64
"""The surest tracks; flickering shapes in a crowd make thousands of short ones."""
LASTING = 0.2
"""Share of the longest presence from which on somebody counts when people are numbered."""


@dataclass(frozen=True)
class Sighting:
    """A person in one frame.

    Attributes:
        frame: its number.
        row: place in the frame's pose.
        joints: float64 [18,2], shares of the sides.
        seen: bool [18].
        centre: float64 [2], middle of the box around the seen joints.
        size: side of a square as large as that box, in shares of the frame's sides.
        score: sum of the scores of the seen joints.
    """

    frame: int
    row: int
    joints: np.ndarray
    seen: np.ndarray
    centre: np.ndarray
    size: float
    score: float


Track = tuple[Sighting, ...]
Score = Callable[[Sighting], float]


def _centrality(sighting: Sighting) -> float:
    offset = sighting.centre - 0.5
    return float(np.exp(-(offset @ offset) / OFF_CENTRE**2))


RULES: Mapping[str, Score] = {
    "main": lambda sighting: sighting.size * _centrality(sighting),
    "largest": lambda sighting: sighting.size,
    "central": lambda sighting: _centrality(sighting) ** 4,
}
"""What each frame adds to a person's claim: somebody twice as large must be there half of the time."""


def follow_person(poses: Sequence[Pose], rule: PersonRule | int = "main", patience: int = PATIENCE) -> tuple[Pose, ...]:
    """The poses of one person; frames without that person have none.

    Args:
        poses: of all people, one per frame.
        rule: ``main`` (large and central for long), ``largest``, ``central``, or 1, 2, ... counted from the left of
            the picture.
        patience: frames for which somebody may be hidden and still be known again at once.

    Raises:
        ControlError: nobody in any frame, or fewer people than the number says.
    """
    sightings = [_sightings(frame, pose) for frame, pose in enumerate(poses)]
    words = (f"nobody in any of {len(poses)} frames", "a person", "Choose a clip that shows a person larger or longer.")
    require(any(sightings), ControlError, *words)
    surest = sorted(_tracks(sightings, patience), key=lambda track: -sum(sighting.score for sighting in track))
    tracks = _without_doubles(surest[:MOST_TRACKS])
    score = RULES["main" if isinstance(rule, int) else rule]
    people = _joined(tracks, _can_rejoin)
    chosen = _from_left(people, rule) if isinstance(rule, int) else max(people, key=lambda track: _claim(track, score))
    others = sorted((track for track in people if track is not chosen), key=lambda track: -_claim(track, score))
    whole = _joined([chosen, *others], _has_size_of)[0]
    rows = {sighting.frame: sighting.row for sighting in whole}
    return tuple(_only(pose, rows.get(frame)) for frame, pose in enumerate(poses))


def _only(pose: Pose, row: int | None) -> Pose:
    kept = slice(0, 0) if row is None else slice(row, row + 1)
    return Pose(**{field.name: getattr(pose, field.name)[kept] for field in fields(pose)})


def _claim(track: Track, score: Score) -> float:
    return sum(map(score, track))


def _from_left(people: Sequence[Track], number: int) -> Track:
    longest = max(map(len, people))
    lasting = [track for track in people if len(track) >= LASTING * longest]
    there = "one person" if len(lasting) == 1 else f"{len(lasting)} people"
    found = f"number {number} from the left asked for and {there} in the clip"
    numbers = "1" if len(lasting) == 1 else f"1 ... {len(lasting)}"
    require(1 <= number <= len(lasting), ControlError, found, numbers, "Choose another number.")
    return sorted(lasting, key=lambda track: float(np.median([sighting.centre[0] for sighting in track])))[number - 1]


def _sightings(frame: int, pose: Pose) -> list[Sighting]:
    """Everybody in a frame, the surest first."""
    rows = np.flatnonzero((pose.body_score > VISIBLE).sum(axis=1) >= FEWEST_JOINTS)
    return sorted((_sighting(frame, pose, int(row)) for row in rows), key=lambda sighting: -sighting.score)


def _sighting(frame: int, pose: Pose, row: int) -> Sighting:
    seen = pose.body_score[row] > VISIBLE
    low, high = pose.body[row][seen].min(axis=0), pose.body[row][seen].max(axis=0)
    sides = np.maximum(high - low, (high - low).max() / THINNEST)
    size = max(float(np.prod(sides)), 1e-12) ** 0.5
    score = float(pose.body_score[row][seen].sum())
    return Sighting(frame, row, pose.body[row], seen, (low + high) / 2, size, score)


def _without_doubles(tracks: Sequence[Track]) -> list[Track]:
    """Tracks but for those that are, for most of their frames, a second finding of somebody seen more surely."""
    kept: list[tuple[Track, dict[int, Sighting]]] = []
    for track in tracks:
        if not any(_is_double(track, at) for _, at in kept):
            kept.append((track, {sighting.frame: sighting for sighting in track}))
    return [track for track, _ in kept]


def _is_double(track: Track, at: Mapping[int, Sighting]) -> bool:
    """Whether most of a track lies on the sightings of another, by frame."""
    same = [s for s in track if s.frame in at and _distance(s, at[s.frame]) <= SAME_PERSON]
    return 2 * len(same) > len(track)


def _distance(first: Sighting, second: Sighting) -> float:
    return float(_distances([first], [second])[0, 0])


def _distances(first: Sequence[Sighting], second: Sequence[Sighting]) -> np.ndarray:
    """Mean way of the joints seen in both, in sizes of the person; of the middles where there are too few: [M,N]."""
    both = np.stack([s.seen for s in first])[:, None] & np.stack([s.seen for s in second])[None]
    ways = np.stack([s.joints for s in first])[:, None] - np.stack([s.joints for s in second])[None]
    count = both.sum(axis=-1)
    mean = (np.hypot(ways[..., 0], ways[..., 1]) * both).sum(axis=-1) / np.maximum(count, 1)
    middles = np.stack([s.centre for s in first])[:, None] - np.stack([s.centre for s in second])[None]
    way = np.where(count >= FEWEST_JOINTS, mean, np.hypot(middles[..., 0], middles[..., 1]))
    return way / np.maximum(np.array([s.size for s in first])[:, None], np.array([s.size for s in second])[None])


def _tracks(sightings: Sequence[Sequence[Sighting]], patience: int) -> list[Track]:
    """Sightings that belong together, nearest first."""
    tracks: list[list[Sighting]] = []
    for frame, found in enumerate(sightings):
        live = [track for track in tracks if frame - track[-1].frame <= patience + 1]
        taken: set[int] = set()
        for track, number in _nearest_first(live, found):
            if track[-1].frame < frame and number not in taken:
                track.append(found[number])
                taken.add(number)
        tracks += [[sighting] for number, sighting in enumerate(found) if number not in taken]
    return [tuple(track) for track in tracks]


def _nearest_first(tracks: Sequence[list[Sighting]], found: Sequence[Sighting]) -> Iterator[tuple[list[Sighting], int]]:
    """Pairs of a track and the number of a sighting that may go on with it."""
    if not tracks or not found:
        return iter(())
    distances = _distances([track[-1] for track in tracks], found)
    hidden = np.array([found[0].frame - track[-1].frame - 1 for track in tracks])[:, None]
    places, numbers = np.nonzero(distances <= np.minimum(NEAR + NEAR_PER_FRAME * hidden, FARTHEST))
    order = np.argsort(distances[places, numbers], kind="stable")
    return ((tracks[int(places[pair])], int(numbers[pair])) for pair in order)


def _joined(tracks: Sequence[Track], belongs: Callable[[Track, Track], bool]) -> list[Track]:
    """Each track with those later in the list that show the same person at other times."""
    left, joined = list(tracks), []
    while left:
        whole = left.pop(0)
        for track in list(left):
            if not _overlap(whole, track) and belongs(whole, track):
                whole = tuple(sorted((*whole, *track), key=lambda sighting: sighting.frame))
                left.remove(track)
        joined.append(whole)
    return joined


def _overlap(whole: Track, track: Track) -> bool:
    """Whether a track begins before the sightings around it end: between two sightings of ``whole`` is no overlap."""
    before = [sighting for sighting in whole if sighting.frame < track[0].frame]
    after = [sighting for sighting in whole if sighting.frame > track[-1].frame]
    return len(before) + len(after) < len(whole)


def _has_size_of(whole: Track, track: Track) -> bool:
    sizes = [float(np.median([sighting.size for sighting in part])) for part in (whole, track)]
    return min(sizes) >= LEAST_SHRINKING * max(sizes)


def _can_rejoin(whole: Track, track: Track) -> bool:
    """Whether a track begins near the last sighting before it, or ends near the next one after it."""
    before = [sighting for sighting in whole if sighting.frame < track[0].frame]
    ends = (before[-1], track[0]) if before else (track[-1], whole[0])
    return _has_size_of(whole, track) and _distance(*ends) <= REJOIN
