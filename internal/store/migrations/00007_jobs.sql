-- +goose Up

-- Where and when a document was fetched, exactly: what its body does not say
-- and its format needs to read it again. Null for what came as a file.
ALTER TABLE raw.doc
    ADD COLUMN feed       text,
    ADD COLUMN url        text,
    ADD COLUMN fetched_at timestamptz,
    ADD CHECK ((feed IS NULL) = (url IS NULL) AND (feed IS NULL) = (fetched_at IS NULL));
CREATE INDEX doc_received ON raw.doc (received_at);

-- Opportunities as they were found, each once: by the live detector or by the
-- safety net that replays the day. found_at is event time.
CREATE TABLE curated.found (
    id               text PRIMARY KEY,
    game_id          integer NOT NULL,
    strategy         text NOT NULL,
    book_id          smallint NOT NULL,
    market           smallint NOT NULL,
    period           smallint NOT NULL,
    line             smallint NOT NULL,
    side             smallint NOT NULL,
    found_at         timestamptz NOT NULL,
    first_written_at timestamptz NOT NULL,
    written_by       text NOT NULL CHECK (written_by IN ('live', 'net')),
    document         jsonb NOT NULL,
    UNIQUE (game_id, strategy, book_id, market, period, line, side, found_at)
);

-- What became of them: a row each time the verdict under a set of rules became
-- another one. The last one stands.
CREATE TABLE curated.found_grade (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    found_id  text NOT NULL REFERENCES curated.found ON DELETE CASCADE,
    rules     text NOT NULL, -- whose, and where they were read
    outcome   text NOT NULL,
    return    double precision, -- of one unit, stake included; null while not settled
    event     text NOT NULL, -- what decided it
    note      text NOT NULL,
    clv       double precision,
    graded_at timestamptz NOT NULL
);
CREATE INDEX found_grade_found ON curated.found_grade (found_id, id DESC);

-- How far a game's settlement has come: up to which word of a source on it.
CREATE TABLE curated.settlement (
    game_id    integer PRIMARY KEY,
    result_doc bigint NOT NULL,
    settled_at timestamptz NOT NULL,
    pending    integer NOT NULL -- bets that are not settled yet
);

-- What was asked for after the fact, and what came of it: one row a feed and
-- day, a game of it, or a moment of it. --resume passes over those done.
CREATE TABLE collect.backfill (
    source_id     smallint NOT NULL REFERENCES curated.source,
    feed          text NOT NULL,
    official_date date NOT NULL,
    item          text NOT NULL, -- '' for the day, 'game 12', or a moment
    game_id       integer, -- null: about the whole day
    asked_at      timestamptz NOT NULL,
    status        text NOT NULL CHECK (status IN ('done', 'failed')),
    cause         text NOT NULL DEFAULT '',
    detail        text NOT NULL DEFAULT '',
    rows_read     bigint NOT NULL DEFAULT 0,
    rows_stored   bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (source_id, feed, official_date, item),
    CHECK ((status = 'failed') = (cause <> ''))
);
