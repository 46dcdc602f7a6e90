"""Rasa component: refuses rather than guesses.

It looks at all the evidence of the steps before (how sure the classifier is, how sure the linker is,
whether this looks like something out of our field) and turns the intent into ``nlu_fallback`` where
an answer would be a guess.
"""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME
from rasa.shared.nlu.constants import INTENT
from rasa.shared.nlu.training_data.message import Message

from nlu.understanding import ASK, KEY, Understanding


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
        """The thresholds that config.yml may change.

        ``intent``: least probability of an intent that is acted on;
        ``sure_link``: linker confidence that outweighs an unsure or out-of-scope classifier;
        ``doubtful_link``: linker confidence under which a first question is not answered.
        """
        return {"intent": 0.3, "sure_link": 0.75, "doubtful_link": 0.3}

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
        intent = message.get(INTENT)
        understanding = Understanding.from_json(message.get(KEY))
        name, score = intent["name"], intent["confidence"]
        link = max((link.confidence for link in understanding.links), default=0.0)
        if name == "out_of_scope" and link >= self._config["sure_link"] and score < 0.8:
            facet = understanding.facets[0] if understanding.facets else "overview"
            return ASK + facet
        if score < self._config["intent"]:
            if link >= self._config["sure_link"]:
                return f"{ASK}overview"
            return str(DEFAULT_NLU_FALLBACK_INTENT_NAME)
        return None
