CREATE SCHEMA billing;
CREATE SCHEMA cart;
CREATE SCHEMA catalog;
CREATE SCHEMA checkout;
CREATE SCHEMA identity;
CREATE SCHEMA library;
CREATE SCHEMA river;
CREATE TYPE river.river_job_state AS ENUM (
    'available',
    'cancelled',
    'completed',
    'discarded',
    'pending',
    'retryable',
    'running',
    'scheduled'
);
CREATE FUNCTION billing.broken_seals(behind bigint, up_to bigint) RETURNS SETOF text
    LANGUAGE sql STABLE
    AS $$
    SELECT format('seal %s of entry %s does not fit what it seals', s.position, s.entry_id)
    FROM billing.journal_seals s LEFT JOIN billing.journal_seals b ON b.position = s.position - 1
    WHERE s.position > behind AND s.position <= up_to
        AND (s.previous <> CASE s.position WHEN 1 THEN ''::bytea ELSE coalesce(b.hash, '\x00'::bytea) END
            OR s.hash IS DISTINCT FROM billing.journal_hash(s.previous, s.entry_id))
$$;
CREATE FUNCTION billing.check_journal_entry(entry uuid) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM billing.journal_entries WHERE id = entry)
        OR NOT EXISTS (SELECT FROM billing.journal_postings WHERE entry_id = entry)
        OR EXISTS (SELECT FROM billing.journal_postings WHERE entry_id = entry GROUP BY currency HAVING sum(amount) <> 0) THEN
        RAISE EXCEPTION 'journal entry % does not balance', entry USING ERRCODE = 'check_violation';
    END IF;
END
$$;
CREATE FUNCTION billing.journal_entry_added() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM billing.check_journal_entry(NEW.id);
    RETURN NULL;
END
$$;
CREATE FUNCTION billing.journal_hash(previous bytea, entry uuid) RETURNS bytea
    LANGUAGE sql STABLE
    AS $$
    SELECT sha256(previous || convert_to(e.id || E'\n' || e.source_type || E'\n' || e.source_id || E'\n' || e.order_id || E'\n'
        || extract(epoch FROM e.at) || E'\n' || (SELECT string_agg(p.position || ' ' || p.account || ' ' || p.currency || ' ' || p.amount, E'\n'
            ORDER BY p.position) FROM billing.journal_postings p WHERE p.entry_id = e.id), 'UTF8'))
    FROM billing.journal_entries e WHERE e.id = entry
$$;
CREATE FUNCTION billing.journal_posting_added() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM billing.check_journal_entry(NEW.entry_id);
    RETURN NULL;
END
$$;
CREATE TABLE billing.invoices (
    id uuid NOT NULL,
    order_id uuid NOT NULL,
    payment_id uuid NOT NULL,
    account_id uuid NOT NULL,
    series text NOT NULL,
    number bigint NOT NULL,
    paper jsonb NOT NULL,
    captured_at timestamp with time zone NOT NULL,
    issued_at timestamp with time zone NOT NULL,
    kind text DEFAULT 'invoice'::text NOT NULL,
    seller jsonb DEFAULT '{}'::jsonb NOT NULL,
    preceding_id uuid,
    content_hash bytea NOT NULL,
    CONSTRAINT invoices_kind_check CHECK ((kind = ANY (ARRAY['invoice'::text, 'credit_note'::text]))),
    CONSTRAINT invoices_number_check CHECK ((number > 0)),
    CONSTRAINT invoices_preceding CHECK (((kind = 'credit_note'::text) = (preceding_id IS NOT NULL)))
);
CREATE FUNCTION billing.paper_hash(p billing.invoices) RETURNS bytea
    LANGUAGE sql STABLE
    AS $$
    SELECT sha256(convert_to(p.kind || E'\n' || p.series || E'\n' || p.number || E'\n' || extract(epoch FROM p.issued_at) || E'\n'
        || extract(epoch FROM p.captured_at) || E'\n' || coalesce(p.preceding_id::text, '') || E'\n' || p.order_id || E'\n' || p.account_id
        || E'\n' || p.seller::text || E'\n' || p.paper::text, 'UTF8'))
$$;
CREATE FUNCTION river.river_job_state_in_bitmask(bitmask bit, state river.river_job_state) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT CASE state
        WHEN 'available' THEN get_bit(bitmask, 7)
        WHEN 'cancelled' THEN get_bit(bitmask, 6)
        WHEN 'completed' THEN get_bit(bitmask, 5)
        WHEN 'discarded' THEN get_bit(bitmask, 4)
        WHEN 'pending'   THEN get_bit(bitmask, 3)
        WHEN 'retryable' THEN get_bit(bitmask, 2)
        WHEN 'running'   THEN get_bit(bitmask, 1)
        WHEN 'scheduled' THEN get_bit(bitmask, 0)
        ELSE 0
    END = 1;
