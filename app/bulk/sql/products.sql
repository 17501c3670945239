INSERT INTO catalog.sellables (id, slug, title, description, kind, category, version, created_at)
SELECT pg_temp.row_id(1, n, pg_temp.created_at(n)), 'made-up-' || n, 'Made Up ' || n,
    'A game that nobody wrote, number ' || n || ', with the words ' || md5(n::text) || ' and ' || md5((n + 1)::text),
    'game', 'made-up', 1, pg_temp.created_at(n)
FROM generate_series(@first, @last) AS n;

INSERT INTO catalog.price_versions (sellable_id, currency, version, amount, valid_from, created_at)
SELECT pg_temp.row_id(1, n, pg_temp.created_at(n)), '@currency', 1, pg_temp.price(n), pg_temp.created_at(n),
    pg_temp.created_at(n)
FROM generate_series(@first, @last) AS n;
