"""Every address of the product with an example of its arguments, and one world in which each example is somebody's."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from allauth.mfa.models import Authenticator
from django.core.files.base import ContentFile
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from access.grants import obligation_services as obligations
from access.models import Obligation, RememberedConsent
from access.passports import client_services as clients
from consent.services import membership_jobs
from consent.services.membership_import import FileLine
from governance.domain.roles import Role
from governance.models import Installation, User
from governance.record import sealer
from governance.services import keys, roles
from tests.access import builders
from tests.access.granted import NOW, Granted, granted
from tests.access.operated import operator, visas_at
from tests.acting import TESTS

BACKEND = "django.contrib.auth.backends.ModelBackend"
# Routes of allauth without a name: old addresses of `socialaccount`, which it redirects by itself.
UNNAMED = {
    "accounts/social/login/cancelled/",
    "accounts/social/login/error/",
    "accounts/social/signup/",
    "accounts/social/connections/",
}


def patterns() -> Iterator[tuple[str | None, str]]:
    """The name and the route of every address."""
    return _walk(get_resolver(), "")


def _walk(resolver: URLResolver, before: str, space: str = "") -> Iterator[tuple[str | None, str]]:
    for one in resolver.url_patterns:
        route = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from _walk(one, route, f"{space}{one.namespace}:" if one.namespace else space)
        else:
            assert isinstance(one, URLPattern)
            yield space + one.name if one.name else None, route


@dataclass(frozen=True)
class Answer:
    """What somebody is answered with."""

    status: int
    headers: dict[str, str]
    text: str


@dataclass
class Doors:
    """The world, who knocks, and the arguments of each address."""

    world: Granted
    people: dict[str, User | None]
    arguments: dict[str, tuple[Any, ...]]

    def knock(self, name: str, method: str, who: str) -> Answer:
        """What somebody is answered with. Whatever it did is undone."""
        browser = Client(raise_request_exception=False)
        person = self.people[who]
        with transaction.atomic():
            if person is not None:
                browser.force_login(person, backend=BACKEND)
            answer: Any = getattr(browser, method.lower())(reverse(name, args=self.arguments.get(name, ())))
            transaction.set_rollback(True)
        text = "" if answer.streaming else answer.content.decode("utf-8", "replace")
        return Answer(int(answer.status_code), dict(answer.headers), text)


def with_second_factor(person: User) -> User:
    Authenticator.objects.get_or_create(user=person, type=Authenticator.Type.TOTP, defaults={"data": {"secret": ""}})
    return person


def doors() -> Doors:
    """Ada's request, case, grant and visas; a participant's consent; an operator's hosts; everything else belongs to nobody."""
    world = granted()
    of = world.access
    promised = Obligation.objects.create(grant=world.grant, place=1, term="DUO:0000019", state="promised")
    paper = ContentFile(b"What we found.")
    shown = obligations.offer(obligation=promised, words="", link="", file=paper, by=of.ada, now=NOW)
    keys.ensure(by=TESTS, now=NOW)
    Installation.objects.create(demo=False, made_at=NOW)
    hanna = operator("hanna", world.enforcing, world.download)
    admin = with_second_factor(builders.person("root"))
    roles.give_role(role=Role.ADMINISTRATOR, on=None, to=admin, by=TESTS, now=NOW)
    visas_at(world, world.enforcing, NOW)
    sealer.seal(now=NOW)
    portal, _secret = clients.register_client(
        name="Portal", host=None, grants=[clients.AUTHORIZATION_CODE], redirect_uris=["https://portal.example/back"],
        scopes=["openid"], by=TESTS, now=NOW,
    )  # fmt: skip
    remembered = RememberedConsent.objects.create(person=of.ada, client=portal, remembered_at=NOW)
    petra = world.participants[0].account
    assert petra is not None
    people: dict[str, User | None] = {
        "anonymous": None,
        "stranger": builders.person("carl"),
        "applicant": of.ada,
        "chair": with_second_factor(of.chair),
        "participant": petra,
        "coordinator": with_second_factor(world.consent.rosa),
        "operator": hanna,
        "administrator": admin,
    }
    participant = (world.participants[0].pk,)
    lines = [FileLine(number=2, participant_id="nobody", dataset="none")]
    job = membership_jobs.start(programme=world.consent.programme, lines=lines, by=world.consent.rosa, now=NOW)
    event = world.participants[0].events.order_by("sequence").last()
    form = world.consent.version
    case = of.case()
    accession = of.dataset.versions.get().accession
    request, grant, terms = (of.requests[0].number,), (world.grant.number,), (of.terms.slug, of.terms.number)
    host = (world.enforcing.slug,)
    return Doors(
        world,
        people,
        {
            "account_confirm_email": ("nobody",),
            "account_reset_password_from_key": ("1", "nobody"),
            "mfa_remove_webauthn": (1,),
            "mfa_edit_webauthn": (1,),
            "consent_of_programme": (world.consent.programme.slug,),
            "consent_page_of_programme": (world.consent.programme.slug, "stop/"),
            "my_data_of": participant,
            "my_answers_of": participant,
            "consent_question": (*participant, "take_part"),
            "consent_signed_question": (*participant, "take_part"),
            "consent_receipt": (*participant, event.uuid),
            "consent_receipt_file": (*participant, event.uuid),
            "consent_form": (*participant, form.form.key, form.number),
            "status_list": (1,),
            "job": (job.uuid,),
            "job_report": (job.uuid,),
            "job_act": (job.uuid, "cancel"),
            "oauth2_provider:forget-consent": (remembered.pk,),
            "host_members": (accession,),
            "host_cohort": grant,
            "host_cohort_confirm": grant,
            "demo_become": ("ada",),
            "demo_rehearsal_end": ("none",),
            **dict.fromkeys(
                (
                    "request",
                    "request_purpose",
                    "request_match",
                    "request_draft",
                    "request_review",
                    "request_invitation",
                ),
                request,
            ),
            "request_act": (*request, "withdraw"),
            **dict.fromkeys(("case", "case_write", "case_recuse"), (case.number,)),
            "case_decide": (case.number, world.grant.line_id, "vote"),
            **dict.fromkeys(("grant", "grant_end", "grant_suspend", "grant_resume", "grant_leave"), grant),
            "obligation": (*grant, 1),
            **dict.fromkeys(("evidence_file", "evidence_erase"), (*grant, 1, shown.pk)),
            "obligation_act": (*grant, 1, "offer"),
            "terms": terms,
            "terms_accept": terms,
            "terms_moved": terms,
            "committee": (of.committee.slug,),
            "host": host,
            "host_confirm": (*host, *grant),
            "host_removed": (*host, *grant),
            "dataset": (accession,),
            **{
                name: participant
                for name in ("start", "review", "signed_review", "confirm", "stop", "rejoin", "history")
                for name in (f"consent_{name}",)
            },
        },
    )
