"""Datasets, their versions, and what an import proposed for them."""

from django.db import models
from guardian.models import UserObjectPermissionBase

from governance.models.committees import Committee
from governance.models.organisations import Organisation
from governance.models.people import User


class Dataset(models.Model):
    """A dataset and its data use (the *label*). `data_use` is the JSON that `governance.duo` reads; null: not settled yet."""

    class Level(models.TextChoices):
        OPEN = "open"
        REGISTERED = "registered"
        CONTROLLED = "controlled"

    slug = models.SlugField(max_length=120, unique=True, help_text="its name in lists; versions carry the accessions")
    title = models.CharField(max_length=300)
    summary = models.TextField(blank=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="datasets")
    committee = models.ForeignKey(Committee, on_delete=models.PROTECT, null=True, blank=True, related_name="datasets")
    country = models.CharField(max_length=2)
    level = models.CharField(max_length=12, choices=Level.choices, default=Level.CONTROLLED)
    modes = models.JSONField(default=list, help_text="download, visit, federated")
    outlet = models.CharField(max_length=40, default="controlled_repository")
    data_use = models.JSONField(null=True, blank=True)
    data_types = models.JSONField(default=list)
    participants_declared = models.PositiveIntegerField(null=True, blank=True)
    source = models.CharField(max_length=40, blank=True, help_text="the format it was imported from")
    source_name = models.CharField(max_length=200, blank=True)
    source_row = models.JSONField(null=True, blank=True, help_text="the imported row, as it was read")
    listed = models.BooleanField(default=True, help_text="false: in no catalogue, reached by its address alone")
    has_members = models.BooleanField(default=False, help_text="false: label only")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["title", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "source_name"],
                condition=~models.Q(source=""),
                name="an_imported_row_stands_once",
            ),
            models.CheckConstraint(
                name="a_controlled_dataset_has_a_committee",
                condition=~models.Q(level="controlled") | models.Q(committee__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["committee", "title"], name="dataset_by_committee"),
            models.Index(fields=["id"], condition=models.Q(has_members=True), name="datasets_with_members"),
        ]

    def __str__(self) -> str:
        return self.title


class DatasetUserPermission(UserObjectPermissionBase):
    """Roles on single datasets."""

    content_object = models.ForeignKey(Dataset, on_delete=models.CASCADE)

    class Meta(UserObjectPermissionBase.Meta):
        abstract = False
        unique_together = ["user", "permission", "content_object"]


class DatasetVersion(models.Model):
    """One version of a dataset. Its permanent URL `<base>datasets/<accession>` is the visa's `value`."""

    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    accession = models.CharField(max_length=120, unique=True)
    visa_value = models.CharField(
        max_length=255, blank=True, help_text="the id its hosts use, where not the permanent URL"
    )
    released_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True, help_text="closed to new grants since")

    class Meta:
        ordering = ["dataset_id", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["dataset", "number"], name="a_version_number_stands_once"),
            models.UniqueConstraint(
                fields=["visa_value"], condition=~models.Q(visa_value=""), name="a_visa_value_names_one_version"
            ),
        ]

    def __str__(self) -> str:
        return self.accession


class DatasetProposal(models.Model):
    """What an import could not decide by itself: a steward settles it, with the candidates beside the text."""

    class State(models.TextChoices):
        OPEN = "open"
        ACCEPTED = "accepted"
        REJECTED = "rejected"

    dataset = models.OneToOneField(Dataset, on_delete=models.PROTECT, related_name="proposal")
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    data_use = models.JSONField(help_text="the proposed data use, without what is missing")
    disease_text = models.CharField(max_length=300)
    cut_off = models.CharField(max_length=300, blank=True, help_text="what stands behind the disease and has no term")
    doubts = models.TextField(blank=True, help_text="what is missing or to be looked at, as the import says it")
    candidates = models.JSONField(help_text="disease ids with label and how they were found, best first")
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.CheckConstraint(
                name="a_proposal_is_in_a_known_state", condition=models.Q(state__in=["open", "accepted", "rejected"])
            ),
            models.CheckConstraint(
                name="a_settled_proposal_names_who_and_when",
                condition=models.Q(state="open", settled_at__isnull=True, settled_by__isnull=True)
                | (~models.Q(state="open") & models.Q(settled_at__isnull=False, settled_by__isnull=False)),
            ),
        ]
