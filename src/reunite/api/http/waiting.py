"""Long polls: requests that wait until there is something to answer."""

from django.http import HttpRequest

MAX_SECONDS = 30
ASK_AGAIN = "reunite.ask_again"
"""The key in a request's environment of the server's offer to wait: a function of seconds.

After it was called, the server asks the same again every now and then, until so many seconds after
the request came. No thread waits meanwhile. Each of the answers may be the last.
"""


def wait(request: HttpRequest, seconds: int) -> None:
    """Let the server ask again until then; a server without this offer sends the answer at once."""
    ask_again = request.META.get(ASK_AGAIN)
    if seconds and ask_again is not None:
        ask_again(seconds)
