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
        OR (SELECT coalesce(bool_or(sum <> 0), TRUE)
            FROM (SELECT sum(amount) FROM billing.journal_postings WHERE entry_id = entry GROUP BY currency) AS sums) THEN
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
	(1, '01a22126-1682-70fe-8be6-bc0071e27a28', '2026-11-28 07:54:33.990471+00', 'payment.requested', 'requested', '01a22126-1681-7a06-ac91-9df0b0e567f8'),
	(2, '01a22126-1682-70fe-8be6-bc0071e27a28', '2026-11-28 07:54:34.013859+00', 'provider.charge', 'captured', '01a22126-1681-7a06-ac91-9df0b0e567f8'),
	(3, '01a22126-17f5-7a2a-95b7-bf0e9e82696b', '2026-11-28 07:54:34.385539+00', 'payment.requested', 'requested', '01a22126-17f5-72bc-92fb-4452698228a0'),
	(4, '01a22126-17f5-7a2a-95b7-bf0e9e82696b', '2026-11-28 07:54:34.407044+00', 'webhook', 'captured', '01a22126-1825-7cbf-a23a-af4ce0fd5a09'),
	(5, '01a22126-1959-78eb-b88a-f7122128c1f5', '2026-11-28 07:54:34.74413+00', 'payment.requested', 'requested', '01a22126-1959-7234-b188-2de4cf592d8e'),
	(6, '01a22126-1959-78eb-b88a-f7122128c1f5', '2026-11-28 07:54:34.762239+00', 'webhook', 'declined', '01a22126-1988-7c23-94c0-e0c0b8342e98'),
	(7, '01a22126-1a8e-73f3-b44e-275a954da025', '2026-11-28 07:54:35.025816+00', 'payment.requested', 'requested', '01a22126-1a8d-7d47-abea-53c53685fe83'),
	(8, '01a22126-1a8e-73f3-b44e-275a954da025', '2026-11-28 07:54:35.059385+00', 'provider.charge', 'requires_action', '01a22126-1a8d-7d47-abea-53c53685fe83'),
	(9, '01a22126-1a8e-73f3-b44e-275a954da025', '2026-11-28 07:54:35.062483+00', 'webhook', 'requires_action', '01a22126-1ab5-7349-931c-a566ec341885');
INSERT INTO billing.invoices VALUES
	('01a22126-1686-772d-aac6-aacf71aaaef0', '01a22126-1682-70fe-8be6-bc0071e27a28', '01a22126-1686-772d-aac6-aacf71aaaef0', '01a22126-14b9-71be-bc23-791c484d1af4', 'INV-AT-2026', 1, '{"tax": 373, "lines": [{"tax": 217, "unit": 1299, "parts": [{"tax": 217, "rate": 2000, "title": "Tidewright", "total": 1299, "discount": 0, "product_id": "01a22126-12a5-71ee-ac15-651b729334fa"}], "title": "Tidewright", "total": 1299, "line_id": "01a22126-1683-7b53-9060-124bb3fcba4e", "discount": 0, "quantity": 1}, {"tax": 117, "unit": 699, "parts": [{"tax": 117, "rate": 2000, "title": "Brassica", "total": 699, "discount": 0, "product_id": "01a22126-12a5-7231-bbff-4620b001a8f9"}], "title": "Brassica", "total": 699, "line_id": "01a22126-1683-7b5f-9018-af1714b32d36", "discount": 0, "quantity": 1}, {"tax": 39, "unit": 79, "parts": [{"tax": 39, "rate": 2000, "title": "Dragon Treat", "total": 237, "discount": 0, "product_id": "01a22126-12a5-734f-89ee-46d00be873b9"}], "title": "Dragon Treat", "total": 237, "line_id": "01a22126-1683-7b64-81f0-70ecfcdbd18c", "discount": 0, "quantity": 3}], "total": 2235, "currency": "USD", "discount": 0, "subtotal": 2235, "buyer_name": "Mona", "buyer_email": "mona@example.com", "order_number": "CS-WTY00WF2F8", "tax_included": true, "buyer_country": "AT", "buyer_language": "en"}', '2026-11-28 07:54:34.013859+00', '2026-11-28 07:54:34.071866+00', 'invoice', '{"name": "Coinslot Games Ltd.", "email": "billing@coinslot.example", "tax_id": "ATU00000000", "address": ["12 Arcade Lane", "1010 Exampleton"], "country": "AT"}', NULL, '\x704f5b94e82a5f38f90c1811cc1292e6beecea0b31518f68fc34c5ad0289c8f0'),
	('01a22126-1811-7836-a05f-3f1cde4f3332', '01a22126-17f5-7a2a-95b7-bf0e9e82696b', '01a22126-1811-7836-a05f-3f1cde4f3332', '01a22126-14b9-71be-bc23-791c484d1af4', 'INV-AT-2026', 2, '{"tax": 966, "lines": [{"tax": 549, "unit": 3299, "parts": [{"tax": 206, "rate": 2000, "title": "The Last Postmaster", "total": 1237, "discount": 0, "product_id": "01a22126-12a5-71e5-8779-354779e788e9"}, {"tax": 160, "rate": 2000, "title": "Long Haul Lullaby", "total": 962, "discount": 0, "product_id": "01a22126-12a5-725c-ae8f-1c6b8d503986"}, {"tax": 183, "rate": 2000, "title": "Moth Court", "total": 1100, "discount": 0, "product_id": "01a22126-12a5-720a-a255-73dae2f048b1"}], "title": "Sleepy Stories", "total": 3299, "bundle": true, "line_id": "01a22126-1810-71e5-96cf-87cb7439c7c0", "discount": 0, "quantity": 1}, {"tax": 417, "unit": 2499, "parts": [{"tax": 417, "rate": 2000, "title": "Star Orchard", "total": 2499, "discount": 0, "product_id": "01a22126-12a5-71cc-85c5-a71753809e0e"}], "title": "Star Orchard", "total": 2499, "line_id": "01a22126-1810-71fa-935b-f046b1d84bb0", "discount": 0, "quantity": 1}], "total": 5798, "currency": "USD", "discount": 0, "subtotal": 5798, "buyer_name": "Mona", "buyer_email": "mona@example.com", "order_number": "CS-PYZGX7M2D5", "tax_included": true, "buyer_country": "AT", "buyer_language": "en"}', '2026-11-28 07:54:34.407044+00', '2026-11-28 07:54:34.608402+00', 'invoice', '{"name": "Coinslot Games Ltd.", "email": "billing@coinslot.example", "tax_id": "ATU00000000", "address": ["12 Arcade Lane", "1010 Exampleton"], "country": "AT"}', NULL, '\xc584fa831286ee6d449cc27790c42ac5b5b5bdc0fe1e0340cabe82b7392f65b0');
INSERT INTO billing.journal_entries VALUES
	('01a22126-169d-7d30-a5a3-6d17435f01ce', 'payment', '01a22126-1686-772d-aac6-aacf71aaaef0', '01a22126-1682-70fe-8be6-bc0071e27a28', '2026-11-28 07:54:34.013859+00'),
	('01a22126-1827-70c0-b744-4f61822caa87', 'payment', '01a22126-1811-7836-a05f-3f1cde4f3332', '01a22126-17f5-7a2a-95b7-bf0e9e82696b', '2026-11-28 07:54:34.407044+00');
INSERT INTO billing.journal_postings VALUES
	('01a22126-169d-7d30-a5a3-6d17435f01ce', 1, 'provider_clearing', 'USD', 2201),
	('01a22126-169d-7d30-a5a3-6d17435f01ce', 2, 'provider_fees', 'USD', 34),
	('01a22126-169d-7d30-a5a3-6d17435f01ce', 3, 'revenue', 'USD', -1862),
	('01a22126-169d-7d30-a5a3-6d17435f01ce', 4, 'tax_payable', 'USD', -373),
	('01a22126-1827-70c0-b744-4f61822caa87', 1, 'provider_clearing', 'USD', 5711),
	('01a22126-1827-70c0-b744-4f61822caa87', 2, 'provider_fees', 'USD', 87),
	('01a22126-1827-70c0-b744-4f61822caa87', 3, 'revenue', 'USD', -4832),
	('01a22126-1827-70c0-b744-4f61822caa87', 4, 'tax_payable', 'USD', -966);
INSERT INTO billing.journal_seals VALUES
	(1, '01a22126-169d-7d30-a5a3-6d17435f01ce', '\x', '\x6f7a5fab174dc6d197a93e7cdf91edcb65ea6018a56f8cc69803447a89381e2d', '2026-11-28 07:54:34.081087+00'),
	(2, '01a22126-1827-70c0-b744-4f61822caa87', '\x6f7a5fab174dc6d197a93e7cdf91edcb65ea6018a56f8cc69803447a89381e2d', '\x41e81b6be0413e3064fb1efa7e1424e3a42ec15beab066075172258cacbbd895', '2026-11-28 07:54:34.610884+00');
