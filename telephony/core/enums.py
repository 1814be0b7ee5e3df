"""Closed vocabularies whose members carry a translatable label, without depending on the ORM."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from django.utils.functional import Promise


class LabelledEnum(StrEnum):
    """A text enumeration: ``NAME = "value", _("label")``."""

    _label: str | Promise

    def __new__(cls, value: str, label: str | Promise = "") -> Self:
        """Store the label beside the value."""
        member = str.__new__(cls, value)
        member._value_ = value
        member._label = label
        return member

    @property
    def label(self) -> str:
        """The label in the active language."""
        return str(self._label or self.value)

    @classmethod
    def choices(cls) -> list[tuple[str, str | Promise]]:
        """(value, label) pairs for models and forms; labels stay lazy."""
        return [(member.value, member._label or member.value) for member in cls]

    @classmethod
    def values(cls) -> list[str]:
        """All values, in order of definition."""
        return [member.value for member in cls]
