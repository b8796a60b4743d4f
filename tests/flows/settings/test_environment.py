"""The pseudonym key comes from the environment."""

import pytest

from flows.settings import PSEUDONYM_KEY_VARIABLE, pseudonymiser_from_environment
from schemas.errors import OtklikError


def test_the_key_is_taken_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PSEUDONYM_KEY_VARIABLE, "new-secret-key,old-secret-key")
    assert len(pseudonymiser_from_environment().key_ids) == 2


@pytest.mark.parametrize("environment", [{}, {PSEUDONYM_KEY_VARIABLE: "  "}])
def test_a_missing_key_says_what_to_set(environment: dict[str, str]) -> None:
    with pytest.raises(OtklikError, match=f"{PSEUDONYM_KEY_VARIABLE} is not set"):
        pseudonymiser_from_environment(environment)


def test_a_bad_key_is_named_by_its_variable_and_not_shown() -> None:
    with pytest.raises(OtklikError, match=f"{PSEUDONYM_KEY_VARIABLE}: key 2 of 2 is blank") as refused:
        pseudonymiser_from_environment({PSEUDONYM_KEY_VARIABLE: "very-secret-key,"})
    assert "very-secret" not in str(refused.value)
