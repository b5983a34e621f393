"""social-auth-core's generic OpenID Connect backend in Django, with PKCE switched on; `/me` is what UserInfo says now."""

import json
import sys
from typing import Any

import django_party

given = json.loads(sys.argv[1])


def urls() -> list[Any]:
    from django.http import HttpRequest, HttpResponse, JsonResponse
    from django.urls import include, path
    from social_core.actions import do_auth
    from social_django.utils import load_backend, load_strategy

    def login(request: HttpRequest) -> HttpResponse:
        # What its own view does, which takes POST alone: a page would show a button.
        return do_auth(load_backend(load_strategy(request), "oidc", "/complete/oidc/"))

    def me(request: HttpRequest) -> JsonResponse:
        kept = request.user.social_auth.get(provider="oidc")
        backend = load_backend(load_strategy(request), "oidc", None)
        backend.id_token = {"sub": kept.uid}
        claims = backend.user_data(kept.extra_data["access_token"])
        return JsonResponse({"signed_in": request.user.username, "claims": claims})

    return [path("login", login), path("me", me), path("", include("social_django.urls", namespace="social"))]


django_party.serve(
    given["port"],
    urls,
    apps=["social_django"],
    backends=["social_core.backends.open_id_connect.OpenIdConnectAuth"],
    SOCIAL_AUTH_OIDC_OIDC_ENDPOINT=given["issuer"],
    SOCIAL_AUTH_OIDC_KEY=given["client_id"],
    SOCIAL_AUTH_OIDC_SECRET=given["client_secret"],
    SOCIAL_AUTH_OIDC_SCOPE=["ga4gh_passport_v1"],
    SOCIAL_AUTH_OIDC_USE_PKCE=True,
)
