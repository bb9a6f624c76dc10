package simulator

import (
	"bufio"
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// shape is every path of a JSON text and the types of value found there. The
// members of an array share one path, as do those of an object that is a map.
type shape map[string]map[string]bool

func (s shape) add(t *testing.T, text []byte) {
	t.Helper()
	var v any
	if err := json.Unmarshal(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")), &v); err != nil {
		t.Fatal(err)
	}
	s.walk("", v)
}

// mapKey is a key that is data: a book's number, a player's id.
var mapKey = regexp.MustCompile(`^(ID)?\d+$`)

func (s shape) walk(path string, v any) {
	kind := "null"
	switch v := v.(type) {
	case map[string]any:
		kind = "object"
		for k, x := range v {
			if mapKey.MatchString(k) {
				k = "*"
			}
			s.walk(path+"."+k, x)
		}
	case []any:
		kind = "array"
		for _, x := range v {
			s.walk(path+"[]", x)
		}
	case string:
		kind = "string"
	case bool:
		kind = "bool"
	case float64:
		kind = "number"
	}
	if s[path] == nil {
		s[path] = map[string]bool{}
	}
	s[path][kind] = true
}

// under is the part of the shape below a path.
func (s shape) under(path string) shape {
	sub := shape{}
	for p, kinds := range s {
		if rest, ok := strings.CutPrefix(p, path); ok {
			sub[rest] = kinds
		}
	}
	return sub
}

// apart is a difference from the captures that is meant: a prefix of paths and
// why.
type apartFrom struct{ prefix, why string }

func meant(list []apartFrom, path string) bool {
	return slices.ContainsFunc(list, func(a apartFrom) bool { return strings.HasPrefix(path, a.prefix) })
}

// compare fails on every path of the capture that we do not make or make with
// another type, and on every path of ours that no capture has, unless meant.
func compare(t *testing.T, name string, capture, ours shape, missing, extra []apartFrom) {
	t.Helper()
	for _, path := range slices.Sorted(maps.Keys(capture)) {
		switch {
		case meant(missing, path):
		case ours[path] == nil:
			t.Errorf("%s: %q (%v) is in the capture, not in ours", name, path, kinds(capture[path]))
		default:
			for kind := range ours[path] {
				if !capture[path][kind] {
					t.Errorf("%s: %q: ours is %s, the capture has %v", name, path, kind, kinds(capture[path]))
				}
			}
		}
	}
	for _, path := range slices.Sorted(maps.Keys(ours)) {
		if capture[path] == nil && !meant(extra, path) {
			t.Errorf("%s: %q (%v) is ours, no capture has it", name, path, kinds(ours[path]))
		}
	}
}

func kinds(m map[string]bool) []string { return slices.Sorted(maps.Keys(m)) }

// captured are the files of a folder of captures.
func captured(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob("../../../../shared/data/" + pattern)
	if err != nil || len(files) == 0 {
		t.Skipf("real captures absent: ../shared/data/%s", pattern)
	}
	return files
}

func contents(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// moments are times through a day at which its bodies differ.
func moments(d *Day) (all []time.Time) {
	for at := d.markets[0].start.Add(-14 * time.Hour); at.Before(d.Ends().Add(time.Hour)); at = at.Add(47 * time.Minute) {
		all = append(all, at)
	}
	return append(all, d.Ends().Add(time.Hour))
}

// oddDays are days that have between them a game called off, its makeup, a
// suspended game and the rest of it, a game ended early, and late starts.
func oddDays(t *testing.T, s *Season) (days []*Day) {
	t.Helper()
	have := map[string]bool{}
	for _, g := range s.games {
		what := ""
		switch {
		case len(g.events) > 1:
			what = "postponed"
		case !g.suspended.IsZero():
			what = "suspended"
		case g.early:
			what = "early"
		}
		if what == "" || have[what] {
			continue
		}
		have[what] = true
		dates := map[string]bool{g.date.String(): true, g.events[0].date.String(): true}
		if what == "suspended" {
			dates[g.resumed.In(s.eastern).Format(time.DateOnly)] = true
		}
		for _, date := range s.days {
			if dates[date.String()] {
				d, err := s.Day(date)
				if err != nil {
					t.Fatal(err)
				}
				days = append(days, d)
			}
		}
	}
	if len(have) != 3 {
		t.Fatalf("the season has only %v", have)
	}
	return days
}

func testSeason(t *testing.T) *Season {
	t.Helper()
	s, err := New(Config{Season: 2026, Seed: 7})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestScoreboardLikeTheCaptures(t *testing.T) {
	capture := shape{}
	for _, name := range captured(t, "action_network/*.jsonl") {
		lines := bufio.NewScanner(bytes.NewReader(contents(t, name)))
		lines.Buffer(nil, 64<<20)
		for lines.Scan() {
			var line struct {
				URL  string          `json:"url"`
				Data json.RawMessage `json:"data"`
			}
			if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(line.URL, "/v2/scoreboard/") {
				capture.add(t, line.Data)
			}
		}
	}
	ours := shape{}
	for _, d := range oddDays(t, testSeason(t)) {
		for _, at := range moments(d) {
			ours.add(t, d.Scoreboard(at))
		}
	}
	const football = "the captures are of football: baseball has no weeks, clocks, downs, timeouts or halves"
	compare(t, "scoreboard", capture, ours, []apartFrom{
		{".games[].week", football},
		{".games[].last_play.is_redzone", football},
		{".games[].boxscore.situation", football},
		{".games[].boxscore.away_timeouts", football},
		{".games[].boxscore.home_timeouts", football},
		{".games[].boxscore.total_away_firsthalf_points", football},
		{".games[].boxscore.total_home_firsthalf_points", football},
		{".games[].boxscore.total_away_secondhalf_points", football},
		{".games[].boxscore.total_home_secondhalf_points", football},
	}, []apartFrom{
		{".games[].boxscore.total_home_firstfive_points", "the away side's is in the capture"},
		{".games[].markets.*.event.core_bet_type_6_team_score[]", "the shorter form of the opening column, on a book"},
	})
}

func TestOddsAPILikeTheCaptures(t *testing.T) {
	capture := shape{}
	for _, name := range captured(t, "odds_api/*.json") {
		capture.add(t, contents(t, name))
	}
	live, envelope := shape{}, shape{}
	for _, d := range oddDays(t, testSeason(t)) {
		for _, at := range moments(d) {
			live.add(t, d.OddsAPILive(at))
			envelope.add(t, d.OddsAPI(at))
		}
	}
	compare(t, "live", capture.under(".games"), live, nil, nil)
	compare(t, "historical", capture.under(".games"), envelope.under(".data"), nil, nil)
	for _, path := range []string{".timestamp", ".previous_timestamp", ".next_timestamp"} {
		if !envelope[path]["string"] || len(envelope[path]) != 1 {
			t.Errorf("historical: %q is %v, want a string", path, kinds(envelope[path]))
		}
	}
}

func TestStatsAPILikeTheCaptures(t *testing.T) {
	files := map[string]shape{}
	for _, name := range captured(t, "mlb_statsapi/*.json") {
		s := shape{}
		s.add(t, contents(t, name))
		files[filepath.Base(name)] = s
	}
	season := testSeason(t)
	schedule, feed, line, box, teams := shape{}, shape{}, shape{}, shape{}, shape{}
	teams.add(t, season.Teams())
	body := func(s shape, text []byte, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		s.add(t, text)
	}
	for _, d := range oddDays(t, season) {
		for _, at := range moments(d) {
			schedule.add(t, d.Schedule(at))
		}
		for _, pk := range d.Games() {
			text, err := d.LiveFeed(pk, d.Ends().Add(time.Hour))
			body(feed, text, err)
			text, err = d.Linescore(pk, d.Ends().Add(time.Hour))
			body(line, text, err)
			text, err = d.Boxscore(pk, d.Ends().Add(time.Hour))
			body(box, text, err)
		}
	}
	all := shape{}
	for name, s := range files {
		if _, bare := s["[]"]; bare {
			wrapped := shape{}
			for path, kinds := range s {
				wrapped[".dates[].games"+path] = kinds
			}
			s = wrapped
		}
		if strings.HasPrefix(name, "schedule") {
			for path, kinds := range s {
				if all[path] == nil {
					all[path] = map[string]bool{}
				}
				maps.Copy(all[path], kinds)
			}
		}
	}
	const hydrated = "the captures were not asked for line scores, decisions and probable pitchers"
	compare(t, "schedule", all, schedule, nil, []apartFrom{
		{".dates[].games[].linescore", hydrated},
		{".dates[].games[].decisions", hydrated},
		{".dates[].games[].teams.home.probablePitcher", hydrated},
		{".dates[].games[].teams.away.probablePitcher", hydrated},
		{".dates[].games[].rescheduleGameDate", "no capture of 2021 or later has a postponed game"},
		{".dates[].games[].resume", "no capture has a suspended game"},
	})
	compare(t, "linescore", files["linescore.json"], line, nil, nil)
	const (
		pitches  = "pitches, runners and hits are not simulated"
		statBook = "statistics that nothing is settled on are not simulated"
		rarely   = "facts that few players have"
		notes    = "substitutions are not simulated"
	)
	compare(t, "live feed", files["livefeed.json"], feed, []apartFrom{
		{".liveData.plays.allPlays[].playEvents[]", pitches},
		{".liveData.plays.allPlays[].runners[]", pitches},
		{".liveData.plays.allPlays[].reviewDetails", pitches},
		{".liveData.plays.allPlays[].pitchIndex[]", pitches},
		{".liveData.plays.allPlays[].actionIndex[]", pitches},
		{".liveData.plays.allPlays[].runnerIndex[]", pitches},
		{".liveData.plays.currentPlay.playEvents[]", pitches},
		{".liveData.plays.currentPlay.runners[]", pitches},
		{".liveData.plays.currentPlay.pitchIndex[]", pitches},
		{".liveData.plays.currentPlay.runnerIndex[]", pitches},
		{".liveData.plays.playsByInning[].hits.home[]", pitches},
		{".liveData.plays.playsByInning[].hits.away[]", pitches},
		{".liveData.boxscore.teams.home.players", statBook},
		{".liveData.boxscore.teams.away.players", statBook},
		{".liveData.boxscore.teams.home.teamStats", statBook},
		{".liveData.boxscore.teams.away.teamStats", statBook},
		{".liveData.boxscore.topPerformers[]", statBook},
		{".liveData.boxscore.teams.home.note[]", notes},
		{".liveData.boxscore.teams.away.note[]", notes},
		{".gameData.players.*.draftYear", rarely},
		{".gameData.players.*.lastPlayedDate", rarely},
		{".gameData.players.*.nameMatrilineal", rarely},
		{".gameData.players.*.nameSuffix", rarely},
		{".gameData.players.*.nameTitle", rarely},
		{".gameData.players.*.nickName", rarely},
		{".gameData.players.*.pronunciation", rarely},
		{".liveData.plays.allPlays[].matchup.postOn", pitches},
	}, []apartFrom{{".gameData.status.reason", "a game that rain ended or stopped"}})
	compare(t, "box score", files["boxscore.json"], box, []apartFrom{
		{".teams.home.players", statBook},
		{".teams.away.players", statBook},
		{".teams.home.teamStats", statBook},
		{".teams.away.teamStats", statBook},
		{".topPerformers[]", statBook},
		{".teams.home.note[]", notes},
		{".teams.away.note[]", notes},
	}, nil)
	compare(t, "teams", files["teams.json"], teams, nil, nil)
}
