"""The exceptions a user may meet: each says what was found, what was expected and what to do."""

from __future__ import annotations


class AnchorError(Exception):
    """Base of every error this package raises on purpose.

    Args:
        found: what the code met (names, shapes, paths), as a clause.
        expected: what it needs instead.
        remedy: what the user can do about it.
    """

    def __init__(self, found: str, expected: str, remedy: str) -> None:
        super().__init__(f"Found {found}; expected {expected}. {remedy}")
        self.found = found
        self.expected = expected
        self.remedy = remedy


class MediaError(AnchorError):
    """A picture or a video file cannot be read or written."""


class ControlError(AnchorError):
    """Control signals (pose, hand, track, masks, key points) do not fit each other or the person."""


class ConditionError(AnchorError):
    """Person, product and controls cannot be turned into conditions of the model."""


class LoadError(AnchorError):
    """A checkpoint is missing, truncated, foreign or unsafe."""


class OptionError(AnchorError):
    """A number or a word given by the user lies outside what is possible."""


class SampleError(AnchorError):
    """The sampling loop or the decoder cannot go on (for example no memory for a single frame)."""
