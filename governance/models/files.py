"""Files that people gave: by their content, wrapped, and gone without a trace of it once they are erased."""

from django.db import models

from governance.record.seals import new_salt


class StoredFile(models.Model):
    """One content, at its SHA-256, however often it was given.

    The content is sealed under a key of its own, which is wrapped (`governance.keys`). Erasing takes both away: the hash
    stays, so that it can be said that something was there and is not there any more.
    """

    PERSONAL = {"key", "sealed"}

    class Kind(models.TextChoices):
        PDF = "pdf"
        PNG = "png"
        JPEG = "jpeg"
        TEXT = "text"

    sha256 = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=4, choices=Kind.choices, help_text="as its content shows")
    size = models.PositiveIntegerField(help_text="bytes")
    salt = models.CharField(
        max_length=32, default=new_salt, editable=False, help_text="keys the hashes in the audit log"
    )
    key = models.TextField(blank=True)
    sealed = models.BinaryField(blank=True)
    stored_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="a_file_is_of_a_known_kind", condition=models.Q(kind__in=["pdf", "png", "jpeg", "text"])
            ),
            models.CheckConstraint(
                name="an_erased_file_has_no_key",
                condition=models.Q(erased_at__isnull=True) & ~models.Q(key="")
                | models.Q(erased_at__isnull=False, key=""),
            ),
        ]
