"""The types of JSON. Made from the OpenAPI document: `make openapi` writes it again."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict


class AllowedForm(TypedDict):
    """Values that always count."""

    emails: NotRequired[list[str]]
    phoneNumbers: NotRequired[list[str]]


class ApiKeyAnswer(TypedDict):
    """A key, without its secret."""

    id: int
    name: str
    short: str
    scopes: list[ScopesEnum]
    createdAt: str
    createdBy: str | None
    expiresAt: str | None
    revokedAt: str | None
    lastUsedAt: str | None


class ApiKeysAnswer(TypedDict):
    """A page of keys."""

    keys: list[ApiKeyAnswer]
    next: int | None


class BatchResult(TypedDict):
    """The answer to one request of a batch: a contact with its outcome, or a problem."""

    outcome: NotRequired[OutcomeEnum]
    contact: NotRequired[PersonAnswer]
    decision: NotRequired[DecisionAnswer]
    problem: NotRequired[Problem]


class BeforeAnswer(TypedDict):
    """The persons now."""

    count: int
    largest: SizeAnswer | None


BlankEnum = Literal[""]


class BlockedForm(TypedDict):
    """Values that do not count."""

    emails: NotRequired[list[str]]
    phoneNumbers: NotRequired[list[str]]
    domains: NotRequired[list[str]]
    patterns: NotRequired[list[PatternForm]]


BridgeAnswer = TypedDict(
    "BridgeAnswer",
    {
        "node": "NotRequired[str]",
        "from": "NotRequired[str]",
        "to": "NotRequired[str]",
        "groups": "list[GroupAnswer]",
    },
)
"""A node, or an edge between two, that alone holds contacts together."""


class BroughtAnswer(TypedDict):
    """A contact or a link, and the order of an import that brought it."""

    contactId: NotRequired[int]
    linkId: NotRequired[int]
    externalId: str | None
    source: str | None


ByEnum = Literal["id", "order", "beginning", "value", "part"]


class CarriedAnswer(TypedDict):
    """An identifier that several contacts carry."""

    kind: IdentifierKindEnum
    value: str
    contacts: int
    personId: int


class ContactAnswer(TypedDict):
    """A contact of a person."""

    id: int
    email: str | None
    phoneNumber: str | None
    linkedId: int | None
    linkPrecedence: LinkPrecedenceEnum
    createdAt: str
    updatedAt: str
    externalId: str | None
    source: str | None
    emailStanding: StandingEnum | None
    phoneNumberStanding: StandingEnum | None
    identifiers: NotRequired[list[ContactIdentifierAnswer]]


class ContactIdentifierAnswer(TypedDict):
    """A value of a declared kind."""

    kind: str
    value: str
    standing: StandingEnum


class ContactsAnswer(TypedDict):
    """A page of a person's contacts."""

    personId: int
    contacts: list[ContactAnswer]
    next: int | None


class CountAnswer(TypedDict):
    """How many deliveries."""

    deliveries: int


class DecisionAnswer(TypedDict):
    """The effect of a request, and the reasons."""

    outcome: OutcomeEnum
    created: int | None
    absorbed: list[int]
    ignored: list[IgnoredAnswer]
    held: HeldAnswer | None
    alsoHeld: NotRequired[list[HeldAnswer]]


class DeliveriesAnswer(TypedDict):
    """A page of deliveries."""

    deliveries: list[DeliveryAnswer]
    next: int | None


class DeliveryAnswer(TypedDict):
    """The state of the message about an event."""

    messageId: str
    number: int
    type: str
    personId: int
    happenedAt: str
    state: DeliveryAnswerStateEnum
    attempts: int
    nextAttemptAt: str | None
    attemptedAt: str | None
    status: int | None
    failure: FailureEnum | None


DeliveryAnswerStateEnum = Literal["waiting", "delivered", "dead"]

DisabledForEnum = Literal["failures", "gone", "operator"]

EdgeAnswer = TypedDict(
    "EdgeAnswer",
    {
        "from": "str",
        "to": "str",
        "contactId": "NotRequired[int]",
        "linkId": "NotRequired[int]",
        "origin": "NotRequired[OriginEnum]",
        "requestId": "NotRequired[str | None]",
        "importId": "NotRequired[int | None]",
        "externalId": "str | None",
        "source": "str | None",
        "createdAt": "str",
    },
)
"""A contact carries an identifier, or a link joins two; by the ids of the nodes."""


