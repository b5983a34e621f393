"""OAuth clients of our OpenID Provider, and what its code flow must remember."""

from urllib.parse import urlsplit

from django.db import models
from django.utils import timezone
from oauth2_provider.models import AbstractApplication

from governance.models import DataHost, User


class Client(AbstractApplication):
    """A registered client: of one host, or of none (a portal: all hosts, which the consent screen says).

    `grants` lists the OAuth grants it may use; the library's single field keeps the first of them.
    """

    host = models.ForeignKey(DataHost, on_delete=models.PROTECT, null=True, blank=True, related_name="clients")
    grants = models.JSONField(default=list)
    scopes = models.JSONField(default=list)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta(AbstractApplication.Meta):
        abstract = False

    def allows_grant_type(self, *grant_types: str) -> bool:
        """Whether one of the grants is among those of this client (RFC 6749 names with the library's spelling)."""
        return bool(set(grant_types) & set(self.grants))

    def get_allowed_schemes(self) -> list[str]:
        """The schemes of its own addresses, which were looked at when it was registered."""
        uris = [*self.redirect_uris.split(), *self.post_logout_redirect_uris.split()]
        return sorted({urlsplit(uri).scheme for uri in uris})

    def is_usable(self, request: object) -> bool:
        """Whether the client still stands: it has not expired, and its host is open."""
        now = timezone.now()
        ends = [self.expires_at, self.host.closed_at if self.host else None]
        return all(end is None or end > now for end in ends)


class SpentCode(models.Model):
    """An authorization code that was used: used again, its token family is revoked (RFC 6749 section 4.1.2)."""

    code_sha256 = models.CharField(max_length=64, unique=True)
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="+")
    token_family = models.UUIDField(null=True, blank=True)
    access_token_id = models.BigIntegerField(null=True, blank=True)
    spent_at = models.DateTimeField()


class RememberedConsent(models.Model):
    """A person chose that this client need not ask again for these scopes. They can take it back."""

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="remembered_consents")
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="+")
    scopes = models.JSONField(default=list)
    remembered_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "client"], name="consent_remembered_once")]
