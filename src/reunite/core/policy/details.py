"""Given values become contact details, as a policy reads them."""

from reunite.core.errors import FieldError, InvalidRequest, NoUsableIdentifier
from reunite.core.identifiers.kinds import ContactDetails, Kind
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
    email_key = phone_key = email_ignored = phone_ignored = None
    if email is not None:
        try:
            email_key, email_ignored = policy.canonical(Kind.EMAIL, email)
        except ValueError as error:
            errors.append(unreadable(Kind.EMAIL, str(error)))
    if phone_number is not None:
        try:
            phone_key, phone_ignored = policy.canonical(Kind.PHONE, phone_number)
        except ValueError as error:
            errors.append(unreadable(Kind.PHONE, str(error)))
    if errors:
        raise InvalidRequest(*errors)
    if email_key is None and phone_key is None:
        raise NoUsableIdentifier
    if email_ignored is None and phone_ignored is None:
        return ContactDetails(email, phone_number, email_key, phone_key)
    says_nothing = policy.says_nothing
    reasons = ((Kind.EMAIL, email_ignored), (Kind.PHONE, phone_ignored))
    return ContactDetails(
        # A placeholder says that there is no value, so none is kept.
        None if says_nothing(Kind.EMAIL, email, email_ignored) else email,
        None if says_nothing(Kind.PHONE, phone_number, phone_ignored) else phone_number,
        email_key,
        phone_key,
        tuple((kind, reason) for kind, reason in reasons if reason is not None),
    )


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