class EndAnswer(TypedDict):
    """An end of a link."""

    kind: str
    value: str


EndEnum = Literal["from", "to"]


class EndRequest(TypedDict):
    """One end of a chain: one of the three, or one value of a declared kind."""

    email: NotRequired[str | None]
    phoneNumber: NotRequired[str | int | None]
    contactId: NotRequired[int | None]
    identifiers: NotRequired[dict[str, str | int | list[str | int]]]


class ErasedAnswer(TypedDict):
    """The result of erasing."""

    erasedContactIds: list[int]
    remaining: list[RemainingEnum]
    undo: UndoAnswer | None


ErasedEnum = Literal["refuse", "accept"]


class EventAnswer(TypedDict):
    """An event."""

    position: int
    type: str
    personId: int
    createdAt: str
    requestId: str | None
    importId: int | None
    createdBy: str | None
    payload: dict[str, Any]


class EventsAnswer(TypedDict):
    """A page of the feed."""

    events: list[FeedEventAnswer]
    next: int
    last: int
    feedId: str


class ExplainAnswer(TypedDict):
    """The shortest chain of evidence between two ends."""

    personId: int | None
    connected: bool
    steps: list[StepAnswer]
    notCounting: list[NotCountingAnswer]


class ExportAnswer(TypedDict):
    """Everything that is kept about a person."""

    personId: int
    contacts: list[KeptContactAnswer]
    links: list[KeptLinkAnswer]
    separations: list[KeptSeparationAnswer]
    withheld: list[KeptWithheldAnswer]
    retired: list[KeptRetiredAnswer]
    events: list[EventAnswer]


FailureEnum = Literal[
    "address_refused",
    "name_unknown",
    "not_connected",
    "no_answer",
    "timed_out",
    "tls_failed",
    "not_signed",
]


class FeedEventAnswer(TypedDict):
    """An event, and its number."""

    number: int
    position: int
    type: str
    personId: int
    createdAt: str
    requestId: str | None
    importId: int | None
    createdBy: str | None
    payload: dict[str, Any]


class FieldProblem(TypedDict):
    """What is wrong with one field."""

    field: str
    code: str
    detail: str


class FillersForm(TypedDict):
    """Further values that are placeholders."""

    known: NotRequired[bool]
    emails: NotRequired[list[str]]
    names: NotRequired[list[str]]
    phoneNumbers: NotRequired[list[str]]


class FindAnswer(TypedDict):
    """The persons that a text may mean."""

    found: list[HitAnswer]
    isCut: bool
    persons: list[PersonAnswer]


class FoundContactAnswer(TypedDict):
    """A contact that holds the value."""

    contactId: int
    personId: int
    standing: FoundContactAnswerStandingEnum


FoundContactAnswerStandingEnum = Literal[
    "counts", "placeholder", "blocked", "retired", "carried", "undeclared", "withheld"
]


class GraphAnswer(TypedDict):
    """The evidence of a person."""

    personId: int
    nodes: list[NodeAnswer]
    edges: list[EdgeAnswer]
    bridges: list[BridgeAnswer]
    truncated: NotRequired[TruncatedAnswer]


class GroupAnswer(TypedDict):
    """Contacts that would stay together."""

    size: int
    contactIds: list[int]


class HeldAnswer(TypedDict):
    """A merge that a guard stopped."""

    linkId: int | None
    reason: HoldReasonEnum
    state: HeldAnswerStateEnum
    kinds: NotRequired[list[str]]


HeldAnswerStateEnum = Literal["held", "rejected"]


class HistoryAnswer(TypedDict):
    """A page of events."""

    personId: int
    events: list[HistoryEventAnswer]
    next: int | None


class HistoryEventAnswer(TypedDict):
    """An event of a person."""

    position: int
    type: str
    personId: int
    createdAt: str
    requestId: str | None
    importId: int | None
    createdBy: str | None
    payload: dict[str, Any]
    orders: list[BroughtAnswer]


