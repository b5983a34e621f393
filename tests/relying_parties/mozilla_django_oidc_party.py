"""mozilla-django-oidc, set up as its manual says, with PKCE switched on; `/me` is what UserInfo says now."""

import json
import sys
from typing import Any

import django_party

given = json.loads(sys.argv[1])
issuer = given["issuer"]


def urls() -> list[Any]:
    from django.http import HttpRequest, JsonResponse
    from django.urls import include, path
    from mozilla_django_oidc.auth import OIDCAuthenticationBackend
    from mozilla_django_oidc.views import OIDCAuthenticationRequestView

    def me(request: HttpRequest) -> JsonResponse:
        claims = OIDCAuthenticationBackend().get_userinfo(request.session["oidc_access_token"], None, None)
        return JsonResponse({"signed_in": request.user.email, "claims": claims})

    login = OIDCAuthenticationRequestView.as_view()
    return [path("login", login), path("me", me), path("oidc/", include("mozilla_django_oidc.urls"))]


django_party.serve(
    given["port"],
    urls,
    apps=["mozilla_django_oidc"],
    backends=["mozilla_django_oidc.auth.OIDCAuthenticationBackend"],
    OIDC_RP_CLIENT_ID=given["client_id"],
    OIDC_RP_CLIENT_SECRET=given["client_secret"],
    OIDC_RP_SIGN_ALGO="RS256",
    OIDC_RP_SCOPES="openid email ga4gh_passport_v1",
    OIDC_USE_PKCE=True,
    OIDC_STORE_ACCESS_TOKEN=True,
    OIDC_OP_AUTHORIZATION_ENDPOINT=f"{issuer}oauth/authorize",
    OIDC_OP_TOKEN_ENDPOINT=f"{issuer}oauth/token",
    OIDC_OP_USER_ENDPOINT=f"{issuer}userinfo",
    OIDC_OP_JWKS_ENDPOINT=f"{issuer}.well-known/jwks.json",
)
