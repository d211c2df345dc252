from reunite.core.errors import (
    DatabaseUnavailable,
    FieldError,
    InvalidRequest,
    ReuniteError,
    WouldJoinKeptApart,
)


def test_the_class_docstring_is_the_message():
    assert str(DatabaseUnavailable()).startswith("The database does not answer.")
    assert str(ReuniteError()) == "Something went wrong in Reunite."


def test_an_invalid_request_carries_what_to_send_instead():
    error = FieldError("email", "invalid_email", "Send one.")
    assert InvalidRequest(error).errors == (error,)


def test_of_many_separations_the_first_are_named():
    assert str(WouldJoinKeptApart([7])).endswith("lift 7 first.")
    assert str(WouldJoinKeptApart(range(1, 31))).endswith("19, 20 and 10 more first.")
