package collect

import (
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/cadence"
	"github.com/mlb-betting/mlb-betting/internal/ingest"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/store"
)

// What is diagnosed here is a function of what a look showed and of what was
// known before it: no database, no network, no clock.

// Clocks that differ by less agree: a header tells whole seconds, and an answer
// takes its time.
const clocksAgree = 90 * time.Second

// skewed compares the source's clock with ours. A cache on the way passes on
// the time at which it got the answer, and how long ago that was.
func skewed(doc source.Doc) []Finding {
	if doc.ServerTime.IsZero() {
		return nil
	}
	by := doc.ServerTime.Add(doc.Age).Sub(doc.FetchedAt)
	if by.Abs() <= clocksAgree {
		return nil
	}
	which := "ahead of"
	if by < 0 {
		which = "behind"
	}
	return []Finding{{CauseClockSkew, fmt.Sprintf("its clock is %v %s ours", by.Abs().Round(time.Second), which)}}
}

// stamped is what an answer says of its own age.
type stamped struct {
	modified time.Time // Last-Modified
	newest   time.Time // of the body's own stamps
	quiet    time.Duration
}

func stampsOf(doc source.Doc, feed source.Feed) (s stamped) {
	s.modified, _ = http.ParseTime(doc.LastModified) // zero where it tells none
	if len(feed.Stamps) > 0 {
		s.newest, s.quiet = source.Newest(doc.Body, feed.Stamps), feed.Quiet
	}
	return s
}

// untimely tells an answer whose own times cannot be: newer than the source's
// clock, or older than it must be. same says that it is the answer before it
// once more.
func untimely(doc source.Doc, s stamped, t *store.Target, same, ahead bool) []Finding {
	now := doc.FetchedAt
	if !doc.ServerTime.IsZero() {
		now = doc.ServerTime.Add(doc.Age)
	}
	offset := now.Sub(doc.FetchedAt)
	for _, at := range []time.Time{s.modified, s.newest} {
		if by := at.Sub(now); !at.IsZero() && by > clocksAgree {
			return []Finding{{CauseFuture, fmt.Sprintf("it tells of %s, %v after its own clock", at.UTC().Format(time.RFC3339), by.Round(time.Second))}}
		}
	}
	held, _ := http.ParseTime(t.LastModified) // zero where none was told
	switch {
	case same && doc.NotModified && !s.modified.IsZero() && s.modified.Before(held.Add(-clocksAgree)):
		return []Finding{{CauseStale, fmt.Sprintf("it has nothing newer than %s, and we have its answer of %s",
			s.modified.UTC().Format(time.RFC3339), held.UTC().Format(time.RFC3339))}}
	case !same && !s.modified.IsZero() && !t.LastSuccess.IsZero() && s.modified.Before(t.LastSuccess.Add(offset-clocksAgree)):
		return []Finding{{CauseStale, fmt.Sprintf("it says that this is unchanged since %s, and was another at %s",
			s.modified.UTC().Format(time.RFC3339), t.LastSuccess.UTC().Format(time.RFC3339))}}
	case ahead && !s.newest.IsZero() && now.Sub(s.newest) > s.quiet:
		return []Finding{{CauseStale, fmt.Sprintf("its newest update is of %s, %v ago",
			s.newest.UTC().Format(time.RFC3339), now.Sub(s.newest).Round(time.Second))}}
	}
	return nil
}

// When a source that repeats itself is frozen: where by its own past so many
// repeats are less likely than improbable, or where it has said the same for
// so long although a game is about to begin or under way.
const (
	improbable  = 0.01
	leastPast   = 9
	tooLong     = 20 * time.Minute
	lively      = time.Hour // before the start
	longestGame = 5 * time.Hour
)

// frozen judges an answer that repeats the one before it. past are the looks
// before this one, the newest first.
func frozen(past []store.Past, now, lastChange time.Time, games []cadence.Game) []Finding {
	if !moving(games, now) {
		return nil
	}
	repeats := 1
	for len(past) > 0 && past[0].Unchanged {
		repeats, past = repeats+1, past[1:]
	}
	unchanged, all := 0, 0
	for _, p := range past {
		if p.Cause == CauseFrozen { // which is not how the feed is
			continue
		}
		if all++; p.Unchanged {
			unchanged++
		}
	}
	chance := float64(unchanged+1) / float64(all+2)
	unlikely := repeats > 1 && all >= leastPast && math.Pow(chance, float64(repeats)) < improbable
	since := now.Sub(lastChange).Round(time.Second)
	if !unlikely && (lastChange.IsZero() || since < tooLong) {
		return nil
	}
	return []Finding{{CauseFrozen, fmt.Sprintf("the same answer %d times, for %v; of %d answers before, %d repeated the one before them",
		repeats+1, since, all, unchanged)}}
}

// moving tells whether prices should move: a game is near or under way.
func moving(games []cadence.Game, now time.Time) bool {
	return slices.ContainsFunc(games, func(g cadence.Game) bool {
		return !g.Over() && g.Start.Before(now.Add(lively)) && g.Start.Add(longestGame).After(now)
	})
}

