"""Translations: read from .po files and compiled without gettext's tools."""

import ast
import gettext
import io
import os
import re
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.utils import translation

from governance.face import look
from governance.face.translations import catalogues, compile_catalogues, mo_bytes, read_po, untranslated
from governance.management.commands.makemessages import Command

LOCALE = Path(settings.LOCALE_PATHS[0])
CODE = [path for app in ("governance", "consent", "access") for path in (settings.BASE_DIR / app).rglob("*.py")]
PLACEHOLDER = re.compile(r"%\(\w+\)s")
SAMPLE = r"""
# A note.
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"

msgid "A \"quoted\" word"
msgstr "Una palabra «citada»"

#, python-format
msgctxt "pager"
msgid "Next"
msgstr "Siguiente"

msgid "%(n)s day"
msgid_plural "%(n)s days"
msgstr[0] "%(n)s día"
msgstr[1] ""
"%(n)s "
"días"

#, fuzzy
msgid "Guess"
msgstr "Adivinanza"

msgid "Untold"
msgstr ""

#~ msgid "Gone"
#~ msgstr "Ido"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "es" / "LC_MESSAGES" / "django.po"
    path.parent.mkdir(parents=True)
    path.write_text(SAMPLE, encoding="utf-8")
    return tmp_path


def test_a_compiled_file_gives_texts_contexts_and_plurals_to_pythons_gettext(folder: Path) -> None:
    written = compile_catalogues(folder)

    texts = gettext.GNUTranslations(io.BytesIO(written[0].read_bytes()))
    assert texts.gettext('A "quoted" word') == "Una palabra «citada»"
    assert texts.pgettext("pager", "Next") == "Siguiente"
    assert [texts.ngettext("%(n)s day", "%(n)s days", n) for n in (1, 2)] == ["%(n)s día", "%(n)s días"]
    assert [texts.gettext(text) for text in ("Guess", "Untold", "Gone")] == ["Guess", "Untold", "Gone"]


def test_only_what_is_older_than_its_source_is_written_again(folder: Path) -> None:
    first = compile_catalogues(folder)

    second = compile_catalogues(folder)
    os.utime(catalogues(folder)[0], (first[0].stat().st_mtime + 5,) * 2)
    third = compile_catalogues(folder)

    assert (second, third) == ([], first)


def test_texts_without_words_and_guesses_are_named(folder: Path) -> None:
    assert untranslated(folder) == {"es": ["Guess", "Untold"]}


def test_a_line_that_is_no_po_is_named_by_its_number(tmp_path: Path) -> None:
    path = tmp_path / "broken.po"
    path.write_text('msgid "a"\nmsgstr b\n', encoding="utf-8")

    with pytest.raises(ValueError, match=r"broken\.po:2: not a line of a \.po file"):
        list(read_po(path))


@pytest.mark.parametrize("path", catalogues(LOCALE), ids=lambda path: path.parent.parent.name)
def test_our_reader_and_an_independent_one_agree_on_every_catalogue(path: Path) -> None:
    theirs = polib.pofile(str(path))

    ours = gettext.GNUTranslations(io.BytesIO(mo_bytes(list(read_po(path)))))

    for entry in theirs.translated_entries():
        if entry.msgid_plural:
            forms = {ours.ngettext(entry.msgid, entry.msgid_plural, n) for n in range(200)}
            assert forms <= set(entry.msgstr_plural.values())
        elif entry.msgctxt:
            assert ours.pgettext(entry.msgctxt, entry.msgid) == entry.msgstr
        else:
            assert ours.gettext(entry.msgid) == entry.msgstr


@pytest.mark.parametrize("path", catalogues(LOCALE), ids=lambda path: path.parent.parent.name)
def test_a_translation_keeps_the_places_of_its_values(path: Path) -> None:
    odd = [
        entry.msgid
        for entry in read_po(path)
        if entry.msgid
        for text in entry.strings.values()
        if text and not set(PLACEHOLDER.findall(text)) <= set(PLACEHOLDER.findall(entry.msgid + entry.plural))
    ]

    assert odd == []


@pytest.mark.parametrize("code", [code for code, _name in settings.LANGUAGES if code != "en"])
def test_every_state_and_every_term_is_told_in_every_language(code: str) -> None:
    english = set(_words("en"))

    lacking = english & set(untranslated(LOCALE)[code])

    assert lacking == set()


def test_every_name_that_code_gives_to_gettext_is_one_that_texts_are_collected_by() -> None:
    collected = {option.removeprefix("--keyword=").split(":")[0] for option in Command.xgettext_options} | {"_"}
    missed = {
        f"{path.relative_to(settings.BASE_DIR)}: {alias.asname}"
        for path in CODE
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for alias in node.names
        if "gettext" in alias.name and alias.asname and alias.asname not in collected
    }

    assert missed == set()


def _words(code: str) -> list[str]:
    with translation.override(code):
        return [str(state.word) for state in look.STATES.values()] + [str(term.words) for term in look.TERMS.values()]
