-- The limit: the whole rule as one database function, with Reunite's locks and Reunite's rows.
-- What it lacks is everything around the database: HTTP, validation, canonical values, JSON.

CREATE TYPE answer AS (
    id bigint, email varchar, phone_number varchar, linked_id bigint, created_at timestamptz
);

CREATE FUNCTION identify(
    given_email text, given_phone text, wanted_email text, wanted_phone text
) RETURNS SETOF answer LANGUAGE plpgsql AS $$
DECLARE
    known record;
    older_id bigint;
    older_at timestamptz;
    younger_id bigint;
    younger_at timestamptz;
    lowest_id bigint;
    lowest_at timestamptz;
    held bigint[] := '{}';
    moment timestamptz;
    request text := replace(gen_random_uuid()::text, '-', '');
    new_id bigint;
    link_id bigint;
    new_position bigint;
    moved jsonb;
BEGIN
    -- 1. Without locks, in one statement: is everything known of one person?
    RETURN QUERY
    WITH owner AS (
        SELECT e.linked_or_own AS id
        FROM (SELECT coalesce(linked_id, id) AS linked_or_own FROM contact
              WHERE workspace_id = :workspace AND email_key = wanted_email AND deleted_at IS NULL
              LIMIT 1) AS e
        JOIN (SELECT coalesce(linked_id, id) AS linked_or_own FROM contact
              WHERE workspace_id = :workspace AND phone_key = wanted_phone AND deleted_at IS NULL
              LIMIT 1) AS p ON p.linked_or_own = e.linked_or_own)
    SELECT c.id, c.email, c.phone_number, c.linked_id, c.created_at
    FROM owner o JOIN contact c ON c.id = o.id WHERE c.deleted_at IS NULL
    UNION ALL
    SELECT c.id, c.email, c.phone_number, c.linked_id, c.created_at
    FROM owner o JOIN contact c ON c.linked_id = o.id WHERE c.deleted_at IS NULL;
    IF FOUND THEN
        RETURN;
    END IF;

    -- 2. Share the gate, lock the identifiers in sorted order, then their persons, youngest first.
    PERFORM pg_advisory_xact_lock_shared(
        hashtextextended('gate ' || :workspace, 0) | (-9223372036854775808));
    PERFORM pg_advisory_xact_lock(key)
    FROM (SELECT unnest(ARRAY[
              hashtextextended(:workspace || ' email ' || wanted_email, 0) | (-9223372036854775808),
              hashtextextended(:workspace || ' phone ' || wanted_phone, 0) | (-9223372036854775808)]) AS key
          ORDER BY 1) AS keys;
    LOOP
        SELECT e.id AS email_id, e.created_at AS email_at,
               p.id AS phone_id, p.created_at AS phone_at INTO known
        FROM (SELECT 1) AS request
        LEFT JOIN contact e ON e.id = (
            SELECT coalesce(linked_id, id) FROM contact
            WHERE workspace_id = :workspace AND email_key = wanted_email AND deleted_at IS NULL LIMIT 1)
        LEFT JOIN contact p ON p.id = (
            SELECT coalesce(linked_id, id) FROM contact
            WHERE workspace_id = :workspace AND phone_key = wanted_phone AND deleted_at IS NULL LIMIT 1);
        IF known.phone_id IS NULL OR known.phone_id = known.email_id THEN
            older_id := known.email_id; older_at := known.email_at; younger_id := NULL;
        ELSIF known.email_id IS NULL THEN
            older_id := known.phone_id; older_at := known.phone_at; younger_id := NULL;
        ELSIF (known.email_at, known.email_id) < (known.phone_at, known.phone_id) THEN
            older_id := known.email_id; older_at := known.email_at;
            younger_id := known.phone_id; younger_at := known.phone_at;
        ELSE
            older_id := known.phone_id; older_at := known.phone_at;
            younger_id := known.email_id; younger_at := known.email_at;
        END IF;
        EXIT WHEN (older_id IS NULL OR older_id = ANY (held))
              AND (younger_id IS NULL OR younger_id = ANY (held));
        IF younger_id IS NOT NULL AND younger_id <> ALL (held) THEN
            IF (younger_at, younger_id) > (lowest_at, lowest_id) THEN
                RAISE serialization_failure;  -- pgbench tries again.
            END IF;
            PERFORM pg_advisory_xact_lock(younger_id);
            held := held || younger_id; lowest_id := younger_id; lowest_at := younger_at;
        END IF;
        IF older_id <> ALL (held) THEN
            IF (older_at, older_id) > (lowest_at, lowest_id) THEN
                RAISE serialization_failure;
            END IF;
            PERFORM pg_advisory_xact_lock(older_id);
            held := held || older_id; lowest_id := older_id; lowest_at := older_at;
        END IF;
    END LOOP;
    moment := clock_timestamp();

    -- 3. Write.
    IF younger_id IS NOT NULL THEN
        INSERT INTO link (workspace_id, left_kind, left_key, left_value, right_kind, right_key,
                          right_value, origin, state, reason, request_id, created_at)
        VALUES (:workspace, 'email', wanted_email, given_email, 'phone', wanted_phone,
                given_phone, 'request', 'live', '', request, moment)
        RETURNING id INTO link_id;
        SELECT jsonb_agg(id) INTO moved FROM (
            SELECT id FROM contact WHERE id = younger_id
            UNION ALL
            SELECT id FROM contact WHERE linked_id = younger_id) AS absorbed;
        INSERT INTO event (workspace_id, request_id, created_at, type, person_id, payload)
        VALUES (:workspace, request, moment, 'person.merged', older_id,
                jsonb_build_object('absorbedId', younger_id, 'contactIds', moved,
                                   'linkId', link_id))
        RETURNING position INTO new_position;
        INSERT INTO unnumbered (position, workspace_id) VALUES (new_position, :workspace);
        UPDATE contact SET linked_id = older_id, updated_at = moment WHERE linked_id = younger_id;
        UPDATE contact SET linked_id = older_id, link_precedence = 'secondary', updated_at = moment
        WHERE id = younger_id;
        UPDATE contact SET updated_at = moment WHERE id = older_id;
    ELSIF older_id IS NULL OR known.email_id IS NULL OR known.phone_id IS NULL THEN
        INSERT INTO contact (workspace_id, email, phone_number, email_key, phone_key, linked_id,
                             link_precedence, created_at, updated_at)
        SELECT :workspace, given_email, given_phone, wanted_email, wanted_phone, older_id,
               CASE WHEN older_id IS NULL THEN 'primary' ELSE 'secondary' END, at, at
        FROM (SELECT greatest(moment, older_at + interval '1 microsecond') AS at) AS time
        RETURNING id INTO new_id;
        INSERT INTO event (workspace_id, request_id, created_at, type, person_id, payload)
        VALUES (:workspace, request, moment, 'contact.created', coalesce(older_id, new_id),
                jsonb_build_object('contactId', new_id))
        RETURNING position INTO new_position;
        INSERT INTO unnumbered (position, workspace_id) VALUES (new_position, :workspace);
    END IF;

    -- 4. Answer.
    RETURN QUERY
    SELECT c.id, c.email, c.phone_number, c.linked_id, c.created_at
    FROM contact c WHERE c.id = coalesce(older_id, new_id) AND c.deleted_at IS NULL
    UNION ALL
    SELECT c.id, c.email, c.phone_number, c.linked_id, c.created_at
    FROM contact c WHERE c.linked_id = coalesce(older_id, new_id) AND c.deleted_at IS NULL;
END;
$$;