INSERT INTO billing.payments VALUES
	('01a22126-1686-772d-aac6-aacf71aaaef0', '01a22126-1682-70fe-8be6-bc0071e27a28', 1, '01a22126-14b9-71be-bc23-791c484d1af4', 2235, 'USD', 'captured', NULL, 'mockpay', 'pi_01a22126-1697-7d37-b48f-75caf9d58779', '', 'visa', '4242', '', '', NULL, '2026-11-28 07:54:33.990471+00', '2026-11-28 07:54:34.013859+00', 2235, 0, NULL, 34),
	('01a22126-1811-7836-a05f-3f1cde4f3332', '01a22126-17f5-7a2a-95b7-bf0e9e82696b', 1, '01a22126-14b9-71be-bc23-791c484d1af4', 5798, 'USD', 'captured', NULL, 'mockpay', 'pi_01a22126-181f-7a04-9471-c927c77194fd', '', 'visa', '4242', '', '', NULL, '2026-11-28 07:54:34.385539+00', '2026-11-28 07:54:34.407044+00', 5798, 0, NULL, 87),
	('01a22126-1978-71f7-8ab3-aa4dcb625e2d', '01a22126-1959-78eb-b88a-f7122128c1f5', 1, '01a22126-14b9-71be-bc23-791c484d1af4', 1299, 'USD', 'declined', NULL, 'mockpay', 'pi_01a22126-1987-7aad-be8e-86cb480a1ab9', 'card_declined', 'visa', '4242', '', '', NULL, '2026-11-28 07:54:34.74413+00', '2026-11-28 07:54:34.762239+00', 0, 0, '2026-11-28 08:09:34.762239+00', 0),
	('01a22126-1a91-7c71-9e3c-51bff0044b63', '01a22126-1a8e-73f3-b44e-275a954da025', 1, '01a22126-14b9-71be-bc23-791c484d1af4', 1999, 'USD', 'requires_action', 'pm_requires_action', 'mockpay', 'pi_01a22126-1aa2-7591-8c3c-b871c5a3bb55', '', 'visa', '4242', 'redirect', 'http://127.0.0.1:18082/v1/payment_intents/pi_01a22126-1aa2-7591-8c3c-b871c5a3bb55/next_action', '{"tax": 333, "lines": [{"tax": 333, "unit": 1999, "parts": [{"tax": 333, "rate": 2000, "title": "Saltborn", "total": 1999, "discount": 0, "product_id": "01a22126-12a5-7226-8a42-930ade6172c3"}], "title": "Saltborn", "total": 1999, "line_id": "01a22126-1a90-724a-8ab0-199fb928295b", "discount": 0, "quantity": 1}], "total": 1999, "currency": "USD", "discount": 0, "subtotal": 1999, "buyer_name": "Mona", "buyer_email": "mona@example.com", "order_number": "CS-9RKNN5ADM0", "tax_included": true, "buyer_country": "AT", "buyer_language": "en"}', '2026-11-28 07:54:35.025816+00', '2026-11-28 07:54:35.062483+00', 0, 0, NULL, 0);
INSERT INTO billing.schema_migrations VALUES
	(1, 0, true, '2026-11-28 07:54:32.1818'),
	(2, 1, true, '2026-11-28 07:54:32.194123'),
	(3, 2, true, '2026-11-28 07:54:32.253038'),
	(4, 3, true, '2026-11-28 07:54:32.292549'),
	(5, 4, true, '2026-11-28 07:54:32.353017'),
	(6, 5, true, '2026-11-28 07:54:32.405012');
INSERT INTO billing.webhook_events VALUES
	('mockpay', 'evt_01a22126-1698-712c-8cb8-322cbe99a8c6', '{"id": "evt_01a22126-1698-712c-8cb8-322cbe99a8c6", "data": {"id": "pi_01a22126-1697-7d37-b48f-75caf9d58779", "fee": 34, "amount": 2235, "status": "succeeded", "captured": 2235, "currency": "USD", "metadata": {"payment_id": "01a22126-1686-772d-aac6-aacf71aaaef0"}, "refunded": 0, "reference": "01a22126-1682-70fe-8be6-bc0071e27a28", "created_at": "2026-11-28T07:54:34.007868246Z", "payment_method": {"brand": "visa", "last4": "4242"}}, "type": "payment_intent.succeeded", "created_at": "2026-11-28T07:54:34.008077422Z"}', '2026-11-28 07:54:34.011815+00', '2026-11-28 07:54:34.02386+00', NULL),
	('mockpay', 'evt_01a22126-181f-7ad4-94bb-9ed1cc3592c5', '{"id": "evt_01a22126-181f-7ad4-94bb-9ed1cc3592c5", "data": {"id": "pi_01a22126-181f-7a04-9471-c927c77194fd", "fee": 87, "amount": 5798, "status": "succeeded", "captured": 5798, "currency": "USD", "metadata": {"payment_id": "01a22126-1811-7836-a05f-3f1cde4f3332"}, "refunded": 0, "reference": "01a22126-17f5-7a2a-95b7-bf0e9e82696b", "created_at": "2026-11-28T07:54:34.399658154Z", "payment_method": {"brand": "visa", "last4": "4242"}}, "type": "payment_intent.succeeded", "created_at": "2026-11-28T07:54:34.399710229Z"}', '2026-11-28 07:54:34.406112+00', '2026-11-28 07:54:34.40659+00', NULL),
	('mockpay', 'evt_01a22126-1987-7b4c-8e23-97a9f54f2f17', '{"id": "evt_01a22126-1987-7b4c-8e23-97a9f54f2f17", "data": {"id": "pi_01a22126-1987-7aad-be8e-86cb480a1ab9", "fee": 0, "amount": 1299, "status": "failed", "captured": 0, "currency": "USD", "metadata": {"payment_id": "01a22126-1978-71f7-8ab3-aa4dcb625e2d"}, "refunded": 0, "reference": "01a22126-1959-78eb-b88a-f7122128c1f5", "created_at": "2026-11-28T07:54:34.759701039Z", "decline_code": "card_declined", "payment_method": {"brand": "visa", "last4": "4242"}}, "type": "payment_intent.failed", "created_at": "2026-11-28T07:54:34.759740876Z"}', '2026-11-28 07:54:34.760934+00', '2026-11-28 07:54:34.761859+00', NULL),
	('mockpay', 'evt_01a22126-1aa2-768c-8239-879f33baa189', '{"id": "evt_01a22126-1aa2-768c-8239-879f33baa189", "data": {"id": "pi_01a22126-1aa2-7591-8c3c-b871c5a3bb55", "fee": 0, "amount": 1999, "status": "requires_action", "captured": 0, "currency": "USD", "metadata": {"payment_id": "01a22126-1a91-7c71-9e3c-51bff0044b63"}, "refunded": 0, "reference": "01a22126-1a8e-73f3-b44e-275a954da025", "created_at": "2026-11-28T07:54:35.042366474Z", "next_action": {"url": "http://127.0.0.1:18082/v1/payment_intents/pi_01a22126-1aa2-7591-8c3c-b871c5a3bb55/next_action", "type": "redirect"}, "payment_method": {"brand": "visa", "last4": "4242"}}, "type": "payment_intent.requires_action", "created_at": "2026-11-28T07:54:35.042429814Z"}', '2026-11-28 07:54:35.06137+00', '2026-11-28 07:54:35.06198+00', NULL);
INSERT INTO cart.carts VALUES
	('01a22126-1594-74d8-ab7e-577e624967d2', '01a22126-14b9-71be-bc23-791c484d1af4', 10, '2026-11-28 07:54:33.748317+00');
INSERT INTO cart.lines VALUES
	('01a22126-18ae-771a-a9c4-92e67f87bdac', '01a22126-1594-74d8-ab7e-577e624967d2', '01a22126-12a5-725e-b432-fcac05612918', false, false, 1, 1299, 'USD', 2, '2026-11-28 07:54:34.542466+00'),
	('01a22126-19f6-71bd-b999-2fad4c7e4978', '01a22126-1594-74d8-ab7e-577e624967d2', '01a22126-12a5-7226-8a42-930ade6172c3', false, false, 1, 1999, 'USD', 2, '2026-11-28 07:54:34.870114+00');
INSERT INTO cart.schema_migrations VALUES
	(1, 0, true, '2026-11-28 07:54:32.416791'),
	(2, 1, true, '2026-11-28 07:54:32.421539');
