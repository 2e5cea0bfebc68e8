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

from ...errors import ControlError
from ...types import VISIBLE, Pose, require

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
        score: sum of the scores of the seen joints.
    """

    frame: int
    row: int
    joints: np.ndarray
    seen: np.ndarray
    score: float

    @property
    def centre(self) -> np.ndarray:
        """Middle of the box around the seen joints, [2]."""
        seen = self.joints[self.seen]
        return (seen.min(axis=0) + seen.max(axis=0)) / 2

    @property
    def area(self) -> float:
        """Of that box, as share of the frame; thin boxes count as a tenth as wide as long."""
        sides = np.ptp(self.joints[self.seen], axis=0)
        return float(np.prod(np.maximum(sides, sides.max() / 10)))


Track = tuple[Sighting, ...]
Score = Callable[[Sighting], float]


def _centrality(sighting: Sighting) -> float:
    offset = sighting.centre - 0.5
    return float(np.exp(-(offset @ offset) / OFF_CENTRE**2))


RULES: Mapping[str, Score] = {
    "main": lambda sighting: sighting.area * _centrality(sighting),
    "largest": lambda sighting: sighting.area,
    "central": lambda sighting: _centrality(sighting) ** 4,
}
"""What each frame adds to a person's claim."""


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
    tracks = _without_doubles(_tracks(sightings, patience))
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
    found = f"person {number} from the left asked for and {len(lasting)} people in the clip"
    require(1 <= number <= len(lasting), ControlError, found, f"1 ... {len(lasting)}", "Choose another number.")
    return sorted(lasting, key=lambda track: float(np.median([sighting.centre[0] for sighting in track])))[number - 1]


def _sightings(frame: int, pose: Pose) -> list[Sighting]:
    """Everybody in a frame, the surest first."""
    seen = pose.body_score > VISIBLE
    found = [
        Sighting(frame, row, pose.body[row], seen[row], float(pose.body_score[row][seen[row]].sum()))
        for row in range(pose.people)
        if seen[row].sum() >= FEWEST_JOINTS
    ]
    return sorted(found, key=lambda sighting: -sighting.score)


def _without_doubles(tracks: Sequence[Track]) -> list[Track]:
    """Tracks but for those that are, for most of their frames, a second finding of somebody seen more surely."""
    kept: list[Track] = []
    for track in sorted(tracks, key=lambda track: -sum(sighting.score for sighting in track)):
        if not any(_is_double(track, other) for other in kept):
            kept.append(track)
    return kept


def _is_double(track: Track, other: Track) -> bool:
    at = {sighting.frame: sighting for sighting in other}
    same = [s for s in track if s.frame in at and _distance(s, at[s.frame]) <= SAME_PERSON]
    return 2 * len(same) > len(track)


def _distance(first: Sighting, second: Sighting) -> float:
    """Mean way of the joints seen in both, in sizes of the person; of the middles where there are too few."""
    both = first.seen & second.seen
    enough = both.sum() >= FEWEST_JOINTS
    ways = (first.joints - second.joints)[both] if enough else (first.centre - second.centre)[None]
    return float(np.hypot(*ways.T).mean() / max(first.area, second.area, 1e-12) ** 0.5)


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
    pairs = []
    for place, track in enumerate(tracks):
        for number, sighting in enumerate(found):
            reach = min(NEAR + NEAR_PER_FRAME * (sighting.frame - track[-1].frame - 1), FARTHEST)
            distance = _distance(track[-1], sighting)
            if distance <= reach:
                pairs.append((distance, place, number))
    return ((tracks[place], number) for _, place, number in sorted(pairs))


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
    sizes = [float(np.median([sighting.area for sighting in part])) ** 0.5 for part in (whole, track)]
    return min(sizes) >= LEAST_SHRINKING * max(sizes)


def _can_rejoin(whole: Track, track: Track) -> bool:
    """Whether a track begins near the last sighting before it, or ends near the next one after it."""
    before = [sighting for sighting in whole if sighting.frame < track[0].frame]
    ends = (before[-1], track[0]) if before else (track[-1], whole[0])
    return _has_size_of(whole, track) and _distance(*ends) <= REJOIN
