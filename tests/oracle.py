"""A slow, obvious identify: everybody is grouped anew from all requests that ever came.

It knows nothing of links, locks or plans. A row is born when a request says something that was
never said before; persons are the groups of values that were said together.
"""

from dataclasses import dataclass, field


@dataclass
class Oracle:
    said: list = field(default_factory=list)
    rows: list = field(default_factory=list)

    def identify(self, email, phone):
        """The answer: (primary, emails, phones, secondaries), rows by their number from 0."""
        values = {(kind, v) for kind, v in (("email", email), ("phone", phone)) if v is not None}
        if any(not values_before_has(self.said, value) for value in values):
            self.rows.append((email, phone))
        self.said.append(values)
        return self.answer(self.person_of(values))

    def persons(self):
        """The groups of row numbers, each sorted, oldest group first."""
        groups = {tuple(self.person_of(values_of(row))) for row in self.rows}
        return sorted(groups)

    def person_of(self, values):
        person = set(values)
        while any(together & person and together - person for together in self.said):
            for together in self.said:
                if together & person:
                    person |= together
        return [number for number, row in enumerate(self.rows) if values_of(row) & person]

    def answer(self, person):
        emails = [self.rows[number][0] for number in person if self.rows[number][0] is not None]
        phones = [self.rows[number][1] for number in person if self.rows[number][1] is not None]
        return person[0], list(dict.fromkeys(emails)), list(dict.fromkeys(phones)), person[1:]


def values_of(row):
    return {(kind, v) for kind, v in zip(("email", "phone"), row, strict=True) if v is not None}


def values_before_has(said, value):
    return any(value in together for together in said)
