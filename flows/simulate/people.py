"""The people who answer: administrators and organisations, who react to what the engine makes of the posts.

It is a closed loop: the posts are read by an engine, its events move people to decide, and the engine reads their
decisions in turn, all in record time.
"""

import heapq
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Protocol

import orjson

from flows.simulate.corpus import Answers, chance, draw, pick
from flows.simulate.rhythm import next_working
from flows.simulate.stream import Line
from schemas.decision import Action
from schemas.event import Event, EventKind, Status
from schemas.identity import UNKNOWN_TERRITORY, split_incident_id
from schemas.instant import HOUR, MINUTE, SECOND, Millis, format_instant
from schemas.record import Record, Stream

_REACTION: Millis = MINUTE
"""Nobody reacts faster; so posts can be given to the engine in batches this long without changing anything."""
_HALF_A_SECOND: Millis = SECOND // 2
_TARGET: Millis = 24 * HOUR

_ADMINISTRATORS = 4
_TRIAGE_MEAN: Millis = 40 * MINUTE
_MISTAKEN = 0.08
_REJECTS_DUPLICATE = 0.7
_REJECTS_VAGUE = 0.03
_ASSIGNS_ELSEWHERE = 0.1
_CLOSES = 0.55
_PUNCTUALITY = ((0.82, "early"), (0.12, "late"), (0.06, "never"))


class Engine(Protocol):
    """Whatever turns records into events; its clock goes forward with the records' times."""

    def read(self, records: Sequence[Record]) -> list[Event]:
        """Read posts and decisions in their order, and return what happened."""


@dataclass(slots=True)
class _Case:
    """An incident of the engine, as people know it.

    Attributes:
        truth: how many of its posts belong to which incident of the gold; None stands for no complaint at all.

    """

    id: str
    opened_at: Millis
    theme: str
    status: Status
    organisation: str
    truth: Counter[str | None] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True, order=True)
class _Task:
    """What somebody will do, unless it has become pointless by then."""

    at: Millis
    number: int
    action: Action = field(compare=False)
    case: str = field(compare=False)


