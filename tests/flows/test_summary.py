"""Summaries: what several processes did together."""

from flows.progress import Summary, combined


def a_summary(**changes: object) -> Summary:
    figures = dict.fromkeys(Summary._fields, 1) | {"record_time": "—", "unlisted_territories": {}}
    return Summary(**figures | changes)


def test_processes_are_added_up() -> None:
    reader = a_summary(posts_read=900, record_time="2026-03-02T12:00:00Z", unlisted_territories={"X": 2})
    helper = a_summary(posts_read=100, seconds=9.0, unlisted_territories={"X": 1, "Y": 1})
    both = combined([reader, helper], seconds=4.0)
    assert (both.posts_read, both.events, both.peak_memory_mb) == (1000, 2, 2)
    assert (both.seconds, both.posts_per_second) == (4.0, 250)
    assert both.record_time == "2026-03-02T12:00:00Z"
    assert both.unlisted_territories == {"X": 3, "Y": 1}


def test_none_at_all_did_nothing() -> None:
    nothing = combined([], seconds=1.0)
    assert (nothing.posts_read, nothing.record_time) == (0, "—")
    assert nothing.as_text().startswith("nothing new")
