"""Values that would be SQL, were they not bound."""

from reunite.models import Contact, Separation
from tests.api.answers import post

EMAIL = "o'brien'--@x.example"
REASON = "'); DROP TABLE contact; -- %s {0} \\"


def test_values_that_look_like_sql_are_stored_as_they_are(client):
    one = post(client, "/identify", {"email": EMAIL, "phoneNumber": "5550100"}).json()
    two = post(client, "/identify", {"email": f"2{EMAIL}"}).json()
    ids = [each["contact"]["primaryContactId"] for each in (one, two)]
    answer = post(client, "/separations", {"contactIds": ids, "reason": REASON})
    batch = post(client, "/identify/batch", {"requests": [{"email": f"3{EMAIL}"}]})
    found = post(client, "/persons/search", {"email": EMAIL})

    assert {each.status_code for each in (answer, batch, found)} <= {200, 201}
    assert Separation.objects.get().reason == REASON
    emails = list(Contact.objects.order_by("id").values_list("email", flat=True))
    assert emails == [EMAIL, f"2{EMAIL}", f"3{EMAIL}"]
