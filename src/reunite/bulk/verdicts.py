"""The verdict on each row: taken whole, taken without an unreadable value, or refused."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from reunite.bulk.engine import Engine
from reunite.core.identifiers.kinds import Identifier, Kind
from reunite.core.policy.policy import Policy

# What the columns of the database hold.
_LONGEST = {"external_id": 255, "source": 100}

_READ = """
    CREATE VIEW read AS
    SELECT g.rowid + 1 AS place, coalesce(g.row, g.rowid + 1) AS row, g.created_at,
           CASE WHEN e.problem IS DISTINCT FROM 'blank' THEN g.email END AS email,
           CASE WHEN p.problem IS DISTINCT FROM 'blank' THEN g.phone_number END AS phone_number,
           {email_key} AS email_key, {phone_key} AS phone_key, g.external_id, g.source, g.is_time,
           coalesce(e.problem = 'placeholder', false) AS email_is_none,
           coalesce(p.problem = 'placeholder', false) AS phone_is_none,
           coalesce(e.problem = 'unreadable', false) AS email_unreadable,
           coalesce(p.problem = 'unreadable', false) AS phone_unreadable,
           g.email_column, g.phone_column, {others}
    FROM given g
    LEFT JOIN email_canon e
      ON e.given = CASE WHEN NOT email_is_key AND g.email_key IS NULL THEN g.email END
    LEFT JOIN phone_canon p
      ON p.given = CASE WHEN NOT phone_is_key AND g.phone_key IS NULL THEN g.phone_number END
    {join}
"""
_NO_OTHERS = """
    NULL::varchar AS others_given, NULL::varchar AS others, false AS others_are_given,
    false AS others_have_key, false AS too_many_values, false AS invalid_identifier,
    false AS others_are_erased
"""
_OTHERS = """
    g.others AS others_given, o.kept AS others, coalesce(o.is_given, false) AS others_are_given,
    coalesce(o.has_key, false) AS others_have_key,
    coalesce(o.has_too_many, false) AS too_many_values,
    g.others IN (SELECT given FROM others_invalid) IS TRUE AS invalid_identifier,
    coalesce(o.is_erased, false) AS others_are_erased
"""
_JOIN_OTHERS = "LEFT JOIN others_read o ON o.given = g.others"
_KEY = "CASE WHEN g.{kind}_is_key THEN g.{column} ELSE coalesce(g.{kind}_key, {short}.key) END"
_PROBLEM = """
    CREATE TABLE problem AS SELECT *, CASE
            WHEN is_without_time THEN 'invalid_created_at'
            WHEN invalid_external_id THEN 'invalid_external_id'
            WHEN invalid_source THEN 'invalid_source'
            WHEN no_identifier THEN 'no_identifier'
            WHEN too_many_values THEN 'too_many_values'
            WHEN has_no_key AND invalid_email THEN 'invalid_email'
            WHEN has_no_key AND invalid_phone_number THEN 'invalid_phone_number'
            WHEN has_no_key AND invalid_identifier THEN 'invalid_identifier'
            WHEN has_no_key THEN 'no_usable_identifier'
            WHEN is_erased THEN 'erased' END AS reason
    FROM (SELECT place, row, email_column, phone_column,
                 is_time IS FALSE AS is_without_time, is_time IS NOT TRUE AS invalid_created_at,
                 {invalid_external_id} AS invalid_external_id,
                 {invalid_source} AS invalid_source,
                 email IS NULL AND phone_number IS NULL AND NOT others_are_given
                 AS no_identifier,
                 email_unreadable AS invalid_email, phone_unreadable AS invalid_phone_number,
                 others_given, too_many_values, invalid_identifier,
                 email_key IS NULL AND phone_key IS NULL AND NOT others_have_key AS has_no_key,
                 {erased} AS is_erased
          FROM read)
    WHERE reason IS NOT NULL OR invalid_email OR invalid_phone_number OR invalid_created_at
       OR invalid_identifier
"""
_TOO_LONG = "coalesce(length({name}) > {longest} OR contains({name}, chr(0)), false)"
_SAID = """
    CREATE VIEW said AS
    SELECT place, row, created_at,
           CASE WHEN NOT email_is_none AND NOT email_unreadable THEN email END AS email,
           CASE WHEN NOT phone_is_none AND NOT phone_unreadable THEN phone_number END
           AS phone_number,
           email_key, phone_key, external_id, source, others, others_have_key
    FROM read {but_refused}
"""
# What a row is taken without.
_LEFT = ("invalid_email", "invalid_phone_number", "invalid_identifier", "invalid_created_at")
_LEFT_OUT = "CREATE TABLE left_out AS " + " UNION ALL ".join(
    f"SELECT row, '{each}' AS reason FROM problem WHERE reason IS NULL AND {each}" for each in _LEFT
)
# Each wrong value of a row, by its column, and the errors of the row as a whole. A row that is
# refused since it was erased has no entry.
_TOLD = """
    CREATE TABLE told AS
    SELECT DISTINCT row, reason, number FROM ({values}
        UNION ALL SELECT row, 'invalid_identifier', number
            FROM problem JOIN others_invalid ON given = others_given
        UNION ALL SELECT row, 'no_identifier', NULL FROM problem WHERE no_identifier
        UNION ALL SELECT row, 'too_many_values', NULL FROM problem WHERE too_many_values
        UNION ALL SELECT row, 'no_usable_identifier', NULL FROM problem
            SEMI JOIN refused USING (row)
            ANTI JOIN (SELECT row FROM problem
                       WHERE invalid_email OR invalid_phone_number OR invalid_identifier)
            USING (row) WHERE has_no_key AND NOT no_identifier
        UNION ALL SELECT row, reason, NULL FROM left_out WHERE reason = 'not_joined')
    ANTI JOIN (SELECT row FROM refused WHERE reason = 'erased') USING (row)
