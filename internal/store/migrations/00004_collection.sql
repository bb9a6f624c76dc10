-- +goose Up

-- The licence register: what the program knows of a source's terms, and when
-- the operator has read and acknowledged them. Without an acknowledgement a
-- source does not start.
ALTER TABLE curated.source
    ADD COLUMN title     text NOT NULL DEFAULT '',
    ADD COLUMN terms_url text NOT NULL DEFAULT '',
    ADD COLUMN permitted text NOT NULL DEFAULT '', -- what the terms allow, as far as is known
    ADD COLUMN rate      text NOT NULL DEFAULT '',
    ADD COLUMN retention text NOT NULL DEFAULT '',
    ADD COLUMN needs_key boolean NOT NULL DEFAULT false,
    ADD COLUMN read_on   date; -- when the operator read the terms; null: unread

-- A tick of price 0 says that the price before it was withdrawn.
CREATE OR REPLACE FUNCTION curated.decimal_odds(price integer) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
    RETURN CASE WHEN price >= 10000000 THEN (price - 10000000) / 10000.0
                WHEN price > 0 THEN 1 + price / 100.0
                WHEN price < 0 THEN 1 - 100.0 / price END;

CREATE SCHEMA collect;

-- One row a feed of a source for one day, or for one game of it: due at
-- next_at, claimed by a lease. The fence goes up with every claim: what a
-- claimer writes later, it writes only while the fence is its own.
CREATE TABLE collect.target (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source_id       smallint NOT NULL REFERENCES curated.source,
    feed            text NOT NULL,
    official_date   date NOT NULL,
    game_id         integer, -- null: the feed shows the whole day
    next_at         timestamptz NOT NULL,
    why             text NOT NULL, -- of next_at, in words
    lease_until     timestamptz,
    lease_by        text,
    fence           bigint NOT NULL DEFAULT 0,
    etag            text NOT NULL DEFAULT '',
    last_modified   text NOT NULL DEFAULT '',
    last_success_at timestamptz,
    last_body       bytea, -- hash of the last body: a frozen feed repeats it
    last_change_at  timestamptz,
    failures        integer NOT NULL DEFAULT 0, -- in a row
    CHECK ((lease_until IS NULL) = (lease_by IS NULL))
);
CREATE UNIQUE INDEX target_key ON collect.target (source_id, feed, official_date, coalesce(game_id, 0));
CREATE INDEX target_due ON collect.target (next_at);

-- The run ledger: every look at a source, what came of it and, where it failed,
-- why. Row counts are the documents'.
CREATE TABLE collect.run (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    target_id      bigint NOT NULL REFERENCES collect.target,
    worker         text NOT NULL,
    started_at     timestamptz NOT NULL,
    finished_at    timestamptz NOT NULL,
    outcome        text NOT NULL CHECK (outcome IN ('stored', 'unchanged', 'partial', 'failed')),
    cause          text NOT NULL DEFAULT '', -- '' where nothing is wrong
    detail         text NOT NULL DEFAULT '',
    status         integer, -- HTTP
    bytes          bigint NOT NULL DEFAULT 0,
    games_expected integer NOT NULL DEFAULT 0,
    games_got      integer NOT NULL DEFAULT 0,
    rows_read      bigint NOT NULL DEFAULT 0,
    rows_stored    bigint NOT NULL DEFAULT 0,
    rows_quarantined bigint NOT NULL DEFAULT 0,
    credits        integer NOT NULL DEFAULT 0,
    CHECK (finished_at >= started_at),
    CHECK ((outcome = 'failed') <= (cause <> ''))
);
CREATE INDEX run_target ON collect.run (target_id, id DESC);
CREATE INDEX run_finished ON collect.run USING brin (finished_at);

-- The shape of a feed's bodies as first seen to work, and as seen last. A feed
-- without a row has never run against a live body: it is unverified.
CREATE TABLE collect.shape (
    source_id   smallint NOT NULL REFERENCES curated.source,
    feed        text NOT NULL,
    verified_at timestamptz NOT NULL,
    first_shape text NOT NULL,
    last_shape  text NOT NULL,
    changed_at  timestamptz,
    PRIMARY KEY (source_id, feed)
);

-- Credits of paid plans, as the governor keeps them and as the source told.
CREATE TABLE collect.quota (
    source_id  smallint PRIMARY KEY REFERENCES curated.source,
    state      jsonb NOT NULL,
    updated_at timestamptz NOT NULL
);

-- What a source showed at one moment.
CREATE INDEX poll_seen ON curated.poll USING brin (observed_at) WITH (pages_per_range = 16);
