"""Every error that Reunite raises on purpose.

    ReuniteError
    ├── InvalidRequest            the client must send another request
    ├── NoUsableIdentifier        no value of the request may count
    ├── UploadTooLarge            the file exceeds a limit
    ├── BulkNotInstalled          the server lacks a package that files need
    ├── Unauthenticated           the client must send a valid key
    ├── Forbidden                 the key does not allow the request
    ├── TooManyRequests           the key has taken its quota
    ├── NotFound                  nothing has the id
    ├── Gone                      it existed once
    ├── Conflict                  the stored data do not allow it
    └── TemporarilyUnavailable    the client may send the same request again

The class docstring is the message; ``code`` is stable and documented in
docs/reference/errors.md. Expected results are outcomes, not errors. One catalogue, in the order of
this tree: its entries are alike, so it may be longer than other modules.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

MAX_IDS_NAMED = 20


class ReuniteError(Exception):
    """Something went wrong in Reunite."""

    code: ClassVar[str] = "internal_error"

    def __str__(self) -> str:
        return (type(self).__doc__ or "").partition("\n")[0]


@dataclass(frozen=True, slots=True)
class FieldError:
    """The error of one field, and what to send instead."""

    field: str
    code: str
    detail: str


class InvalidRequest(ReuniteError):
    """The request cannot be read."""

    code = "invalid_request"

    def __init__(self, *errors: FieldError) -> None:
        super().__init__(*errors)
        self.errors = errors


class InvalidPolicy(InvalidRequest):
    """The policy cannot be read."""

    code = "invalid_policy"


class InvalidUpload(InvalidRequest):
    """The upload cannot be accepted."""

    code = "invalid_upload"


class UploadTooLarge(ReuniteError):
    """The file is too large: send it in parts, or raise the setting IMPORT_MAX_BYTES."""

    code = "upload_too_large"


class BulkNotInstalled(ReuniteError):
    """Files need the extra [bulk]: run `make serve` in a clone, and start the server again."""

    code = "bulk_not_installed"


class NoUsableIdentifier(ReuniteError):
    """No value counts: send the person's own, or ask POST /persons/search who has these values."""

    code = "no_usable_identifier"


class Unauthenticated(ReuniteError):
    """The request needs a valid key."""

    code = "unauthenticated"
    was_given: ClassVar[bool] = True


class KeyExpired(Unauthenticated):
    """The key has expired: ask for a new one."""

    code = "key_expired"


class KeyMissing(Unauthenticated):
    """This server asks for a key: send the header Authorization, with Bearer and the key."""

    code = "key_missing"
    was_given = False


class KeyRevoked(Unauthenticated):
    """The key was revoked: ask for a new one."""

    code = "key_revoked"


class KeyUnknown(Unauthenticated):
    """There is no such key: check that the header Authorization has Bearer and all of the key."""

    code = "key_unknown"


class Forbidden(ReuniteError):
    """The key may not do that."""

    code = "forbidden"


class OtherWorkspaces(Forbidden):
    """Only a key of the default workspace may do that: it concerns all workspaces."""

    code = "other_workspaces"


class ScopeMissing(Forbidden):
    """The key lacks a scope."""

    code = "scope_missing"

    def __init__(self, needs: Sequence[str]) -> None:
        super().__init__(needs)
        self.needs = needs

    def __str__(self) -> str:
        scopes = " or ".join(self.needs)
        return f"The key lacks the scope {scopes}: send a key that has it."


class NotFound(ReuniteError):
    """There is nothing with that id."""

    code = "not_found"


class ContactNotFound(NotFound):
    """There is no contact with that id, and never was: check the id."""

    code = "contact_not_found"


class IdentifierNotRetired(NotFound):
    """The identifier is not retired: GET /identifiers/retired lists those that are."""

    code = "identifier_not_retired"


class ImportNotFound(NotFound):
    """There is no import with that id, or it was pruned: check the id."""

    code = "import_not_found"


class KeyNotFound(NotFound):
    """There is no key with that id, and never was: GET /keys lists them."""

    code = "key_not_found"


class LinkNotFound(NotFound):
    """There is no link with that id, and never was: GET /links lists them."""

    code = "link_not_found"


