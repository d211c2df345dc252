"""How a database would run a statement."""

import re

from django.db import connection

from reunite.store.database.dialects import dialect
from reunite.store.database.queries import Query


def plan_of(asked, *, generic):
    """The plan of a statement, or of the only one of a query."""
    (statement,) = asked.statements if isinstance(asked, Query) else [asked]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            explained = statement._replace(sql=f"EXPLAIN QUERY PLAN {statement.sql}")
            return "\n".join(row[3] for row in dialect().run([explained])[0])
        if generic:
            numbers = iter(range(1, 99))
            sql = re.sub("%s", lambda _: f"${next(numbers)}", statement.sql)
            cursor.execute(f"EXPLAIN (GENERIC_PLAN) {sql}")
        else:
            cursor.execute(f"EXPLAIN {statement.sql}", statement.params)
        return "\n".join(row[0] for row in cursor.fetchall())