class People:
    """Decide about the engine's incidents in the course of the stream.

    Args:
        dice: decides what people do when.
        engine: reads the posts, and the decisions too.
        answers: what people write.
        organisations: ids of those that incidents can be assigned to.
        posts, decisions: names of the inputs that the engine is told its records come from.

    """

    def __init__(
        self,
        dice: Random,
        engine: Engine,
        answers: Answers,
        organisations: Sequence[str],
        *,
        posts: str,
        decisions: str,
    ) -> None:
        self._dice = dice
        self._engine = engine
        self._answers = answers
        self._organisations = sorted(organisations)
        self._sources = {Stream.POSTS: posts, Stream.DECISIONS: decisions}
        self._offsets = {Stream.POSTS: 0, Stream.DECISIONS: 0}
        self._unread: list[Record] = []
        self._read_until: Millis = 0
        self._truth: dict[str, str | None] = {}
        self._cases: dict[str, _Case] = {}
        self._merged_into: dict[str, str] = {}
        # which case an administrator has accepted for an incident of the gold
        self._accepted: dict[str, str] = {}
        self._tasks: list[_Task] = []
        self._tasks_made = 0
        self._reactions: dict[EventKind, Callable[[_Case, Millis], None]] = {
            EventKind.OPENED: self._plan_triage,
            EventKind.ACCEPTED: self._plan_assignment,
            EventKind.ASSIGNED: self._plan_answer,
            EventKind.ANSWERED: self._plan_close,
        }

    def publish(self, line: Line) -> None:
        """Let the engine, and so the people, see a line; a broken one tells them nothing."""
        if line.gold is not None:
            self._truth[line.gold.id] = line.gold.label
        record = self._record(Stream.POSTS, line.time, line.value)
        if not line.is_broken:
            self._unread.append(record)

    def decide(self, until: Millis) -> Iterator[bytes]:
        """Make the decisions that fall due up to an instant, before the post of that instant is published."""
        while True:
            if self._unread and (until - self._unread[0].time >= _REACTION or self._is_due(until)):
                unread, self._unread = self._unread, []
                self._watch(unread)
            if not self._is_due(until):
                return
            task = heapq.heappop(self._tasks)
            decision = self._decision(task)
            if decision is not None:
                value = orjson.dumps(decision)
                self._watch([self._record(Stream.DECISIONS, task.at, value)])
                yield value

    def _is_due(self, until: Millis) -> bool:
        return bool(self._tasks) and self._tasks[0].at <= until

    def _record(self, stream: Stream, time: Millis, value: bytes) -> Record:
        self._offsets[stream] += 1
        return Record(stream, time, self._sources[stream], self._offsets[stream], value)

    # What people see

    def _watch(self, records: list[Record]) -> None:
        events = self._engine.read(records)
        self._read_until = records[-1].time
        for event in events:
            if event.incident_id and event.state is not None:
                self._see(event)

    def _see(self, event: Event) -> None:
        state = event.state
        if state is None:
            return
        case = self._cases.get(event.incident_id)
        if case is None:
            case = _Case(event.incident_id, state.opened_at, state.theme, state.status, state.organisation)
            self._cases[case.id] = case
        case.status, case.organisation = state.status, state.organisation
        if event.kind in (EventKind.OPENED, EventKind.POST_ATTACHED):
            case.truth[self._truth.get(event.post_id)] += 1
        elif event.kind is EventKind.POST_DETACHED:
            case.truth[self._truth.get(event.post_id)] -= 1
        if case.status is Status.MERGED and state.merged_into:
            self._merged_into[case.id] = state.merged_into
        if reaction := self._reactions.get(event.kind):
            reaction(case, event.occurred_at)

    def _survivor(self, case_id: str) -> _Case:
        while case_id in self._merged_into:
            case_id = self._merged_into[case_id]
        return self._cases[case_id]

    def _whole_truth(self, case: _Case) -> Counter[str | None]:
        # what was merged away brought its posts along
        truth = Counter(case.truth)
        for absorbed in self._merged_into:
            if self._survivor(absorbed) is case:
                truth.update(self._cases[absorbed].truth)
        return truth

    # What people mean to do

    def _plan_triage(self, case: _Case, opened: Millis) -> None:
        delay = 2 * MINUTE + int(self._dice.expovariate(1 / _TRIAGE_MEAN))
        self._plan(Action.ACCEPT, case, next_working(next_working(opened) + delay))

    def _plan_assignment(self, case: _Case, accepted: Millis) -> None:
        delay = int((2 + 43 * self._dice.random()) * MINUTE)
        self._plan(Action.ASSIGN, case, next_working(accepted + delay))

    def _plan_answer(self, case: _Case, assigned: Millis) -> None:
        punctuality = draw(self._dice, _PUNCTUALITY)
        if punctuality == "early":
            left = max(HOUR, case.opened_at + _TARGET - HOUR - assigned)
            self._plan(Action.ANSWER, case, next_working(assigned + int(left * self._dice.random() ** 1.5)))
        elif punctuality == "late":
            overdue = int((0.5 + 30 * self._dice.random()) * HOUR)
            self._plan(Action.ANSWER, case, next_working(max(assigned, case.opened_at + _TARGET) + overdue))

    def _plan_close(self, case: _Case, answered: Millis) -> None:
        if chance(self._dice, _CLOSES):
            delay = int((1 + 9 * self._dice.random()) * HOUR)
            self._plan(Action.CLOSE, case, next_working(answered + delay))

    def _plan(self, action: Action, case: _Case, at: Millis) -> None:
        at = max(at, self._read_until + _REACTION)
        # posts are collected at whole seconds: between them no decision ever shares its instant with a post
        at += _HALF_A_SECOND - at % SECOND
        self._tasks_made += 1
        heapq.heappush(self._tasks, _Task(at, self._tasks_made, action, case.id))

    # What they decide when the time has come

    def _decision(self, task: _Task) -> dict[str, Any] | None:
        case = self._survivor(task.case)
        match task.action, case.status:
            case Action.ACCEPT, Status.NEW:
                reason = self._reason_to_reject(case)
                if reason is None:
                    return self._administrator(task, case, Action.ACCEPT)
                return self._administrator(
                    task, case, Action.REJECT, reason=self._answers.reject_reasons[reason]
                )
            case Action.ASSIGN, Status.ACCEPTED:
                return self._administrator(task, case, Action.ASSIGN, organisation=self._organisation(case))
            case Action.ANSWER, Status.ASSIGNED:
                return self._compose(task, case, Action.ANSWER, by=case.organisation, text=self._answer(case))
            case Action.CLOSE, Status.ANSWERED:
                return self._administrator(task, case, Action.CLOSE)
        return None

    def _reason_to_reject(self, case: _Case) -> str | None:
        label, _ = max(self._whole_truth(case).items(), key=lambda counted: (counted[1], str(counted[0])))
        if label is None:
            return None if chance(self._dice, _MISTAKEN) else "news"
        before = self._accepted.get(label)
        if before is not None and self._survivor(before) is not case:
            return "duplicate" if chance(self._dice, _REJECTS_DUPLICATE) else None
        if chance(self._dice, _REJECTS_VAGUE):
            return "vague"
        self._accepted[label] = case.id
        return None

    def _organisation(self, case: _Case) -> str:
        if not case.organisation or chance(self._dice, _ASSIGNS_ELSEWHERE):
            return pick(self._dice, self._organisations)
        return case.organisation

    def _answer(self, case: _Case) -> str:
        special = self._answers.by_theme.get(case.theme, ())
        templates = special if special and chance(self._dice, 0.75) else self._answers.common
        return self._answers.words.fill(self._dice, pick(self._dice, templates), {})

    def _administrator(self, task: _Task, case: _Case, action: Action, **fields: str) -> dict[str, Any]:
        book = split_incident_id(case.id).book
        office = "duty" if book.startswith(UNKNOWN_TERRITORY) else book.rsplit("-", 1)[-1].lower()
        number = 1 + int(self._dice.random() * _ADMINISTRATORS)
        return self._compose(task, case, action, by=f"admin-{office}-{number}", **fields)

    @staticmethod
    def _compose(task: _Task, case: _Case, action: Action, **fields: str) -> dict[str, Any]:
        return {
            "id": f"decision-{task.number:06d}",
            "at": format_instant(task.at),
            "action": action.value,
            "incident_id": case.id,
            **fields,
        }