$$;
CREATE TABLE billing.disputes (
    id uuid NOT NULL,
    payment_id uuid NOT NULL,
    order_id uuid NOT NULL,
    account_id uuid NOT NULL,
    provider text NOT NULL,
    provider_ref text NOT NULL,
    amount bigint NOT NULL,
    currency character(3) NOT NULL,
    status text NOT NULL,
    turns integer NOT NULL,
    news_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT disputes_amount_check CHECK ((amount >= 0)),
    CONSTRAINT disputes_status_check CHECK ((status = ANY (ARRAY['opened'::text, 'won'::text, 'lost'::text]))),
    CONSTRAINT disputes_turns_check CHECK ((turns > 0))
);
CREATE TABLE billing.erased_accounts (
    account_id uuid NOT NULL,
    erased_at timestamp with time zone NOT NULL
);
CREATE TABLE billing.history (
    id bigint NOT NULL,
    order_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    what text NOT NULL,
    result text NOT NULL,
    request_id text NOT NULL
);
ALTER TABLE billing.history ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME billing.history_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE billing.invoice_documents (
    invoice_id uuid NOT NULL,
    sha256 bytea NOT NULL,
    pdf bytea NOT NULL
);
CREATE TABLE billing.invoice_drafts (
    id uuid NOT NULL,
    order_id uuid NOT NULL,
    payment_id uuid NOT NULL,
    account_id uuid NOT NULL,
    paper jsonb NOT NULL,
    captured_at timestamp with time zone NOT NULL,
    kind text DEFAULT 'invoice'::text NOT NULL,
    seller jsonb DEFAULT '{}'::jsonb NOT NULL,
    preceding_id uuid,
    CONSTRAINT invoice_drafts_kind_check CHECK ((kind = ANY (ARRAY['invoice'::text, 'credit_note'::text]))),
    CONSTRAINT invoice_drafts_preceding CHECK (((kind = 'credit_note'::text) = (preceding_id IS NOT NULL)))
);
CREATE TABLE billing.journal_entries (
    id uuid NOT NULL,
    source_type text NOT NULL,
    source_id text NOT NULL,
    order_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT journal_entries_source_type_check CHECK ((source_type = ANY (ARRAY['payment'::text, 'refund'::text, 'dispute'::text])))
);
CREATE TABLE billing.journal_postings (
    entry_id uuid NOT NULL,
    "position" integer NOT NULL,
    account text NOT NULL,
    currency character(3) NOT NULL,
    amount bigint NOT NULL,
    CONSTRAINT journal_postings_account_check CHECK ((account = ANY (ARRAY['provider_clearing'::text, 'dispute_reserve'::text, 'tax_payable'::text, 'customer_balances'::text, 'revenue'::text, 'refunds'::text, 'provider_fees'::text, 'dispute_losses'::text]))),
    CONSTRAINT journal_postings_amount_check CHECK ((amount <> 0)),
    CONSTRAINT journal_postings_position_check CHECK (("position" > 0))
);
CREATE TABLE billing.journal_seals (
    "position" bigint NOT NULL,
    entry_id uuid NOT NULL,
    previous bytea NOT NULL,
    hash bytea NOT NULL,
    sealed_at timestamp with time zone NOT NULL,
    CONSTRAINT journal_seals_position_check CHECK (("position" > 0))
);
CREATE TABLE billing.journal_unsealed (
    entry_id uuid NOT NULL
);
CREATE TABLE billing.payments (
    id uuid NOT NULL,
    order_id uuid NOT NULL,
    attempt integer NOT NULL,
    account_id uuid NOT NULL,
    amount bigint NOT NULL,
    currency character(3) NOT NULL,
    status text NOT NULL,
    method text,
    provider text NOT NULL,
    provider_ref text,
    decline_code text NOT NULL,
    brand text NOT NULL,
    last4 text NOT NULL,
    action_type text NOT NULL,
    action_url text NOT NULL,
    paper jsonb,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    captured bigint DEFAULT 0 NOT NULL,
    returned bigint DEFAULT 0 NOT NULL,
    look_at timestamp with time zone,
    fee bigint DEFAULT 0 NOT NULL,
    CONSTRAINT payments_amount_check CHECK ((amount >= 0)),
    CONSTRAINT payments_attempt_check CHECK ((attempt > 0)),
    CONSTRAINT payments_captured_check CHECK ((captured >= 0)),
    CONSTRAINT payments_check CHECK (((fee >= 0) AND (fee <= captured))),
    CONSTRAINT payments_returned_at_most CHECK (((returned >= 0) AND (returned <= captured))),
    CONSTRAINT payments_status_check CHECK ((status = ANY (ARRAY['requested'::text, 'unknown'::text, 'requires_action'::text, 'captured'::text, 'declined'::text, 'canceled'::text, 'mismatched'::text, 'captured_late'::text])))
);
CREATE TABLE billing.refunds (
    id uuid NOT NULL,
    payment_id uuid NOT NULL,
    order_id uuid NOT NULL,
    account_id uuid NOT NULL,
    key text NOT NULL,
    amount bigint NOT NULL,
    currency character(3) NOT NULL,
    status text NOT NULL,
    reason text NOT NULL,
    provider_ref text,
    look_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    requested_by uuid,
    body_hash bytea,
    lines jsonb DEFAULT '[]'::jsonb NOT NULL,
    CONSTRAINT refunds_amount_check CHECK ((amount >= 0)),
    CONSTRAINT refunds_status_check CHECK ((status = ANY (ARRAY['requested'::text, 'pending'::text, 'succeeded'::text, 'failed'::text])))
);
CREATE TABLE billing.schema_migrations (
    id integer NOT NULL,
    version_id bigint NOT NULL,
    is_applied boolean NOT NULL,
    tstamp timestamp without time zone DEFAULT now() NOT NULL
);
ALTER TABLE billing.schema_migrations ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME billing.schema_migrations_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE billing.webhook_events (
    provider text NOT NULL,
    event_id text NOT NULL,
    body jsonb NOT NULL,
    received_at timestamp with time zone NOT NULL,
    applied_at timestamp with time zone,
    retry_at timestamp with time zone
);
CREATE TABLE cart.carts (
    id uuid NOT NULL,
    account_id uuid NOT NULL,
    version bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT carts_version_check CHECK ((version > 0))
);
CREATE TABLE cart.lines (
    id uuid NOT NULL,
    cart_id uuid NOT NULL,
    sellable_id uuid NOT NULL,
    bundle boolean NOT NULL,
    consumable boolean NOT NULL,
    quantity integer NOT NULL,
    amount bigint NOT NULL,
    currency character(3) NOT NULL,
    price_version integer NOT NULL,
    added_at timestamp with time zone NOT NULL,
    CONSTRAINT lines_check CHECK ((((quantity >= 1) AND (quantity <= 999)) AND (consumable OR (quantity = 1))))
);
CREATE TABLE cart.schema_migrations (
    id integer NOT NULL,
    version_id bigint NOT NULL,
    is_applied boolean NOT NULL,
    tstamp timestamp without time zone DEFAULT now() NOT NULL
);
ALTER TABLE cart.schema_migrations ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME cart.schema_migrations_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE catalog.bundle_items (
    bundle_id uuid NOT NULL,
    "position" integer NOT NULL,
    product_id uuid NOT NULL
);
CREATE TABLE catalog.price_versions (
    sellable_id uuid NOT NULL,
    currency character(3) NOT NULL,
    version integer NOT NULL,
    amount bigint NOT NULL,
    valid_from timestamp with time zone NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT price_versions_amount_check CHECK ((amount >= 0)),
    CONSTRAINT price_versions_version_check CHECK ((version > 0))
);
CREATE TABLE catalog.schema_migrations (
    id integer NOT NULL,
    version_id bigint NOT NULL,
    is_applied boolean NOT NULL,
    tstamp timestamp without time zone DEFAULT now() NOT NULL
);
ALTER TABLE catalog.schema_migrations ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME catalog.schema_migrations_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE catalog.sellables (
    id uuid NOT NULL,
    slug text NOT NULL,
    title text NOT NULL,
    description text NOT NULL,
    kind text NOT NULL,
    category text NOT NULL,
    requires uuid,
    version bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    archived_at timestamp with time zone,
    words tsvector GENERATED ALWAYS AS ((setweight(to_tsvector('simple'::regconfig, title), 'A'::"char") || setweight(to_tsvector('simple'::regconfig, description), 'B'::"char"))) STORED,
    CONSTRAINT sellables_check CHECK (((kind = 'dlc'::text) = (requires IS NOT NULL))),
    CONSTRAINT sellables_kind_check CHECK ((kind = ANY (ARRAY['game'::text, 'dlc'::text, 'soundtrack'::text, 'consumable'::text, 'bundle'::text]))),
    CONSTRAINT sellables_version_check CHECK ((version > 0))
);
CREATE TABLE checkout.attempts (
    order_id uuid NOT NULL,
    attempt integer NOT NULL,
    account_id uuid NOT NULL,
    idempotency_key text NOT NULL,
    body_hash bytea NOT NULL,
    created_at timestamp with time zone NOT NULL
);
CREATE TABLE checkout.order_history (
    id bigint NOT NULL,
    order_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    status text NOT NULL,
    request_id text NOT NULL
);
ALTER TABLE checkout.order_history ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME checkout.order_history_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE checkout.order_lines (
    id uuid NOT NULL,
    order_id uuid NOT NULL,
    "position" integer NOT NULL,
    cart_line_id uuid NOT NULL,
    released boolean DEFAULT false NOT NULL,
    sellable_id uuid NOT NULL,
    bundle boolean NOT NULL,
    title text NOT NULL,
    quantity integer NOT NULL,
    price_version integer NOT NULL,
    unit bigint NOT NULL,
    discount bigint NOT NULL,
    tax bigint NOT NULL,
    total bigint NOT NULL,
    gives jsonb NOT NULL,
    CONSTRAINT order_lines_quantity_check CHECK ((quantity > 0)),
    CONSTRAINT order_lines_total CHECK (((total = ((unit * quantity) - discount)) OR (total = (((unit * quantity) - discount) + tax))))
);
CREATE TABLE checkout.orders (
    id uuid NOT NULL,
    account_id uuid NOT NULL,
    number text NOT NULL,
    status text NOT NULL,
    currency character(3) NOT NULL,
    subtotal bigint NOT NULL,
    discount bigint NOT NULL,
    tax bigint NOT NULL,
    total bigint NOT NULL,
    attempt integer NOT NULL,
    method text,
    quoted_at timestamp with time zone NOT NULL,
    advancing_until timestamp with time zone,
    version bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    attempted_at timestamp with time zone NOT NULL,
    grant_refused boolean DEFAULT false NOT NULL,
    country character(2),
    tax_included boolean DEFAULT true NOT NULL,
    paid_at timestamp with time zone,
    refunded bigint DEFAULT 0 NOT NULL,
    dispute text DEFAULT ''::text NOT NULL,
    CONSTRAINT orders_attempt_check CHECK ((attempt > 0)),
    CONSTRAINT orders_check CHECK (((refunded >= 0) AND (refunded <= total))),
    CONSTRAINT orders_discount_check CHECK ((discount >= 0)),
    CONSTRAINT orders_dispute_check CHECK ((dispute = ANY (ARRAY[''::text, 'opened'::text, 'won'::text, 'lost'::text]))),
    CONSTRAINT orders_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'processing'::text, 'requires_action'::text, 'paid'::text, 'completed'::text, 'declined'::text, 'canceled'::text, 'partially_refunded'::text, 'refunded'::text, 'manual_review'::text]))),
    CONSTRAINT orders_subtotal_check CHECK ((subtotal >= 0)),
    CONSTRAINT orders_tax_check CHECK ((tax >= 0)),
    CONSTRAINT orders_total CHECK (((total = ((subtotal - discount) +
CASE
    WHEN tax_included THEN (0)::bigint
    ELSE tax
END)) AND (total >= 0))),
    CONSTRAINT orders_version_check CHECK ((version > 0))
);
CREATE TABLE checkout.schema_migrations (
    id integer NOT NULL,
    version_id bigint NOT NULL,
    is_applied boolean NOT NULL,
    tstamp timestamp without time zone DEFAULT now() NOT NULL
);
ALTER TABLE checkout.schema_migrations ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME checkout.schema_migrations_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE identity.accounts (
    id uuid NOT NULL,
    email text,
    handle text,
    display_name text NOT NULL,
    password_hash text NOT NULL,
    roles text[] NOT NULL,
    version bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    erased_at timestamp with time zone,
    country character(2),
    language text,
    CONSTRAINT accounts_check CHECK (((erased_at IS NULL) = ((email IS NOT NULL) AND (handle IS NOT NULL)))),
    CONSTRAINT accounts_version_check CHECK ((version > 0))
);
CREATE TABLE identity.refresh_tokens (
    hash bytea NOT NULL,
    session_id uuid NOT NULL,
    issued_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone
);
CREATE TABLE identity.schema_migrations (
    id integer NOT NULL,
    version_id bigint NOT NULL,
    is_applied boolean NOT NULL,
    tstamp timestamp without time zone DEFAULT now() NOT NULL
);
ALTER TABLE identity.schema_migrations ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME identity.schema_migrations_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE identity.sessions (
    id uuid NOT NULL,
    account_id uuid NOT NULL,
    client text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    last_used_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone
);
CREATE TABLE library.entitlements (
    id uuid NOT NULL,
    account_id uuid NOT NULL,
    product_id uuid NOT NULL,
    order_id uuid NOT NULL,
    line_id uuid NOT NULL,
    consumable boolean NOT NULL,
    quantity integer NOT NULL,
    granted_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    end_reason text DEFAULT ''::text NOT NULL,
    suspended_at timestamp with time zone,
    CONSTRAINT entitlements_check CHECK (((quantity > 0) AND (consumable OR (quantity = 1)))),
    CONSTRAINT entitlements_end CHECK (((ended_at IS NULL) = (end_reason = ''::text))),
    CONSTRAINT entitlements_end_reason_check CHECK ((end_reason = ANY (ARRAY[''::text, 'covered'::text, 'refund'::text, 'dispute'::text, 'erasure'::text])))
);
CREATE TABLE library.erased_accounts (
    account_id uuid NOT NULL,
    erased_at timestamp with time zone NOT NULL
);
CREATE TABLE library.schema_migrations (
    id integer NOT NULL,
    version_id bigint NOT NULL,
    is_applied boolean NOT NULL,
    tstamp timestamp without time zone DEFAULT now() NOT NULL
);
ALTER TABLE library.schema_migrations ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME library.schema_migrations_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE river.river_job (
    id bigint NOT NULL,
    state river.river_job_state DEFAULT 'available'::river.river_job_state NOT NULL,
    attempt smallint DEFAULT 0 NOT NULL,
    max_attempts smallint DEFAULT 25 NOT NULL,
    attempted_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    finalized_at timestamp with time zone,
    scheduled_at timestamp with time zone DEFAULT now() NOT NULL,
    priority smallint DEFAULT 1 NOT NULL,
    args jsonb NOT NULL,
    attempted_by text[],
    errors jsonb[],
    kind text NOT NULL,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    queue text DEFAULT 'default'::text NOT NULL,
    tags character varying(255)[] DEFAULT '{}'::character varying[] NOT NULL,
    unique_key bytea,
    unique_states bit(8),
    CONSTRAINT finalized_or_finalized_at_null CHECK ((((finalized_at IS NULL) AND (state <> ALL (ARRAY['cancelled'::river.river_job_state, 'completed'::river.river_job_state, 'discarded'::river.river_job_state]))) OR ((finalized_at IS NOT NULL) AND (state = ANY (ARRAY['cancelled'::river.river_job_state, 'completed'::river.river_job_state, 'discarded'::river.river_job_state]))))),
    CONSTRAINT kind_length CHECK (((char_length(kind) > 0) AND (char_length(kind) < 128))),
    CONSTRAINT max_attempts_is_positive CHECK ((max_attempts > 0)),
    CONSTRAINT priority_in_range CHECK (((priority >= 1) AND (priority <= 4))),
    CONSTRAINT queue_length CHECK (((char_length(queue) > 0) AND (char_length(queue) < 128)))
);
CREATE SEQUENCE river.river_job_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE river.river_job_id_seq OWNED BY river.river_job.id;
CREATE UNLOGGED TABLE river.river_leader (
    elected_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    leader_id text NOT NULL,
    name text DEFAULT 'default'::text NOT NULL,
    CONSTRAINT leader_id_length CHECK (((char_length(leader_id) > 0) AND (char_length(leader_id) < 128))),
    CONSTRAINT name_length CHECK ((name = 'default'::text))
);
CREATE TABLE river.river_migration (
    line text NOT NULL,
    version bigint NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT line_length CHECK (((char_length(line) > 0) AND (char_length(line) < 128))),
    CONSTRAINT version_gte_1 CHECK ((version >= 1))
);
CREATE TABLE river.river_notification (
    id bigint NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    payload text NOT NULL,
    topic text NOT NULL,
    CONSTRAINT topic_length CHECK (((length(topic) > 0) AND (length(topic) < 128)))
);
CREATE SEQUENCE river.river_notification_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE river.river_notification_id_seq OWNED BY river.river_notification.id;
CREATE TABLE river.river_queue (
    name text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    paused_at timestamp with time zone,
    updated_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL
);
ALTER TABLE ONLY river.river_job ALTER COLUMN id SET DEFAULT nextval('river.river_job_id_seq'::regclass);
ALTER TABLE ONLY river.river_notification ALTER COLUMN id SET DEFAULT nextval('river.river_notification_id_seq'::regclass);
INSERT INTO billing.history OVERRIDING SYSTEM VALUE VALUES
	(1, '01a22125-891d-7d8a-92cd-8239abad6d3c', '2026-11-28 07:53:57.823835+00', 'payment.requested', 'requested', '01a22125-891d-7842-9c29-19b24de42f43'),
	(2, '01a22125-891d-7d8a-92cd-8239abad6d3c', '2026-11-28 07:53:57.846503+00', 'provider.charge', 'captured', '01a22125-891d-7842-9c29-19b24de42f43'),
	(3, '01a22125-8af6-701f-b862-a76562d67ceb', '2026-11-28 07:53:58.283878+00', 'payment.requested', 'requested', '01a22125-8af5-7adf-8672-f50bae73e40c'),
	(4, '01a22125-8af6-701f-b862-a76562d67ceb', '2026-11-28 07:53:58.300249+00', 'webhook', 'captured', '01a22125-8b1a-7a56-9520-2983078068e5'),
	(5, '01a22125-8bef-7ab4-b382-da53cf36c44e', '2026-11-28 07:53:58.528046+00', 'payment.requested', 'requested', '01a22125-8bef-7526-9412-c3403e3402fa'),
	(6, '01a22125-8bef-7ab4-b382-da53cf36c44e', '2026-11-28 07:53:58.54939+00', 'provider.charge', 'declined', '01a22125-8bef-7526-9412-c3403e3402fa'),
	(7, '01a22125-8d30-7574-a162-ff0012140a85', '2026-11-28 07:53:58.842348+00', 'payment.requested', 'requested', '01a22125-8d30-7139-8eef-1d15b2d89412'),
	(8, '01a22125-8d30-7574-a162-ff0012140a85', '2026-11-28 07:53:58.855913+00', 'provider.charge', 'requires_action', '01a22125-8d30-7139-8eef-1d15b2d89412'),
	(9, '01a22125-8d30-7574-a162-ff0012140a85', '2026-11-28 07:53:58.85826+00', 'webhook', 'requires_action', '01a22125-8d47-708f-9d08-20245480fad9');
INSERT INTO billing.invoices VALUES
	('01a22125-893f-7cbc-883f-c83cadbfba16', '01a22125-891d-7d8a-92cd-8239abad6d3c', '01a22125-893f-7cbc-883f-c83cadbfba16', '01a22125-85a4-75c0-84fe-a5bbb304f8ab', 'INV-AT-2026', 1, '{"tax": 373, "lines": [{"tax": 217, "unit": 1299, "parts": [{"tax": 217, "rate": 2000, "title": "Tidewright", "total": 1299, "discount": 0, "product_id": "01a22125-83b4-790a-9879-45a696da059f"}], "title": "Tidewright", "total": 1299, "line_id": "01a22125-892f-72e2-87bf-c8c51da17aa8", "discount": 0, "quantity": 1}, {"tax": 117, "unit": 699, "parts": [{"tax": 117, "rate": 2000, "title": "Brassica", "total": 699, "discount": 0, "product_id": "01a22125-83b4-794a-ab52-c04df9875857"}], "title": "Brassica", "total": 699, "line_id": "01a22125-892f-72f1-9c95-8b5d823fe80a", "discount": 0, "quantity": 1}, {"tax": 39, "unit": 79, "parts": [{"tax": 39, "rate": 2000, "title": "Dragon Treat", "total": 237, "discount": 0, "product_id": "01a22125-83b4-7a22-b2b3-8d9348069f25"}], "title": "Dragon Treat", "total": 237, "line_id": "01a22125-892f-72f7-aad7-a4cb96884236", "discount": 0, "quantity": 3}], "total": 2235, "currency": "USD", "discount": 0, "subtotal": 2235, "buyer_name": "Mona", "buyer_email": "mona@example.com", "order_number": "CS-SP13KAXDDM", "tax_included": true, "buyer_country": "AT", "buyer_language": "en"}', '2026-11-28 07:53:57.846503+00', '2026-11-28 07:53:57.932859+00', 'invoice', '{"name": "Coinslot Games Ltd.", "email": "billing@coinslot.example", "tax_id": "ATU00000000", "address": ["12 Arcade Lane", "1010 Exampleton"], "country": "AT"}', NULL, '\x51f6d0a723c3b79625d18939697d1e53928dd16ff6e434aac0109f54efe5926a'),
	('01a22125-8b0b-7d65-8516-dd8268f2e85e', '01a22125-8af6-701f-b862-a76562d67ceb', '01a22125-8b0b-7d65-8516-dd8268f2e85e', '01a22125-85a4-75c0-84fe-a5bbb304f8ab', 'INV-AT-2026', 2, '{"tax": 966, "lines": [{"tax": 549, "unit": 3299, "parts": [{"tax": 206, "rate": 2000, "title": "The Last Postmaster", "total": 1237, "discount": 0, "product_id": "01a22125-83b4-7900-bc81-987922bbc9d0"}, {"tax": 160, "rate": 2000, "title": "Long Haul Lullaby", "total": 962, "discount": 0, "product_id": "01a22125-83b4-7957-88a4-30618f0117b2"}, {"tax": 183, "rate": 2000, "title": "Moth Court", "total": 1100, "discount": 0, "product_id": "01a22125-83b4-7934-b928-7eb892f46006"}], "title": "Sleepy Stories", "total": 3299, "bundle": true, "line_id": "01a22125-8b08-7524-9e30-5f8f856955ea", "discount": 0, "quantity": 1}, {"tax": 417, "unit": 2499, "parts": [{"tax": 417, "rate": 2000, "title": "Star Orchard", "total": 2499, "discount": 0, "product_id": "01a22125-83b4-78ee-9299-65dd87dd7717"}], "title": "Star Orchard", "total": 2499, "line_id": "01a22125-8b08-7562-b638-029b99fb2f7f", "discount": 0, "quantity": 1}], "total": 5798, "currency": "USD", "discount": 0, "subtotal": 5798, "buyer_name": "Mona", "buyer_email": "mona@example.com", "order_number": "CS-CAKPARPPFK", "tax_included": true, "buyer_country": "AT", "buyer_language": "en"}', '2026-11-28 07:53:58.300249+00', '2026-11-28 07:53:58.441098+00', 'invoice', '{"name": "Coinslot Games Ltd.", "email": "billing@coinslot.example", "tax_id": "ATU00000000", "address": ["12 Arcade Lane", "1010 Exampleton"], "country": "AT"}', NULL, '\x65d1939cbe894a0b24168cae41c71d521337c81b26bc0e794c1f1bab99e1c199');
