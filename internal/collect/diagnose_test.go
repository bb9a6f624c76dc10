package collect

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/cadence"
	"github.com/mlb-betting/mlb-betting/internal/ingest"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/store"
)

func causesOf(all []Finding) (names []string) {
	for _, f := range all {
		names = append(names, f.Cause)
	}
	return names
}

func TestSkewed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		server, age time.Duration
		want        bool
	}{
		"equal": {0, 0, false}, "a minute": {time.Minute, 0, false}, "ahead": {2 * time.Minute, 0, true}, "behind": {-2 * time.Minute, 0, true},
		"kept by a cache": {-10 * time.Minute, 10 * time.Minute, false},
	} {
		got := skewed(source.Doc{FetchedAt: start, ServerTime: start.Add(c.server), Age: c.age})
		if (len(got) > 0) != c.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if got := skewed(source.Doc{FetchedAt: start}); got != nil {
		t.Errorf("a server without a clock: %+v", got)
	}
}

func TestUntimely(t *testing.T) {
	t.Parallel()
	http := func(d time.Duration) string {
		return start.Add(d).Format("Mon, 02 Jan 2006 15:04:05 GMT")
	}
	for name, c := range map[string]struct {
		modified   string
		newest     time.Duration
		quiet      time.Duration
		skew       time.Duration
		held       string
		same, idle bool
		want       []string
	}{
		"says nothing":            {},
		"just changed":            {modified: http(-30 * time.Second)},
		"changed before our last": {modified: http(-6 * time.Hour), want: []string{CauseStale}},
		"the same, long ago":      {modified: http(-6 * time.Hour), held: http(-6 * time.Hour), same: true},
		"the same, older":         {modified: http(-12 * time.Hour), held: http(-6 * time.Hour), same: true, want: []string{CauseStale}},
		"to come":                 {modified: http(6 * time.Hour), want: []string{CauseFuture}},
		"to come by its clock":    {modified: http(10 * time.Minute), skew: 10 * time.Minute},
		"stamps of now":           {newest: -time.Second, quiet: time.Hour},
		"old stamps":              {newest: -2 * time.Hour, quiet: time.Hour, want: []string{CauseStale}},
		"old stamps, no game":     {newest: -2 * time.Hour, quiet: time.Hour, idle: true},
		"stamps to come":          {newest: time.Hour, quiet: time.Hour, want: []string{CauseFuture}},
	} {
		doc := source.Doc{FetchedAt: start, ServerTime: start.Add(c.skew), NotModified: c.same, Validators: source.Validators{LastModified: c.modified}}
		s := stampsOf(doc, source.Feed{})
		if s.quiet = c.quiet; c.newest != 0 {
			s.newest = start.Add(c.newest)
		}
		target := store.Target{LastSuccess: start.Add(-5 * time.Minute), LastModified: c.held}
		if got := causesOf(untimely(doc, s, &target, c.same, !c.idle)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestFrozen(t *testing.T) {
	t.Parallel()
	// looks are written from the newest to the oldest: c changed, u unchanged, f
	// found frozen.
	past := func(looks string) (all []store.Past) {
		for _, l := range looks {
			p := store.Past{Unchanged: l != 'c'}
			if l == 'f' {
				p.Cause = CauseFrozen
			}
			all = append(all, p)
		}
		return all
	}
	near := []cadence.Game{{Start: start.Add(30 * time.Minute), Status: mlb.Scheduled}}
	far := []cadence.Game{{Start: start.Add(3 * time.Hour), Status: mlb.Scheduled}}
	over := []cadence.Game{{Start: start.Add(-3 * time.Hour), Status: mlb.Final}}
	for name, c := range map[string]struct {
		past  string
		since time.Duration
		games []cadence.Game
		want  bool
	}{
		"first repeat":            {strings.Repeat("c", 30), time.Minute, near, false},
		"second repeat":           {"u" + strings.Repeat("c", 30), 2 * time.Minute, near, true},
		"little is known":         {"uccc", 2 * time.Minute, near, false},
		"often repeats":           {"uu" + strings.Repeat("cu", 15), 3 * time.Minute, near, false},
		"far from every game":     {"u" + strings.Repeat("c", 30), 2 * time.Minute, far, false},
		"all games over":          {"u" + strings.Repeat("c", 30), time.Hour, over, false},
		"often repeats, too long": {"uu" + strings.Repeat("cu", 15), 25 * time.Minute, near, true},
		"was frozen before":       {"u" + strings.Repeat("c", 9) + "fffff" + strings.Repeat("c", 9), 2 * time.Minute, near, true},
	} {
		if got := frozen(past(c.past), start, start.Add(-c.since), c.games); (len(got) > 0) != c.want {
			t.Errorf("%s: %+v, want %v", name, got, c.want)
		}
	}
}

func TestDriftOf(t *testing.T) {
	t.Parallel()
	const was = "games[].id number\ngames[].markets.*.event.moneyline list\ngames[].markets.*.event.moneyline[].odds number\n" +
		"games[].markets.*.event.moneyline[].side text\ngames[].markets.*.event.total[].odds number\ngames[].markets.*.event.total[].side text\n" +
		"games[].boxscore.period number\ngames[].winner null|number\ngames list"
	replaced := func(from, to string) string { return strings.ReplaceAll(was, from, to) }
	for name, c := range map[string]struct {
		is   string
		want []string
	}{
		"the same":              {was, nil},
		"renamed":               {replaced(".odds ", ".price "), []string{"field odds is now price"}},
		"gone":                  {replaced("[].odds number", "[].side text"), []string{"field odds is gone"}},
		"retyped":               {replaced(".odds number", ".odds text"), []string{"field odds is text where it was number"}},
		"holds more":            {replaced(".odds number", ".odds.value number"), []string{"field odds holds more where it was number"}},
		"no game under way":     {replaced("games[].boxscore.period number\n", ""), nil},
		"null only":             {replaced("null|number", "null"), nil},
		"nothing to hold on to": {"", nil},
	} {
		if got := driftOf(was, c.is); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestFromRows(t *testing.T) {
	t.Parallel()
	report := func(read int64, details ...store.Detail) ingest.Report {
		r := ingest.Report{Read: read, Reasons: map[string]int64{}, Details: details}
		for _, d := range details {
			r.Reasons[string(d.Reason)] += d.Rows
		}
		return r
	}
	drifted := func() []string { return []string{"field odds is gone"} }
	stable := func() []string { return nil }
	for name, c := range map[string]struct {
		r     ingest.Report
		drift func() []string
		want  []string
	}{
		"nothing":                {report(100), drifted, nil},
		"in play":                {report(100, store.Detail{Reason: source.InPlay, Rows: 90}, store.Detail{Reason: source.Suspended, Rows: 10}), drifted, nil},
		"one odd row":            {report(100, store.Detail{Reason: source.BadPrice, Rows: 1}), drifted, []string{CauseOddRows}},
		"most unread":            {report(100, store.Detail{Reason: source.BadPrice, Rows: 90}), drifted, []string{CauseSchemaDrift}},
		"most, no drift":         {report(100, store.Detail{Reason: source.BadPrice, Rows: 90}), stable, []string{CauseOddRows}},
		"several":                {report(100, store.Detail{Reason: source.UnknownTeam, Rows: 9}, store.Detail{Reason: source.DuplicatedBook, Rows: 3}), drifted, []string{CauseTeamRenamed, CauseDuplicatedBook}},
		"one cause, two reasons": {report(100, store.Detail{Reason: source.Unscheduled, Rows: 9}, store.Detail{Reason: source.AmbiguousGame, Rows: 3}), drifted, []string{CauseDoubleheader}},
	} {
		if got := causesOf(fromRows(c.r, c.drift)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestCarried(t *testing.T) {
	t.Parallel()
	past := []store.Past{{Cause: CauseSwapped, Detail: "A @ B; also clock_skew: 10m"}, {Cause: CauseTeamRenamed}}
	if got := causesOf(carried(past)); !slices.Equal(got, []string{CauseSwapped}) {
		t.Errorf("%v: what the body says holds while it is repeated, a clock's time does not", got)
	}
	if got := carried(nil); got != nil {
		t.Errorf("%v", got)
	}
}
