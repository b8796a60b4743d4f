"""Keyword matching: one pass over the text for all rules, then cheap checks of the few candidates."""

from operators.match.matcher import About, Matcher
from schemas.phrase import normalise

__all__ = ["About", "Matcher", "normalise"]