INSERT INTO billing.journal_entries VALUES
	('01a22125-8956-77c6-9f84-f5b438a6ee4b', 'payment', '01a22125-893f-7cbc-883f-c83cadbfba16', '01a22125-891d-7d8a-92cd-8239abad6d3c', '2026-11-28 07:53:57.846503+00'),
	('01a22125-8b1c-73e2-8849-ef5ad8cab68d', 'payment', '01a22125-8b0b-7d65-8516-dd8268f2e85e', '01a22125-8af6-701f-b862-a76562d67ceb', '2026-11-28 07:53:58.300249+00');
INSERT INTO billing.journal_postings VALUES
	('01a22125-8956-77c6-9f84-f5b438a6ee4b', 1, 'provider_clearing', 'USD', 2201),
	('01a22125-8956-77c6-9f84-f5b438a6ee4b', 2, 'provider_fees', 'USD', 34),
	('01a22125-8956-77c6-9f84-f5b438a6ee4b', 3, 'revenue', 'USD', -1862),
	('01a22125-8956-77c6-9f84-f5b438a6ee4b', 4, 'tax_payable', 'USD', -373),
	('01a22125-8b1c-73e2-8849-ef5ad8cab68d', 1, 'provider_clearing', 'USD', 5711),
	('01a22125-8b1c-73e2-8849-ef5ad8cab68d', 2, 'provider_fees', 'USD', 87),
	('01a22125-8b1c-73e2-8849-ef5ad8cab68d', 3, 'revenue', 'USD', -4832),
	('01a22125-8b1c-73e2-8849-ef5ad8cab68d', 4, 'tax_payable', 'USD', -966);
INSERT INTO billing.journal_seals VALUES
	(1, '01a22125-8956-77c6-9f84-f5b438a6ee4b', '\x', '\x176c099d036e173ca5a53bb1b303e3f7a21472e4f70e144193449e996b5cbf09', '2026-11-28 07:53:57.957023+00'),
	(2, '01a22125-8b1c-73e2-8849-ef5ad8cab68d', '\x176c099d036e173ca5a53bb1b303e3f7a21472e4f70e144193449e996b5cbf09', '\x53de6eca4b521dcfc159072200cd2c05b81559cd8fb1123cea680a399bc41166', '2026-11-28 07:53:58.447137+00');
INSERT INTO billing.payments VALUES
	('01a22125-893f-7cbc-883f-c83cadbfba16', '01a22125-891d-7d8a-92cd-8239abad6d3c', 1, '01a22125-85a4-75c0-84fe-a5bbb304f8ab', 2235, 'USD', 'captured', NULL, 'mockpay', 'pi_01a22125-8951-746a-9e75-75364620c024', '', 'visa', '4242', '', '', NULL, '2026-11-28 07:53:57.823835+00', '2026-11-28 07:53:57.846503+00', 2235, 0, NULL, 34),
	('01a22125-8b0b-7d65-8516-dd8268f2e85e', '01a22125-8af6-701f-b862-a76562d67ceb', 1, '01a22125-85a4-75c0-84fe-a5bbb304f8ab', 5798, 'USD', 'captured', NULL, 'mockpay', 'pi_01a22125-8b19-7d52-ad28-2a870442ba5d', '', 'visa', '4242', '', '', NULL, '2026-11-28 07:53:58.283878+00', '2026-11-28 07:53:58.300249+00', 5798, 0, NULL, 87),
	('01a22125-8c00-70b0-b033-863d0451b799', '01a22125-8bef-7ab4-b382-da53cf36c44e', 1, '01a22125-85a4-75c0-84fe-a5bbb304f8ab', 1299, 'USD', 'declined', NULL, 'mockpay', 'pi_01a22125-8c13-792c-b29d-ef3b272e6b9e', 'card_declined', 'visa', '4242', '', '', NULL, '2026-11-28 07:53:58.528046+00', '2026-11-28 07:53:58.54939+00', 0, 0, '2026-11-28 08:08:58.54939+00', 0),
	('01a22125-8d3a-754d-bd31-71d135b6f0cc', '01a22125-8d30-7574-a162-ff0012140a85', 1, '01a22125-85a4-75c0-84fe-a5bbb304f8ab', 1999, 'USD', 'requires_action', 'pm_requires_action', 'mockpay', 'pi_01a22125-8d45-7c59-8009-1746213b8190', '', 'visa', '4242', 'redirect', 'http://127.0.0.1:18082/v1/payment_intents/pi_01a22125-8d45-7c59-8009-1746213b8190/next_action', '{"tax": 333, "lines": [{"tax": 333, "unit": 1999, "parts": [{"tax": 333, "rate": 2000, "title": "Saltborn", "total": 1999, "discount": 0, "product_id": "01a22125-83b4-7943-8907-239f7f849981"}], "title": "Saltborn", "total": 1999, "line_id": "01a22125-8d37-72ef-8dff-0c9fd42cb0b8", "discount": 0, "quantity": 1}], "total": 1999, "currency": "USD", "discount": 0, "subtotal": 1999, "buyer_name": "Mona", "buyer_email": "mona@example.com", "order_number": "CS-CBZG04GM1A", "tax_included": true, "buyer_country": "AT", "buyer_language": "en"}', '2026-11-28 07:53:58.842348+00', '2026-11-28 07:53:58.85826+00', 0, 0, NULL, 0);
INSERT INTO billing.schema_migrations VALUES
	(1, 0, true, '2026-11-28 07:53:55.595885'),
	(2, 1, true, '2026-11-28 07:53:55.607515'),
	(3, 2, true, '2026-11-28 07:53:55.672474'),
	(4, 3, true, '2026-11-28 07:53:55.71304'),
	(5, 4, true, '2026-11-28 07:53:55.748976');
INSERT INTO billing.webhook_events VALUES
	('mockpay', 'evt_01a22125-8951-76cb-b6a1-7b0e0aba5386', '{"id": "evt_01a22125-8951-76cb-b6a1-7b0e0aba5386", "data": {"id": "pi_01a22125-8951-746a-9e75-75364620c024", "fee": 34, "amount": 2235, "status": "succeeded", "captured": 2235, "currency": "USD", "metadata": {"payment_id": "01a22125-893f-7cbc-883f-c83cadbfba16"}, "refunded": 0, "reference": "01a22125-891d-7d8a-92cd-8239abad6d3c", "created_at": "2026-11-28T07:53:57.841291226Z", "payment_method": {"brand": "visa", "last4": "4242"}}, "type": "payment_intent.succeeded", "created_at": "2026-11-28T07:53:57.841445897Z"}', '2026-11-28 07:53:57.846366+00', '2026-11-28 07:53:57.84716+00', NULL),
	('mockpay', 'evt_01a22125-8b19-7de9-9f5d-ce0ea16cdff4', '{"id": "evt_01a22125-8b19-7de9-9f5d-ce0ea16cdff4", "data": {"id": "pi_01a22125-8b19-7d52-ad28-2a870442ba5d", "fee": 87, "amount": 5798, "status": "succeeded", "captured": 5798, "currency": "USD", "metadata": {"payment_id": "01a22125-8b0b-7d65-8516-dd8268f2e85e"}, "refunded": 0, "reference": "01a22125-8af6-701f-b862-a76562d67ceb", "created_at": "2026-11-28T07:53:58.297880447Z", "payment_method": {"brand": "visa", "last4": "4242"}}, "type": "payment_intent.succeeded", "created_at": "2026-11-28T07:53:58.297912126Z"}', '2026-11-28 07:53:58.299144+00', '2026-11-28 07:53:58.299879+00', NULL),
	('mockpay', 'evt_01a22125-8c13-79bb-a2ba-bb96ad56f03a', '{"id": "evt_01a22125-8c13-79bb-a2ba-bb96ad56f03a", "data": {"id": "pi_01a22125-8c13-792c-b29d-ef3b272e6b9e", "fee": 0, "amount": 1299, "status": "failed", "captured": 0, "currency": "USD", "metadata": {"payment_id": "01a22125-8c00-70b0-b033-863d0451b799"}, "refunded": 0, "reference": "01a22125-8bef-7ab4-b382-da53cf36c44e", "created_at": "2026-11-28T07:53:58.547602317Z", "decline_code": "card_declined", "payment_method": {"brand": "visa", "last4": "4242"}}, "type": "payment_intent.failed", "created_at": "2026-11-28T07:53:58.547638247Z"}', '2026-11-28 07:53:58.548787+00', '2026-11-28 07:53:58.550547+00', NULL),
	('mockpay', 'evt_01a22125-8d45-7d52-bb13-f6a8ae1a6eef', '{"id": "evt_01a22125-8d45-7d52-bb13-f6a8ae1a6eef", "data": {"id": "pi_01a22125-8d45-7c59-8009-1746213b8190", "fee": 0, "amount": 1999, "status": "requires_action", "captured": 0, "currency": "USD", "metadata": {"payment_id": "01a22125-8d3a-754d-bd31-71d135b6f0cc"}, "refunded": 0, "reference": "01a22125-8d30-7574-a162-ff0012140a85", "created_at": "2026-11-28T07:53:58.853810802Z", "next_action": {"url": "http://127.0.0.1:18082/v1/payment_intents/pi_01a22125-8d45-7c59-8009-1746213b8190/next_action", "type": "redirect"}, "payment_method": {"brand": "visa", "last4": "4242"}}, "type": "payment_intent.requires_action", "created_at": "2026-11-28T07:53:58.853873862Z"}', '2026-11-28 07:53:58.855255+00', '2026-11-28 07:53:58.855607+00', NULL);
INSERT INTO cart.carts VALUES
	('01a22125-86c3-7938-8795-1ba51fadcf2d', '01a22125-85a4-75c0-84fe-a5bbb304f8ab', 10, '2026-11-28 07:53:57.187604+00');
INSERT INTO cart.lines VALUES
	('01a22125-8b74-78e4-b84f-e2807912738c', '01a22125-86c3-7938-8795-1ba51fadcf2d', '01a22125-83b4-7958-b6b4-392ccdb18273', false, false, 1, 1299, 'USD', 2, '2026-11-28 07:53:58.388583+00'),
	('01a22125-8c54-737e-ae73-8006e6d86b27', '01a22125-86c3-7938-8795-1ba51fadcf2d', '01a22125-83b4-7943-8907-239f7f849981', false, false, 1, 1999, 'USD', 2, '2026-11-28 07:53:58.612229+00');
INSERT INTO cart.schema_migrations VALUES
	(1, 0, true, '2026-11-28 07:53:55.804873'),
	(2, 1, true, '2026-11-28 07:53:55.807937');
INSERT INTO catalog.bundle_items VALUES
	('01a22125-83b4-7a31-91c2-e32261a512d5', 1, '01a22125-83b4-78ee-9299-65dd87dd7717'),
	('01a22125-83b4-7a31-91c2-e32261a512d5', 2, '01a22125-83b4-7993-b261-da3e61b1e66b'),
	('01a22125-83b4-7a31-91c2-e32261a512d5', 3, '01a22125-83b4-7995-bad4-f139469ce3b5'),
	('01a22125-83b4-7a31-91c2-e32261a512d5', 4, '01a22125-83b4-79d1-a03a-959fccd4304f'),
	('01a22125-83b4-7a34-a616-55abc78276c0', 1, '01a22125-83b4-78f8-a22d-cac65b50c780'),
	('01a22125-83b4-7a34-a616-55abc78276c0', 2, '01a22125-83b4-7997-9c94-f11d57691538'),
	('01a22125-83b4-7a34-a616-55abc78276c0', 3, '01a22125-83b4-7998-874e-276c1777e114'),
	('01a22125-83b4-7a34-a616-55abc78276c0', 4, '01a22125-83b4-79d2-b4a5-18ccbb5bbcfe'),
	('01a22125-83b4-7a37-8512-517bb54c1cd5', 1, '01a22125-83b4-7903-9027-ca77327f80f4'),
	('01a22125-83b4-7a37-8512-517bb54c1cd5', 2, '01a22125-83b4-7999-b67c-23fd0191e513'),
	('01a22125-83b4-7a37-8512-517bb54c1cd5', 3, '01a22125-83b4-799b-8660-37847f2ca6b0'),
	('01a22125-83b4-7a37-8512-517bb54c1cd5', 4, '01a22125-83b4-79d5-a05b-e30494190cbe'),
	('01a22125-83b4-7a3a-8fd2-5a81075d5375', 1, '01a22125-83b4-791a-9be0-60c980ef4401'),
	('01a22125-83b4-7a3a-8fd2-5a81075d5375', 2, '01a22125-83b4-7958-b6b4-392ccdb18273'),
	('01a22125-83b4-7a3a-8fd2-5a81075d5375', 3, '01a22125-83b4-7979-a2d7-79cd90af6820'),
	('01a22125-83b4-7a3d-acae-fefdcb53f938', 1, '01a22125-83b4-790a-9879-45a696da059f'),
	('01a22125-83b4-7a3d-acae-fefdcb53f938', 2, '01a22125-83b4-794a-ab52-c04df9875857'),
	('01a22125-83b4-7a3d-acae-fefdcb53f938', 3, '01a22125-83b4-795a-b714-5286d5674b2b'),
	('01a22125-83b4-7a40-8efc-d3a484794d3e', 1, '01a22125-83b4-78fb-a764-98b4a8946081'),
	('01a22125-83b4-7a40-8efc-d3a484794d3e', 2, '01a22125-83b4-78fe-ab93-35d6061f6c39'),
	('01a22125-83b4-7a40-8efc-d3a484794d3e', 3, '01a22125-83b4-7947-9dd8-8fd439c625f2'),
	('01a22125-83b4-7a40-8efc-d3a484794d3e', 4, '01a22125-83b4-7974-89e9-434ef499364c'),
	('01a22125-83b4-7a44-b9c8-29502f2e0948', 1, '01a22125-83b4-7906-90e2-73a9a1c88024'),
	('01a22125-83b4-7a44-b9c8-29502f2e0948', 2, '01a22125-83b4-79a0-8bd2-62568256662a'),
	('01a22125-83b4-7a44-b9c8-29502f2e0948', 3, '01a22125-83b4-797b-9b5d-4bcf57031939'),
	('01a22125-83b4-7a47-9263-fdb32ed684d1', 1, '01a22125-83b4-7900-bc81-987922bbc9d0'),
	('01a22125-83b4-7a47-9263-fdb32ed684d1', 2, '01a22125-83b4-7957-88a4-30618f0117b2'),
	('01a22125-83b4-7a47-9263-fdb32ed684d1', 3, '01a22125-83b4-7934-b928-7eb892f46006'),
	('01a22125-83b4-7a4a-b006-918c412bc794', 1, '01a22125-83b4-7917-b216-f9677b7aeede'),
	('01a22125-83b4-7a4a-b006-918c412bc794', 2, '01a22125-83b4-799d-9395-39c911dd9a46'),
	('01a22125-83b4-7a4a-b006-918c412bc794', 3, '01a22125-83b4-79d6-be13-51c438f5dd21'),
	('01a22125-83b4-7a4d-9cdd-d260eae97bd8', 1, '01a22125-83b4-7935-8609-d29ee80c3c3b'),
	('01a22125-83b4-7a4d-9cdd-d260eae97bd8', 2, '01a22125-83b4-7989-8340-8126d17b057d'),
	('01a22125-83b4-7a4d-9cdd-d260eae97bd8', 3, '01a22125-83b4-79d7-9b65-6ca58d7276eb'),
	('01a22125-83b4-7a4d-9cdd-d260eae97bd8', 4, '01a22125-83b4-79da-a036-7c283a19587e'),
	('01a22125-83b4-7a4f-9f7c-8a08ad9210fc', 1, '01a22125-83b4-7950-bb4c-22d19c00ab10'),
	('01a22125-83b4-7a4f-9f7c-8a08ad9210fc', 2, '01a22125-83b4-79ff-bc28-4d30b49c91a0'),
	('01a22125-83b4-7a4f-9f7c-8a08ad9210fc', 3, '01a22125-83b4-7a22-b2b3-8d9348069f25'),
	('01a22125-83b4-7a52-814a-bb7382168462', 1, '01a22125-83b4-7990-8174-1c49ce84abe6'),
	('01a22125-83b4-7a52-814a-bb7382168462', 2, '01a22125-83b4-794d-b725-8dfe3d0214e3'),
	('01a22125-83b4-7a52-814a-bb7382168462', 3, '01a22125-83b4-7977-ac9a-1c33d912b5d6');
