"""Whose contacts are by what events tell, and nothing else."""


def persons_told(events):
    """The contacts of each person, by its id, after events in order: their types, ids, payloads."""
    person_of = {}
    for type, person_id, payload in events:
        if type == "contact.created":
            person_of[payload["contactId"]] = person_id
        elif type == "person.merged":
            person_of.update(dict.fromkeys(payload["contactIds"], person_id))
        for person in payload.get("before", []):
            for id in person["contactIds"]:
                person_of.pop(id, None)
        for person in payload.get("after", []):
            person_of.update(dict.fromkeys(person["contactIds"], person["personId"]))
    persons = {}
    for id, person_id in person_of.items():
        persons.setdefault(person_id, set()).add(id)
    return persons
