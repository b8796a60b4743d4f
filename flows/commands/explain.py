"""``otklik explain``: how a post came into its incident, or what an incident was made of, in words."""

import argparse
import sys
from collections.abc import Iterator

import orjson

from connectors.clickhouse.client import DEFAULT_DSN
from connectors.clickhouse.history import open_history
from flows.explaining.evidence import ComparedPlace, Decided, Evidence
from flows.explaining.explanation import Explanation, RunnerUp, Step, explain
from schemas.event import EventKind

_LONGEST_TEXT = 300
_DESCRIPTION = """\
Shows how a post came into its incident: the similarity that decided, the words and places that it shares with the posts
that were there, the incident that came second and why it was not that one; likewise every merge, split and suggestion.
Scores, who decided, and which words and places decided are from the log. Where it does not say the latter, and for what
came second, words and places are found in the newest texts of these posts.
"""


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "explain",
        help="say why a post is in its incident, or why incidents became one",
        description=_DESCRIPTION,
    )
    parser.add_argument("post", metavar="POST", help="id of a post or of an incident")
    parser.add_argument("--store", default=DEFAULT_DSN, metavar="DSN", help="default: %(default)s")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the explanation.

    Raises:
        OtklikError: the store cannot be read, or has no such post or incident.

    """
    with open_history(arguments.store) as history:
        explanation = explain(history, arguments.post)
    if arguments.json:
        sys.stdout.write(orjson.dumps(explanation).decode() + "\n")
    else:
        sys.stdout.write("\n".join(_told(explanation)) + "\n")
    return 0


def _told(explanation: Explanation) -> Iterator[str]:
    """Yield lines for people."""
    if explanation.text:
        text = " ".join(explanation.text.split())
        cut = text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}…"
        yield f"Post {explanation.id}: «{cut}»"
        yield f"is {_standing(explanation)}." if explanation.incident_id else "is in no incident any more."
    else:
        yield f"Incident {explanation.id} is {explanation.status}, with {_counted(explanation.posts, 'post')}."
    for step in explanation.steps:
        yield ""
        yield f"{step.at}  {_happening(step)}"
        if step.reason:
            yield f"    because «{step.reason}»"
        if step.decided is not None:
            yield f"    {_deciding(step.decided)}"
        if step.evidence is not None:
            yield from _evidence(step.evidence)
        if step.runner_up is not None:
            yield from _second(step, step.runner_up)


def _standing(explanation: Explanation) -> str:
    posts = _counted(explanation.posts, "post")
    return f"in the incident {explanation.incident_id}, which is {explanation.status} and has {posts}"


def _happening(step: Step) -> str:
    """Say in one sentence what happened."""
    by = f"by {step.by}" if step.by else "by the algorithm"
    score = "" if step.score is None else f", score {step.score:.2f}"
    moved = _counted(step.moved, "post")
    match step.kind:
        case EventKind.OPENED if step.other:
            return f"{step.post_id} was split off {by}: it opened {step.incident_id}, out of {step.other}"
        case EventKind.OPENED:
            return f"{step.post_id} opened {step.incident_id}: no open incident was similar enough"
        case EventKind.POST_ATTACHED if step.other:
            return f"{step.post_id} was split off {by}: it went to {step.incident_id}, out of {step.other}"
        case EventKind.POST_ATTACHED:
            return f"{step.post_id} joined {step.incident_id}{score}"
        case EventKind.POST_EDITED:
            return f"{step.post_id} was edited, and stayed in {step.incident_id}"
        case EventKind.POST_DETACHED:
            return f"{step.post_id} left {step.incident_id}: {step.why}"
        case EventKind.MERGED if step.moved:
            return f"{step.incident_id} absorbed {step.other} with {moved}, {by}{score}"
        case EventKind.MERGED:
            return f"{step.incident_id} was absorbed by {step.other}, {by}{score}"
        case EventKind.RECLASSIFIED:
            return f"{step.incident_id} was reclassified from {step.theme_before} to {step.theme}, {by}"
        case _:
            return f"it was suggested to merge {step.incident_id} with {step.other}{score}"


def _deciding(decided: Decided) -> str:
    words = f"the words {', '.join(decided.words)}" if decided.words else ""
    places = ", ".join(
        f"{place.kind} «{place.named}»" if place.named else place.kind for place in decided.places
    )
    same = f"the same {places}" if places else ""
    return f"decided by {' and '.join(filter(None, (words, same)))}"


def _evidence(evidence: Evidence) -> Iterator[str]:
    words = ", ".join(f"{word.word} (in {word.texts:,})" for word in evidence.words) or "none but common ones"
    yield f"    words shared with the {_counted(evidence.texts, 'post')} there: {words}"
    for place in evidence.places:
        yield f"    {_place(place)}"


def _place(place: ComparedPlace) -> str:
    if place.agrees is None:
        return f"{place.kind} «{place.named}»: the others name none"
    if place.agrees:
        return f"{place.kind} «{place.named}»: the same"
    return f"{place.kind} «{place.named}»: differs, there it is «{place.others}»"


def _second(step: Step, runner_up: RunnerUp) -> Iterator[str]:
    nearest = "nearest was" if step.kind == EventKind.OPENED else "next came"
    lower = "" if step.score is None or step.kind == EventKind.OPENED else f", below {step.score:.2f}"
    yield f"    {nearest} {runner_up.incident_id}, score {runner_up.score:.2f}{lower}:"
    yield from (f"    {line}" for line in _evidence(runner_up.evidence))


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
