-- +goose Up

-- What was received of a source since a moment: a look that failed, or whose
-- worker died, asks for it.
CREATE INDEX doc_fetched ON raw.doc (source_id, fetched_at) WHERE fetched_at IS NOT NULL;
