"""Which queries a reader may ask: the engine's rights keep tables and sources, this keeps the rest.

An embedded engine trusts whoever opened it: its function ``file`` reads any file, ``INTO OUTFILE`` writes one, several
statements may stand in one text, ``system`` shows the machine. So a reader's text is first parsed by the engine itself,
which gives it back in its canonical form: one statement, no comments, names without escapes. What stands in that form
is looked through word by word.
"""

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from connectors.clickhouse.http.refusal import Code, Refusal, refusal_of

_TOKENS = re.compile(r"'(?:\\.|[^'\\])*'|`((?:\\.|[^`\\])*)`|\"((?:\\.|[^\"\\])*)\"|(\w+)|\S", re.DOTALL)

_STATEMENTS = frozenset(("SELECT", "WITH", "DESCRIBE", "DESC", "EXISTS", "EXPLAIN"))
_SHOWN = frozenset(("TABLES", "DATABASES", "CREATE", "COLUMNS", "FULL", "EXTENDED", "INDEX", "INDEXES"))

_SYSTEM = "system"
_SYSTEM_TABLES = frozenset(
    (
        "settings",
        "databases",
        "tables",
        "columns",
        "functions",
        "formats",
        "data_type_families",
        "keywords",
        "one",
        "numbers",
        "numbers_mt",
        "time_zones",
        "contributors",
        "table_engines",
        "collations",
        "build_options",
        "licenses",
    )
)
"""What of the engine a reader may see: what tools ask for, and nothing of the machine or of other people's queries."""

_TABLE_FUNCTIONS = frozenset(
    (
        "values",
        "sqlstandardvalues",
        "numbers",
        "numbers_mt",
        "zeros",
        "zeros_mt",
        "primes",
        "generateseries",
        "generate_series",
        "generaterandom",
        "view",
        "null",
        "format",
    )
)
"""Table functions that read nothing but their arguments."""

_FUNCTIONS = frozenset(
    (
        *(
            "file",
            "hostname",
            "fqdn",
            "fullhostname",
            "filesystemavailable",
            "filesystemcapacity",
            "filesystemunreserved",
        ),
        *(
            "getmacro",
            "getserverport",
            "tcpport",
            "getserversetting",
            "serveruuid",
            "getoskernelversion",
            "displayname",
        ),
        *("getclienthttpheader", "currentrequesturl", "globalvariable", "reversednsquery", "showcertificate"),
        *(
            "sleep",
            "sleepeachrow",
            "logtrace",
            "buildid",
            "uptime",
            "zookeepersessionuptime",
            "catboostevaluate",
        ),
        *("joinget", "joingetornull"),
    )
)
"""Functions that reach out of the store, tell about the machine, or only keep it busy."""

_ASKS_FOR_SETTINGS = re.compile(r"SELECT [\w, ]+ FROM system\.settings(?: LIMIT \d+)?(?: FORMAT \w+)?")


class Screen:
    """Looks through what readers ask."""

    def __init__(self, connection: Any) -> None:
        """Learn from the engine which functions it has that a reader must not call."""
        names = connection.query(
            "SELECT name FROM system.table_functions UNION ALL SELECT name FROM system.functions "
            "WHERE categories LIKE '%AI%' OR categories LIKE '%Introspection%'",
            "TabSeparatedRaw",
        )
        known = {name.lower() for name in names.bytes().decode().splitlines()}
        self._forbidden = (known - _TABLE_FUNCTIONS) | _FUNCTIONS

    def canonical(self, connection: Any, query: str, parameters: Mapping[str, str]) -> str:
        """Return a query in the engine's own words, after it was looked through with its parameters.

        Raises:
            Refusal: it is no single statement that only reads, or reaches for what is not a reader's.

        """
        try:
            formatted = connection.query(
                "SELECT formatQuerySingleLine({query:String})",
                "TabSeparatedRaw",
                params={"query": _escaped(query)},
            )
        except RuntimeError as fault:
            raise _as_of_the_query(refusal_of(fault)) from None
        text: str = formatted.bytes().decode("utf-8", errors="surrogateescape").rstrip("\n")
        self._look_through(text, parameters)
        return text

    def _look_through(self, text: str, parameters: Mapping[str, str]) -> None:
        tokens = [_Token(found) for found in _TOKENS.finditer(text)]
        words = [token.keyword for token in tokens]
        first = next((word for word in words if word != "("), "")
        second = words[1] if len(words) > 1 else ""
        if first not in _STATEMENTS and not (first == "SHOW" and second in _SHOWN):
            raise Refusal(
                Code.READONLY,
                f"Cannot execute query in readonly mode: {first} is not for readers. (READONLY)",
            )
        if any(pair == ("INTO", "OUTFILE") for pair in pairwise(words)):
            raise _denied("INTO OUTFILE")
        if "IDENTIFIER" in words and any(_SYSTEM in value.lower() for value in parameters.values()):
            # such a parameter is a name, put in after the query is read
            raise _denied(f"a parameter that names {_SYSTEM}")
        applies = "APPLY" in words
        for token, following in zip(tokens, [*tokens[1:], None], strict=True):
            name = token.name.lower()
            is_called = applies or (following is not None and following.keyword == "(")
            if is_called and name in self._forbidden:
                raise _denied(f"the function {token.name}")
        for start in range(len(tokens) - 2):
            schema, dot, table = tokens[start : start + 3]
            if dot.keyword == "." and schema.name.lower() == _SYSTEM and table.name not in _SYSTEM_TABLES:
                raise _denied(f"the table system.{table.name}")


def asks_for_settings(canonical: str) -> bool:
    """Whether a query is the one by which clients learn which settings they may send, and can do nothing else."""
    return _ASKS_FOR_SETTINGS.fullmatch(canonical) is not None


class _Token:
    """A word, a quoted name, a literal or a sign.

    Attributes:
        keyword: it in capitals, if it can be a word of the language; else empty.
        name: it as the name of something, or empty.

    """

    def __init__(self, found: re.Match[str]) -> None:
        quoted = found[1] if found[1] is not None else found[2]
        self.keyword = found[0].upper() if quoted is None and not found[0].startswith("'") else ""
        self.name = quoted or found[3] or ""


def _denied(what: str) -> Refusal:
    return Refusal(
        Code.ACCESS_DENIED, f"Not enough privileges: {what} is not for readers of this store. (ACCESS_DENIED)"
    )


def _as_of_the_query(refusal: Refusal) -> Refusal:
    """Leave out the query around a reader's own, which the engine quotes at the end of its message."""
    return Refusal(
        refusal.code,
        re.sub(
            r":? In scope SELECT formatQuerySingleLine\(.*", " (SYNTAX_ERROR)", str(refusal), flags=re.DOTALL
        ),
    )


def _escaped(text: str) -> str:
    """Write a text as the value of a query parameter."""
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\0", "\\0")
