"""My data: what I agreed to, who uses my data now and why, who has confirmed that I left, what changed."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from access.domain.acknowledgement import Standing
from access.selectors.export import everything_about
from access.selectors.my_data import Leaving, Use, leaving_of, uses_of
from access.views.participant_sentences import as_one, own_terms, plain_sentence, project_says, together
from access.views.sentences import Said, name_of, said
from consent import vault
from consent.models import Participant
from consent.selectors.overview import AgreedLine, Moment, Overview, overview_of
from consent.selectors.participants import participations_of
from consent.texts import AXES, Happening, effects
from governance.duo.decision import Verdict
from governance.duo.ontology import Ontologies
from governance.limits import limited
from governance.models import User
from governance.selectors.ontology import active_ontologies
from governance.templatetags.duologue import day, lasted, number

HISTORY_SHOWN = 6
NOTHING = {"data_use": None, "outlets": []}


@dataclass(frozen=True, slots=True)
class ProjectLine:
    """A project as the page shows it."""

    use: Use
    reasons: list[Said]
    said: str
    asks: str
    paused: bool


@dataclass(frozen=True, slots=True)
class HostLine:
    """A host's standing as the page shows it: the state's word, its own words, and a line below."""

    name: str
    word: str
    says: str
    under: str


@dataclass(frozen=True, slots=True)
class Section:
    """One programme on the page."""

    overview: Overview
    projects: list[ProjectLine]
    leaving: Leaving | None
    hosts: list[HostLine]
    lead: str

    @property
    def is_left(self) -> bool:
        """Whether the person has stopped every use under this programme."""
        return "no_use" in self.overview.axes

    @property
    def still(self) -> list[AgreedLine]:
        """The answers that hold although the use was stopped."""
        return [line for line in self.overview.agreed if line.speaks]

    @property
    def review_at(self) -> str:
        """Where all answers are looked through: on the form in force, or the one that was signed where it is another."""
        signed = self.overview.newer_form or self.overview.current is None
        return reverse("consent_signed_review" if signed else "consent_review", args=[self.overview.programme.slug])

    @property
    def stopped(self) -> list[str]:
        return [str(AXES[axis][2]) for axis in AXES if axis in self.overview.axes]

    @property
    def history(self) -> list[Moment]:
        """The newest of what happened: to the consent, and to the projects that the data are in."""
        starts = [_start(line.use) for line in self.projects if line.use.is_in and line.use.grant.starts_at]
        happened = sorted((*self.overview.history, *starts), key=lambda one: one.at, reverse=True)
        return happened[:HISTORY_SHOWN]

    @property
    def more(self) -> bool:
        return len(self.overview.history) > HISTORY_SHOWN


def _start(use: Use) -> Moment:
    sentence = _("“%(title)s” began to use your data.") % {"title": use.title}
    return Moment(use.grant.starts_at, Happening("go", "told", sentence))


@login_required
@never_cache
@require_safe
def my_data(request: HttpRequest) -> HttpResponse:
    """Every programme that this account takes part in, together."""
    now, ontologies = timezone.now(), active_ontologies()
    sections = []
    for participant in participations_of(request.user):
        # Days are told in the programme's own time.
        with timezone.override(participant.programme.time_zone):
            sections.append(_section(participant, now, ontologies))
    # What is in force comes first, what was left after it.
    sections.sort(key=lambda section: section.is_left)
    using = sum(line.use.is_in for section in sections for line in section.projects)
    page = {
        "sections": sections,
        "single": len(sections) == 1,
        "using": _using(using),
        "name": _name(request.user, sections),
    }
    return render(request, "access/my_data.html", page)


def _using(count: int) -> str:
    if not count:
        return _("No project uses your data today.")
    said = ngettext("%(n)s project uses your data today.", "%(n)s projects use your data today.", count)
    return said % {"n": number(count)}


def _name(person: User, sections: list[Section]) -> str:
    """What to call the person: their first name as the programme has it, else the account's."""
    for section in sections:
        participant = section.overview.participant
        if not vault.is_erased(participant) and vault.read(participant).name:
            return vault.read(participant).name.split()[0]
    return person.shown_name


