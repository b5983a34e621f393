"""Who lives in the demo world: the same user names in the demo, the tests, the documentation and the pictures."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """Someone whom a visitor of the demo can become with one click."""

    username: str
    name: str
    does: str
    personal: bool = False


PEOPLE: tuple[Person, ...] = (
    Person("petra", "Petra Koskinen", "is a participant of Lakeland Biobank and of the Costa Verde Health Study", True),
    Person("tomas", "Tomás Herrera", "is a participant who has withdrawn", True),
    Person(
        "ada", "Ada Lindholm", "is a researcher at the University of Saimaa, with a grant and a request under review"
    ),
    Person("carl", "Carl Brandt", "is a researcher at Corvid Therapeutics, a company"),
    Person("chidi", "Chidi Okonkwo", "chairs the Lakeland Data Access Committee"),
    Person("mei", "Mei Tanaka", "is a member of it, and chairs the Costa Verde committee"),
    Person("rosa", "Rosa Marín", "represents participants on the committees"),
    Person("sam", "Sam Virtanen", "is the committees' secretary and coordinates the programmes"),
    Person("sofia", "Sofia Aalto", "is signing official of the University of Saimaa"),
    Person("dana", "Dana Rautio", "is data steward of Lakeland Biobank"),
    Person("hanna", "Hanna Nieminen", "operates the data hosts"),
    Person("admin", "Alex Salo", "administers the installation"),
)
NAMES: dict[str, Person] = {person.username: person for person in PEOPLE}
