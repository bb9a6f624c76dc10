package app

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mlb-betting/mlb-betting/internal/detect"
	"github.com/mlb-betting/mlb-betting/internal/ingest"
	"github.com/mlb-betting/mlb-betting/internal/market"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/source/actionnetwork"
	"github.com/mlb-betting/mlb-betting/internal/source/simulator"
	"github.com/mlb-betting/mlb-betting/internal/store"
	"github.com/mlb-betting/mlb-betting/internal/storetest"
)

func execute(t *testing.T, db *store.DB, sql string, args ...any) {
	t.Helper()
	err := db.Tx(t.Context(), func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), sql, args...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// fingerprint is all that reading again may change, as text.
func fingerprint(t *testing.T, db *store.DB) string {
	t.Helper()
	var all []string
	err := db.Tx(t.Context(), func(tx pgx.Tx) error {
		rows, err := tx.Query(t.Context(), `
			SELECT 'q ' || (q.game_id, q.book_id, q.market, q.period, q.line, q.side, q.observed_at, q.price)::text FROM curated.quote q
			UNION ALL SELECT 'l ' || l::text FROM curated.line_summary l
			UNION ALL SELECT 'm ' || m::text FROM curated.main_line m
			UNION ALL SELECT 'p ' || (p.game_id, p.book_id, p.observed_at)::text FROM curated.poll p
			UNION ALL SELECT 's ' || (s.game_id, s.provider, s.market, s.observed_at, s.seen_at, s.bets_first)::text FROM curated.split s
			ORDER BY 1`)
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(all, "\n")
}

// fetched takes a simulated day's scoreboards in, as a collector does, by a
// format that may be changed.
func fetched(t *testing.T, db *store.DB, day *simulator.Day, times []time.Time, change func(*source.OddsFormat)) {
	t.Helper()
	board, err := actionnetwork.Adapter().Feed("scoreboard")
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range times {
		doc := source.Doc{Source: "actionnetwork", Feed: "scoreboard", URL: day.ScoreboardURL(), FetchedAt: at, Body: day.Scoreboard(at)}
		opt := ingest.Options{Now: at, Wait: true, Origin: store.Origin{Feed: doc.Feed, URL: doc.URL, FetchedAt: at}}
		odds, err := board.Odds(doc)
		if err != nil {
			t.Fatal(err)
		}
		odds.Synthetic = true
		if change != nil {
			change(&odds)
		}
		name := "actionnetwork scoreboard of " + at.Format(time.RFC3339)
		if _, err := ingest.Odds(t.Context(), db, odds, name, bytes.NewReader(doc.Body), opt); err != nil {
			t.Fatal(err)
		}
		splits, err := board.Splits(doc)
		if err != nil {
			t.Fatal(err)
		}
		splits.Synthetic = true
		if _, err := ingest.Splits(t.Context(), db, splits, name, bytes.NewReader(doc.Body), at, opt); err != nil {
			t.Fatal(err)
		}
	}
}

func simulated(t *testing.T) (day *simulator.Day, times []time.Time) {
	t.Helper()
	season, err := simulator.New(simulator.Config{Season: 2026, Seed: 7})
	if err != nil {
		t.Fatal(err)
	}
	if day, err = season.Day(season.Days()[40]); err != nil {
		t.Fatal(err)
	}
	for i := range 6 {
		times = append(times, day.Ends().Add(-16*time.Hour+time.Duration(i)*20*time.Minute+123456*time.Microsecond))
	}
	return day, times
}

func reparse(t *testing.T, a *App, at time.Time) (all []ingest.Reread) {
	t.Helper()
	nothing := func(store.Kind, string, string) (ingest.Format, error) {
		return ingest.Format{}, errors.New("no files")
	}
	_, more, err := a.Reparse(t.Context(), Reparse{}, nothing, func() time.Time { return at }, func(r ingest.Reread) {
		if r.Error != "" {
			t.Errorf("%s: %s", r.Document, r.Error)
		}
		all = append(all, r)
	})
	if err != nil || more {
		t.Errorf("more %v, %v", more, err)
	}
	return all
}

// A book that the directory did not know when its prices came: once it does,
// the stored documents read again give what they would have given then, and a
// second reading changes nothing.
func TestReparseOfNameLearnt(t *testing.T) {
	t.Parallel()
	day, times := simulated(t)
	after := times[len(times)-1].Add(time.Hour)
	known, learnt := &App{DB: storetest.Open(t)}, &App{DB: storetest.Open(t)}
	fetched(t, known.DB, day, times, nil)
	execute(t, learnt.DB, `DELETE FROM curated.book_alias WHERE book_id IN (SELECT id FROM curated.book WHERE brand = 'draftkings')`)
	fetched(t, learnt.DB, day, times, nil)
	want := fingerprint(t, known.DB)
	if fingerprint(t, learnt.DB) == want {
		t.Fatal("nothing was set aside")
	}
	before := fingerprint(t, learnt.DB)
	if all := reparse(t, learnt, after); slices.ContainsFunc(all, ingest.Reread.Changed) || fingerprint(t, learnt.DB) != before {
		t.Errorf("something changed though nothing was learnt: %+v", all)
	}
	if _, err := learnt.DB.LoadDirectory(t.Context()); err != nil {
		t.Fatal(err)
	}
	all := reparse(t, learnt, after)
	var stored int64
	for _, r := range all {
		stored += r.Stored
	}
	if stored == 0 {
		t.Fatalf("nothing was stored: %+v", all)
	}
	if got := fingerprint(t, learnt.DB); got != want {
		t.Errorf("read again:\n%s\nread with the name known:\n%s", diff(got, want), diff(want, got))
	}
	for _, r := range reparse(t, learnt, after) {
		if r.Changed() {
			t.Errorf("a second reading changed %+v", r)
		}
	}
	status, err := learnt.DB.Status(t.Context())
	if err != nil || status.Unfinished != 0 {
		t.Errorf("%+v, %v", status, err)
	}
}

// diff are some lines of a that b has not.
func diff(a, b string) string {
	has := map[string]bool{}
	for line := range strings.Lines(b) {
		has[strings.TrimSpace(line)] = true
	}
	var out []string
	for line := range strings.Lines(a) {
		if line = strings.TrimSpace(line); !has[line] && len(out) < 10 {
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n")
}

// clumsy is a parser that cannot read every seventh row.
type clumsy struct{ source.OddsReader }

// Next refuses every seventh row.
func (c clumsy) Next() (source.OddsRow, error) {
	row, err := c.OddsReader.Next()
	if err == nil && row.N%7 == 0 {
		err = source.Reject(source.BadPrice, "not learnt yet")
	}
	return row, err
}

// Rows that yesterday's parser could not read, and today's can, come to stand
// where they would have stood: later documents were taken in meanwhile.
func TestReparseOfParserThatLearnt(t *testing.T) {
	t.Parallel()
	day, times := simulated(t)
	after := times[len(times)-1].Add(time.Hour)
	always, learnt := &App{DB: storetest.Open(t)}, &App{DB: storetest.Open(t)}
	fetched(t, always.DB, day, times, nil)
	fetched(t, learnt.DB, day, times, func(f *source.OddsFormat) {
		open := f.Open
		f.Open = func(r io.Reader, zone *time.Location) (source.OddsReader, error) {
			rows, err := open(r, zone)
			return clumsy{rows}, err
		}
	})
	want := fingerprint(t, always.DB)
	if fingerprint(t, learnt.DB) == want {
		t.Fatal("nothing was set aside")
	}
	reparse(t, learnt, after)
	if got := fingerprint(t, learnt.DB); ticks(got) != ticks(want) {
		t.Errorf("read again:\n%s\nread at once:\n%s", diff(ticks(got), ticks(want)), diff(ticks(want), ticks(got)))
	}
	for _, r := range reparse(t, learnt, after) {
		if r.Changed() {
			t.Errorf("a second reading changed %+v", r)
		}
	}
}

// ticks are a fingerprint's prices, without those withdrawn.
func ticks(fingerprint string) string {
	var out []string
	for line := range strings.Lines(fingerprint) {
		if strings.HasPrefix(line, "q ") && !strings.HasSuffix(strings.TrimSpace(line), ",0)") {
			out = append(out, strings.TrimSpace(line))
		}
	}
	return strings.Join(out, "\n")
}

// The safety net writes what it finds down once, and settlement grades it once:
// a corrected result adds verdicts and leaves the earlier ones.
func TestNetAndSettlement(t *testing.T) {
	t.Parallel()
	a, d := rehearsal(t)
	mc, dc := market.DefaultConfig(), detect.DefaultConfig()
	clock := d.Clock()
	fresh, err := a.NoteToday(t.Context(), clock, mc, dc)
	if err != nil || fresh == 0 {
		t.Fatalf("%d found, %v", fresh, err)
	}
	if again, err := a.NoteToday(t.Context(), clock, mc, dc); err != nil || again != 0 {
		t.Errorf("%d found twice, %v", again, err)
	}
	det := detectAt(t, a, d.Day(), clock)
	if n, err := a.DB.NoteFound(t.Context(), []store.Found{{Opportunity: det.Taken[0]}}, store.ByLive, clock); err != nil || n != 0 {
		t.Errorf("%d written by two, %v", n, err)
	}
	game := det.Taken[0].Game
	found, err := a.DB.FoundOf(t.Context(), game)
	if err != nil || len(found) == 0 || found[0].By != store.ByNet || found[0].ID() != found[0].Key {
		t.Fatalf("%+v, %v", found, err)
	}
	if due, err := a.DB.ToSettle(t.Context(), d.Day(), clock); err != nil || len(due) != 0 {
		t.Errorf("%v are to be settled before they are over, %v", due, err)
	}
	over := clock.Add(20 * time.Hour)
	final := func(home, away int) {
		t.Helper()
		execute(t, a.DB, `
			INSERT INTO raw.doc (source_id, kind, format, name, sha256, size, synthetic, confirmation, status, finished_at)
			SELECT id, 'results', 'statsapi', 'final', sha256($1::text::bytea), 0, true, '', 'done', now() FROM curated.source WHERE name = 'statsapi'`,
			time.Duration(home*100+away).String())
		execute(t, a.DB, `
			INSERT INTO curated.result (game_id, source_id, doc_id, status, home_runs, away_runs)
			SELECT $1, source_id, id, 7, $2, $3 FROM raw.doc ORDER BY id DESC LIMIT 1`, game, home, away)
	}
	settle := func() []store.Verdict {
		t.Helper()
		due, err := a.DB.ToSettle(t.Context(), d.Day(), over)
		if err != nil || !slices.Equal(due, []mlb.GameID{game}) {
			t.Fatalf("%v to be settled, %v; want %d", due, err, game)
		}
		if _, err := a.Settle(t.Context(), game, over, mc); err != nil {
			t.Fatal(err)
		}
		if due, err = a.DB.ToSettle(t.Context(), d.Day(), over); err != nil || len(due) != 0 {
			t.Errorf("%v to be settled again, %v", due, err)
		}
		all, err := a.DB.Verdicts(t.Context(), game)
		if err != nil || len(all) == 0 {
			t.Fatalf("%d verdicts, %v", len(all), err)
		}
		return all
	}
	final(9, 1)
	first := settle()
	if n, err := a.Settle(t.Context(), game, over, mc); err != nil || n != 0 {
		t.Errorf("settled twice: %d verdicts, %v", n, err)
	}
	final(1, 9)
	second := settle()
	if len(second) <= len(first) || !slices.EqualFunc(second[:len(first)], first, func(x, y store.Verdict) bool {
		return x.Found == y.Found && x.Outcome == y.Outcome
	}) {
		t.Errorf("%d verdicts, then %d: want the earlier ones kept and others added", len(first), len(second))
	}
}
