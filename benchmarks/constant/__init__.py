"""An answer that never changes: what the server and the framework cost before any work is done."""

ANSWER = (
    b'{"contact":{"primaryContactId":1,"primaryContatctId":1,"emails":["00000001@example.org"],'
    b'"phoneNumbers":["0000000001"],"secondaryContactIds":[]}}'
)