INSERT INTO catalog.bundle_items VALUES
	('01a22126-12a5-7361-9613-200a8fe14494', 1, '01a22126-12a5-71cc-85c5-a71753809e0e'),
	('01a22126-12a5-7361-9613-200a8fe14494', 2, '01a22126-12a5-72c2-87c3-7be33ba841c3'),
	('01a22126-12a5-7361-9613-200a8fe14494', 3, '01a22126-12a5-72c4-9f90-99c44c2163dd'),
	('01a22126-12a5-7361-9613-200a8fe14494', 4, '01a22126-12a5-7302-807f-5798f4c0f316'),
	('01a22126-12a5-7366-8032-102568c16c88', 1, '01a22126-12a5-71db-bf51-e6aa2ca96b2a'),
	('01a22126-12a5-7366-8032-102568c16c88', 2, '01a22126-12a5-72c5-ad72-332ce21496bc'),
	('01a22126-12a5-7366-8032-102568c16c88', 3, '01a22126-12a5-72c7-9fea-f78b2a182e34'),
	('01a22126-12a5-7366-8032-102568c16c88', 4, '01a22126-12a5-7304-b66a-96ebdd2a824c'),
	('01a22126-12a5-736b-9407-336fe772ba3b', 1, '01a22126-12a5-71e8-b991-1facbe639959'),
	('01a22126-12a5-736b-9407-336fe772ba3b', 2, '01a22126-12a5-72c9-982c-73eb4e657d21'),
	('01a22126-12a5-736b-9407-336fe772ba3b', 3, '01a22126-12a5-72ca-a60a-164eeaed75b4'),
	('01a22126-12a5-736b-9407-336fe772ba3b', 4, '01a22126-12a5-7308-9ebc-d2e92aacd00b'),
	('01a22126-12a5-736f-925d-c04f77626230', 1, '01a22126-12a5-7200-94c7-0d9f1b7a4b53'),
	('01a22126-12a5-736f-925d-c04f77626230', 2, '01a22126-12a5-725e-b432-fcac05612918'),
	('01a22126-12a5-736f-925d-c04f77626230', 3, '01a22126-12a5-7295-a459-ef1ea902ccd3'),
	('01a22126-12a5-7373-b90c-3c7165b3c6ba', 1, '01a22126-12a5-71ee-ac15-651b729334fa'),
	('01a22126-12a5-7373-b90c-3c7165b3c6ba', 2, '01a22126-12a5-7231-bbff-4620b001a8f9'),
	('01a22126-12a5-7373-b90c-3c7165b3c6ba', 3, '01a22126-12a5-7261-b7da-4bcc60d7d230'),
	('01a22126-12a5-7377-ba1c-18055a7ffd62', 1, '01a22126-12a5-71df-8ff2-1971d83ab797'),
	('01a22126-12a5-7377-ba1c-18055a7ffd62', 2, '01a22126-12a5-71e3-9ae3-a4a8a6b21826'),
	('01a22126-12a5-7377-ba1c-18055a7ffd62', 3, '01a22126-12a5-722d-822e-547d5690668c'),
	('01a22126-12a5-7377-ba1c-18055a7ffd62', 4, '01a22126-12a5-7278-b9ba-e5506f0a834c'),
	('01a22126-12a5-737d-97ee-048025347207', 1, '01a22126-12a5-71eb-8ccf-7156231e1664'),
	('01a22126-12a5-737d-97ee-048025347207', 2, '01a22126-12a5-72d0-8980-db124145d86a'),
	('01a22126-12a5-737d-97ee-048025347207', 3, '01a22126-12a5-729b-830f-ba955390c3b8'),
	('01a22126-12a5-7381-b50c-882487f6e532', 1, '01a22126-12a5-71e5-8779-354779e788e9'),
	('01a22126-12a5-7381-b50c-882487f6e532', 2, '01a22126-12a5-725c-ae8f-1c6b8d503986'),
	('01a22126-12a5-7381-b50c-882487f6e532', 3, '01a22126-12a5-720a-a255-73dae2f048b1'),
	('01a22126-12a5-7384-bd21-5fd91cca9313', 1, '01a22126-12a5-71fc-b55f-2c160f9db5c6'),
	('01a22126-12a5-7384-bd21-5fd91cca9313', 2, '01a22126-12a5-72cd-bc5b-17319d38df4e'),
	('01a22126-12a5-7384-bd21-5fd91cca9313', 3, '01a22126-12a5-730a-bb42-3fb23d67ff0b'),
	('01a22126-12a5-7388-b2b6-d173f4391e76', 1, '01a22126-12a5-720c-a552-aac83368f0d3'),
	('01a22126-12a5-7388-b2b6-d173f4391e76', 2, '01a22126-12a5-72a5-99d5-29c6267e2ea2'),
	('01a22126-12a5-7388-b2b6-d173f4391e76', 3, '01a22126-12a5-730c-876b-6066c4df73ce'),
	('01a22126-12a5-7388-b2b6-d173f4391e76', 4, '01a22126-12a5-7311-863c-30ed5a9a5582'),
	('01a22126-12a5-738c-a413-a136b2e5632a', 1, '01a22126-12a5-7251-878d-5ee233de989a'),
	('01a22126-12a5-738c-a413-a136b2e5632a', 2, '01a22126-12a5-732a-97de-1b7c4144a91b'),
	('01a22126-12a5-738c-a413-a136b2e5632a', 3, '01a22126-12a5-734f-89ee-46d00be873b9'),
	('01a22126-12a5-738e-aa81-f72fff9e017e', 1, '01a22126-12a5-72bf-9619-42d103465bea'),
	('01a22126-12a5-738e-aa81-f72fff9e017e', 2, '01a22126-12a5-7237-a3a3-7621f329dec2'),
	('01a22126-12a5-738e-aa81-f72fff9e017e', 3, '01a22126-12a5-727b-8569-0981716e8f57');
INSERT INTO catalog.price_versions VALUES
	('01a22126-12a5-71cc-85c5-a71753809e0e', 'USD', 1, 2999, '2026-05-30 07:54:32.997109+00', '2026-11-28 07:54:32.997234+00'),
	('01a22126-12a5-71cc-85c5-a71753809e0e', 'USD', 2, 2499, '2026-08-29 07:54:32.997109+00', '2026-11-28 07:54:32.997234+00'),
	('01a22126-12a5-71e5-8779-354779e788e9', 'USD', 1, 1799, '2026-08-29 07:54:32.997109+00', '2026-11-28 07:54:32.997234+00'),
	('01a22126-12a5-71ee-ac15-651b729334fa', 'USD', 1, 1299, '2026-08-29 07:54:32.997109+00', '2026-11-28 07:54:32.997234+00'),
	('01a22126-12a5-720a-a255-73dae2f048b1', 'USD', 1, 1599, '2026-08-29 07:54:32.997109+00', '2026-11-28 07:54:32.997234+00'),
	('01a22126-12a5-7226-8a42-930ade6172c3', 'USD', 1, 2499, '2026-05-30 07:54:32.997109+00', '2026-11-28 07:54:32.997234+00'),
	('01a22126-12a5-7226-8a42-930ade6172c3', 'USD', 2, 1999, '2026-08-29 07:54:32.997109+00', '2026-11-28 07:54:32.997234+00'),
	('01a22126-12a5-7231-bbff-4620b001a8f9', 'USD', 1, 999, '2026-05-30 07:54:32.997109+00', '2026-11-28 07:54:32.997234+00'),
	('01a22126-12a5-7231-bbff-4620b001a8f9', 'USD', 2, 699, '2026-08-29 07:54:32.997109+00', '2026-11-28 07:54:32.997234+00'),
	('01a22126-12a5-725c-ae8f-1c6b8d503986', 'USD', 1, 1399, '2026-08-29 07:54:32.997109+00', '2026-11-28 07:54:32.997234+00'),
	('01a22126-12a5-725e-b432-fcac05612918', 'USD', 1, 1799, '2026-05-30 07:54:32.997109+00', '2026-11-28 07:54:32.997234+00'),
	('01a22126-12a5-725e-b432-fcac05612918', 'USD', 2, 1299, '2026-08-29 07:54:32.997109+00', '2026-11-28 07:54:32.997234+00'),
	('01a22126-12a5-734f-89ee-46d00be873b9', 'USD', 1, 79, '2026-08-29 07:54:32.997109+00', '2026-11-28 07:54:32.997234+00'),
	('01a22126-12a5-7381-b50c-882487f6e532', 'USD', 1, 3299, '2026-08-29 07:54:32.997109+00', '2026-11-28 07:54:32.997234+00');
INSERT INTO catalog.schema_migrations VALUES
	(1, 0, true, '2026-11-28 07:54:32.4457'),
	(2, 1, true, '2026-11-28 07:54:32.450692');
