"""The clearinghouse as a host holds it: one object with its trust, its copies and its answers."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence

from access.clearinghouse.config import ClearinghouseConfig
from access.clearinghouse.copies import OnDemand
from access.clearinghouse.decisions import controlled_access, registered_access
from access.clearinghouse.evidence import Evidence
from access.clearinghouse.fetching import Fetcher, HttpFetcher
from access.clearinghouse.passport_check import check_passport, check_visas
from access.clearinghouse.reasons import Reason, Refused
from access.clearinghouse.results import (
    Authorisation,
    Decision,
    Identity,
    VerifiedPassport,
    VerifiedVisa,
    VisaSet,
    together,
)
from access.clearinghouse.visa_check import check_visa


class Clearinghouse:
    """Verifies visas and Passports and decides on datasets. Safe for many threads; make one and keep it.

    With `on_demand="stale"` (the default) a verification fetches what it lacks. A host that must not wait in
    a request calls `refresh()` from a poller, every two seconds or so, and chooses `missing` or `never`.
    `label_only` tells a host that enforces cohorts which dataset values have no members, as its feed says by now; those of
    the configuration count too. `now` is in whole seconds since 1970 everywhere; without it the clock is asked.
    """

    def __init__(
        self,
        config: ClearinghouseConfig,
        *,
        fetcher: Fetcher | None = None,
        on_demand: OnDemand | str = OnDemand.STALE,
        label_only: Callable[[str], bool] | None = None,
    ) -> None:
        limits = config.limits
        fetcher = fetcher or HttpFetcher(
            plain_http=config.plain_http, max_bytes=limits.document_bytes, seconds=limits.fetch_seconds
        )
        self._config = config
        self._evidence = Evidence(config, fetcher, OnDemand(on_demand), label_only)
        self._refreshing = threading.Lock()

    def verify_visa(self, token: object, *, now: int | None = None) -> VerifiedVisa | Refused:
        """Verify one visa alone. A visa with conditions is refused, because no other visa is there to meet them."""
        visa = check_visa(token, self._evidence, now=_clock(now))
        if isinstance(visa, VerifiedVisa) and visa.conditions:
            return Refused(Reason.CONDITIONS_NOT_MET)
        return visa

    def verify_visas(self, tokens: Sequence[object], *, holder: Identity, now: int | None = None) -> VisaSet:
        """Verify visas from UserInfo. `holder` is the (sub, iss) of the access token that they were had with."""
        return check_visas(tokens, holder, self._evidence, now=_clock(now))

    def verify_passport(
        self, token: object, audience: str | None = None, *, now: int | None = None
    ) -> VerifiedPassport | Refused:
        """Verify a Passport and sort its visas. Without `audience` one of the configured names must be in it."""
        return check_passport(token, self._evidence, audience=audience, now=_clock(now))

    def authorise_passport(
        self, token: object, audience: str | None, dataset_values: Iterable[str], now: int | None = None
    ) -> Authorisation:
        """Decide on each dataset value for the bearer of a Passport."""
        moment, values = _clock(now), tuple(dataset_values)
        passport = check_passport(token, self._evidence, audience=audience, now=moment)
        if isinstance(passport, Refused):
            return Authorisation(dict.fromkeys(values, passport), passport, None)
        return Authorisation(self.decide(passport.visas, values, now=moment), None, passport)

    def authorise_passports(
        self, tokens: Sequence[object], audience: str | None, dataset_values: Iterable[str], now: int | None = None
    ) -> Mapping[str, Decision]:
        """Decide on each dataset value for the bearer of several Passports in one request, as if they were one.

        Deciding on each alone and adding up would let one without a limit undo the limits of the others.
        """
        moment, rule = _clock(now), self._config.expiry
        passports = [check_passport(token, self._evidence, audience=audience, now=moment) for token in tokens]
        refusals = [passport for passport in passports if isinstance(passport, Refused)]
        visas = together([passport.visas for passport in passports if not isinstance(passport, Refused)])
        found = {value: controlled_access(visas, value, rule=rule, now=moment) for value in dataset_values}
        return {
            value: refusals[0] if refusals and decision == Refused(Reason.NO_VISA_FOR_DATASET) else decision
            for value, decision in found.items()
        }

    def decide(
        self, visas: VisaSet, dataset_values: Iterable[str], *, now: int | None = None
    ) -> Mapping[str, Decision]:
        """Decide on each dataset value for visas that were verified."""
        moment, rule = _clock(now), self._config.expiry
        return {value: controlled_access(visas, value, rule=rule, now=moment) for value in dataset_values}

    def registered_access(self, visas: VisaSet, *, now: int | None = None) -> Decision:
        """Decide on registered access for visas that were verified."""
        return registered_access(visas, rule=self._config.expiry, now=_clock(now))

    def refresh(self, now: int | None = None) -> Mapping[str, str | None]:
        """Fetch what is due: status lists in use, and key documents past half of their age.

        Returns each address that was tried, with None or the message of its failure. A call while another one
        is running returns at once with nothing, so that a slow server does not pile up pollers.
        """
        if not self._refreshing.acquire(blocking=False):
            return {}
        try:
            return self._evidence.refresh(now=_clock(now))
        finally:
            self._refreshing.release()


def _clock(now: int | None) -> int:
    return int(time.time()) if now is None else int(now)
