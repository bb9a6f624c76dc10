package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// Status counts what the database holds.
type Status struct {
	Synthetic   bool      `json:"synthetic"`
	Documents   int64     `json:"documents"`
	Unfinished  int64     `json:"documents_unfinished"`
	Games       int64     `json:"games"`
	Provisional int64     `json:"games_provisional"`
	Ticks       int64     `json:"ticks"`
	Lines       int64     `json:"lines"`
	Quarantined int64     `json:"quarantined"`
	Newest      time.Time `json:"newest_tick"` // zero: there is none
}

// Status counts the rows of the main tables.
func (db *DB) Status(ctx context.Context) (s Status, err error) {
	var newest *time.Time
	err = db.conn.QueryRow(ctx, `
		SELECT coalesce((SELECT synthetic FROM curated.zone), false),
		       (SELECT count(*) FROM raw.doc), (SELECT count(*) FROM raw.doc WHERE status <> 'done'),
		       (SELECT count(*) FROM curated.game), (SELECT count(*) FROM curated.game WHERE game_pk IS NULL),
		       (SELECT count(*) FROM curated.quote), (SELECT count(*) FROM curated.line_summary),
		       (SELECT count(*) FROM staging.quarantine), (SELECT max(changed_at) FROM curated.line_summary)`).
		Scan(&s.Synthetic, &s.Documents, &s.Unfinished, &s.Games, &s.Provisional, &s.Ticks, &s.Lines, &s.Quarantined, &newest)
	if err != nil {
		return s, fmt.Errorf("read status: %w", explain(err))
	}
	if newest != nil {
		s.Newest = newest.UTC()
	}
	return s, nil
}

// VerifiedTLS refuses a database address over which another machine could
// pose as the server: production asks for sslmode=verify-full.
func VerifiedTLS(url string) error {
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		return errURL
	}
	if !verified(&cfg.Config) {
		return fmt.Errorf("%w: DATABASE_URL does not verify the server: add sslmode=verify-full and, where the "+
			"certificate is not from a public authority, sslrootcert=FILE", mlb.ErrInvalid)
	}
	return nil
}

func verified(cfg *pgconn.Config) bool {
	if cfg.TLSConfig == nil || cfg.TLSConfig.InsecureSkipVerify || cfg.TLSConfig.ServerName == "" {
		return false
	}
	for _, f := range cfg.Fallbacks {
		if f.TLSConfig == nil || f.TLSConfig.InsecureSkipVerify {
			return false
		}
	}
	return true
}
