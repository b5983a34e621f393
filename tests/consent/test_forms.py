"""Form versions: two people, one hash, and never changed again."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from consent.models import FormVersion
from consent.selectors.forms import form_of, published_version
from consent.services import forms
from governance.domain.errors import Conflict, Invalid, NotAllowed
from tests.consent.builders import HEALTH, NOW, adult_content, answer, enrol, person, publish, world

pytestmark = pytest.mark.django_db


def test_publishing_takes_two_people_and_freezes_every_text_under_one_hash():
    of = world()
    draft = forms.draft(programme=of.programme, content=adult_content("2"), by=of.rosa, now=NOW)
    proposed = forms.propose(version=draft, by=of.rosa, now=NOW)

    with pytest.raises(NotAllowed, match="two people"):
        forms.publish(version=proposed, by=of.rosa, now=NOW)
    published = forms.publish(version=proposed, by=of.sam, now=NOW)

    assert published.sha256 == form_of(published).sha256
    of.version.refresh_from_db()
    assert (of.version.state, published_version(of.programme)) == ("retired", published)


def test_a_translation_is_part_of_what_the_hash_freezes():
    of = world()
    content = adult_content("2")
    content["translations"][0]["items"]["take_part"]["question"] += " …"

    other = publish(of.programme, content, of.rosa, of.sam, NOW)

    assert other.sha256 != of.version.sha256


def test_a_published_version_cannot_be_edited_by_anyone_even_in_the_database():
    of = world()
    table = FormVersion._meta.db_table

    with pytest.raises(Conflict, match="draft a new version"):
        forms.change_draft(version=of.version, content=adult_content(), by=of.rosa, now=NOW)
    for statement in (
        f"UPDATE {table} SET content = '{{}}'",
        f"UPDATE {table} SET sha256 = 'x'",
        f"DELETE FROM {table}",
    ):
        with pytest.raises(DatabaseError, match="only grows"), transaction.atomic():
            connection.cursor().execute(statement)

    assert FormVersion.objects.get(pk=of.version.pk).content == of.version.content


def test_what_was_proposed_and_then_changed_must_be_proposed_again():
    of = world()
    draft = forms.draft(programme=of.programme, content=adult_content("2"), by=of.rosa, now=NOW)
    forms.propose(version=draft, by=of.rosa, now=NOW)

    changed = forms.change_draft(version=draft, content=adult_content("2", ["audio"]), by=of.sam, now=NOW)

    assert (changed.state, changed.proposed_by) == ("draft", None)
    with pytest.raises(Conflict, match="only a proposed one"):
        forms.publish(version=changed, by=of.rosa, now=NOW)


def test_a_form_whose_rules_contradict_each_other_is_refused_with_the_answers_that_show_it():
    of = world()
    content = adult_content("2")
    [audio] = [item for item in content["form"]["items"] if item["key"] == "audio"]
    audio["mapping"].append({"when": "yes", "effect": "permission", "code": "DUO:0000006"})
    draft = forms.draft(programme=of.programme, content=content, by=of.rosa, now=NOW)

    with pytest.raises(Invalid, match="cannot be published") as refused:
        forms.propose(version=draft, by=of.rosa, now=NOW)

    contradictions = [text for key, text in refused.value.fields.items() if key.startswith("contradiction")]
    assert any("more than one permission" in text and "audio = yes" in text for text in contradictions)


def test_a_form_that_says_yes_in_silence_is_refused():
    of = world()
    content = adult_content("2")
    [repository] = [item for item in content["form"]["items"] if item["key"] == "repository"]
    repository["mapping"] = [{"unless": "no", "effect": "outlet", "outlet": "controlled_repository"}]
    draft = forms.draft(programme=of.programme, content=content, by=of.rosa, now=NOW)

    with pytest.raises(Invalid, match="silence is never a permission"):
        forms.propose(version=draft, by=of.rosa, now=NOW)


def test_a_translation_without_one_of_the_answers_is_refused_with_its_path():
    of = world()
    content = adult_content("2")
    translation = content["translations"][0]
    translation["items"]["research_scope"]["options"].pop("not_sure")

    with pytest.raises(Invalid) as refused:
        forms.draft(programme=of.programme, content=content, by=of.rosa, now=NOW)

    assert list(refused.value.fields) == ["items.research_scope.options.not_sure"]


def test_only_coordinators_write_forms_and_each_version_carries_its_number():
    of = world()

    with pytest.raises(NotAllowed, match="coordinator"):
        forms.draft(programme=of.programme, content=adult_content("2"), by=person("stranger"), now=NOW)
    with pytest.raises(Invalid) as refused:
        forms.draft(programme=of.programme, content=adult_content("1"), by=of.rosa, now=NOW)

    assert refused.value.fields == {"version": "write 2"}


def test_who_signed_an_older_version_keeps_its_text_and_their_consent():
    of = world()
    petra = enrol(of, person("petra"))
    row = answer(petra, of, HEALTH)

    publish(of.programme, adult_content("2", ["audio"]), of.rosa, of.sam, NOW + timedelta(days=1))

    row.refresh_from_db()
    assert "audio" in form_of(row.form_version).by_key
    assert row.form_version.state == "retired"
    assert petra.state.profile.data_use["permission"] == "DUO:0000006"
