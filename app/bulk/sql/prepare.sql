-- The ID of row n of a table: a UUIDv7 of the given time that is the same in every run.
CREATE OR REPLACE FUNCTION pg_temp.row_id(tab int, n bigint, at timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0')
        || '7' || lpad(to_hex(tab), 3, '0') || '8' || lpad(to_hex(n), 15, '0'))::uuid
$$;
-- When product n, or the account of buyer n, was created.
CREATE OR REPLACE FUNCTION pg_temp.created_at(n bigint) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$
    SELECT timestamptz '2025-01-01 00:00Z' + n * interval '1 second'
$$;
CREATE OR REPLACE FUNCTION pg_temp.ordered_at(n bigint) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$
    SELECT timestamptz '2026-01-01 00:00Z' + n * interval '2 seconds'
$$;
CREATE OR REPLACE FUNCTION pg_temp.price(product bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT 499 + product * 137 % 60 * 100
$$;
