from io import StringIO

from django.core.management import call_command

from reunite.core.identifiers.kinds import FIRST_RULES
from reunite.management import progress
from reunite.models import Workspace
from reunite.services.identify.identify import identify
from tests.builders import make_contact
from tests.scopes import SCOPE


def run_check(*arguments):
    output, progress = StringIO(), StringIO()
    try:
        call_command("reunite_check", *arguments, stdout=output, stderr=progress)
    except SystemExit as end:
        return end.code, output.getvalue(), progress.getvalue()
    return 0, output.getvalue(), progress.getvalue()


def test_a_sound_database_is_said_to_be_sound():
    identify(SCOPE, "a@x.example", "1")
    assert run_check() == (0, "no violations in 1 contacts\n", "")


def test_every_violation_is_printed_with_its_contacts_and_the_exit_code_is_1():
    one, other = make_contact("a@x.example", "1"), make_contact("b@x.example", "1")

    code, output, _ = run_check()

    assert code == 1
    violation, total = output.splitlines()
    assert violation == (
        f"key_in_two_persons: persons {one.id} and {other.id} share a phone "
        f"[contacts {one.id} {other.id}]"
    )
    assert total == "1 violations in 2 contacts"


def test_a_workspace_is_checked_alone():
    make_contact("a@x.example", "1")
    make_contact("b@x.example", "1")
    other = Workspace.objects.create(name="shop-de")
    make_contact("a@x.example", workspace_id=other.id)

    assert run_check("--workspace", "shop-de") == (0, "no violations in 1 contacts\n", "")
    assert run_check("--workspace", "default")[1].endswith("1 violations in 2 contacts\n")


def test_a_long_check_tells_how_far_it_is(monkeypatch):
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_LINES", 0)
    identify(SCOPE, "a@x.example", "1")

    _, _, told = run_check()

    assert told.startswith("1 contacts checked, ")


def test_nothing_personal_is_printed():
    make_contact("secret@x.example", "1", phone_key="2")
    _, output, _ = run_check()
    assert "secret" not in output


def test_earlier_rules_for_identifiers_are_told():
    Workspace.objects.update(rules_version=FIRST_RULES)
    identify(SCOPE, "a@x.example", "1")

    code, output, told = run_check()

    assert (code, output) == (0, "no violations in 1 contacts\n")
    assert "reunite policy upgrade --dry-run" in told
