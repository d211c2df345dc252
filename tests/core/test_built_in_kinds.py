"""Where the code names phones: the files that a further built-in kind of identifier would change.

The files of the registry say what a kind is. Each other file, or folder, that names phones stands
here with the reason. All else goes through the registry: a file that is not here must not name
phones.
"""

import ast
import re
from fnmatch import fnmatch
from pathlib import Path

import pytest

import reunite

SOURCE = Path(reunite.__file__).parent
COLUMNS = re.compile(r"\bphone_(?:key|number|id)\b")

REGISTRY = [
    "core/identifiers/kinds.py",
    "core/identifiers/phone.py",
    "core/identifiers/phone_text.py",
    "core/identifiers/prefixes.py",
    "models/persons.py",
]
RULES_OF_PHONES = [
    "checks.py",  # Regions of phone numbers, as a setting names them.
    "core/identifiers/fillers.py",
    "core/identifiers/first_rules.py",
    "core/identifiers/placeholders.py",
    "core/policy/cells.py",
    "core/policy/clean.py",
    "core/policy/reader.py",
    "core/repair/erasure.py",  # The spellings in which a number may stand elsewhere.
]
FORM_OF_HTTP = [
    "api/*",
    "client/*",
    "explorer/*",
    "management/*",
    "core/events.py",
    "core/persons/person.py",
    "services/identify/*",  # An email and a phone number, as the specification has them.
    "services/persons/*",
    "services/policy/normalize.py",
    "services/repair/retire.py",
    "store/persons/suspicious.py",
]
FORM_OF_POLICIES = ["core/identify/hubs.py", "core/policy/*"]
FILES = [
    "bulk/*",
    "core/imports/*",
    "services/example_shop.py",
    "services/imports/*",
    "store/imports/*",
]
LOOK_UPS = [
    "models/policy.py",  # The keys that a job makes anew, column by column.
    "store/persons/finding.py",
    "store/tables/contacts.py",  # One statement for both, that of most requests.
]
ALLOWED = [
    *REGISTRY,
    *RULES_OF_PHONES,
    *FORM_OF_HTTP,
    *FORM_OF_POLICIES,
    *FILES,
    *LOOK_UPS,
]


def names_phones(code):
    """Whether code names phones: in a name, or by a column in SQL."""
    for node in ast.walk(ast.parse(code)):
        names = [getattr(node, part, None) for part in ("id", "name", "attr", "arg")]
        if any(isinstance(name, str) and "phone" in name.lower() for name in names):
            return True
        if isinstance(node, ast.Constant) and COLUMNS.search(str(node.value)):
            return True
    return False


@pytest.fixture(scope="module")
def naming():
    """The files that name phones, without migrations, which stay as they are."""
    files = [each for each in SOURCE.rglob("*.py") if "migrations" not in each.parts]
    return {each.relative_to(SOURCE).as_posix() for each in files if names_phones(each.read_text())}


def test_only_the_registry_and_what_is_said_here_name_phones(naming):
    assert {file for file in naming if not any(fnmatch(file, each) for each in ALLOWED)} == set()


def test_nothing_is_allowed_that_no_file_needs(naming):
    assert [each for each in ALLOWED if not any(fnmatch(file, each) for file in naming)] == []


def test_the_registry_has_at_most_five_files():
    assert len(REGISTRY) <= 5


@pytest.mark.parametrize(
    "code",
    ["phone = 1", "x.phone_number", "def of(*, phone): ...", "SQL = 'SELECT phone_key FROM c'"],
)
def test_a_name_would_be_seen(code):
    assert names_phones(code)


@pytest.mark.parametrize("code", ["'A phone number is missing.'", "kind = KINDS[each]"])
def test_prose_and_the_registry_name_none(code):
    assert not names_phones(code)
