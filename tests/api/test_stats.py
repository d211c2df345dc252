from reunite.services.identify.identify import identify
from tests.builders import keep_apart, retire
from tests.scopes import SCOPE


def test_stats_count_what_guards_stopped(client):
    ann, ben = identify(SCOPE, "ann@x.example", "1001"), identify(SCOPE, "ben@x.example", "1002")
    keep_apart(ann.person.id, ben.person.id)
    retire("phone", "5550100")
    identify(SCOPE, "ann@x.example", "1002")

    assert client.get("/stats").json() == {
        "links": {"live": 0, "held": 1, "rejected": 0, "revoked": 0, "suspended": 0, "settled": 0},
        "stopped": {"kept_apart": 1, "not_verified": 0, "too_many_identifiers": 0},
        "retired": {"operator": 1, "guard": 0},
        "separations": 1,
        "suspicious": 0,
    }
