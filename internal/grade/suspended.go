package grade

import (
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// longestGame is how long after its announced start a game can at most be
// stopped: an upper bound for a stop whose time is not told.
const longestGame = 12 * time.Hour

// suspended judges a game that was stopped in play. It is not given for one
// that was resumed in time and is over.
func (c caseOf) suspended(s Suspension) verdict {
	over := c.t.Status == mlb.Final
	if c.t.Postseason && c.r.PostseasonStands == Yes {
		return c.waiting(over, "suspended; a postseason bet waits until the game is completed")
	}
	sure, latest, why := c.window(s)
	resumed := s.ResumesAt
	if c.t.Status == mlb.Suspended && c.t.AsOf.After(latest) && !resumed.After(c.t.AsOf) {
		resumed = time.Time{} // it was to be, and was not
	}
	switch {
	case why != "":
		return say(Manual, "suspended: %s", why)
	case resumed.IsZero() && over:
		return say(Manual, "suspended, now final: when it was resumed is not told")
	case resumed.IsZero() && c.t.Status == mlb.InProgress:
		return say(Pending, "suspended and in progress again")
	case resumed.IsZero() && !c.t.AsOf.After(latest):
		return say(Pending, "suspended; the book waits for it until %s", utc(latest))
	case !resumed.IsZero() && !resumed.After(sure):
		return c.waiting(over, "suspended; resumed in time")
	case !resumed.IsZero() && !resumed.After(latest):
		return say(Manual, "suspended, resumed at %s: from when the book counts is not known", utc(resumed))
	}
	return c.lapsed(s)
}

// waiting is given until the game is over.
func (c caseOf) waiting(over bool, event string) verdict {
	if over {
		return verdict{}
	}
	return say(Pending, "%s", event)
}

// window is until when a suspended game may be resumed: a resumption by sure
// is in time, one after latest is not. They differ only where it is not known
// from when the book counts.
func (c caseOf) window(s Suspension) (sure, latest time.Time, why string) {
	start, stop := c.t.Scheduled, s.At
	switch {
	case c.r.ResumeWithin == 0:
		return sure, latest, "how long the book waits is not known"
	case c.t.Postseason && c.r.PostseasonStands == Unknown:
		return sure, latest, "how long the book waits in the postseason is not known"
	case start.IsZero():
		return sure, latest, "the announced start is not told"
	}
	if stop.IsZero() {
		stop = start.Add(longestGame)
	}
	sure, latest = start.Add(c.r.ResumeWithin), stop.Add(c.r.ResumeWithin)
	if c.r.ResumeFrom == FromStart {
		latest = sure
	}
	return sure, latest, ""
}

// lapsed judges a game that was not resumed in time, by how it stood at the
// stop.
func (c caseOf) lapsed(s Suspension) verdict {
	stop := c.t.Result
	stop.Status, stop.Score, stop.LineScore = mlb.Suspended, s.Score, s.LineScore
	p, why := readPlay(stop, s.LastHalf)
	if why != "" {
		return say(Manual, "suspended and not resumed in time: %s", why)
	}
	if !p.told {
		return say(Manual, "suspended and not resumed in time: no innings told, so not whether it was decided")
	}
	official := p.went(c.r.Official, c.t.ScheduledInnings)
	switch {
	case official == No:
		return c.unofficial(p, "not resumed in time")
	case c.r.LapsedStands == Yes || c.bet.Period == mlb.FirstFive:
		return c.called(p)
	case c.r.LapsedStands == No:
		return c.unofficial(p, "not resumed in time")
	default:
		return say(Manual, "%s, not resumed in time: whether that stands is not known", p)
	}
}
