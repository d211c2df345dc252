from reunite.core.errors import DatabaseUnavailable, FieldError, InvalidRequest, ReuniteError


def test_the_class_docstring_is_the_message():
    assert str(DatabaseUnavailable()).startswith("The database does not answer.")
    assert str(ReuniteError()) == "Something went wrong in Reunite."


def test_an_invalid_request_carries_what_to_send_instead():
    error = FieldError("email", "invalid_email", "Send one.")
    assert InvalidRequest(error).errors == (error,)
