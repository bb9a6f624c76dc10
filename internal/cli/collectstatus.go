package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mlb-betting/mlb-betting/internal/app"
	"github.com/mlb-betting/mlb-betting/internal/bus"
	"github.com/mlb-betting/mlb-betting/internal/cadence"
	"github.com/mlb-betting/mlb-betting/internal/collect"
	"github.com/mlb-betting/mlb-betting/internal/market"
)

// feedJSON is a feed as --json prints it.
type feedJSON struct {
	Source        string         `json:"source"`
	Feed          string         `json:"feed"`
	Verified      *time.Time     `json:"verified_at"` // null: it has never run against a live body
	LastSuccess   *time.Time     `json:"last_success_at"`
	NextAt        *time.Time     `json:"next_at"`
	Why           string         `json:"next_why"`
	Fresh         bool           `json:"fresh"`
	Allowed       *float64       `json:"allowed_age_s"` // null: no game asks for it
	Reason        string         `json:"reason"`
	Targets       int            `json:"targets"`
	Failing       int            `json:"failing"`
	Outcome       string         `json:"last_outcome"`
	Cause         string         `json:"last_cause"`
	Detail        string         `json:"last_detail"`
	GamesExpected int            `json:"games_expected"`
	GamesGot      int            `json:"games_got"`
	Books         []coverageJSON `json:"books"`
}

// coverageJSON is how much of the games a book showed.
type coverageJSON struct {
	Book     string    `json:"book"`
	Expected int       `json:"games_expected"`
	Got      int       `json:"games_got"`
	At       time.Time `json:"at"`
}

// planJSON is a paid plan as --json prints it.
type planJSON struct {
	Source           string    `json:"source"`
	Used             int       `json:"credits_used"`
	Limit            int       `json:"credits_limit"`
	End              time.Time `json:"month_ends_at"`
	Forecast         int       `json:"credits_forecast"`
	Low              int       `json:"forecast_low"`
	High             int       `json:"forecast_high"`
	Closings         int       `json:"closings_to_come"`
	ClosingsPromised int       `json:"closings_promised"`
	Wanted           int       `json:"credits_wanted"`
	GivenUp          []string  `json:"given_up"`
	Refused          string    `json:"refused"`
}

// collectionJSON is all of `collect status --json`.
type collectionJSON struct {
	Feeds   []feedJSON  `json:"feeds"`
	Plans   []planJSON  `json:"plans"`
	Telling tellingJSON `json:"telling"`
}

// tellingJSON is how a process that starts now hears of what others commit.
type tellingJSON struct {
	Via string `json:"via"`
	Why string `json:"why_not_better"`
}

// collection is what `collect status` tells.
type collection struct {
	feeds   []collect.Status
	plans   []collect.Plan
	telling bus.State
}

func (e *env) collectStatusCommand() *cobra.Command {
	return &cobra.Command{
		Use: "status", Short: "Say how every feed stands: fresh or not, what failed last and why", Args: cobra.NoArgs,
		Long: "Says of every feed whether it is as fresh as the games of the day ask for, what came in the last\n" +
			"look of the games expected, when and why the next look is made, and what is wrong. Of a paid plan\n" +
			"it says what the month is expected to cost, before the first call too.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return e.withCollector(cmd, func(c *collect.Collector, a *app.App) (err error) {
				var all collection
				if all.feeds, err = c.Statuses(cmd.Context()); err != nil {
					return err
				}
				if all.plans, err = c.Plans(cmd.Context()); err != nil {
					return err
				}
				if all.telling, err = a.Telling(cmd.Context(), e.now, e.log()); err != nil {
					return err
				}
				if e.json {
					return e.printCollection(all)
				}
				return e.printFeeds(all)
			})
		},
	}
}

