"""The custom actions that the rules name; each reads the message, decides, and replies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions import clock
from actions.answering import Answering
from actions.contact import handoff_prompt, hours_prompt
from actions.context import Context, Outcome
from actions.replies import ReplyMaker
from actions.reply import Act, Reply
from knowledge import live
from knowledge.facets import Facet
from knowledge.live import KnowledgeState
from knowledge.text.normalise import Utterance, normalise
from nlu.understanding import KEY, Understanding


class ReplyAction(Action):
    """An action that comes to an ``Outcome``; subclasses say which."""

    action_name: str

    def name(self) -> str:
        """The name in domain.yml."""
        return self.action_name

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Mapping[str, Any]
    ) -> list[EventType]:
        """Called by Rasa's action executor."""
        state = live.current()
        context = Context.from_slots(tracker.slots)
        outcome = self.decide(state, context, tracker)
        said = tuple(reply.to_json() for reply in outcome.replies)
        for reply in said:
            dispatcher.utter_message(json_message=reply)
        return context.changes_to(replace(outcome.context, last_replies=said))

    def decide(self, state: KnowledgeState, context: Context, tracker: Tracker) -> Outcome:
        """The replies to the latest message and the state afterwards."""
        raise NotImplementedError


class ActionAnswer(ReplyAction):
    """A question about a procedure."""

    action_name = "action_answer"

    def decide(self, state: KnowledgeState, context: Context, tracker: Tracker) -> Outcome:
        """See the base class."""
        return Answering(state, context).question(_utterance(state, tracker), _understood(tracker))


class ActionChoose(ReplyAction):
    """A choice among offered candidates."""

    action_name = "action_choose"

    def decide(self, state: KnowledgeState, context: Context, tracker: Tracker) -> Outcome:
        """See the base class."""
        return Answering(state, context).choice(_utterance(state, tracker), _understood(tracker))


class ActionPress(ReplyAction):
    """A pressed button."""

    action_name = "action_press"

    def decide(self, state: KnowledgeState, context: Context, tracker: Tracker) -> Outcome:
        """See the base class."""
        values = {
            entity["entity"]: str(entity["value"])
            for entity in tracker.latest_message.get("entities", [])
        }
        facet = values.get("facet")
        return Answering(state, context).pressed(
            values.get("procedure", ""), Facet(facet) if facet in set(Facet) else None
        )


class ActionRefuse(ReplyAction):
    """A message that is out of scope or fits no intent."""

    action_name = "action_refuse"

    def decide(self, state: KnowledgeState, context: Context, tracker: Tracker) -> Outcome:
        """See the base class."""
        return Answering(state, context).unclear(_utterance(state, tracker), _understood(tracker))


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

    def decide(self, state: KnowledgeState, context: Context, tracker: Tracker) -> Outcome:
        """See the base class."""
        intent = str(tracker.latest_message["intent"]["name"])
        if intent in ("correct", "deny"):
            answer = Answering(state, context).corrected(
                _utterance(state, tracker), _understood(tracker)
            )
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

    def decide(self, state: KnowledgeState, context: Context, tracker: Tracker) -> Outcome:
        """See the base class."""
        said = [Reply.from_json(reply) for reply in context.last_replies]
        return Outcome(
            said or [ReplyMaker(state).prompt("nhac_lai_khong_co", Act.CHITCHAT)], context
        )


class ActionHandoff(ReplyAction):
    """The citizen wants a person."""

    action_name = "action_handoff"

    def decide(self, state: KnowledgeState, context: Context, tracker: Tracker) -> Outcome:
        """See the base class."""
        name, values = handoff_prompt(state, clock.now())
        reply = ReplyMaker(state).prompt(name, Act.HANDOFF, **values)
        return Outcome([reply], context.understood(handover="requested"))


class ActionEmergency(ReplyAction):
    """Danger to life or limb: the numbers at once."""

    action_name = "action_emergency"

    def decide(self, state: KnowledgeState, context: Context, tracker: Tracker) -> Outcome:
        """See the base class."""
        reply = ReplyMaker(state).prompt("khan_cap", Act.HANDOFF, emergency=True)
        return Outcome([reply], context.understood())


class ActionReport(ReplyAction):
    """A field report, or a question about one."""

    action_name = "action_report"

    def decide(self, state: KnowledgeState, context: Context, tracker: Tracker) -> Outcome:
        """See the base class."""
        make = ReplyMaker(state)
        reply = make.prompt("phan_anh_chua_nhan", Act.REPORT, noi_hoi=make.where_to_ask())
        return Outcome([reply], context.understood())


class ActionDossier(ReplyAction):
    """A question about a dossier that was handed in."""

    action_name = "action_dossier"

    def decide(self, state: KnowledgeState, context: Context, tracker: Tracker) -> Outcome:
        """See the base class."""
        make = ReplyMaker(state)
        reply = make.prompt("tra_cuu_ho_so", Act.ANSWER, noi_hoi=make.where_to_ask())
        return Outcome([replace(reply, entry="tra_cuu_ho_so")], context.understood())


class ActionOfficeHours(ReplyAction):
    """A question about hours, addresses or telephone numbers of offices."""

    action_name = "action_office_hours"

    def decide(self, state: KnowledgeState, context: Context, tracker: Tracker) -> Outcome:
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
    ActionDossier,
    ActionOfficeHours,
)
"""Every action, for the executor."""


def _utterance(state: KnowledgeState, tracker: Tracker) -> Utterance:
    return normalise(tracker.latest_message.get("text") or "", state.base.lexicon)


def _understood(tracker: Tracker) -> Understanding:
    return Understanding.from_json(tracker.latest_message.get(KEY))
