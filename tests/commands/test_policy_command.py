import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from reunite.core.identifiers.kinds import FIRST_RULES
from reunite.core.policy.policy import SPEC
from reunite.core.policy.rules import rules_of
from reunite.core.scope import DEFAULT_WORKSPACE_ID
from reunite.management import progress
from reunite.models import Policy, Separation, Workspace
from reunite.services.identify.identify import identify
from reunite.services.policy import job
from reunite.services.policy.change import show_policy
from tests.builders import NOON
from tests.scopes import SCOPE

US = {"normalization": {"defaultRegion": "US"}}


def run(*arguments):
    output, told = StringIO(), StringIO()
    call_command("reunite_policy", *map(str, arguments), stdout=output, stderr=told)
    return output.getvalue().splitlines(), told.getvalue().splitlines()


@pytest.fixture
def file(tmp_path):
    """Write a file with rules."""

    def write(rules):
        path = tmp_path / "policy.json"
        path.write_text(rules if isinstance(rules, str) else json.dumps(rules))
        return path

    return write


@pytest.fixture
def national_and_international():
    one = identify(SCOPE, "a@x.example", "(415) 555-2671").person.id
    other = identify(SCOPE, "b@x.example", "+1 415 555 2671").person.id
    return one, other


def test_the_policy_is_shown_as_what_can_be_applied(file):
    output, told = run("show")
    assert json.loads("\n".join(output)) == rules_of(SPEC)
    assert told == ["version 0 (spec)"]

    run("apply", file({"preset": "protect", "erased": "accept"}))

    output, (told,) = run("show")
    assert json.loads("\n".join(output)) == rules_of(show_policy(SCOPE).policy)
    assert told.startswith("version 1 (no preset) since 20")
    assert run("apply", file("\n".join(output))) == (
        ["version 1 is in force", "0 contacts match by something else"],
        [],
    )


def test_a_dry_run_tells_what_would_come_and_writes_nothing(file, national_and_international):
    one, other = national_and_international
    identify(SCOPE, "a@x.example", "0")

    output, _ = run("apply", file({**US, "limits": {"emailsPerPerson": 1}}), "--dry-run")

    effects = "0 would split, 1 would come of several"
    assert output == [
        "1 of 2 contacts would match by something else",
        f"before: 2 persons, the largest {one} of 1 contacts",
        f"after: 1 persons, the largest {one} of 2 contacts; {effects}",
        f"  persons {one} (1) {other} (1) would be {one} (2)",
        "1 persons would have more emails than the limit",
        "nothing was written",
    ]
    assert not Policy.objects.exists()


def test_a_dry_run_names_hubs_and_what_would_not_count(file):
    ids = [identify(SCOPE, f"{n}@x.example", "1").person.contacts[-1].id for n in range(3)]
    rules = {"blocked": {"emails": ["0@x.example"]}, "limits": {"contactsPerPhone": 2}}

    output, _ = run("apply", file(rules), "--dry-run")

    assert "1 values would not count: blocked" in output
    assert "1 identifiers would be retired as hubs:" in output
    assert f"  phone of 3 contacts [contacts {' '.join(map(str, ids))}]" in output
    assert any(line.startswith("after, without them: 3 persons, ") for line in output)


def test_a_dry_run_of_an_empty_database_tells_of_nobody(file):
    output, _ = run("apply", file(US), "--dry-run")
    assert output[1] == "before: 0 persons"


def test_separations_that_stand_against_it_are_named(file, national_and_international):
    one, other = national_and_international
    kept = Separation.objects.create(
        workspace_id=DEFAULT_WORKSPACE_ID, left_id=one, right_id=other, created_at=NOON
    )
    output, _ = run("apply", file(US), "--dry-run")
    assert f"cannot be applied: separations stand against it [{kept.pk}]" in output

    with pytest.raises(CommandError, match="separations keep apart"):
        run("apply", file(US))

    _, told = run("show")
    assert told[-1].startswith("version 1 is being prepared, up to contact ")
    assert run("cancel")[0] == ["cancelled"]
    assert run("cancel")[0] == ["no policy is being prepared"]


def test_a_policy_is_applied_with_its_progress(file, national_and_international, monkeypatch):
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_LINES", 0)
    monkeypatch.setattr(job.rekeying, "CHUNK_LENGTH", 1)

    output, told = run("apply", file(US))

    assert output == [
        "version 1 is in force",
        "1 contacts match by something else",
        "2 persons were concerned, and are 1 now",
    ]
    assert [line.partition(",")[0] for line in told] == ["1 contacts read", "2 contacts read"]


def test_progress_is_not_told_all_the_time(file, national_and_international):
    assert run("apply", file(US))[1] == []


def test_a_file_with_a_byte_order_mark_is_read(file):
    output, _ = run("apply", file('\ufeff{"preset": "protect"}'))
    assert "version 1 is in force" in output


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ("{", "is not JSON"),
        ('{"limits": {"emailsPerPerson": 1, "emailsPerPerson": 2}}', "Given twice"),
        ("[]", "holds no object"),
        ('{"erased": "no"}', 'is no policy. erased: Send "refuse" or "accept".'),
    ],
)
def test_a_file_that_holds_no_policy_is_refused(file, rules, said):
    with pytest.raises(CommandError) as refused:
        run("apply", file(rules))
    assert said in str(refused.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(CommandError, match="No such file"):
        run("apply", tmp_path / "missing.json")


def test_the_latest_rules_are_applied_after_telling_what_they_would_do():
    Workspace.objects.update(rules_version=FIRST_RULES)
    identify(SCOPE, "ann@hillvalley.edu", "see note 2")
    identify(SCOPE, "bob@hillvalley.edu", "apt 2")

    output, _ = run("upgrade", "--dry-run")
    assert output[0] == "2 of 2 contacts would match by something else"
    assert output[-1] == "nothing was written"
    assert show_policy(SCOPE).version == 0

    output, _ = run("upgrade")
    assert output == [
        "version 1 is in force",
        "2 contacts match by something else",
        "1 persons were concerned, and are 2 now",
    ]
    assert show_policy(SCOPE).policy == SPEC
    assert run("upgrade") == (["the latest rules for identifiers are in force"], [])
    assert show_policy(SCOPE).version == 1
