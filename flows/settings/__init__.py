"""Settings of a deployment: its configuration folder, and the secrets in its environment."""

from flows.settings.environment import PSEUDONYM_KEY_VARIABLE, pseudonymiser_from_environment
from flows.settings.faults import ConfigurationError, Fault
from flows.settings.loader import load_configuration

__all__ = [
    "PSEUDONYM_KEY_VARIABLE",
    "ConfigurationError",
    "Fault",
    "load_configuration",
    "pseudonymiser_from_environment",
]
