"""Making replies from prompts and answers."""

from __future__ import annotations

from actions.reply import Act, Button, Reply, Source
from knowledge.facets import Facet
from knowledge.live import KnowledgeState

SAY = "noi:"
ASK_FACET = "hoi:"
PICK = "thu_tuc:"
REPORT_PRESS = "pa:"

_NEXT_FACETS: tuple[tuple[Facet, str], ...] = (
    (Facet.DOCUMENTS, "nut_giay_to"),
    (Facet.FEE, "nut_le_phi"),
    (Facet.TIME, "nut_thoi_han"),
    (Facet.PLACE, "nut_noi_nop"),
    (Facet.STEPS, "nut_cac_buoc"),
    (Facet.ONLINE, "nut_truc_tuyen"),
)
NEXT_BUTTONS = 3


class ReplyMaker:
    """Makes replies from one state of the knowledge."""

    def __init__(self, state: KnowledgeState) -> None:
        self._state = state
        self._prompts = state.base.prompts

    def prompt(self, name: str, act: Act, **values: object) -> Reply:
        """One of the assistant's own sentences, with its buttons."""
        return Reply(
            text=self._prompts.text(name, **values),
            speech=self._prompts.speech(name, **values),
            act=act,
            buttons=tuple(
                Button(button.title, SAY + button.says) for button in self._prompts.buttons(name)
            ),
        )

    def answer(self, code: str, facet: Facet, asked: tuple[Facet, ...] = ()) -> Reply:
        """The answer to one facet, with its source and buttons for what one asks next."""
        procedure = self._state.base.procedures[code]
        written = self._state.answers.write(code, facet)
        source = Source(
            procedure.source.link, procedure.source.decision, procedure.source.checked_on
        )
        return Reply(
            text=written.text,
            speech=written.speech,
            act=Act.ANSWER,
            procedure=code,
            facet=facet.value,
            buttons=self._next_buttons(code, {facet, *asked}),
            source=source,
        )

    def clarify(self, codes: tuple[str, ...], question: str | None) -> Reply:
        """A question back with a button for each candidate and numbers for the phone."""
        labels = [self._state.base.label(code) for code in codes]
        text = question or self._prompts.text("hoi_lai")
        speech = question or self._prompts.speech("hoi_lai")
        lines = [
            self._prompts.text("hoi_lai_dong", so=i, ten=label)
            for i, label in enumerate(labels, start=1)
        ]
        spoken = [
            self._prompts.speech("hoi_lai_dong", so=i, ten=label)
            for i, label in enumerate(labels, start=1)
        ]
        return Reply(
            text="\n".join([text, *lines]),
            speech=" ".join([text if question else speech, *spoken]),
            act=Act.CLARIFY,
            candidates=codes,
            buttons=tuple(
                Button(label, PICK + code) for label, code in zip(labels, codes, strict=True)
            ),
        )

    def where_to_ask(self) -> str:
        """The office that citizens are referred to."""
        return self._state.answers.where_to_ask()

    def _next_buttons(self, code: str, asked: set[Facet]) -> tuple[Button, ...]:
        return tuple(
            Button(self._prompts.text(name), f"{ASK_FACET}{code}:{facet.value}")
            for facet, name in _NEXT_FACETS
            if facet not in asked
        )[:NEXT_BUTTONS]
