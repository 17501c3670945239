-- The ID of the n-th row of a kind that was made at a moment: a UUIDv7 that is the same in each run.
CREATE OR REPLACE FUNCTION pg_temp.made(kind int, n bigint, at timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || lpad(to_hex(kind), 3, '0') || '8' || lpad(to_hex(n), 15, '0'))::uuid
$$;
CREATE OR REPLACE FUNCTION pg_temp.stocked(n bigint) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$
    SELECT timestamptz '2025-01-01 00:00Z' + n * interval '1 second'
$$;
CREATE OR REPLACE FUNCTION pg_temp.ordered(n bigint) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$
    SELECT timestamptz '2026-01-01 00:00Z' + n * interval '2 seconds'
$$;
CREATE OR REPLACE FUNCTION pg_temp.costs(product bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT 499 + product * 137 % 60 * 100
$$;
