-- +goose Up
CREATE SCHEMA raw;
CREATE SCHEMA staging;
CREATE SCHEMA curated;

-- One row: whether this database holds synthetic or real data. Documents and
-- games refer to it, so the database itself refuses a mixture.
CREATE TABLE curated.zone (
    synthetic boolean PRIMARY KEY
);
CREATE UNIQUE INDEX zone_one_row ON curated.zone ((true));

CREATE TABLE curated.source (
    id              smallint PRIMARY KEY,
    name            text NOT NULL UNIQUE,
    official        boolean NOT NULL,
    acknowledged_at timestamptz -- null: the source is off
);

CREATE TABLE curated.team (
    id                smallint PRIMARY KEY, -- MLB's number
    code              text NOT NULL UNIQUE,
    name              text NOT NULL UNIQUE,
    action_network_id integer NOT NULL UNIQUE
);

CREATE TABLE curated.team_alias (
    source_id smallint NOT NULL REFERENCES curated.source,
    alias     text NOT NULL,
    team_id   smallint NOT NULL REFERENCES curated.team,
    PRIMARY KEY (source_id, alias)
);

CREATE TABLE curated.brand (
    slug  text PRIMARY KEY,
    name  text NOT NULL,
    kind  text NOT NULL CHECK (kind IN ('book', 'exchange', 'dfs', 'consensus', 'open')),
    feed  text NOT NULL,
    sharp real NOT NULL CHECK (sharp BETWEEN 0 AND 1)
);

CREATE TABLE curated.book (
    id                smallint PRIMARY KEY,
    brand             text NOT NULL REFERENCES curated.brand,
    licence           text NOT NULL, -- '' is the brand as a whole
    action_network_id integer UNIQUE,
    name              text NOT NULL
);

CREATE TABLE curated.book_alias (
    source_id smallint NOT NULL REFERENCES curated.source,
    alias     text NOT NULL,
    book_id   smallint NOT NULL REFERENCES curated.book,
    PRIMARY KEY (source_id, alias)
);

CREATE TABLE curated.game (
    id            integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    game_pk       bigint UNIQUE, -- MLB's number; null while provisional
    official_date date NOT NULL,
    number        smallint NOT NULL DEFAULT 0 CHECK (number BETWEEN 0 AND 2),
    home_id       smallint NOT NULL REFERENCES curated.team,
    away_id       smallint NOT NULL REFERENCES curated.team,
    start_at      timestamptz NOT NULL, -- scheduled
    synthetic     boolean NOT NULL REFERENCES curated.zone,
    created_at    timestamptz NOT NULL DEFAULT now(),
    CHECK (home_id <> away_id)
);
CREATE INDEX game_by_date ON curated.game (official_date, home_id, away_id);

-- Which game a source meant by a day, two names and a start. Rows in staging
-- find their game by it.
CREATE TABLE curated.game_alias (
    source_id     smallint NOT NULL REFERENCES curated.source,
    official_date date NOT NULL,
    home          text NOT NULL,
    away          text NOT NULL,
    start_at      timestamptz NOT NULL,
    game_id       integer NOT NULL REFERENCES curated.game,
    PRIMARY KEY (source_id, official_date, home, away, start_at)
);
CREATE INDEX game_alias_game ON curated.game_alias (game_id);

-- Numbers of provisional games that turned out to be another game.
CREATE TABLE curated.merged_game (
    id        integer PRIMARY KEY,
    into_id   integer NOT NULL REFERENCES curated.game,
    merged_at timestamptz NOT NULL DEFAULT now()
);

-- A document as received. status is written last: a document that is not
-- 'done' is taken up again where rows_done says.
CREATE TABLE raw.doc (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source_id    smallint NOT NULL REFERENCES curated.source,
    format       text NOT NULL,
    name         text NOT NULL,
    sha256       bytea NOT NULL CHECK (length(sha256) = 32),
    size         bigint NOT NULL,
    synthetic    boolean NOT NULL REFERENCES curated.zone,
    confirmation text NOT NULL, -- what the document says about prices it does not repeat
    received_at  timestamptz NOT NULL DEFAULT now(),
    status       text NOT NULL DEFAULT 'received' CHECK (status IN ('received', 'done')),
    rows_done    bigint NOT NULL DEFAULT 0,
    stored       bigint NOT NULL DEFAULT 0,
    duplicate    bigint NOT NULL DEFAULT 0,
    quarantined  bigint NOT NULL DEFAULT 0,
    finished_at  timestamptz,
    error        text, -- why the last attempt stopped early
    UNIQUE (source_id, format, sha256),
    CHECK (rows_done = stored + duplicate + quarantined),
    CHECK ((status = 'done') = (finished_at IS NOT NULL))
);

