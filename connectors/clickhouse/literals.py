"""Values inside a query, where parameters cannot carry thousands of them."""


def quoted(text: str) -> str:
    """Return text as a literal of ClickHouse's SQL."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def quoted_tuple(texts: tuple[str, ...]) -> str:
    """Return texts as a literal tuple; a single one stays alone, as ``(key) IN (…)`` reads it."""
    return f"({', '.join(map(quoted, texts))})"