INSERT INTO catalog.sellables VALUES
	('01a22126-12a5-71cc-85c5-a71753809e0e', 'star-orchard', 'Star Orchard', 'Graft apple trees onto asteroids and haul the harvest home before it freezes. A slow, warm farming game with orbital mechanics that forgive.', 'game', 'simulation', NULL, 1, '2026-11-28 07:52:56.997234+00', NULL, DEFAULT),
	('01a22126-12a5-71db-bf51-e6aa2ca96b2a', 'lanterns-of-vell', 'Lanterns of Vell', 'A drowned city lights up one lantern at a time. Gather a crew of ferrymen, bargain with the tide, and decide which streets stay under water.', 'game', 'rpg', NULL, 1, '2026-11-28 07:52:57.997234+00', NULL, DEFAULT),
	('01a22126-12a5-71df-8ff2-1971d83ab797', 'copper-and-clay', 'Copper & Clay', 'Lead a bronze-age market town through forty summers. Trade routes remember every promise that you break.', 'game', 'strategy', NULL, 1, '2026-11-28 07:52:58.997234+00', NULL, DEFAULT),
	('01a22126-12a5-71e3-9ae3-a4a8a6b21826', 'rook-and-ruin', 'Rook and Ruin', 'Chess pieces retired from the board defend a crumbling castle. Turn-based, dry-witted, and harder than it looks.', 'game', 'strategy', NULL, 1, '2026-11-28 07:52:59.997234+00', NULL, DEFAULT),
	('01a22126-12a5-71e5-8779-354779e788e9', 'the-last-postmaster', 'The Last Postmaster', 'Deliver the final letters of a country that no longer exists. Read them, or do not; both endings are yours.', 'game', 'adventure', NULL, 1, '2026-11-28 07:53:00.997234+00', NULL, DEFAULT),
	('01a22126-12a5-71e8-b991-1facbe639959', 'hollow-meridian', 'Hollow Meridian', 'An airship guild maps a planet whose insides are larger than its outside. Sixty hours, four companions, one honest compass.', 'game', 'rpg', NULL, 1, '2026-11-28 07:53:01.997234+00', NULL, DEFAULT),
	('01a22126-12a5-71eb-8ccf-7156231e1664', 'neon-cartage', 'Neon Cartage', 'Overloaded delivery rigs, rain-slick skyways, and a dispatcher who never sleeps. Arcade handling with a physical cargo hold.', 'game', 'racing', NULL, 1, '2026-11-28 07:53:02.997234+00', NULL, DEFAULT),
	('01a22126-12a5-71ed-ae31-d74066ada9a1', 'paper-tempest', 'Paper Tempest', 'Fold yourself into nine shapes and ride the weather through a desk drawer the size of a continent.', 'game', 'platformer', NULL, 1, '2026-11-28 07:53:03.997234+00', NULL, DEFAULT),
	('01a22126-12a5-71ee-ac15-651b729334fa', 'tidewright', 'Tidewright', 'Move the moon, move the sea, open the door. One hundred and twenty quiet puzzles about consequences.', 'game', 'puzzle', NULL, 1, '2026-11-28 07:53:04.997234+00', NULL, DEFAULT),
	('01a22126-12a5-71fc-b55f-2c160f9db5c6', 'iron-parish', 'Iron Parish', 'A bell founder and her hammer against a mechanical choir. Weighty melee combat in one unbroken cathedral.', 'game', 'action', NULL, 1, '2026-11-28 07:53:05.997234+00', NULL, DEFAULT),
	('01a22126-12a5-7200-94c7-0d9f1b7a4b53', 'signal-to-nowhere', 'Signal to Nowhere', 'The night shift at a radio telescope. Something answers, politely, and asks for your name.', 'game', 'horror', NULL, 1, '2026-11-28 07:53:06.997234+00', NULL, DEFAULT),
	('01a22126-12a5-7204-8d56-a15f38ab0b32', 'glass-delta', 'Glass Delta', 'Restore a river delta one reed bed at a time. Every creature that comes back changes how the water runs.', 'game', 'simulation', NULL, 1, '2026-11-28 07:53:07.997234+00', NULL, DEFAULT),
	('01a22126-12a5-7207-993a-30ac8bb4f165', 'bastion-nine', 'Bastion Nine', 'Build a fortress that walks. Nine legs, nine crews, one horizon full of weather and worse.', 'game', 'strategy', NULL, 1, '2026-11-28 07:53:08.997234+00', NULL, DEFAULT),
	('01a22126-12a5-720a-a255-73dae2f048b1', 'moth-court', 'Moth Court', 'Plead cases before a jury of insects. A point-and-click courtroom comedy in which the evidence wanders off.', 'game', 'adventure', NULL, 1, '2026-11-28 07:53:09.997234+00', NULL, DEFAULT),
	('01a22126-12a5-720c-a552-aac83368f0d3', 'underrail-waltz', 'Underrail Waltz', 'Keep a subway dancing until dawn. Hand-drawn stations, forty tracks, and a conductor who counts in sevens.', 'game', 'rhythm', NULL, 1, '2026-11-28 07:53:10.997234+00', NULL, DEFAULT),
	('01a22126-12a5-729f-b8aa-e4d42e7fa504', 'herons-gambit', 'Heron''s Gambit', 'A card game about patience, played against a bird. Two hundred cards and no random packs.', 'game', 'strategy', NULL, 1, '2026-11-28 07:53:29.997234+00', NULL, DEFAULT),
	('01a22126-12a5-7226-8a42-930ade6172c3', 'saltborn', 'Saltborn', 'Wake on a white desert that used to be a sea. Distil, shelter, remember. Storms arrive on a calendar that you can learn.', 'game', 'survival', NULL, 1, '2026-11-28 07:53:11.997234+00', NULL, DEFAULT),
	('01a22126-12a5-7229-a4ed-f6cfc1d380a2', 'foxfire-district', 'Foxfire District', 'A courier with borrowed tricks and a city of rooftop shrines. Fast, vertical, and kind to beginners.', 'game', 'action', NULL, 1, '2026-11-28 07:53:12.997234+00', NULL, DEFAULT),
	('01a22126-12a5-722d-822e-547d5690668c', 'the-quiet-armada', 'The Quiet Armada', 'Command a fleet that must not be seen. Sound is your only resource and your only weapon.', 'game', 'strategy', NULL, 1, '2026-11-28 07:53:13.997234+00', NULL, DEFAULT),
	('01a22126-12a5-7231-bbff-4620b001a8f9', 'brassica', 'Brassica', 'Vegetables that grow in fractals, and a kitchen that needs them square. Gentle, numerical, delicious.', 'game', 'puzzle', NULL, 1, '2026-11-28 07:53:14.997234+00', NULL, DEFAULT),
	('01a22126-12a5-7234-a7fb-a335abbe78d8', 'ninth-hour-diner', 'Ninth Hour Diner', 'Cook for time travellers between shifts. They always pay, just not always in this century.', 'game', 'simulation', NULL, 1, '2026-11-28 07:53:15.997234+00', NULL, DEFAULT),
	('01a22126-12a5-7237-a3a3-7621f329dec2', 'cinder-league', 'Cinder League', 'Five-a-side football on the slope of a live volcano. Local and friendly, with a referee who is a goat.', 'game', 'sports', NULL, 1, '2026-11-28 07:53:16.997234+00', NULL, DEFAULT),
	('01a22126-12a5-724e-8a4a-728c67469ed3', 'wyrmkeeper', 'Wyrmkeeper', 'Raise one dragon from egg to legend. It learns from how you treat everybody else.', 'game', 'rpg', NULL, 1, '2026-11-28 07:53:17.997234+00', NULL, DEFAULT),
	('01a22126-12a5-7251-878d-5ee233de989a', 'pocket-archipelago', 'Pocket Archipelago', 'Shuffle small islands into a home. No losing, no clock, and a great many otters.', 'game', 'simulation', NULL, 1, '2026-11-28 07:53:18.997234+00', NULL, DEFAULT),
	('01a22126-12a5-7253-8a56-f061e8620f60', 'deadletter-detective', 'Deadletter Detective', 'Solve eleven crimes from undelivered mail alone. Magnifier, string and cork board included.', 'game', 'adventure', NULL, 1, '2026-11-28 07:53:19.997234+00', NULL, DEFAULT),
	('01a22126-12a5-7257-a391-63396c62d728', 'gravity-tax', 'Gravity Tax', 'Every jump costs something. A platformer with an economy, and an auditor on your heels.', 'game', 'platformer', NULL, 1, '2026-11-28 07:53:20.997234+00', NULL, DEFAULT),
	('01a22126-12a5-7259-a5b5-fb1a865767e3', 'thornwake', 'Thornwake', 'A hedge knight in the literal sense. Grow your armour, prune your enemies, mind the bees.', 'game', 'action', NULL, 1, '2026-11-28 07:53:21.997234+00', NULL, DEFAULT),
	('01a22126-12a5-725c-ae8f-1c6b8d503986', 'long-haul-lullaby', 'Long Haul Lullaby', 'Keep a sleepy freighter crew talking across nine light years. A game about conversation and coffee.', 'game', 'adventure', NULL, 1, '2026-11-28 07:53:22.997234+00', NULL, DEFAULT),
	('01a22126-12a5-725e-b432-fcac05612918', 'mirrorfen', 'Mirrorfen', 'A marsh that reflects what stands behind you. Short, fair, and best with headphones.', 'game', 'horror', NULL, 1, '2026-11-28 07:53:23.997234+00', NULL, DEFAULT),
	('01a22126-12a5-7261-b7da-4bcc60d7d230', 'clockwork-menagerie', 'Clockwork Menagerie', 'Repair wind-up animals, then find out what they were guarding. Tactile puzzles with real gears.', 'game', 'puzzle', NULL, 1, '2026-11-28 07:53:24.997234+00', NULL, DEFAULT),
	('01a22126-12a5-7278-b9ba-e5506f0a834c', 'sunken-ledger', 'Sunken Ledger', 'An accountant''s war: bankrupt an empire from a rented desk. Every number on screen is true.', 'game', 'strategy', NULL, 1, '2026-11-28 07:53:25.997234+00', NULL, DEFAULT),
	('01a22126-12a5-727b-8569-0981716e8f57', 'kite-season', 'Kite Season', 'Fighting kites over a hillside town. Line tension, glass powder, and old grudges.', 'game', 'sports', NULL, 1, '2026-11-28 07:53:26.997234+00', NULL, DEFAULT),
	('01a22126-12a5-7295-a459-ef1ea902ccd3', 'vantablack-motel', 'Vantablack Motel', 'Twelve rooms, one guest book, no reflections. Manage the place until the road is finished.', 'game', 'horror', NULL, 1, '2026-11-28 07:53:27.997234+00', NULL, DEFAULT),
	('01a22126-12a5-729b-830f-ba955390c3b8', 'ember-relay', 'Ember Relay', 'Carry a flame across a frozen continent in teams of two. Snow, trust, and very small skis.', 'game', 'racing', NULL, 1, '2026-11-28 07:53:28.997234+00', NULL, DEFAULT),
	('01a22126-12a5-72a1-9cbe-2e6cc97078e9', 'the-weaver-below', 'The Weaver Below', 'Descend through a city woven by its own inhabitants. Threads are currency, skill and conscience at once.', 'game', 'rpg', NULL, 1, '2026-11-28 07:53:30.997234+00', NULL, DEFAULT),
	('01a22126-12a5-72a2-ae4c-9610b0ae9d64', 'sidereal-express', 'Sidereal Express', 'Run a railway between stars that drift. The timetable is a puzzle that never stays solved.', 'game', 'simulation', NULL, 1, '2026-11-28 07:53:31.997234+00', NULL, DEFAULT),
	('01a22126-12a5-72a5-99d5-29c6267e2ea2', 'barnacle-blues', 'Barnacle Blues', 'Sea shanties, call and response, and a ship that only sails in tune.', 'game', 'rhythm', NULL, 1, '2026-11-28 07:53:32.997234+00', NULL, DEFAULT),
	('01a22126-12a5-72a6-b19f-80a8ddddba6f', 'frostline-rangers', 'Frostline Rangers', 'Patrol a national park at the end of an ice age. Rescue hikers, count mammoths, keep the stove lit.', 'game', 'survival', NULL, 1, '2026-11-28 07:53:33.997234+00', NULL, DEFAULT),
	('01a22126-12a5-72ba-8f49-9daf807ce625', 'oddments', 'Oddments', 'A free box of small puzzles made on Friday afternoons. New ones when we feel like it.', 'game', 'puzzle', NULL, 1, '2026-11-28 07:53:34.997234+00', NULL, DEFAULT),
	('01a22126-12a5-72bb-a33a-f64efffc1b89', 'prologue-to-vell', 'Prologue to Vell', 'The first evening in the drowned city, whole and free. Your choices are remembered in the full game.', 'game', 'rpg', NULL, 1, '2026-11-28 07:53:35.997234+00', NULL, DEFAULT),
	('01a22126-12a5-72bd-a14f-256fdb00424f', 'riftwarden-academy', 'Riftwarden Academy', 'Five students, one dangerous staircase. School by day, tactics by night, exams at both.', 'game', 'rpg', NULL, 1, '2026-11-28 07:53:36.997234+00', NULL, DEFAULT),
	('01a22126-12a5-72bf-9619-42d103465bea', 'quarry-kings', 'Quarry Kings', 'Four players, one collapsing mine, and just enough rope. Shouting is part of the design.', 'game', 'action', NULL, 1, '2026-11-28 07:53:37.997234+00', NULL, DEFAULT),
	('01a22126-12a5-72c2-87c3-7be33ba841c3', 'star-orchard-comet-season', 'Star Orchard: Comet Season', 'Ice-bearing comets pass through the orchard. New fruit, new pests, and a hermit with opinions.', 'dlc', 'simulation', '01a22126-12a5-71cc-85c5-a71753809e0e', 1, '2026-11-28 07:53:38.997234+00', NULL, DEFAULT),
	('01a22126-12a5-72c4-9f90-99c44c2163dd', 'star-orchard-hives', 'Star Orchard: Hives', 'Bees in vacuum, carefully explained. Adds pollination chains and three kinds of honey.', 'dlc', 'simulation', '01a22126-12a5-71cc-85c5-a71753809e0e', 1, '2026-11-28 07:53:39.997234+00', NULL, DEFAULT),
	('01a22126-12a5-72c5-ad72-332ce21496bc', 'lanterns-the-low-canal', 'Lanterns of Vell: The Low Canal', 'A district that even the divers avoid. Twelve hours, a new ferry, and somebody you lost.', 'dlc', 'rpg', '01a22126-12a5-71db-bf51-e6aa2ca96b2a', 1, '2026-11-28 07:53:40.997234+00', NULL, DEFAULT),
	('01a22126-12a5-72c7-9fea-f78b2a182e34', 'lanterns-glassblowers', 'Lanterns of Vell: The Glassblowers', 'Craft your own lanterns and choose what their light reveals.', 'dlc', 'rpg', '01a22126-12a5-71db-bf51-e6aa2ca96b2a', 1, '2026-11-28 07:53:41.997234+00', NULL, DEFAULT),
	('01a22126-12a5-72c9-982c-73eb4e657d21', 'hollow-meridian-inner-sky', 'Hollow Meridian: Inner Sky', 'The planet''s inside has weather after all. A new guild, a new region, an old enemy.', 'dlc', 'rpg', '01a22126-12a5-71e8-b991-1facbe639959', 1, '2026-11-28 07:53:42.997234+00', NULL, DEFAULT),
	('01a22126-12a5-72ca-a60a-164eeaed75b4', 'hollow-meridian-cartographers', 'Hollow Meridian: Cartographers', 'Draw maps that come true. Adds survey contracts and a rival who cheats beautifully.', 'dlc', 'rpg', '01a22126-12a5-71e8-b991-1facbe639959', 1, '2026-11-28 07:53:43.997234+00', NULL, DEFAULT),
	('01a22126-12a5-72cd-bc5b-17319d38df4e', 'iron-parish-carillon', 'Iron Parish: Carillon', 'The bell tower, at last. Seven bosses in the order of the scale.', 'dlc', 'action', '01a22126-12a5-71fc-b55f-2c160f9db5c6', 1, '2026-11-28 07:53:44.997234+00', NULL, DEFAULT),
	('01a22126-12a5-72ce-ac84-6a5f31220763', 'bastion-nine-tenth-leg', 'Bastion Nine: Tenth Leg', 'An extra leg changes every plan that you ever made.', 'dlc', 'strategy', '01a22126-12a5-7207-993a-30ac8bb4f165', 1, '2026-11-28 07:53:45.997234+00', NULL, DEFAULT),
	('01a22126-12a5-72d0-8980-db124145d86a', 'neon-cartage-night-freight', 'Neon Cartage: Night Freight', 'Thirty contracts between midnight and four. The city looks different when it does not look back.', 'dlc', 'racing', '01a22126-12a5-71eb-8ccf-7156231e1664', 1, '2026-11-28 07:53:46.997234+00', NULL, DEFAULT),
	('01a22126-12a5-732e-b123-aa1ef43e8b89', 'comet-dust-550', '550 Comet Dust', 'A jar of comet dust, with the lid on.', 'consumable', 'currency', NULL, 1, '2026-11-28 07:54:08.997234+00', NULL, DEFAULT),
	('01a22126-12a5-72d1-a927-894f44e8dfef', 'wyrmkeeper-clutch', 'Wyrmkeeper: Clutch', 'Three eggs, one nest. They do not get along, and that is the point.', 'dlc', 'rpg', '01a22126-12a5-724e-8a4a-728c67469ed3', 1, '2026-11-28 07:53:47.997234+00', NULL, DEFAULT),
	('01a22126-12a5-72d3-bf27-069362c920f4', 'saltborn-mirage-coast', 'Saltborn: Mirage Coast', 'A shoreline that moves. Bring rope and scepticism.', 'dlc', 'survival', '01a22126-12a5-7226-8a42-930ade6172c3', 1, '2026-11-28 07:53:48.997234+00', NULL, DEFAULT),
	('01a22126-12a5-72d4-acb6-e2846c79f69a', 'sidereal-branch-lines', 'Sidereal Express: Branch Lines', 'Small stars, small stations, large feelings. Forty new stops.', 'dlc', 'simulation', '01a22126-12a5-72a2-ae4c-9610b0ae9d64', 1, '2026-11-28 07:53:49.997234+00', NULL, DEFAULT),
	('01a22126-12a5-72d7-86bf-c72e87381604', 'cinder-league-goat-cup', 'Cinder League: Goat Cup', 'The referee finally plays. A full tournament with regrettable trophies.', 'dlc', 'sports', '01a22126-12a5-7237-a3a3-7621f329dec2', 1, '2026-11-28 07:53:50.997234+00', NULL, DEFAULT),
	('01a22126-12a5-72d8-99f8-b21e800f0e73', 'riftwarden-field-trip', 'Riftwarden Academy: Field Trip', 'The school bus takes a wrong turn through a better chapter.', 'dlc', 'rpg', '01a22126-12a5-72bd-a14f-256fdb00424f', 1, '2026-11-28 07:53:51.997234+00', NULL, DEFAULT),
	('01a22126-12a5-72da-9de6-12a7349ddebf', 'underrail-express-set', 'Underrail Waltz: Express Set', 'Twelve tracks in five-four for those who found it too easy.', 'dlc', 'rhythm', '01a22126-12a5-720c-a552-aac83368f0d3', 1, '2026-11-28 07:53:52.997234+00', NULL, DEFAULT),
	('01a22126-12a5-7300-85e6-fa5bf7226b55', 'rook-and-ruin-bishops', 'Rook and Ruin: Bishops', 'Diagonal thinking for a rectangular siege.', 'dlc', 'strategy', '01a22126-12a5-71e3-9ae3-a4a8a6b21826', 1, '2026-11-28 07:53:53.997234+00', NULL, DEFAULT),
	('01a22126-12a5-7302-807f-5798f4c0f316', 'star-orchard-ost', 'Star Orchard Soundtrack', 'Twenty-two pieces for harp, tape and greenhouse. Lossless, with the composer''s notes.', 'soundtrack', 'music', NULL, 1, '2026-11-28 07:53:54.997234+00', NULL, DEFAULT),
	('01a22126-12a5-7304-b66a-96ebdd2a824c', 'lanterns-of-vell-ost', 'Lanterns of Vell Soundtrack', 'Choirs recorded under a bridge at low tide. Ninety minutes of water and light.', 'soundtrack', 'music', NULL, 1, '2026-11-28 07:53:55.997234+00', NULL, DEFAULT),
	('01a22126-12a5-7308-9ebc-d2e92aacd00b', 'hollow-meridian-ost', 'Hollow Meridian Soundtrack', 'A full orchestra that slowly turns inside out.', 'soundtrack', 'music', NULL, 1, '2026-11-28 07:53:56.997234+00', NULL, DEFAULT),
	('01a22126-12a5-730a-bb42-3fb23d67ff0b', 'iron-parish-ost', 'Iron Parish Soundtrack', 'Real bells, real hammers, and one very patient organist.', 'soundtrack', 'music', NULL, 1, '2026-11-28 07:53:57.997234+00', NULL, DEFAULT),
	('01a22126-12a5-730c-876b-6066c4df73ce', 'underrail-waltz-ost', 'Underrail Waltz Soundtrack', 'All forty tracks, plus the platform announcements.', 'soundtrack', 'music', NULL, 1, '2026-11-28 07:53:58.997234+00', NULL, DEFAULT),
	('01a22126-12a5-730f-bf50-3b375d30f0fe', 'neon-cartage-ost', 'Neon Cartage Soundtrack', 'Synthesizers in the rain. For driving, or for pretending to.', 'soundtrack', 'music', NULL, 1, '2026-11-28 07:53:59.997234+00', NULL, DEFAULT),
	('01a22126-12a5-7311-863c-30ed5a9a5582', 'barnacle-blues-ost', 'Barnacle Blues Soundtrack', 'Thirty shanties with the crew''s mistakes left in.', 'soundtrack', 'music', NULL, 1, '2026-11-28 07:54:00.997234+00', NULL, DEFAULT),
	('01a22126-12a5-731d-b9bd-cd4c0132d764', 'signal-to-nowhere-ost', 'Signal to Nowhere Soundtrack', 'Static, mostly. Listen closely, and not alone.', 'soundtrack', 'music', NULL, 1, '2026-11-28 07:54:01.997234+00', NULL, DEFAULT),
	('01a22126-12a5-7320-af9d-d6b6f2e2df6c', 'saltborn-ost', 'Saltborn Soundtrack', 'Wind instruments, in the strictest sense.', 'soundtrack', 'music', NULL, 1, '2026-11-28 07:54:02.997234+00', NULL, DEFAULT),
	('01a22126-12a5-7322-b56d-c49438171709', 'wyrmkeeper-ost', 'Wyrmkeeper Soundtrack', 'A lullaby that grows wings over seventeen movements.', 'soundtrack', 'music', NULL, 1, '2026-11-28 07:54:03.997234+00', NULL, DEFAULT),
	('01a22126-12a5-7324-a94d-cc82323f4100', 'sidereal-express-ost', 'Sidereal Express Soundtrack', 'Train rhythms at the speed of light, unhurried.', 'soundtrack', 'music', NULL, 1, '2026-11-28 07:54:04.997234+00', NULL, DEFAULT),
	('01a22126-12a5-7326-aa6b-2b27c7db5044', 'mirrorfen-ost', 'Mirrorfen Soundtrack', 'Each piece is a palindrome. One of them is not.', 'soundtrack', 'music', NULL, 1, '2026-11-28 07:54:05.997234+00', NULL, DEFAULT),
	('01a22126-12a5-7328-80b7-688e5e5e3f6b', 'frostline-rangers-ost', 'Frostline Rangers Soundtrack', 'Campfire guitar and a distant glacier in C.', 'soundtrack', 'music', NULL, 1, '2026-11-28 07:54:06.997234+00', NULL, DEFAULT),
	('01a22126-12a5-732a-97de-1b7c4144a91b', 'comet-dust-100', '100 Comet Dust', 'A pinch of comet dust for the orchard''s trading post. Spends like sugar.', 'consumable', 'currency', NULL, 1, '2026-11-28 07:54:07.997234+00', NULL, DEFAULT),
	('01a22126-12a5-7330-bc24-ae21e3eb436a', 'comet-dust-1200', '1200 Comet Dust', 'A sack of comet dust. Please lift with your knees.', 'consumable', 'currency', NULL, 1, '2026-11-28 07:54:09.997234+00', NULL, DEFAULT),
	('01a22126-12a5-7332-926f-d5fdc3c2c78a', 'lamp-oil-flask', 'Flask of Lamp Oil', 'One more hour of light in Vell, wherever you stand.', 'consumable', 'boosts', NULL, 1, '2026-11-28 07:54:10.997234+00', NULL, DEFAULT),
	('01a22126-12a5-7334-ade4-f03a29033502', 'guild-marks-10', '10 Guild Marks', 'Ten marks on the airship guild''s slate, good at any dock of Hollow Meridian.', 'consumable', 'currency', NULL, 1, '2026-11-28 07:54:11.997234+00', NULL, DEFAULT),
	('01a22126-12a5-734b-8a30-d569df510035', 'guild-marks-60', '60 Guild Marks', 'Sixty marks and a nod from the quartermaster.', 'consumable', 'currency', NULL, 1, '2026-11-28 07:54:12.997234+00', NULL, DEFAULT),
	('01a22126-12a5-734c-a06b-7806ad07acf0', 'dispatch-favour', 'Dispatcher''s Favour', 'One green wave through the whole of Neon Cartage. She will remember that you asked.', 'consumable', 'boosts', NULL, 1, '2026-11-28 07:54:13.997234+00', NULL, DEFAULT),
	('01a22126-12a5-734f-89ee-46d00be873b9', 'dragon-treat', 'Dragon Treat', 'Smoked, salted, suspiciously shiny. Your wyrm will like you a little more.', 'consumable', 'boosts', NULL, 1, '2026-11-28 07:54:14.997234+00', NULL, DEFAULT),
	('01a22126-12a5-7351-9dc7-ecd01e559c48', 'season-seed-pack', 'Season Seed Pack', 'Five seeds that only grow this season, in any soil.', 'consumable', 'boosts', NULL, 1, '2026-11-28 07:54:15.997234+00', NULL, DEFAULT),
	('01a22126-12a5-7354-a397-04b2aee3e42c', 'railway-token', 'Railway Token', 'One ride on the Sidereal Express, any distance, any century.', 'consumable', 'currency', NULL, 1, '2026-11-28 07:54:16.997234+00', NULL, DEFAULT),
	('01a22126-12a5-7357-916f-3d61e7dbc871', 'encore-ticket', 'Encore Ticket', 'Play the last chorus of Underrail Waltz again, with everybody watching.', 'consumable', 'boosts', NULL, 1, '2026-11-28 07:54:17.997234+00', NULL, DEFAULT),
	('01a22126-12a5-7359-8bf5-6249284b0d6a', 'rescue-flare', 'Rescue Flare', 'For Frostline Rangers who walked a little too far.', 'consumable', 'boosts', NULL, 1, '2026-11-28 07:54:18.997234+00', NULL, DEFAULT),
	('01a22126-12a5-735b-aa45-cdea0516b5b7', 'hint-lantern', 'Hint Lantern', 'Lights up one step of one puzzle. It does not judge.', 'consumable', 'boosts', NULL, 1, '2026-11-28 07:54:19.997234+00', NULL, DEFAULT),
	('01a22126-12a5-7361-9613-200a8fe14494', 'orchard-complete', 'Complete Orchard', 'The farm, the comets, the bees and the music.', 'bundle', 'bundles', NULL, 1, '2026-11-28 07:54:20.997234+00', NULL, DEFAULT),
	('01a22126-12a5-7366-8032-102568c16c88', 'vell-collection', 'The Vell Collection', 'Every street of the drowned city, above and below.', 'bundle', 'bundles', NULL, 1, '2026-11-28 07:54:21.997234+00', NULL, DEFAULT),
	('01a22126-12a5-736b-9407-336fe772ba3b', 'meridian-expedition', 'Meridian Expedition', 'The planet, its inside, its maps and its orchestra.', 'bundle', 'bundles', NULL, 1, '2026-11-28 07:54:22.997234+00', NULL, DEFAULT),
	('01a22126-12a5-736f-925d-c04f77626230', 'horror-weekend', 'Horror Weekend', 'Three nights, one of them longer than it should be.', 'bundle', 'bundles', NULL, 1, '2026-11-28 07:54:23.997234+00', NULL, DEFAULT),
	('01a22126-12a5-7373-b90c-3c7165b3c6ba', 'puzzle-drawer', 'The Puzzle Drawer', 'Quiet games for loud days.', 'bundle', 'bundles', NULL, 1, '2026-11-28 07:54:24.997234+00', NULL, DEFAULT),
	('01a22126-12a5-7377-ba1c-18055a7ffd62', 'generals-table', 'The General''s Table', 'Four ways to win without raising your voice.', 'bundle', 'bundles', NULL, 1, '2026-11-28 07:54:25.997234+00', NULL, DEFAULT),
	('01a22126-12a5-737d-97ee-048025347207', 'rolling-start', 'Rolling Start', 'Rain, snow, and thirty things that must arrive.', 'bundle', 'bundles', NULL, 1, '2026-11-28 07:54:26.997234+00', NULL, DEFAULT),
	('01a22126-12a5-7381-b50c-882487f6e532', 'sleepy-stories', 'Sleepy Stories', 'Adventures that can be played under a blanket.', 'bundle', 'bundles', NULL, 1, '2026-11-28 07:54:27.997234+00', NULL, DEFAULT),
	('01a22126-12a5-7384-bd21-5fd91cca9313', 'cathedral-set', 'Cathedral Set', 'Hammer, bells, organ.', 'bundle', 'bundles', NULL, 1, '2026-11-28 07:54:28.997234+00', NULL, DEFAULT),
	('01a22126-12a5-7388-b2b6-d173f4391e76', 'musicians-shelf', 'The Musician''s Shelf', 'Two rhythm games, and both records to keep.', 'bundle', 'bundles', NULL, 1, '2026-11-28 07:54:29.997234+00', NULL, DEFAULT),
	('01a22126-12a5-738c-a413-a136b2e5632a', 'starter-purse', 'Starter Purse', 'A small home and some pocket money for elsewhere.', 'bundle', 'bundles', NULL, 1, '2026-11-28 07:54:30.997234+00', NULL, DEFAULT),
	('01a22126-12a5-738e-aa81-f72fff9e017e', 'co-op-night', 'Co-op Night', 'Bring friends. Bring snacks. Apologise afterwards.', 'bundle', 'bundles', NULL, 1, '2026-11-28 07:54:31.997234+00', NULL, DEFAULT);
