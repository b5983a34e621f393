"""Data hosts: where data are downloaded, visited or analysed."""

import secrets

from django.db import models

from governance.models.datasets import Dataset
from governance.models.organisations import Organisation


def new_order_key() -> str:
    """A random key of 32 bytes, in hex."""
    return secrets.token_hex(32)


class DataHost(models.Model):
    """A place that serves data under visas. `audience` is what a passport for it names; its tokens are narrowed to it."""

    class Typ(models.TextChoices):
        VISA = "vnd.ga4gh.visa+jwt"
        JWT = "JWT"

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=200)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="hosts")
    country = models.CharField(max_length=2)
    modes = models.JSONField(default=list, help_text="download, visit, federated")
    base_url = models.URLField(max_length=200)
    audience = models.CharField(max_length=200, unique=True)
    enforces_cohorts = models.BooleanField(default=False)
    polls = models.BooleanField(
        default=False, help_text="reads its feeds by itself; otherwise it cannot enforce cohorts"
    )
    visa_typ = models.CharField(max_length=30, choices=Typ.choices, default=Typ.VISA)
    order_key = models.CharField(
        max_length=64,
        default=new_order_key,
        editable=False,
        help_text="orders members for this host alone; never changes, never shown",
    )
    passport_aud = models.BooleanField(
        default=True, help_text="its Passports name it; off for a host that refuses any Passport with an audience"
    )
    registered_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                name="a_host_that_enforces_cohorts_polls",
                condition=models.Q(enforces_cohorts=False) | models.Q(polls=True),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class HostedDataset(models.Model):
    """A dataset that a host serves."""

    host = models.ForeignKey(DataHost, on_delete=models.PROTECT, related_name="hosted")
    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="hosted")
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["host", "dataset"], name="a_host_serves_a_dataset_once")]
