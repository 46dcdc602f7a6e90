"""Rasa component: normalises the message and links it to procedures."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from knowledge import live
from knowledge.text.normalise import normalise

UTTERANCE = "utterance"
LINKS = "links"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class ProcedureLinkerComponent(GraphComponent):
    """Sets ``UTTERANCE`` (normalised words) and ``LINKS`` (per procedure named) on a message.

    It asks the live knowledge each time, so a new entry is linked as soon as it is in force.
    """

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ProcedureLinkerComponent:
        """Called by Rasa."""
        return cls()

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """There is nothing to configure."""
        return {}

    def process(self, messages: list[Message]) -> list[Message]:
        """Understand messages as they come in."""
        state = live.current()
        for message in messages:
            utterance = normalise(message.get(TEXT) or "", state.base.lexicon)
            message.set(UTTERANCE, utterance)
            message.set(LINKS, state.linker.link_all(utterance))
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Training examples say themselves where the procedure stands: nothing to link."""
        return training_data
