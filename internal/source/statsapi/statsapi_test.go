package statsapi

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/source/sourcetest"
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
	return sourcetest.All(t, r.Next)
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
		{"absurd score so far", gameText("I", "1-99"), source.BadScore},
		{"innings that do not sum", hydrated("F", "4-2", `{"num":1,"away":{"runs":2},"home":{"runs":3}}`), source.BadScore},
		{"inning twice", hydrated("I", "0-0", `{"num":1,"away":{"runs":0}},{"num":1,"away":{"runs":0}}`), source.BadScore},
		{"absurd inning", hydrated("I", "0-0", `{"num":1,"away":{"runs":300}}`), source.BadScore},
		{"absurd length", strings.ReplaceAll(hydrated("F", "4-2", ""), `"scheduledInnings":9`, `"scheduledInnings":90`), source.BadRecord},
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
		`[7`: "not a schedule", `{"dates":7}`: "not a schedule", `[{"id":135,"name":"San Diego Padres"}]`: "nothing has a gamePk",
		`{"currentInning":9,"innings":[]}`: "fetch the live feed", `{"teams":{},"officials":[]}`: "boxscore",
	} {
		if _, err := Format().Open(strings.NewReader(text), time.UTC); !errors.Is(err, mlb.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.30q: %v, want ErrInvalid with %q", text, err, want)
		}
	}
}

// hydrated is a game with its linescore and announced pitchers.
func hydrated(coded, scores, innings string) string {
	return strings.TrimSuffix(strings.Replace(gameText(coded, scores), `"team":{"id":135`, `"probablePitcher":{"id":1,"fullName":"Ann Nounced"},"team":{"id":135`, 1), "}") +
		`,"scheduledInnings":9,"linescore":{"currentInning":1,"scheduledInnings":9,"innings":[` + innings + `]}}`
}

func TestHydratedSchedule(t *testing.T) {
	innings := `{"num":1,"ordinalNum":"1st","home":{"runs":3,"hits":4},"away":{"runs":2}},{"num":2,"home":{},"away":{"runs":0}}`
	rows, bad := read(t, body(hydrated("F", "3-2", innings)))
	if len(rows) != 1 {
		t.Fatalf("refused %v", bad)
	}
	r := rows[0]
	if !slices.Equal(r.LineScore.Away, []int8{2, 0}) || !slices.Equal(r.LineScore.Home, []int8{3, mlb.NotPlayed}) ||
		r.ScheduledInnings != 9 || r.HomeStarter != "Ann Nounced" || r.AwayStarter != "" || !r.FirstPitch.IsZero() {
		t.Errorf("got %+v", r)
	}
}

// A game under way keeps the runs so far; one that is off has none.
func TestScoresSoFar(t *testing.T) {
	for coded, want := range map[string]mlb.Score{"I": {Home: 3, Away: 2}, "U": {Home: 3, Away: 2}, "R": {Home: 3, Away: 2}, "DR": {}, "C": {}, "S": {}} {
		rows, bad := read(t, body(gameText(coded, "3-2")))
		if len(rows) != 1 || rows[0].Score != want {
			t.Errorf("%s: %+v, refused %v; want %+v", coded, rows, bad, want)
		}
	}
	total := `"teams":{"home":{"runs":1},"away":{"runs":0}},"innings":[`
	text := strings.Replace(hydrated("I", "", `{"num":1,"home":{"runs":1},"away":{"runs":0}}`), `"innings":[`, total, 1)
	if rows, bad := read(t, body(text)); len(rows) != 1 || rows[0].Score.Home != 1 {
		t.Errorf("the linescore alone tells: %+v, refused %v", rows, bad)
	}
}

// A postponed game keeps its gamePk and is listed on both days; the rest of a
// suspended one is listed on another day and began on the first.
func TestListedTwice(t *testing.T) {
	off := strings.Replace(gameText("DR", ""), `"gameNumber":1`, `"rescheduleDate":"2026-07-18T03:33:00Z","gameNumber":1`, 1)
	played := strings.NewReplacer("2026-07-17T02:10:00Z", "2026-07-18T20:10:00Z", `"officialDate":"2026-07-16"`, `"officialDate":"2026-07-18"`,
		`"gameNumber":1`, `"rescheduledFromDate":"2026-07-16","gameNumber":2`).Replace(gameText("F", "4-2"))
	rest := strings.Replace(played, `"gameNumber":1`, `"gameNumber":1,"resumedFrom":"2026-07-17T02:10:00Z"`, 1)
	rest = strings.Replace(rest, "rescheduledFromDate", `resumedFrom":"2026-07-17T02:10:00Z","x`, 1)
	rows, bad := read(t, body(off, played, rest))
	if len(rows) != 3 || len(bad) != 0 {
		t.Fatalf("%+v, refused %v", rows, bad)
	}
	if rows[0].Status != mlb.Postponed || rows[1].Status != mlb.Final || rows[0].PK != rows[1].PK || rows[1].Number != 2 || rows[1].Date.String() != "2026-07-18" {
		t.Errorf("got %+v", rows)
	}
	if start := rows[2].Start.Format(time.RFC3339); start != "2026-07-17T02:10:00Z" {
		t.Errorf("the rest of a suspended game starts at %s", start)
	}
}

