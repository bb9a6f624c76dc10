package cli

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mlb-betting/mlb-betting/internal/app"
	"github.com/mlb-betting/mlb-betting/internal/detect"
	"github.com/mlb-betting/mlb-betting/internal/market"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/odds"
)

// opportunityJSON is an opportunity as --json prints it.
type opportunityJSON struct {
	ID              string           `json:"id"`
	DetectedAt      time.Time        `json:"detected_at"`
	GameID          mlb.GameID       `json:"game_id"`
	GamePK          *int64           `json:"game_pk"`
	OfficialDate    mlb.Date         `json:"official_date"`
	Matchup         string           `json:"matchup"`
	Market          string           `json:"market"`
	Period          string           `json:"period"`
	Side            string           `json:"side"`
	Line            *float64         `json:"line"`
	Book            string           `json:"book"`
	Price           odds.Price       `json:"price"`
	PriceObservedAt time.Time        `json:"price_observed_at"` // when it last changed
	PriceAgeS       float64          `json:"price_age_s"`       // since it was last confirmed
	FairProbability *float64         `json:"fair_probability"`
	FairSE          *float64         `json:"fair_se"`
	FairSources     []fairSourceJSON `json:"fair_sources"`
	EV              *float64         `json:"ev"`
	StakeFraction   float64          `json:"stake_fraction"`
	Strategy        string           `json:"strategy"`
	Reasons         []string         `json:"reasons"`
	Refused         *string          `json:"refused"`
	Synthetic       bool             `json:"synthetic"`
}

type fairSourceJSON struct {
	Book   string  `json:"book"`
	AgeS   float64 `json:"age_s"`
	Weight float64 `json:"weight"`
}

func (e *env) opportunitiesCommand() *cobra.Command {
	var date string
	var all, watch bool
	var every time.Duration
	c := &cobra.Command{
		Use: "opportunities", Short: "List prices that are better than fair", Args: cobra.NoArgs,
		Long: "Replays a day's prices in the order they were observed and lists what was, at its moment,\n" +
			"better than the fair price of independent books. No comparison sees a price from after its\n" +
			"own time. --watch goes on to print what is found, one line (with --json one object) each.",
		Example: "mlb-betting opportunities --date 2026-07-18 --all --json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if every <= 0 {
				return fmt.Errorf("--every %s: want more than nothing: %w", every, errUsage)
			}
			return e.onDay(cmd.Context(), date, func(ctx context.Context, a *app.App, day mlb.Date) error {
				if watch {
					return e.watchOpportunities(ctx, a, day, all, every)
				}
				return e.listOpportunities(ctx, a, day, all)
			})
		},
	}
	c.Flags().StringVar(&date, "date", "", "official date, YYYY-MM-DD (today in New York)")
	c.Flags().BoolVar(&all, "all", false, "also print the comparisons that were refused, and why")
	c.Flags().BoolVar(&watch, "watch", false, "go on printing what is found until interrupted")
	c.Flags().DurationVar(&every, "every", 5*time.Second, "with --watch: how often to look")
	return c
}

// limits are what the operator's settings allow prices and opportunities.
func (e *env) limits() (mc market.Config, dc detect.Config, err error) {
	dir, _, err := e.folder()
	if err != nil {
		return mc, dc, err
	}
	c, err := readConfig(filepath.Join(dir, configFile))
	if err != nil {
		return mc, dc, err
	}
	dc = detect.DefaultConfig()
	dc.Commission = c.Commission
	return market.DefaultConfig(), dc, nil
}

// detected is one day's verdicts, ready to print.
func (e *env) detected(ctx context.Context, a *app.App, day mlb.Date, all bool) (d app.Detection, list []mlb.Opportunity, err error) {
	mc, dc, err := e.limits()
	if err != nil {
		return d, nil, err
	}
	if d, err = a.Detect(ctx, day, e.now(), mc, dc); err != nil {
		return d, nil, err
	}
	list = d.Taken
	if all {
		list = append(list, d.Refused...)
	}
	return d, list, nil
}