class HitAnswer(TypedDict):
    """By what a person was found."""

    personId: int
    by: ByEnum
    kind: str | None
    value: str | None
    standing: StandingEnum | None


HoldReasonEnum = Literal["kept_apart", "not_verified", "too_many_identifiers"]


class HubAnswer(TypedDict):
    """An identifier that too many contacts would carry."""

    kind: str
    contacts: int
    contactIds: list[int]


class HubsAnswer(TypedDict):
    """The identifiers that would be retired as hubs, and the persons after that."""

    count: int
    identifiers: list[HubAnswer]
    persons: PersonsAnswer


IdentifierKindEnum = Literal["email", "phone"]


class IdentifyAnswer(TypedDict):
    """The answer of identify."""

    contact: PersonAnswer
    decision: NotRequired[DecisionAnswer]


class IdentifyBatchAnswer(TypedDict):
    """The answers to a batch, in the order of its requests."""

    results: list[BatchResult]


class IdentifyRequest(TypedDict):
    """Contact details; at least one of the two must be given."""

    email: NotRequired[str | None]
    phoneNumber: NotRequired[str | int | None]
    verified: NotRequired[list[Literal["email", "phoneNumber"]] | None]
    identifiers: NotRequired[dict[str, str | int | list[str | int]]]


class IgnoredAnswer(TypedDict):
    """A value that was given and does not count."""

    field: str
    reason: IgnoredEnum


IgnoredEnum = Literal["placeholder", "blocked", "retired", "carried", "undeclared"]


class ImportAnswer(TypedDict):
    """An import of one file, or of several by the command."""

    id: int
    name: str
    dryRun: bool
    state: ImportAnswerStateEnum
    rows: int
    refused: int
    attempts: int
    stage: StageEnum | BlankEnum
    percent: int
    position: int
    contacts: int
    persons: int
    merges: int
    held: int
    reason: str
    notes: list[str]
    refusedByReason: dict[str, int]
    leftOutByReason: dict[str, int]
    createdAt: str
    createdBy: str | None
    updatedAt: str


ImportAnswerStateEnum = Literal["waiting", "running", "done", "failed", "cancelled"]


class ImportsAnswer(TypedDict):
    """A page of imports."""

    imports: list[ImportAnswer]
    next: int | None


class KeptContactAnswer(TypedDict):
    """A row of the contact table."""

    id: int
    email: str | None
    phoneNumber: str | None
    emailKey: str | None
    phoneKey: str | None
    linkedId: int | None
    linkPrecedence: LinkPrecedenceEnum
    createdAt: str
    updatedAt: str
    deletedAt: str | None
    externalId: str | None
    source: str | None
    identifiers: NotRequired[list[KeptIdentifierAnswer]]


class KeptIdentifierAnswer(TypedDict):
    """A value of a declared kind."""

    kind: str
    value: str
    key: str | None


class KeptLinkAnswer(TypedDict):
    """A row of the link table."""

    id: int
    left: EndAnswer | None
    right: EndAnswer | None
    origin: OriginEnum
    state: str
    heldFor: str | None
    reason: str
    requestId: str | None
    importId: int | None
    externalId: str | None
    source: str | None
    createdAt: str
    decidedAt: str | None
    decidedBy: str | None
    deferredAt: str | None
    deferredBy: str | None


class KeptRetiredAnswer(TypedDict):
    """A row of the retired table."""

    kind: str
    value: str
    origin: str
    reason: str
    createdAt: str


class KeptSeparationAnswer(TypedDict):
    """A row of the separation table."""

    id: int
    contactIds: list[int]
    reason: str
    createdAt: str
    createdBy: str | None


class KeptWithheldAnswer(TypedDict):
    """A row of the withheld table."""

    contactId: int
    kind: str
    value: NotRequired[str]
    createdAt: str


class KindForm(TypedDict):
    """The rules of a kind; none for `email` and `phone`, which only name their place."""

    perPerson: NotRequired[int | None]
    contactsPerValue: NotRequired[int | None]
    normalize: NotRequired[NormalizeEnum]
    pattern: NotRequired[str | None]
    blocked: NotRequired[list[str]]
    links: NotRequired[bool]