INSERT INTO checkout.attempts VALUES
	('01a22126-1682-70fe-8be6-bc0071e27a28', 1, '01a22126-14b9-71be-bc23-791c484d1af4', 'purchase-1', '\x431ad8cac8433f9ef15b18ffb71a93c4f97043c51f89978b06b52c6142625614', '2026-11-28 07:54:33.987753+00'),
	('01a22126-17f5-7a2a-95b7-bf0e9e82696b', 1, '01a22126-14b9-71be-bc23-791c484d1af4', 'purchase-2', '\xfd9b9ee7647580f4b76d7ad1f9a2b1d76d64e2ddd5531abff760d0d785359183', '2026-11-28 07:54:34.384139+00'),
	('01a22126-1959-78eb-b88a-f7122128c1f5', 1, '01a22126-14b9-71be-bc23-791c484d1af4', 'purchase-3', '\x9d19cf86665c1c981844dd4d770fea3c8643e80b48363f5fe83f42a9d7c33a62', '2026-11-28 07:54:34.742871+00'),
	('01a22126-1a8e-73f3-b44e-275a954da025', 1, '01a22126-14b9-71be-bc23-791c484d1af4', 'purchase-4', '\xa5a6d8f3a9e5fc6dfdd0abb2a4118d070e08cb26c575e5d428889bcdb5ef4ed9', '2026-11-28 07:54:35.024158+00');