func (e *env) listOpportunities(ctx context.Context, a *app.App, day mlb.Date, all bool) error {
	d, list, err := e.detected(ctx, a, day, all)
	if err != nil {
		return err
	}
	return e.printOpportunities(day, d, list)
}

func (e *env) printOpportunities(day mlb.Date, d app.Detection, list []mlb.Opportunity) error {
	if e.json {
		rows := make([]opportunityJSON, len(list))
		for i, o := range list {
			rows[i] = opportunityRow(d, o, e.synthetic)
		}
		return e.printJSON(rows)
	}
	if len(list) > 0 {
		t := e.table("UTC", "MATCHUP", "MARKET", "SELECTION", "BOOK", "PRICE", "FAIR", "EV", "STAKE", "VERDICT")
		for _, o := range list {
			t.row(opportunityCells(d, o)...)
		}
		if err := t.print(); err != nil {
			return err
		}
	}
	e.line("%s: %d opportunities, %d comparisons refused, %d games", day, len(d.Taken), len(d.Refused), len(d.Games))
	return nil
}

// watchOpportunities prints every verdict once.
func (e *env) watchOpportunities(ctx context.Context, a *app.App, day mlb.Date, all bool, every time.Duration) error {
	printed := map[string]bool{}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		d, list, err := e.detected(ctx, a, day, all)
		if ctx.Err() != nil {
			return nil // interrupted: that is how a watch ends
		}
		if err != nil {
			return err
		}
		for _, o := range list {
			if printed[o.ID()] {
				continue
			}
			printed[o.ID()] = true
			if err := e.printOne(d, o); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (e *env) printOne(d app.Detection, o mlb.Opportunity) error {
	if e.json {
		return e.printJSON(opportunityRow(d, o, e.synthetic))
	}
	e.line("%s", strings.Join(opportunityCells(d, o), "  "))
	return nil
}

func opportunityCells(d app.Detection, o mlb.Opportunity) []string {
	fair, ev, stake, verdict := "-", "-", "-", "take"
	if o.Fair != nil {
		fair, ev = fmt.Sprintf("%.1f %%", 100*o.Fair.Probability), fmt.Sprintf("%+.1f %%", 100*o.EV)
	}
	if o.Refused == "" {
		stake = fmt.Sprintf("%.2f %%", 100*o.StakeFraction)
	} else {
		verdict = "refused: " + o.Refused
	}
	g := d.Games[o.Game]
	return []string{
		o.DetectedAt.Format("01-02 15:04:05"), g.Matchup(), o.Market.String(), detect.Selection(g, o.LineKey, o.Side),
		d.Books[o.Book].Brand.Slug, o.Price.String(), fair, ev, stake, verdict,
	}
}

func opportunityRow(d app.Detection, o mlb.Opportunity, synthetic bool) opportunityJSON {
	g := d.Games[o.Game]
	r := opportunityJSON{
		ID: o.ID(), DetectedAt: o.DetectedAt, GameID: g.ID, OfficialDate: g.Date, Matchup: g.Matchup(),
		Market: o.Market.String(), Period: o.Period.String(), Side: o.Side.String(), Book: d.Books[o.Book].Brand.Slug,
		Price: o.Price, PriceObservedAt: o.PriceObservedAt, PriceAgeS: math.Round(o.PriceAge.Seconds()), StakeFraction: o.StakeFraction, Strategy: o.Strategy,
		Reasons: o.Reasons, Synthetic: synthetic, FairSources: []fairSourceJSON{},
	}
	if g.PK != 0 {
		r.GamePK = &g.PK
	}
	r.Line = runs(o.LineKey, o.Side)
	if o.Refused != "" {
		r.Refused = &o.Refused
	}
	if r.Reasons == nil {
		r.Reasons = []string{}
	}
	if o.Fair != nil {
		r.FairProbability, r.FairSE, r.EV = &o.Fair.Probability, &o.Fair.SE, &o.EV
		for _, s := range o.Fair.Sources {
			r.FairSources = append(r.FairSources, fairSourceJSON{d.Books[s.Book].Brand.Slug, math.Round(s.Age.Seconds()), s.Weight})
		}
	}
	return r
}
