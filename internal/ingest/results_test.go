package ingest

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source/statsapi"
	"github.com/mlb-betting/mlb-betting/internal/store"
	"github.com/mlb-betting/mlb-betting/internal/storetest"
)

// listed is NYM @ PHI as a schedule lists it.
func listed(pk int, day, start, coded, scores string) string {
	home, away, _ := strings.Cut(scores, "-")
	if scores != "" {
		home, away = `,"score":`+home, `,"score":`+away
	}
	return fmt.Sprintf(`{"gamePk":%d,"gameDate":%q,"officialDate":%q,"gameNumber":1,"status":{"codedGameState":%q},
		"teams":{"home":{"team":{"name":"Philadelphia Phillies"}%s},"away":{"team":{"name":"New York Mets"}%s}}}`,
		pk, start, day, coded, home, away)
}

func importResults(t *testing.T, db *store.DB, games ...string) Report {
	t.Helper()
	r, err := Results(t.Context(), db, statsapi.Format(), "schedule.json", strings.NewReader("["+strings.Join(games, ",")+"]"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Read != r.Stored+r.Duplicate+r.Quarantined || r.Read != int64(len(games)) {
		t.Errorf("games are lost: %+v of %d", r, len(games))
	}
	return r
}

func results(t *testing.T, db *store.DB, key int64) []store.SourceResult {
	t.Helper()
	g, err := db.Game(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	all, err := db.Results(t.Context(), []mlb.GameID{g.ID})
	if err != nil {
		t.Fatal(err)
	}
	return all[g.ID]
}

// Odds first, schedule later, result last: one game throughout.
func TestResultsNameGames(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t)
	mustImport(t, db, header+mets("04:00", "07:10 PM", "+110")+mets("06:00", "08:40 PM", "+115"))
	r := importResults(t, db, listed(777, "2026-07-16", "2026-07-17T00:40:00Z", "S", ""))
	if r.Stored != 1 || r.Named == nil || *r.Named != (Named{Named: 1, Merged: 1}) {
		t.Errorf("schedule: %+v, %+v", r, r.Named)
	}
	importResults(t, db, listed(777, "2026-07-16", "2026-07-17T00:40:00Z", "F", "5-3"))
	got := results(t, db, 777)
	if len(got) != 1 || got[0].Status != mlb.Final || got[0].Score != (mlb.Score{Home: 5, Away: 3}) {
		t.Errorf("result %+v, want a final 5-3", got)
	}
	if again := importResults(t, db, listed(777, "2026-07-16", "2026-07-17T00:40:00Z", "F", "5-3")); !again.Known || again.Stored != 0 {
		t.Errorf("again: %+v", again)
	}
	if same := importResults(t, db, listed(777, "2026-07-16", "2026-07-17T00:41:00Z", "F", "5-3")); same.Stored != 0 || same.Duplicate != 1 {
		t.Errorf("another body that says the same: %+v", same)
	}
}

// A postponed game keeps its gamePk, whichever of its two entries comes last.
func TestPostponed(t *testing.T) {
	t.Parallel()
	before := listed(777, "2026-07-16", "2026-07-16T23:10:00Z", "DR", "")
	after := listed(777, "2026-07-18", "2026-07-18T17:10:00Z", "F", "2-1")
	for name, bodies := range map[string][][]string{
		"one body": {{after, before}}, "old first": {{before}, {after}}, "old last": {{after}, {before + " "}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := storetest.Open(t)
			for _, games := range bodies {
				importResults(t, db, games...)
			}
			g, err := db.Game(t.Context(), 777)
			if err != nil || g.Date.String() != "2026-07-18" {
				t.Errorf("%+v, %v; want the new date", g, err)
			}
			if got := results(t, db, 777); len(got) != 1 || got[0].Status != mlb.Final {
				t.Errorf("results %+v, want the final alone", got)
			}
		})
	}
}

func TestBadResults(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t)
	good := listed(777, "2026-07-16", "2026-07-16T23:10:00Z", "F", "2-1")
	r := importResults(t, db, good, strings.Replace(listed(778, "2026-07-16", "2026-07-16T23:10:00Z", "F", "2-1"), "New York Mets", "New York Knights", 1),
		strings.Replace(listed(779, "2026-07-16", "2026-07-16T23:10:00Z", "F", "2-1"), "New York Mets", "Philadelphia Phillies", 1), "7")
	if r.Stored != 1 || r.Reasons["unknown_team"] != 1 || r.Reasons["bad_game"] != 1 || r.Reasons["bad_record"] != 1 {
		t.Errorf("got %+v", r)
	}
	_, err := Results(t.Context(), db, statsapi.Format(), "x.json", strings.NewReader("{"), Options{})
	if !errors.Is(err, mlb.ErrInvalid) || !strings.Contains(err.Error(), "x.json") {
		t.Errorf("got %v, want ErrInvalid about x.json", err)
	}
	dry := storetest.Open(t)
	d, err := Results(t.Context(), dry, statsapi.Format(), "x.json", strings.NewReader("["+good+"]"), Options{DryRun: true})
	if err != nil || d.Stored != 1 || !d.DryRun {
		t.Errorf("dry run: %+v, %v", d, err)
	}
	if s := status(t, dry); s.Games != 0 || s.Documents != 0 {
		t.Errorf("a dry run left %+v", s)
	}
}