CREATE TABLE raw.piece (
    doc_id bigint NOT NULL REFERENCES raw.doc,
    seq    integer NOT NULL,
    bytes  bytea NOT NULL,
    PRIMARY KEY (doc_id, seq)
);
-- The bytes arrive compressed: compressing them again only costs time.
ALTER TABLE raw.piece ALTER COLUMN bytes SET STORAGE EXTERNAL;

-- Rows as the source said them, in the source's own names.
CREATE TABLE staging.quote (
    observed_at timestamptz NOT NULL,
    start_at    timestamptz NOT NULL,
    doc_id      bigint NOT NULL,
    row_no      integer NOT NULL,
    price       integer NOT NULL,
    line        smallint NOT NULL,
    market      smallint NOT NULL,
    period      smallint NOT NULL,
    side        smallint NOT NULL,
    home        text NOT NULL,
    away        text NOT NULL,
    book        text NOT NULL,
    official_date date NOT NULL
);
CREATE INDEX staging_quote_doc ON staging.quote USING brin (doc_id, row_no);

CREATE TABLE staging.quarantine (
    doc_id bigint NOT NULL REFERENCES raw.doc,
    row_no integer NOT NULL,
    reason text NOT NULL,
    detail text NOT NULL,
    text   text NOT NULL, -- the row as received
    PRIMARY KEY (doc_id, row_no)
);

-- A price is kept exactly as quoted: an American price as its integer, a
-- decimal price x 10,000 as 10,000,000 and more.
CREATE FUNCTION curated.decimal_odds(price integer) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
    RETURN CASE WHEN price >= 10000000 THEN (price - 10000000) / 10000.0
                WHEN price > 0 THEN 1 + price / 100.0
                ELSE 1 - 100.0 / price END;

-- Ticks: a price is stored when it differs from the one before it. The line is
-- in half-runs from the home side's view; 0 for a moneyline. The price is a
-- code that curated.decimal_odds reads.
CREATE TABLE curated.quote (
    observed_at timestamptz NOT NULL,
    game_id     integer NOT NULL,
    price       integer NOT NULL,
    doc_id      integer NOT NULL,
    book_id     smallint NOT NULL,
    line        smallint NOT NULL,
    source_id   smallint NOT NULL,
    market      smallint NOT NULL CHECK (market BETWEEN 1 AND 3),
    period      smallint NOT NULL CHECK (period BETWEEN 1 AND 2),
    side        smallint NOT NULL CHECK (side BETWEEN 1 AND 4),
    synthetic   boolean NOT NULL,
    PRIMARY KEY (game_id, book_id, market, period, line, side, observed_at),
    CHECK (market <> 1 OR line = 0)
) PARTITION BY RANGE (observed_at);

-- When a source looked at a book's prices of a game. complete: every price the
-- book offered was listed, so that one not listed was withdrawn.
CREATE TABLE curated.poll (
    game_id     integer NOT NULL,
    book_id     smallint NOT NULL,
    observed_at timestamptz NOT NULL,
    source_id   smallint NOT NULL,
    complete    boolean NOT NULL,
    PRIMARY KEY (game_id, book_id, observed_at, source_id)
);

-- One row a line and side, kept up on ingest, so that no screen scans ticks.
-- low and high are the least and the most a price paid; closing is the last
-- price before the scheduled start.
CREATE TABLE curated.line_summary (
    game_id      integer NOT NULL,
    book_id      smallint NOT NULL,
    market       smallint NOT NULL,
    period       smallint NOT NULL,
    line         smallint NOT NULL,
    side         smallint NOT NULL,
    open_price   integer NOT NULL,
    price        integer NOT NULL,
    low_price    integer NOT NULL,
    high_price   integer NOT NULL,
    close_price  integer,
    ticks        integer NOT NULL,
    opened_at    timestamptz NOT NULL,
    changed_at   timestamptz NOT NULL,
    seen_at      timestamptz NOT NULL,
    closed_at    timestamptz,
    PRIMARY KEY (game_id, book_id, market, period, line, side)
) WITH (fillfactor = 70);

-- The line whose sides are nearest to even, stored when it moves.
CREATE TABLE curated.main_line (
    game_id     integer NOT NULL,
    book_id     smallint NOT NULL,
    market      smallint NOT NULL,
    period      smallint NOT NULL,
    observed_at timestamptz NOT NULL,
    line        smallint NOT NULL,
    PRIMARY KEY (game_id, book_id, market, period, observed_at)
);