INSERT INTO catalog.price_versions VALUES
	('01a22125-83b4-78ee-9299-65dd87dd7717', 'USD', 1, 2999, '2026-05-30 07:53:56.404578+00', '2026-11-28 07:53:56.404685+00'),
	('01a22125-83b4-78ee-9299-65dd87dd7717', 'USD', 2, 2499, '2026-08-29 07:53:56.404578+00', '2026-11-28 07:53:56.404685+00'),
	('01a22125-83b4-7900-bc81-987922bbc9d0', 'USD', 1, 1799, '2026-08-29 07:53:56.404578+00', '2026-11-28 07:53:56.404685+00'),
	('01a22125-83b4-790a-9879-45a696da059f', 'USD', 1, 1299, '2026-08-29 07:53:56.404578+00', '2026-11-28 07:53:56.404685+00'),
	('01a22125-83b4-7934-b928-7eb892f46006', 'USD', 1, 1599, '2026-08-29 07:53:56.404578+00', '2026-11-28 07:53:56.404685+00'),
	('01a22125-83b4-7943-8907-239f7f849981', 'USD', 1, 2499, '2026-05-30 07:53:56.404578+00', '2026-11-28 07:53:56.404685+00'),
	('01a22125-83b4-7943-8907-239f7f849981', 'USD', 2, 1999, '2026-08-29 07:53:56.404578+00', '2026-11-28 07:53:56.404685+00'),
	('01a22125-83b4-794a-ab52-c04df9875857', 'USD', 1, 999, '2026-05-30 07:53:56.404578+00', '2026-11-28 07:53:56.404685+00'),
	('01a22125-83b4-794a-ab52-c04df9875857', 'USD', 2, 699, '2026-08-29 07:53:56.404578+00', '2026-11-28 07:53:56.404685+00'),
	('01a22125-83b4-7957-88a4-30618f0117b2', 'USD', 1, 1399, '2026-08-29 07:53:56.404578+00', '2026-11-28 07:53:56.404685+00'),
	('01a22125-83b4-7958-b6b4-392ccdb18273', 'USD', 1, 1799, '2026-05-30 07:53:56.404578+00', '2026-11-28 07:53:56.404685+00'),
	('01a22125-83b4-7958-b6b4-392ccdb18273', 'USD', 2, 1299, '2026-08-29 07:53:56.404578+00', '2026-11-28 07:53:56.404685+00'),
	('01a22125-83b4-7a22-b2b3-8d9348069f25', 'USD', 1, 79, '2026-08-29 07:53:56.404578+00', '2026-11-28 07:53:56.404685+00'),
	('01a22125-83b4-7a47-9263-fdb32ed684d1', 'USD', 1, 3299, '2026-08-29 07:53:56.404578+00', '2026-11-28 07:53:56.404685+00');
INSERT INTO catalog.schema_migrations VALUES
	(1, 0, true, '2026-11-28 07:53:55.822802'),
	(2, 1, true, '2026-11-28 07:53:55.825691');
