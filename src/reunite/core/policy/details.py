"""Given values become contact details, as a policy reads them."""

from reunite.core.errors import FieldError, InvalidRequest, NoUsableIdentifier
from reunite.core.identifiers.kinds import ORDER, ContactDetails, Ignored, Kind, Value
from reunite.core.policy.policy import Policy


def contact_details(
    email: str | None, phone_number: str | None, *, policy: Policy
) -> ContactDetails:
    """Read given values as contact details; blank counts as not given.

    Raises InvalidRequest naming every field that cannot be read, or when nothing is given;
    NoUsableIdentifier when the policy lets none of what is given count.
    """
    email, phone_number = _given(email), _given(phone_number)
    if email is None and phone_number is None:
        raise _nothing_given()
    errors: list[FieldError] = []
    values: list[Value] = []
    ignored: list[tuple[Kind, Ignored]] = []
    for kind, given in zip(ORDER, (email, phone_number), strict=True):
        if given is None:
            continue
        try:
            key, reason = policy.canonical(kind, given)
        except ValueError as error:
            errors.append(unreadable(kind, str(error)))
            continue
        if reason is not None:
            ignored.append((kind, reason))
        # A placeholder says that there is no value, so none is kept.
        if reason is None or not policy.says_nothing(kind, given, reason):
            values.append(Value(kind, given, key))
    if errors:
        raise InvalidRequest(*errors)
    details = ContactDetails(tuple(values), tuple(ignored))
    if not details.identifiers:
        raise NoUsableIdentifier
    return details


def given_values(email: str | None, phone_number: str | None) -> dict[Kind, str]:
    """The values that are given, by kind; raises InvalidRequest when none is."""
    values = (Kind.EMAIL, _given(email)), (Kind.PHONE, _given(phone_number))
    given = {kind: value for kind, value in values if value is not None}
    if not given:
        raise _nothing_given()
    return given


def unreadable(kind: Kind, detail: str) -> FieldError:
    """What is wrong with a value of a kind that cannot be read."""
    if kind is Kind.EMAIL:
        return FieldError("email", "invalid_email", detail)
    return FieldError("phoneNumber", "invalid_phone_number", detail)


def _given(value: str | None) -> str | None:
    return value if value and not value.isspace() else None


def _nothing_given() -> InvalidRequest:
    return InvalidRequest(
        FieldError(
            "email",
            "no_identifier",
            "Nothing to look for: send an email, a phoneNumber or both.",
        )
    )
