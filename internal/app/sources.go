package app

import (
	"fmt"
	"slices"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/cadence"
	"github.com/mlb-betting/mlb-betting/internal/collect"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/quota"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/source/actionnetwork"
	"github.com/mlb-betting/mlb-betting/internal/source/oddsapi"
	"github.com/mlb-betting/mlb-betting/internal/source/sbd"
	"github.com/mlb-betting/mlb-betting/internal/source/statsapi"
	"github.com/mlb-betting/mlb-betting/internal/source/vsin"
	"github.com/mlb-betting/mlb-betting/internal/store"
)

// SourceSettings is what the operator may set of a source. What is left out
// keeps its default.
type SourceSettings struct {
	Books    []int                      `yaml:"books"`     // Action Network's numbers of the books asked for
	Credits  int                        `yaml:"credits"`   // of the paid plan, a month
	ResetDay int                        `yaml:"reset_day"` // of the month
	Regions  []string                   `yaml:"regions"`   // what matters most first
	Markets  []string                   `yaml:"markets"`   // likewise
	Cadence  map[string]CadenceSettings `yaml:"cadence"`   // by feed
}

// CadenceSettings is what the operator may set of how often a feed is looked at.
type CadenceSettings struct {
	Phases []PhaseSettings `yaml:"phases"`
	Live   *time.Duration  `yaml:"live"`   // interval during games; 0: none
	Pinned []time.Duration `yaml:"pinned"` // captures so long before the start; 0: at the first pitch
	Min    time.Duration   `yaml:"min"`    // between two looks, whatever else is asked for
}

// PhaseSettings is an interval in force from so long before the start.
type PhaseSettings struct {
	Lead  time.Duration `yaml:"lead"`
	Every time.Duration `yaml:"every"`
}

// apply puts the settings over a plan.
func (s CadenceSettings) apply(p cadence.Plan) cadence.Plan {
	if s.Min > 0 {
		p.Min = s.Min
	}
	if len(s.Phases) > 0 {
		p.Phases = nil
		for _, ph := range s.Phases {
			p.Phases = append(p.Phases, cadence.Phase{Lead: ph.Lead, Every: ph.Every})
		}
	}
	if s.Live != nil {
		p.Live = *s.Live
	}
	if s.Pinned != nil {
		p.Pinned = s.Pinned
	}
	return p
}

// watched is a source that can be collected from: its feeds, and what is known
// of its terms.
type watched struct {
	adapter   source.Adapter
	watches   []collect.Watch
	permitted string
	retention string
}

// scheduleAhead is how many days of games are listed: the plan of a paid feed
// is priced by them.
const scheduleAhead = 31

// watchedSources are the sources there are, under the operator's settings.
func watchedSources(set map[string]SourceSettings) []watched {
	all := []watched{
		{
			adapter: statsapi.Adapter(), permitted: "individual, non-commercial, non-bulk use; MLB's notice is to be shown", retention: "not told",
			watches: []collect.Watch{{Feed: "schedule", Plan: schedulePlan(), Ahead: scheduleAhead}, {Feed: "livefeed", Plan: liveFeedPlan()}},
		},
		{
			adapter: actionnetwork.Adapter(set["actionnetwork"].Books...), retention: "not told",
			permitted: "no offer to programs is known; terms of such sites usually forbid automated access: read them before you turn it on",
			watches: []collect.Watch{
				{Feed: "scoreboard", Plan: cadence.Standard(cadence.Slate), Ahead: 1},
				{Feed: "books", Plan: daily(), Quiet: 24 * time.Hour},
			},
		},
		paidSource(set["oddsapi"]),
		{
			adapter: vsin.Adapter(), permitted: "a public page; its terms are to be read", retention: "not told",
			watches: []collect.Watch{{Feed: "splits", Plan: splitsPlan()}},
		},
		{
			adapter: sbd.Adapter(), permitted: "a public feed behind a page; its terms are to be read", retention: "not told",
			watches: []collect.Watch{{Feed: "splits", Plan: splitsPlan()}},
		},
	}
	for i := range all {
		for j := range all[i].watches {
			w := &all[i].watches[j]
			w.Adapter = all[i].adapter
			w.Plan = set[all[i].adapter.Name].Cadence[w.Feed].apply(w.Plan)
		}
	}
	return all
}

