"""Made-up casework: events of a book that are consistent with each other, without the flow that really makes them."""

from random import Random
from typing import Any

from msgspec.structs import replace

from schemas.event import Event, EventKind, IncidentState, Status
from schemas.identity import event_id, incident_id, reply_id
from schemas.instant import HOUR, MINUTE, Millis
from schemas.post import Location, Match, PlacedPost, Post

START: Millis = 1_772_409_600_123


def a_post(post_id: str = "vk:wall-1_1", **changes: Any) -> Post:
    post = Post(
        id=post_id,
        network="vk",
        text="Яма на улице Ленина, 12 \\ 'третью' неделю\n\t😡",
        published_at=START - MINUTE,
        registered_at=START,
        author="0f" * 16,
        url=f"https://vk.example/{post_id}",
        territory="RU-KRS-KURSK",
        location=Location(51.730361, 36.192647000000001),
        in_reply_to="",
        lang="ru",
        edited_at=None,
        deleted=False,
        metrics={"likes": 0, "views": 2**53 + 1},
        source="posts.jsonl",
        offset=7,
    )
    return replace(post, **changes)


def a_match(**changes: Any) -> Match:
    return Match(
        theme="roads",
        kind="complaint",
        themes=("roads", "pavements"),
        rules=("roads-1", "pavements-2"),
        words=(("roads-1", 0, 3), ("pavements-2", 7, 12)),
        rules_version="00ff00ff00ff00ff",
    )._replace(**changes)


def a_placed_post(post: Post, match: Match | None = None, book: str = "RU-KRS-KURSK") -> PlacedPost:
    return PlacedPost(
        post=post,
        author_key="deadbeef",
        match=match,
        territory=book,
        book=book,
        organisation="city",
        reported_territory="",
    )


