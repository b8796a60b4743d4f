"""Keyword matching: one pass over the text for all rules, then cheap checks of the few candidates."""

from operators.match.explanation import Explanation, NearMiss
from operators.match.matcher import About, AboutPosts, Matcher, nothing_known
from schemas.phrase import normalise

__all__ = ["About", "AboutPosts", "Explanation", "Matcher", "NearMiss", "normalise", "nothing_known"]