// paidSource is The Odds API under the operator's plan.
func paidSource(s SourceSettings) watched {
	plan := quota.Standard(freeCredits)
	if s.Credits > 0 {
		plan.Credits = s.Credits
	}
	if s.ResetDay > 0 {
		plan.ResetDay = s.ResetDay
	}
	if len(s.Regions) > 0 {
		plan.Regions = s.Regions
	}
	if len(s.Markets) > 0 {
		plan.Markets = s.Markets
	}
	plan.Cadence = s.Cadence["odds"].apply(plan.Cadence)
	offer := oddsapi.DefaultOffer()
	offer.Regions, offer.Markets = plan.Regions, plan.Markets
	return watched{
		adapter: oddsapi.Adapter(offer), permitted: "use under the plan that is paid for; no resale of the data", retention: "not told",
		watches: []collect.Watch{
			{Feed: "odds", Paid: &collect.Paid{Plan: plan, Adapter: func(l quota.Level) source.Adapter {
				o := offer
				o.Regions, o.Markets = l.Regions, l.Markets
				return oddsapi.Adapter(o)
			}}},
			{Feed: "events", Plan: daily(), Quiet: 6 * time.Hour},
		},
	}
}

// freeCredits is the plan of a key that pays nothing.
const freeCredits = 500

// schedulePlan looks every half hour before games and every 5 minutes during
// them: status, score, end.
func schedulePlan() cadence.Plan {
	p := cadence.Standard(cadence.Slate)
	p.Phases, p.Pinned, p.Live = []cadence.Phase{{Lead: 12 * time.Hour, Every: 30 * time.Minute}}, nil, 5*time.Minute
	return p
}

// liveFeedPlan asks for the actual first pitch from the scheduled one on, and
// seldom after it.
func liveFeedPlan() cadence.Plan {
	p := cadence.Standard(cadence.PerGame)
	p.Phases, p.Pinned, p.Live = []cadence.Phase{{Lead: 2 * time.Minute, Every: 2 * time.Minute}}, []time.Duration{0}, 30*time.Minute
	return p
}

// splitsPlan looks every half hour before games, every 10 minutes in the last
// three hours.
func splitsPlan() cadence.Plan {
	p := cadence.Standard(cadence.Slate)
	p.Phases, p.Pinned = []cadence.Phase{{Lead: 12 * time.Hour, Every: 30 * time.Minute}, {Lead: 3 * time.Hour, Every: 10 * time.Minute}}, nil
	return p
}

// daily asks for nothing by games: the watch's own quiet interval holds.
func daily() cadence.Plan {
	p := cadence.Standard(cadence.Slate)
	p.Phases, p.Pinned = nil, nil
	return p
}

// CheckSources refuses settings of a source or a feed there is not, and those
// that make no plan. The error wraps mlb.ErrInvalid.
func CheckSources(set map[string]SourceSettings) error {
	all := watchedSources(set)
	for name, s := range set {
		i := slices.IndexFunc(all, func(w watched) bool { return w.adapter.Name == name })
		if i < 0 {
			return fmt.Errorf("%w: sources: no source %q: `collect sources` lists them", mlb.ErrInvalid, name)
		}
		for feed := range s.Cadence {
			if !slices.ContainsFunc(all[i].watches, func(w collect.Watch) bool { return w.Feed == feed }) {
				return fmt.Errorf("%w: sources: %s: no feed %q is collected", mlb.ErrInvalid, name, feed)
			}
		}
	}
	for _, s := range all {
		for _, w := range s.watches {
			if err := w.Check(); err != nil {
				return fmt.Errorf("sources: %w", err)
			}
		}
	}
	return nil
}

// licences are what the program knows of the terms of its sources.
func licences() (all []store.Licence) {
	for _, s := range watchedSources(nil) {
		a := s.adapter
		all = append(all, store.Licence{
			Source: a.Name, Title: a.Title, TermsURL: a.Terms, Permitted: s.permitted, Retention: s.retention,
			Rate: fmt.Sprintf("one request in %v, %d at once", a.Rate.Every, a.Rate.Burst), NeedsKey: a.NeedsKey(),
		})
	}
	return all
}
