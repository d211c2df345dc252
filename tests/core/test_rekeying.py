from reunite.core.identifiers import Identifier, Kind, NormalizationRules
from reunite.core.keys import Keys
from reunite.core.policy import SPEC, Policy, Values
from reunite.core.rekeying import KeyedContact, Rekeying, retired_names, that_count

US = Policy(normalization=NormalizationRules(default_region="US"))
FOLDING = Policy(normalization=NormalizationRules(fold_gmail=True))
NONE = Keys(None, None)


def contact(email=None, phone=None, withheld=()):
    return KeyedContact(1, email, phone, NONE, frozenset(withheld))


def email(key):
    return Identifier(Kind.EMAIL, key)


def phone(key):
    return Identifier(Kind.PHONE, key)


def test_a_contact_matches_by_what_the_policy_makes_of_its_values():
    reader = Rekeying(US)
    given = contact("A@x.example", "(415) 555-2671")

    assert reader.keys(given, retired=()) == Keys("a@x.example", "+14155552671")
    assert reader.keys(contact(), retired=()) == NONE
    assert not reader.uncounted


def test_what_does_not_count_is_counted_by_its_reason():
    reader = Rekeying(Policy(blocked=Values(emails=("info@x.example",))))

    assert reader.keys(contact("info@x.example", "0"), retired=()) == NONE
    assert reader.keys(contact("no at sign", "1"), retired={phone("1")}) == NONE
    assert reader.keys(contact("a@x.example", "2", {Kind.EMAIL}), retired=()) == Keys(None, "2")
    assert reader.uncounted == {
        "blocked": 1,
        "placeholder": 1,
        "unreadable": 1,
        "retired": 1,
        "withheld": 1,
    }


def test_by_policy_alone_what_is_retired_or_withheld_counts():
    given = contact("a@x.example", "2", {Kind.EMAIL})
    keys = Rekeying(SPEC).by_policy(given)

    assert keys == Keys("a@x.example", "2")
    assert that_count(keys, retired={phone("2")}) == Keys("a@x.example", None)
    assert that_count(keys, retired=(), withheld={Kind.EMAIL}) == Keys(None, "2")


def test_values_that_were_known_by_a_retired_identifier_tell_its_new_names():
    unused = {
        Kind.EMAIL: ["D.B@gmail.com", "db@gmail.com", "other@gmail.com", "no at sign"],
        Kind.PHONE: ["(415) 555-2671", "none"],
    }
    assert retired_names([email("db@gmail.com")], unused, before=FOLDING, after=SPEC) == {
        email("db@gmail.com"): {email("d.b@gmail.com"), email("db@gmail.com")}
    }
    assert retired_names([phone("4155552671")], unused, before=SPEC, after=US) == {
        phone("4155552671"): {phone("+14155552671")}
    }


def test_where_there_is_no_value_a_retired_identifier_tells_its_new_name_itself():
    retired = [phone("4155552671"), email("d.b@gmail.com"), phone("no digits")]
    both = Policy(normalization=NormalizationRules(default_region="US", fold_gmail=True))

    assert retired_names(retired, {}, before=SPEC, after=both) == {
        phone("4155552671"): {phone("+14155552671")},
        email("d.b@gmail.com"): {email("db@gmail.com")},
        phone("no digits"): {phone("no digits")},
    }
