-- +goose Up

-- A target of a day that is over is done: nobody looks at it any more. The pin
-- is the closing capture that the next look is.
ALTER TABLE collect.target
    ADD COLUMN pin     timestamptz,
    ADD COLUMN done_at timestamptz;
DROP INDEX collect.target_due;
CREATE INDEX target_due ON collect.target (next_at) WHERE done_at IS NULL;

-- When a look was due, and the moment that its answer shows: that of the polls
-- it brought.
ALTER TABLE collect.run
    ADD COLUMN due_at      timestamptz,
    ADD COLUMN observed_at timestamptz;
UPDATE collect.run SET due_at = started_at;
ALTER TABLE collect.run ALTER COLUMN due_at SET NOT NULL;

-- Of each look that brought odds: the games of each book that were expected,
-- and those that came. A book that a target has shown once is expected again.
CREATE TABLE collect.run_book (
    run_id         bigint NOT NULL REFERENCES collect.run ON DELETE CASCADE,
    book_id        smallint NOT NULL REFERENCES curated.book,
    games_expected smallint NOT NULL,
    games_got      smallint NOT NULL,
    PRIMARY KEY (run_id, book_id)
);
