"""Terms of use: versioned, hashed, accepted by each person for themselves."""

from django.db import models

from governance.models import Committee, User


class TermsVersion(models.Model):
    """One version of the terms of a committee. INVARIANT: text never changes once published (there is no draft)."""

    committee = models.ForeignKey(Committee, on_delete=models.PROTECT, related_name="terms")
    slug = models.SlugField(max_length=60)
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    text = models.TextField()
    sha256 = models.CharField(max_length=64)
    published_at = models.DateTimeField()

    class Meta:
        ordering = ["slug", "-number"]
        constraints = [models.UniqueConstraint(fields=["slug", "number"], name="a_terms_version_stands_once")]


class TermsAcceptance(models.Model):
    """One person accepted one version, once."""

    terms = models.ForeignKey(TermsVersion, on_delete=models.PROTECT, related_name="acceptances")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="terms_accepted")
    accepted_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["terms", "person"], name="terms_are_accepted_once")]
