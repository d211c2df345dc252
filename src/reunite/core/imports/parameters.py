"""Messages about files name options of the command; those of an upload name its parameters."""

import re
import shlex
from urllib.parse import quote

_PARAMETERS = {
    "email": "email",
    "phone": "phone",
    "identifier": "identifier",
    "created-at": "createdAt",
    "external-id": "externalId",
    "source": "source",
    "no-created-at": "noCreatedAt=true",
    "date-format": "dateFormat",
    "skip-lines": "skipLines",
    "encoding": "encoding",
    "format": "format",
}
# As shlex.quote writes the name of a column; of some options a message names an example.
_QUOTED = r"""=((?:'[^']*'|"'"|[A-Za-z0-9_@%+=:,./-])+)"""
_OPTION = re.compile(
    rf"--({'|'.join(_PARAMETERS)})(?![\w-])"
    rf"(?:{_QUOTED}|(?<=lines) (\d+)|(?<=encoding) ((?:big|cp|gb|iso|koi|mac|utf|windows)[\w-]+)"
    r"|(?<=format) (csv|jsonl|parquet))?"
)
_SEVERAL = re.compile(r"\?\w+=[^\s?]+(?: \?\w+=[^\s?]+)+")


def with_parameters(message: str) -> str:
    """The message with ``?skipLines=2`` in place of ``--skip-lines 2``."""
    message = _OPTION.sub(_parameter, message)
    return _SEVERAL.sub(lambda several: several[0].replace(" ?", "&"), message)


def _parameter(option: re.Match[str]) -> str:
    name, value, *examples = option.groups()
    if value:
        (value,) = shlex.split(value)
    value = value or next(filter(None, examples), "")
    parameter = _PARAMETERS[name]
    return f"?{parameter}" if "=" in parameter else f"?{parameter}={quote(value)}"
