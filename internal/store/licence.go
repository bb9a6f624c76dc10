package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// Licence is a source's entry in the register: what its terms allow, as far as
// is known, and when the operator read and acknowledged them.
type Licence struct {
	Source         string
	Title          string
	Official       bool
	TermsURL       string
	Permitted      string
	Rate           string
	Retention      string
	NeedsKey       bool
	ReadOn         mlb.Date  // zero: unread
	AcknowledgedAt time.Time // zero: the source is off
}

// LoadLicences writes what the program knows of the terms. What the operator
// has read and acknowledged stays.
func (db *DB) LoadLicences(ctx context.Context, all []Licence) error {
	batch := &pgx.Batch{}
	for _, l := range all {
		batch.Queue(`
			UPDATE curated.source SET title = $2, terms_url = $3, permitted = $4, rate = $5, retention = $6, needs_key = $7
			WHERE name = $1`, l.Source, l.Title, l.TermsURL, l.Permitted, l.Rate, l.Retention, l.NeedsKey)
	}
	err := db.Tx(ctx, func(tx pgx.Tx) error { return tx.SendBatch(ctx, batch).Close() })
	if err != nil {
		return fmt.Errorf("load licences: %w", err)
	}
	return nil
}

// Licences reads the register: every source that can be collected from.
func (db *DB) Licences(ctx context.Context) ([]Licence, error) {
	rows, err := db.conn.Query(ctx, `
		SELECT name, title, official, terms_url, permitted, rate, retention, needs_key, read_on, acknowledged_at
		FROM curated.source WHERE title <> '' ORDER BY id`)
	if err != nil {
		return nil, fmt.Errorf("read licences: %w", explain(err))
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (l Licence, err error) {
		var read, acknowledged *time.Time
		err = row.Scan(&l.Source, &l.Title, &l.Official, &l.TermsURL, &l.Permitted, &l.Rate, &l.Retention, &l.NeedsKey, &read, &acknowledged)
		if read != nil {
			l.ReadOn = mlb.DateOf(*read)
		}
		l.AcknowledgedAt = timeOf(acknowledged)
		return l, err
	})
	if err != nil {
		return nil, fmt.Errorf("read licences: %w", explain(err))
	}
	return all, nil
}

// Acknowledge notes that the operator has read a source's terms on a day, and
// turns the source on.
func (db *DB) Acknowledge(ctx context.Context, source string, readOn mlb.Date, now time.Time) error {
	_, err := db.conn.Exec(ctx, `
		UPDATE curated.source SET read_on = $2, acknowledged_at = coalesce(acknowledged_at, $3) WHERE name = $1`,
		source, readOn.Time(), now)
	if err != nil {
		return fmt.Errorf("acknowledge %s: %w", source, explain(err))
	}
	return nil
}
