"""The endpoints of the OpenID Provider that people and clients meet."""

from typing import Any
from urllib.parse import urlsplit

from django.forms import BooleanField, CharField, Form, HiddenInput
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import View
from oauth2_provider.forms import AllowForm
from oauth2_provider.models import get_access_token_model, get_grant_model
from oauth2_provider.views import base, oidc

from access.models import Client, RememberedConsent
from access.passports import client_services as clients
from access.passports.provider import release
from access.passports.provider.answers import (
    BEARER,
    in_json,
    not_kept,
    refuse,
    too_often,
    tried_again,
    waiting_if_refused,
    with_issuer,
)
from access.passports.provider.cross_origin import open_to_own_origins
from access.passports.provider.exchange import exchange
from access.passports.provider.introspection import introspect
from access.passports.provider.told import told
from access.passports.scopes import ALWAYS, PASSPORT, ClientScopes, narrowed
from governance.domain.errors import TooMany
from governance.models import User
from governance.selectors.second_factor import has_second_factor

AccessToken, Grant = get_access_token_model(), get_grant_model()


class ConsentForm(AllowForm):
    """What the client asked for, hidden, and what the person leaves of it."""

    template_name = "forms/form.html"
    chosen = CharField(required=False, widget=HiddenInput())
    remember = BooleanField(required=False)


@method_decorator(never_cache, name="dispatch")
class Authorize(base.AuthorizationView):
    """The consent screen (BR-16): which client, which data, for which hosts; each part but the first can be
    left out.
    """

    template_name = "access/provider/authorize.html"
    form_class = ConsentForm

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        # `approval_prompt=auto` would skip the screen while any token lives; `resource` is for the exchange
        # alone.
        kept: Any = request.GET.copy()
        for name in ("approval_prompt", "resource"):
            kept.pop(name, None)
        request.GET = kept
        answer: HttpResponse = super().get(request, *args, **kwargs)
        return answer

    @property
    def _person(self) -> User:
        """Who answers: the screen is shown to nobody else."""
        assert self.request.user.is_authenticated
        return self.request.user

    def redirect(self, redirect_to: str, application: Client | None) -> HttpResponse:
        """Every answer goes back through here: an error names its issuer as a code does (RFC 9207 section 2)."""
        if application is None:
            asked = self.request.GET.get("client_id") or self.request.POST.get("client_id")
            application = Client.objects.filter(client_id=asked).first()
        answer: HttpResponse = super().redirect(with_issuer(redirect_to), application)
        return answer

    def get_login_url(self) -> str:
        """For `prompt=login` somebody who is signed in proves themselves again; the sign-in page would send
        them back.
        """
        return "account_reauthenticate" if self.request.user.is_authenticated else super().get_login_url()

    def form_valid(self, form: Form) -> HttpResponse:
        client = Client.objects.filter(client_id=form.cleaned_data["client_id"]).first()
        if client is None:
            return self.form_invalid(form)
        asked = narrowed(form.cleaned_data["scope"].split(), ClientScopes().get_available_scopes(client))
        chosen = {*self.request.POST.getlist("chosen"), *form.cleaned_data["chosen"].split(), *ALWAYS}
        scopes = [scope for scope in asked if scope in chosen]
        if form.cleaned_data["allow"] and release.to_be_asked_again(asked, scopes, self.request.POST):
            return self._asked_again(form, client, asked, scopes)
        form.cleaned_data["scope"], form.cleaned_data["resource"] = " ".join(scopes), ""
        if form.cleaned_data["allow"] and form.cleaned_data["remember"]:
            clients.remember_consent(person=self._person, client=client, scopes=scopes, now=timezone.now())
        answer: HttpResponse = super().form_valid(form)
        return answer

    def form_invalid(self, form: Form) -> HttpResponse:
        return render(self.request, self.template_name, {"error": {"error": "invalid_request"}}, status=400)

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        client = context.get("application")
        if client is None:
            return super().render_to_response(context, **kwargs)
        scopes = context["scopes"]
        if PASSPORT in scopes and not has_second_factor(self._person):
            here = {"client": client, "next": self.request.get_full_path()}
            return render(self.request, "access/provider/second_factor.html", here, status=403)
        if self._remembered(client, scopes):
            form = ConsentForm({**self.get_initial(), "allow": True, "chosen": " ".join(scopes)})
            if form.is_valid():
                return self.form_valid(form)
        response = super().render_to_response(context | self._shown(client, release.facts(scopes)), **kwargs)
        _let_forms_lead_to(response, context["redirect_uri"])
        return response

    def _asked_again(self, form: Form, client: Client, asked: list[str], ticked: list[str]) -> HttpResponse:
        """The same page with the same ticks, and a word about the visas that were left out."""
        address = form.cleaned_data["redirect_uri"]
        if not client.redirect_uri_allowed(address):
            return self.form_invalid(form)
        context = {"form": form, "warns": True, "remember": form.cleaned_data["remember"]}
        context |= self._shown(client, release.facts(asked, ticked))
        response = render(self.request, self.template_name, context)
        _let_forms_lead_to(response, address)
        return response

    def _shown(self, client: Client, facts: list[release.ScopeFact]) -> dict[str, Any]:
        asks = any(fact.scope == PASSPORT for fact in facts)
        lines = told(person=self._person, client=client, now=timezone.now()) if asks else None
        return {"client": client, "asked": facts, "told": lines}

    def _remembered(self, client: Client, scopes: list[str]) -> bool:
        if "consent" in self.request.GET.get("prompt", "").split():
            return False
        row = RememberedConsent.objects.filter(person=self._person, client=client).first()
        return row is not None and set(scopes) <= set(row.scopes)


