"""Who lives in the demo world: the same user names in the demo, the tests, the documentation and the pictures."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Someone whom a visitor of the demo can become with one click."""

    username: str
    name: str
    does: str
    personal: bool = False


PEOPLE: tuple[DemoPerson, ...] = (
    DemoPerson(
        "petra", "Petra Koskinen", "is a participant of Lakeland Biobank and of the Costa Verde Health Study", True
    ),
    DemoPerson("tomas", "Tomás Herrera", "is a participant who has withdrawn", True),
    DemoPerson(
        "ada", "Ada Lindholm", "is a researcher at the University of Saimaa, with a grant and a request under review"
    ),
    DemoPerson("carl", "Carl Brandt", "is a researcher at Corvid Therapeutics, a company"),
    DemoPerson("chidi", "Chidi Okonkwo", "chairs the Lakeland Data Access Committee"),
    DemoPerson("mei", "Mei Tanaka", "is a member of it, and chairs the Costa Verde committee"),
    DemoPerson("rosa", "Rosa Marín", "represents participants on the committees"),
    DemoPerson("sam", "Sam Virtanen", "is the committees' secretary and coordinates the programmes"),
    DemoPerson("sofia", "Sofia Aalto", "is signing official of the University of Saimaa"),
    DemoPerson("dana", "Dana Rautio", "is data steward of Lakeland Biobank"),
    DemoPerson("hanna", "Hanna Nieminen", "operates the data hosts"),
    DemoPerson("admin", "Alex Salo", "administers the installation"),
)
NAMES: dict[str, DemoPerson] = {person.username: person for person in PEOPLE}
