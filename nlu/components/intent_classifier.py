"""Rasa component: what a message asks (intent and facets), with the procedure masked."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from knowledge import live
from knowledge.linking.linker import Link
from knowledge.live import KnowledgeState
from knowledge.text.folding import strip_diacritics
from knowledge.text.normalise import Lexicon, Token, Utterance, normalise
from nlu.classifier import IntentClassifier, Prediction
from nlu.components.procedure_linker import LINKS, UTTERANCE
from nlu.masking import MASK, mask
from nlu.understanding import ASK, KEY, LinkedProcedure, Understanding

UNMASKED_INTENTS = ("report_problem", "emergency")
"""Intents whose own words may look like a procedure's name and be masked."""
MODEL_FILE = "classifier.npz"
Example = tuple[Sequence[Token], frozenset[str]]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class FacetIntentClassifier(GraphComponent):
    """Sets the intent, its ranking and the ``Understanding`` of a message."""

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        self._config = config
        self._storage = storage
        self._resource = resource
        self._classifier: IntentClassifier | None = None

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> FacetIntentClassifier:
        """Called by Rasa before training."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> FacetIntentClassifier:
        """Called by Rasa to use a trained model."""
        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            component._classifier = IntentClassifier.load(folder / MODEL_FILE)
        return component

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """The thresholds that config.yml may change.

        ``second_facet``: probability from which a further facet counts as asked;
        ``follow_up``: linker confidence below which no procedure counts as named.
        """
        return {"second_facet": 0.35, "named": 0.3, "mask": 0.35}

    def train(self, training_data: TrainingData) -> Resource:
        """Train from the examples, each also without diacritics, some joined in pairs."""
        examples = list(_examples(training_data.intent_examples))
        self._classifier = IntentClassifier.train(examples)
        with self._storage.write_to(self._resource) as folder:
            self._classifier.save(folder / MODEL_FILE)
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing to add to the training data."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Classify messages as they come in."""
        for message in messages:
            self._understand(message)
        return messages

    def _understand(self, message: Message) -> None:
        if self._classifier is None:
            raise RuntimeError("the classifier was neither trained nor loaded")
        utterance: Utterance = message.get(UTTERANCE) or normalise(
            message.get(TEXT) or "", live.current().base.lexicon
        )
        links: tuple[Link, ...] = message.get(LINKS) or ()
        covered = {
            i
            for link in links
            if link.best is not None and link.confidence >= self._config["mask"]
            for i in link.best.tokens
        }
        prediction = self._classifier.predict(mask(utterance.tokens, covered))
        if covered:
            prediction = prediction.with_highest(
                self._classifier.predict(utterance.tokens), UNMASKED_INTENTS
            )
        ranking = prediction.ranking()
        intent, score = ranking[0]
        message.set(INTENT, {"name": intent, "confidence": score}, add_to_output=True)
        message.set(
            INTENT_RANKING_KEY,
            [{"name": name, "confidence": value} for name, value in ranking[:5]],
            add_to_output=True,
        )
        state = live.current()
        content = [token for token in utterance.tokens if state.base.has_subject(token)]
        understanding = Understanding(
            links=tuple(_linked(link) for link in links if link.best is not None),
            facets=self._facets(prediction),
            in_scope=round(1.0 - prediction.scores.get("out_of_scope", 0.0), 4),
            asks=max(v for k, v in prediction.scores.items() if k.startswith(ASK)),
            content=len(content),
            unknown=sum(not state.linker.knows(token) for token in content),
        )
        message.set(KEY, understanding.to_json(), add_to_output=True)

    def _facets(self, prediction: Prediction) -> tuple[str, ...]:
        asked = [
            (prediction.at.get(label, 0), label.removeprefix(ASK))
            for label, score in prediction.scores.items()
            if label.startswith(ASK) and score >= self._config["second_facet"]
        ]
        best = prediction.ranking()[0][0]
        if best.startswith(ASK) and not asked:
            return (best.removeprefix(ASK),)
        return tuple(facet for _, facet in sorted(asked))


def _linked(link: Link) -> LinkedProcedure:
    return LinkedProcedure(
        codes=tuple(candidate.code for candidate in link.candidates),
        confidence=round(link.confidence, 4),
        explained=round(link.explained, 4),
        family=link.family,
        ambiguous=link.ambiguous,
    )


def _examples(messages: Sequence[Message]) -> Iterator[Example]:
    """Masked examples, with and without diacritics, then pairs of questions in one message.

    The entries' own test questions are examples, too: staff wrote down which facet each asks for.
    """
    lexicon = live.current().base.lexicon
    singles: list[Example] = []
    for message in messages:
        intent = message.get(INTENT)
        for text in _spellings(message.get(TEXT)):
            singles.append((_masked(text, message, lexicon), frozenset({intent})))
    yield from singles
    yield from _entry_questions(live.current())
    yield from _pairs(singles)


def _entry_questions(state: KnowledgeState) -> Iterator[Example]:
    """The test questions of all entries, masked as the linker would."""
    for procedure in state.base.procedures.values():
        for question in procedure.test_questions:
            for text in _spellings(question.question):
                utterance = normalise(text, state.base.lexicon)
                best = state.linker.link(utterance).best
                covered = best.tokens if best is not None else frozenset()
                yield mask(utterance.tokens, covered), frozenset({ASK + question.facet.value})


def _spellings(text: str) -> tuple[str, ...]:
    """The text, and the text without diacritics where that is another."""
    return tuple(dict.fromkeys((text, strip_diacritics(text))))


def _masked(text: str, message: Message, lexicon: Lexicon) -> tuple[Token, ...]:
    """The example's words with its annotated procedure replaced by the mask."""
    tokens: list[Token] = []
    end = 0
    for entity in sorted(message.get(ENTITIES) or [], key=lambda entity: entity["start"]):
        tokens += normalise(text[end : entity["start"]], lexicon).tokens
        tokens.append(MASK)
        end = entity["end"]
    tokens += normalise(text[end:], lexicon).tokens
    return tuple(tokens)


_JOINTS = (("và",), ("với",), (), ("rồi",), ("còn",))


def _pairs(singles: Sequence[Example]) -> Iterator[Example]:
    """Two short questions about different facets, joined: both labels are right."""
    chance = random.Random(20261122)  # noqa: S311 - fixed, so that training is repeatable
    short = [
        example
        for example in singles
        if len(example[0]) <= 9
        and next(iter(example[1])).startswith(ASK)
        and "ask_overview" not in example[1]
    ]
    for _ in range(len(short) // 2):
        (first, one), (second, other) = chance.sample(short, 2)
        if one == other:
            continue
        joint = normalise(" ".join(chance.choice(_JOINTS)), Lexicon()).tokens
        rest = [token for token in second if token is not MASK or MASK not in first]
        yield (*first, *joint, *rest), one | other