class PersonNotFound(NotFound):
    """No person has this id or identifier: POST /resolve finds the person of an email or phone."""

    code = "person_not_found"


class RepairNotFound(NotFound):
    """There is no repair with that id, and never was: GET /repairs lists them."""

    code = "repair_not_found"


class RefusedNotFound(NotFound):
    """There is no list of refused rows: the import is not done, was no upload, or is too old."""

    code = "refused_not_found"


class SeparationNotFound(NotFound):
    """There is no separation with that id: GET /separations lists them."""

    code = "separation_not_found"


class WebhookNotFound(NotFound):
    """There is no webhook with that id, or it was deleted: GET /webhooks lists them."""

    code = "webhook_not_found"


class WorkspaceNotFound(NotFound):
    """There is no workspace with that name: `reunite workspaces list` lists them."""

    code = "workspace_not_found"


class Gone(ReuniteError):
    """There was something with that id; it is gone for good."""

    code = "gone"


class ContactDeleted(Gone):
    """The contact was deleted; no request finds it any more."""

    code = "contact_deleted"


class EventsPruned(Gone):
    """Events after this number were pruned: take GET /snapshot, and go on after its number."""

    code = "events_pruned"


class FeedRestarted(Gone):
    """The database was replaced, and numbers mean other events: take GET /snapshot, and go on."""

    code = "feed_restarted"


class NumberAhead(Gone):
    """The feed has not reached this number: take GET /snapshot, and go on after its number."""

    code = "number_ahead"


class PersonErased(Gone):
    """The person was erased: nothing that identifies the person is kept."""

    code = "person_erased"


class Conflict(ReuniteError):
    """The stored data do not allow this."""

    code = "conflict"


class AlreadyDecided(Conflict):
    """The link is not held any more: GET /links shows the decision."""

    code = "already_decided"


class AlreadyUndone(Conflict):
    """The repair was undone already."""

    code = "already_undone"

    def __init__(self, by: int) -> None:
        super().__init__(by)
        self.by = by

    def __str__(self) -> str:
        return f"The repair was undone already, by repair {self.by}: undo that one to redo this."


class ChangedSince(Conflict):
    """Later changes prevent an exact undo of the repair."""

    code = "changed_since"

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__(reasons)
        self.reasons = reasons

    def __str__(self) -> str:
        named = " ".join(self.reasons[:MAX_IDS_NAMED])
        return f"Later changes prevent an exact undo of the repair. {named} Undo those first."


class DatabaseNotEmpty(Conflict):
    """The database is not empty: a dump is loaded into a new one, made by `reunite migrate`."""

    code = "database_not_empty"


class DumpUnreadable(Conflict):
    """The dump cannot be loaded."""

    code = "dump_unreadable"

    def __init__(self, line: int, what: str) -> None:
        super().__init__(line, what)
        self.line = line
        self.what = what

    def __str__(self) -> str:
        return (
            f"The dump cannot be loaded, and nothing was loaded: line {self.line} is {self.what}."
        )


class ErasedSince(Conflict):
    """A person in the repair was erased since, so the repair can never be undone."""

    code = "erased_since"


class ErasureKeyMissing(Conflict):
    """The server lacks the key of its tombstones: set ERASURE_KEY, and keep earlier ones.

    Earlier keys stand in ERASURE_KEYS_BEFORE.
    """

    code = "erasure_key_missing"


class FirstKeyByCommand(Conflict):
    """There is no key yet: make the first one with `reunite keys create`, or REUNITE_BOOTSTRAP_KEY.

    Otherwise any client that reaches an open server could lock out all others.
    """

    code = "first_key_by_command"


class ImportEnded(Conflict):
    """The import has ended already, or was cancelled: GET /imports/{id} says how."""

    code = "import_ended"


class NothingToStart(Conflict):
    """The import is no finished dry run, or its file is not kept any more: upload the file."""

    code = "nothing_to_start"


class KeptApart(Conflict):
    """A separation keeps these persons apart."""

    code = "kept_apart"

    def __init__(self, separation_id: int) -> None:
        super().__init__(separation_id)
        self.separation_id = separation_id

    def __str__(self) -> str:
        return f"Separation {self.separation_id} keeps these persons apart: lift it first."


class LinkDoesNotCount(Conflict):
    """The link does not count, so it cannot be revoked: approve or reject a held link."""

    code = "link_does_not_count"