INSERT INTO checkout.order_history OVERRIDING SYSTEM VALUE VALUES
	(1, '01a22126-1682-70fe-8be6-bc0071e27a28', '2026-11-28 07:54:33.987753+00', 'pending', '01a22126-1681-7a06-ac91-9df0b0e567f8'),
	(2, '01a22126-1682-70fe-8be6-bc0071e27a28', '2026-11-28 07:54:34.021055+00', 'paid', '01a22126-1681-7a06-ac91-9df0b0e567f8'),
	(3, '01a22126-1682-70fe-8be6-bc0071e27a28', '2026-11-28 07:54:34.032953+00', 'completed', '01a22126-1681-7a06-ac91-9df0b0e567f8'),
	(4, '01a22126-17f5-7a2a-95b7-bf0e9e82696b', '2026-11-28 07:54:34.384139+00', 'pending', '01a22126-17f5-72bc-92fb-4452698228a0'),
	(5, '01a22126-17f5-7a2a-95b7-bf0e9e82696b', '2026-11-28 07:54:34.424997+00', 'paid', '01a22126-17f5-72bc-92fb-4452698228a0'),
	(6, '01a22126-17f5-7a2a-95b7-bf0e9e82696b', '2026-11-28 07:54:34.431966+00', 'completed', '01a22126-17f5-72bc-92fb-4452698228a0'),
	(7, '01a22126-1959-78eb-b88a-f7122128c1f5', '2026-11-28 07:54:34.742871+00', 'pending', '01a22126-1959-7234-b188-2de4cf592d8e'),
	(8, '01a22126-1959-78eb-b88a-f7122128c1f5', '2026-11-28 07:54:34.767464+00', 'declined', '01a22126-1959-7234-b188-2de4cf592d8e'),
	(9, '01a22126-1a8e-73f3-b44e-275a954da025', '2026-11-28 07:54:35.024158+00', 'pending', '01a22126-1a8d-7d47-abea-53c53685fe83'),
	(10, '01a22126-1a8e-73f3-b44e-275a954da025', '2026-11-28 07:54:35.060064+00', 'requires_action', '01a22126-1a8d-7d47-abea-53c53685fe83');