// liveFeed is the feed of a game in its second inning.
const liveFeed = `{"copyright":"x","gamePk":777001,"link":"/api/v1.1/game/777001/feed/live","gameData":{
	"game":{"pk":777001,"type":"R","doubleHeader":"S","gameNumber":2},"datetime":{"dateTime":"2026-07-17T02:10:00Z","officialDate":"2026-07-16"},
	"status":{"abstractGameState":"Live","codedGameState":"I"},"teams":{"away":{"id":121,"name":"New York Mets"},"home":{"id":135,"name":"San Diego Padres"}},
	"players":{"ID1":{"id":1,"fullName":"Ann First"},"ID2":{"id":2,"fullName":"Bob Second"}},"weather":{"temp":"69"},
	"gameInfo":{"firstPitch":"2026-07-17T02:14:30.500Z"},"probablePitchers":{"away":{"id":9,"fullName":"Cy Announced"},"home":{"id":2,"fullName":"Bob Second"}}},
	"liveData":{"plays":{},"linescore":{"scheduledInnings":7,"innings":[{"num":1,"home":{"runs":0},"away":{"runs":1}},{"num":2,"home":{},"away":{"runs":0}}],
		"teams":{"home":{"runs":0},"away":{"runs":1}}},"boxscore":{"teams":{"home":{"pitchers":[1,2]},"away":{"pitchers":[]}}}}}`

func TestLiveFeed(t *testing.T) {
	for name, text := range map[string]string{
		"feed": liveFeed, "byte-order mark": "\xef\xbb\xbf" + liveFeed, "list of feeds": "[" + liveFeed + "]",
		"pk in gameData alone": strings.Replace(liveFeed, `"gamePk":777001,`, "", 1),
	} {
		rows, bad := read(t, text)
		if len(rows) != 1 {
			t.Fatalf("%s: refused %v", name, bad)
		}
		r := rows[0]
		if r.PK != 777001 || r.Number != 2 || r.Status != mlb.InProgress || r.Home != "San Diego Padres" || r.Away != "New York Mets" ||
			r.Date.String() != "2026-07-16" || r.ScheduledInnings != 7 || r.Score != (mlb.Score{Away: 1}) || len(r.LineScore.Home) != 2 {
			t.Errorf("%s: got %+v", name, r)
		}
		if r.FirstPitch.Format(time.RFC3339Nano) != "2026-07-17T02:14:30.5Z" || r.HomeStarter != "Ann First" || r.AwayStarter != "Cy Announced" {
			t.Errorf("%s: first pitch %s by %q and %q", name, r.FirstPitch, r.HomeStarter, r.AwayStarter)
		}
	}
	if _, bad := read(t, strings.Replace(liveFeed, "2026-07-17T02:14:30.500Z", "early", 1)); len(bad) != 1 || bad[0].Reason != source.BadTime {
		t.Errorf("odd first pitch: refused %v", bad)
	}
	if _, bad := read(t, strings.Replace(liveFeed, `"players":{`, `"players":7,"x":{`, 1)); len(bad) != 1 || bad[0].Reason != source.BadRecord {
		t.Errorf("odd players: refused %v", bad)
	}
}

func TestSimulated(t *testing.T) {
	if rows, _ := read(t, body(strings.Replace(gameText("S", ""), "777001", "900000001", 1))); len(rows) != 1 || !rows[0].Simulated {
		t.Errorf("got %+v, want a simulated game", rows)
	}
}

const captured = "../../../../shared/data/mlb_statsapi/"

func TestRealSchedules(t *testing.T) {
	files, err := filepath.Glob(captured + "schedule*.json")
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

func TestRealLiveFeed(t *testing.T) {
	text, err := os.ReadFile(captured + "livefeed.json")
	if err != nil {
		t.Skip("real captures absent: ../shared/data/mlb_statsapi")
	}
	rows, bad := read(t, string(text))
	if len(rows) != 1 {
		t.Fatalf("refused %v", bad)
	}
	r := rows[0]
	five, ok := r.LineScore.Through(5)
	if r.PK != 744914 || r.Status != mlb.Final || r.Score != (mlb.Score{Home: 1, Away: 3}) || !ok || five != (mlb.Score{Away: 1}) ||
		r.FirstPitch.Sub(r.Start) != 21*time.Minute || r.HomeStarter != "Yariel Rodríguez" || r.AwayStarter != "Hunter Brown" {
		t.Errorf("got %+v", r)
	}
	for name, want := range map[string]string{"linescore.json": "linescore alone", "boxscore.json": "boxscore alone", "teams.json": "in it"} {
		text, err := os.ReadFile(captured + name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Format().Open(bytes.NewReader(text), time.UTC); !errors.Is(err, mlb.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want ErrInvalid with %q", name, err, want)
		}
	}
}

// Whatever the bytes, a body is refused whole or every game is read or refused
// with a reason.
func FuzzOpen(f *testing.F) {
	f.Add(body(gameText("F", "4-2"), gameText("D", "")))
	f.Add("[" + gameText("I", "1-0") + "]")
	f.Add(`{"dates":[]}`)
	f.Add(body(hydrated("F", "4-2", `{"num":1,"away":{"runs":2},"home":{"runs":4}}`)))
	f.Add(liveFeed)
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
			if err == nil && (row.PK <= 0 || row.Status == 0 || len(row.LineScore.Home) != len(row.LineScore.Away) || row.Score.Home < 0) {
				t.Fatalf("%q: accepted as %+v", text, row)
			}
		}
	})
}
