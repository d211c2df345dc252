"""What to do about a database that cannot be used, by the reason that its driver gives.

The driver's own words are not written anywhere: they may hold anything.
"""

import re
from collections.abc import Iterator

from reunite.causes import chain

_SEE = "see that it runs, check DATABASE_URL, and look into its log"
_FOLDER = (
    "the file of DATABASE_URL cannot be opened or written: see that its folder exists, and that "
    "this user may write the file and the folder"
)
_BY_CODE_OF_SQLITE = {
    "SQLITE_CANTOPEN": _FOLDER,
    "SQLITE_CORRUPT": "its file is damaged: restore a backup",
    "SQLITE_FULL": "the disk is full: make room",
    "SQLITE_NOTADB": "the file of DATABASE_URL is no SQLite database: name another one",
    "SQLITE_READONLY": _FOLDER,
}
# Messages of libpq and PostgreSQL before there is a session, and so without a code.
_BY_WORDS_OF_POSTGRESQL = (
    (r"password authentication failed", "PostgreSQL refuses the user or the password"),
    (r"no password supplied", "PostgreSQL asks for a password, and DATABASE_URL has none"),
    (r"could not translate host name|resolve host", "the host in DATABASE_URL is not known"),
    (r"Connection refused", "PostgreSQL does not run at the host and port in DATABASE_URL"),
    (r"No such file or directory", "PostgreSQL does not run at the socket in DATABASE_URL"),
    (r"timeout expired|connection timeout", "the host in DATABASE_URL does not answer"),
    (r'database ".*" does not exist', "PostgreSQL has no database of that name: create it"),
    (r'role ".*" does not exist', "PostgreSQL has no role of that name: create it"),
    (r"pg_hba\.conf", "PostgreSQL lets this user or machine not in: see its pg_hba.conf"),
    (
        r"too many clients|too many connections|connection slots",
        "PostgreSQL has no connection left: set max_connections higher, or THREADS lower",
    ),
)


def remedy(error: BaseException) -> str:
    """The remedy for the operator."""
    return next(_remedies(error), _SEE)


def _remedies(error: BaseException) -> Iterator[str]:
    for each in chain(error):
        code = getattr(each, "sqlite_errorname", None)
        if code:
            # Some codes have a longer form, such as SQLITE_READONLY_DIRECTORY.
            yield from (told for name, told in _BY_CODE_OF_SQLITE.items() if code.startswith(name))
        else:
            words = str(each)
            yield from (told for sign, told in _BY_WORDS_OF_POSTGRESQL if re.search(sign, words))
