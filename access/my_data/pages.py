"""Projects as a participant reads of them: whether their data are in, from when to when, why, and who confirmed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from access.domain.acknowledgement import Standing
from access.face.sentences import Said, name_of, said
from access.hosts.standing_selectors import HostStanding
from access.models import Grant, Vote
from access.my_data.selectors import Judgement, Out, Use
from access.my_data.sentences import as_one, own_terms, plain_sentence, project_says, together
from access.my_data.strip_pages import Strip, TimeAxis
from consent.selectors.overview import Moment
from consent.texts import Happening, effects, limit_sentences
from governance.duo.data_use import parse_data_use, to_json
from governance.duo.decision import Verdict
from governance.duo.ontology import Ontologies
from governance.face.words import isolated
from governance.templatetags.duologue import day, lasted

NOTHING: dict[str, Any] = {"data_use": None, "outlets": []}


@dataclass(frozen=True, slots=True)
class HostLine:
    """A host's standing as the page shows it: the state's word, its own words, and a line below."""

    name: str
    word: str
    says: str
    under: str


@dataclass(frozen=True, slots=True)
class JudgementLine:
    """What the committee wrote for participants, after words that say what it is about."""

    lead: str
    text: str


@dataclass(frozen=True, slots=True)
class ProjectLine:
    """A project as the page shows it. `word` is a state of the look; `when` its days in one sentence."""

    use: Use
    word: str
    when: str
    reasons: list[Said]
    said: str
    kept: str
    asks: str
    judgements: list[JudgementLine]
    hosts: list[HostLine]
    strip: Strip

    @property
    def paused(self) -> bool:
        return self.use.grant.state == Grant.State.SUSPENDED

    @property
    def confirmed(self) -> int:
        """How many of the places that were told have confirmed."""
        return sum(host.word == "confirmed" for host in self.hosts)


def project_lines(uses: Iterable[Use], ontologies: Ontologies, axis: TimeAxis) -> list[ProjectLine]:
    """The projects in words for the participant, each with its strip on the page's line of time."""
    return [_line(use, ontologies, axis) for use in uses]


def _line(use: Use, ontologies: Ontologies, axis: TimeAxis) -> ProjectLine:
    own = use.member.profile.data_use if use.member.profile else None
    return ProjectLine(
        use=use,
        word=_word(use),
        when=_when(use),
        reasons=_reasons(use, ontologies),
        said=" ".join(one.sentence for one in effects(NOTHING, {"data_use": own, "outlets": []})),
        kept=" ".join(_kept(use, own)),
        asks=project_says(use.purpose, name_of(ontologies)),
        judgements=[_judgement(one) for one in use.judgements],
        hosts=[host_line(one) for one in use.hosts],
        strip=axis.strip(use),
    )


def _word(use: Use) -> str:
    if use.is_in:
        return "my data are in"
    if use.out is Out.ENDED:
        return "ended"
    return "taken out" if use.out else "my data are not in"


def _when(use: Use) -> str:
    """The days of a project in one sentence. Its last day is told as a day, whatever the hour at which it ends."""
    starts = day(use.since or use.grant.starts_at)
    # What expires ends as the day after its last day begins.
    early = use.over and use.grant.end_reason != Grant.End.EXPIRED
    last = day(use.grant.ended_at) if early else day(use.grant.last_day)
    until = last if use.out is Out.ENDED else day(use.until)
    places = {"since": starts, "until": until, "last": last}
    if use.is_in:
        return _("Since %(since)s, until %(last)s at most.") % places
    if use.out is Out.ENDED:
        return _("In from %(since)s to %(until)s, when the project ended.") % places
    if use.out is Out.CHANGED and not until:
        return _("In since %(since)s, but held back now.") % places
    if use.out is Out.CHANGED:
        return _("In from %(since)s to %(until)s, when the rules of the collection changed.") % places
    if use.out is Out.LEFT and use.over:
        return _("In from %(since)s to %(until)s. The project ended on %(last)s.") % places
    if use.out is Out.LEFT:
        return _("In from %(since)s to %(until)s. The project goes on without your data.") % places
    if use.over:
        return _("From %(since)s to %(last)s, always without your data.") % places
    return _("From %(since)s until %(last)s at most, without your data.") % places


def _kept(use: Use, own: Mapping[str, Any] | None) -> list[str]:
    """The limits that the collection adds to the person's own answers."""
    label = use.grant.line.dataset_version.dataset.data_use
    added = limit_sentences(to_json(parse_data_use(label))) if label else []
    mine = limit_sentences(own)
    return [one for one in added if one not in mine]


def _judgement(one: Judgement) -> JudgementLine:
    if not one.choice:
        return JudgementLine(_("The committee looked at this:"), one.text)
    if one.choice == Vote.Choice.APPROVE:
        return JudgementLine(_("A member of the committee said yes:"), one.text)
    return JudgementLine(_("A member of the committee had doubts:"), one.text)


def _reasons(use: Use, ontologies: Ontologies) -> list[Said]:
    """Why, in words for participants: what keeps the data out comes first where they are out."""
    if use.late:
        lead = _("You agreed later.")
        text = _("The committee recorded who is in before your answer. It can let in more people, but need not.")
        return [Said("my data are not in", text, "", lead)]
    own = own_terms(use.member.profile.data_use if use.member.profile else None)
    name = name_of(ontologies)
    found: dict[str, Said] = {}
    ordered = sorted(use.reasons, key=lambda one: use.is_in or one.verdict is Verdict.PERMIT)
    for reasons in together(ordered):
        judged = said(reasons[:1], ontologies)[0]
        # Two rules can come to the same for the person: they read it once.
        text = plain_sentence(as_one(reasons), own, name) or judged.text
        rules = ", ".join(one.rule for one in reasons)
        found.setdefault(text, Said(judged.word, text, rules, judged.lead))
    return list(found.values())


def host_line(one: HostStanding) -> HostLine:
    """How far a host has followed, in words for the participant."""
    if one.standing is Standing.CONFIRMED:
        took = _("Confirmed after %(time)s") % {"time": lasted(one.seconds)} if one.seconds is not None else ""
        return HostLine(one.host.name, "confirmed", took or _("Confirmed"), "")
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
    word, says, under = words[one.standing]
    return HostLine(one.host.name, word, says, under)


# --- What happened ----------------------------------------------------------------------------------------------
def project_moments(uses: Iterable[Use]) -> list[Moment]:
    """When each project that ever had the data came to have them, and when that ended."""
    return [moment for use in uses if use.since for moment in _moments(use, use.since)]


def _moments(use: Use, since: datetime) -> list[Moment]:
    named = {"title": isolated(use.title)}
    found = [Moment(since, Happening("go", "in", _("“%(title)s” began to use your data.") % named))]
    if use.until is None or use.out is None:
        return found
    sentences = {
        Out.LEFT: _("“%(title)s” lost your data.") % named,
        Out.CHANGED: _("“%(title)s” lost your data: the rules of the collection changed.") % named,
        Out.ENDED: _("“%(title)s” ended. It had your data for %(time)s.")
        % {**named, "time": lasted((use.until - since).total_seconds())},
    }
    mark = "end" if use.out is Out.ENDED else "out"
    return [*found, Moment(use.until, Happening("off", mark, sentences[use.out]))]


def with_projects(moments: Sequence[Moment], uses: Iterable[Use]) -> list[Moment]:
    """Everything that happened, to the consent and to the projects, the newest first."""
    return sorted((*moments, *project_moments(uses)), key=lambda one: one.at, reverse=True)
