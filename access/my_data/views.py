"""My data: who uses my data and who did, what I agreed to, what changed."""

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from access.my_data.export_selectors import everything_about
from access.my_data.pages import ProjectLine, project_lines, with_projects
from access.my_data.selectors import Out, Use, uses_of
from access.my_data.strip_pages import TimeAxis, axis_of
from consent import vault
from consent.models import Decider, Participant
from consent.selectors.overview import AgreedLine, Moment, Overview, overview_of
from consent.selectors.participants import deciding_for
from consent.texts import AXES
from consent.views.whom import WhomChoice, name_of, place
from governance.domain.errors import NotThere
from governance.duo.ontology import Ontologies
from governance.face.words import isolated
from governance.limits import limited
from governance.models import User
from governance.selectors.ontology import active_ontologies
from governance.templatetags.duologue import day, number
from governance.views.signed_in import SignedIn

HISTORY_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Section:
    """One programme on the page."""

    overview: Overview
    projects: list[ProjectLine]
    moments: list[Moment]
    lead: str

    @property
    def participant(self) -> Participant:
        """Whom it is about."""
        return self.overview.participant

    @property
    def is_left(self) -> bool:
        """Whether the person has stopped every use under this programme."""
        return "no_use" in self.overview.axes

    @property
    def shown(self) -> list[ProjectLine]:
        """The projects that run, and those that had the data."""
        return [line for line in self.projects if line.use.since or not line.use.over]

    @property
    def never(self) -> list[ProjectLine]:
        """The projects that are over and never had the data."""
        return [line for line in self.projects if not line.use.since and line.use.over]

    @property
    def nobody_to_tell(self) -> bool:
        """Whether no project had the data when their use was stopped."""
        return self.is_left and not any(line.use.out is Out.LEFT for line in self.projects)

    @property
    def still(self) -> list[AgreedLine]:
        """The answers that hold although the use was stopped."""
        return [line for line in self.overview.agreed if line.speaks]

    @property
    def review_at(self) -> str:
        """Where all answers are looked through: on the form in force, or the one that was signed where it is another."""
        signed = self.overview.newer_form or self.overview.current is None
        return reverse("consent_signed_review" if signed else "consent_review", args=[self.overview.participant.pk])

    @property
    def stopped(self) -> list[str]:
        return [str(AXES[axis][2]) for axis in AXES if axis in self.overview.axes]

    @property
    def history(self) -> list[Moment]:
        """The newest of what happened: to the consent, and to the projects that the data are or were in."""
        return self.moments[:HISTORY_SHOWN]

    @property
    def more(self) -> bool:
        return len(self.moments) > HISTORY_SHOWN


@login_required
@never_cache
@require_safe
def my_data(request: SignedIn, participant: str = "") -> HttpResponse:
    """Every programme that a person takes part in, together, in the time of the first of them.

    Who decides for others too chooses for whom; `participant` names the one of them, or is any of the reader's own.
    """
    found = people_of(request.user)
    if not participant and len(found) > 1:
        return _choose(request, found, "my_data_of")
    theirs = _chosen(found, participant)
    now, ontologies = timezone.now(), active_ontologies()
    # What is in force comes first, what was left after it.
    theirs = sorted(theirs, key=lambda one: "no_use" in one.participant.state.closed_axes)
    zone = theirs[0].participant.programme.time_zone if theirs else "UTC"
    whose = _whose(theirs)
    with timezone.override(zone):
        uses = {one.pk: uses_of(one.participant, now, ontologies) for one in theirs}
        axis = axis_of((use for own in uses.values() for use in own), now)
        sections = [_section(one, uses[one.pk], ontologies, axis) for one in theirs]
        page = {
            "sections": sections,
            "single": len(sections) == 1,
            "using": _using(sections),
            "name": _name(request.user, sections),
            "whose": whose,
            "title": _("Data of %(name)s") % {"name": whose} if whose else _("My data"),
            "decides_for_others": len(found) > 1,
            "zone": zone,
            "axis": axis,
        }
    return render(request, "access/my_data.html", page)


