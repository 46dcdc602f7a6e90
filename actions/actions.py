"""The custom actions that the rules name; each reads the message, decides, and replies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions import clock
from actions.answering import ANSWERED, CERTAINLY_ASKED, Answering
from actions.contact import handoff_prompt, hours_prompt
from actions.context import Context, Outcome
from actions.inbound import Inbound
from actions.places import read_place
from actions.replies import ReplyMaker
from actions.reply import Act, Reply
from actions.report_draft import Step
from actions.report_status import ReportStatus
from actions.reporting import Reporting
from knowledge import live
from knowledge.facets import Facet
from knowledge.live import KnowledgeState
from reports.codes import find_code, is_valid

CODE_ALONE_WORDS = 5
"""In so few words, eight digits are meant as a report's code even with a slip in them."""
_ASKING = frozenset(["gio", "nao", "may", "dau", "thoai"])
CLEARLY_NAMED = 0.6
CLEARLY_ASKED = 0.5
"""Probabilities from which a message is a question about a procedure even within a report."""


class ReplyAction(Action):
    """An action that comes to an ``Outcome``; subclasses say which.

    While a field report is being written, a message first counts as an answer to its pending
    question; an action whose messages mean something else even then says so by ``breaks_in``.
    """

    action_name: str
    breaks_in = False

    def name(self) -> str:
        """The name in domain.yml."""
        return self.action_name

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Mapping[str, Any]
    ) -> list[EventType]:
        """Called by Rasa's action executor."""
        state = live.current()
        context = Context.from_slots(tracker.slots)
        inbound = Inbound.read(state, tracker)
        if _was_handled(tracker, inbound):
            outcome = Outcome([Reply.from_json(reply) for reply in context.last_replies], context)
        else:
            outcome = self._outcome(state, context, inbound)
        said = tuple(reply.to_json() for reply in outcome.replies)
        for reply in said:
            dispatcher.utter_message(json_message=reply)
        return context.changes_to(replace(outcome.context, last_replies=said))

    def decide(self, state: KnowledgeState, context: Context, inbound: Inbound) -> Outcome:
        """The replies to a message and the state afterwards."""
        raise NotImplementedError

    def interrupts(self, context: Context, inbound: Inbound) -> bool:
        """Whether this message is no answer to the report's pending question."""
        return self.breaks_in

    def _outcome(self, state: KnowledgeState, context: Context, inbound: Inbound) -> Outcome:
        if context.report is None:
            return self.decide(state, context, inbound)
        reporting = Reporting(state, context, inbound)
        if not self.interrupts(context, inbound):
            return reporting.answer()
        outcome = self.decide(state, context, inbound)
        if outcome.context.report is None or any(reply.emergency for reply in outcome.replies):
            return outcome
        return replace(outcome, replies=[*outcome.replies, *reporting.ask_again()])


def _was_handled(tracker: Tracker, inbound: Inbound) -> bool:
    """Whether this very turn was handled before, but a crash came before its replies were
    recorded: then they are given again, and it has no second effect.
    """
    turns = [event for event in tracker.events if event.get("event") == "user"]
    if len(turns) < 2 or not inbound.turn_id:
        return False
    metadata = turns[-2].get("metadata") or {}
    return str(metadata.get("turn_id") or "") == inbound.turn_id


class ActionAnswer(ReplyAction):
    """A question about a procedure."""

    action_name = "action_answer"

    def interrupts(self, context: Context, inbound: Inbound) -> bool:
        """A clear question about a procedure is answered, then the report goes on."""
        understanding = inbound.understanding
        named = max((link.confidence for link in understanding.links), default=0.0)
        clearly = named >= CLEARLY_NAMED and understanding.asks >= CLEARLY_ASKED
        return clearly or (named >= ANSWERED and understanding.asks >= CERTAINLY_ASKED)

    def decide(self, state: KnowledgeState, context: Context, inbound: Inbound) -> Outcome:
        """See the base class."""
        return Answering(state, context).question(inbound.utterance, inbound.understanding)


class ActionChoose(ReplyAction):
    """A choice among offered candidates."""

    action_name = "action_choose"

    def decide(self, state: KnowledgeState, context: Context, inbound: Inbound) -> Outcome:
        """See the base class."""
        return Answering(state, context).choice(inbound.utterance, inbound.understanding)


class ActionPress(ReplyAction):
    """A pressed button."""

    action_name = "action_press"

    def interrupts(self, context: Context, inbound: Inbound) -> bool:
        """A button of a procedure, pressed while a report is being written."""
        return not inbound.pressed.get("report")

    def decide(self, state: KnowledgeState, context: Context, inbound: Inbound) -> Outcome:
        """See the base class."""
        if inbound.pressed.get("report"):
            return Reporting(state, context, inbound).press()
        values = inbound.pressed
        facet = values.get("facet")
        return Answering(state, context).pressed(
            values.get("procedure", ""), Facet(facet) if facet in set(Facet) else None
        )


class ActionRefuse(ReplyAction):
    """A message that is out of scope or fits no intent."""

    action_name = "action_refuse"

    def decide(self, state: KnowledgeState, context: Context, inbound: Inbound) -> Outcome:
        """See the base class."""
        code = find_code(inbound.text)
        alone = len(inbound.utterance.tokens) <= CODE_ALONE_WORDS
        if code is not None and (is_valid(code) or alone):
            return ReportStatus(state, context, inbound).tell()
        return Answering(state, context).unclear(inbound.utterance, inbound.understanding)


