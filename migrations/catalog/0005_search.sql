-- +goose Up
-- A filter by price looks for products that ever had such a price first.
CREATE INDEX price_versions_by_amount ON catalog.price_versions (currency, amount, sellable_id);

-- What search.sql, which runs at each migration, has found and made.
CREATE TABLE catalog.search_setup (
    single      boolean PRIMARY KEY DEFAULT TRUE CHECK (single),
    fingerprint text   NOT NULL, -- of all that the folded columns depend on
    missing     text[] NOT NULL  -- of unaccent, pg_trgm and icu
);
GRANT SELECT ON catalog.search_setup TO coinslot_app;

-- Without accents, width, ligatures and invisible characters, in lower case. What has no decomposition stays as it is.
-- +goose StatementBegin
CREATE FUNCTION catalog.fold_unicode(raw text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    folded text COLLATE "C" := regexp_replace(raw COLLATE "C", '[\u00a9\u00ae\u2120\u2122]', ' ', 'g'); -- ©®℠™, before ™ is tm
BEGIN
    folded := lower(normalize(folded, NFKD) COLLATE catalog.titles);
    folded := regexp_replace(folded, '['
        '\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f' -- combining marks of Latin, Greek and Cyrillic
        '\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7'                 -- points of Hebrew
        '\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc'               -- and of Arabic
        '\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff'
        '\U000e0000-\U000e01ef]', '', 'g');                                 -- joiners, directions, variants, tags
    RETURN translate(normalize(folded, NFKC), 'ς', 'σ');
END $$;
-- +goose StatementEnd

-- A folded text with its punctuation and symbols replaced. Other characters, marks of Indic scripts among them, belong
-- to words. The ranges are written down because the character classes of regular expressions differ between servers.
-- +goose StatementBegin
CREATE FUNCTION catalog.without_punctuation(folded text, replacement text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT regexp_replace(folded COLLATE "C", '['
        '\u0001-\u0008\u000e-\u001f\u0021-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u009f\u00a1-\u00a9\u00ab-\u00b1\u00b4'
        '\u00b6-\u00b8\u00bb\u00bf\u00d7\u00f7\u02b9-\u02ff\u037e\u0387\u055a-\u055f\u0589\u05be\u05c0\u05c3\u05f3\u05f4'
        '\u060c\u061b\u061f\u066a-\u066d\u06d4\u0964\u0965\u1680\u2010-\u2029\u2030-\u205f\u20a0-\u20cf\u2190-\u2bff'
        '\u2e00-\u2e7f\u3001-\u3004\u3008-\u3020\u3030\u303d\u30a0\u30fb\ufe10-\ufe1f\ufe30-\ufe6f\uff01-\uff0f\uffe0-\uffff'
        '\U0001d000-\U0001d1ff\U0001f000-\U0001faff]+', replacement, 'g')
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION catalog.search_title(title text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    RETURN trim(regexp_replace(catalog.without_punctuation(catalog.fold(title), ' ') COLLATE "C", '\s+', ' ', 'g'));
END $$;
-- +goose StatementEnd

-- At most 200 characters, so that an index can hold it: some characters become many.
-- +goose StatementBegin
CREATE FUNCTION catalog.search_key(title text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    RETURN left(replace(catalog.search_title(title), ' ', ''), 200);
END $$;
-- +goose StatementEnd

-- The words between blanks or punctuation, and those between blanks without their punctuation: AC/DC is ac, dc and
-- acdc. A word has 64 characters at most, as much as a tsvector can certainly hold.
-- +goose StatementBegin
CREATE FUNCTION catalog.search_tokens(raw text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    folded text COLLATE "C" := catalog.fold(raw);
BEGIN
    RETURN regexp_replace(catalog.without_punctuation(folded, ' ') || ' ' || catalog.without_punctuation(folded, ''),
        '(\S{64})\S+', '\1', 'g');
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION catalog.search_document(raw text) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    RETURN regexp_replace(catalog.search_tokens(raw) COLLATE "C", '\S+', '''\&''', 'g')::tsvector;
END $$;
-- +goose StatementEnd

-- A tsquery for the words of a text, each of which begins a word of the document. AC/DC matches acdc, or ac and dc. The
-- parts of S.T.A.L.K.E.R. are no words: they would begin too many. It is empty when there are no words.
-- +goose StatementBegin
CREATE FUNCTION catalog.search_query(raw text) RETURNS tsquery LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    chunk  text COLLATE "C";
    joined text COLLATE "C";
    parts  text[];
    query  text := NULL;
BEGIN
    FOREACH chunk IN ARRAY regexp_split_to_array(catalog.fold(raw) COLLATE "C", '\s+') LOOP
        joined := left(catalog.without_punctuation(chunk, ''), 64);
        CONTINUE WHEN joined = '';
        parts := string_to_array(trim(catalog.without_punctuation(chunk, ' ')), ' ');
        query := concat_ws(' & ', query, '(''' || joined || ''':*' || CASE
            WHEN cardinality(parts) > 1 AND EXISTS (SELECT FROM unnest(parts) AS part WHERE length(part) > 1)
            THEN ' | ' || (SELECT string_agg('''' || left(part, 64) || ''':*', ' & ') FROM unnest(parts) AS part)
            ELSE '' END || ')');
    END LOOP;
    RETURN coalesce(query, '')::tsquery;
END $$;
-- +goose StatementEnd

-- The slug of a title, or nothing when it has no Latin form.
-- +goose StatementBegin
CREATE FUNCTION catalog.slug(title text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    folded text COLLATE "C" := catalog.search_title(title);
    latin  text COLLATE "C" := trim(BOTH '-' FROM regexp_replace(folded, '[^a-z0-9]+', '-', 'g'));
BEGIN
    RETURN CASE WHEN latin ~ '[a-z]' OR folded !~ '[^a-z0-9 ]' THEN rtrim(left(latin, 200), '-') ELSE '' END;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION catalog.set_search() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.search_title := catalog.search_title(NEW.title);
    NEW.search_key := catalog.search_key(NEW.title);
    NEW.search_title_words := catalog.search_document(NEW.title);
    NEW.search_words := catalog.search_document(NEW.title || ' ' || NEW.description);
    RETURN NEW;
END $$;
-- +goose StatementEnd

-- What a search compares with, made from title and description by the trigger sellables_search. The words of the
-- release before, its index and sellables_by_title stay for that release and are dropped in the next one. They are
-- added last: until the migration commits, nobody can read the table.
ALTER TABLE catalog.sellables
    ADD COLUMN search_title       text COLLATE "C", -- the folded words of the title, with a space between them
    ADD COLUMN search_key         text COLLATE "C", -- the same without the spaces
    ADD COLUMN search_title_words tsvector,
    ADD COLUMN search_words       tsvector;         -- of title and description

-- +goose Down
DROP TRIGGER IF EXISTS sellables_search ON catalog.sellables;
DROP INDEX IF EXISTS catalog.sellables_by_title_order;
DROP FUNCTION IF EXISTS catalog.similar_titles, catalog.fold;
DROP FUNCTION catalog.set_search, catalog.slug, catalog.search_query, catalog.search_document, catalog.search_tokens,
    catalog.search_key, catalog.search_title, catalog.without_punctuation, catalog.fold_unicode;
ALTER TABLE catalog.sellables DROP COLUMN search_title, DROP COLUMN search_key, DROP COLUMN search_title_words,
    DROP COLUMN search_words;
DROP INDEX catalog.price_versions_by_amount;
DROP TABLE catalog.search_setup;
DROP COLLATION IF EXISTS catalog.titles;
-- +goose StatementBegin
DO $$
DECLARE
    extension name;
BEGIN
    FOR extension IN SELECT extname FROM pg_extension WHERE extname IN ('unaccent', 'pg_trgm')
        AND extnamespace = 'catalog'::regnamespace LOOP
        EXECUTE format('DROP EXTENSION %I', extension);
    END LOOP;
END $$;
-- +goose StatementEnd
