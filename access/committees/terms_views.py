"""Terms of use and committees: pages that everybody can read, because visas point to them."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from access.committees import terms_selectors as selectors
from access.committees import terms_services as terms
from access.committees.selectors import half_end_within
from access.models import TermsVersion
from governance.domain.errors import Conflict, NotThere
from governance.models import Committee, Dataset
from governance.views.signed_in import SignedIn


@require_GET
def show(http: HttpRequest, slug: str, number: int) -> HttpResponse:
    """One version of a text, with its hash; a signed-in person can accept the current one."""
    found = selectors.find(slug, number)
    newest = TermsVersion.objects.filter(slug=slug).order_by("-number")[0]
    mine = None
    if http.user.is_authenticated:
        mine = found.acceptances.filter(person=http.user).first()
    return render(http, "access/terms/show.html", {"terms": found, "newest": newest, "mine": mine})


@require_GET
def moved(http: HttpRequest, slug: str, number: int) -> HttpResponse:
    """The address that earlier visas and links name."""
    return redirect("terms", slug, number, permanent=True)


@require_http_methods(["GET", "POST"])
@login_required
def accept(http: SignedIn, slug: str, number: int) -> HttpResponse:
    """Accept a version for oneself."""
    found = selectors.find(slug, number)
    if http.method == "GET":
        return redirect("terms", slug, number)
    try:
        terms.accept_terms(terms=found, sha256=http.POST.get("sha256", ""), by=http.user, now=timezone.now())
        messages.success(http, _("You accepted these terms."))
    except Conflict as moved:
        messages.error(http, moved.message)
    return redirect("terms", slug, number)


@require_GET
def committee(http: HttpRequest, slug: str) -> HttpResponse:
    """One committee: who they are, how they decide, which datasets and terms are theirs."""
    found = Committee.objects.select_related("organisation").filter(slug=slug).first()
    if found is None:
        raise NotThere(f"there is no committee {slug}")
    datasets = Dataset.objects.filter(committee=found).prefetch_related("versions").order_by("title", "id")
    return render(
        http,
        "access/terms/committee.html",
        {
            "committee": found,
            "terms": selectors.current_terms([found]),
            "datasets": datasets[:50],
            "count": datasets.count(),
            "half": half_end_within([found.pk], timezone.now())[found.pk],
        },
    )
