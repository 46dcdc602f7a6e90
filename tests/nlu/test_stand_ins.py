from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Iterator

import pytest

from nlu import stand_ins
from nlu.stand_ins import ABSENT_PACKAGES, StandInError
from store.settings import PROJECT


@pytest.fixture(autouse=True)
def _installed() -> Iterator[None]:
    stand_ins.install()
    yield


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.slow
def test_rasa_is_imported_without_the_real_packages() -> None:
    done = python(
        "import sys\n"
        "from nlu import stand_ins\n"
        "stand_ins.install()\n"
        "import rasa.core.agent, rasa.model_training\n"
        "absent = [m for n, m in sys.modules.items()"
        " if n.split('.')[0] in stand_ins.ABSENT_PACKAGES]\n"
        "assert absent and all(type(m).__name__ == '_StandInModule' for m in absent)\n"
        "stand_ins.install()\n"
        "print('imported')\n"
    )
    assert done.stdout.strip() == "imported", done.stderr


def test_installing_after_rasa_is_refused() -> None:
    done = python(
        "import sys, types\n"
        "sys.modules['rasa.core'] = types.ModuleType('rasa.core')\n"
        "from nlu import stand_ins\n"
        "stand_ins.install()\n"
    )
    assert done.returncode != 0
    assert "before Rasa is imported" in done.stderr


def test_installing_twice_adds_one_finder() -> None:
    before = list(sys.meta_path)
    stand_ins.install()
    assert sys.meta_path == before


def test_telemetry_is_off() -> None:
    import os

    assert os.environ["RASA_TELEMETRY_ENABLED"] == "false"


@pytest.mark.parametrize("name", sorted(ABSENT_PACKAGES))
def test_every_absent_package_and_its_parts_can_be_imported(name: str) -> None:
    module = importlib.import_module(f"{name}.some.part")
    assert module.__name__ == f"{name}.some.part"
    assert importlib.import_module(name).__version__ == "0"


def test_other_packages_are_not_served() -> None:
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("tensorflow_that_nobody_needs")


def test_a_stand_in_that_is_called_says_its_name() -> None:
    import tensorflow as tf  # type: ignore[import-untyped]
    from tensorflow.keras.layers import Dense  # type: ignore[import-untyped]

    with pytest.raises(StandInError, match=r"^tensorflow\.keras\.layers\.Dense was called"):
        Dense(3)
    with pytest.raises(StandInError, match=r"tensorflow\.math\.add was called.*without tensorflow"):
        tf.math.add(1, 2)


def test_a_stand_in_can_be_inherited_from_but_not_made() -> None:
    import tensorflow as tf

    class Layer(tf.keras.layers.Layer):  # type: ignore[misc]
        size = 3

    assert Layer.size == 3
    with pytest.raises(StandInError, match="Layer"):
        Layer()


def test_a_stand_in_can_be_one_base_of_several() -> None:
    import tensorflow as tf

    class Mixin:
        pass

    class Both(Mixin, tf.keras.Model):  # type: ignore[misc]
        pass

    assert issubclass(Both, Mixin)


def test_decorators_give_the_function_back() -> None:
    import tensorflow as tf

    @tf.function  # type: ignore[untyped-decorator]
    def plain(x: int) -> int:
        return x + 1

    @tf.function(jit_compile=True)  # type: ignore[untyped-decorator]
    def configured(x: int) -> int:
        return x + 2

    @tf.keras.utils.register_keras_serializable()
    class Kept:
        pass

    assert (plain(1), configured(1)) == (2, 3)
    assert Kept.__name__ == "Kept"


def test_annotations_of_every_kind_are_accepted() -> None:
    import tensorflow as tf

    def function(
        a: tf.Tensor | None, b: tf.data.Dataset[int], c: list[tf.Tensor]
    ) -> tf.Tensor | tf.SparseTensor:
        return a

    assert tf.Tensor | None is not None
    assert None | tf.Tensor is not None
    assert function(1, None, []) == 1


def test_nothing_is_an_instance_of_a_stand_in() -> None:
    import tensorflow as tf

    assert not isinstance(3, tf.Tensor)
    assert not issubclass(int, tf.Tensor)


def test_asking_for_dunder_attributes_is_an_attribute_error() -> None:
    import tensorflow as tf

    assert not hasattr(tf, "__wrapped__")
    assert not hasattr(tf.Tensor, "__wrapped__")