class ActionChitchat(ReplyAction):
    """Greeting, thanks and the like: one prompt an intent."""

    action_name = "action_chitchat"
    prompts: Mapping[str, str] = {
        "greet": "chao",
        "thank": "cam_on",
        "goodbye": "tam_biet",
        "bot_identity": "la_ai",
        "capabilities": "giup_gi",
        "affirm": "khong_co_gi_de_xac_nhan",
        "deny": "dung_lai",
        "stop": "dung_lai",
        "correct": "sua_lai",
        "insult": "xuc_pham",
    }

    def decide(self, state: KnowledgeState, context: Context, inbound: Inbound) -> Outcome:
        """See the base class."""
        intent = inbound.intent
        if intent in ("correct", "deny"):
            answer = Answering(state, context).corrected(inbound.utterance, inbound.understanding)
            if answer is not None:
                return answer
        if intent == "correct" or (intent == "deny" and context.offered):
            intent = "correct"
            context = replace(context, procedure=None, offered=())
        reply = ReplyMaker(state).prompt(
            self.prompts[intent],
            Act.REFUSE if intent == "insult" else Act.CHITCHAT,
            dia_phuong=state.base.locality.name,
            so=len(state.base.procedures),
        )
        return Outcome([reply], replace(context, failures=0))


class ActionRepeat(ReplyAction):
    """What was said last, once more."""

    action_name = "action_repeat"
    breaks_in = True

    def decide(self, state: KnowledgeState, context: Context, inbound: Inbound) -> Outcome:
        """See the base class."""
        said = [Reply.from_json(reply) for reply in context.last_replies]
        return Outcome(
            said or [ReplyMaker(state).prompt("nhac_lai_khong_co", Act.CHITCHAT)], context
        )


class ActionHandoff(ReplyAction):
    """The citizen wants a person."""

    action_name = "action_handoff"
    breaks_in = True

    def decide(self, state: KnowledgeState, context: Context, inbound: Inbound) -> Outcome:
        """See the base class."""
        name, values = handoff_prompt(state, clock.now())
        reply = ReplyMaker(state).prompt(name, Act.HANDOFF, **values)
        return Outcome([reply], context.understood(handover="requested"))


class ActionEmergency(ReplyAction):
    """Danger to life or limb: the numbers at once."""

    action_name = "action_emergency"
    breaks_in = True

    def decide(self, state: KnowledgeState, context: Context, inbound: Inbound) -> Outcome:
        """See the base class."""
        reply = ReplyMaker(state).prompt("khan_cap", Act.HANDOFF)
        return Outcome([replace(reply, emergency=True)], context.understood())


class ActionReport(ReplyAction):
    """A field report."""

    action_name = "action_report"

    def decide(self, state: KnowledgeState, context: Context, inbound: Inbound) -> Outcome:
        """See the base class."""
        return Reporting(state, context, inbound).begin()


class ActionReportStatus(ReplyAction):
    """A question about a report that was made."""

    action_name = "action_report_status"
    breaks_in = True

    def decide(self, state: KnowledgeState, context: Context, inbound: Inbound) -> Outcome:
        """See the base class."""
        return ReportStatus(state, context, inbound).tell()


class ActionShare(ReplyAction):
    """A position or photos without words: the beginning of a report, or part of one."""

    action_name = "action_share"

    def decide(self, state: KnowledgeState, context: Context, inbound: Inbound) -> Outcome:
        """See the base class."""
        return Reporting(state, context, inbound).begin()


class ActionDossier(ReplyAction):
    """A question about a dossier that was handed in."""

    action_name = "action_dossier"

    def decide(self, state: KnowledgeState, context: Context, inbound: Inbound) -> Outcome:
        """See the base class."""
        make = ReplyMaker(state)
        reply = make.prompt("tra_cuu_ho_so", Act.ANSWER, noi_hoi=make.where_to_ask())
        return Outcome([replace(reply, entry="tra_cuu_ho_so")], context.understood())


class ActionOfficeHours(ReplyAction):
    """A question about hours, addresses or telephone numbers of offices."""

    action_name = "action_office_hours"

    def interrupts(self, context: Context, inbound: Inbound) -> bool:
        """Unless it is the trouble or the place that was asked for."""
        step = Step(context.report["step"]) if context.report else None
        if {token.folded for token in inbound.utterance.tokens} & _ASKING:
            return True
        if step is Step.WHAT:
            guesses = live.current().category_finder.find(inbound.utterance)
            return not (guesses and guesses[0].sure)
        where = read_place(live.current(), inbound.text)
        return step not in (Step.WHERE, Step.AREA) or not (where.areas or where.address)

    def decide(self, state: KnowledgeState, context: Context, inbound: Inbound) -> Outcome:
        """See the base class."""
        name, values = hours_prompt(state, clock.now())
        reply = ReplyMaker(state).prompt(name, Act.ANSWER, **values)
        return Outcome([replace(reply, entry="gio_lam_viec")], context.understood())


ALL: tuple[type[ReplyAction], ...] = (
    ActionAnswer,
    ActionChoose,
    ActionPress,
    ActionRefuse,
    ActionChitchat,
    ActionRepeat,
    ActionHandoff,
    ActionEmergency,
    ActionReport,
    ActionReportStatus,
    ActionShare,
    ActionDossier,
    ActionOfficeHours,
)
"""Every action, for the executor."""
