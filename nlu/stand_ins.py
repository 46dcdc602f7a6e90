"""Run Rasa 3.6 without TensorFlow and without the chat connectors it never uses here.

Rasa imports TensorFlow when it starts, although only DIET, TED and the response selector use it,
and it imports the clients of a dozen chat services, of which none is a door of ours. TensorFlow of
the version that Rasa wants does not exist for the Python versions in support, and importing it
takes longer than all the rest.

``install()`` puts a finder before the import system that serves an inert module for each of these
names. A stand-in can be imported, subclassed and used as a decorator or in a type annotation,
which is all that happens while Rasa is being imported. Whatever really calls one afterwards gets a
``StandInError`` that says which name was called. Rasa's line ended with 3.6, so no update of it
can make this list untrue.
"""

from __future__ import annotations

import os
import sys
from abc import ABCMeta
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

ABSENT_PACKAGES = frozenset(
    {
        # neural networks: DIET, TED and the response selector only
        "tensorflow",
        "tensorflow_addons",
        "tensorflow_hub",
        "tensorflow_text",
        "keras",
        # chat connectors that rasa.core.channels imports at start
        "aiogram",
        "fbmessenger",
        "mattermostwrapper",
        "rocketchat_API",
        "slack_sdk",
        "twilio",
        "webexteamssdk",
        # tracker stores, event brokers and model storages that we don't use
        "boto3",
        "botocore",
        "pymongo",
        "confluent_kafka",
        "aio_pika",
        "aiormq",
        # reporting to Rasa's makers
        "sentry_sdk",
        "structlog_sentry",
    }
)

_DECORATORS = frozenset({"tf_function", "function", "register_keras_serializable"})


class StandInError(RuntimeError):
    """Something really used a package that this installation deliberately lacks."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} was called, but this project runs Rasa without {name.split('.')[0]}: "
            "use a pipeline component that does not need it (see nlu/stand_ins.py)."
        )


class _StandInType(ABCMeta):
    """The type of every stand-in: attributes are stand-ins again, calls are refused."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _stand_in(f"{cls.__qualname__}.{name}")

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        if cls.__module__ != __name__:  # a class of Rasa's that inherits from a stand-in
            raise StandInError(cls.__qualname__)
        if cls.__qualname__.rsplit(".", 1)[-1] in _DECORATORS:
            return args[0] if args and callable(args[0]) else lambda decorated: decorated
        raise StandInError(cls.__qualname__)

    def __or__(cls, other: Any) -> Any:
        return Any

    def __ror__(cls, other: Any) -> Any:
        return Any

    def __getitem__(cls, item: Any) -> Any:
        return cls


def _stand_in(name: str) -> Any:
    return _StandInType(name, (), {"__module__": __name__, "__qualname__": name})


class _StandInModule(ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name != "__version__":
            raise AttributeError(name)
        value = "0" if name == "__version__" else _stand_in(f"{self.__name__}.{name}")
        setattr(self, name, value)
        return value


class _StandInFinder(MetaPathFinder, Loader):
    """Serves the stand-ins, also where the real package happens to be installed."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.split(".", 1)[0] not in ABSENT_PACKAGES:
            return None
        return ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _StandInModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing to run: a stand-in has no content."""


def install() -> None:
    """Install the stand-ins; call it before the first import of Rasa. A second call does nothing.

    Raises:
        RuntimeError: Rasa was imported before.

    """
    os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
    os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
    if any(isinstance(finder, _StandInFinder) for finder in sys.meta_path):
        return
    if "rasa.core" in sys.modules:
        raise RuntimeError("nlu.stand_ins.install() must run before Rasa is imported")
    sys.meta_path.insert(0, _StandInFinder())
