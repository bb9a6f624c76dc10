-- +goose Up

-- The high-water mark of everything observed of games. It is moved on within
-- the transaction that writes, whose lock of this row holds until it commits:
-- marks become visible in their own order.
CREATE TABLE curated.high_water (
    mark bigint NOT NULL
);
CREATE UNIQUE INDEX high_water_one_row ON curated.high_water ((true));
INSERT INTO curated.high_water VALUES (0);

-- What each transaction changed: which games, and from which moment on what was
-- observed of each is another. A moment before what a reader has applied is a
-- late price; null is all of the game. Old rows are pruned: who is further behind
-- reads everything.
CREATE TABLE curated.change (
    mark  bigint PRIMARY KEY,
    at    timestamptz NOT NULL DEFAULT now(),
    kind  text NOT NULL CHECK (kind IN ('odds', 'splits', 'results')),
    games integer[] NOT NULL,
    since timestamptz[] NOT NULL,
    CHECK (cardinality(games) = cardinality(since) AND cardinality(games) > 0)
);