def _section(participant: Participant, now: datetime, ontologies: Ontologies) -> Section:
    overview = overview_of(participant)
    profile = overview.state.profile
    agreed = " ".join(one.sentence for one in effects(NOTHING, {"data_use": profile.data_use, "outlets": []}))
    leaving = leaving_of(participant, now)
    return Section(
        overview=overview,
        projects=[_project(use, agreed, ontologies) for use in uses_of(participant, now)],
        leaving=leaving,
        hosts=[_host(one.standing, one.host.name, one.seconds) for one in leaving.hosts] if leaving else [],
        lead=_lead(overview),
    )


def _lead(overview: Overview) -> str:
    name = overview.programme.name
    if "no_use" in overview.axes and overview.left_at:
        return _("You left %(name)s on %(day)s.") % {"name": name, "day": day(overview.left_at)}
    if overview.in_force:
        return _("Your consent to %(name)s is in force.") % {"name": name}
    if overview.version is None:
        return _("%(name)s asks for your consent; you have not answered yet.") % {"name": name}
    return _("In %(name)s you have allowed no use of your data.") % {"name": name}


def _project(use: Use, agreed: str, ontologies: Ontologies) -> ProjectLine:
    return ProjectLine(
        use=use,
        reasons=_reasons(use, ontologies),
        said=agreed,
        asks=project_says(use.purpose, name_of(ontologies)),
        paused=use.grant.state == "suspended",
    )


def _reasons(use: Use, ontologies: Ontologies) -> list[Said]:
    """Why, in words for participants: what keeps the data out comes first where they are out."""
    if use.late:
        lead = _("You agreed later.")
        text = _("The committee recorded who is in before your answer. It can let in more people, but need not.")
        return [Said("my data are not in", text, "", lead)]
    own, name = own_terms(use.member.profile.data_use), name_of(ontologies)
    found: dict[str, Said] = {}
    ordered = sorted(use.reasons, key=lambda one: use.is_in or one.verdict is Verdict.PERMIT)
    for reasons in together(ordered):
        judged = said(reasons[:1], ontologies)[0]
        # Two rules can come to the same for the person: they read it once.
        text = plain_sentence(as_one(reasons), own, name) or judged.text
        rules = ", ".join(one.rule for one in reasons)
        found.setdefault(text, Said(judged.word, text, rules, judged.lead))
    return list(found.values())


def _host(standing: Standing, name: str, seconds: float | None) -> HostLine:
    if standing is Standing.CONFIRMED:
        says = _("Confirmed after %(time)s") % {"time": lasted(seconds)} if seconds is not None else _("Confirmed")
        return HostLine(name, "confirmed", says, "")
    words = {
        Standing.WAITING: ("waiting", _("Being told"), _("It is told within seconds.")),
        Standing.TOLD: ("told", _("Told"), _("Heard it. Has not yet said that it is done.")),
        Standing.LATE: (
            "late",
            _("Late"),
            _("Has not confirmed yet. Passes for your data end within an hour whether it answers or not."),
        ),
        Standing.DEAF: (
            "deaf",
            _("No answer"),
            _("Has not answered for an hour. Passes for your data have ended. We keep telling it."),
        ),
    }
    word, says, under = words[standing]
    return HostLine(name, word, says, under)


@login_required
@limited("export")
@require_safe
def everything(request: HttpRequest) -> HttpResponse:
    """Everything that is held about the person, as one file to keep."""
    answer = JsonResponse(
        everything_about(request.user, timezone.now()), json_dumps_params={"indent": 1, "ensure_ascii": False}
    )
    answer["Content-Disposition"] = 'attachment; filename="everything-about-me.json"'
    return answer
