-- +goose Up

-- What was staged of a document is asked for twice by every document. Of a
-- block range index the newest blocks have no summary until a vacuum: all of
-- them were read each time, the more the longer ago the last vacuum was.
DROP INDEX staging.staging_quote_doc;
CREATE INDEX staging_quote_doc ON staging.quote (doc_id);
