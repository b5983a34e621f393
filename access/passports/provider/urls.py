"""Endpoints of the OpenID Provider. The library reverses names in this namespace: it must stay
`oauth2_provider`.
"""

from django.urls import path

from access.passports.provider import consents, device, views

app_name = "oauth2_provider"
urlpatterns = [
    path("oauth/authorize", views.Authorize.as_view(), name="authorize"),
    path("oauth/token", views.Token.as_view(), name="token"),
    path("oauth/revoke", views.Revoke.as_view(), name="revoke-token"),
    path("oauth/introspect", views.Introspect.as_view(), name="introspect"),
    path("oauth/logout", views.Logout.as_view(), name="rp-initiated-logout"),
    path("oauth/device", device.begin, name="device-authorization"),
    path("device", device.answer, name="device"),
    path("oauth/consents", consents.consents, name="consents"),
    path("oauth/consents/<int:consent_id>/forget", consents.forget, name="forget-consent"),
    path("userinfo", views.UserInfo.as_view(), name="user-info"),
]
