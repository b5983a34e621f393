"""Fields that are asked for without the word "optional", while a service, not the form, says what is missing."""

from typing import Any

from governance.face.forms import Form


class NeededLater(Form):
    """A form that accepts empty `needed` fields, so that the service's own words can be put at them."""

    needed: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._show_as_needed(True)

    def full_clean(self) -> None:
        """Read what is there; nothing is required yet."""
        self._show_as_needed(False)
        super().full_clean()
        self._show_as_needed(True)

    def _show_as_needed(self, needed: bool) -> None:
        for name in self.needed:
            self.fields[name].required = needed