INSERT INTO checkout.order_lines VALUES
	('01a22126-1683-7b53-9060-124bb3fcba4e', '01a22126-1682-70fe-8be6-bc0071e27a28', 1, '01a22126-1596-70fa-807f-a222ce3dbb34', false, '01a22126-12a5-71ee-ac15-651b729334fa', false, 'Tidewright', 1, 1, 1299, 0, 217, 1299, '[{"id": "01a22126-12a5-71ee-ac15-651b729334fa", "tax": 217, "kind": "game", "rate": 2000, "gross": 1299, "title": "Tidewright", "total": 1299, "discount": 0}]'),
	('01a22126-1683-7b5f-9018-af1714b32d36', '01a22126-1682-70fe-8be6-bc0071e27a28', 2, '01a22126-15e1-7d4b-9630-bda47ac489ed', false, '01a22126-12a5-7231-bbff-4620b001a8f9', false, 'Brassica', 1, 2, 699, 0, 117, 699, '[{"id": "01a22126-12a5-7231-bbff-4620b001a8f9", "tax": 117, "kind": "game", "rate": 2000, "gross": 699, "title": "Brassica", "total": 699, "discount": 0}]'),
	('01a22126-1683-7b64-81f0-70ecfcdbd18c', '01a22126-1682-70fe-8be6-bc0071e27a28', 3, '01a22126-1618-753b-9445-3f94dbf218b3', false, '01a22126-12a5-734f-89ee-46d00be873b9', false, 'Dragon Treat', 3, 1, 79, 0, 39, 237, '[{"id": "01a22126-12a5-734f-89ee-46d00be873b9", "tax": 39, "kind": "consumable", "rate": 2000, "gross": 237, "title": "Dragon Treat", "total": 237, "discount": 0, "consumable": true}]'),
	('01a22126-1810-71e5-96cf-87cb7439c7c0', '01a22126-17f5-7a2a-95b7-bf0e9e82696b', 1, '01a22126-1701-7347-8c8d-c635cea9b7ab', false, '01a22126-12a5-7381-b50c-882487f6e532', true, 'Sleepy Stories', 1, 1, 3299, 0, 549, 3299, '[{"id": "01a22126-12a5-71e5-8779-354779e788e9", "tax": 206, "kind": "game", "rate": 2000, "gross": 1237, "title": "The Last Postmaster", "total": 1237, "discount": 0}, {"id": "01a22126-12a5-725c-ae8f-1c6b8d503986", "tax": 160, "kind": "game", "rate": 2000, "gross": 962, "title": "Long Haul Lullaby", "total": 962, "discount": 0}, {"id": "01a22126-12a5-720a-a255-73dae2f048b1", "tax": 183, "kind": "game", "rate": 2000, "gross": 1100, "title": "Moth Court", "total": 1100, "discount": 0}]'),
	('01a22126-1810-71fa-935b-f046b1d84bb0', '01a22126-17f5-7a2a-95b7-bf0e9e82696b', 2, '01a22126-175d-7787-a7bf-5b646d40189e', false, '01a22126-12a5-71cc-85c5-a71753809e0e', false, 'Star Orchard', 1, 2, 2499, 0, 417, 2499, '[{"id": "01a22126-12a5-71cc-85c5-a71753809e0e", "tax": 417, "kind": "game", "rate": 2000, "gross": 2499, "title": "Star Orchard", "total": 2499, "discount": 0}]'),
	('01a22126-1976-7ccf-80ac-038c9f6e03e0', '01a22126-1959-78eb-b88a-f7122128c1f5', 1, '01a22126-18ae-771a-a9c4-92e67f87bdac', true, '01a22126-12a5-725e-b432-fcac05612918', false, 'Mirrorfen', 1, 2, 1299, 0, 217, 1299, '[{"id": "01a22126-12a5-725e-b432-fcac05612918", "tax": 217, "kind": "game", "rate": 2000, "gross": 1299, "title": "Mirrorfen", "total": 1299, "discount": 0}]'),
	('01a22126-1a90-724a-8ab0-199fb928295b', '01a22126-1a8e-73f3-b44e-275a954da025', 1, '01a22126-19f6-71bd-b999-2fad4c7e4978', false, '01a22126-12a5-7226-8a42-930ade6172c3', false, 'Saltborn', 1, 2, 1999, 0, 333, 1999, '[{"id": "01a22126-12a5-7226-8a42-930ade6172c3", "tax": 333, "kind": "game", "rate": 2000, "gross": 1999, "title": "Saltborn", "total": 1999, "discount": 0}]');
INSERT INTO checkout.orders VALUES
	('01a22126-1682-70fe-8be6-bc0071e27a28', '01a22126-14b9-71be-bc23-791c484d1af4', 'CS-WTY00WF2F8', 'completed', 'USD', 2235, 0, 373, 2235, 1, NULL, '2026-11-28 07:54:33.987177+00', NULL, 3, '2026-11-28 07:54:33.987753+00', '2026-11-28 07:54:34.032953+00', '2026-11-28 07:54:33.987753+00', false, 'AT', true, '2026-11-28 07:54:34.021055+00', 0, ''),
	('01a22126-17f5-7a2a-95b7-bf0e9e82696b', '01a22126-14b9-71be-bc23-791c484d1af4', 'CS-PYZGX7M2D5', 'completed', 'USD', 5798, 0, 966, 5798, 1, NULL, '2026-11-28 07:54:34.381527+00', NULL, 3, '2026-11-28 07:54:34.384139+00', '2026-11-28 07:54:34.431966+00', '2026-11-28 07:54:34.384139+00', false, 'AT', true, '2026-11-28 07:54:34.424997+00', 0, ''),
	('01a22126-1959-78eb-b88a-f7122128c1f5', '01a22126-14b9-71be-bc23-791c484d1af4', 'CS-HBVH4898R7', 'declined', 'USD', 1299, 0, 217, 1299, 1, NULL, '2026-11-28 07:54:34.741386+00', NULL, 2, '2026-11-28 07:54:34.742871+00', '2026-11-28 07:54:34.767464+00', '2026-11-28 07:54:34.742871+00', false, 'AT', true, NULL, 0, ''),
	('01a22126-1a8e-73f3-b44e-275a954da025', '01a22126-14b9-71be-bc23-791c484d1af4', 'CS-9RKNN5ADM0', 'requires_action', 'USD', 1999, 0, 333, 1999, 1, 'pm_requires_action', '2026-11-28 07:54:35.023497+00', NULL, 2, '2026-11-28 07:54:35.024158+00', '2026-11-28 07:54:35.060064+00', '2026-11-28 07:54:35.024158+00', false, 'AT', true, NULL, 0, '');
