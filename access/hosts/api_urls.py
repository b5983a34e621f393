"""The REST API under `/api/v1/`."""

from django.urls import path

from access.hosts import api as hosts

urlpatterns = [
    path("hosts/grants", hosts.Grants.as_view(), name="host_grants"),
    path("hosts/members/<str:accession>", hosts.Members.as_view(), name="host_members"),
    path("hosts/cohorts/<str:number>", hosts.Cohort.as_view(), name="host_cohort"),
    path("hosts/cohorts/<str:number>/confirm", hosts.Confirm.as_view(), name="host_cohort_confirm"),
]
