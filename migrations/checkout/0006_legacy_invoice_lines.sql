-- +goose Up
-- Names the lines of invoices that billing prepared, drafted or issued before lines had IDs. It is the one statement that writes
-- into another module's schema: a migration runs once, and no use case could tell billing of every old order.
-- +goose StatementBegin
DO $$ BEGIN
    IF to_regclass('billing.legacy_lines') IS NULL THEN
        RETURN; -- checkout's migrations run alone
    END IF;
    INSERT INTO billing.legacy_lines (payment_id, lines)
    SELECT i.payment_id, named.lines
    FROM (SELECT payment_id, order_id, paper FROM billing.invoices WHERE kind = 'invoice'
            UNION ALL SELECT payment_id, order_id, paper FROM billing.invoice_drafts WHERE kind = 'invoice'
            UNION ALL SELECT id, order_id, paper FROM billing.payments WHERE paper IS NOT NULL) AS i, -- not captured yet
        LATERAL (SELECT jsonb_agg(jsonb_build_object('line_id', l.id, 'parts', (
                    SELECT jsonb_agg(jsonb_build_object('product_id', g -> 'id', 'title', g -> 'title', 'discount', g -> 'discount',
                        'tax', g -> 'tax', 'total', g -> 'total', 'rate', g -> 'rate') ORDER BY n)
                    FROM jsonb_array_elements(l.gives) WITH ORDINALITY AS e (g, n))) ORDER BY l.position) AS lines
            FROM checkout.order_lines l WHERE l.order_id = i.order_id) AS named
    WHERE NOT (i.paper #> '{lines,0}') ? 'line_id' AND jsonb_array_length(named.lines) = jsonb_array_length(i.paper -> 'lines')
    ON CONFLICT DO NOTHING;
END $$;
-- +goose StatementEnd

-- +goose Down
-- Billing's table goes with its own migration.
