-- +goose Up

-- A fetched answer is what a source said at its moment: the same words at
-- another moment are another answer, since prices go back to where they were.
ALTER TABLE raw.doc DROP CONSTRAINT doc_source_id_kind_format_sha256_key;
CREATE UNIQUE INDEX doc_content ON raw.doc (source_id, kind, format, sha256, coalesce(fetched_at, '-infinity'));

-- An answer that nobody could read is kept: a later parser may.
ALTER TABLE raw.doc DROP CONSTRAINT doc_status_check;
ALTER TABLE raw.doc ADD CONSTRAINT doc_status_check CHECK (status IN ('received', 'done', 'unreadable'));
