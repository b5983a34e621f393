"""`python -m docs.links`: every relative link and picture of the documentation leads to a file that is there."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LINK = re.compile(r"(?:\]\(|<img src=\")([^)#\s\"]+)")


def broken() -> list[str]:
    """Each broken link as `file: target`."""
    pages = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")), *sorted(ROOT.glob("*/**/README.md"))]
    found = []
    for page in pages:
        if {".venv", "node_modules"} & set(page.parts) or not page.exists():
            continue
        for match in LINK.finditer(page.read_text(encoding="utf-8")):
            target = match.group(1)
            if "://" not in target and not target.startswith(("mailto:", "/")) and not (page.parent / target).exists():
                found.append(f"{page.relative_to(ROOT)}: {target}")
    return found


if __name__ == "__main__":
    links = broken()
    sys.stdout.writelines(f"broken link: {link}\n" for link in links)
    sys.exit(1 if links else 0)
