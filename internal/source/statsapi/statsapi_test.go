package statsapi

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
)

// game is one game of a schedule.
func gameText(coded, scores string) string {
	home, away, _ := strings.Cut(scores, "-")
	return fmt.Sprintf(`{"gamePk":777001,"gameDate":"2026-07-17T02:10:00Z","officialDate":"2026-07-16","gameNumber":1,"doubleHeader":"N",
		"status":{"abstractGameState":"Final","codedGameState":%q},
		"teams":{"home":{"team":{"id":135,"name":"San Diego Padres"}%s},"away":{"team":{"id":121,"name":"New York Mets"}%s}}}`,
		coded, score(home), score(away))
}

func score(runs string) string {
	if runs == "" {
		return ""
	}
	return `,"score":` + runs
}

func body(games ...string) string {
	return `{"totalGames":1,"dates":[{"date":"2026-07-16","games":[` + strings.Join(games, ",") + `]}]}`
}

func read(t *testing.T, text string) (rows []source.ResultRow, bad []*source.RowError) {
	t.Helper()
	r, err := Format().Open(strings.NewReader(text), time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	for {
		row, err := r.Next()
		var e *source.RowError
		switch {
		case errors.Is(err, io.EOF):
			return rows, bad
		case errors.As(err, &e):
			bad = append(bad, e)
		case err != nil:
			t.Fatal(err)
		default:
			rows = append(rows, row)
		}
	}
}

func TestSchedule(t *testing.T) {
	for name, text := range map[string]string{
		"body":            body(gameText("F", "4-2")),
		"byte-order mark": "\xef\xbb\xbf" + body(gameText("FR", "4-2")),
		"bare list":       "[" + gameText("O", "4-2") + "]",
		"no officialDate": body(strings.Replace(gameText("F", "4-2"), `"officialDate":"2026-07-16",`, "", 1)),
	} {
		t.Run(name, func(t *testing.T) {
			rows, bad := read(t, text)
			if len(rows) != 1 || len(bad) != 0 {
				t.Fatalf("%d rows, refused %v", len(rows), bad)
			}
			r := rows[0]
			if r.PK != 777001 || r.Date.String() != "2026-07-16" || r.Home != "San Diego Padres" || r.Away != "New York Mets" ||
				r.Status != mlb.Final || r.Score != (mlb.Score{Home: 4, Away: 2}) || r.Number != 1 {
				t.Errorf("got %+v", r)
			}
		})
	}
}

// abstractGameState says "Final" of all of these.
func TestStatuses(t *testing.T) {
	for coded, want := range map[string]mlb.Status{
		"S": mlb.Scheduled, "P": mlb.Scheduled, "I": mlb.InProgress, "M": mlb.InProgress, "U": mlb.Suspended, "T": mlb.Suspended,
		"D": mlb.Postponed, "DR": mlb.Postponed, "C": mlb.Cancelled, "Q": mlb.Forfeited, "R": mlb.Forfeited,
	} {
		rows, bad := read(t, body(gameText(coded, "")))
		if len(rows) != 1 || rows[0].Status != want {
			t.Errorf("%s: %+v, refused %v; want %s", coded, rows, bad, want)
		}
	}
}

func TestBadGames(t *testing.T) {
	good := gameText("F", "4-2")
	for _, c := range []struct {
		name, text string
		want       source.Reason
	}{
		{"not an object", `7`, source.BadRecord},
		{"no gamePk", strings.Replace(good, "777001", "0", 1), source.BadGame},
		{"no day", strings.Replace(good, `"officialDate":"2026-07-16"`, `"officialDate":"July"`, 1), source.BadTime},
		{"no start", strings.Replace(good, "2026-07-17T02:10:00Z", "late", 1), source.BadTime},
		{"third leg", strings.Replace(good, `"gameNumber":1`, `"gameNumber":3`, 1), source.BadGame},
		{"unknown status", gameText("Z", "4-2"), source.BadRecord},
		{"no status", gameText("", "4-2"), source.BadRecord},
		{"final without a score", gameText("F", ""), source.BadScore},
		{"absurd score", gameText("F", "400-2"), source.BadScore},
	} {
		rows, bad := read(t, body(c.text, good))
		if len(rows) != 1 || len(bad) != 1 || bad[0].Reason != c.want || bad[0].Detail == "" {
			t.Errorf("%s: %+v, refused %v; want %s beside one good game", c.name, rows, bad, c.want)
		}
	}
}

func TestBadBodies(t *testing.T) {
	for text, want := range map[string]string{
		"": "empty", "<html>": "not a schedule", `{"teams":[]}`: "no list of dates", body(gameText("F", "4-2"))[:90]: "not a schedule",
	} {
		if _, err := Format().Open(strings.NewReader(text), time.UTC); !errors.Is(err, mlb.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.30q: %v, want ErrInvalid with %q", text, err, want)
		}
	}
}

func TestRealCaptures(t *testing.T) {
	files, err := filepath.Glob("../../../../shared/data/mlb_statsapi/schedule*.json")
	if err != nil || len(files) == 0 {
		t.Skip("real captures absent: ../shared/data/mlb_statsapi")
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		rows, bad := read(t, string(text))
		if len(rows) == 0 || len(bad) != 0 {
			t.Errorf("%s: %d games, refused %v", name, len(rows), bad)
		}
	}
}

// Whatever the bytes, a body is refused whole or every game is read or refused
// with a reason.
func FuzzOpen(f *testing.F) {
	f.Add(body(gameText("F", "4-2"), gameText("D", "")))
	f.Add("[" + gameText("I", "1-0") + "]")
	f.Add(`{"dates":[]}`)
	f.Fuzz(func(t *testing.T, text string) {
		r, err := Format().Open(strings.NewReader(text), time.UTC)
		if err != nil {
			return
		}
		for {
			row, err := r.Next()
			if errors.Is(err, io.EOF) {
				return
			}
			var bad *source.RowError
			if err != nil && (!errors.As(err, &bad) || bad.Reason == "" || bad.Detail == "") {
				t.Fatalf("%q: %v", text, err)
			}
			if err == nil && (row.PK <= 0 || row.Status == 0 || row.Start.IsZero()) {
				t.Fatalf("%q: accepted as %+v", text, row)
			}
		}
	})
}
