"""Which policy applies."""

import pytest

from schemas.instant import HOUR
from schemas.policy import Policies, Policy


def policy(name: str, **fields: object) -> Policy:
    return Policy.model_validate({"id": name, "response": {"duration": "24h"}, **fields})


GENERAL = policy("general")
GENERAL_LATER = policy("general-later", valid_from="2026-01-01T00:00:00Z")
HEATING = policy("heating", themes=["heating"])
LATER = GENERAL_LATER.valid_from or 0


def test_a_policy_that_names_the_theme_goes_first() -> None:
    assert Policies([GENERAL, HEATING]).for_theme("heating", LATER) is HEATING
    assert Policies([GENERAL, HEATING]).for_theme("water", LATER) is GENERAL
    assert Policies([HEATING, GENERAL_LATER, GENERAL]).for_theme("heating", LATER) is HEATING


def test_the_newest_policy_in_force_applies() -> None:
    policies = Policies([GENERAL, GENERAL_LATER])
    assert policies.for_theme("water", LATER - 1) is GENERAL
    assert policies.for_theme("water", LATER) is GENERAL_LATER


def test_no_policy_in_force_is_an_error() -> None:
    with pytest.raises(LookupError, match="water"):
        Policies([HEATING]).for_theme("water", LATER)


def test_a_policy_knows_its_target_and_version() -> None:
    assert GENERAL.response.duration == 24 * HOUR
    assert GENERAL.response.warn_at == 0.8
    assert len(GENERAL.version) == 16
    assert GENERAL.version == policy("general").version != HEATING.version
