"""Rasa component: refuses rather than guesses.

It looks at all the evidence of the steps before (how sure the classifier and the linker are, and
whether this looks like something out of our field) and turns the intent into ``nlu_fallback``
where an answer would be a guess.
"""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY
from rasa.shared.nlu.training_data.message import Message

from knowledge import live
from knowledge.text.phrases import find_phrase
from nlu.components.procedure_linker import UTTERANCE
from nlu.understanding import ASK, KEY, Understanding

FOREIGN = "out_of_scope"
EMERGENCY = "emergency"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class ScopeGuard(GraphComponent):
    """Overrides the intent where the evidence is thin or contradictory."""

    def __init__(self, config: dict[str, Any]) -> None:
        self._config = config

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ScopeGuard:
        """Called by Rasa."""
        return cls(config)

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """The thresholds that config.yml may change, all probabilities.

        ``intent``: least score of an intent that is acted on; ``emergency``: the same for an
        emergency, where a needless warning costs less than a missed one; ``weak``: score of
        another intent that a certain link outweighs, as it does where a question's intent scores
        ``rival`` times as much; ``faint`` and ``likely``: score of out_of_scope that a likely link
        outweighs; ``named``: link
        confidence from which a weak intent is taken for a question about that procedure;
        ``certain``: the same against the word of the classifier that this is not for us;
        ``foreign``: score of out_of_scope that no link outweighs; ``asks``: least score of a
        question's intent where out_of_scope leads.
        """
        return {
            "intent": 0.2,
            "emergency": 0.1,
            "faint": 0.25,
            "likely": 0.3,
            "weak": 0.5,
            "rival": 0.5,
            "named": 0.5,
            "certain": 0.8,
            "foreign": 0.5,
            "asks": 0.1,
        }

    def process(self, messages: list[Message]) -> list[Message]:
        """Check messages as they come in."""
        for message in messages:
            name = self._checked(message)
            if name is not None:
                intent = {"name": name, "confidence": message.get(INTENT)["confidence"]}
                message.set(INTENT, intent, add_to_output=True)
        return messages

    def _checked(self, message: Message) -> str | None:
        """The intent to put in place of the classifier's, or None where that stands."""
        limits = self._config
        name, score = message.get(INTENT)["name"], message.get(INTENT)["confidence"]
        understanding = Understanding.from_json(message.get(KEY))
        link = max((link.confidence for link in understanding.links), default=0.0)
        ask, asks = self._best_question(message)
        if name != EMERGENCY and _is_refused(message):
            return FOREIGN
        if name == FOREIGN:
            sure = link >= limits["certain"] and score < limits["foreign"]
            faint = score < limits["faint"] and link >= limits["likely"]
            return ask if (sure or faint) and asks >= limits["asks"] else None
        if score >= limits["emergency" if name == EMERGENCY else "intent"]:
            weak = not name.startswith(ASK) and score < limits["weak"]
            rivals = not name.startswith(ASK) and asks >= limits["rival"] * score
            return ask if (weak or rivals) and link >= limits["certain"] else None
        if link >= limits["named"]:
            return ask
        return str(DEFAULT_NLU_FALLBACK_INTENT_NAME)

    @staticmethod
    def _best_question(message: Message) -> tuple[str, float]:
        """The most probable intent that asks for a facet."""
        for intent in message.get(INTENT_RANKING_KEY) or []:
            if intent["name"].startswith(ASK):
                return intent["name"], intent["confidence"]
        return f"{ASK}overview", 0.0


def _is_refused(message: Message) -> bool:
    """Whether staff listed words of this message among what is not answered."""
    utterance = message.get(UTTERANCE)
    phrases = live.current().base.refused_phrases
    return utterance is not None and any(
        find_phrase(utterance, phrase, exact=True) is not None for phrase in phrases
    )
