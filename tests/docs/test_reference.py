"""What can be looked up is documented: all of it, and nothing that does not exist."""

import argparse
import ast
import re
from dataclasses import fields

from django.apps import apps

from reunite.api.http import errors
from reunite.api.http import fields as field_types
from reunite.api.http.documentation import document
from reunite.api.identify import serializers
from reunite.api.urls import urlpatterns
from reunite.conf import ReuniteSettings
from reunite.core.errors import (
    BulkNotInstalled,
    Conflict,
    Forbidden,
    Gone,
    NotFound,
    NoUsableIdentifier,
    ReuniteError,
    TemporarilyUnavailable,
    TooManyRequests,
    Unauthenticated,
    UploadTooLarge,
)
from reunite.core.events import EVENTS
from reunite.core.identifiers import kinds, phone_text
from reunite.core.identify.plan import Outcome
from reunite.core.payloads import definition_name, definitions
from reunite.core.policy.form import Leaf
from reunite_service.cli import _parser
from tests.docs.documents import DOCS, ROOT, Document, code, documents, table
from tools import events

SOURCE = ROOT / "src"
CHECK = Document(DOCS / "how-to/check-a-database.md")
COMMANDS = Document(DOCS / "reference/commands.md")
ERRORS = Document(DOCS / "reference/errors.md")
GLOSSARY = Document(DOCS / "glossary.md")
HTTP = Document(DOCS / "reference/http.md")
ROWS = Document(DOCS / "explanation/rows.md")
SETTINGS = Document(DOCS / "reference/settings.md")


def calls(folder):
    """Every call in the source files of a folder: the function's name, and its arguments."""
    for file in (SOURCE / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call):
                yield ast.unparse(node.func), node.args


def literals(folder, pattern, place):
    """The literal text that calls of functions with such a name have at a place."""
    for name, arguments in calls(folder):
        if re.fullmatch(pattern, name) and len(arguments) > place:
            argument = arguments[place]
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                yield argument.value


def subclasses(kind):
    """All classes below a class that the project defines."""
    for each in kind.__subclasses__():
        yield from (each, *subclasses(each))


def first_codes(text):
    """The code in the first cell of each row of the tables in a text."""
    return [code(row[0])[0] for row in table(text) if code(row[0])]


def headed(page):
    """The codes that have a heading of their own."""
    return {heading.strip("`") for heading in page.headings if heading.startswith("`")}


def variables():
    return set(literals("reunite_service", r"env\.\w+", 0))


def test_every_environment_variable_is_documented():
    assert {"HOST", "DATABASE_URL"} <= variables()
    assert headed(SETTINGS) == variables()
    assert set(first_codes(SETTINGS.section("Environment variables"))) == variables()


def test_every_key_of_the_apps_settings_is_documented_with_its_default():
    documented = {
        code(key)[0]: code(default)[0]
        for key, default, _ in table(SETTINGS.section("Keys of `REUNITE`"))
    }
    assert documented == {field.name: repr(field.default) for field in fields(ReuniteSettings)}


def test_every_make_target_is_documented():
    makefile = (ROOT / "Makefile").read_text()
    targets = re.search(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)[1].split()
    assert {"serve", "test"} <= set(targets)
    assert first_codes(COMMANDS.section("make")) == [f"make {target}" for target in targets]


def commands_of(parser):
    """The parsers of a parser's commands, by name."""
    return {
        name: each
        for action in parser._actions
        if isinstance(action, argparse._SubParsersAction)
        for name, each in action.choices.items()
    }


def options_of(parser):
    """All long options of a parser and of its commands."""
    own = {option for action in parser._actions for option in action.option_strings}
    return {option for option in own if option.startswith("--")}.union(
        *(options_of(each) for each in commands_of(parser).values())
    )


def test_every_command_is_documented():
    documented = {command.split()[1] for command in first_codes(COMMANDS.section("reunite"))}
    assert documented - {"--help"} == set(commands_of(_parser()))


def test_every_option_of_a_command_is_documented():
    options = options_of(_parser())
    assert {"--dry-run", "--max-refused", "--replace"} <= options
    documented = {
        option
        for document in documents()
        for option in re.findall(r"(?<![\w-])--[a-z][a-z-]*", document.text)
    }
    assert options - documented == set()


def test_every_management_command_is_documented():
    for file in (SOURCE / "reunite/management/commands").glob("[a-z]*.py"):
        assert f"`python manage.py {file.stem}`" in COMMANDS.text


