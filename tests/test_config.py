"""Settings come from arguments, environment and defaults, in that order."""

from __future__ import annotations

import pytest

from anshan_kg.config import SETTINGS, Config
from anshan_kg.errors import ParameterError


def test_defaults_are_those_of_the_table():
    config = Config.from_environment({})
    assert config == Config()
    assert {setting.name: setting.default for setting in SETTINGS} == {
        setting.name: getattr(config, setting.name) for setting in SETTINGS
    }


def test_arguments_win_over_the_environment_and_the_environment_over_defaults():
    config = Config.from_environment(
        {"ANSHAN_KG_PORT": "9000", "ANSHAN_KG_LANG": "zh", "ANSHAN_KG_ROOT": ""}, lang="en"
    )
    assert (config.port, config.lang, config.root) == (9000, "en", None)


def test_a_value_of_the_wrong_type_is_named_with_its_variable():
    with pytest.raises(ParameterError, match="ANSHAN_KG_WORKERS is 'two', but has to be of type int"):
        Config.from_environment({"ANSHAN_KG_WORKERS": "two"})


def test_an_unknown_setting_names_those_there_are():
    with pytest.raises(ParameterError, match="no setting is called colour; there are: root, store"):
        Config.from_environment({}, colour="red")
