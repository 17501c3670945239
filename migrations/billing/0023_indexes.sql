-- +goose NO TRANSACTION
-- +goose Up
-- Indexes of large tables, built while stores run. An interrupted build leaves an invalid index: the next one drops it.

-- Staff lists the records of all accounts, by status and by order. Payments are captured and refunds succeed as a rule:
-- those are found newest first without an index of their own.
DROP INDEX CONCURRENTLY IF EXISTS billing.payments_of_status;
CREATE INDEX CONCURRENTLY payments_of_status ON billing.payments (status, id DESC) WHERE status <> 'captured';
DROP INDEX CONCURRENTLY IF EXISTS billing.refunds_of_status;
CREATE INDEX CONCURRENTLY refunds_of_status ON billing.refunds (status, id DESC) WHERE status <> 'succeeded';
DROP INDEX CONCURRENTLY IF EXISTS billing.disputes_of_status;
CREATE INDEX CONCURRENTLY disputes_of_status ON billing.disputes (status, id DESC);
DROP INDEX CONCURRENTLY IF EXISTS billing.disputes_of_account;
CREATE INDEX CONCURRENTLY disputes_of_account ON billing.disputes (account_id, id DESC);
DROP INDEX CONCURRENTLY IF EXISTS billing.credit_notes_newest;
CREATE INDEX CONCURRENTLY credit_notes_newest ON billing.invoices (id DESC) WHERE kind = 'credit_note';
DROP INDEX CONCURRENTLY IF EXISTS billing.credit_notes_of_order;
CREATE INDEX CONCURRENTLY credit_notes_of_order ON billing.invoices (order_id) WHERE kind = 'credit_note';

-- A tax report reads the documents of a period.
DROP INDEX CONCURRENTLY IF EXISTS billing.invoices_captured;
CREATE INDEX CONCURRENTLY invoices_captured ON billing.invoices (captured_at, id);

-- Staff lists documents by kind, the newest first, and filters them. There is an index for each filter; those of an
-- account and of an order's ID exist.
DROP INDEX CONCURRENTLY IF EXISTS billing.invoices_by_issue;
CREATE INDEX CONCURRENTLY invoices_by_issue ON billing.invoices (kind, issued_at DESC, id DESC);
DROP INDEX CONCURRENTLY IF EXISTS billing.invoices_by_number;
CREATE INDEX CONCURRENTLY invoices_by_number ON billing.invoices (kind, (billing.document_number(series, number) COLLATE "C"));
DROP INDEX CONCURRENTLY IF EXISTS billing.invoices_of_country;
CREATE INDEX CONCURRENTLY invoices_of_country ON billing.invoices (kind, (paper ->> 'buyer_country'), issued_at DESC, id DESC);
DROP INDEX CONCURRENTLY IF EXISTS billing.invoices_of_order_number;
CREATE INDEX CONCURRENTLY invoices_of_order_number ON billing.invoices ((paper ->> 'order_number'));
DROP INDEX CONCURRENTLY IF EXISTS billing.invoice_drafts_of_order_number;
CREATE INDEX CONCURRENTLY invoice_drafts_of_order_number ON billing.invoice_drafts ((paper ->> 'order_number'));

-- The journal of one account.
DROP INDEX CONCURRENTLY IF EXISTS billing.journal_postings_of_account;
CREATE INDEX CONCURRENTLY journal_postings_of_account ON billing.journal_postings (account, entry_id);

-- Reconciliation reads a day. Rows are stored in the order of their time, so block ranges suffice, and a purchase
-- maintains no further B-tree.
DROP INDEX CONCURRENTLY IF EXISTS billing.payments_created_at;
CREATE INDEX CONCURRENTLY payments_created_at ON billing.payments USING brin (created_at);
DROP INDEX CONCURRENTLY IF EXISTS billing.refunds_created_at;
CREATE INDEX CONCURRENTLY refunds_created_at ON billing.refunds USING brin (created_at);
DROP INDEX CONCURRENTLY IF EXISTS billing.disputes_created_at;
CREATE INDEX CONCURRENTLY disputes_created_at ON billing.disputes (created_at);
DROP INDEX CONCURRENTLY IF EXISTS billing.refunds_provider_ref;
CREATE INDEX CONCURRENTLY refunds_provider_ref ON billing.refunds (provider_ref) WHERE provider_ref IS NOT NULL;
DROP INDEX CONCURRENTLY IF EXISTS billing.journal_entries_fees;
CREATE INDEX CONCURRENTLY journal_entries_fees ON billing.journal_entries (at, id) WHERE source_type = 'fee';

-- +goose Down
DROP INDEX CONCURRENTLY IF EXISTS billing.journal_entries_fees;
DROP INDEX CONCURRENTLY IF EXISTS billing.refunds_provider_ref;
DROP INDEX CONCURRENTLY IF EXISTS billing.disputes_created_at;
DROP INDEX CONCURRENTLY IF EXISTS billing.refunds_created_at;
DROP INDEX CONCURRENTLY IF EXISTS billing.payments_created_at;
DROP INDEX CONCURRENTLY IF EXISTS billing.journal_postings_of_account;
DROP INDEX CONCURRENTLY IF EXISTS billing.invoice_drafts_of_order_number;
DROP INDEX CONCURRENTLY IF EXISTS billing.invoices_of_order_number;
DROP INDEX CONCURRENTLY IF EXISTS billing.invoices_of_country;
DROP INDEX CONCURRENTLY IF EXISTS billing.invoices_by_number;
DROP INDEX CONCURRENTLY IF EXISTS billing.invoices_by_issue;
DROP INDEX CONCURRENTLY IF EXISTS billing.invoices_captured;
DROP INDEX CONCURRENTLY IF EXISTS billing.credit_notes_of_order;
DROP INDEX CONCURRENTLY IF EXISTS billing.credit_notes_newest;
DROP INDEX CONCURRENTLY IF EXISTS billing.disputes_of_account;
DROP INDEX CONCURRENTLY IF EXISTS billing.disputes_of_status;
DROP INDEX CONCURRENTLY IF EXISTS billing.refunds_of_status;
DROP INDEX CONCURRENTLY IF EXISTS billing.payments_of_status;