INSERT INTO catalog.sellables VALUES
	('01a22125-83b4-78ee-9299-65dd87dd7717', 'star-orchard', 'Star Orchard', 'Graft apple trees onto asteroids and haul the harvest home before it freezes. A slow, warm farming game with orbital mechanics that forgive.', 'game', 'simulation', NULL, 1, '2026-11-28 07:52:20.404685+00', NULL, DEFAULT),
	('01a22125-83b4-78f8-a22d-cac65b50c780', 'lanterns-of-vell', 'Lanterns of Vell', 'A drowned city lights up one lantern at a time. Gather a crew of ferrymen, bargain with the tide, and decide which streets stay under water.', 'game', 'rpg', NULL, 1, '2026-11-28 07:52:21.404685+00', NULL, DEFAULT),
	('01a22125-83b4-78fb-a764-98b4a8946081', 'copper-and-clay', 'Copper & Clay', 'Lead a bronze-age market town through forty summers. Trade routes remember every promise that you break.', 'game', 'strategy', NULL, 1, '2026-11-28 07:52:22.404685+00', NULL, DEFAULT),
	('01a22125-83b4-78fe-ab93-35d6061f6c39', 'rook-and-ruin', 'Rook and Ruin', 'Chess pieces retired from the board defend a crumbling castle. Turn-based, dry-witted, and harder than it looks.', 'game', 'strategy', NULL, 1, '2026-11-28 07:52:23.404685+00', NULL, DEFAULT),
	('01a22125-83b4-7900-bc81-987922bbc9d0', 'the-last-postmaster', 'The Last Postmaster', 'Deliver the final letters of a country that no longer exists. Read them, or do not; both endings are yours.', 'game', 'adventure', NULL, 1, '2026-11-28 07:52:24.404685+00', NULL, DEFAULT),
	('01a22125-83b4-7903-9027-ca77327f80f4', 'hollow-meridian', 'Hollow Meridian', 'An airship guild maps a planet whose insides are larger than its outside. Sixty hours, four companions, one honest compass.', 'game', 'rpg', NULL, 1, '2026-11-28 07:52:25.404685+00', NULL, DEFAULT),
	('01a22125-83b4-7906-90e2-73a9a1c88024', 'neon-cartage', 'Neon Cartage', 'Overloaded delivery rigs, rain-slick skyways, and a dispatcher who never sleeps. Arcade handling with a physical cargo hold.', 'game', 'racing', NULL, 1, '2026-11-28 07:52:26.404685+00', NULL, DEFAULT),
	('01a22125-83b4-7908-8221-e226006f630c', 'paper-tempest', 'Paper Tempest', 'Fold yourself into nine shapes and ride the weather through a desk drawer the size of a continent.', 'game', 'platformer', NULL, 1, '2026-11-28 07:52:27.404685+00', NULL, DEFAULT),
	('01a22125-83b4-790a-9879-45a696da059f', 'tidewright', 'Tidewright', 'Move the moon, move the sea, open the door. One hundred and twenty quiet puzzles about consequences.', 'game', 'puzzle', NULL, 1, '2026-11-28 07:52:28.404685+00', NULL, DEFAULT),
	('01a22125-83b4-7917-b216-f9677b7aeede', 'iron-parish', 'Iron Parish', 'A bell founder and her hammer against a mechanical choir. Weighty melee combat in one unbroken cathedral.', 'game', 'action', NULL, 1, '2026-11-28 07:52:29.404685+00', NULL, DEFAULT),
	('01a22125-83b4-791a-9be0-60c980ef4401', 'signal-to-nowhere', 'Signal to Nowhere', 'The night shift at a radio telescope. Something answers, politely, and asks for your name.', 'game', 'horror', NULL, 1, '2026-11-28 07:52:30.404685+00', NULL, DEFAULT),
	('01a22125-83b4-791c-baae-dec837c6572f', 'glass-delta', 'Glass Delta', 'Restore a river delta one reed bed at a time. Every creature that comes back changes how the water runs.', 'game', 'simulation', NULL, 1, '2026-11-28 07:52:31.404685+00', NULL, DEFAULT),
	('01a22125-83b4-7932-a103-88517a8752e6', 'bastion-nine', 'Bastion Nine', 'Build a fortress that walks. Nine legs, nine crews, one horizon full of weather and worse.', 'game', 'strategy', NULL, 1, '2026-11-28 07:52:32.404685+00', NULL, DEFAULT),
	('01a22125-83b4-7934-b928-7eb892f46006', 'moth-court', 'Moth Court', 'Plead cases before a jury of insects. A point-and-click courtroom comedy in which the evidence wanders off.', 'game', 'adventure', NULL, 1, '2026-11-28 07:52:33.404685+00', NULL, DEFAULT),
	('01a22125-83b4-7935-8609-d29ee80c3c3b', 'underrail-waltz', 'Underrail Waltz', 'Keep a subway dancing until dawn. Hand-drawn stations, forty tracks, and a conductor who counts in sevens.', 'game', 'rhythm', NULL, 1, '2026-11-28 07:52:34.404685+00', NULL, DEFAULT),
	('01a22125-83b4-7983-aa44-bfc29f9e8c25', 'herons-gambit', 'Heron''s Gambit', 'A card game about patience, played against a bird. Two hundred cards and no random packs.', 'game', 'strategy', NULL, 1, '2026-11-28 07:52:53.404685+00', NULL, DEFAULT),
	('01a22125-83b4-7943-8907-239f7f849981', 'saltborn', 'Saltborn', 'Wake on a white desert that used to be a sea. Distil, shelter, remember. Storms arrive on a calendar that you can learn.', 'game', 'survival', NULL, 1, '2026-11-28 07:52:35.404685+00', NULL, DEFAULT),
	('01a22125-83b4-7944-ac4c-1cda17aa80d2', 'foxfire-district', 'Foxfire District', 'A courier with borrowed tricks and a city of rooftop shrines. Fast, vertical, and kind to beginners.', 'game', 'action', NULL, 1, '2026-11-28 07:52:36.404685+00', NULL, DEFAULT),
	('01a22125-83b4-7947-9dd8-8fd439c625f2', 'the-quiet-armada', 'The Quiet Armada', 'Command a fleet that must not be seen. Sound is your only resource and your only weapon.', 'game', 'strategy', NULL, 1, '2026-11-28 07:52:37.404685+00', NULL, DEFAULT),
	('01a22125-83b4-794a-ab52-c04df9875857', 'brassica', 'Brassica', 'Vegetables that grow in fractals, and a kitchen that needs them square. Gentle, numerical, delicious.', 'game', 'puzzle', NULL, 1, '2026-11-28 07:52:38.404685+00', NULL, DEFAULT),
	('01a22125-83b4-794c-b4a7-7ed14005926c', 'ninth-hour-diner', 'Ninth Hour Diner', 'Cook for time travellers between shifts. They always pay, just not always in this century.', 'game', 'simulation', NULL, 1, '2026-11-28 07:52:39.404685+00', NULL, DEFAULT),
	('01a22125-83b4-794d-b725-8dfe3d0214e3', 'cinder-league', 'Cinder League', 'Five-a-side football on the slope of a live volcano. Local and friendly, with a referee who is a goat.', 'game', 'sports', NULL, 1, '2026-11-28 07:52:40.404685+00', NULL, DEFAULT),
	('01a22125-83b4-794f-89a7-a4360b224df2', 'wyrmkeeper', 'Wyrmkeeper', 'Raise one dragon from egg to legend. It learns from how you treat everybody else.', 'game', 'rpg', NULL, 1, '2026-11-28 07:52:41.404685+00', NULL, DEFAULT),
	('01a22125-83b4-7950-bb4c-22d19c00ab10', 'pocket-archipelago', 'Pocket Archipelago', 'Shuffle small islands into a home. No losing, no clock, and a great many otters.', 'game', 'simulation', NULL, 1, '2026-11-28 07:52:42.404685+00', NULL, DEFAULT),
	('01a22125-83b4-7951-bf55-68d6cbae04b0', 'deadletter-detective', 'Deadletter Detective', 'Solve eleven crimes from undelivered mail alone. Magnifier, string and cork board included.', 'game', 'adventure', NULL, 1, '2026-11-28 07:52:43.404685+00', NULL, DEFAULT),
	('01a22125-83b4-7954-a024-a6eb6098d544', 'gravity-tax', 'Gravity Tax', 'Every jump costs something. A platformer with an economy, and an auditor on your heels.', 'game', 'platformer', NULL, 1, '2026-11-28 07:52:44.404685+00', NULL, DEFAULT),
	('01a22125-83b4-7955-8f41-4a3e79446983', 'thornwake', 'Thornwake', 'A hedge knight in the literal sense. Grow your armour, prune your enemies, mind the bees.', 'game', 'action', NULL, 1, '2026-11-28 07:52:45.404685+00', NULL, DEFAULT),
	('01a22125-83b4-7957-88a4-30618f0117b2', 'long-haul-lullaby', 'Long Haul Lullaby', 'Keep a sleepy freighter crew talking across nine light years. A game about conversation and coffee.', 'game', 'adventure', NULL, 1, '2026-11-28 07:52:46.404685+00', NULL, DEFAULT),
	('01a22125-83b4-7958-b6b4-392ccdb18273', 'mirrorfen', 'Mirrorfen', 'A marsh that reflects what stands behind you. Short, fair, and best with headphones.', 'game', 'horror', NULL, 1, '2026-11-28 07:52:47.404685+00', NULL, DEFAULT),
	('01a22125-83b4-795a-b714-5286d5674b2b', 'clockwork-menagerie', 'Clockwork Menagerie', 'Repair wind-up animals, then find out what they were guarding. Tactile puzzles with real gears.', 'game', 'puzzle', NULL, 1, '2026-11-28 07:52:48.404685+00', NULL, DEFAULT),
	('01a22125-83b4-7974-89e9-434ef499364c', 'sunken-ledger', 'Sunken Ledger', 'An accountant''s war: bankrupt an empire from a rented desk. Every number on screen is true.', 'game', 'strategy', NULL, 1, '2026-11-28 07:52:49.404685+00', NULL, DEFAULT),
	('01a22125-83b4-7977-ac9a-1c33d912b5d6', 'kite-season', 'Kite Season', 'Fighting kites over a hillside town. Line tension, glass powder, and old grudges.', 'game', 'sports', NULL, 1, '2026-11-28 07:52:50.404685+00', NULL, DEFAULT),
	('01a22125-83b4-7979-a2d7-79cd90af6820', 'vantablack-motel', 'Vantablack Motel', 'Twelve rooms, one guest book, no reflections. Manage the place until the road is finished.', 'game', 'horror', NULL, 1, '2026-11-28 07:52:51.404685+00', NULL, DEFAULT),
	('01a22125-83b4-797b-9b5d-4bcf57031939', 'ember-relay', 'Ember Relay', 'Carry a flame across a frozen continent in teams of two. Snow, trust, and very small skis.', 'game', 'racing', NULL, 1, '2026-11-28 07:52:52.404685+00', NULL, DEFAULT),
	('01a22125-83b4-7985-ac0f-ffcda8ab05d4', 'the-weaver-below', 'The Weaver Below', 'Descend through a city woven by its own inhabitants. Threads are currency, skill and conscience at once.', 'game', 'rpg', NULL, 1, '2026-11-28 07:52:54.404685+00', NULL, DEFAULT),
	('01a22125-83b4-7986-9b5c-fac501d2b706', 'sidereal-express', 'Sidereal Express', 'Run a railway between stars that drift. The timetable is a puzzle that never stays solved.', 'game', 'simulation', NULL, 1, '2026-11-28 07:52:55.404685+00', NULL, DEFAULT),
	('01a22125-83b4-7989-8340-8126d17b057d', 'barnacle-blues', 'Barnacle Blues', 'Sea shanties, call and response, and a ship that only sails in tune.', 'game', 'rhythm', NULL, 1, '2026-11-28 07:52:56.404685+00', NULL, DEFAULT),
	('01a22125-83b4-798a-9366-c579972914e9', 'frostline-rangers', 'Frostline Rangers', 'Patrol a national park at the end of an ice age. Rescue hikers, count mammoths, keep the stove lit.', 'game', 'survival', NULL, 1, '2026-11-28 07:52:57.404685+00', NULL, DEFAULT),
	('01a22125-83b4-798c-b59b-4ad45a52e43e', 'oddments', 'Oddments', 'A free box of small puzzles made on Friday afternoons. New ones when we feel like it.', 'game', 'puzzle', NULL, 1, '2026-11-28 07:52:58.404685+00', NULL, DEFAULT),
	('01a22125-83b4-798e-b7a5-80bef9dbd6c2', 'prologue-to-vell', 'Prologue to Vell', 'The first evening in the drowned city, whole and free. Your choices are remembered in the full game.', 'game', 'rpg', NULL, 1, '2026-11-28 07:52:59.404685+00', NULL, DEFAULT),
	('01a22125-83b4-798f-aae6-a30e2699428f', 'riftwarden-academy', 'Riftwarden Academy', 'Five students, one dangerous staircase. School by day, tactics by night, exams at both.', 'game', 'rpg', NULL, 1, '2026-11-28 07:53:00.404685+00', NULL, DEFAULT),
	('01a22125-83b4-7990-8174-1c49ce84abe6', 'quarry-kings', 'Quarry Kings', 'Four players, one collapsing mine, and just enough rope. Shouting is part of the design.', 'game', 'action', NULL, 1, '2026-11-28 07:53:01.404685+00', NULL, DEFAULT),
	('01a22125-83b4-7993-b261-da3e61b1e66b', 'star-orchard-comet-season', 'Star Orchard: Comet Season', 'Ice-bearing comets pass through the orchard. New fruit, new pests, and a hermit with opinions.', 'dlc', 'simulation', '01a22125-83b4-78ee-9299-65dd87dd7717', 1, '2026-11-28 07:53:02.404685+00', NULL, DEFAULT),
	('01a22125-83b4-7995-bad4-f139469ce3b5', 'star-orchard-hives', 'Star Orchard: Hives', 'Bees in vacuum, carefully explained. Adds pollination chains and three kinds of honey.', 'dlc', 'simulation', '01a22125-83b4-78ee-9299-65dd87dd7717', 1, '2026-11-28 07:53:03.404685+00', NULL, DEFAULT),
	('01a22125-83b4-7997-9c94-f11d57691538', 'lanterns-the-low-canal', 'Lanterns of Vell: The Low Canal', 'A district that even the divers avoid. Twelve hours, a new ferry, and somebody you lost.', 'dlc', 'rpg', '01a22125-83b4-78f8-a22d-cac65b50c780', 1, '2026-11-28 07:53:04.404685+00', NULL, DEFAULT),
	('01a22125-83b4-7998-874e-276c1777e114', 'lanterns-glassblowers', 'Lanterns of Vell: The Glassblowers', 'Craft your own lanterns and choose what their light reveals.', 'dlc', 'rpg', '01a22125-83b4-78f8-a22d-cac65b50c780', 1, '2026-11-28 07:53:05.404685+00', NULL, DEFAULT),
	('01a22125-83b4-7999-b67c-23fd0191e513', 'hollow-meridian-inner-sky', 'Hollow Meridian: Inner Sky', 'The planet''s inside has weather after all. A new guild, a new region, an old enemy.', 'dlc', 'rpg', '01a22125-83b4-7903-9027-ca77327f80f4', 1, '2026-11-28 07:53:06.404685+00', NULL, DEFAULT),
	('01a22125-83b4-799b-8660-37847f2ca6b0', 'hollow-meridian-cartographers', 'Hollow Meridian: Cartographers', 'Draw maps that come true. Adds survey contracts and a rival who cheats beautifully.', 'dlc', 'rpg', '01a22125-83b4-7903-9027-ca77327f80f4', 1, '2026-11-28 07:53:07.404685+00', NULL, DEFAULT),
	('01a22125-83b4-799d-9395-39c911dd9a46', 'iron-parish-carillon', 'Iron Parish: Carillon', 'The bell tower, at last. Seven bosses in the order of the scale.', 'dlc', 'action', '01a22125-83b4-7917-b216-f9677b7aeede', 1, '2026-11-28 07:53:08.404685+00', NULL, DEFAULT),
	('01a22125-83b4-799f-9164-c9854c143588', 'bastion-nine-tenth-leg', 'Bastion Nine: Tenth Leg', 'An extra leg changes every plan that you ever made.', 'dlc', 'strategy', '01a22125-83b4-7932-a103-88517a8752e6', 1, '2026-11-28 07:53:09.404685+00', NULL, DEFAULT),
	('01a22125-83b4-79a0-8bd2-62568256662a', 'neon-cartage-night-freight', 'Neon Cartage: Night Freight', 'Thirty contracts between midnight and four. The city looks different when it does not look back.', 'dlc', 'racing', '01a22125-83b4-7906-90e2-73a9a1c88024', 1, '2026-11-28 07:53:10.404685+00', NULL, DEFAULT),
	('01a22125-83b4-7a01-83d9-caeb5e2cc6b2', 'comet-dust-550', '550 Comet Dust', 'A jar of comet dust, with the lid on.', 'consumable', 'currency', NULL, 1, '2026-11-28 07:53:32.404685+00', NULL, DEFAULT),
	('01a22125-83b4-79a1-b165-eecf2c5ea4e0', 'wyrmkeeper-clutch', 'Wyrmkeeper: Clutch', 'Three eggs, one nest. They do not get along, and that is the point.', 'dlc', 'rpg', '01a22125-83b4-794f-89a7-a4360b224df2', 1, '2026-11-28 07:53:11.404685+00', NULL, DEFAULT),
	('01a22125-83b4-79a3-8d9d-7d987f0e3bc1', 'saltborn-mirage-coast', 'Saltborn: Mirage Coast', 'A shoreline that moves. Bring rope and scepticism.', 'dlc', 'survival', '01a22125-83b4-7943-8907-239f7f849981', 1, '2026-11-28 07:53:12.404685+00', NULL, DEFAULT),
	('01a22125-83b4-79a4-85cd-c57967ed431c', 'sidereal-branch-lines', 'Sidereal Express: Branch Lines', 'Small stars, small stations, large feelings. Forty new stops.', 'dlc', 'simulation', '01a22125-83b4-7986-9b5c-fac501d2b706', 1, '2026-11-28 07:53:13.404685+00', NULL, DEFAULT),
	('01a22125-83b4-79a7-802e-30083fb96956', 'cinder-league-goat-cup', 'Cinder League: Goat Cup', 'The referee finally plays. A full tournament with regrettable trophies.', 'dlc', 'sports', '01a22125-83b4-794d-b725-8dfe3d0214e3', 1, '2026-11-28 07:53:14.404685+00', NULL, DEFAULT),
	('01a22125-83b4-79a8-ad17-f216f316f1f0', 'riftwarden-field-trip', 'Riftwarden Academy: Field Trip', 'The school bus takes a wrong turn through a better chapter.', 'dlc', 'rpg', '01a22125-83b4-798f-aae6-a30e2699428f', 1, '2026-11-28 07:53:15.404685+00', NULL, DEFAULT),
	('01a22125-83b4-79ab-a961-ffc18098903e', 'underrail-express-set', 'Underrail Waltz: Express Set', 'Twelve tracks in five-four for those who found it too easy.', 'dlc', 'rhythm', '01a22125-83b4-7935-8609-d29ee80c3c3b', 1, '2026-11-28 07:53:16.404685+00', NULL, DEFAULT),
	('01a22125-83b4-79cf-aa35-bee731d3c27d', 'rook-and-ruin-bishops', 'Rook and Ruin: Bishops', 'Diagonal thinking for a rectangular siege.', 'dlc', 'strategy', '01a22125-83b4-78fe-ab93-35d6061f6c39', 1, '2026-11-28 07:53:17.404685+00', NULL, DEFAULT),
	('01a22125-83b4-79d1-a03a-959fccd4304f', 'star-orchard-ost', 'Star Orchard Soundtrack', 'Twenty-two pieces for harp, tape and greenhouse. Lossless, with the composer''s notes.', 'soundtrack', 'music', NULL, 1, '2026-11-28 07:53:18.404685+00', NULL, DEFAULT),
	('01a22125-83b4-79d2-b4a5-18ccbb5bbcfe', 'lanterns-of-vell-ost', 'Lanterns of Vell Soundtrack', 'Choirs recorded under a bridge at low tide. Ninety minutes of water and light.', 'soundtrack', 'music', NULL, 1, '2026-11-28 07:53:19.404685+00', NULL, DEFAULT),
	('01a22125-83b4-79d5-a05b-e30494190cbe', 'hollow-meridian-ost', 'Hollow Meridian Soundtrack', 'A full orchestra that slowly turns inside out.', 'soundtrack', 'music', NULL, 1, '2026-11-28 07:53:20.404685+00', NULL, DEFAULT),
	('01a22125-83b4-79d6-be13-51c438f5dd21', 'iron-parish-ost', 'Iron Parish Soundtrack', 'Real bells, real hammers, and one very patient organist.', 'soundtrack', 'music', NULL, 1, '2026-11-28 07:53:21.404685+00', NULL, DEFAULT),
	('01a22125-83b4-79d7-9b65-6ca58d7276eb', 'underrail-waltz-ost', 'Underrail Waltz Soundtrack', 'All forty tracks, plus the platform announcements.', 'soundtrack', 'music', NULL, 1, '2026-11-28 07:53:22.404685+00', NULL, DEFAULT),
	('01a22125-83b4-79d9-98b1-ec9308b7c960', 'neon-cartage-ost', 'Neon Cartage Soundtrack', 'Synthesizers in the rain. For driving, or for pretending to.', 'soundtrack', 'music', NULL, 1, '2026-11-28 07:53:23.404685+00', NULL, DEFAULT),
	('01a22125-83b4-79da-a036-7c283a19587e', 'barnacle-blues-ost', 'Barnacle Blues Soundtrack', 'Thirty shanties with the crew''s mistakes left in.', 'soundtrack', 'music', NULL, 1, '2026-11-28 07:53:24.404685+00', NULL, DEFAULT),
	('01a22125-83b4-79e4-b117-d2b11c5926a0', 'signal-to-nowhere-ost', 'Signal to Nowhere Soundtrack', 'Static, mostly. Listen closely, and not alone.', 'soundtrack', 'music', NULL, 1, '2026-11-28 07:53:25.404685+00', NULL, DEFAULT),
	('01a22125-83b4-79e6-aee3-5c6d7d9f68d0', 'saltborn-ost', 'Saltborn Soundtrack', 'Wind instruments, in the strictest sense.', 'soundtrack', 'music', NULL, 1, '2026-11-28 07:53:26.404685+00', NULL, DEFAULT),
	('01a22125-83b4-79f9-9d08-6bd666dd9d80', 'wyrmkeeper-ost', 'Wyrmkeeper Soundtrack', 'A lullaby that grows wings over seventeen movements.', 'soundtrack', 'music', NULL, 1, '2026-11-28 07:53:27.404685+00', NULL, DEFAULT),
	('01a22125-83b4-79fb-971f-57015f37c0d3', 'sidereal-express-ost', 'Sidereal Express Soundtrack', 'Train rhythms at the speed of light, unhurried.', 'soundtrack', 'music', NULL, 1, '2026-11-28 07:53:28.404685+00', NULL, DEFAULT),
	('01a22125-83b4-79fc-89ff-ded3d860a443', 'mirrorfen-ost', 'Mirrorfen Soundtrack', 'Each piece is a palindrome. One of them is not.', 'soundtrack', 'music', NULL, 1, '2026-11-28 07:53:29.404685+00', NULL, DEFAULT),
	('01a22125-83b4-79fd-abd6-c7a7a21adf98', 'frostline-rangers-ost', 'Frostline Rangers Soundtrack', 'Campfire guitar and a distant glacier in C.', 'soundtrack', 'music', NULL, 1, '2026-11-28 07:53:30.404685+00', NULL, DEFAULT),
	('01a22125-83b4-79ff-bc28-4d30b49c91a0', 'comet-dust-100', '100 Comet Dust', 'A pinch of comet dust for the orchard''s trading post. Spends like sugar.', 'consumable', 'currency', NULL, 1, '2026-11-28 07:53:31.404685+00', NULL, DEFAULT),
	('01a22125-83b4-7a02-97b9-aff923851241', 'comet-dust-1200', '1200 Comet Dust', 'A sack of comet dust. Please lift with your knees.', 'consumable', 'currency', NULL, 1, '2026-11-28 07:53:33.404685+00', NULL, DEFAULT),
	('01a22125-83b4-7a04-836e-d33ca586f027', 'lamp-oil-flask', 'Flask of Lamp Oil', 'One more hour of light in Vell, wherever you stand.', 'consumable', 'boosts', NULL, 1, '2026-11-28 07:53:34.404685+00', NULL, DEFAULT),
	('01a22125-83b4-7a06-8ed5-e4e7505ea94a', 'guild-marks-10', '10 Guild Marks', 'Ten marks on the airship guild''s slate, good at any dock of Hollow Meridian.', 'consumable', 'currency', NULL, 1, '2026-11-28 07:53:35.404685+00', NULL, DEFAULT),
	('01a22125-83b4-7a07-9225-e6e1bc37c160', 'guild-marks-60', '60 Guild Marks', 'Sixty marks and a nod from the quartermaster.', 'consumable', 'currency', NULL, 1, '2026-11-28 07:53:36.404685+00', NULL, DEFAULT),
	('01a22125-83b4-7a09-999b-1e73e7136bb2', 'dispatch-favour', 'Dispatcher''s Favour', 'One green wave through the whole of Neon Cartage. She will remember that you asked.', 'consumable', 'boosts', NULL, 1, '2026-11-28 07:53:37.404685+00', NULL, DEFAULT),
	('01a22125-83b4-7a22-b2b3-8d9348069f25', 'dragon-treat', 'Dragon Treat', 'Smoked, salted, suspiciously shiny. Your wyrm will like you a little more.', 'consumable', 'boosts', NULL, 1, '2026-11-28 07:53:38.404685+00', NULL, DEFAULT),
	('01a22125-83b4-7a24-b874-1a5f35025315', 'season-seed-pack', 'Season Seed Pack', 'Five seeds that only grow this season, in any soil.', 'consumable', 'boosts', NULL, 1, '2026-11-28 07:53:39.404685+00', NULL, DEFAULT),
	('01a22125-83b4-7a27-83a3-6c71b3d47ee6', 'railway-token', 'Railway Token', 'One ride on the Sidereal Express, any distance, any century.', 'consumable', 'currency', NULL, 1, '2026-11-28 07:53:40.404685+00', NULL, DEFAULT),
	('01a22125-83b4-7a28-a589-a836bd047742', 'encore-ticket', 'Encore Ticket', 'Play the last chorus of Underrail Waltz again, with everybody watching.', 'consumable', 'boosts', NULL, 1, '2026-11-28 07:53:41.404685+00', NULL, DEFAULT),
	('01a22125-83b4-7a2a-876b-ea818bc5c7ce', 'rescue-flare', 'Rescue Flare', 'For Frostline Rangers who walked a little too far.', 'consumable', 'boosts', NULL, 1, '2026-11-28 07:53:42.404685+00', NULL, DEFAULT),
	('01a22125-83b4-7a2c-b850-10e63da0d08e', 'hint-lantern', 'Hint Lantern', 'Lights up one step of one puzzle. It does not judge.', 'consumable', 'boosts', NULL, 1, '2026-11-28 07:53:43.404685+00', NULL, DEFAULT),
	('01a22125-83b4-7a31-91c2-e32261a512d5', 'orchard-complete', 'Complete Orchard', 'The farm, the comets, the bees and the music.', 'bundle', 'bundles', NULL, 1, '2026-11-28 07:53:44.404685+00', NULL, DEFAULT),
	('01a22125-83b4-7a34-a616-55abc78276c0', 'vell-collection', 'The Vell Collection', 'Every street of the drowned city, above and below.', 'bundle', 'bundles', NULL, 1, '2026-11-28 07:53:45.404685+00', NULL, DEFAULT),
	('01a22125-83b4-7a37-8512-517bb54c1cd5', 'meridian-expedition', 'Meridian Expedition', 'The planet, its inside, its maps and its orchestra.', 'bundle', 'bundles', NULL, 1, '2026-11-28 07:53:46.404685+00', NULL, DEFAULT),
	('01a22125-83b4-7a3a-8fd2-5a81075d5375', 'horror-weekend', 'Horror Weekend', 'Three nights, one of them longer than it should be.', 'bundle', 'bundles', NULL, 1, '2026-11-28 07:53:47.404685+00', NULL, DEFAULT),
	('01a22125-83b4-7a3d-acae-fefdcb53f938', 'puzzle-drawer', 'The Puzzle Drawer', 'Quiet games for loud days.', 'bundle', 'bundles', NULL, 1, '2026-11-28 07:53:48.404685+00', NULL, DEFAULT),
	('01a22125-83b4-7a40-8efc-d3a484794d3e', 'generals-table', 'The General''s Table', 'Four ways to win without raising your voice.', 'bundle', 'bundles', NULL, 1, '2026-11-28 07:53:49.404685+00', NULL, DEFAULT),
	('01a22125-83b4-7a44-b9c8-29502f2e0948', 'rolling-start', 'Rolling Start', 'Rain, snow, and thirty things that must arrive.', 'bundle', 'bundles', NULL, 1, '2026-11-28 07:53:50.404685+00', NULL, DEFAULT),
	('01a22125-83b4-7a47-9263-fdb32ed684d1', 'sleepy-stories', 'Sleepy Stories', 'Adventures that can be played under a blanket.', 'bundle', 'bundles', NULL, 1, '2026-11-28 07:53:51.404685+00', NULL, DEFAULT),
	('01a22125-83b4-7a4a-b006-918c412bc794', 'cathedral-set', 'Cathedral Set', 'Hammer, bells, organ.', 'bundle', 'bundles', NULL, 1, '2026-11-28 07:53:52.404685+00', NULL, DEFAULT),
	('01a22125-83b4-7a4d-9cdd-d260eae97bd8', 'musicians-shelf', 'The Musician''s Shelf', 'Two rhythm games, and both records to keep.', 'bundle', 'bundles', NULL, 1, '2026-11-28 07:53:53.404685+00', NULL, DEFAULT),
	('01a22125-83b4-7a4f-9f7c-8a08ad9210fc', 'starter-purse', 'Starter Purse', 'A small home and some pocket money for elsewhere.', 'bundle', 'bundles', NULL, 1, '2026-11-28 07:53:54.404685+00', NULL, DEFAULT),
	('01a22125-83b4-7a52-814a-bb7382168462', 'co-op-night', 'Co-op Night', 'Bring friends. Bring snacks. Apologise afterwards.', 'bundle', 'bundles', NULL, 1, '2026-11-28 07:53:55.404685+00', NULL, DEFAULT);