class LargestPersonAnswer(TypedDict):
    """A person, and how many of each it has."""

    personId: int
    contacts: int
    emails: int
    phoneNumbers: int


class LargestPersonsAnswer(TypedDict):
    """A page of persons."""

    persons: list[LargestPersonAnswer]
    next: int | None


class LimitsForm(TypedDict):
    """The limits of the guards; null is no limit."""

    emailsPerPerson: NotRequired[int | None]
    phonesPerPerson: NotRequired[int | None]
    contactsPerEmail: NotRequired[int | None]
    contactsPerPhone: NotRequired[int | None]
    personsPerEmail: NotRequired[int | None]
    personsPerPhone: NotRequired[int | None]
    emailsPerPhone: NotRequired[int | None]


class LinkAnswer(TypedDict):
    """A link: a request joined two identifiers, or an operator two contacts."""

    id: int
    origin: OriginEnum
    state: LinkAnswerStateEnum
    heldFor: str | None
    reason: str
    requestId: str | None
    importId: int | None
    externalId: str | None
    source: str | None
    createdAt: str
    decidedAt: str | None
    decidedBy: str | None
    deferredAt: str | None
    deferredBy: str | None
    ends: list[NodeAnswer]
    personIds: list[int | None]
    undo: UndoAnswer | None


LinkAnswerStateEnum = Literal["live", "held", "rejected", "revoked", "suspended", "settled"]

LinkPrecedenceEnum = Literal["primary", "secondary"]


class LinksAnswer(TypedDict):
    """A page of links."""

    links: list[LinkAnswer]
    next: int | None


class MemberAnswer(TypedDict):
    """A contact, and the person that it belongs to."""

    contactId: int
    personId: int
    email: str | None
    phoneNumber: str | None
    createdAt: str
    identifiers: NotRequired[dict[str, list[str]]]


MethodEnum = Literal["POST"]


class MostCarriedAnswer(TypedDict):
    """A page of identifiers."""

    identifiers: list[CarriedAnswer]
    next: int | None


class NewApiKeyAnswer(TypedDict):
    """A key with its text, which is shown this once."""

    id: int
    name: str
    short: str
    scopes: list[ScopesEnum]
    createdAt: str
    createdBy: str | None
    expiresAt: str | None
    revokedAt: str | None
    lastUsedAt: str | None
    key: str


class NewSecretAnswer(TypedDict):
    """A webhook with the text of its new secret, which is shown this once."""

    id: int
    url: str
    types: list[str]
    number: int
    secrets: list[SecretAnswer]
    createdAt: str
    createdBy: str | None
    failingSince: str | None
    disabledAt: str | None
    disabledFor: DisabledForEnum | None
    secret: str


class NewWorkspaceAnswer(TypedDict):
    """A workspace with its first key, an administrator's."""

    id: int
    name: str
    createdAt: str
    key: NewApiKeyAnswer


NoUndoEnum = Literal["undone", "erased"]


class NodeAnswer(TypedDict):
    """A contact, or an identifier that counts."""

    id: str
    kind: str
    contactId: NotRequired[int]
    value: NotRequired[str]


class NormalizationForm(TypedDict):
    """How values become canonical."""

    defaultRegion: NotRequired[str | None]
    foldGmail: NotRequired[bool]
    foldMobile: NotRequired[bool]
    version: NotRequired[int]


class NormalizeAnswer(TypedDict):
    """The results for the given values."""

    email: NotRequired[NormalizedAnswer]
    phoneNumber: NotRequired[NormalizedAnswer]
    identifiers: NotRequired[dict[str, list[NormalizedAnswer]]]


NormalizeEnum = Literal["none", "trim", "lower", "digits", "email", "phone"]


class NormalizedAnswer(TypedDict):
    """The result for a value: one of the three is not null."""

    canonical: str | None
    ignored: IgnoredEnum | None
    error: FieldProblem | None


class NotCountingAnswer(TypedDict):
    """An end that does not count, and so joins no persons."""

    end: EndEnum
    standing: NotCountingAnswerStandingEnum
    contacts: list[FoundContactAnswer]


NotCountingAnswerStandingEnum = Literal[
    "placeholder", "blocked", "retired", "carried", "undeclared", "withheld"
]