def people_of(person: User) -> list[list[Decider]]:
    """Those for whom somebody decides: themselves in every programme, and each of the others."""
    rows = list(deciding_for(person))
    own = [one for one in rows if one.capacity == Decider.Capacity.SELF]
    return [*([own] if own else []), *([one] for one in rows if one.capacity != Decider.Capacity.SELF)]


def _chosen(found: list[list[Decider]], participant: str) -> list[Decider]:
    if not participant:
        return found[0] if found else []
    chosen = next((rows for rows in found if participant in {one.participant_id for one in rows}), None)
    if chosen is None:
        raise NotThere("there is nobody of this address for whom you decide")
    return chosen


def _choose(request: SignedIn, found: list[list[Decider]], name: str) -> HttpResponse:
    places = []
    for rows in found:
        one = place(rows[0], reverse(name, args=[rows[0].participant_id]))
        programmes = " · ".join(row.participant.programme.name for row in rows)
        places.append(WhomChoice(one.name, programmes, one.href))
    return render(request, "consent/choose.html", {"places": places})


def _whose(theirs: list[Decider]) -> str:
    """Whose page it is, "" where they read it themselves."""
    return name_of(theirs[0]) if theirs and theirs[0].capacity != Decider.Capacity.SELF else ""


def _section(decider: Decider, uses: list[Use], ontologies: Ontologies, axis: TimeAxis) -> Section:
    overview = overview_of(decider, decider.participant.state)
    return Section(
        overview=overview,
        projects=project_lines(uses, ontologies, axis),
        moments=with_projects(overview.history, uses),
        lead=_lead(overview),
    )


def _using(sections: list[Section]) -> str:
    uses = [line.use for section in sections for line in section.projects]
    count, past = sum(use.is_in for use in uses), sum(use.since is not None and not use.is_in for use in uses)
    if count:
        told = ngettext("One project uses your data today.", "%(n)s projects use your data today.", count)
    else:
        told = _("No project uses your data today.")
    before = ngettext("One used them before.", "%(n)s used them before.", past) if past else ""
    return " ".join(filter(None, (told % {"n": number(count)}, before and before % {"n": number(past)})))


def _name(person: User, sections: list[Section]) -> str:
    """What to call the person: their first name as the programme has it, else the account's."""
    for section in sections:
        own = section.overview.decider.capacity == Decider.Capacity.SELF
        known = vault.known(section.overview.participant) if own else None
        if known and known.name:
            return known.name.split()[0]
    return person.shown_name


def _lead(overview: Overview) -> str:
    name = isolated(overview.programme.name)
    if "no_use" in overview.axes and overview.left_at:
        return _("You left %(name)s on %(day)s.") % {"name": name, "day": day(overview.left_at)}
    if overview.in_force:
        return _("Your consent to %(name)s is in force.") % {"name": name}
    if overview.version is None:
        return _("%(name)s asks for your consent; you have not answered yet.") % {"name": name}
    return _("In %(name)s you have allowed no use of your data.") % {"name": name}


@login_required
@never_cache
@require_safe
def answers(request: SignedIn, participant: str = "") -> HttpResponse:
    """What was agreed to in every programme, for those who are in several; in one it stands with its form.

    Who decides for others too chooses for whom, as on My data.
    """
    found = people_of(request.user)
    if not participant and len(found) > 1:
        return _choose(request, found, "my_answers_of")
    theirs = _chosen(found, participant)
    if len(theirs) == 1:
        return redirect("consent_start", theirs[0].participant_id)
    if not theirs:
        return redirect("my_data")
    zone = theirs[0].participant.programme.time_zone
    with timezone.override(zone):
        sections = [Section(overview, [], [], _lead(overview)) for overview in map(overview_of, theirs)]
    return render(request, "access/my_answers.html", {"sections": sections, "single": False, "zone": zone})


@login_required
@limited("export")
@require_safe
def everything(request: SignedIn) -> HttpResponse:
    """Everything that is held about the person, as one file to keep."""
    answer = JsonResponse(
        everything_about(request.user, timezone.now()), json_dumps_params={"indent": 1, "ensure_ascii": False}
    )
    answer["Content-Disposition"] = 'attachment; filename="everything-about-me.json"'
    return answer
