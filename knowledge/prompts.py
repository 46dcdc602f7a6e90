"""Prompts: every sentence of the assistant that is no answer from an entry (``loi_noi/*.yml``).

Wording lives here, so that staff change it without a programmer and without training.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import BeforeValidator, Field

from knowledge.procedure import StaffModel, Text, _as_list

_PLACE = re.compile(r"\{([a-z_]+)\}")


class PromptButton(StaffModel):
    """A button under a prompt: what it shows and what pressing it says."""

    title: Text = Field(alias="nhan", description="Chữ trên nút.")
    says: Text = Field(alias="noi", description="Câu được gửi khi bấm.")


class Prompt(StaffModel):
    """One thing the assistant says, for the eye and for the ear."""

    text: Text = Field(alias="viet", description="Câu viết; {…} là chỗ điền.")
    speech: Text | None = Field(
        None, alias="noi", description="Câu nói qua điện thoại; để trống thì đọc câu viết."
    )
    buttons: Annotated[tuple[PromptButton, ...], BeforeValidator(_as_list)] = Field(
        (), alias="nut", description="Các nút bên dưới."
    )

    @property
    def places(self) -> frozenset[str]:
        """The names that must be filled in."""
        return frozenset(_PLACE.findall(self.text + (self.speech or "")))


@dataclass(frozen=True, slots=True)
class Prompts:
    """All prompts by name."""

    by_name: Mapping[str, Prompt] = field(default_factory=dict)

    def text(self, name: str, **values: object) -> str:
        """The written form, filled in.

        Raises:
            KeyError: no such prompt, or a place without a value.

        """
        return _fill(self.by_name[name].text, values)

    def speech(self, name: str, **values: object) -> str:
        """The spoken form (the written one where staff gave no other), filled in."""
        prompt = self.by_name[name]
        return _fill(prompt.speech or prompt.text, values)

    def buttons(self, name: str) -> Iterable[PromptButton]:
        """The prompt's buttons."""
        return self.by_name[name].buttons


def _fill(template: str, values: Mapping[str, object]) -> str:
    return _PLACE.sub(lambda match: str(values[match[1]]), template)
