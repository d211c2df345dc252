"""The scope of tests that need no workspace of their own."""

from reunite.core.scope import default_scope

SCOPE = default_scope()
