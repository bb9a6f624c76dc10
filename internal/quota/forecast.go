package quota

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// Estimate is what a month is priced at, from now to its end, in credits.
type Estimate struct {
	End      time.Time
	Limit    int
	Spent    int // or possibly so
	Level    Level
	Closings int // captures still to be made
	Promised int // of them
	Reserved int // credits for those promised
	Looks    float64
	Pace     float64 // share of the cadence afforded, 0 to 1
	Wanted   int     // credits for the whole cadence and all closings at full breadth
	GivenUp  []string
}

// String tells it in one line.
func (e Estimate) String() string {
	s := fmt.Sprintf("%d of %d credits used until %s: %d of %d closing captures promised (%d credits), %.0f looks (%.1f %% of the cadence) at %d a call: %s of %s",
		e.Spent, e.Limit, e.End.Format(time.DateOnly), e.Promised, e.Closings, e.Reserved, e.Looks, 100*e.Pace, e.Level.Cost(), list(e.Level.Markets), list(e.Level.Regions))
	if len(e.GivenUp) > 0 {
		s += "; given up: " + strings.Join(e.GivenUp, "; ")
	}
	return s + fmt.Sprintf("; all would cost %d", e.Wanted)
}

// Estimate prices the rest of the month before any call is made.
func (g *Governor) Estimate(now time.Time) Estimate {
	g.advance(now)
	g.solve(now)
	more := g.unlisted(now)
	promised := len(g.promised(now))
	closings := float64(len(g.toCome(now))) * more
	e := Estimate{
		End: g.end(), Limit: g.limit(), Spent: g.state.committed(), Level: g.Level(),
		Closings: int(math.Ceil(closings)), Promised: int(math.Ceil(float64(promised) * more)), Reserved: g.reserve(now, promised),
		Looks: g.rest(now, g.end(), g.pace), Pace: g.pace,
		Wanted: int(math.Ceil((closings + g.rest(now, g.end(), 1)) * float64(g.levels[0].Cost()))),
	}
	e.GivenUp = g.givenUp(e)
	return e
}

// givenUp names what the plan does not pay for, in the order it was given up.
func (g *Governor) givenUp(e Estimate) (all []string) {
	if e.Pace < 1 {
		all = append(all, fmt.Sprintf("%.1f %% of the cadence", 100*(1-e.Pace)))
	}
	if out := g.plan.Regions[len(e.Level.Regions):]; len(out) > 0 {
		all = append(all, "regions "+list(out))
	}
	if out := g.plan.Markets[len(e.Level.Markets):]; len(out) > 0 {
		all = append(all, "markets "+list(out))
	}
	if n := e.Closings - e.Promised; n > 0 {
		all = append(all, fmt.Sprintf("%d closing captures of the fewest games", n))
	}
	return all
}

// Forecast is what the month will have cost at its end, in credits, with an
// interval that should hold nine times in ten.
type Forecast struct {
	End                 time.Time
	Low, Expected, High int
	Limit               int
}

// String tells it in one line.
func (f Forecast) String() string {
	return fmt.Sprintf("%d credits by %s (%d to %d) of %d", f.Expected, f.End.Format(time.DateOnly), f.Low, f.High, f.Limit)
}

const (
	nineInTen   = 1.645 // standard deviations of a normal distribution
	enoughDays  = 3     // to judge the plans of days by
	unknownDay  = 0.2   // error of a day's plan before that, as a share of it
	shortMemory = 2     // days whose errors nothing pays back where credits are short
)

// Forecast tells the month-end use.
func (g *Governor) Forecast(now time.Time) Forecast {
	g.advance(now)
	g.solve(now)
	spent, limit, end := g.state.committed(), g.limit(), g.end()
	planned := g.planned(now, end)
	if g.pace >= 1 {
		planned *= g.ratio()
	}
	expected := float64(spent) + planned + g.foreign(now)
	days := math.Ceil(end.Sub(now).Hours() / 24)
	spread := nineInTen * g.dayError(planned/max(1, days)) * math.Sqrt(g.unpaid(days))
	in := func(x float64) int { return min(max(spent, int(math.Round(x))), max(spent, limit)) }
	return Forecast{End: end, Low: in(expected - spread), Expected: in(expected), High: in(expected + spread), Limit: limit}
}

// planned is what is to be spent between two moments, in credits.
func (g *Governor) planned(now, to time.Time) float64 {
	cost := float64(g.Level().Cost())
	if end := g.end(); !to.Before(end) {
		return float64(g.reserve(now, len(g.promised(now)))) + cost*(g.rest(now, end, g.pace)+g.carried())
	}
	n := 0
	for _, p := range g.promised(now) {
		if p.At.Before(to) {
			n++
		}
	}
	return cost * (float64(n) + g.looks(now, to, g.pace) + g.carried())
}

// carried are the looks added up before now, where they are counted at all.
func (g *Governor) carried() float64 {
	if g.pace >= 1 {
		return 0
	}
	return max(0, g.state.Owed)
}

// ratio is what past days cost to what they were planned to.
func (g *Governor) ratio() float64 {
	e := g.state.Errors
	if e.Days < enoughDays || e.Planned == 0 {
		return 1
	}
	return min(max(0.5, e.Actual/e.Planned), 1.5)
}

// dayError is the standard error of a day's plan, in credits.
func (g *Governor) dayError(mean float64) float64 {
	e := g.state.Errors
	if e.Days < enoughDays {
		return unknownDay * mean
	}
	return math.Sqrt(e.SquaredErrors / float64(e.Days))
}

// unpaid is how many of the days' errors add up.
func (g *Governor) unpaid(days float64) float64 {
	if g.pace >= 1 {
		return days
	}
	return min(days, shortMemory)
}

// dawn is the hour UTC at which a day of baseball is over in every zone, and
// none has begun.
const dawn = 10

// turnDay closes the day and plans the next one.
func (g *Governor) turnDay(now time.Time) {
	s := &g.state
	at := now.UTC().Add(-dawn * time.Hour).Truncate(24 * time.Hour).Add(dawn * time.Hour)
	if !g.known || !at.After(s.Day.At) {
		return
	}
	if day := s.Day; !day.At.IsZero() && at.Sub(day.At) == 24*time.Hour {
		actual := float64(s.committed() - day.Used)
		s.Errors.Days++
		s.Errors.Actual += actual
		s.Errors.Planned += day.Planned
		s.Errors.SquaredErrors += (actual - day.Planned) * (actual - day.Planned)
	}
	if s.OwedAt.IsZero() {
		s.OwedAt = now
	}
	g.solve(now)
	s.Day = Day{At: at, Used: s.committed(), Planned: g.planned(now, at.Add(24*time.Hour))}
}
