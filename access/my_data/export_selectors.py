"""Everything held about one person, for themselves, as JSON."""

from datetime import datetime
from typing import Any

from access.my_data.selectors import Use, uses_of
from consent import vault
from consent.domain.events import to_json
from consent.models import ConsentEvent, Decider, FormVersion, Membership, Participant
from consent.selectors.answering import unsigned_of
from consent.selectors.ledger import event_of, rows_of
from consent.selectors.participants import deciding_for
from governance.models import User


def everything_about(person: User, now: datetime) -> dict[str, Any]:
    """The account, and for each programme: who the person is there, every event, what stands, datasets and projects.

    Ids under which data hosts know a member stay out: they are pseudonyms that no two places may share.
    """
    return {
        "made_at": now.isoformat(),
        "account": {
            "user_name": person.username,
            "name": person.name,
            "email": person.email,
            "language": person.language,
            "subject": person.subject,
            "joined_at": person.date_joined.isoformat(),
        },
        "programmes": [_programme(one, now) for one in deciding_for(person)],
    }


def _programme(decider: Decider, now: datetime) -> dict[str, Any]:
    participant = decider.participant
    rows = rows_of(participant)
    return {
        "programme": participant.programme.name,
        "participant": participant.pk,
        "you_decide_as": decider.capacity,
        "enrolled_at": participant.enrolled_at.isoformat(),
        "condition_on_record": participant.record_condition,
        "identity": _identity(participant),
        "events": [{**_event(row), "hash": row.hash} for row in rows],
        "stands_now": participant.state.effective,
        "answers_not_signed": _drafts(decider),
        "datasets": [_membership(one) for one in _memberships(participant)],
        "projects": [_project(use) for use in uses_of(participant, now)],
    }


def _project(use: Use) -> dict[str, Any]:
    """One project that runs or ran: who, what for, from when to when it had the data, why, and who confirmed."""
    grant = use.grant
    return {
        "title": use.title,
        "summary": use.summary,
        "purpose": use.purpose,
        "institution": use.institution.name if use.institution else None,
        "dataset": grant.line.dataset_version.dataset.title,
        "grant": grant.number,
        "state": grant.state,
        "began_at": _moment(grant.starts_at),
        "until": grant.ends_at.isoformat(),
        "last_day": grant.last_day.isoformat(),
        "ended_at": _moment(grant.ended_at),
        "ended_because": grant.end_reason or None,
        "my_data_are_in": use.is_in,
        "my_data_came_in_at": _moment(use.since),
        "my_data_were_out_at": _moment(use.until),
        "my_data_are_out_because": use.out,
        "rules": [reason.rule for reason in use.reasons],
        "committee_wrote": [{"rule": one.rule, "vote": one.choice, "text": one.text} for one in use.judgements],
        "hosts_told": [
            {"host": one.host.name, "standing": one.standing, "seconds_until_confirmed": one.seconds}
            for one in use.hosts
        ],
    }


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _event(row: ConsentEvent) -> dict[str, Any]:
    return to_json(event_of(row))


def _identity(participant: Participant) -> dict[str, Any] | None:
    if vault.is_erased(participant):
        return None
    identity = vault.read(participant)
    return {
        "name": identity.name,
        "date_of_birth": identity.date_of_birth.isoformat() if identity.date_of_birth else None,
        "email": identity.email,
        "phone": identity.phone,
        "outside_id": identity.outside_id,
        "words_beside_answers": [
            {"question": words.item, "fields": dict(words.fields), "salt": words.salt, "commitment": digest}
            for digest, words in identity.words.items()
        ],
    }


def _drafts(decider: Decider) -> list[dict[str, Any]]:
    kept = unsigned_of(decider)
    versions = FormVersion.objects.filter(pk__in=kept).select_related("form").order_by("pk")
    return [{"form": f"{one.form.key}@{one.number}", "answers": kept[one.pk].answers} for one in versions]


def _memberships(participant: Participant) -> list[Membership]:
    return list(
        Membership.objects.filter(participant=participant).select_related("dataset", "end").order_by("since", "pk")
    )


def _membership(one: Membership) -> dict[str, Any]:
    ended = getattr(one, "end", None)
    return {
        "dataset": one.dataset.title,
        "since": one.since.isoformat(),
        "until": ended.until.isoformat() if ended else None,
    }