INSERT INTO checkout.attempts VALUES
	('01a22125-891d-7d8a-92cd-8239abad6d3c', 1, '01a22125-85a4-75c0-84fe-a5bbb304f8ab', 'purchase-1', '\xb79c6f1e2d94267286400b56787a62c385241dc87afebbbe3ea3a41a090a05ad', '2026-11-28 07:53:57.807205+00'),
	('01a22125-8af6-701f-b862-a76562d67ceb', 1, '01a22125-85a4-75c0-84fe-a5bbb304f8ab', 'purchase-2', '\x7c1c6f1fa0a304227918026046f316ec784d38249bd98a703e1d67e412962d66', '2026-11-28 07:53:58.28038+00'),
	('01a22125-8bef-7ab4-b382-da53cf36c44e', 1, '01a22125-85a4-75c0-84fe-a5bbb304f8ab', 'purchase-3', '\x7a1a8109db01a44ecb36ba2c809d8c604cd8a50f3871c9c891fd8f044faa52f4', '2026-11-28 07:53:58.521127+00'),
	('01a22125-8d30-7574-a162-ff0012140a85', 1, '01a22125-85a4-75c0-84fe-a5bbb304f8ab', 'purchase-4', '\xf1bac2c2e6a2557f55a73b06c644fa10f9ca8bdcb1cf7694408c87c70ab7ce9a', '2026-11-28 07:53:58.8392+00');
INSERT INTO checkout.order_history OVERRIDING SYSTEM VALUE VALUES
	(1, '01a22125-891d-7d8a-92cd-8239abad6d3c', '2026-11-28 07:53:57.807205+00', 'pending', '01a22125-891d-7842-9c29-19b24de42f43'),
	(2, '01a22125-891d-7d8a-92cd-8239abad6d3c', '2026-11-28 07:53:57.860874+00', 'paid', '01a22125-891d-7842-9c29-19b24de42f43'),
	(3, '01a22125-891d-7d8a-92cd-8239abad6d3c', '2026-11-28 07:53:57.878797+00', 'completed', '01a22125-891d-7842-9c29-19b24de42f43'),
	(4, '01a22125-8af6-701f-b862-a76562d67ceb', '2026-11-28 07:53:58.28038+00', 'pending', '01a22125-8af5-7adf-8672-f50bae73e40c'),
	(5, '01a22125-8af6-701f-b862-a76562d67ceb', '2026-11-28 07:53:58.309863+00', 'paid', '01a22125-8af5-7adf-8672-f50bae73e40c'),
	(6, '01a22125-8af6-701f-b862-a76562d67ceb', '2026-11-28 07:53:58.320979+00', 'completed', '01a22125-8af5-7adf-8672-f50bae73e40c'),
	(7, '01a22125-8bef-7ab4-b382-da53cf36c44e', '2026-11-28 07:53:58.521127+00', 'pending', '01a22125-8bef-7526-9412-c3403e3402fa'),
	(8, '01a22125-8bef-7ab4-b382-da53cf36c44e', '2026-11-28 07:53:58.551044+00', 'declined', '01a22125-8bef-7526-9412-c3403e3402fa'),
	(9, '01a22125-8d30-7574-a162-ff0012140a85', '2026-11-28 07:53:58.8392+00', 'pending', '01a22125-8d30-7139-8eef-1d15b2d89412'),
	(10, '01a22125-8d30-7574-a162-ff0012140a85', '2026-11-28 07:53:58.858158+00', 'requires_action', '01a22125-8d30-7139-8eef-1d15b2d89412');
INSERT INTO checkout.order_lines VALUES
	('01a22125-892f-72e2-87bf-c8c51da17aa8', '01a22125-891d-7d8a-92cd-8239abad6d3c', 1, '01a22125-86c4-7b00-9fb5-f282f588ea5b', false, '01a22125-83b4-790a-9879-45a696da059f', false, 'Tidewright', 1, 1, 1299, 0, 217, 1299, '[{"id": "01a22125-83b4-790a-9879-45a696da059f", "tax": 217, "kind": "game", "rate": 2000, "gross": 1299, "title": "Tidewright", "total": 1299, "discount": 0}]'),
	('01a22125-892f-72f1-9c95-8b5d823fe80a', '01a22125-891d-7d8a-92cd-8239abad6d3c', 2, '01a22125-8747-74d7-889e-5a51be44e12b', false, '01a22125-83b4-794a-ab52-c04df9875857', false, 'Brassica', 1, 2, 699, 0, 117, 699, '[{"id": "01a22125-83b4-794a-ab52-c04df9875857", "tax": 117, "kind": "game", "rate": 2000, "gross": 699, "title": "Brassica", "total": 699, "discount": 0}]'),
	('01a22125-892f-72f7-aad7-a4cb96884236', '01a22125-891d-7d8a-92cd-8239abad6d3c', 3, '01a22125-8801-7a4f-a91f-e8e488f1c6e2', false, '01a22125-83b4-7a22-b2b3-8d9348069f25', false, 'Dragon Treat', 3, 1, 79, 0, 39, 237, '[{"id": "01a22125-83b4-7a22-b2b3-8d9348069f25", "tax": 39, "kind": "consumable", "rate": 2000, "gross": 237, "title": "Dragon Treat", "total": 237, "discount": 0, "consumable": true}]'),
	('01a22125-8b08-7524-9e30-5f8f856955ea', '01a22125-8af6-701f-b862-a76562d67ceb', 1, '01a22125-89eb-72b8-bc06-8351591a32f4', false, '01a22125-83b4-7a47-9263-fdb32ed684d1', true, 'Sleepy Stories', 1, 1, 3299, 0, 549, 3299, '[{"id": "01a22125-83b4-7900-bc81-987922bbc9d0", "tax": 206, "kind": "game", "rate": 2000, "gross": 1237, "title": "The Last Postmaster", "total": 1237, "discount": 0}, {"id": "01a22125-83b4-7957-88a4-30618f0117b2", "tax": 160, "kind": "game", "rate": 2000, "gross": 962, "title": "Long Haul Lullaby", "total": 962, "discount": 0}, {"id": "01a22125-83b4-7934-b928-7eb892f46006", "tax": 183, "kind": "game", "rate": 2000, "gross": 1100, "title": "Moth Court", "total": 1100, "discount": 0}]'),
	('01a22125-8b08-7562-b638-029b99fb2f7f', '01a22125-8af6-701f-b862-a76562d67ceb', 2, '01a22125-8a70-75f4-88db-f423f9f2cd37', false, '01a22125-83b4-78ee-9299-65dd87dd7717', false, 'Star Orchard', 1, 2, 2499, 0, 417, 2499, '[{"id": "01a22125-83b4-78ee-9299-65dd87dd7717", "tax": 417, "kind": "game", "rate": 2000, "gross": 2499, "title": "Star Orchard", "total": 2499, "discount": 0}]'),
	('01a22125-8bf9-71c6-b062-6f7428c7ecbe', '01a22125-8bef-7ab4-b382-da53cf36c44e', 1, '01a22125-8b74-78e4-b84f-e2807912738c', true, '01a22125-83b4-7958-b6b4-392ccdb18273', false, 'Mirrorfen', 1, 2, 1299, 0, 217, 1299, '[{"id": "01a22125-83b4-7958-b6b4-392ccdb18273", "tax": 217, "kind": "game", "rate": 2000, "gross": 1299, "title": "Mirrorfen", "total": 1299, "discount": 0}]'),
	('01a22125-8d37-72ef-8dff-0c9fd42cb0b8', '01a22125-8d30-7574-a162-ff0012140a85', 1, '01a22125-8c54-737e-ae73-8006e6d86b27', false, '01a22125-83b4-7943-8907-239f7f849981', false, 'Saltborn', 1, 2, 1999, 0, 333, 1999, '[{"id": "01a22125-83b4-7943-8907-239f7f849981", "tax": 333, "kind": "game", "rate": 2000, "gross": 1999, "title": "Saltborn", "total": 1999, "discount": 0}]');
