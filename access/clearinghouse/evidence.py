"""What a verification needs from outside the token: the issuer's keys and the status lists, always by the cache."""

import json
from collections.abc import Callable
from urllib.parse import urlsplit

from access.clearinghouse import claims as strict
from access.clearinghouse.config import ClearinghouseConfig, Role, TrustedIssuer
from access.clearinghouse.copies import Copies, NoCopy, OnDemand
from access.clearinghouse.fetching import JSON_DOCUMENT, STATUS_LIST, Fetched, Fetcher, FetchError
from access.clearinghouse.jws import ParsedToken, parse, verify_signature
from access.clearinghouse.keys import KeyDocument, PublicKey, read_key_document
from access.clearinghouse.reasons import Reason, Refused
from access.clearinghouse.status import StatusList, read_status_claims
from access.domain.token_kinds import TokenKind, why_not

# How long a list or document that nobody asked for is kept up to date by the poller.
MEMORY_SECONDS = 7200
DISCOVERY_AGE = 86_400


class Evidence:
    """Keys and status lists of trusted issuers. Safe for many threads; `refresh` is for one poller."""

    def __init__(
        self,
        config: ClearinghouseConfig,
        fetcher: Fetcher,
        on_demand: OnDemand,
        label_only: Callable[[str], bool] | None = None,
    ) -> None:
        self._config = config
        self._label_only = label_only
        self._fetcher = fetcher
        pause = config.limits.retry_pause
        self._documents = Copies[KeyDocument](self._load_keys, on_demand=on_demand, retry_pause=pause)
        self._discoveries = Copies[str](self._load_discovery, on_demand=on_demand, retry_pause=pause)
        self._lists = Copies[StatusList](self._load_list, on_demand=on_demand, retry_pause=pause)

    def visa_key(self, issuer: TrustedIssuer, token: ParsedToken, *, now: int) -> PublicKey | Refused:
        """Return the key of a visa: by its `jku`, compared with the list BEFORE any call (PC-7), or by discovery.

        Keys that were handed over out of band are used without a fetch (PC-6).
        """
        if "jku" in token.header:
            jku = token.header["jku"]
            if jku not in issuer.jku and (issuer.jku or issuer.keys is None):
                return Refused(Reason.JKU_UNTRUSTED, f"{jku!r:.80}")
            if issuer.keys is None:
                return self._key(issuer, jku, token, now=now)
        return self.issuer_key(issuer, token, now=now)

    def issuer_key(self, issuer: TrustedIssuer, token: ParsedToken, *, now: int) -> PublicKey | Refused:
        """Return the key of a Passport, an access-token visa or a status list: by the issuer's `jwks_uri`."""
        if issuer.keys is not None:
            return _find(issuer.keys, token)
        url = self._jwks_uri(issuer, now=now)
        return url if isinstance(url, Refused) else self._key(issuer, url, token, now=now)

    def status_list(self, issuer: TrustedIssuer, uri: str, *, now: int) -> StatusList | Refused:
        """Return the verified list at an address that is the issuer's (PC-7's rule, applied to lists)."""
        if not _below(uri, issuer.status_lists):
            return Refused(Reason.STATUS_LIST_UNTRUSTED)
        copy = self._lists.get(uri, max_age=self._config.limits.status_age, now=now)
        if isinstance(copy, NoCopy):
            return Refused(Reason.STATUS_LIST_UNAVAILABLE, copy.message)
        if copy.content.bits is None:
            self._lists.again(uri, now=now)
            renewed = self._lists.get(uri, max_age=self._config.limits.status_age, now=now)
            return copy.content if isinstance(renewed, NoCopy) else renewed.content
        return copy.content

    def refresh(self, *, now: int) -> dict[str, str | None]:
        """Fetch what is due: every status list in use, and key documents past half of their allowed age.

        Returns each address that was tried with None, or with the message of its failure.
        """
        report: dict[str, str | None] = {}
        for issuer in self._config.issuers:
            if issuer.keys is None:
                report |= self._refresh_keys(issuer, now=now)
        for uri in self._lists.asked_since(now - MEMORY_SECONDS):
            report[uri] = self._lists.refresh(uri, now=now)
        return report

    def _refresh_keys(self, issuer: TrustedIssuer, *, now: int) -> dict[str, str | None]:
        report: dict[str, str | None] = {}
        urls = set(issuer.jku)
        if issuer.jwks_uri:
            urls.add(issuer.jwks_uri)
        elif issuer.discovery:
            if _due(self._discoveries.age(issuer.iss, now=now), DISCOVERY_AGE):
                report[_discovery_url(issuer.iss)] = self._discoveries.refresh(issuer.iss, now=now)
            found = self._discoveries.get(issuer.iss, max_age=DISCOVERY_AGE, now=now)
            if not isinstance(found, NoCopy):
                urls.add(found.content)
        for url in sorted(urls):
            if _due(self._documents.age(url, now=now), issuer.max_key_age):
                report[url] = self._documents.refresh(url, now=now)
        return report

    def _jwks_uri(self, issuer: TrustedIssuer, *, now: int) -> str | Refused:
        if issuer.jwks_uri:
            return issuer.jwks_uri
        if not issuer.discovery:
            return Refused(Reason.KEY_DOCUMENT_UNAVAILABLE, "the configuration names no jwks_uri for the issuer")
        found = self._discoveries.get(issuer.iss, max_age=DISCOVERY_AGE, now=now)
        return Refused(Reason.KEY_DOCUMENT_UNAVAILABLE, found.message) if isinstance(found, NoCopy) else found.content

    def _key(self, issuer: TrustedIssuer, url: str, token: ParsedToken, *, now: int) -> PublicKey | Refused:
        document = self._document(issuer, url, now=now)
        if isinstance(document, Refused):
            return document
        found = _find(document, token)
        if isinstance(found, Refused) and found.reason is Reason.KEY_UNKNOWN:
            self._documents.again(url, now=now)
            renewed = self._document(issuer, url, now=now)
            return renewed if isinstance(renewed, Refused) else _find(renewed, token)
        return found

    def _document(self, issuer: TrustedIssuer, url: str, *, now: int) -> KeyDocument | Refused:
        copy = self._documents.get(url, max_age=issuer.max_key_age, now=now)
        if isinstance(copy, NoCopy):
            reason = Reason.KEY_DOCUMENT_STALE if copy.too_old else Reason.KEY_DOCUMENT_UNAVAILABLE
            return Refused(reason, copy.message)
        return copy.content

    def _load_keys(self, url: str, now: int) -> tuple[KeyDocument, Fetched]:
        fetched = self._fetcher.fetch(url, JSON_DOCUMENT)
        return read_key_document(fetched.body), fetched

    def _load_discovery(self, iss: str, now: int) -> tuple[str, Fetched]:
        """Discover the `jwks_uri` of an issuer that is on the list (PC-8); it must stay on the issuer's origin."""
        fetched = self._fetcher.fetch(_discovery_url(iss), JSON_DOCUMENT)
        document = json.loads(fetched.body)
        if not isinstance(document, dict) or document.get("issuer") != iss:
            raise FetchError("the discovery document is not the issuer's")
        jwks_uri = document.get("jwks_uri")
        if not isinstance(jwks_uri, str) or _origin(jwks_uri) != _origin(iss):
            raise FetchError("the discovery document names no jwks_uri on the issuer's origin; name it in jwks_uri")
        return jwks_uri, fetched

    def _load_list(self, uri: str, now: int) -> tuple[StatusList, Fetched]:
        """Fetch a list and verify it as the issuer's own; a list of another issuer never gets into the cache."""
        fetched = self._fetcher.fetch(uri, STATUS_LIST)
        issuer = next(known for known in self._config.issuers if _below(uri, known.status_lists))
        body = fetched.body.decode("ascii", errors="replace").strip()
        token = parse(body, max_characters=self._config.limits.document_bytes)
        if isinstance(token, Refused):
            return StatusList.broken(token.message), fetched
        wrong_kind = why_not(TokenKind.STATUS_LIST, token.header, token.claims)
        if wrong_kind:
            return StatusList.broken(wrong_kind), fetched
        key = self._status_key(issuer, token, now=now)
        if isinstance(key, Refused) and key.retryable:
            raise FetchError(key.message)
        fault = key if isinstance(key, Refused) else verify_signature(token, key)
        if fault:
            return StatusList.broken(fault.message), fetched
        if token.claims.get("iss", issuer.iss) != issuer.iss:
            return StatusList.broken("it names another issuer"), fetched
        times = strict.moment(token.claims, "iat")
        if isinstance(times, Refused) or times > now + self._config.limits.leeway:
            return StatusList.broken("its iat is missing or lies in the future"), fetched
        return read_status_claims(uri, token.claims), fetched

    def _status_key(self, issuer: TrustedIssuer, token: ParsedToken, *, now: int) -> PublicKey | Refused:
        if issuer.keys is None and issuer.jku and not issuer.jwks_uri and not issuer.discovery:
            return self._key(issuer, issuer.jku[0], token, now=now)
        return self.issuer_key(issuer, token, now=now)

    @property
    def config(self) -> ClearinghouseConfig:
        """The configuration that this evidence serves."""
        return self._config

    def is_label_only(self, dataset_value: str) -> bool:
        """Return whether the host knows that a dataset has no members, so that a visa for it needs no cohort."""
        if dataset_value in self._config.label_only:
            return True
        return self._label_only is not None and self._label_only(dataset_value)

    def trusted(self, iss: object, role: Role) -> TrustedIssuer | None:
        """Return the issuer when it is trusted in the role."""
        return self._config.trusted(iss, role)


def _find(document: KeyDocument, token: ParsedToken) -> PublicKey | Refused:
    key = document.find(token.kid, token.alg)
    if key is not None:
        return key
    return Refused(Reason.KEY_UNFIT if token.kid in document.unfit else Reason.KEY_UNKNOWN)


def _due(age: int | None, max_age: int) -> bool:
    return age is None or age < 0 or 2 * age >= max_age


def _discovery_url(iss: str) -> str:
    """OpenID Connect Discovery 1.0 section 4: the issuer without a closing slash, then the well-known path."""
    return iss.rstrip("/") + "/.well-known/openid-configuration"


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _below(uri: str, prefixes: tuple[str, ...]) -> bool:
    """Return whether the address is a prefix of the list and one plain name; no path, query or trick behind it."""
    return any(uri.startswith(prefix) and _is_name(uri[len(prefix) :]) for prefix in prefixes)


def _is_name(rest: str) -> bool:
    return 0 < len(rest) <= 64 and rest.isascii() and rest.replace("-", "").replace("_", "").isalnum()
