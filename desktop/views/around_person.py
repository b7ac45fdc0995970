"""What a window and a preview do alike for the views of one open record: say what is open, and go from part to part."""

from __future__ import annotations

from desktop.models.chronicle import Filters
from desktop.models.story import Story
from desktop.views.person import PersonView


class AroundPerson:
    """Whatever holds at most one open record."""

    person: PersonView | None
    previews = False
    reads_only = False

    def story(self) -> Story | None:
        """The record that is open."""
        return self.person.story if self.person is not None else None

    def listed(self) -> Filters | None:
        """What the page in front lists, where it is a list of dated entries."""
        return self.person.listed() if self.person is not None else None

    def open_page(self, page: str) -> None:
        """Go to a page of the open record."""
        if self.person is not None:
            self.person.open_page(page)

    def open_entry(self, entry_id: str) -> None:
        """Show an entry's details."""
        if self.person is not None:
            self.person.open_entry(entry_id)
