"""Secrets come from the environment, and from nowhere else."""

import os
from collections.abc import Mapping

from operators.pseudonym import Pseudonymiser
from schemas.errors import OtklikError

PSEUDONYM_KEY_VARIABLE = "OTKLIK_PSEUDONYM_KEY"


def pseudonymiser_from_environment(environment: Mapping[str, str] | None = None) -> Pseudonymiser:
    """Make the pseudonymiser from the keys in ``OTKLIK_PSEUDONYM_KEY``.

    Raises:
        OtklikError: the variable is not set, or holds something that is not a list of keys.

    """
    keys = (os.environ if environment is None else environment).get(PSEUDONYM_KEY_VARIABLE, "")
    if not keys.strip():
        raise OtklikError(
            f"{PSEUDONYM_KEY_VARIABLE} is not set: authors are stored under pseudonyms made with this secret; "
            f"set it to a long random text, for example: export {PSEUDONYM_KEY_VARIABLE}=$(openssl rand -hex 32)"
        )
    try:
        return Pseudonymiser(keys)
    except OtklikError as fault:
        raise OtklikError(f"{PSEUDONYM_KEY_VARIABLE}: {fault}") from None
