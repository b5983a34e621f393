"""The demo's own addresses: they exist in a demo world only."""

from django.urls import path

from access.demo import views

urlpatterns = [
    path("", views.people, name="demo_people"),
    path("become/<str:username>", views.become, name="demo_become"),
    path("rehearsal", views.begin_rehearsal, name="demo_rehearsal"),
    path("rehearsal/<str:run>/end", views.end_rehearsal, name="demo_rehearsal_end"),
]
