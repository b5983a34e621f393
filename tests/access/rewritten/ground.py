"""Roles, people, keys, datasets, hosts."""

from datetime import timedelta

from django.contrib.auth.models import Permission

from governance.models import (
    Affiliation,
    Committee,
    CommitteeUserPermission,
    DataHost,
    Dataset,
    DatasetVersion,
    HostedDataset,
    OutboxMessage,
    SigningKey,
    User,
)
from tests.access.rewritten.spoiling import GONE, SOON, Spoil, changed, events, removed
from tests.access.tour import LATER, Toured


def a_seat(of: Toured) -> None:
    committee = of.of.access.committee
    chair = Permission.objects.get(codename="chair", content_type__app_label="governance")
    CommitteeUserPermission.objects.create(user=of.colleague, permission=chair, content_object=committee)


def an_administrator(of: Toured) -> None:
    of.colleague.user_permissions.add(
        Permission.objects.get(codename="administrator", content_type__app_label="governance")
    )


GROUND: dict[str, tuple[Spoil, str]] = {
    "a role given by SQL": (a_seat, "person {colleague} holds the role chair, which the audit log does not give"),
    "an administrator made by SQL": (
        an_administrator,
        "person {colleague} holds the role administrator, which the audit log does not give",
    ),
    "a seat taken by SQL": (
        lambda of: CommitteeUserPermission.objects.filter(user=of.of.access.chair).delete(),
        "person {chair} was given the role chair and does not hold it",
    ),
    "a role's event removed": (
        lambda of: removed(events("role.given").filter(detail__to=of.of.access.chair.subject)),
        "person {chair} holds the role chair, which the audit log does not give",
    ),
    "an affiliation made longer": (
        lambda of: changed(Affiliation.objects.all(), until=LATER + timedelta(days=9999)),
        "the affiliations are not those that the audit log tells of",
    ),
    "an ended affiliation taken up": (
        lambda of: changed(Affiliation.objects.exclude(ended_at=None), ended_at=None),
        "the ends of affiliations are not those that the audit log tells of",
    ),
    "a closed account opened": (
        lambda of: changed(User.objects.filter(is_active=False), is_active=True),
        "has an open account, which the audit log tells was closed",
    ),
    "somebody of the log gone": (
        lambda of: changed(events("affiliation.recorded"), subject_id="0" * 32),
        GONE,
    ),
    "a key that somebody else made": (
        lambda of: changed(SigningKey.objects.filter(state="active"), public_jwk={"kty": "RSA"}),
        "its public half is not the one that the audit log covers",
    ),
    "a revoked key brought back": (
        lambda of: changed(SigningKey.objects.filter(state="revoked"), state="retired"),
        "is retired, and the audit log left it revoked",
    ),
    "a key's moments": (
        lambda of: changed(SigningKey.objects.filter(state="active"), activated_at=SOON),
        "its moments are not those of the audit log",
    ),
    "a key gone": (lambda of: removed(SigningKey.objects.filter(state="revoked")), GONE),
    "a label widened": (
        lambda of: changed(Dataset.objects.filter(slug="hearts"), data_use={"permission": "NRES"}),
        "its data use is not the one that the audit log tells of",
    ),
    "a settled label widened": (
        lambda of: changed(Dataset.objects.filter(source_name="Epi"), data_use={"permission": "NRES"}),
        "its data use is not the one that the audit log tells of",
    ),
    "an accession renamed": (
        lambda of: changed(DatasetVersion.objects.filter(accession="HEARTS-0001"), accession="HEARTS-0009"),
        "its versions are not those that the audit log tells of",
    ),
    "how many votes a committee needs": (
        lambda of: changed(Committee.objects.all(), quorum=9),
        "how it decides is not as the audit log covers it",
    ),
    "what visas for a version say": (
        lambda of: changed(DatasetVersion.objects.filter(accession="HEARTS-0001"), visa_value="LUNGS"),
        "its versions are not those that the audit log tells of",
    ),
    "a way of opening a dataset": (
        lambda of: changed(Dataset.objects.filter(slug="hearts"), modes=["download", "visit", "federated"]),
        "its row is not the one that the audit log covers",
    ),
    "members that no visa shall know of": (
        lambda of: changed(Dataset.objects.filter(slug="hearts"), has_members=False),
        "has members, and is kept as a label only",
    ),
    "an account closed by SQL": (
        lambda of: changed(User.objects.filter(pk=of.colleague.pk), is_active=False),
        "has a closed account, which the audit log does not tell",
    ),
    "a dataset gone": (lambda of: removed(Dataset.objects.filter(slug="lungs")), GONE),
    "a host that answers to another name": (
        lambda of: changed(DataHost.objects.filter(slug="arkiv"), audience="https://elsewhere.example"),
        "its row is not the one that the audit log covers",
    ),
    "a dataset served by SQL": (
        lambda of: HostedDataset.objects.create(
            host=of.of.download, dataset=Dataset.objects.get(slug="lungs"), since=LATER
        ),
        "the datasets it serves are not those that the audit log tells of",
    ),
    "a host gone": (lambda of: removed(DataHost.objects.filter(slug="arkiv")), GONE),
    "a message gone": (
        lambda of: removed(OutboxMessage.objects.filter(kind="dataset.labelled")),
        "1 were announced, and the outbox holds 0",
    ),
}