// carried is what was found in an answer that is now repeated: it still holds.
func carried(past []store.Past) (all []Finding) {
	if len(past) == 0 {
		return nil
	}
	for _, f := range Findings(past[0].Cause, past[0].Detail) {
		if causeOf(f.Cause).body {
			all = append(all, f)
		}
	}
	return all
}

// partUnread is the part of an answer's rows that, when it cannot be read,
// makes it worth asking whether the fields have changed.
const partUnread = 0.2

// fromRows is what the rows that were set aside tell. drift names the fields
// that the answer has lost.
func fromRows(r ingest.Report, drift func() []string) (all []Finding) {
	unread, read := int64(0), r.Read
	for why, n := range r.Reasons {
		switch cause, known := reasonCauses[source.Reason(why)]; {
		case !known:
			unread += n
		case cause == "":
			read -= n
		}
	}
	told := map[string]bool{}
	for _, d := range r.Details {
		cause, known := reasonCauses[d.Reason]
		if !known {
			cause = CauseOddRows
		}
		if cause == "" || told[cause] {
			continue
		}
		told[cause] = true
		if cause == CauseOddRows && !known && float64(unread) >= partUnread*float64(read) {
			if fields := drift(); len(fields) > 0 {
				all = append(all, Finding{CauseSchemaDrift, driftText(fields, r.Reasons, read)})
				continue
			}
		}
		all = append(all, Finding{cause, fmt.Sprintf("%d of %d rows: %s: %s", r.Reasons[string(d.Reason)], r.Read, d.Reason, d.Text)})
	}
	return all
}

// mostFields is how many changed fields a detail names.
const mostFields = 3

func driftText(fields []string, reasons map[string]int64, read int64) string {
	most, why := int64(0), ""
	for reason, n := range reasons {
		if _, known := reasonCauses[source.Reason(reason)]; !known && n > most {
			most, why = n, reason
		}
	}
	text := strings.Join(fields[:min(len(fields), mostFields)], ", ")
	if len(fields) > mostFields {
		text += fmt.Sprintf(" and %d more", len(fields)-mostFields)
	}
	if why == "" {
		return text
	}
	return fmt.Sprintf("%s; %d of %d rows: %s", text, most, read, why)
}

// nothing tells that not one row of an answer that has some could be used.
func nothing(r ingest.Report) bool {
	idle := int64(0)
	for _, why := range []source.Reason{source.InPlay, source.Suspended, source.Postponed} {
		idle += r.Reasons[string(why)]
	}
	return r.Read > idle && r.Stored+r.Duplicate == 0
}

// expected is a game that a source is expected to list.
type expected struct {
	game mlb.Game
	refs []string // the source's own names of it
}

// missing is what an answer does not list of what it is expected to.
func missing(games []expected, listed map[string]bool) []Finding {
	var gone []string
	for _, e := range games {
		if !slices.ContainsFunc(e.refs, func(ref string) bool { return listed[ref] }) {
			gone = append(gone, e.game.Matchup())
		}
	}
	if len(gone) == 0 {
		return nil
	}
	return []Finding{{CausePartialSlate, fmt.Sprintf("%d of %d games are not listed: %s", len(gone), len(games), strings.Join(gone, ", "))}}
}

// offered are the games whose prices or splits a source has shown and that have
// not begun.
func offered(games []mlb.Game, states []cadence.Game, named map[mlb.GameID][]string, now time.Time) (all []expected) {
	for _, g := range games {
		upcoming := slices.ContainsFunc(states, func(s cadence.Game) bool { return s.ID == g.ID && s.Upcoming(now) })
		if refs := named[g.ID]; len(refs) > 0 && upcoming {
			all = append(all, expected{g, refs})
		}
	}
	return all
}

// scheduled are the games that a schedule is expected to list: all it has named.
func scheduled(games []mlb.Game) (all []expected) {
	for _, g := range games {
		if g.PK > 0 {
			all = append(all, expected{g, []string{strconv.FormatInt(g.PK, 10)}})
		}
	}
	return all
}

// happened is what a schedule tells of its games that people want to know.
func happened(games []mlb.Game, states []cadence.Game, eastern *time.Location) (all []Finding) {
	for _, g := range games {
		i := slices.IndexFunc(states, func(s cadence.Game) bool { return s.ID == g.ID })
		if i >= 0 && (states[i].Status == mlb.Postponed || states[i].Status == mlb.Cancelled) {
			all = append(all, Finding{CausePostponed, g.Matchup()})
			continue
		}
		if !g.Start.IsZero() && g.Date.Before(mlb.DateOf(g.Start.In(eastern))) {
			all = append(all, Finding{CauseMoved, fmt.Sprintf("%s of %s starts at %s", g.Matchup(), g.Date, g.Start.In(eastern).Format("2006-01-02 15:04 MST"))})
		}
	}
	return all
}

func movedGames(all []ingest.Moved) (found []Finding) {
	for _, m := range all {
		found = append(found, Finding{CauseMoved, fmt.Sprintf("%s starts at %s, the schedule has %s",
			m.Game.Matchup(), m.Said.UTC().Format(time.RFC3339), m.Game.Start.UTC().Format(time.RFC3339))})
	}
	return found
}
