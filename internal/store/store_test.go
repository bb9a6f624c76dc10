package store_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/odds"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/store"
	"github.com/mlb-betting/mlb-betting/internal/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

func exec(t *testing.T, url, sql string, args ...any) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	if _, err := conn.Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
}

func TestMigrateTwice(t *testing.T) {
	t.Parallel()
	db := storetest.Connect(t, storetest.EmptyURL(t))
	before, err := db.MigrationStatus(t.Context())
	if err != nil || before.Current != 0 || before.Target < 1 {
		t.Fatalf("empty database: %+v, %v", before, err)
	}
	if err := db.CheckSchema(t.Context(), "mlb-betting"); !errors.Is(err, mlb.ErrConflict) || !strings.Contains(err.Error(), "database migrate") {
		t.Errorf("empty schema: %v, want ErrConflict that names the command", err)
	}
	for _, want := range []int{int(before.Target), 0} {
		if n, err := db.Migrate(t.Context()); err != nil || n != want {
			t.Errorf("ran %d migrations, %v; want %d", n, err, want)
		}
	}
	if err := db.CheckSchema(t.Context(), "mlb-betting"); err != nil {
		t.Error(err)
	}
}

func TestMigrateAtOnce(t *testing.T) {
	t.Parallel()
	url := storetest.EmptyURL(t)
	ran := make(chan int, 3)
	for range cap(ran) {
		db := storetest.Connect(t, url)
		go func() {
			n, err := db.Migrate(t.Context())
			if err != nil {
				t.Error(err)
			}
			ran <- n
		}()
	}
	total := 0
	for range cap(ran) {
		total += <-ran
	}
	if s, err := storetest.Connect(t, url).MigrationStatus(t.Context()); err != nil || int64(total) != s.Target {
		t.Errorf("%d migrations ran in all, want %d (%v)", total, s.Target, err)
	}
}

