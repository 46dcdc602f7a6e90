"""What commands share: a dialogue in this process, made ready with progress on the way."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from actions import clock
from dialogue import training
from knowledge import live
from store.settings import Settings, load_settings

if TYPE_CHECKING:
    from dialogue.host import DialogueHost


def say(line: str) -> None:
    """Progress, on standard error (standard output is for results)."""
    print(line, file=sys.stderr, flush=True)


def open_knowledge(settings: Settings) -> live.LiveKnowledge:
    """Load the knowledge and make it this process's."""
    knowledge = live.LiveKnowledge(settings.knowledge, settings.locality)
    live.install(knowledge)
    return knowledge


def quiet() -> None:
    """Logging for commands: warnings only, and none of the libraries' about themselves."""
    from store.logs import configure_logging

    warnings.filterwarnings("ignore")
    configure_logging("WARNING")


def ready_model(settings: Settings) -> Path:
    """The model that fits the training data, trained now where there is none."""
    model = training.fitting_model(settings.models)
    if model is None:
        say("Chưa có mô hình khớp dữ liệu, đang huấn luyện (khoảng nửa phút)…")
        model = training.train(settings.models)
        say(f"Đã huấn luyện: {model.name}.")
    return model


def open_dialogue() -> DialogueHost:
    """A dialogue in this process."""
    settings = load_settings()
    quiet()
    clock.set_timezone(settings.timezone)
    open_knowledge(settings)
    from dialogue.host import DialogueHost

    return DialogueHost.load(ready_model(settings))
