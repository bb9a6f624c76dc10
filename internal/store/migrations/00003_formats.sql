-- +goose Up

-- A source that tells the day alone gives a game no start: none is invented.
ALTER TABLE curated.game ALTER COLUMN start_at DROP NOT NULL;
ALTER TABLE curated.game ADD COLUMN first_pitch_at timestamptz; -- actual; null until known

-- Which game a source means by its own name of it.
CREATE TABLE curated.game_ref (
    source_id   smallint NOT NULL REFERENCES curated.source,
    ref         text NOT NULL CHECK (ref <> ''),
    game_id     integer NOT NULL REFERENCES curated.game,
    method      text NOT NULL CHECK (method IN ('game_pk', 'day_and_teams', 'operator')),
    resolved_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (source_id, ref)
);
CREATE INDEX game_ref_game ON curated.game_ref (game_id);

-- Where the start is not told, the number of the game takes its place.
ALTER TABLE curated.game_alias ADD COLUMN number smallint NOT NULL DEFAULT 0;
ALTER TABLE curated.game_alias DROP CONSTRAINT game_alias_pkey;
ALTER TABLE curated.game_alias ADD PRIMARY KEY (source_id, official_date, home, away, start_at, number);

-- A document can hold odds, results and splits: each is taken in by itself.
ALTER TABLE raw.doc ADD COLUMN kind text NOT NULL DEFAULT 'odds' CHECK (kind IN ('odds', 'results', 'splits'));
UPDATE raw.doc SET kind = 'results' WHERE format = 'statsapi';
ALTER TABLE raw.doc ALTER COLUMN kind DROP DEFAULT;
ALTER TABLE raw.doc DROP CONSTRAINT doc_source_id_format_sha256_key;
ALTER TABLE raw.doc ADD UNIQUE (source_id, kind, format, sha256);

ALTER TABLE staging.quote
    ALTER COLUMN observed_at DROP NOT NULL, -- an opening or closing price of an archive
    ALTER COLUMN start_at DROP NOT NULL,
    ALTER COLUMN official_date DROP NOT NULL, -- a row that names its game by ref alone
    ADD COLUMN kind smallint NOT NULL DEFAULT 0,
    ADD COLUMN number smallint NOT NULL DEFAULT 0,
    ADD COLUMN ref text NOT NULL DEFAULT '';

-- All that was told of a game lies close together in time.
CREATE INDEX staging_quote_seen ON staging.quote USING brin (observed_at) WITH (pages_per_range = 16);

-- Opening and closing prices of season archives, which tell no time: they are
-- kept apart from ticks, whose time was seen. kind: 1 opening, 2 closing.
CREATE TABLE curated.archive_price (
    game_id   integer NOT NULL REFERENCES curated.game,
    source_id smallint NOT NULL REFERENCES curated.source,
    book_id   smallint NOT NULL REFERENCES curated.book,
    kind      smallint NOT NULL CHECK (kind IN (1, 2)),
    market    smallint NOT NULL CHECK (market BETWEEN 1 AND 3),
    period    smallint NOT NULL CHECK (period BETWEEN 1 AND 2),
    side      smallint NOT NULL CHECK (side BETWEEN 1 AND 4),
    line      smallint NOT NULL,
    price     integer NOT NULL,
    doc_id    bigint NOT NULL REFERENCES raw.doc,
    PRIMARY KEY (game_id, source_id, book_id, kind, market, period, side),
    CHECK (market <> 1 OR line = 0)
);

-- How the public bets, as one provider said it at one moment; stored when it
-- differs from what the provider said before. seen_at: when it was last said.
-- Shares are fractions of the two sides in the market's order (home or over
-- first); null is no data.
CREATE TABLE curated.split (
    game_id      integer NOT NULL REFERENCES curated.game,
    source_id    smallint NOT NULL REFERENCES curated.source,
    provider     text NOT NULL,
    market       smallint NOT NULL CHECK (market BETWEEN 1 AND 3),
    period       smallint NOT NULL CHECK (period BETWEEN 1 AND 2),
    observed_at  timestamptz NOT NULL,
    seen_at      timestamptz NOT NULL,
    updated_at   timestamptz, -- the provider's own time
    bets_first   real,
    bets_second  real,
    money_first  real,
    money_second real,
    tickets      bigint CHECK (tickets > 0),
    doc_id       bigint NOT NULL REFERENCES raw.doc,
    PRIMARY KEY (game_id, source_id, provider, market, period, observed_at),
    CHECK ((bets_first IS NULL) = (bets_second IS NULL)),
    CHECK ((money_first IS NULL) = (money_second IS NULL)),
    CHECK (bets_first IS NOT NULL OR money_first IS NOT NULL)
);

-- What was told of a game beside its score. A half-inning that was not played
-- is -1.
ALTER TABLE curated.result
    ADD COLUMN home_innings      smallint[],
    ADD COLUMN away_innings      smallint[],
    ADD COLUMN scheduled_innings smallint CHECK (scheduled_innings > 0),
    ADD COLUMN first_pitch_at    timestamptz,
    ADD COLUMN home_starter      text,
    ADD COLUMN away_starter      text,
    DROP CONSTRAINT result_check,
    ADD CHECK ((home_runs IS NULL) = (away_runs IS NULL)),
    ADD CHECK (status <> 7 OR home_runs IS NOT NULL),
    ADD CHECK ((home_innings IS NULL) = (away_innings IS NULL));
