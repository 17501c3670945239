-- Repeatable: sets the search up with what the server has, at each migration. When that is no longer what the folded
-- columns were made with, because an extension was installed or PostgreSQL or ICU upgraded, they are made anew.
DO $setup$
DECLARE
    extension   text;
    unaccent_in text; -- the schemas of the extensions, quoted; NULL without
    trgm_in     text;
    fallback    text;
    found       text;
BEGIN
    FOREACH extension IN ARRAY ARRAY['unaccent', 'pg_trgm'] LOOP
        BEGIN
            EXECUTE format('CREATE EXTENSION IF NOT EXISTS %I SCHEMA catalog', extension);
        EXCEPTION WHEN OTHERS THEN
            NULL; -- not installed, not permitted, or rejected by a hosted server: the search does without
        END;
    END LOOP;
    SELECT min(quote_ident(n.nspname)) FILTER (WHERE e.extname = 'unaccent'),
        min(quote_ident(n.nspname)) FILTER (WHERE e.extname = 'pg_trgm') INTO unaccent_in, trgm_in
        FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
        WHERE has_schema_privilege('coinslot_app', n.oid, 'USAGE');

    -- The order of titles: that of ICU for no language, with numbers by their value; without ICU that of the
    -- characters.
    IF NOT EXISTS (SELECT FROM pg_collation WHERE collnamespace = 'catalog'::regnamespace AND collname = 'titles'
        AND collprovider = 'i') THEN
        BEGIN
            DROP COLLATION IF EXISTS catalog.titles CASCADE;
            CREATE COLLATION catalog.titles (provider = icu, locale = 'und-u-kn-true');
        EXCEPTION WHEN OTHERS THEN
            SELECT c.collname INTO fallback FROM pg_collation c
                WHERE c.collname IN ('pg_c_utf8', 'C.utf8', 'C.UTF-8', 'C')
                AND c.collnamespace = 'pg_catalog'::regnamespace
                AND c.collencoding IN (-1, pg_char_to_encoding('UTF8')) ORDER BY c.collname = 'C' LIMIT 1;
            EXECUTE format('CREATE COLLATION IF NOT EXISTS catalog.titles FROM pg_catalog.%I', fallback);
        END;
    END IF;

    SELECT concat_ws(' ', 'fold 1', 'server', current_setting('server_version_num')::int / 10000,
            'unaccent', unaccent_in, (SELECT extversion FROM pg_extension WHERE extname = 'unaccent'),
            'pg_trgm', trgm_in, (SELECT extversion FROM pg_extension WHERE extname = 'pg_trgm'),
            'titles', c.collprovider, pg_collation_actual_version(c.oid))
        INTO found FROM pg_collation c WHERE c.collnamespace = 'catalog'::regnamespace AND c.collname = 'titles';
    IF found = (SELECT fingerprint FROM catalog.search_setup) THEN
        IF to_regclass('catalog.sellables_by_category_title') IS NULL THEN -- the release before made the others
            CREATE INDEX sellables_by_kind_title ON catalog.sellables (kind, (title COLLATE catalog.titles), id)
                WHERE archived_at IS NULL;
            CREATE INDEX sellables_by_category_title ON catalog.sellables (category, (title COLLATE catalog.titles), id)
                WHERE archived_at IS NULL;
        END IF;
        RETURN;
    END IF;

    LOCK TABLE catalog.sellables IN SHARE ROW EXCLUSIVE MODE; -- reads go on
    -- unaccent is not IMMUTABLE because its rules can be edited; the rules that the server came with are taken as
    -- fixed.
    EXECUTE format($function$
        CREATE OR REPLACE FUNCTION catalog.fold(raw text) RETURNS text
        LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
        BEGIN
            IF octet_length(raw) = length(raw) THEN
                RETURN lower(raw COLLATE "C");
            END IF;
            RETURN %s;
        END $$
        $function$, CASE WHEN unaccent_in IS NULL THEN 'catalog.fold_unicode(raw)' ELSE format(
            '%1$s.unaccent(%2$L, catalog.fold_unicode(raw))', unaccent_in, unaccent_in || '.unaccent') END);

    CREATE OR REPLACE TRIGGER sellables_search BEFORE INSERT OR UPDATE OF title, description ON catalog.sellables
        FOR EACH ROW EXECUTE FUNCTION catalog.set_search();
    ALTER TABLE catalog.sellables ENABLE ALWAYS TRIGGER sellables_search;
    UPDATE catalog.sellables SET title = title;

    CREATE INDEX IF NOT EXISTS sellables_search_key ON catalog.sellables (search_key, id) WHERE archived_at IS NULL;
    CREATE INDEX IF NOT EXISTS sellables_search_key_by_kind ON catalog.sellables (kind, search_key, id)
        WHERE archived_at IS NULL;
    CREATE INDEX IF NOT EXISTS sellables_search_title_words ON catalog.sellables USING gin (search_title_words)
        WITH (fastupdate = off) WHERE archived_at IS NULL;
    CREATE INDEX IF NOT EXISTS sellables_search_words ON catalog.sellables USING gin (search_words)
        WITH (fastupdate = off) WHERE archived_at IS NULL;
    -- The titles with a part that is spelled like a folded text, the 100 most similar of the first 1,000. They have six
    -- tenths of the trigrams in common; when there are none, half of those of one word are enough. Of several words
    -- each has four tenths in common with the title, or a long one would do for all.
    DROP FUNCTION IF EXISTS catalog.similar_titles;
    IF trgm_in IS NULL THEN
        CREATE FUNCTION catalog.similar_titles(query text, bundles boolean) RETURNS TABLE (id uuid, similarity real)
            LANGUAGE sql STABLE AS 'SELECT NULL::uuid, NULL::real WHERE FALSE';
    ELSE
        EXECUTE format('CREATE INDEX IF NOT EXISTS sellables_similar ON catalog.sellables
            USING gin (search_title %s.gin_trgm_ops) WITH (fastupdate = off) WHERE archived_at IS NULL', trgm_in);
        EXECUTE format($function$
            CREATE FUNCTION catalog.similar_titles(query text, bundles boolean) RETURNS TABLE (id uuid, similarity real)
            LANGUAGE plpgsql STABLE ROWS 100 AS $$
            DECLARE
                threshold text;
            BEGIN
                IF length(query) < 4 OR cardinality(%1$s.show_trgm(query)) = 0 THEN
                    RETURN;
                END IF;
                FOREACH threshold IN ARRAY ARRAY['0.6', '0.5'] LOOP
                    PERFORM set_config('pg_trgm.word_similarity_threshold', threshold, TRUE);
                    RETURN QUERY SELECT c.id, c.similarity FROM (
                            SELECT s.id, s.search_title, s.search_key,
                                %1$s.word_similarity(query, s.search_title) AS similarity
                            FROM catalog.sellables s
                            WHERE query OPERATOR(%1$s.<%%) s.search_title AND s.archived_at IS NULL
                                AND (s.kind = 'bundle') = bundles
                            LIMIT 1000) c
                        WHERE query NOT LIKE '%% %%' OR NOT EXISTS (
                            SELECT FROM unnest(string_to_array(query, ' ')) AS word
                            WHERE %1$s.word_similarity(word, c.search_title) < 0.4)
                        ORDER BY c.similarity DESC, c.search_key, c.id LIMIT 100;
                    EXIT WHEN FOUND OR query LIKE '%% %%';
                END LOOP;
            END $$
            $function$, trgm_in);
    END IF;

    INSERT INTO catalog.search_setup (fingerprint, missing) VALUES (found, array_remove(ARRAY[
            CASE WHEN unaccent_in IS NULL THEN 'unaccent' END, CASE WHEN trgm_in IS NULL THEN 'pg_trgm' END,
            CASE WHEN found NOT LIKE '%titles i%' THEN 'icu' END], NULL))
        ON CONFLICT (single) DO UPDATE SET fingerprint = excluded.fingerprint, missing = excluded.missing;

    -- A new version of ICU has another order. Reads wait from the DROP on, so the indexes are built before under other
    -- names.
    IF found LIKE '%titles i%' THEN
        ALTER COLLATION catalog.titles REFRESH VERSION;
    END IF;
    CREATE INDEX sellables_by_title_order_new ON catalog.sellables (title COLLATE catalog.titles, id)
        WHERE archived_at IS NULL;
    CREATE INDEX sellables_by_kind_title_new ON catalog.sellables (kind, (title COLLATE catalog.titles), id)
        WHERE archived_at IS NULL;
    CREATE INDEX sellables_by_category_title_new ON catalog.sellables (category, (title COLLATE catalog.titles), id)
        WHERE archived_at IS NULL;
    DROP INDEX IF EXISTS catalog.sellables_by_title_order, catalog.sellables_by_kind_title,
        catalog.sellables_by_category_title;
    ALTER INDEX catalog.sellables_by_title_order_new RENAME TO sellables_by_title_order;
    ALTER INDEX catalog.sellables_by_kind_title_new RENAME TO sellables_by_kind_title;
    ALTER INDEX catalog.sellables_by_category_title_new RENAME TO sellables_by_category_title;
END $setup$;