func TestNewerSchemaIsRefused(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	exec(t, url, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, true)`)
	db := storetest.Connect(t, url)
	for name, err := range map[string]error{"check": db.CheckSchema(t.Context(), "mlb-betting"), "migrate": second(db.Migrate(t.Context()))} {
		if !errors.Is(err, mlb.ErrConflict) || !strings.Contains(err.Error(), "newer") {
			t.Errorf("%s: %v, want ErrConflict about a newer schema", name, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestDirectoryIsLoadedOnce(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t)
	before, err := db.Directory(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	after, err := db.LoadDirectory(t.Context())
	if err != nil || after != before || after.Teams != 30 || after.Books < 400 || after.Brands < 100 {
		t.Errorf("got %+v, %v; want %+v again, with 30 teams", after, err, before)
	}
}

func TestSourcesAreOffUntilAcknowledged(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t)
	if on, err := db.ActiveSources(t.Context()); err != nil || len(on) != 0 {
		t.Errorf("on at first: %v, %v", on, err)
	}
	now := time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)
	if err := db.AcknowledgeSource(t.Context(), "nobody", now); !errors.Is(err, mlb.ErrNotFound) {
		t.Errorf("unknown source: %v, want ErrNotFound", err)
	}
	if err := db.AcknowledgeSource(t.Context(), "actionnetwork", now); err != nil {
		t.Fatal(err)
	}
	if _, err := db.LoadDirectory(t.Context()); err != nil { // which keeps the acknowledgement
		t.Fatal(err)
	}
	if on, err := db.ActiveSources(t.Context()); err != nil || len(on) != 1 || on[0] != "actionnetwork" {
		t.Errorf("on: %v, %v; want actionnetwork", on, err)
	}
	if _, err := db.Aliases(t.Context(), "nobody"); !errors.Is(err, mlb.ErrNotFound) {
		t.Errorf("aliases of nobody: %v, want ErrNotFound", err)
	}
}

func TestZonesNeverMix(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	db := storetest.Connect(t, url)
	for range 2 {
		if err := db.SetZone(t.Context(), true); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.SetZone(t.Context(), false); !errors.Is(err, mlb.ErrConflict) {
		t.Errorf("got %v, want ErrConflict", err)
	}
	// The database itself refuses a real document among synthetic ones.
	_, err := db.ReceiveDoc(t.Context(), store.Doc{Kind: store.Odds, SourceID: 2, Format: "x", Synthetic: false}, strings.NewReader("x"))
	if err == nil {
		t.Error("a real document was stored in a synthetic database")
	}
}

func TestPartitions(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t)
	now := time.Date(2026, 12, 15, 0, 0, 0, 0, time.UTC)
	for _, want := range []int{store.MonthsAhead + 1, 0} {
		if n, err := db.MakePartitions(t.Context(), now); err != nil || n != want {
			t.Errorf("made %d, %v; want %d", n, err, want)
		}
	}
	names, err := db.Partitions(t.Context())
	if err != nil || strings.Join(names, " ") != "curated.quote_2026_12 curated.quote_2027_01 curated.quote_2027_02" {
		t.Errorf("partitions %v, %v", names, err)
	}
}

func TestOpenNeverShowsThePassword(t *testing.T) {
	t.Parallel()
	for url, kind := range map[string]error{
		"postgres://u:hunter2@localhost:port/x":                       mlb.ErrInvalid,
		"postgres://u:hunter2@127.0.0.1:1/x?connect_timeout=1":        mlb.ErrUnavailable,
		"host=/nowhere user=u password=hunter2 connect_timeout=1":     mlb.ErrUnavailable,
		"host=/nowhere user=u password=hunter2 pool_max_conns=a lot ": mlb.ErrInvalid,
	} {
		_, err := store.Open(t.Context(), url)
		if !errors.Is(err, kind) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("got %v, want %v without the password", err, kind)
		}
	}
}

func TestVerifiedTLS(t *testing.T) {
	t.Parallel()
	for url, ok := range map[string]bool{
		"postgres://u@db.example.com/x?sslmode=verify-full": true,
		"postgres://u@db.example.com/x?sslmode=require":     false,
		"postgres://u@db.example.com/x?sslmode=verify-ca":   false,
		"postgres://u@db.example.com/x":                     false,
		"postgres://u@db.example.com/x?sslmode=disable":     false,
		"host=/run/postgresql dbname=x sslmode=verify-full": false,
		"postgres://u:secret@db.example.com:x/x":            false,
	} {
		err := store.VerifiedTLS(url)
		if (err == nil) != ok {
			t.Errorf("%s: %v, want ok %v", url, err, ok)
		}
		if err != nil && (!errors.Is(err, mlb.ErrInvalid) || strings.Contains(err.Error(), "secret")) {
			t.Errorf("%s: %v, want ErrInvalid without the password", url, err)
		}
	}
}

func TestDocumentsAreStoredOnce(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t)
	if err := db.SetZone(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	body := strings.Repeat("0123456789", 250_000) // of several pieces
	doc := store.Doc{Kind: store.Odds, SourceID: 2, Format: "x", Name: "a", SHA256: sha256.Sum256([]byte(body)), Size: int64(len(body))}
	first, err := db.ReceiveDoc(t.Context(), doc, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	again, err := db.ReceiveDoc(t.Context(), doc, strings.NewReader(body))
	if err != nil || again.ID != first.ID || again.Done {
		t.Errorf("again: %+v, %v; want document %d, not done", again, err, first.ID)
	}
	if back, err := io.ReadAll(db.ReadDoc(t.Context(), first.ID)); err != nil || string(back) != body {
		t.Errorf("read back %d bytes, %v; want the %d stored", len(back), err, len(body))
	}
	if err := db.FinishDoc(t.Context(), first.ID, 7); !errors.Is(err, mlb.ErrConflict) {
		t.Errorf("finish with rows unaccounted for: %v, want ErrConflict", err)
	}
	if err := db.FinishDoc(t.Context(), first.ID, 0); err != nil {
		t.Error(err)
	}
}

func TestHalfADocumentIsNone(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t)
	if err := db.SetZone(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	broken := io.MultiReader(strings.NewReader(strings.Repeat("x", 3<<20)), brokenReader{})
	if _, err := db.ReceiveDoc(t.Context(), store.Doc{Kind: store.Odds, SourceID: 2, Format: "x", Name: "a"}, broken); err == nil {
		t.Error("a document that cannot be read was stored")
	}
	if s, err := db.Status(t.Context()); err != nil || s.Documents != 0 {
		t.Errorf("left %d documents, %v", s.Documents, err)
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errors.New("bad sector") }

// Prices come back as they were quoted, and SQL reads them as Go does.
func TestPricesAreKeptAsQuoted(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	db := storetest.Connect(t, url)
	var prices []odds.Price
	for _, text := range []string{"1.9091", "2.45", "1.01", "51"} {
		p, err := odds.ParseDecimal(text)
		if err != nil {
			t.Fatal(err)
		}
		prices = append(prices, p)
	}
	for _, a := range []odds.American{-110, 145, 100, -100_000} {
		p, err := odds.FromAmerican(a)
		if err != nil {
			t.Fatal(err)
		}
		prices = append(prices, p)
	}
	game := takeIn(t, db, prices)
	ticks, err := db.Ticks(t.Context(), []mlb.GameID{game})
	if err != nil || len(ticks) != len(prices) {
		t.Fatalf("%d ticks, %v; want %d", len(ticks), err, len(prices))
	}
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	for i, q := range ticks {
		if q.Price != prices[i] {
			t.Errorf("tick %d: %s, want %s", i, q.Price, prices[i])
		}
		var d float64
		const sql = `SELECT curated.decimal_odds(price)::float8 FROM curated.quote WHERE observed_at = $1`
		if err := conn.QueryRow(t.Context(), sql, q.ObservedAt).Scan(&d); err != nil || d-q.Price.Decimal() > 1e-9 || q.Price.Decimal()-d > 1e-9 {
			t.Errorf("%s in SQL: %v, %v; want %v", q.Price, d, err, q.Price.Decimal())
		}
	}
}

// takeIn stores one price a minute of one game and line.
func takeIn(t *testing.T, db *store.DB, prices []odds.Price) mlb.GameID {
	t.Helper()
	if err := db.SetZone(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	doc, err := db.ReceiveDoc(t.Context(), store.Doc{Kind: store.Odds, SourceID: 2, Format: "x", Name: "a"}, strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 7, 31, 23, 58, 0, 0, time.UTC) // over the end of a month
	var g mlb.Game
	err = db.TakeOdds(t.Context(), doc, 0, func(tx *store.DocTx) error {
		g, err = tx.AddGame(t.Context(), mlb.Game{Date: mlb.DateOf(at), Home: 147, Away: 111, Start: at})
		if err != nil {
			return err
		}
		b := &store.OddsBatch{Counts: store.Counts{Stored: int64(len(prices))}}
		for i, p := range prices {
			b.Quotes = append(b.Quotes, mlb.Quote{
				LineKey: mlb.LineKey{Game: g.ID, Market: mlb.Moneyline, Period: mlb.FullGame},
				Book:    1, Side: mlb.Home, Price: p, ObservedAt: at.Add(time.Duration(i) * time.Minute),
			})
		}
		return tx.Write(t.Context(), b)
	})
	if err != nil {
		t.Fatal(err)
	}
	return g.ID
}

func TestTwoWritersOfOneDocument(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t)
	takeIn(t, db, nil)
	err := db.TakeOdds(t.Context(), store.Doc{Kind: store.Odds, ID: 1, Name: "a"}, 5, func(*store.DocTx) error { return nil })
	if !errors.Is(err, mlb.ErrConflict) {
		t.Errorf("taken up at the wrong row: %v, want ErrConflict", err)
	}
	err = db.TakeOdds(t.Context(), store.Doc{Kind: store.Odds, ID: 99}, 0, func(*store.DocTx) error { return nil })
	if err == nil {
		t.Error("a document that does not exist was taken in")
	}
}

func TestStagedRowsAreTakenBack(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	db := storetest.Connect(t, url)
	takeIn(t, db, nil)
	doc := store.Doc{Kind: store.Odds, ID: 1}
	p, err := odds.FromAmerican(-110)
	if err != nil {
		t.Fatal(err)
	}
	rows := make([]source.OddsRow, 5)
	for i := range rows {
		rows[i] = source.OddsRow{N: int64(i + 1), Price: p, Market: mlb.Moneyline, Side: mlb.Home, Period: mlb.FullGame}
	}
	if err := db.Stage(t.Context(), doc, rows); err != nil {
		t.Fatal(err)
	}
	if err := db.DropStaged(t.Context(), doc, 3); err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	var n int
	if err := conn.QueryRow(t.Context(), `SELECT count(*) FROM staging.quote`).Scan(&n); err != nil || n != 3 {
		t.Errorf("%d staged rows left, %v; want 3", n, err)
	}
}

func TestGamesOn(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t)
	takeIn(t, db, nil)
	day := mlb.Date{Year: 2026, Month: time.July, Day: 31}
	games, err := db.GamesOn(t.Context(), day)
	if err != nil || len(games) != 1 || games[0].Matchup() != "BOS @ NYY" || !games[0].Provisional() {
		t.Errorf("games %+v, %v", games, err)
	}
}

// Many writers of one process wait for the lock with one connection, whatever
// the size of the pool: the one that has the lock needs others.
func TestWritersShareASmallPool(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t)
	var all sync.WaitGroup
	errs := make(chan error, 20)
	for range cap(errs) {
		all.Go(func() {
			unlock, err := db.LockWriters(t.Context(), true)
			if err == nil {
				err = db.Ping(t.Context())
				unlock()
			}
			errs <- err
		})
	}
	all.Wait()
	for range cap(errs) {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}
