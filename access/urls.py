"""URLs of the access app; one marked block for each page set."""

from django.urls import URLPattern, URLResolver, include, path, re_path

from access.views import home, wellknown

urlpatterns: list[URLPattern | URLResolver] = []

# --- OpenID Provider and what hosts read without asking ---------------------------------------------------------------
urlpatterns += [
    # Some hosts join the issuer, which ends with a slash, and the path, which begins with one.
    re_path(r"^(?:/)?\.well-known/openid-configuration$", wellknown.discovery, name="discovery"),
    re_path(r"^(?:/)?\.well-known/jwks\.json$", wellknown.jwks, name="jwks"),
    path("status/<int:number>", wellknown.status_list, name="status_list"),
    path("service-info", wellknown.service_info, name="service_info"),
    path("", include("access.provider.urls")),
]

# --- First page, the API of data hosts, and the demo's own pages ------------------------------------------------------
urlpatterns += [
    path("", home.home, name="home"),
    path("api/v1/", include("access.api.urls")),
    path("demo/", include("access.demo.urls")),
]
