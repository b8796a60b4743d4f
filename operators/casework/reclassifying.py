"""Reclassifying: a person says that an incident is about another theme than its rules said."""

from operators.casework import sla
from operators.casework.incident import Incident
from operators.casework.lifecycle import cause_of
from operators.casework.log import Log
from schemas.configuration import Configuration
from schemas.decision import Action, Decision
from schemas.event import EventKind, Status


class Reclassification:
    """Gives incidents another theme, and what follows from a theme.

    The id of an incident keeps the theme that it was founded with, and its posts keep what rules said of them. Nothing
    joins it any more: posts of the old theme are about something else, and its words are in no cluster of the new one,
    whose posts found an incident of their own, which a person can merge.

    Args:
        configuration: themes, policies and organisations.

    """

    def __init__(self, configuration: Configuration) -> None:
        self._themes = frozenset(theme.id for theme in configuration.themes)
        self._policies = configuration.policies
        self._organisations = configuration.organisations

    def refusal(self, incident: Incident, decision: Decision) -> str:
        """Say why an incident cannot have the theme that somebody decided on, or nothing where it can."""
        if decision.action is not Action.RECLASSIFY:
            return ""
        if decision.theme not in self._themes:
            return f"theme {decision.theme!r} is not in the configuration that this run began with"
        if decision.theme == incident.theme:
            return f"the incident is about {incident.theme} already"
        return ""

    def carry_out(self, incident: Incident, decision: Decision, log: Log) -> None:
        """Give an incident the theme that somebody decided on; the book has to take it out of the grouping.

        An organisation that a person named stays, else the new theme's takes over. Of the policies of both themes the
        stricter one counts, so no promise to the posts is lost; what has run out by it already is breached as of then.
        """
        at, cause, before = decision.at, cause_of(decision, incident), incident.theme
        due_before = incident.due_at
        incident.theme = decision.theme
        incident.dormant = incident.corrected = True
        if incident.status in (Status.NEW, Status.ACCEPTED):
            incident.organisation = self._organisations.responsible(incident.theme, incident.territory)
        policy = self._policies.for_theme(incident.theme, at)
        if policy.response.duration < incident.response_target:
            incident.policy_version = policy.version
            incident.response_target, incident.warning_after = (
                policy.response.duration,
                policy.response.warning_after,
            )
        details = {"theme_before": before}
        if decision.incident_id != incident.id:
            details["decided_on"] = decision.incident_id
        log.write(
            EventKind.RECLASSIFIED,
            incident,
            at,
            cause=cause,
            by=decision.by,
            reason=decision.reason,
            details=details,
        )
        sla.moved(incident, due_before, at, log, cause=cause)