def _let_forms_lead_to(response: HttpResponse, address: str) -> None:
    """A browser follows a form's redirect only where the content policy names its target: here the client's
    address, or the scheme of a native app.
    """
    parts = urlsplit(address)
    target = f"{parts.scheme}://{parts.netloc}" if parts.netloc else f"{parts.scheme}:"
    response._csp_update = {"form-action": [target]}  # type: ignore[attr-defined]


@method_decorator([in_json, open_to_own_origins], name="dispatch")
class Token(base.TokenView):
    """The token endpoint: code, refresh and client credentials by the library, exchange by us."""

    @method_decorator(sensitive_post_parameters())
    @in_json
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.POST.get("grant_type") == clients.TOKEN_EXCHANGE:
            return tried_again(exchange)(request)
        try:
            return waiting_if_refused(request, not_kept(self.authorization_flow_token_response(request)))
        except (Grant.DoesNotExist, AccessToken.DoesNotExist):
            # Of two parallel uses of one code or refresh token, the one that lost.
            return refuse("invalid_grant", "it was used already")


@method_decorator([in_json, open_to_own_origins], name="dispatch")
class Revoke(base.RevokeTokenView):
    """Revocation (RFC 7009): a client ends its own tokens, access and refresh token together."""

    @in_json
    @tried_again
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return waiting_if_refused(request, super().post(request, *args, **kwargs))


@method_decorator([in_json, open_to_own_origins], name="dispatch")
class UserInfo(oidc.UserInfoView):
    """UserInfo by GET and POST; visas for passport-scoped tokens alone."""

    @in_json
    def _create_userinfo_response(self, request: HttpRequest) -> HttpResponse:
        try:
            return self._answered(request)
        except TooMany:
            return too_often()

    @tried_again
    def _answered(self, request: HttpRequest) -> HttpResponse:
        response = not_kept(super()._create_userinfo_response(request))
        response["Content-Type"] = "application/json"
        if response.status_code == 401 and not _sent_a_token(request):
            # RFC 6750 section 3.1: who sent nothing is told no error, only what to send.
            response.content, response["WWW-Authenticate"] = b"{}", BEARER
        return response


def _sent_a_token(request: HttpRequest) -> bool:
    named = [*request.GET, *request.POST]
    return "access_token" in named or "Authorization" in request.headers


@method_decorator(csrf_exempt, name="dispatch")
class Introspect(View):
    """Introspection for hosts; POST only, so that no token stands in an address."""

    http_method_names = ["post"]

    @method_decorator(sensitive_post_parameters())
    @in_json
    @tried_again
    def post(self, request: HttpRequest) -> HttpResponse:
        return introspect(request)


@method_decorator(never_cache, name="dispatch")
class Logout(oidc.RPInitiatedLogoutView):
    """Sign-out that a client asked for, always confirmed by the person."""

    template_name = "access/provider/logout.html"

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        response = super().render_to_response(context, **kwargs)
        address = self.oidc_data.get("post_logout_redirect_uri")
        if address and "error" not in context:
            _let_forms_lead_to(response, address)
        return response
