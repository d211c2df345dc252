"""Every repair names its undo, and sending the undo gives back exactly what there was."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from reunite.models import Contact, Link, Repair, Retired, Separation, Withheld
from reunite.services.audit.check import check
from reunite.services.identify.identify import identify
from tests.api.answers import post
from tests.builders import make_held
from tests.effort import EFFORT
from tests.emptying import empty_tables
from tests.scopes import SCOPE
from tests.services.histories import on_a_database, requests

EXACT = (
    "id",
    "email",
    "phone_number",
    "email_key",
    "phone_key",
    "linked_id",
    "link_precedence",
    "created_at",
)


def stored(link_ids):
    """All rows but when they were written, and of links those that there were."""
    return (
        list(Contact.objects.filter(deleted_at=None).order_by("id").values_list(*EXACT)),
        list(Link.objects.filter(id__in=link_ids).order_by("id").values_list("id", "state")),
        list(Separation.objects.order_by("id").values_list("id", "left", "right", "reason")),
        sorted(Withheld.objects.values_list("contact_id", "kind")),
        sorted(Retired.objects.values_list("kind", "key")),
    )


def take_back(client, undo):
    """Send an undo as it is."""
    sent = json.dumps(undo["body"])
    return client.generic(undo["method"], undo["path"], sent, content_type="application/json")


class Operator:
    """Sends repairs that are drawn, whatever comes of them."""

    def __init__(self, client, data):
        self.client = client
        self.data = data

    def draw(self, values):
        return self.data.draw(st.sampled_from(sorted(values)))

    def contact(self):
        return self.draw(Contact.objects.filter(deleted_at=None).values_list("id", flat=True))

    def link(self):
        return self.draw(Link.objects.values_list("id", flat=True) or [1])

    def value(self):
        contact = Contact.objects.get(pk=self.contact())
        both = {"email": contact.email, "phoneNumber": contact.phone_number}
        return self.data.draw(st.sampled_from([{n: v} for n, v in both.items() if v]))

    def keep_apart(self):
        return {"keepApart": self.data.draw(st.booleans())}

    def repair(self):
        kinds = ["delete", "split", "join", "separate", "lift", "retire", "restore"]
        kinds += ["revoke", "restore_link", "approve", "reject", "undo"]
        return getattr(self, self.data.draw(st.sampled_from(kinds)))()

    def delete(self):
        return self.client.delete(f"/contacts/{self.contact()}")

    def split(self):
        id = self.contact()
        person_id = Contact.objects.get(pk=id).linked_id or id
        ids = [person_id, *Contact.objects.filter(linked=person_id).values_list("id", flat=True)]
        side = self.data.draw(st.sets(st.sampled_from(sorted(ids)), min_size=1))
        stay = self.draw(["oldest", "named", "others"])
        body = {"contactIds": sorted(side), "sharedStay": stay, **self.keep_apart()}
        return post(self.client, f"/persons/{id}/split", body)

    def join(self):
        return post(self.client, "/links", {"contactIds": [self.contact(), self.contact()]})

    def separate(self):
        body = {"contactIds": [self.contact(), self.contact()], "reason": "twins"}
        return post(self.client, "/separations", body)

    def lift(self):
        id = self.draw(Separation.objects.values_list("id", flat=True) or [1])
        give_back = self.draw(["true", "false"])
        return self.client.delete(f"/separations/{id}?giveBack={give_back}")

    def retire(self):
        return post(self.client, "/identifiers/retire", self.value())

    def restore(self):
        return post(self.client, "/identifiers/restore", self.value())

    def revoke(self):
        return post(self.client, f"/links/{self.link()}/revoke", self.keep_apart())

    def restore_link(self):
        return post(self.client, f"/links/{self.link()}/restore", {})

    def approve(self):
        return post(self.client, f"/links/{self.link()}/approve", {})

    def reject(self):
        return post(self.client, f"/links/{self.link()}/reject", self.keep_apart())

    def undo(self):
        id = self.draw(Repair.objects.values_list("id", flat=True) or [1])
        return post(self.client, f"/repairs/{id}/undo", {})


def hold_something():
    """A held link between the email of one person and the phone number of another, if any."""
    emails, phones = (Contact.objects.exclude(**{f"{k}_key": None}) for k in ("email", "phone"))
    for one in emails:
        for other in phones:
            if (one.linked_id or one.id) != (other.linked_id or other.id):
                make_held(one.email_key, other.phone_key)
                return


@settings(on_a_database, max_examples=40 * EFFORT)
@given(st.lists(requests, min_size=4, max_size=10), st.data())
def test_undoing_repairs_in_reverse_gives_back_exactly_what_there_was(client, history, data):
    empty_tables()
    for request in history:
        identify(SCOPE, *request)
    hold_something()
    operator = Operator(client, data)
    done = []
    for _ in range(data.draw(st.integers(1, 6))):
        link_ids = set(Link.objects.values_list("id", flat=True))
        before = stored(link_ids)
        if not Contact.objects.filter(deleted_at=None).exists():
            break
        response = operator.repair()
        assert response.status_code in {200, 400, 404, 409}
        undo = response.json().get("undo")
        if undo is None:
            assert stored(link_ids) == before
        else:
            done.append((undo, before, link_ids))

    for undo, before, link_ids in reversed(done):
        response = take_back(client, undo)

        assert response.status_code == 200, response.json()
        assert stored(link_ids) == before
        assert list(check()) == []
        # The undo can be undone, and then done again.
        again = take_back(client, response.json()["undo"])
        assert take_back(client, again.json()["undo"]).status_code == 200
        assert stored(link_ids) == before
