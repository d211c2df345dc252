"""Export: everything that is kept about a person."""

from dataclasses import dataclass

from reunite.core.errors import ContactDeleted
from reunite.core.identifiers import Identifier
from reunite.core.keys import possible_identifiers
from reunite.services.erase import Dossier, read_dossier
from reunite.services.repair import alone
from reunite.store import dossiers, links, policies, retired, separations
from reunite.store.links import KeptLink
from reunite.store.persons import Happened
from reunite.store.retired import KeptWithheld, ListedRetired
from reunite.store.separations import KeptSeparation
from reunite.store.transactions import Transaction
from reunite.store.workspaces import DEFAULT_WORKSPACE_ID


@dataclass(frozen=True, slots=True)
class Exported:
    """A person's contacts, deleted ones too, and all that refers to them, each in order."""

    dossier: Dossier
    links: list[KeptLink]
    separations: list[KeptSeparation]
    withheld: list[KeptWithheld]
    retired: list[ListedRetired]
    events: list[Happened]

    def shown(self, end: Identifier) -> Identifier | None:
        """An end of a link, unless it is somebody else's."""
        return end if end in self.dossier.own else None


def export(contact_id: int, *, workspace_id: int = DEFAULT_WORKSPACE_ID) -> Exported:
    """Everything that is kept about the person of a contact, as of one moment.

    Writers wait meanwhile. Raises PersonNotFound, ContactDeleted, PersonErased or
    TemporarilyUnavailable.
    """

    def read(locked: Transaction) -> Exported:
        policy = policies.in_force(workspace_id=workspace_id).policy
        dossier = read_dossier(contact_id, locked, policy, workspace_id)
        if all(contact.deleted_at for contact in dossier.contacts):
            raise ContactDeleted
        ids = dossier.contact_ids
        could_be = {
            identifier
            for contact in dossier.contacts
            for identifier in possible_identifiers(
                contact.email, contact.phone_number, policy=policy
            )
        }
        link_rows, separation_rows, withheld_rows, retired_rows = locked.run(
            links.select_with_ends(dossier.own, workspace_id=workspace_id),
            separations.select_of(ids),
            retired.select_withheld(ids),
            retired.select_those(could_be, workspace_id=workspace_id),
        )
        return Exported(
            dossier,
            links.kept_from(link_rows),
            separations.kept_from(separation_rows),
            retired.kept_from(withheld_rows),
            retired.listed_from(retired_rows),
            dossiers.read_events(locked, ids),
        )

    return alone(read, workspace_id)