"""
_VALUE_TOLD = "SELECT row, 'invalid_{0}' AS reason, {1} AS number FROM problem WHERE invalid_{0}"
_COLUMNS = {
    "created_at": "0",
    "external_id": "0",
    "source": "0",
    "email": "coalesce(email_column, 0)",
    "phone_number": "coalesce(phone_column, 0)",
}
# A record with several values is several places, which have its row in common: it is refused if
# all of them are.
_PLACES_TO_ROWS = (
    """
    CREATE TABLE taken AS SELECT row, count(email_key) AS emails, count(phone_key) AS phones,
        count(DISTINCT email_key) AS other_emails, count(DISTINCT phone_key) AS other_phones,
        bool_or(others_have_key) AS has_others
    FROM said GROUP BY row
    """,
    """
    INSERT INTO left_out
    """
    + " UNION ALL ".join(
        f"SELECT row, '{each}' FROM problem SEMI JOIN taken USING (row) WHERE {each}"
        for each in _LEFT
    ),
    """
    INSERT INTO left_out SELECT row, 'not_joined' FROM taken
    WHERE ((emails = 0 AND other_phones > 1) OR (phones = 0 AND other_emails > 1))
      AND NOT has_others
    """,
    "CREATE OR REPLACE TABLE left_out AS SELECT DISTINCT row, reason FROM left_out",
    """
    CREATE OR REPLACE TABLE refused AS SELECT min(place) AS place, row, first(reason ORDER BY place)
        AS reason FROM refused ANTI JOIN taken USING (row) GROUP BY row
    """,
)


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules about a value: the policy, retired identifiers, and erased keys."""

    policy: Policy
    retired: Collection[Identifier] = ()
    erased: Callable[[Collection[Identifier]], Collection[Identifier]] | None = None


def judge(engine: Engine, rules: Rules, *, has_several: bool, has_others: bool = False) -> None:
    """Make ``refused(place, row, reason)``, ``left_out(row, reason)`` and the view ``said``.

    ``left_out`` are values that cannot be read, of rows that are taken without them, and rows whose
    values nothing joins (``not_joined``). ``told(row, reason, number)`` are all defects of all
    rows; ``number`` is the number of the column among the columns of its field, or null.
    ``has_several``: whether a row may have several places. ``has_others``: whether any row has
    values of declared kinds.
    """
    keys = {
        "email": _KEY.format(kind="email", column="email", short="e"),
        "phone": _KEY.format(kind="phone", column="phone_number", short="p"),
    }
    for kind in Kind:
        retired = [each.key for each in rules.retired if each.kind is kind]
        if retired:
            engine.run(f"CREATE TABLE {kind}_retired (key VARCHAR)")
            engine.add_columns(f"{kind}_retired", key=list(retired))
            own = keys[kind]
            keys[kind] = (
                f"CASE WHEN ({own}) NOT IN (SELECT key FROM {kind}_retired) THEN ({own}) END"
            )
    others, join = (_OTHERS, _JOIN_OTHERS) if has_others else (_NO_OTHERS, "")
    engine.run(
        _READ.format(email_key=keys["email"], phone_key=keys["phone"], others=others, join=join)
    )
    erased = "false"
    if rules.erased is not None:
        for kind in Kind:
            _find_erased(engine, kind, rules.erased)
        erased = """(email_key IN (SELECT key FROM email_erased)
                      OR phone_key IN (SELECT key FROM phone_erased) OR others_are_erased)"""
    too_long = {
        f"invalid_{name}": _TOO_LONG.format(name=name, longest=longest)
        for name, longest in _LONGEST.items()
    }
    engine.run(_PROBLEM.format(erased=erased, **too_long))
    engine.run(
        "CREATE TABLE refused AS SELECT place, row, reason FROM problem WHERE reason IS NOT NULL"
    )
    refused = engine.number("SELECT count(*) FROM refused")
    # The view needs the places that are refused, the list needs the rows.
    engine.run("CREATE TABLE refused_place AS SELECT place FROM refused")
    but_refused = "ANTI JOIN refused_place USING (place)" if refused else ""
    engine.run(_SAID.format(but_refused=but_refused))
    engine.run(_LEFT_OUT)
    if has_several:
        for statement in _PLACES_TO_ROWS:
            engine.run(statement)
    values = " UNION ALL ".join(_VALUE_TOLD.format(*each) for each in _COLUMNS.items())
    engine.run(_TOLD.format(values=values))


def _find_erased(
    engine: Engine, kind: Kind, erased: Callable[[Collection[Identifier]], Collection[Identifier]]
) -> None:
    engine.run(f"CREATE TABLE {kind}_erased (key VARCHAR)")
    asked = f"SELECT DISTINCT {kind}_key FROM read WHERE {kind}_key IS NOT NULL"
    for rows in engine.stream(asked, size=5_000):
        found = erased({Identifier(kind, str(key)) for (key,) in rows})
        engine.add_columns(f"{kind}_erased", key=[each.key for each in found])
