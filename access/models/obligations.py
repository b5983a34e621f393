"""Obligations of grants, one row each, and the evidence that was shown for them."""

from django.db import models

from access.models.grants import Grant
from governance.models import StoredFile, User


class Obligation(models.Model):
    """One thing that a grant demands, with the day by which it is due: to have promised it is not to have met it.

    `place` is its number within the grant. `note` is the last word of the committee: why it was sent back or waived.
    """

    PERSONAL = {"note"}

    class State(models.TextChoices):
        OUTSTANDING = "outstanding"
        PROMISED = "promised"
        OFFERED = "offered"
        MET = "met"
        OVERDUE = "overdue"
        WAIVED = "waived"
        LAPSED = "lapsed"

    grant = models.ForeignKey(Grant, on_delete=models.PROTECT, related_name="demanded")
    place = models.PositiveSmallIntegerField()
    term = models.CharField(max_length=60, help_text="id of the DUO term, or a local name")
    parameter = models.JSONField(null=True, blank=True, help_text="as the decision has it")
    state = models.CharField(max_length=11, choices=State.choices, default=State.OUTSTANDING)
    due = models.DateField(null=True, blank=True, help_text="last day, where the committee is; null: none")
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["grant_id", "place"]
        indexes = [
            models.Index(fields=["due"], condition=models.Q(state__in=["promised", "met"]), name="obligation_due"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["grant", "place"], name="an_obligation_has_a_place_of_its_own"),
            models.CheckConstraint(
                name="an_obligation_is_in_a_known_state",
                condition=models.Q(
                    state__in=["outstanding", "promised", "offered", "met", "overdue", "waived", "lapsed"]
                ),
            ),
            models.CheckConstraint(
                name="what_is_over_had_a_day",
                condition=~models.Q(state__in=["overdue", "lapsed"]) | models.Q(due__isnull=False),
            ),
            models.CheckConstraint(
                name="what_is_waived_says_why", condition=~models.Q(state="waived") | ~models.Q(note="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.grant}/{self.place}"


class Evidence(models.Model):
    """What somebody of the grant showed for an obligation: words, a link, a file, or several of them."""

    PERSONAL = {"words", "link"}

    id = models.BigAutoField(primary_key=True)
    obligation = models.ForeignKey(Obligation, on_delete=models.PROTECT, related_name="evidence")
    words = models.TextField(blank=True)
    link = models.CharField(max_length=500, blank=True)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="evidence")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="evidence_shows_something",
                condition=~models.Q(words="") | ~models.Q(link="") | models.Q(file__isnull=False),
            )
        ]
