"""Property tests here have no time limit: how fast something is, the benches say."""

from hypothesis import settings

settings.register_profile("duologue", deadline=None)
settings.load_profile("duologue")
