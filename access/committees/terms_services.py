"""Terms of use: published by a committee, accepted by each person for themselves."""

import hashlib
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from access.models import TermsAcceptance, TermsVersion
from governance import policies
from governance.domain.errors import Conflict, Invalid, NotAllowed
from governance.domain.events import Kind, Subject
from governance.domain.roles import Role
from governance.models import Committee, User
from governance.record import audit, seals
from governance.record.actors import By

PUBLISHERS = (Role.CHAIR, Role.SECRETARY)


def digest(text: str) -> str:
    """The SHA-256 of a text's UTF-8 bytes, in hex: what people accept."""
    return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic
def publish_terms(*, committee: Committee, slug: str, title: str, text: str, by: By, now: datetime) -> TermsVersion:
    """Publish the next version of a text. A published version never changes."""
    if isinstance(by, User) and not any(policies.holds(by, role, committee) for role in PUBLISHERS):
        raise NotAllowed("only a chair or secretary of this committee publishes its terms: ask one of them")
    if not text.strip():
        raise Invalid("the terms have no text", {"text": _("Write the text.")})
    Committee.objects.select_for_update(no_key=True).get(pk=committee.pk)
    last = TermsVersion.objects.filter(slug=slug).order_by("-number").first()
    if last is not None and last.committee_id != committee.pk:
        raise Conflict(f"the name {slug} belongs to the terms of another committee: choose another")
    sha256 = digest(text)
    if last is not None and (last.sha256, last.title) == (sha256, title):
        raise Conflict(f"version {last.number} of {slug} says exactly this already")
    terms = TermsVersion.objects.create(
        committee=committee,
        slug=slug,
        number=1 if last is None else last.number + 1,
        title=title,
        text=text,
        sha256=sha256,
        published_at=now,
    )
    audit.record(
        Kind.TERMS_PUBLISHED,
        by=by,
        about=Subject("terms", f"{slug}/{terms.number}"),
        now=now,
        detail={"committee": committee.slug, "sha256": sha256, "seal": seals.seal(terms)},
    )
    return terms


@transaction.atomic
def accept_terms(*, terms: TermsVersion, sha256: str, by: User, now: datetime) -> TermsAcceptance:
    """Accept one version for oneself, naming the hash of what was read. Accepting it again changes nothing."""
    if sha256 != terms.sha256:
        raise Conflict("the terms that you read are not these: read them again")
    newest = TermsVersion.objects.filter(slug=terms.slug).order_by("-number").values_list("number", flat=True)[0]
    if terms.number != newest:
        raise Conflict(f"version {terms.number} is not current: read and accept version {newest}")
    acceptance, made = TermsAcceptance.objects.get_or_create(terms=terms, person=by, defaults={"accepted_at": now})
    if not made:
        return acceptance
    audit.record(
        Kind.TERMS_ACCEPTED,
        by=by,
        about=Subject("terms", f"{terms.slug}/{terms.number}"),
        now=now,
        detail={"sha256": terms.sha256, "committee": terms.committee.slug, "person": by.subject},
    )
    return acceptance
