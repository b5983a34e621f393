"""Templates and stylesheets stay readable: the checker finds what is too long, and finds nothing of ours."""

from pathlib import Path

import pytest

from tests.architecture import lines

PATH = f'<path d="{"M0 0h24v24H0z" * 20}"/>'


def test_no_template_and_no_stylesheet_breaks_a_limit() -> None:
    assert lines.findings() == []


def test_the_limits_are_held_for_every_template_and_every_stylesheet() -> None:
    held = lines.files()

    assert lines.ROOT / "templates" / "base.html" in held[".html"]
    assert lines.ROOT / "governance" / "static" / "duologue" / "duologue.css" in held[".css"]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("x" * 120, 0),
        ("x" * 121, 1),
        (PATH, 0),
        (PATH + "x" * 130, 1),
        ('<p title="' + "x" * 120 + '">', 1),
    ],
    ids=["at the limit", "over it", "an SVG path", "a path and more", "an attribute"],
)
def test_a_line_over_the_limit_is_named_unless_it_is_a_drawing(tmp_path: Path, line: str, found: int) -> None:
    page = tmp_path / "page.html"
    page.write_text(f"<p>short</p>\n{line}\n", encoding="utf-8")

    named = lines.too_long([page])

    assert [text.split(": ")[0] for text in named] == [f"{page}:2"] * found


def test_the_mean_counts_lines_that_are_not_empty(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("x" * 70 + "\n\n\n" + "x" * 90 + "\n", encoding="utf-8")

    assert lines.mean([page]) == 80