class MadeUpBook:
    """A book in which random but lawful things happen, the same for the same seed."""

    def __init__(self, book: str, seed: int) -> None:
        self.book = book
        self._dice = Random(f"{book}/{seed}")
        self._now = START
        self._count = 0
        self._states: dict[str, IncidentState] = {}
        self._seqs: dict[str, int] = {}
        self._members: dict[str, list[str]] = {}

    def happen(self, times: int) -> list[Event]:
        """Let so many things happen."""
        events: list[Event] = []
        for _ in range(times):
            self._now += self._dice.randrange(1, 10 * MINUTE)
            things = (self._open, self._open, self._attach, self._attach, self._attach, self._edit)
            rarer = (self._delete, self._merge, self._answer, self._move, self._split, self._refuse)
            events += self._dice.choice(things + rarer)()
        return events

    def _living(self) -> list[str]:
        return sorted(incident for incident, members in self._members.items() if members)

    def _new_post(self) -> Post:
        self._count += 1
        dice = self._dice
        return a_post(
            f"vk:{self.book}_{self._count}",
            text=f"Жалоба {self._count}",
            registered_at=self._now,
            location=Location(dice.uniform(-90, 90), dice.uniform(-180, 180))
            if dice.random() < 0.5
            else None,
            metrics=dice.choice((None, {}, {"views": dice.randrange(2**63)})),
        )

    def _open(self) -> list[Event]:
        post = self._new_post()
        incident = incident_id(self.book, "roads", post.id, post.registered_at)
        self._states[incident] = IncidentState(
            territory=self.book,
            theme="roads",
            post_kind="complaint",
            status=Status.NEW,
            dormant=False,
            posts=1,
            first_post_id=post.id,
            opened_at=self._now,
            last_post_at=self._now,
            due_at=self._now + 24 * HOUR,
            warned_at=None,
            breached_at=None,
            answered_at=None,
            closed_at=None,
            organisation="city",
            merged_into="",
            policy_version="p1",
        )
        self._members[incident] = [post.id]
        return [self._event(incident, EventKind.OPENED, post, {"score": 0.0, "runner_up": 0.0})]

    def _attach(self) -> list[Event]:
        if not (living := self._living()):
            return self._open()
        incident, post = self._dice.choice(living), self._new_post()
        return [self._join(incident, post)]

    def _join(self, incident: str, post: Post) -> Event:
        self._members[incident].append(post.id)
        state = self._states[incident]
        self._states[incident] = replace(state, posts=state.posts + 1, last_post_at=self._now)
        return self._event(incident, EventKind.POST_ATTACHED, post, {"score": 0.7, "runner_up": 0.1})

    def _edit(self) -> list[Event]:
        if not (living := self._living()):
            return self._open()
        incident = self._dice.choice(living)
        post = a_post(self._dice.choice(self._members[incident]), edited_at=self._now, text="Исправлено")
        return [self._event(incident, EventKind.POST_EDITED, post, {})]

    def _delete(self) -> list[Event]:
        if not (living := self._living()):
            return self._open()
        incident = self._dice.choice(living)
        post = a_post(self._dice.choice(self._members[incident]), deleted=True, text="", edited_at=self._now)
        return [self._leave(incident, post, "deleted"), *self._close_if_empty(incident)]

    def _leave(self, incident: str, post: Post, why: str) -> Event:
        members = self._members[incident]
        members.remove(post.id)
        self._states[incident] = replace(
            self._states[incident], posts=len(members), first_post_id=members[0] if members else ""
        )
        return self._event(
            incident,
            EventKind.POST_DETACHED,
            post,
            {"why": why},
            matched=False,
            with_content=why == "deleted",
        )

    def _close_if_empty(self, incident: str) -> list[Event]:
        if self._members[incident]:
            return []
        state = self._states[incident]
        self._states[incident] = replace(state, status=Status.CLOSED, due_at=None, closed_at=self._now)
        return [self._event(incident, EventKind.CLOSED, None, {})]

    def _move(self) -> list[Event]:
        if len(living := self._living()) < 2:
            return self._open()
        old, new = self._dice.sample(living, 2)
        post = a_post(self._dice.choice(self._members[old]), edited_at=self._now, text="Другой дом")
        return [self._leave(old, post, "moved"), *self._close_if_empty(old), self._join(new, post)]

    def _merge(self) -> list[Event]:
        if len(living := self._living()) < 2:
            return self._open()
        survivor, loser = self._dice.sample(living, 2)
        posts, self._members[loser] = self._members[loser], []
        self._members[survivor] += posts
        self._states[loser] = replace(
            self._states[loser],
            status=Status.MERGED,
            posts=0,
            first_post_id="",
            due_at=None,
            merged_into=survivor,
        )
        state = self._states[survivor]
        self._states[survivor] = replace(state, posts=state.posts + len(posts))
        return [
            self._event(loser, EventKind.MERGED, None, {"into": survivor}),
            self._event(survivor, EventKind.MERGED, None, {"absorbed": [loser], "post_ids": posts}),
        ]

    def _split(self) -> list[Event]:
        if not (living := [one for one in self._living() if len(self._members[one]) > 1]):
            return self._open()
        whole = self._dice.choice(living)
        post = a_post(self._dice.choice(self._members[whole]))
        left = self._leave(whole, post, "split")
        part = incident_id(self.book, "roads", f"split of {post.id}", self._now)
        self._states[part] = replace(self._states[whole], posts=1, first_post_id=post.id, opened_at=self._now)
        self._members[part] = [post.id]
        details = {"split_from": whole}
        return [left, self._event(part, EventKind.OPENED, post, details, by="anna", with_content=False)]

    def _answer(self) -> list[Event]:
        if not (living := self._living()):
            return self._open()
        incident = self._dice.choice(living)
        self._states[incident] = replace(
            self._states[incident], status=Status.ANSWERED, due_at=None, answered_at=self._now
        )
        decision = f"d{self._count}-{self._now}"
        events = [self._event(incident, EventKind.ANSWERED, None, {"text": "Сделано"}, by="city")]
        for post_id in self._members[incident]:
            details = {
                "reply_id": reply_id(incident, post_id, decision),
                "decision_id": decision,
                "network": "vk",
                "text": "Сделано",
                "organisation": "city",
            }
            event = self._event(incident, EventKind.REPLY_REQUESTED, None, details)
            events.append(replace(event, post_id=post_id))
        return events

    def _refuse(self) -> list[Event]:
        cause = f"refused-{self._now}"
        return [
            Event(
                event_id=event_id(self.book, EventKind.DECISION_REFUSED, cause),
                incident_id="",
                book=self.book,
                territory=self.book,
                theme="roads",
                kind=EventKind.DECISION_REFUSED,
                seq=0,
                occurred_at=self._now,
                cause=cause,
                by="admin",
                reason="no such incident",
                post=None,
                post_id="",
                post_registered_at=None,
                details={"decision_id": cause, "action": "accept", "incident_id": "x"},
                state=None,
            )
        ]

    def _event(
        self,
        incident: str,
        kind: EventKind,
        post: Post | None,
        details: dict[str, Any],
        *,
        by: str = "",
        matched: bool = True,
        with_content: bool = True,
    ) -> Event:
        self._seqs[incident] = seq = self._seqs.get(incident, 0) + 1
        state = self._states[incident]
        placed = None
        if post is not None and with_content:
            placed = a_placed_post(post, a_match() if matched else None, self.book)
        return Event(
            event_id=event_id(incident, kind, f"{seq}"),
            incident_id=incident,
            book=self.book,
            territory=state.territory,
            theme=state.theme,
            kind=kind,
            seq=seq,
            occurred_at=self._now,
            cause="" if post is None else post.id,
            by=by,
            reason="",
            post=placed,
            post_id="" if post is None else post.id,
            post_registered_at=None if post is None else START,
            details=details,
            state=state,
        )