def codes_sent():
    refused = {code for _, code, _ in errors._FRAMEWORK.values()}
    fields_refused = {
        code
        for each in (vars(serializers) | vars(field_types)).values()
        if isinstance(each, type)
        for code in vars(each).get("default_error_messages", {})
    }
    ours_alone = (NoUsableIdentifier, UploadTooLarge, BulkNotInstalled, TooManyRequests)
    ours = (TemporarilyUnavailable, NotFound, Gone, Conflict, Unauthenticated, Forbidden)
    told = {each.code for kind in ours for each in subclasses(kind)}
    literal = set(literals("reunite", r"FieldError|problem|Wrong|wrong\.add", 1))
    shapes = "|".join(each.__name__ for each in subclasses(Leaf))
    literal |= set(literals("reunite/core/policy", shapes, 0))
    return refused | fields_refused | told | literal | {each.code for each in ours_alone}


def test_every_error_code_is_documented():
    assert {"no_identifier", "invalid_type", "internal_error", "lock_timeout"} <= codes_sent()
    assert headed(ERRORS) == codes_sent()


def test_every_error_in_python_is_documented_with_its_code():
    documented = {
        code(name)[0]: code(own)[0] for name, own, _ in table(ERRORS.section("Errors in Python"))
    }
    assert documented == {
        each.__name__: each.code for each in (ReuniteError, *subclasses(ReuniteError))
    }


def test_every_system_check_is_documented():
    ids = [
        id
        for name in ("checks.py", "deploy.py")
        for id in sorted(
            re.findall(r"reunite\.[A-Z]\d{3}", (SOURCE / "reunite" / name).read_text())
        )
    ]
    assert {"reunite.E001", "reunite.W010"} <= set(ids)
    assert first_codes(ERRORS.section("System checks")) == ids


def test_every_violation_is_documented():
    codes = set(literals("reunite", "Violation", 0))
    assert {"key_differs", "key_in_two_persons"} <= codes
    assert set(first_codes(CHECK.section("What it says"))) == codes


def test_every_endpoint_is_documented():
    documented = [heading for heading in HTTP.headings if re.match(r"[A-Z]+ /", heading)]
    assert first_codes(HTTP.text)[: len(documented)] == documented
    assert {heading.split()[1] for heading in documented} == {
        re.sub(r"<\w+:(\w+)>", r"{\1}", f"/{each.pattern}") for each in urlpatterns
    }
    operations = {
        f"{method.upper()} {path}"
        for path, methods in document()["paths"].items()
        for method in methods
    }
    assert operations <= set(documented)


def test_the_scopes_of_every_operation_are_documented():
    told = {}
    for scopes, operations in table(HTTP.section("Keys")):
        told |= {each: set(code(scopes)) for each in code(operations)}
    assert told == {
        f"{method.upper()} {path}": {each["key"][0] for each in described["security"]}
        for path, methods in document()["paths"].items()
        for method, described in methods.items()
    }


def test_every_table_column_and_constraint_is_documented():
    for model in apps.get_app_config("reunite").get_models():
        section = ROWS.section(model._meta.db_table)
        assert {field.column for field in model._meta.fields} <= set(code(section))
    constraints = {
        c.name for m in apps.get_app_config("reunite").get_models() for c in m._meta.constraints
    }
    assert set(first_codes(ROWS.section("The two invariants"))) == constraints


def test_events_are_documented_as_the_catalogue_has_them():
    assert (ROOT / events.PAGE).read_text() == events.page(), "run `make openapi`"
    assert (ROOT / events.SCHEMAS).read_text() == events.schemas(), "run `make openapi`"


def test_the_openapi_document_has_the_schema_of_each_payload():
    schemas = document()["components"]["schemas"]
    named = schemas["EventAnswer"]["properties"]["payload"]["x-payloads"]
    assert named.keys() == EVENTS.keys()
    for type, address in named.items():
        expected = definitions("#/components/schemas/")[definition_name(EVENTS[type])]
        assert schemas[address.rpartition("/")[2]] == expected


def test_every_outcome_is_documented():
    outcomes = {each.value for each in Outcome}
    (row,) = (row for row in table(GLOSSARY.text) if row[0] == "**outcome**")
    assert set(code(row[1])) == outcomes
    assert outcomes <= set(code(HTTP.section("Headers")))


def test_limits_are_documented():
    limits = dict(
        row[:2] for row in table(Document(DOCS / "explanation/identifiers.md").section("Limits"))
    )
    assert limits == {
        "email": f"{kinds.EMAIL_MAX_LENGTH} characters",
        "email before the `@`": f"{kinds.EMAIL_LOCAL_MAX_LENGTH} characters",
        "phone number": f"{kinds.PHONE_MAX_LENGTH} characters",
        "digits of a phone number": f"{phone_text.MAX_DIGITS} digits",
    }
    assert f"at most {serializers.BATCH_MAX_LENGTH:,}" in HTTP.section("POST /identify/batch")