INSERT INTO checkout.orders VALUES
	('01a22125-891d-7d8a-92cd-8239abad6d3c', '01a22125-85a4-75c0-84fe-a5bbb304f8ab', 'CS-SP13KAXDDM', 'completed', 'USD', 2235, 0, 373, 2235, 1, NULL, '2026-11-28 07:53:57.799988+00', NULL, 3, '2026-11-28 07:53:57.807205+00', '2026-11-28 07:53:57.878797+00', '2026-11-28 07:53:57.807205+00', false, 'AT', true, '2026-11-28 07:53:57.860874+00', 0, ''),
	('01a22125-8af6-701f-b862-a76562d67ceb', '01a22125-85a4-75c0-84fe-a5bbb304f8ab', 'CS-CAKPARPPFK', 'completed', 'USD', 5798, 0, 966, 5798, 1, NULL, '2026-11-28 07:53:58.277466+00', NULL, 3, '2026-11-28 07:53:58.28038+00', '2026-11-28 07:53:58.320979+00', '2026-11-28 07:53:58.28038+00', false, 'AT', true, '2026-11-28 07:53:58.309863+00', 0, ''),
	('01a22125-8bef-7ab4-b382-da53cf36c44e', '01a22125-85a4-75c0-84fe-a5bbb304f8ab', 'CS-GBD57KSPRH', 'declined', 'USD', 1299, 0, 217, 1299, 1, NULL, '2026-11-28 07:53:58.514478+00', NULL, 2, '2026-11-28 07:53:58.521127+00', '2026-11-28 07:53:58.551044+00', '2026-11-28 07:53:58.521127+00', false, 'AT', true, NULL, 0, ''),
	('01a22125-8d30-7574-a162-ff0012140a85', '01a22125-85a4-75c0-84fe-a5bbb304f8ab', 'CS-CBZG04GM1A', 'requires_action', 'USD', 1999, 0, 333, 1999, 1, 'pm_requires_action', '2026-11-28 07:53:58.837589+00', NULL, 2, '2026-11-28 07:53:58.8392+00', '2026-11-28 07:53:58.858158+00', '2026-11-28 07:53:58.8392+00', false, 'AT', true, NULL, 0, '');
INSERT INTO checkout.schema_migrations VALUES
	(1, 0, true, '2026-11-28 07:53:55.849475'),
	(2, 1, true, '2026-11-28 07:53:55.852485'),
	(3, 2, true, '2026-11-28 07:53:55.888513'),
	(4, 3, true, '2026-11-28 07:53:55.922485');
INSERT INTO identity.accounts VALUES
	('01a22125-846b-70d2-9eee-07c3f19c1d7a', 'ada@coinslot.example', 'ada', 'Ada Player', '$argon2id$v=19$m=19456,t=2,p=1$AtGI1bFnLS5X09PnkObJow$eTMEMFP9olPNLPqXB9+WzRqI9+VsXCXADxiiQa6/9gk', '{customer}', 2, '2026-11-28 07:53:56.587055+00', NULL, NULL, NULL),
	('01a22125-84ad-7571-95c4-e54369854d1c', 'clerk@coinslot.example', 'clerk', 'Clara Clerk', '$argon2id$v=19$m=19456,t=2,p=1$AONUbVSygCB+zHBPdR+dGA$O8KTJPvt/9KJ6h9j/NpIRj/KjmT2zqbHLAUSyxUTQ1M', '{customer,staff}', 2, '2026-11-28 07:53:56.653357+00', NULL, NULL, NULL),
	('01a22125-85a4-75c0-84fe-a5bbb304f8ab', 'mona@example.com', 'mona', 'Mona', '$argon2id$v=19$m=19456,t=2,p=1$keFbrsdLdcno3HG250c2qQ$9Q5BG9ieqxGUprH6GK/1XxG33P5crRB1EY57DoIBKTo', '{customer}', 1, '2026-11-28 07:53:56.900377+00', NULL, NULL, NULL);
INSERT INTO identity.refresh_tokens VALUES
	('\xd5297e7742e40781d9c70238bfbc587fcbf7475304ee25098db7ac6d350844f2', '01a22125-862f-79a2-bced-b73475459c0b', '2026-11-28 07:53:57.039625+00', NULL);
INSERT INTO identity.schema_migrations VALUES
	(1, 0, true, '2026-11-28 07:53:55.929996'),
	(2, 1, true, '2026-11-28 07:53:55.936161'),
	(3, 2, true, '2026-11-28 07:53:55.966113');
INSERT INTO identity.sessions VALUES
	('01a22125-862f-79a2-bced-b73475459c0b', '01a22125-85a4-75c0-84fe-a5bbb304f8ab', 'curl/7.88.1', '2026-11-28 07:53:57.039625+00', '2026-11-28 07:53:57.039625+00', '2026-12-28 07:53:57.039625+00', NULL);
INSERT INTO library.entitlements VALUES
	('01a22125-8969-741f-93a0-bb7600e7dff7', '01a22125-85a4-75c0-84fe-a5bbb304f8ab', '01a22125-83b4-790a-9879-45a696da059f', '01a22125-891d-7d8a-92cd-8239abad6d3c', '01a22125-892f-72e2-87bf-c8c51da17aa8', false, 1, '2026-11-28 07:53:57.865264+00', NULL, '', NULL),
	('01a22125-8969-7421-8c7c-a74e0ac9ac95', '01a22125-85a4-75c0-84fe-a5bbb304f8ab', '01a22125-83b4-794a-ab52-c04df9875857', '01a22125-891d-7d8a-92cd-8239abad6d3c', '01a22125-892f-72f1-9c95-8b5d823fe80a', false, 1, '2026-11-28 07:53:57.865264+00', NULL, '', NULL),
	('01a22125-8969-7423-aaeb-251e3067f7e4', '01a22125-85a4-75c0-84fe-a5bbb304f8ab', '01a22125-83b4-7a22-b2b3-8d9348069f25', '01a22125-891d-7d8a-92cd-8239abad6d3c', '01a22125-892f-72f7-aad7-a4cb96884236', true, 3, '2026-11-28 07:53:57.865264+00', NULL, '', NULL),
	('01a22125-8b2a-734e-853c-b66914bc202a', '01a22125-85a4-75c0-84fe-a5bbb304f8ab', '01a22125-83b4-7900-bc81-987922bbc9d0', '01a22125-8af6-701f-b862-a76562d67ceb', '01a22125-8b08-7524-9e30-5f8f856955ea', false, 1, '2026-11-28 07:53:58.314212+00', NULL, '', NULL),
	('01a22125-8b2a-7352-a8a0-48184531f0b5', '01a22125-85a4-75c0-84fe-a5bbb304f8ab', '01a22125-83b4-7957-88a4-30618f0117b2', '01a22125-8af6-701f-b862-a76562d67ceb', '01a22125-8b08-7524-9e30-5f8f856955ea', false, 1, '2026-11-28 07:53:58.314212+00', NULL, '', NULL),
	('01a22125-8b2a-7354-b579-3f0a6f8f6324', '01a22125-85a4-75c0-84fe-a5bbb304f8ab', '01a22125-83b4-7934-b928-7eb892f46006', '01a22125-8af6-701f-b862-a76562d67ceb', '01a22125-8b08-7524-9e30-5f8f856955ea', false, 1, '2026-11-28 07:53:58.314212+00', NULL, '', NULL),
	('01a22125-8b2a-7355-bc63-7cc4e2f8a947', '01a22125-85a4-75c0-84fe-a5bbb304f8ab', '01a22125-83b4-78ee-9299-65dd87dd7717', '01a22125-8af6-701f-b862-a76562d67ceb', '01a22125-8b08-7562-b638-029b99fb2f7f', false, 1, '2026-11-28 07:53:58.314212+00', NULL, '', NULL);
INSERT INTO library.schema_migrations VALUES
	(1, 0, true, '2026-11-28 07:53:55.973482'),
	(2, 1, true, '2026-11-28 07:53:55.9761'),
	(3, 2, true, '2026-11-28 07:53:56.004979');
INSERT INTO river.river_job VALUES
	(1, 'completed', 1, 1, '2026-11-28 07:53:58.356615+00', '2026-11-28 07:53:58.18502+00', '2026-11-28 07:53:58.380219+00', '2026-11-28 07:53:58.17957+00', 1, '{}', '{vm_2026_11_28T07_53_56_397103}', NULL, 'sweep', '{"periodic": true}', 'default', '{}', NULL, NULL),
	(2, 'completed', 1, 25, '2026-11-28 07:53:58.356615+00', '2026-11-28 07:53:58.301594+00', '2026-11-28 07:53:58.387898+00', '2026-11-28 07:53:58.301594+00', 1, '{"order_id": "01a22125-8af6-701f-b862-a76562d67ceb"}', '{vm_2026_11_28T07_53_56_397103}', NULL, 'checkout.payment_changed', '{}', 'default', '{}', NULL, NULL),
	(3, 'completed', 1, 1, '2026-11-28 07:53:59.421386+00', '2026-11-28 07:53:59.179979+00', '2026-11-28 07:53:59.42462+00', '2026-11-28 07:53:59.17957+00', 1, '{}', '{vm_2026_11_28T07_53_56_397103}', NULL, 'sweep', '{"periodic": true}', 'default', '{}', NULL, NULL),
	(4, 'completed', 1, 1, '2026-11-28 07:54:00.225339+00', '2026-11-28 07:54:00.180234+00', '2026-11-28 07:54:00.228613+00', '2026-11-28 07:54:00.17957+00', 1, '{}', '{vm_2026_11_28T07_53_56_397103}', NULL, 'sweep', '{"periodic": true}', 'default', '{}', NULL, NULL);
INSERT INTO river.river_migration VALUES
	('main', 1, '2026-11-28 07:53:56.010728+00'),
	('main', 2, '2026-11-28 07:53:56.014736+00'),
	('main', 3, '2026-11-28 07:53:56.041034+00'),
	('main', 4, '2026-11-28 07:53:56.044824+00'),
	('main', 5, '2026-11-28 07:53:56.123899+00'),
	('main', 6, '2026-11-28 07:53:56.275113+00'),
	('main', 7, '2026-11-28 07:53:56.283894+00'),
	('main', 8, '2026-11-28 07:53:56.313056+00');
INSERT INTO river.river_queue VALUES
	('default', '2026-11-28 07:53:56.665138+00', '{}', NULL, '2026-11-28 07:53:56.665138+00');
SELECT pg_catalog.setval('billing.history_id_seq', 9, true);
SELECT pg_catalog.setval('billing.schema_migrations_id_seq', 5, true);
SELECT pg_catalog.setval('cart.schema_migrations_id_seq', 2, true);
SELECT pg_catalog.setval('catalog.schema_migrations_id_seq', 2, true);
SELECT pg_catalog.setval('checkout.order_history_id_seq', 10, true);
SELECT pg_catalog.setval('checkout.schema_migrations_id_seq', 4, true);
SELECT pg_catalog.setval('identity.schema_migrations_id_seq', 3, true);
SELECT pg_catalog.setval('library.schema_migrations_id_seq', 3, true);
SELECT pg_catalog.setval('river.river_job_id_seq', 4, true);
SELECT pg_catalog.setval('river.river_notification_id_seq', 1, false);
ALTER TABLE ONLY billing.disputes
    ADD CONSTRAINT disputes_pkey PRIMARY KEY (id);
ALTER TABLE ONLY billing.disputes
    ADD CONSTRAINT disputes_provider_provider_ref_key UNIQUE (provider, provider_ref);
ALTER TABLE ONLY billing.erased_accounts
    ADD CONSTRAINT erased_accounts_pkey PRIMARY KEY (account_id);
ALTER TABLE ONLY billing.history
    ADD CONSTRAINT history_pkey PRIMARY KEY (id);
ALTER TABLE ONLY billing.invoice_documents
    ADD CONSTRAINT invoice_documents_pkey PRIMARY KEY (invoice_id);
ALTER TABLE ONLY billing.invoice_drafts
    ADD CONSTRAINT invoice_drafts_pkey PRIMARY KEY (id);
ALTER TABLE ONLY billing.invoices
    ADD CONSTRAINT invoices_pkey PRIMARY KEY (id);
ALTER TABLE ONLY billing.invoices
    ADD CONSTRAINT invoices_series_number_key UNIQUE (series, number);
ALTER TABLE ONLY billing.journal_entries
    ADD CONSTRAINT journal_entries_pkey PRIMARY KEY (id);
ALTER TABLE ONLY billing.journal_postings
    ADD CONSTRAINT journal_postings_pkey PRIMARY KEY (entry_id, "position");
ALTER TABLE ONLY billing.journal_seals
    ADD CONSTRAINT journal_seals_entry_id_key UNIQUE (entry_id);
ALTER TABLE ONLY billing.journal_seals
    ADD CONSTRAINT journal_seals_pkey PRIMARY KEY ("position");
ALTER TABLE ONLY billing.journal_unsealed
    ADD CONSTRAINT journal_unsealed_pkey PRIMARY KEY (entry_id);
ALTER TABLE ONLY billing.payments
    ADD CONSTRAINT payments_order_id_attempt_key UNIQUE (order_id, attempt);
ALTER TABLE ONLY billing.payments
    ADD CONSTRAINT payments_pkey PRIMARY KEY (id);
ALTER TABLE ONLY billing.refunds
    ADD CONSTRAINT refunds_pkey PRIMARY KEY (id);
ALTER TABLE ONLY billing.schema_migrations
    ADD CONSTRAINT schema_migrations_pkey PRIMARY KEY (id);
ALTER TABLE ONLY billing.webhook_events
    ADD CONSTRAINT webhook_events_pkey PRIMARY KEY (provider, event_id);
ALTER TABLE ONLY cart.carts
    ADD CONSTRAINT carts_account_id_key UNIQUE (account_id);
ALTER TABLE ONLY cart.carts
    ADD CONSTRAINT carts_pkey PRIMARY KEY (id);
ALTER TABLE ONLY cart.lines
    ADD CONSTRAINT lines_cart_id_sellable_id_key UNIQUE (cart_id, sellable_id);
ALTER TABLE ONLY cart.lines
    ADD CONSTRAINT lines_pkey PRIMARY KEY (id);
ALTER TABLE ONLY cart.schema_migrations
    ADD CONSTRAINT schema_migrations_pkey PRIMARY KEY (id);
ALTER TABLE ONLY catalog.bundle_items
    ADD CONSTRAINT bundle_items_bundle_id_product_id_key UNIQUE (bundle_id, product_id);
ALTER TABLE ONLY catalog.bundle_items
    ADD CONSTRAINT bundle_items_pkey PRIMARY KEY (bundle_id, "position");
