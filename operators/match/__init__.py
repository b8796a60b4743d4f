"""Keyword matching: one pass over the text for all rules, then cheap checks of the few candidates."""

from operators.match.compilation import CompiledRules, compile_rules
from operators.match.explanation import Explanation, NearMiss
from operators.match.matcher import About, AboutPosts, Matcher, nothing_known
from schemas.phrase import normalise

__all__ = [
    "About",
    "AboutPosts",
    "CompiledRules",
    "Explanation",
    "Matcher",
    "NearMiss",
    "compile_rules",
    "normalise",
    "nothing_known",
]
