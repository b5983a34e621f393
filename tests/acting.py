"""Who acts in a test that does not care who it is."""

from governance.domain.actors import system

TESTS = system("tests")
DRILL = system("drill")
