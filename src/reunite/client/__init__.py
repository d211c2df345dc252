"""A client of Reunite over HTTP: ``pip install 'reunite[client]'``.

The parts that programs use are here; ``reunite.client.answers`` has the types of answers.
Importing it imports nothing of the server.
"""

try:
    from reunite.client.async_client import AsyncClient
    from reunite.client.webhooks import Message, NotGenuine, verify
except ModuleNotFoundError as error:
    raise ImportError(f"{error}: run `pip install 'reunite[client]'`") from error
from reunite.client.batches import Batches
from reunite.client.calls import Call
from reunite.client.errors import (
    Busy,
    ClientError,
    Conflict,
    Gone,
    NoAnswer,
    NotAllowed,
    NotFound,
    ProblemError,
    UnexpectedAnswer,
)
from reunite.client.following import Contacts, Events, Moves, Position, moves
from reunite.client.sync_client import Client

__all__ = [
    "AsyncClient",
    "Batches",
    "Busy",
    "Call",
    "Client",
    "ClientError",
    "Conflict",
    "Contacts",
    "Events",
    "Gone",
    "Message",
    "Moves",
    "NoAnswer",
    "NotAllowed",
    "NotFound",
    "NotGenuine",
    "Position",
    "ProblemError",
    "UnexpectedAnswer",
    "moves",
    "verify",
]