OriginEnum = Literal["request", "operator"]

OutcomeEnum = Literal["created", "linked", "merged", "unchanged", "held"]


class OverLimitAnswer(TypedDict):
    """How many persons would exceed a limit; null if there is no limit."""

    emailsPerPerson: int | None
    phonesPerPerson: int | None
    identifiers: NotRequired[dict[str, int]]


class PatternForm(TypedDict):
    """An RE2 pattern, searched in canonical values of a kind."""

    kind: IdentifierKindEnum
    pattern: str


class PersonAnswer(TypedDict):
    """A person: all emails and phone numbers."""

    primaryContactId: int
    primaryContatctId: NotRequired[int]
    emails: list[str]
    phoneNumbers: list[str]
    secondaryContactIds: list[int]
    identifiers: NotRequired[dict[str, list[str]]]
    truncated: NotRequired[TruncatedAnswer]


class PersonsAnswer(TypedDict):
    """The persons under the policy."""

    count: int
    largest: SizeAnswer | None
    splits: int
    merges: int
    samples: list[SampleAnswer]


class PolicyAnswer(TypedDict):
    """The policy in force."""

    version: int
    createdAt: str | None
    preset: PresetEnum | None
    policy: PolicyForm
    prepared: PreparedAnswer | None


class PolicyForm(TypedDict):
    """A policy; its preset gives what is left out."""

    preset: NotRequired[PresetEnum]
    kinds: NotRequired[dict[str, KindForm]]
    placeholders: NotRequired[bool]
    fillers: NotRequired[FillersForm]
    blocked: NotRequired[BlockedForm]
    allowed: NotRequired[AllowedForm]
    limits: NotRequired[LimitsForm]
    joinOnlyVerified: NotRequired[bool]
    erased: NotRequired[ErasedEnum]
    normalization: NotRequired[NormalizationForm]


class PreparedAnswer(TypedDict):
    """A version that is being prepared."""

    version: int
    createdAt: str


PresetEnum = Literal["spec", "protect"]


