package grade

import (
	"fmt"
	"strings"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// starters compares the pitchers announced when the bet was placed with those
// who threw the first pitches.
type starters struct {
	changed string // who started for whom; "" where no change is seen
	named   bool   // some pitcher was announced
	untold  string // the side whose starter, though announced, is not told; "" for none
}

func (c caseOf) starters() (s starters) {
	for _, side := range []struct{ name, listed, started string }{
		{"home", c.bet.HomePitcher, c.t.HomeStarter},
		{"away", c.bet.AwayPitcher, c.t.AwayStarter},
	} {
		switch {
		case side.listed == "":
			continue
		case side.started == "":
			s.untold = side.name
		case !strings.EqualFold(strings.TrimSpace(side.listed), strings.TrimSpace(side.started)):
			s.changed = fmt.Sprintf("%s started for %s", side.started, side.listed)
		}
		s.named = true
	}
	return s
}

// listed is given for a ticket that stands only with its pitchers, once the
// game has begun and one of them did not start, or cannot be told.
func (c caseOf) listed() verdict {
	if c.bet.Pitchers != Listed || !c.begun() {
		return verdict{}
	}
	s := c.starters()
	switch {
	case s.changed != "":
		return say(Void, "listed pitchers: %s", s.changed)
	case !s.named:
		return say(Manual, "listed pitchers, but the bet names none")
	case s.untold != "":
		return say(Manual, "listed pitchers, but the %s starter is not told", s.untold)
	}
	return verdict{}
}

func (c caseOf) begun() bool {
	return c.t.Status == mlb.InProgress || c.t.Status == mlb.Suspended || c.t.Status == mlb.Final
}

// repriced applies what the book does to an action ticket when a starter
// changed. The risk stays as it was: only what a win pays can change.
func (c caseOf) repriced(v verdict) verdict {
	if c.bet.Pitchers == Listed || !v.outcome.Settled() || v.outcome == Void || c.r.Starters == StartersStand {
		return v
	}
	s := c.starters()
	switch {
	case c.r.Starters == StartersReprice && v.outcome != Win: // no price changes a loss or a push
		return v
	case s.changed != "" && c.r.Starters == StartersReprice:
		return say(Reprice, "%s; %s: paid at the new pitcher's opening price on the original risk", v.event, s.changed)
	case s.changed != "":
		return say(Manual, "%s; %s: what the book does is not known", v.event, s.changed)
	case c.bet.Pitchers == Action && c.r.Starters == StartersReprice && (!s.named || s.untold != ""):
		return say(Manual, "%s; whether a starter changed, and with him the price, is not told", v.event)
	}
	return v
}
