-- +goose Up

-- What each source said of a game, every time it said something new. Two
-- sources, or one at two times, may disagree: both are kept.
CREATE TABLE curated.result (
    game_id    integer NOT NULL REFERENCES curated.game,
    source_id  smallint NOT NULL REFERENCES curated.source,
    doc_id     bigint NOT NULL REFERENCES raw.doc,
    status     smallint NOT NULL CHECK (status BETWEEN 1 AND 7),
    home_runs  smallint CHECK (home_runs >= 0),
    away_runs  smallint CHECK (away_runs >= 0),
    PRIMARY KEY (game_id, source_id, doc_id),
    CHECK ((status = 7) = (home_runs IS NOT NULL AND away_runs IS NOT NULL))
);