func (e *env) printCollection(c collection) error {
	all := collectionJSON{Feeds: []feedJSON{}, Plans: []planJSON{}, Telling: tellingJSON{c.telling.Via.String(), c.telling.Why}}
	names, err := bookNames()
	if err != nil {
		return err
	}
	for _, s := range c.feeds {
		f := feedJSON{
			Source: s.Source, Feed: s.Feed, Verified: orNull(s.Verified), LastSuccess: orNull(s.LastSuccess), NextAt: orNull(s.NextAt), Why: s.Why,
			Fresh: s.Fresh, Reason: s.Reason, Targets: s.Targets, Failing: s.Failing, Outcome: s.LastRun.Outcome, Cause: s.LastRun.Cause,
			Detail: s.LastRun.Detail, GamesExpected: s.LastRun.GamesExpected, GamesGot: s.LastRun.GamesGot, Books: []coverageJSON{},
		}
		if s.Allowed > 0 && s.Allowed < cadence.NoLimit {
			seconds := s.Allowed.Seconds()
			f.Allowed = &seconds
		}
		for _, b := range s.Books {
			f.Books = append(f.Books, coverageJSON{names[b.Book], b.Expected, b.Got, b.At})
		}
		all.Feeds = append(all.Feeds, f)
	}
	for _, p := range c.plans {
		j := planJSON{
			Source: p.Source, Used: p.Estimate.Spent, Limit: p.Estimate.Limit, End: p.Estimate.End, Forecast: p.Forecast.Expected,
			Low: p.Forecast.Low, High: p.Forecast.High, Closings: p.Estimate.Closings, ClosingsPromised: p.Estimate.Promised,
			Wanted: p.Estimate.Wanted, GivenUp: append([]string{}, p.Estimate.GivenUp...),
		}
		if p.Refused != nil {
			j.Refused = p.Refused.Error()
		}
		all.Plans = append(all.Plans, j)
	}
	return e.printJSON(all)
}

func (e *env) printFeeds(all collection) error {
	feeds := all.feeds
	if len(feeds) == 0 {
		e.line("Nothing was collected yet today: `%s collect` begins, `%s collect sources` says what may be asked.", e.self(), e.self())
	} else {
		t := e.table("SOURCE", "FEED", "STATE", "LAST SUCCESS", "GAMES", "NEXT", "WHY")
		for _, s := range feeds {
			next := "-"
			if !s.NextAt.IsZero() {
				next = s.NextAt.Format("15:04:05 UTC")
			}
			t.row(s.Source, s.Feed, stateOf(s), e.ago(orNull(s.LastSuccess)), fmt.Sprintf("%d of %d", s.LastRun.GamesGot, s.LastRun.GamesExpected), next, s.Why)
		}
		if err := t.print(); err != nil {
			return err
		}
	}
	e.tellTroubles(feeds)
	for _, p := range all.plans {
		e.line("%s: %s", p.Source, p.Estimate)
		e.line("%s: forecast %s", p.Source, p.Forecast)
		if p.Refused != nil {
			e.line("%s: %s", p.Source, p.Refused)
		}
	}
	e.tellTelling(all.telling)
	return e.tellBooks(feeds)
}

// tellTelling says how processes hear of each other.
func (e *env) tellTelling(s bus.State) {
	if s.Why == "" {
		e.line("Processes hear of each other by %s.", s.Via)
		return
	}
	e.line("Processes hear of each other by %s: %s.", s.Via, s.Why)
}

// tellTroubles says what is wrong with each feed, what that means and what to do
// about it.
func (e *env) tellTroubles(feeds []collect.Status) {
	for _, s := range feeds {
		for _, f := range s.All() {
			sentence, next := collect.Explain(f.Cause)
			e.line("%s %s: %s: %s", s.Source, s.Feed, f.Cause, f.Detail)
			e.line("  %s. Next: %s.", sentence, next)
		}
		if !s.Fresh {
			e.line("%s %s is stale: %s", s.Source, s.Feed, s.Reason)
		}
	}
}

// tellBooks names the books that showed fewer games than there are to come.
func (e *env) tellBooks(feeds []collect.Status) error {
	names, err := bookNames()
	if err != nil {
		return err
	}
	for _, s := range feeds {
		var missing []string
		for _, b := range s.Books {
			if b.Got < b.Expected {
				missing = append(missing, fmt.Sprintf("%s %d of %d", names[b.Book], b.Got, b.Expected))
			}
		}
		if len(missing) > 0 {
			e.line("%s %s, games of %d books of %d: %s", s.Source, s.Feed, len(missing), len(s.Books), strings.Join(missing, ", "))
		}
	}
	return nil
}

// stateOf is a feed's state in one word.
func stateOf(s collect.Status) string {
	switch {
	case s.Verified.IsZero() && s.Failing > 0:
		return "unverified, failing"
	case s.Verified.IsZero():
		return "unverified"
	case s.Failing > 0:
		return "failing"
	case !s.Fresh:
		return "stale"
	case s.LastRun.Cause != "":
		return "partial"
	default:
		return "fresh"
	}
}

func (e *env) ago(t *time.Time) string {
	if t == nil {
		return "never"
	}
	return market.Short(e.now().Sub(*t)) + " ago"
}