class LinkJoinsNobody(Conflict):
    """No contacts carry the ends of the link any more, so there are no persons to join."""

    code = "link_joins_nobody"


class NothingToSplit(Conflict):
    """A split needs contacts on both sides: name some of the person's contacts, not all."""

    code = "nothing_to_split"


class OfAnotherPerson(Conflict):
    """Not all of these contacts belong to the person: GET /persons/{id} lists those that do."""

    code = "of_another_person"


class PersonTooLarge(Conflict):
    """The person is too large: the contacts that were searched do not explain the connection."""

    code = "person_too_large"


class PolicyBeingPrepared(Conflict):
    """Another policy is being prepared: first run `reunite policy apply` or `policy cancel`."""

    code = "policy_being_prepared"


class PolicyChanged(Conflict):
    """The policy has another version by now: GET /policy, and decide again."""

    code = "policy_changed"


class PolicyNeedsAJob(Conflict):
    """The policy changes the keys of many contacts: apply it with `reunite policy apply FILE`."""

    code = "policy_needs_a_job"


class RulesChanged(Conflict):
    """The policy changed during the import: run it again, and it goes on under the new one."""

    code = "rules_changed"


class StillOnePerson(Conflict):
    """These contacts are one person: split it first."""

    code = "still_one_person"


class TooManyWebhooks(Conflict):
    """The workspace has as many webhooks as it may have: delete one that is not used."""

    code = "too_many_webhooks"


class WorkspaceExists(Conflict):
    """There is a workspace with that name already: choose another name."""

    code = "workspace_exists"


class WouldJoinKeptApart(Conflict):
    """The change would join persons that separations keep apart."""

    code = "would_join_kept_apart"

    def __init__(self, separation_ids: Sequence[int]) -> None:
        super().__init__(separation_ids)
        self.separation_ids = separation_ids

    def __str__(self) -> str:
        ids = ", ".join(map(str, self.separation_ids[:MAX_IDS_NAMED]))
        more = len(self.separation_ids) - MAX_IDS_NAMED
        named = f"{ids} and {more} more" if more > 0 else ids
        return f"The change would join persons that separations keep apart: lift {named} first."


class TooManyRequests(ReuniteError):
    """The key has taken its quota: wait for Retry-After, then send the same request again."""

    code = "too_many_requests"

    def __init__(self, quota: str, retry_after_seconds: int) -> None:
        super().__init__()
        self.quota = quota
        self.retry_after_seconds = retry_after_seconds

    def __str__(self) -> str:
        """Which quota, and how long to wait."""
        return (
            f"The key has taken its quota of {self.quota}: wait {self.retry_after_seconds} s, then "
            "send the same request again. Nothing was written."
        )


class TemporarilyUnavailable(ReuniteError):
    """Reunite cannot answer right now; nothing was written. Send the same request again."""

    code = "unavailable"
    retry_after_seconds: ClassVar[int] = 1


class LockTimeout(TemporarilyUnavailable):
    """Other requests hold the same person for too long; nothing was written. Send it again."""

    code = "lock_timeout"


class DatabaseUnavailable(TemporarilyUnavailable):
    """The database does not answer. Send the same request again: repeating it changes nothing."""

    code = "database_unavailable"


class DatabaseReadOnly(TemporarilyUnavailable):
    """The database takes no writes: it is a replica, or read-only. Nothing was written."""

    code = "database_read_only"


class StorageFull(TemporarilyUnavailable):
    """The disk of the database is full; nothing of this was written. Make room, then try again."""

    code = "storage_full"
    retry_after_seconds = 60


class NotMigrated(TemporarilyUnavailable):
    """The database lacks tables of this version: run `reunite migrate`."""

    code = "not_migrated"


class BeingSetUp(TemporarilyUnavailable):
    """Another process is setting up the database, and takes long: start again when it is done."""

    code = "being_set_up"


class ServerBusy(TemporarilyUnavailable):
    """The server has too much to do; nothing was written. Send the same request again."""

    code = "server_busy"


class UploadNotKept(TemporarilyUnavailable):
    """The file cannot be stored: check that IMPORT_FOLDER is writable and has room."""

    code = "upload_not_kept"
    retry_after_seconds = 60
