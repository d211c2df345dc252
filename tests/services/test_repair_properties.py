"""After any sequence of requests and repairs, persons are what the evidence that is left says."""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from reunite.models import Contact, Link
from reunite.services.check import check
from reunite.services.delete import delete_contact
from reunite.services.identify import identify
from reunite.services.identify_batch import identify_batch
from reunite.services.links import join, revoke_link
from tests.services.test_identify_properties import empty_tables, requests


class Repairs(RuleBasedStateMachine):
    """Reunite beside a list of everything that was said and not taken back."""

    @initialize()
    def begin(self):
        empty_tables()
        self.rows = {}  # What each live contact said, by its id.
        self.links = {}  # What each live link joins, by its id.

    @rule(request=requests)
    def identify(self, request):
        before = self.person_of(request)
        person = identify(*request).person
        self.note(request)
        assert {contact.id for contact in person.contacts} == self.person_of(request)
        assert before <= self.person_of(request)

    @rule(batch=st.lists(requests, min_size=1, max_size=4))
    def identify_batch(self, batch):
        identify_batch(batch)
        for request in batch:
            self.note(request)

    @rule(data=st.data())
    def delete(self, data):
        if not self.rows:
            return
        gone = data.draw(st.sampled_from(sorted(self.rows)))
        delete_contact(gone)
        del self.rows[gone]
        carried = set().union(*self.rows.values())
        self.links = {id: ends for id, ends in self.links.items() if ends <= carried}

    @rule(data=st.data())
    def revoke(self, data):
        ids = list(Link.objects.order_by("id").values_list("id", flat=True))
        if not ids:
            return
        gone = data.draw(st.sampled_from(ids))
        revoke_link(gone)
        self.links.pop(gone, None)

    @rule(data=st.data())
    def join(self, data):
        if not self.rows:
            return
        one, other = (data.draw(st.sampled_from(sorted(self.rows))) for _ in range(2))
        (person,) = join(one, other).persons
        assert {one, other} <= {contact.id for contact in person.contacts}
        self.note_links()

    @invariant()
    def the_persons_are_what_the_evidence_says(self):
        if not hasattr(self, "rows"):
            return
        assert list(check()) == []
        stored = {}
        for id, linked_id in Contact.objects.filter(deleted_at=None).values_list("id", "linked_id"):
            stored.setdefault(linked_id or id, set()).add(id)
        said = {min(person): person for person in map(self.person_with, self.rows)}
        assert stored == said  # Ids are in order of age here, so the least is the primary.

    def note(self, request):
        """Note the contact or the link that a request added, if it did."""
        for id, *said in Contact.objects.filter(deleted_at=None).values_list(
            "id", "email", "phone_number"
        ):
            self.rows.setdefault(id, {value for value in said if value})
        self.note_links()

    def note_links(self):
        for id, *ends in Link.objects.filter(state="live").values_list(
            "id", "left_key", "right_key"
        ):
            self.links.setdefault(id, set(ends))

    def person_of(self, request):
        return self.grown({id for id, said in self.rows.items() if said & set(request)})

    def person_with(self, contact_id):
        return self.grown({contact_id})

    def grown(self, person):
        """The contacts that share a value with these, over any number of steps."""
        person = set(person)
        while True:
            said = set().union(*(self.rows[id] for id in person))
            for ends in self.links.values():
                if ends & said:
                    said |= ends
            more = {id for id, values in self.rows.items() if values & said}
            if more == person:
                return person
            person = more


TestRepairs = Repairs.TestCase
TestRepairs.settings = settings(
    deadline=None,
    max_examples=60,
    stateful_step_count=25,
    suppress_health_check=list(HealthCheck),
)