ALTER TABLE ONLY catalog.price_versions
    ADD CONSTRAINT price_versions_pkey PRIMARY KEY (sellable_id, currency, version);
ALTER TABLE ONLY catalog.schema_migrations
    ADD CONSTRAINT schema_migrations_pkey PRIMARY KEY (id);
ALTER TABLE ONLY catalog.sellables
    ADD CONSTRAINT sellables_pkey PRIMARY KEY (id);
ALTER TABLE ONLY checkout.attempts
    ADD CONSTRAINT attempts_pkey PRIMARY KEY (order_id, attempt);
ALTER TABLE ONLY checkout.order_history
    ADD CONSTRAINT order_history_pkey PRIMARY KEY (id);
ALTER TABLE ONLY checkout.order_lines
    ADD CONSTRAINT order_lines_order_id_position_key UNIQUE (order_id, "position");
ALTER TABLE ONLY checkout.order_lines
    ADD CONSTRAINT order_lines_pkey PRIMARY KEY (id);
ALTER TABLE ONLY checkout.orders
    ADD CONSTRAINT orders_number_key UNIQUE (number);
ALTER TABLE ONLY checkout.orders
    ADD CONSTRAINT orders_pkey PRIMARY KEY (id);
ALTER TABLE ONLY checkout.schema_migrations
    ADD CONSTRAINT schema_migrations_pkey PRIMARY KEY (id);
ALTER TABLE ONLY identity.accounts
    ADD CONSTRAINT accounts_pkey PRIMARY KEY (id);
ALTER TABLE ONLY identity.refresh_tokens
    ADD CONSTRAINT refresh_tokens_pkey PRIMARY KEY (hash);
ALTER TABLE ONLY identity.schema_migrations
    ADD CONSTRAINT schema_migrations_pkey PRIMARY KEY (id);
ALTER TABLE ONLY identity.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY library.entitlements
    ADD CONSTRAINT entitlements_line_id_product_id_key UNIQUE (line_id, product_id);
ALTER TABLE ONLY library.entitlements
    ADD CONSTRAINT entitlements_pkey PRIMARY KEY (id);
ALTER TABLE ONLY library.erased_accounts
    ADD CONSTRAINT erased_accounts_pkey PRIMARY KEY (account_id);
ALTER TABLE ONLY library.schema_migrations
    ADD CONSTRAINT schema_migrations_pkey PRIMARY KEY (id);
ALTER TABLE ONLY river.river_job
    ADD CONSTRAINT river_job_pkey PRIMARY KEY (id);
ALTER TABLE ONLY river.river_leader
    ADD CONSTRAINT river_leader_pkey PRIMARY KEY (name);
ALTER TABLE ONLY river.river_migration
    ADD CONSTRAINT river_migration_pkey1 PRIMARY KEY (line, version);
ALTER TABLE ONLY river.river_notification
    ADD CONSTRAINT river_notification_pkey PRIMARY KEY (id);
ALTER TABLE ONLY river.river_queue
    ADD CONSTRAINT river_queue_pkey PRIMARY KEY (name);
CREATE INDEX disputes_of_order ON billing.disputes USING btree (order_id, id);
CREATE INDEX disputes_of_payment ON billing.disputes USING btree (payment_id, id);
CREATE INDEX history_of_order ON billing.history USING btree (order_id, id);
CREATE INDEX invoice_drafts_of_account ON billing.invoice_drafts USING btree (account_id, id DESC);
CREATE UNIQUE INDEX invoice_drafts_of_order ON billing.invoice_drafts USING btree (order_id) WHERE (kind = 'invoice'::text);
CREATE INDEX invoice_drafts_oldest ON billing.invoice_drafts USING btree (captured_at, id);
CREATE INDEX invoices_corrected ON billing.invoices USING btree (preceding_id) WHERE (preceding_id IS NOT NULL);
CREATE INDEX invoices_of_account ON billing.invoices USING btree (account_id, id DESC);
CREATE UNIQUE INDEX invoices_of_order ON billing.invoices USING btree (order_id) WHERE (kind = 'invoice'::text);
CREATE INDEX journal_entries_at ON billing.journal_entries USING btree (at, id);
CREATE INDEX journal_entries_of_order ON billing.journal_entries USING btree (order_id);
CREATE UNIQUE INDEX journal_entries_source ON billing.journal_entries USING btree (source_type, source_id);
CREATE UNIQUE INDEX payments_captured_once ON billing.payments USING btree (order_id) WHERE (status = 'captured'::text);
CREATE INDEX payments_look_at ON billing.payments USING btree (look_at) WHERE (look_at IS NOT NULL);
CREATE INDEX payments_of_account ON billing.payments USING btree (account_id, id DESC);
CREATE UNIQUE INDEX payments_provider_ref ON billing.payments USING btree (provider, provider_ref) WHERE (provider_ref IS NOT NULL);
CREATE UNIQUE INDEX refunds_asked ON billing.refunds USING btree (requested_by, key) WHERE (requested_by IS NOT NULL);
CREATE UNIQUE INDEX refunds_key ON billing.refunds USING btree (payment_id, key) WHERE (requested_by IS NULL);
CREATE INDEX refunds_look_at ON billing.refunds USING btree (look_at) WHERE (look_at IS NOT NULL);
CREATE INDEX refunds_of_account ON billing.refunds USING btree (account_id, id DESC);
CREATE INDEX refunds_of_order ON billing.refunds USING btree (order_id);
CREATE INDEX refunds_of_payment ON billing.refunds USING btree (payment_id);
CREATE INDEX webhook_events_retry_at ON billing.webhook_events USING btree (retry_at) WHERE (retry_at IS NOT NULL);
CREATE INDEX sellables_by_category ON catalog.sellables USING btree (category) WHERE (archived_at IS NULL);
CREATE INDEX sellables_by_title ON catalog.sellables USING btree (lower(title) COLLATE "C", id) WHERE (archived_at IS NULL);
CREATE INDEX sellables_newest ON catalog.sellables USING btree (created_at DESC, id DESC) WHERE (archived_at IS NULL);
CREATE UNIQUE INDEX sellables_slug ON catalog.sellables USING btree (slug);
CREATE INDEX sellables_words ON catalog.sellables USING gin (words);
CREATE UNIQUE INDEX attempts_key ON checkout.attempts USING btree (account_id, idempotency_key);
CREATE INDEX history_of_order ON checkout.order_history USING btree (order_id, id);
CREATE UNIQUE INDEX order_lines_held ON checkout.order_lines USING btree (cart_line_id) WHERE (NOT released);
CREATE INDEX orders_of_account ON checkout.orders USING btree (account_id, id DESC);
CREATE INDEX orders_unfinished ON checkout.orders USING btree (updated_at) WHERE (status = ANY (ARRAY['pending'::text, 'processing'::text, 'requires_action'::text, 'paid'::text]));
CREATE UNIQUE INDEX accounts_email ON identity.accounts USING btree (email) WHERE (erased_at IS NULL);
CREATE UNIQUE INDEX accounts_handle ON identity.accounts USING btree (handle) WHERE (erased_at IS NULL);
CREATE UNIQUE INDEX refresh_tokens_active ON identity.refresh_tokens USING btree (session_id) WHERE (used_at IS NULL);
CREATE INDEX sessions_of_account ON identity.sessions USING btree (account_id, id) WHERE (ended_at IS NULL);
CREATE UNIQUE INDEX entitlements_active ON library.entitlements USING btree (account_id, product_id) WHERE ((ended_at IS NULL) AND (NOT consumable));
CREATE INDEX entitlements_of_account ON library.entitlements USING btree (account_id, id) WHERE (ended_at IS NULL);
CREATE INDEX entitlements_of_order ON library.entitlements USING btree (order_id);
CREATE INDEX river_job_args_index ON river.river_job USING gin (args);
CREATE INDEX river_job_kind ON river.river_job USING btree (kind);
CREATE INDEX river_job_metadata_index ON river.river_job USING gin (metadata);
CREATE INDEX river_job_prioritized_fetching_index ON river.river_job USING btree (state, queue, priority, scheduled_at, id);
CREATE INDEX river_job_state_and_finalized_at_index ON river.river_job USING btree (state, finalized_at) WHERE (finalized_at IS NOT NULL);
CREATE UNIQUE INDEX river_job_unique_idx ON river.river_job USING btree (unique_key) WHERE ((unique_key IS NOT NULL) AND (unique_states IS NOT NULL) AND river.river_job_state_in_bitmask(unique_states, state));
CREATE INDEX river_notification_created_at_idx ON river.river_notification USING btree (created_at);
CREATE INDEX river_notification_topic_id_idx ON river.river_notification USING btree (topic, id);
CREATE CONSTRAINT TRIGGER journal_entries_balance AFTER INSERT OR UPDATE ON billing.journal_entries DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing.journal_entry_added();
CREATE CONSTRAINT TRIGGER journal_postings_balance AFTER INSERT OR UPDATE ON billing.journal_postings DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing.journal_posting_added();
ALTER TABLE ONLY billing.disputes
    ADD CONSTRAINT disputes_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES billing.payments(id);
ALTER TABLE ONLY billing.invoice_documents
    ADD CONSTRAINT invoice_documents_invoice_id_fkey FOREIGN KEY (invoice_id) REFERENCES billing.invoices(id);
ALTER TABLE ONLY billing.refunds
    ADD CONSTRAINT refunds_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES billing.payments(id);
ALTER TABLE ONLY cart.lines
    ADD CONSTRAINT lines_cart_id_fkey FOREIGN KEY (cart_id) REFERENCES cart.carts(id) ON DELETE CASCADE;
ALTER TABLE ONLY catalog.bundle_items
    ADD CONSTRAINT bundle_items_bundle_id_fkey FOREIGN KEY (bundle_id) REFERENCES catalog.sellables(id);
ALTER TABLE ONLY catalog.bundle_items
    ADD CONSTRAINT bundle_items_product_id_fkey FOREIGN KEY (product_id) REFERENCES catalog.sellables(id);
ALTER TABLE ONLY catalog.price_versions
    ADD CONSTRAINT price_versions_sellable_id_fkey FOREIGN KEY (sellable_id) REFERENCES catalog.sellables(id);
ALTER TABLE ONLY catalog.sellables
    ADD CONSTRAINT sellables_requires_fkey FOREIGN KEY (requires) REFERENCES catalog.sellables(id);
ALTER TABLE ONLY checkout.attempts
    ADD CONSTRAINT attempts_order_id_fkey FOREIGN KEY (order_id) REFERENCES checkout.orders(id);
ALTER TABLE ONLY checkout.order_history
    ADD CONSTRAINT order_history_order_id_fkey FOREIGN KEY (order_id) REFERENCES checkout.orders(id);
ALTER TABLE ONLY checkout.order_lines
    ADD CONSTRAINT order_lines_order_id_fkey FOREIGN KEY (order_id) REFERENCES checkout.orders(id);
ALTER TABLE ONLY identity.refresh_tokens
    ADD CONSTRAINT refresh_tokens_session_id_fkey FOREIGN KEY (session_id) REFERENCES identity.sessions(id) ON DELETE CASCADE;
ALTER TABLE ONLY identity.sessions
    ADD CONSTRAINT sessions_account_id_fkey FOREIGN KEY (account_id) REFERENCES identity.accounts(id);
GRANT USAGE ON SCHEMA billing TO coinslot_app;
GRANT USAGE ON SCHEMA cart TO coinslot_app;
GRANT USAGE ON SCHEMA catalog TO coinslot_app;
GRANT USAGE ON SCHEMA checkout TO coinslot_app;
GRANT USAGE ON SCHEMA identity TO coinslot_app;
GRANT USAGE ON SCHEMA library TO coinslot_app;
GRANT USAGE ON SCHEMA river TO coinslot_app;
GRANT SELECT,INSERT ON TABLE billing.invoices TO coinslot_app;
GRANT SELECT,INSERT,UPDATE ON TABLE billing.disputes TO coinslot_app;
GRANT SELECT,INSERT ON TABLE billing.erased_accounts TO coinslot_app;
GRANT SELECT,INSERT ON TABLE billing.history TO coinslot_app;
GRANT SELECT,INSERT ON TABLE billing.invoice_documents TO coinslot_app;
GRANT SELECT,INSERT,DELETE ON TABLE billing.invoice_drafts TO coinslot_app;
GRANT SELECT,INSERT ON TABLE billing.journal_entries TO coinslot_app;
GRANT SELECT,INSERT ON TABLE billing.journal_postings TO coinslot_app;
GRANT SELECT,INSERT ON TABLE billing.journal_seals TO coinslot_app;
GRANT SELECT,INSERT,DELETE ON TABLE billing.journal_unsealed TO coinslot_app;
GRANT SELECT,INSERT,UPDATE ON TABLE billing.payments TO coinslot_app;
GRANT SELECT,INSERT,UPDATE ON TABLE billing.refunds TO coinslot_app;
GRANT SELECT,INSERT,UPDATE ON TABLE billing.webhook_events TO coinslot_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE cart.carts TO coinslot_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE cart.lines TO coinslot_app;
GRANT SELECT,INSERT,DELETE ON TABLE catalog.bundle_items TO coinslot_app;
GRANT SELECT,INSERT ON TABLE catalog.price_versions TO coinslot_app;
GRANT SELECT,INSERT,UPDATE ON TABLE catalog.sellables TO coinslot_app;
GRANT SELECT,INSERT ON TABLE checkout.attempts TO coinslot_app;
GRANT SELECT,INSERT ON TABLE checkout.order_history TO coinslot_app;
GRANT SELECT,INSERT,UPDATE ON TABLE checkout.order_lines TO coinslot_app;
GRANT SELECT,INSERT,UPDATE ON TABLE checkout.orders TO coinslot_app;
GRANT SELECT,INSERT,UPDATE ON TABLE identity.accounts TO coinslot_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE identity.refresh_tokens TO coinslot_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE identity.sessions TO coinslot_app;
GRANT SELECT,INSERT,UPDATE ON TABLE library.entitlements TO coinslot_app;
GRANT SELECT,INSERT ON TABLE library.erased_accounts TO coinslot_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE river.river_job TO coinslot_app;
GRANT USAGE ON SEQUENCE river.river_job_id_seq TO coinslot_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE river.river_leader TO coinslot_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE river.river_migration TO coinslot_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE river.river_notification TO coinslot_app;
GRANT USAGE ON SEQUENCE river.river_notification_id_seq TO coinslot_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE river.river_queue TO coinslot_app;
