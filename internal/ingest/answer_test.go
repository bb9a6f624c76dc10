package ingest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/source/oddsapi"
	"github.com/mlb-betting/mlb-betting/internal/store"
	"github.com/mlb-betting/mlb-betting/internal/storetest"
)

// answer is a body of The Odds API with one moneyline.
func answer(home, away int) string {
	return fmt.Sprintf(`[{"id":"0123456789abcdef0123456789abcdef","sport_key":"baseball_mlb","commence_time":"2026-07-18T23:05:00Z",
		"home_team":"New York Yankees","away_team":"Boston Red Sox","bookmakers":[{"key":"draftkings","title":"DraftKings","markets":[
		{"key":"h2h","outcomes":[{"name":"New York Yankees","price":%d},{"name":"Boston Red Sox","price":%d}]}]}]}]`, home, away)
}

// takeAnswer takes a body in as it is when it was fetched at a moment.
func takeAnswer(ctx context.Context, db *store.DB, body string, at time.Time) (Report, error) {
	doc := source.Doc{Source: "oddsapi", Feed: "odds", URL: "https://example.com/odds", FetchedAt: at, Body: []byte(body)}
	feed, err := oddsapi.Adapter(oddsapi.DefaultOffer()).Feed("odds")
	if err != nil {
		return Report{}, err
	}
	f, err := feed.Odds(doc)
	if err != nil {
		return Report{}, err
	}
	return Odds(ctx, db, f, "odds at "+at.Format(time.RFC3339), strings.NewReader(body), Options{
		Now: at, Wait: true, Origin: store.Origin{Feed: doc.Feed, URL: doc.URL, FetchedAt: at},
	})
}

var noon = time.Date(2026, 7, 18, 16, 0, 0, 0, time.UTC)

// A source whose prices go back to where they were gives the same words twice:
// each time they are what it says then. The same answer taken in twice is one.
func TestPricesGoBack(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t)
	for i, home := range []int{-120, -130, -120} {
		at := noon.Add(time.Duration(i) * time.Minute)
		for _, stored := range []int64{2, 0} {
			r, err := takeAnswer(t.Context(), db, answer(home, 110+i%2), at)
			if err != nil || r.Stored != stored {
				t.Fatalf("answer %d: %+v, %v; want %d stored", i+1, r, err, stored)
			}
		}
	}
}

// An answer that nobody can read is kept for a later parser; a file that nobody
// can read leaves no trace.
func TestUnreadableAnswer(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t)
	if _, err := takeAnswer(t.Context(), db, `{"message":"moved"}`, noon); !errors.Is(err, mlb.ErrInvalid) {
		t.Fatalf("%v, want an error of the body", err)
	}
	var status, why string
	read := func() error {
		return db.Tx(t.Context(), func(tx pgx.Tx) error {
			return tx.QueryRow(t.Context(), `SELECT status, error FROM raw.doc`).Scan(&status, &why)
		})
	}
	if err := read(); err != nil || status != "unreadable" || why == "" {
		t.Errorf("kept as %q because of %q, %v", status, why, err)
	}
	again, err := db.RereadableDocs(t.Context(), noon.Add(-time.Hour), "", 0, 10)
	if err != nil || len(again) != 1 {
		t.Fatalf("%d documents to read again, %v; want the one", len(again), err)
	}
	format, err := oddsapi.Format()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Odds(t.Context(), db, format, "a file", strings.NewReader(`{"message":"other"}`), Options{Now: noon}); !errors.Is(err, mlb.ErrInvalid) {
		t.Fatalf("%v, want an error of the file", err)
	}
	if err := read(); err != nil {
		t.Errorf("after a file: %v", err)
	}
}
