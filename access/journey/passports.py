"""How the researcher's program gets a passport (code flow with PKCE, exchange), and how data are asked for with it."""

import base64
import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from access.journey.visitor import TIMEOUT, Stuck, Visitor

PASSPORT = "urn:ga4gh:params:oauth:token-type:passport"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105  the name of a kind of token
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"


@dataclass
class Program:
    """A registered client of the platform that acts for a researcher."""

    base: str
    client_id: str
    client_secret: str
    redirect_uri: str

    def __post_init__(self) -> None:
        self._http = requests.Session()
        self._http.trust_env = False
        self.discovery: dict[str, Any] = self._http.get(
            f"{self.base}.well-known/openid-configuration", timeout=TIMEOUT
        ).json()

    def sign_in(self, visitor: Visitor) -> str:
        """The code flow: the researcher releases openid and passport; returns the access token."""
        verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(12)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        request = requests.Request(
            "GET",
            self.discovery["authorization_endpoint"],
            params={
                "response_type": "code", "client_id": self.client_id, "redirect_uri": self.redirect_uri,
                "scope": "openid ga4gh_passport_v1", "state": state, "code_challenge": challenge,
                "code_challenge_method": "S256",
            },
        ).prepare()  # fmt: skip
        assert request.url is not None
        page = visitor.open(request.url)
        form = page.form(has=["allow"])
        there = visitor.location(page, form, {"chosen": ["ga4gh_passport_v1"], "allow": "true"})
        answer = {name: values[0] for name, values in parse_qs(urlsplit(there).query).items()}
        if answer.get("state") != state or "code" not in answer:
            raise Stuck(f"the consent screen led back without a code: {answer.get('error', 'no error named')}")
        token = self._post(
            grant_type="authorization_code", code=answer["code"], redirect_uri=self.redirect_uri, code_verifier=verifier
        )
        return str(token["access_token"])

    def passport(self, access_token: str, *audience: str) -> str:
        """Exchange the access token for a passport that one host accepts; without an audience for one that names none."""
        return str(self._post(**_exchange(access_token, audience))["access_token"])

    def refusal(self, access_token: str, *audience: str) -> str:
        """The error with which an exchange is refused; empty where it is not."""
        answer = self._ask(**_exchange(access_token, audience))
        return "" if answer.status_code == 200 else str(answer.json().get("error", answer.status_code))

    def bare_visas(self, access_token: str) -> list[str]:
        """The visas that UserInfo gives to the program, which name no host."""
        headers = {"Authorization": f"Bearer {access_token}"}
        answer = self._http.get(self.discovery["userinfo_endpoint"], headers=headers, timeout=TIMEOUT)
        if answer.status_code != 200:
            raise Stuck(f"UserInfo answered {answer.status_code}: {answer.text[:200]}")
        return list(answer.json()["ga4gh_passport_v1"])

    def _post(self, **data: Any) -> dict[str, Any]:
        answer = self._ask(**data)
        if answer.status_code != 200:
            raise Stuck(f"the token endpoint answered {answer.status_code}: {answer.text[:200]}")
        return dict(answer.json())

    def _ask(self, **data: Any) -> requests.Response:
        return self._http.post(
            self.discovery["token_endpoint"], data=data, auth=(self.client_id, self.client_secret), timeout=TIMEOUT
        )


def _exchange(access_token: str, audience: Sequence[str]) -> dict[str, Any]:
    return {
        "grant_type": EXCHANGE, "requested_token_type": PASSPORT, "subject_token": access_token,
        "subject_token_type": ACCESS_TOKEN, "audience": list(audience),
    }  # fmt: skip


def visas_in(passport: str) -> list[dict[str, Any]]:
    """The payloads of a passport's controlled-access visas, read without checking: that is the host's work."""
    return granting(_payload(passport)["ga4gh_passport_v1"])


def granting(visas: Sequence[str]) -> list[dict[str, Any]]:
    """The payloads of those of the visas that are for controlled access."""
    payloads = [_payload(visa) for visa in visas]
    return [visa for visa in payloads if visa["ga4gh_visa_v1"]["type"] == "ControlledAccessGrants"]


def _payload(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))))


@dataclass
class Served:
    """What a host answered: the status, the samples of the file it served, and its reason where it refused."""

    status: int
    samples: list[str]
    reason: str = ""


def ask_host(drs: str, object_id: str, passport: str) -> Served:
    """GA4GH DRS: the object under a passport, its access address, the file behind it."""
    http = requests.Session()
    http.trust_env = False
    body = {"passports": [passport]}
    answer = http.post(f"{drs}/objects/{object_id}", json=body, timeout=TIMEOUT)
    if answer.status_code != 200:
        return Served(answer.status_code, [], str(answer.json().get("msg", "")))
    access = http.post(f"{drs}/objects/{object_id}/access/vcf", json=body, timeout=TIMEOUT)
    if access.status_code != 200:
        return Served(access.status_code, [], str(access.json().get("msg", "")))
    data = http.get(access.json()["url"], timeout=TIMEOUT)
    header = next((line for line in data.text.splitlines() if line.startswith("#CHROM")), "")
    return Served(data.status_code, header.split("\t")[9:])
