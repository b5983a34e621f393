"""What the catalogue costs beside a purpose: every dataset ranked, twenty shown with the people who fit."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.test import Client
from django.utils import timezone

from benchmarks._figures import figure, moved
from benchmarks._floors import empty_view
from benchmarks._measuring import Call
from benchmarks._worlds import copied

PROFILES = 300
LABELS = (
    {"permission": "GRU"},
    {"permission": "HMB", "modifiers": ["IRB"]},
    {"permission": "DS", "diseases": ["MONDO:0005267"], "modifiers": [{"term": "TS", "months": 24}]},
    {"permission": "DS", "diseases": ["MONDO:0005015"], "modifiers": ["NPU"]},
)


@dataclass
class Offered:
    """A researcher with a purpose before a catalogue of many datasets."""

    browser: Client
    purpose: str

    def fits(self) -> None:
        """The page that ranks the datasets for the purpose."""
        answer = self.browser.get("/datasets/", {"purpose": self.purpose})
        if answer.status_code != 200:
            raise RuntimeError(f"the catalogue answered {answer.status_code}")


def offered(datasets: int) -> Any:
    """The world of so many datasets, of which each tenth has members."""
    return partial(_offered, datasets)


def _offered(datasets: int, size: str) -> Offered:
    builders = moved("tests.access.builders")
    of = builders.world()
    draft = builders.drafted(of)
    first = of.dataset
    made: list[Any] = [
        copied(
            first,
            slug=f"set-{number}",
            title=f"Genomes of cohort {number}",
            data_use=LABELS[number % len(LABELS)],
            has_members=number % 10 == 0,
        )
        for number in range(datasets - 1)
    ]
    type(first).objects.bulk_create(made, batch_size=1000)
    version = first.versions.get()
    versions = [copied(version, dataset_id=one.pk, accession=f"SET-{one.pk}") for one in made]
    type(version).objects.bulk_create(versions, batch_size=1000)
    _members([one for one in made if one.has_members])
    with suppress(ModuleNotFoundError):
        moved("access.catalogue.kept_selectors").forget()
    browser = Client(HTTP_HOST="127.0.0.1")
    browser.force_login(of.ada, backend="django.contrib.auth.backends.ModelBackend")
    return Offered(browser, draft.number)


def _members(datasets: list[Any]) -> None:
    """Every profile in each of them."""
    models = moved("consent.models")
    use = {"permission": "GRU", "modifiers": [], "diseases": [], "local": []}
    profiles = [
        models.ConsentProfile(
            key=f"{number:064x}",
            data_use=use | {"modifiers": [{"term": "TS", "months": number + 1}]},
            outlets=["controlled_repository"],
            first_seen_at=timezone.now(),
        )
        for number in range(PROFILES)
    ]
    models.ConsentProfile.objects.bulk_create(profiles)
    counts = [
        models.ProfileCount(dataset_id=one.pk, profile_id=profile.pk, count=10 + number)
        for one in datasets
        for number, profile in enumerate(profiles)
    ]
    models.ProfileCount.objects.bulk_create(counts, batch_size=5000)


def _pages(world: Offered) -> Iterator[Call]:
    while True:
        yield world.fits


@figure("catalogue, what fits a purpose, 2,800 datasets", world=offered(2_800), ms=75, floors=(empty_view,))
def catalogue_fits(world: Offered) -> Iterator[Call]:
    """A researcher looks for data."""
    return _pages(world)


@figure("catalogue, what fits a purpose, 10,000 datasets", world=offered(10_000), ms=90, floors=(empty_view,))
def catalogue_fits_large(world: Offered) -> Iterator[Call]:
    """A national catalogue costs little more than one of a quarter of it."""
    return _pages(world)
