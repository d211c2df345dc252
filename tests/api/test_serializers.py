"""The quick reading of contact details is Django REST framework's own reading."""

from hypothesis import given
from hypothesis import strategies as st
from rest_framework.serializers import Serializer, ValidationError

from reunite.api.identify.serializers import identify_request

VALUES = st.one_of(
    st.none(),
    st.text(max_size=5),
    st.integers(),
    st.booleans(),
    st.floats(),
    st.lists(st.sampled_from(["email", "phoneNumber", "fax"]), max_size=3),
    st.dictionaries(st.text(max_size=3), st.none(), max_size=1),
)
BODIES = st.one_of(
    VALUES,
    st.dictionaries(st.sampled_from(["email", "phoneNumber", "verified", "more"]), VALUES),
)


def read(validate):
    """What came out, or every error with its code."""
    try:
        return validate()
    except ValidationError as error:
        return error.get_full_details()


@given(BODIES)
def test_details_are_read_as_by_the_framework(body):
    quick = read(lambda: identify_request.run_validation(body))
    assert quick == read(lambda: Serializer.run_validation(identify_request, body))
