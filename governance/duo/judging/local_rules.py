"""Local terms that test the purpose. One that no rule knows gives review: no term is skipped silently."""

from collections.abc import Iterator

from governance.duo.decision import Reason
from governance.duo.judging.rules import BY_ID, speak
from governance.duo.judging.view import PurposeView
from governance.duo.local_terms import ASK_ME, FEDERATED_ONLY, LOCAL_TERMS, METHODS_PERMITTED, VISIT_ONLY
from governance.duo.purpose import AccessMode
from governance.duo.terms import METHODS, POA

_VISIT = {AccessMode.VISIT: 1, AccessMode.FEDERATED: 1, AccessMode.DOWNLOAD: 2, None: 3}
_FEDERATED = {AccessMode.FEDERATED: 1, AccessMode.VISIT: 2, AccessMode.DOWNLOAD: 2, None: 3}


def local_reasons(name: str, permission: str, view: PurposeView) -> Iterator[Reason]:
    """What a local term that is no obligation says; methods-permitted says nothing under POA."""
    mode = view.purpose.access_mode
    if name == ASK_ME:
        yield speak("ASK-1")
    elif name == FEDERATED_ONLY:
        yield speak(f"FEDERATED-{_FEDERATED[mode]}", access_mode=mode)
    elif name == VISIT_ONLY:
        yield speak(f"VISIT-{_VISIT[mode]}", access_mode=mode)
    elif name == METHODS_PERMITTED and permission != POA:
        yield speak("METHODS-1" if METHODS in view.investigations else "METHODS-2")
    elif name not in LOCAL_TERMS:
        yield Reason("LOCAL-1", name, BY_ID["LOCAL-1"].verdict, {"name": name})
