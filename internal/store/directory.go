package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// Source is one origin of data. Its number never changes once given.
type Source struct {
	ID       int16
	Name     string
	Official bool // a published feed with terms that allow this use
}

// sources is every source this program can read.
var sources = []Source{
	{1, "actionnetwork", false},
	{2, "boltodds", false},
	{4, "oddsapi", true},
	{5, "statsapi", true},
	{6, "sbro", false},
	{7, "pinnacle2016", false},
	{8, "retrosheet", true},
	{9, "results2026", false},
	{10, "splits2026", false},
	{11, "sbd", false},
	{12, "vsin", false},
}

// Directory counts what the identity tables hold.
type Directory struct {
	Teams       int `json:"teams"`
	Brands      int `json:"brands"`
	Books       int `json:"books"`
	TeamAliases int `json:"team_aliases"`
	BookAliases int `json:"book_aliases"`
	Sources     int `json:"sources"`
}

// LoadDirectory writes teams, brands, books, sources and their aliases as this
// program knows them. Rows already there are brought up to date; what an
// operator added, and every acknowledgement, stays.
func (db *DB) LoadDirectory(ctx context.Context) (Directory, error) {
	err := db.Tx(ctx, func(tx pgx.Tx) error {
		// Two processes that set up at once write the same rows in any order.
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtext('directory'))`); err != nil {
			return err
		}
		for _, load := range []func(context.Context, pgx.Tx) error{loadSources, loadTeams, loadBooks, loadAliases} {
			if err := load(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return Directory{}, fmt.Errorf("load directory: %w", err)
	}
	return db.Directory(ctx)
}

// Directory counts the identity tables.
func (db *DB) Directory(ctx context.Context) (d Directory, err error) {
	err = db.conn.QueryRow(ctx, `
		SELECT (SELECT count(*) FROM curated.team), (SELECT count(*) FROM curated.brand), (SELECT count(*) FROM curated.book),
		       (SELECT count(*) FROM curated.team_alias), (SELECT count(*) FROM curated.book_alias), (SELECT count(*) FROM curated.source)`).
		Scan(&d.Teams, &d.Brands, &d.Books, &d.TeamAliases, &d.BookAliases, &d.Sources)
	return d, err
}

func loadSources(ctx context.Context, tx pgx.Tx) error {
	for _, s := range sources {
		_, err := tx.Exec(ctx, `
			INSERT INTO curated.source (id, name, official) VALUES ($1, $2, $3)
			ON CONFLICT (id) DO UPDATE SET name = excluded.name, official = excluded.official`, s.ID, s.Name, s.Official)
		if err != nil {
			return err
		}
	}
	return nil
}

func loadTeams(ctx context.Context, tx pgx.Tx) error {
	for _, t := range mlb.Teams() {
		_, err := tx.Exec(ctx, `
			INSERT INTO curated.team (id, code, name, action_network_id) VALUES ($1, $2, $3, $4)
			ON CONFLICT (id) DO UPDATE SET code = excluded.code, name = excluded.name, action_network_id = excluded.action_network_id`,
			t.ID, t.Code, t.Name, t.ActionNetwork)
		if err != nil {
			return err
		}
	}
	return nil
}

func loadBooks(ctx context.Context, tx pgx.Tx) error {
	books, err := mlb.Books()
	if err != nil {
		return err
	}
	batch := &pgx.Batch{}
	for _, b := range books {
		batch.Queue(`
			INSERT INTO curated.brand (slug, name, kind, feed, sharp) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (slug) DO UPDATE SET name = excluded.name, kind = excluded.kind, feed = excluded.feed, sharp = excluded.sharp`,
			b.Brand.Slug, b.Brand.Name, string(b.Brand.Kind), b.Brand.Feed, b.Brand.Sharp)
		batch.Queue(`
			INSERT INTO curated.book (id, brand, licence, action_network_id, name) VALUES ($1, $2, $3, nullif($4, 0), $5)
			ON CONFLICT (id) DO UPDATE SET brand = excluded.brand, licence = excluded.licence,
				action_network_id = excluded.action_network_id, name = excluded.name`,
			b.ID, b.Brand.Slug, b.Licence, b.ActionNetwork, b.Name)
	}
	return tx.SendBatch(ctx, batch).Close()
}

func loadAliases(ctx context.Context, tx pgx.Tx) error {
	batch := &pgx.Batch{}
	for _, s := range sources {
		for alias, team := range mlb.TeamAliases(s.Name) {
			batch.Queue(`INSERT INTO curated.team_alias VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, s.ID, alias, team)
		}
		books, err := mlb.BookAliases(s.Name)
		if err != nil {
			return err
		}
		for alias, book := range books {
			batch.Queue(`INSERT INTO curated.book_alias VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, s.ID, alias, book)
		}
	}
	return tx.SendBatch(ctx, batch).Close()
}

// Aliases are a source's exact names of teams and books.
type Aliases struct {
	Source Source
	Team   map[string]mlb.TeamID
	Book   map[string]mlb.BookID
}

// Aliases reads the names by which a source is known to call things.
func (db *DB) Aliases(ctx context.Context, source string) (Aliases, error) {
	a := Aliases{Team: map[string]mlb.TeamID{}, Book: map[string]mlb.BookID{}}
	err := db.conn.QueryRow(ctx, `SELECT id, name, official FROM curated.source WHERE name = $1`, source).
		Scan(&a.Source.ID, &a.Source.Name, &a.Source.Official)
	if noRows(err) {
		return a, fmt.Errorf("%w: source %q is not in the directory: run `mlb-betting database setup-action-network`", mlb.ErrNotFound, source)
	}
	if err != nil {
		return a, fmt.Errorf("read source %s: %w", source, err)
	}
	if err := db.each(ctx, `SELECT alias, team_id FROM curated.team_alias WHERE source_id = $1`, a.Source.ID, func(alias string, id int16) {
		a.Team[alias] = mlb.TeamID(id)
	}); err != nil {
		return a, fmt.Errorf("read team aliases of %s: %w", source, err)
	}
	if err := db.each(ctx, `SELECT alias, book_id FROM curated.book_alias WHERE source_id = $1`, a.Source.ID, func(alias string, id int16) {
		a.Book[alias] = mlb.BookID(id)
	}); err != nil {
		return a, fmt.Errorf("read book aliases of %s: %w", source, err)
	}
	return a, nil
}

func (db *DB) each(ctx context.Context, sql string, source int16, f func(string, int16)) error {
	rows, err := db.conn.Query(ctx, sql, source)
	if err != nil {
		return err
	}
	var alias string
	var id int16
	_, err = pgx.ForEachRow(rows, []any{&alias, &id}, func() error { f(alias, id); return nil })
	return err
}

// SetZone says once whether this database holds synthetic or real data, and
// refuses to change it.
func (db *DB) SetZone(ctx context.Context, synthetic bool) error {
	_, err := db.conn.Exec(ctx, `INSERT INTO curated.zone VALUES ($1) ON CONFLICT DO NOTHING`, synthetic)
	if err != nil {
		return fmt.Errorf("set zone: %w", err)
	}
	is, err := db.Synthetic(ctx)
	if err != nil {
		return err
	}
	if is != synthetic {
		return fmt.Errorf("%w: this database holds %s data; %s data goes to a database of its own", mlb.ErrConflict,
			zoneName(is), zoneName(synthetic))
	}
	return nil
}

// Synthetic tells whether this is a database of synthetic data.
func (db *DB) Synthetic(ctx context.Context) (synthetic bool, err error) {
	err = db.conn.QueryRow(ctx, `SELECT synthetic FROM curated.zone`).Scan(&synthetic)
	if noRows(err) {
		return false, nil
	}
	return synthetic, err
}

func zoneName(synthetic bool) string {
	if synthetic {
		return "synthetic"
	}
	return "real"
}

// ActiveSources names the sources the operator has turned on.
func (db *DB) ActiveSources(ctx context.Context) ([]string, error) {
	rows, err := db.conn.Query(ctx, `SELECT name FROM curated.source WHERE acknowledged_at IS NOT NULL ORDER BY id`)
	if err != nil {
		return nil, fmt.Errorf("list sources: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// AcknowledgeSource turns a source on: the operator has read what its terms
// allow. It changes nothing on a source that is on.
func (db *DB) AcknowledgeSource(ctx context.Context, name string, now time.Time) error {
	tag, err := db.conn.Exec(ctx, `UPDATE curated.source SET acknowledged_at = coalesce(acknowledged_at, $2) WHERE name = $1`, name, now)
	if err == nil && tag.RowsAffected() == 0 {
		err = fmt.Errorf("%w: source %q", mlb.ErrNotFound, name)
	}
	if err != nil {
		return fmt.Errorf("acknowledge source: %w", err)
	}
	return nil
}