class Problem(TypedDict):
    """An RFC 9457 problem."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    separationId: NotRequired[int]
    errors: NotRequired[list[FieldProblem]]


RemainingEnum = Literal["write_ahead_log", "old_row_versions"]


class RepairAnswer(TypedDict):
    """The persons that result."""

    persons: list[PersonAnswer]
    truncated: NotRequired[TruncatedPersons]
    undo: UndoAnswer | None
    before: NotRequired[list[PersonAnswer]]


class RepairRowAnswer(TypedDict):
    """A repair."""

    id: int
    type: str
    requestId: str | None
    createdAt: str
    undoneBy: int | None
    undo: UndoAnswer | None
    noUndo: NoUndoEnum | None


class RepairsAnswer(TypedDict):
    """A page of repairs."""

    repairs: list[RepairRowAnswer]
    next: int | None


class ResolveAnswer(TypedDict):
    """A person as it is now, and what identify would do."""

    contact: PersonAnswer | None
    decision: DecisionAnswer


class RetiredAnswer(TypedDict):
    """An identifier that no longer counts."""

    id: int
    kind: str
    value: str
    origin: str
    reason: str
    createdAt: str
    createdBy: str | None


class RetiredPageAnswer(TypedDict):
    """A page of identifiers."""

    identifiers: list[RetiredAnswer]
    next: int | None


class SampleAnswer(TypedDict):
    """Persons between which contacts would move: the oldest ones before and after."""

    before: list[SizeAnswer]
    after: list[SizeAnswer]


ScopesEnum = Literal["identify", "read", "repair", "import", "feed", "metrics", "admin"]


class SearchAnswer(TypedDict):
    """The persons and contacts that hold a value."""

    standing: SearchAnswerStandingEnum
    persons: list[PersonAnswer]
    contacts: list[FoundContactAnswer]


SearchAnswerStandingEnum = Literal[
    "counts", "placeholder", "blocked", "retired", "carried", "undeclared"
]


class SecretAnswer(TypedDict):
    """A secret, without its text."""

    createdAt: str
    expiresAt: str | None


class SeparatedAnswer(TypedDict):
    """The two persons, and their separation."""

    persons: list[PersonAnswer]
    truncated: NotRequired[TruncatedPersons]
    undo: UndoAnswer | None
    before: NotRequired[list[PersonAnswer]]
    separationId: int


class SeparationAnswer(TypedDict):
    """Two contacts that must never be one person."""

    id: int
    contactIds: list[int]
    personIds: list[int]
    reason: str
    createdAt: str
    createdBy: str | None


class SeparationsAnswer(TypedDict):
    """A page of separations."""

    separations: list[SeparationAnswer]
    next: int | None


SharedStayEnum = Literal["oldest", "named", "others"]


class ShowPersonAnswer(TypedDict):
    """A person, and its contacts."""

    contact: PersonAnswer
    contacts: list[ContactAnswer]


class SimulateAnswer(TypedDict):
    """The effect of a policy."""

    contacts: int
    rekeyed: int
    before: BeforeAnswer
    after: PersonsAnswer
    uncounted: UncountedAnswer
    overLimit: OverLimitAnswer
    hubs: HubsAnswer | None
    keptApart: list[int]


class SizeAnswer(TypedDict):
    """A person, and how many contacts it has."""

    personId: int
    contacts: int


class SnapshotAnswer(TypedDict):
    """A page of a snapshot."""

    number: int
    next: int | None
    feedId: str
    contacts: list[MemberAnswer]


StageEnum = Literal["reading", "planning", "loading", "importing"]

StandingEnum = Literal[
    "counts", "placeholder", "blocked", "retired", "carried", "undeclared", "withheld", "unreadable"
]


class StatsAnswer(TypedDict):
    """Counts; a name without any is 0."""

    links: dict[str, int]
    stopped: dict[str, int]
    retired: dict[str, int]
    separations: int
    suspicious: int


StepAnswer = TypedDict(
    "StepAnswer",
    {
        "from": "NodeAnswer",
        "to": "NodeAnswer",
        "contactId": "NotRequired[int]",
        "linkId": "NotRequired[int]",
        "origin": "NotRequired[OriginEnum]",
        "requestId": "NotRequired[str | None]",
        "importId": "NotRequired[int | None]",
        "externalId": "str | None",
        "source": "str | None",
        "createdAt": "str",
    },
)
"""A step of a chain."""


class TakenBackAnswer(TypedDict):
    """The persons that result, and the evidence that still joins the ends."""

    persons: list[PersonAnswer]
    truncated: NotRequired[TruncatedPersons]
    undo: UndoAnswer | None
    before: NotRequired[list[PersonAnswer]]
    connectedBy: list[StepAnswer]


class TruncatedAnswer(TypedDict):
    """The full number, if not all are listed."""

    contacts: int


class TruncatedPersons(TypedDict):
    """The full number, if not all are listed."""

    persons: int


class UncountedAnswer(TypedDict):
    """How many stored values would not count, by the reason."""

    placeholder: int
    blocked: int
    retired: int
    unreadable: int
    withheld: int
    carried: NotRequired[int]
    undeclared: NotRequired[int]


class UndoAnswer(TypedDict):
    """The request that takes a repair back, to be sent as it is."""

    method: MethodEnum
    path: str
    body: dict[str, Any]


class VersionAnswer(TypedDict):
    """A version of the policy."""

    version: int
    createdAt: str
    createdBy: str | None
    appliedAt: str | None
    policy: PolicyForm


class VersionsAnswer(TypedDict):
    """A page of versions."""

    versions: list[VersionAnswer]
    next: int | None


class WebhookAnswer(TypedDict):
    """A webhook."""

    id: int
    url: str
    types: list[str]
    number: int
    secrets: list[SecretAnswer]
    createdAt: str
    createdBy: str | None
    failingSince: str | None
    disabledAt: str | None
    disabledFor: DisabledForEnum | None


class WebhooksAnswer(TypedDict):
    """A page of webhooks."""

    webhooks: list[WebhookAnswer]
    next: int | None


class WorkspaceAnswer(TypedDict):
    """A workspace."""

    id: int
    name: str
    createdAt: str


class WorkspacesAnswer(TypedDict):
    """A page of workspaces."""

    workspaces: list[WorkspaceAnswer]
    next: int | None
