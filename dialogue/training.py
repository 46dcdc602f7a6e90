"""Training: a model that fits the training data, made where none is there."""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

from dialogue.errors import ModelError
from store.settings import PROJECT

log = logging.getLogger(__name__)

CONFIG = PROJECT / "config.yml"
DOMAIN = PROJECT / "domain.yml"
NLU = PROJECT / "nlu"
KEEP_MODELS = 3


def training_files() -> Iterator[Path]:
    """Everything that a model depends on: data, rules, configuration and our own components."""
    yield CONFIG
    yield DOMAIN
    yield from sorted(p for p in NLU.rglob("*") if p.suffix in (".yml", ".py"))
    yield from sorted((PROJECT / "knowledge" / "text").glob("*.py"))
    yield PROJECT / "knowledge" / "tu_vung" / "viet_tat.yml"


def fingerprint() -> str:
    """The checksum of all training files; a model carries it in its name."""
    digest = hashlib.sha256()
    for path in training_files():
        digest.update(path.relative_to(PROJECT).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def fitting_model(models: Path) -> Path | None:
    """The model trained from the current files, if there is one."""
    model = models / f"motcua-{fingerprint()}.tar.gz"
    return model if model.is_file() else None


def train(models: Path) -> Path:
    """Train a model from nothing; the process must have live knowledge installed.

    Raises:
        ModelError: Rasa could not train.

    """
    from nlu import stand_ins

    stand_ins.install()
    from rasa.model_training import train as rasa_train

    models.mkdir(parents=True, exist_ok=True)
    name = f"motcua-{fingerprint()}"
    before = os.getcwd()
    journal = models / "training.log"
    with tempfile.TemporaryDirectory(dir=models) as scratch, journal.open("w") as out:
        try:
            os.chdir(scratch)  # Rasa keeps a cache below the current folder
            with redirect_stdout(out), redirect_stderr(out):  # it prints bars and colours
                result = rasa_train(
                    domain=str(DOMAIN),
                    config=str(CONFIG),
                    training_files=[str(NLU / "data"), str(NLU / "rules.yml")],
                    output=scratch,
                    fixed_model_name=name,
                )
        except Exception as error:
            raise ModelError(f"Không huấn luyện được mô hình ({error}): xem {journal}.") from error
        finally:
            os.chdir(before)
        if result.code != 0 or result.model is None:
            raise ModelError(f"Không huấn luyện được mô hình: xem {journal}.")
        target = models / f"{name}.tar.gz"
        shutil.move(result.model, target)
    _drop_old(models)
    return target


def _drop_old(models: Path) -> None:
    found = sorted(models.glob("motcua-*.tar.gz"), key=lambda p: p.stat().st_mtime, reverse=True)
    for path in found[KEEP_MODELS:]:
        path.unlink(missing_ok=True)
