-- One look-up: who has the next body's identifiers, and all of that person's contacts.
WITH owner AS (
    SELECT coalesce(
        (SELECT coalesce(linked_id, id) FROM contact
         WHERE workspace_id = :workspace AND email_key = body.email AND deleted_at IS NULL LIMIT 1),
        (SELECT coalesce(linked_id, id) FROM contact
         WHERE workspace_id = :workspace AND phone_key = body.phone AND deleted_at IS NULL LIMIT 1)) AS id
    FROM body WHERE n = (SELECT nextval('next_body')))
SELECT c.id, c.email, c.phone_number, c.linked_id, c.created_at
FROM owner o JOIN contact c ON c.id = o.id WHERE c.deleted_at IS NULL
UNION ALL
SELECT c.id, c.email, c.phone_number, c.linked_id, c.created_at
FROM owner o JOIN contact c ON c.linked_id = o.id WHERE c.deleted_at IS NULL;
