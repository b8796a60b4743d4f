"""Gaps: what can stand between two tokens, as bits; nothing at all is 0."""

SPACE, DOT, COMMA, HYPHEN, SLASH, NUMBER_SIGN, QUOTE, BREAK, COLON, BRACKET, MEASURE = (
    1 << bit for bit in range(11)
)

CHARACTERS = {
    SPACE: " \t\u00a0\u2009\u202f\u200b",
    DOT: ".",
    COMMA: ",",
    HYPHEN: "-\u2010\u2011\u2012\u2013\u2014\u2212",
    SLASH: "/\\|",
    NUMBER_SIGN: "№",
    QUOTE: "\"'`«»“”„‘’",
    COLON: ":",
    BRACKET: "()[]",
    MEASURE: "%°₽$€",
}
"""What is not here is a ``BREAK``: the end of a line or sentence, an emoji."""
