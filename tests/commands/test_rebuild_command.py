from io import StringIO

from django.core.management import call_command

from reunite.core.scope import DEFAULT_WORKSPACE_ID
from reunite.management import progress
from reunite.models import Contact, Link, Retired, Separation
from reunite.services.identify.identify import identify
from tests.builders import NOON
from tests.scopes import SCOPE


def run(*arguments):
    output, told = StringIO(), StringIO()
    call_command("reunite_rebuild", *arguments, stdout=output, stderr=told)
    return output.getvalue().splitlines(), told.getvalue().splitlines()


def test_a_sound_database_is_said_to_be_sound():
    identify(SCOPE, "a@x.example", "1")
    assert run() == (["1 contacts read", "all is as the evidence says"], [])


def test_a_dry_run_tells_what_is_wrong_and_leaves_it():
    one = identify(SCOPE, "a@x.example", "(415) 555-2671").person.id
    other = identify(SCOPE, "b@x.example", None).person.id
    identify(SCOPE, "b@x.example", "(415) 555-2671")
    Link.objects.update(state="suspended")
    Contact.objects.filter(pk=other).update(
        email_key=None, linked_id=None, link_precedence="primary"
    )
    kept = Separation.objects.create(
        workspace_id=DEFAULT_WORKSPACE_ID, left_id=one, right_id=other, created_at=NOON
    )
    link = Link.objects.get().pk
    wrong = [
        "2 contacts read",
        f"1 contacts match by a wrong value [{other}]",
        f"1 contacts are of a wrong person [{other}]",
        f"1 links count, or do not, without a reason [{link}]",
        f"  persons {one} (1) {other} (1) should be {one} (2)",
    ]

    assert run("--dry-run")[0] == [
        *wrong,
        f"1 separations stand against it [{kept.pk}]",
        "nothing was written",
    ]

    kept.delete()
    assert run()[0] == [*wrong, "all of this was put right"]
    assert run()[0][-1] == "all is as the evidence says"


def test_many_ids_are_cut_and_progress_is_told(settings, monkeypatch):
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_LINES", 0)
    for n in range(21):
        identify(SCOPE, f"{n}@x.example", f"(415) 555-{2000 + n}")
    Retired.objects.create(
        workspace_id=DEFAULT_WORKSPACE_ID,
        kind="phone",
        key="4155552999",
        origin="operator",
        created_at=NOON,
    )
    settings.REUNITE = {"DEFAULT_REGION": "US"}

    output, told = run("--dry-run")

    assert output[1].startswith("21 contacts match by a wrong value [")
    assert output[1].endswith(" …]")
    assert output[2] == "1 retired identifiers have another name"
    assert len(told) == 21
