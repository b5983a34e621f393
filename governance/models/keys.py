"""Signing keys. Private halves are encrypted at rest and read by `governance.keys` alone."""

from django.db import models


class SigningKey(models.Model):
    """One key of one key set. States: next (published, not used), active (signs), retired (still published), revoked."""

    class Use(models.TextChoices):
        TOKEN = "token", "visas, passports and tokens"
        STATUS = "status", "status lists and security events"
        LOG = "log", "checkpoints of the record"

    class State(models.TextChoices):
        NEXT = "next"
        ACTIVE = "active"
        RETIRED = "retired"
        REVOKED = "revoked"

    kid = models.CharField(max_length=64, unique=True)
    use = models.CharField(max_length=10, choices=Use.choices)
    alg = models.CharField(max_length=5, default="RS256")
    state = models.CharField(max_length=10, choices=State.choices, default=State.NEXT)
    public_jwk = models.JSONField()
    private_encrypted = models.TextField()
    created_at = models.DateTimeField()
    activated_at = models.DateTimeField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)
    published_until = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["use", "-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["use", "alg"], condition=models.Q(state="active"), name="one_active_key_for_each_use"
            ),
            models.UniqueConstraint(
                fields=["use", "alg"], condition=models.Q(state="next"), name="one_next_key_for_each_use"
            ),
            models.CheckConstraint(
                name="a_key_is_in_a_known_state", condition=models.Q(state__in=["next", "active", "retired", "revoked"])
            ),
            models.CheckConstraint(
                name="a_revoked_key_says_when",
                condition=~models.Q(state="revoked") | models.Q(revoked_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.kid
