-- One request: the next body goes through the function.
SELECT answer.* FROM body, LATERAL identify(email, phone, email, phone) AS answer
WHERE n = (SELECT nextval('next_body'));
