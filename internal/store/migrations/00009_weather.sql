-- +goose Up

-- The weather at a park as a source told it, every time it told another one.
CREATE TABLE curated.weather (
    game_id     integer NOT NULL,
    source_id   smallint NOT NULL REFERENCES curated.source,
    doc_id      bigint NOT NULL REFERENCES raw.doc,
    condition   text NOT NULL,
    temperature smallint, -- Fahrenheit; null: not told
    wind        text NOT NULL, -- as told: "8 mph, Out To CF"
    PRIMARY KEY (game_id, source_id, doc_id)
);
