"""Given values become contact details, as a policy reads them."""

from reunite.core.errors import FieldError, InvalidRequest, NoUsableIdentifier
from reunite.core.identifiers import ContactDetails, Ignored, Kind
from reunite.core.policy import Policy


def contact_details(
    email: str | None, phone_number: str | None, *, policy: Policy
) -> ContactDetails:
    """Read given values as contact details; blank counts as not given.

    Raises InvalidRequest naming every field that cannot be read, or when nothing is given;
    NoUsableIdentifier when the policy lets none of what is given count.
    """
    email = email if email and not email.isspace() else None
    phone_number = phone_number if phone_number and not phone_number.isspace() else None
    if email is None and phone_number is None:
        raise InvalidRequest(
            FieldError(
                "email",
                "no_identifier",
                "Nothing to look for: send an email, a phoneNumber or both.",
            )
        )
    errors: list[FieldError] = []
    email_key = phone_key = email_ignored = phone_ignored = None
    if email is not None:
        try:
            email_key, email_ignored = policy.canonical(Kind.EMAIL, email)
        except ValueError as error:
            errors.append(FieldError("email", "invalid_email", str(error)))
    if phone_number is not None:
        try:
            phone_key, phone_ignored = policy.canonical(Kind.PHONE, phone_number)
        except ValueError as error:
            errors.append(FieldError("phoneNumber", "invalid_phone_number", str(error)))
    if errors:
        raise InvalidRequest(*errors)
    if email_key is None and phone_key is None:
        raise NoUsableIdentifier
    if email_ignored is None and phone_ignored is None:
        return ContactDetails(email, phone_number, email_key, phone_key)
    reasons = ((Kind.EMAIL, email_ignored), (Kind.PHONE, phone_ignored))
    return ContactDetails(
        # A placeholder says that there is no value, so none is kept.
        None if email_ignored is Ignored.PLACEHOLDER else email,
        None if phone_ignored is Ignored.PLACEHOLDER else phone_number,
        email_key,
        phone_key,
        tuple((kind, reason) for kind, reason in reasons if reason is not None),
    )
