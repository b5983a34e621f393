"""Every URL of the product; each app keeps its own table."""

from django.urls import include, path

urlpatterns = [
    path("accounts/", include("allauth.urls")),
]
