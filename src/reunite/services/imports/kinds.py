"""The declared kinds that columns of an upload are of."""

from reunite.core.errors import FieldError, InvalidUpload
from reunite.core.imports.files import Columns, Unreadable
from reunite.core.imports.parameters import with_parameters
from reunite.core.scope import Scope
from reunite.store.database.queries import outside
from reunite.store.tables import policies


def for_kinds_in_force(scope: Scope, columns: Columns) -> Columns:
    """The columns, which know the kinds that the policy declares now.

    The policy may be another one when the file is read. Raises InvalidUpload for any other kind.
    """
    policy = outside.read(policies.in_force(scope)).policy
    try:
        return columns.for_kinds(policy.declared)
    except Unreadable as error:
        told = f"{with_parameters(str(error))}."
        raise InvalidUpload(FieldError("identifier", "undeclared_kind", told)) from error