INSERT INTO checkout.schema_migrations VALUES
	(1, 0, true, '2026-11-28 07:54:32.49577'),
	(2, 1, true, '2026-11-28 07:54:32.510245'),
	(3, 2, true, '2026-11-28 07:54:32.565'),
	(4, 3, true, '2026-11-28 07:54:32.593028');
INSERT INTO identity.accounts VALUES
	('01a22126-130e-7141-ac75-73b8c9879526', 'ada@coinslot.example', 'ada', 'Ada Player', '$argon2id$v=19$m=19456,t=2,p=1$zUxORHu7lOqqY4Bv0beiSQ$VIf5nTrzZ5XlPCDk01xFpdYbxCAaBDA7ZCu1W+8gmAU', '{customer}', 2, '2026-11-28 07:54:33.102083+00', NULL, NULL, NULL),
	('01a22126-13d0-7821-b884-292dc4cc8c64', 'clerk@coinslot.example', 'clerk', 'Clara Clerk', '$argon2id$v=19$m=19456,t=2,p=1$13DjrJ35puLkYu/mGKqkzQ$bGAPyz4827bxA4cwaP+1ytdf/e1AOQmIm8yME7ZrL+Y', '{customer,staff}', 2, '2026-11-28 07:54:33.296534+00', NULL, NULL, NULL),
	('01a22126-14b9-71be-bc23-791c484d1af4', 'mona@example.com', 'mona', 'Mona', '$argon2id$v=19$m=19456,t=2,p=1$6D2YgBUz9g3nWEG9qWLBkQ$yJeifVW42EBqIz3cmfSfcEfAhv2kS1gDW3jphvHgj4Q', '{customer}', 1, '2026-11-28 07:54:33.529115+00', NULL, NULL, NULL);
INSERT INTO identity.refresh_tokens VALUES
	('\x0055681d206e3fc0b6f7b899fa852f7a605ca4c21fbafcf625e56529b123e3bd', '01a22126-155c-7e8a-81f8-a1a336b60ac4', '2026-11-28 07:54:33.692946+00', NULL);
INSERT INTO identity.schema_migrations VALUES
	(1, 0, true, '2026-11-28 07:54:32.605721'),
	(2, 1, true, '2026-11-28 07:54:32.613734'),
	(3, 2, true, '2026-11-28 07:54:32.653974');
INSERT INTO identity.sessions VALUES
	('01a22126-155c-7e8a-81f8-a1a336b60ac4', '01a22126-14b9-71be-bc23-791c484d1af4', 'curl/7.88.1', '2026-11-28 07:54:33.692946+00', '2026-11-28 07:54:33.692946+00', '2026-12-28 07:54:33.692946+00', NULL);
INSERT INTO library.entitlements VALUES
	('01a22126-16a9-7b71-b38a-f536bdbebbdf', '01a22126-14b9-71be-bc23-791c484d1af4', '01a22126-12a5-71ee-ac15-651b729334fa', '01a22126-1682-70fe-8be6-bc0071e27a28', '01a22126-1683-7b53-9060-124bb3fcba4e', false, 1, '2026-11-28 07:54:34.02573+00', NULL, '', NULL),
	('01a22126-16a9-7b74-8a95-34cfe151b406', '01a22126-14b9-71be-bc23-791c484d1af4', '01a22126-12a5-7231-bbff-4620b001a8f9', '01a22126-1682-70fe-8be6-bc0071e27a28', '01a22126-1683-7b5f-9018-af1714b32d36', false, 1, '2026-11-28 07:54:34.02573+00', NULL, '', NULL),
	('01a22126-16a9-7b77-8e13-3459cbc36e01', '01a22126-14b9-71be-bc23-791c484d1af4', '01a22126-12a5-734f-89ee-46d00be873b9', '01a22126-1682-70fe-8be6-bc0071e27a28', '01a22126-1683-7b64-81f0-70ecfcdbd18c', true, 3, '2026-11-28 07:54:34.02573+00', NULL, '', NULL),
	('01a22126-183d-76da-9c44-663460953cda', '01a22126-14b9-71be-bc23-791c484d1af4', '01a22126-12a5-71e5-8779-354779e788e9', '01a22126-17f5-7a2a-95b7-bf0e9e82696b', '01a22126-1810-71e5-96cf-87cb7439c7c0', false, 1, '2026-11-28 07:54:34.429445+00', NULL, '', NULL),
	('01a22126-183d-76dc-99c5-e74c593618b0', '01a22126-14b9-71be-bc23-791c484d1af4', '01a22126-12a5-725c-ae8f-1c6b8d503986', '01a22126-17f5-7a2a-95b7-bf0e9e82696b', '01a22126-1810-71e5-96cf-87cb7439c7c0', false, 1, '2026-11-28 07:54:34.429445+00', NULL, '', NULL),
	('01a22126-183d-76dd-81ce-08675111bff6', '01a22126-14b9-71be-bc23-791c484d1af4', '01a22126-12a5-720a-a255-73dae2f048b1', '01a22126-17f5-7a2a-95b7-bf0e9e82696b', '01a22126-1810-71e5-96cf-87cb7439c7c0', false, 1, '2026-11-28 07:54:34.429445+00', NULL, '', NULL),
	('01a22126-183d-76df-94d6-6ae465c3e656', '01a22126-14b9-71be-bc23-791c484d1af4', '01a22126-12a5-71cc-85c5-a71753809e0e', '01a22126-17f5-7a2a-95b7-bf0e9e82696b', '01a22126-1810-71fa-935b-f046b1d84bb0', false, 1, '2026-11-28 07:54:34.429445+00', NULL, '', NULL);
INSERT INTO library.schema_migrations VALUES
	(1, 0, true, '2026-11-28 07:54:32.661636'),
	(2, 1, true, '2026-11-28 07:54:32.669634'),
	(3, 2, true, '2026-11-28 07:54:32.696989'),
	(4, 3, true, '2026-11-28 07:54:32.704978');
INSERT INTO river.river_job VALUES
	(1, 'completed', 1, 25, '2026-11-28 07:54:34.662028+00', '2026-11-28 07:54:34.412308+00', '2026-11-28 07:54:34.667212+00', '2026-11-28 07:54:34.412308+00', 1, '{"order_id": "01a22126-17f5-7a2a-95b7-bf0e9e82696b"}', '{vm_2026_11_28T07_54_32_989964}', NULL, 'checkout.payment_changed', '{}', 'default', '{}', NULL, NULL),
	(2, 'completed', 1, 25, '2026-11-28 07:54:34.932745+00', '2026-11-28 07:54:34.762639+00', '2026-11-28 07:54:34.937654+00', '2026-11-28 07:54:34.762639+00', 1, '{"order_id": "01a22126-1959-78eb-b88a-f7122128c1f5"}', '{vm_2026_11_28T07_54_32_989964}', NULL, 'checkout.payment_changed', '{}', 'default', '{}', NULL, NULL),
	(3, 'completed', 1, 1, '2026-11-28 07:54:34.932745+00', '2026-11-28 07:54:34.808967+00', '2026-11-28 07:54:34.959497+00', '2026-11-28 07:54:34.790857+00', 1, '{}', '{vm_2026_11_28T07_54_32_989964}', NULL, 'sweep', '{"periodic": true}', 'default', '{}', NULL, NULL),
	(4, 'completed', 1, 1, '2026-11-28 07:54:35.964605+00', '2026-11-28 07:54:35.791285+00', '2026-11-28 07:54:35.970054+00', '2026-11-28 07:54:35.790857+00', 1, '{}', '{vm_2026_11_28T07_54_32_989964}', NULL, 'sweep', '{"periodic": true}', 'default', '{}', NULL, NULL),
	(5, 'completed', 1, 1, '2026-11-28 07:54:37.040387+00', '2026-11-28 07:54:36.792268+00', '2026-11-28 07:54:37.08171+00', '2026-11-28 07:54:36.790857+00', 1, '{}', '{vm_2026_11_28T07_54_32_989964}', NULL, 'sweep', '{"periodic": true}', 'default', '{}', NULL, NULL);
INSERT INTO river.river_migration VALUES
	('main', 1, '2026-11-28 07:54:32.717502+00'),
	('main', 2, '2026-11-28 07:54:32.729033+00'),
	('main', 3, '2026-11-28 07:54:32.765088+00'),
	('main', 4, '2026-11-28 07:54:32.76908+00'),
	('main', 5, '2026-11-28 07:54:32.793235+00'),
	('main', 6, '2026-11-28 07:54:32.849219+00'),
	('main', 7, '2026-11-28 07:54:32.86116+00'),
	('main', 8, '2026-11-28 07:54:32.897174+00');
INSERT INTO river.river_queue VALUES
	('default', '2026-11-28 07:54:33.317576+00', '{}', NULL, '2026-11-28 07:54:33.317576+00');
SELECT pg_catalog.setval('billing.history_id_seq', 9, true);
SELECT pg_catalog.setval('billing.schema_migrations_id_seq', 6, true);
SELECT pg_catalog.setval('cart.schema_migrations_id_seq', 2, true);
SELECT pg_catalog.setval('catalog.schema_migrations_id_seq', 2, true);
SELECT pg_catalog.setval('checkout.order_history_id_seq', 10, true);
SELECT pg_catalog.setval('checkout.schema_migrations_id_seq', 4, true);
SELECT pg_catalog.setval('identity.schema_migrations_id_seq', 3, true);
SELECT pg_catalog.setval('library.schema_migrations_id_seq', 4, true);
SELECT pg_catalog.setval('river.river_job_id_seq', 5, true);
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
CREATE INDEX entitlements_covered ON library.entitlements USING btree (account_id, product_id) WHERE ((NOT consumable) AND (end_reason = 'covered'::text));
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
