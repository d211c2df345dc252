"""Canonical values are compared by their bytes on both databases."""

from django.apps import apps
from django.db import connection

from reunite.models import KeyField


def test_keys_are_compared_by_their_bytes():
    by_bytes = {"postgresql": "C", "sqlite": None}[connection.vendor]  # None: SQLite's own way.
    seen = {}
    with connection.cursor() as cursor:
        for model in apps.get_app_config("reunite").get_models():
            table = model._meta.db_table
            keys = {each.column for each in model._meta.fields if isinstance(each, KeyField)}
            for column in connection.introspection.get_table_description(cursor, table):
                if column.name in keys:
                    seen[table, column.name] = column.collation
    assert {"contact", "identifier", "link", "rekeyed", "retired"} == {table for table, _ in seen}
    assert set(seen.values()) == {by_bytes}
