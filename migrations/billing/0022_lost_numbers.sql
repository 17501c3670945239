-- +goose Up
-- Numbers of invoices and credit notes that were issued before the database was restored to an earlier moment. They are
-- not issued again.
CREATE TABLE billing.lost_numbers (
    series      text        NOT NULL,
    first       bigint      NOT NULL CHECK (first > 0),
    last        bigint      NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (series, last),
    CHECK (first <= last)
);
GRANT SELECT, INSERT ON billing.lost_numbers TO coinslot_app;

-- +goose Down
DROP TABLE billing.lost_numbers;
