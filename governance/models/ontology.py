"""Ontology releases as they were imported. A release judges nothing until a person has switched it on."""

from django.db import models

from governance.models.people import User


class OntologyRelease(models.Model):
    """One file of one ontology. The hub is the one that foreign ids are brought to.

    Two files may say the same version: what tells releases apart is the hash of their content.
    """

    class State(models.TextChoices):
        LOADED = "loaded"
        ACTIVE = "active"
        RETIRED = "retired"

    name = models.CharField(max_length=40)
    version = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64, unique=True)
    is_hub = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=State.choices, default=State.LOADED)
    terms_count = models.PositiveIntegerField(default=0)
    imported_at = models.DateTimeField()
    imported_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    activated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-is_hub", "name", "-imported_at"]
        constraints = [
            models.CheckConstraint(
                name="a_release_is_in_a_known_state", condition=models.Q(state__in=["loaded", "active", "retired"])
            ),
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(state="active"), name="one_active_release_of_an_ontology"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.version} (sha256 {self.sha256[:12]}…)"


class OntologyTerm(models.Model):
    """One term of a release, with its own parents and references; what lies above it is computed when releases are joined."""

    release = models.ForeignKey(OntologyRelease, on_delete=models.CASCADE, related_name="terms")
    curie = models.CharField(max_length=60)
    label = models.CharField(max_length=500)
    synonyms = models.JSONField(default=list)
    parents = models.JSONField(default=list)
    obsolete = models.BooleanField(default=False)
    replaced_by = models.JSONField(default=list)
    exact = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["release", "curie"], name="a_term_is_once_in_a_release")]
