package cli

import (
	"context"
	"errors"
	"fmt"
	"math"
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
	PriceObservedAt time.Time        `json:"price_observed_at"`
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
	var all bool
	c := &cobra.Command{
		Use: "opportunities", Short: "List prices that are better than fair", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			day, err := e.day(date)
			if err != nil {
				return err
			}
			a, err := e.open(cmd.Context())
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, a.Close()) }()
			return e.listOpportunities(cmd.Context(), a, day, all)
		},
	}
	c.Flags().StringVar(&date, "date", "", "official date, YYYY-MM-DD (today)")
	c.Flags().BoolVar(&all, "all", false, "also print the comparisons that were refused, and why")
	return c
}

func (e *env) listOpportunities(ctx context.Context, a *app.App, day mlb.Date, all bool) error {
	d, err := a.Detect(ctx, day, e.now(), market.DefaultConfig(), detect.DefaultConfig())
	if err != nil {
		return err
	}
	list := d.Taken
	if all {
		list = append(list, d.Refused...)
	}
	rows := make([]opportunityJSON, len(list))
	for i, o := range list {
		rows[i] = opportunityRow(d, o, e.demo)
	}
	if e.json {
		return e.printJSON(rows)
	}
	for i, r := range rows {
		o := list[i]
		verdict := fmt.Sprintf("EV %+.1f %%  stake %.2f %%", 100*o.EV, 100*o.StakeFraction)
		if r.Refused != nil {
			verdict = "refused: " + *r.Refused
		}
		fmt.Fprintf(e.out, "%s  %-11s %-10s %-12s %-10s %6s  %s%s\n", o.DetectedAt.Format("01-02 15:04"), r.Matchup, r.Market,
			detect.Selection(d.Games[o.Game], o.LineKey, o.Side), r.Book, o.Price, verdict, mark(r.Synthetic))
	}
	fmt.Fprintf(e.out, "%d opportunities, %d comparisons refused, %d games%s\n", len(d.Taken), len(d.Refused), len(d.Games), mark(e.demo))
	return nil
}

func opportunityRow(d app.Detection, o mlb.Opportunity, synthetic bool) opportunityJSON {
	g := d.Games[o.Game]
	r := opportunityJSON{
		ID: o.ID(), DetectedAt: o.DetectedAt, GameID: g.ID, OfficialDate: g.Date, Matchup: g.Matchup(),
		Market: o.Market.String(), Period: o.Period.String(), Side: o.Side.String(), Book: d.Books[o.Book].Brand.Slug,
		Price: o.Price, PriceObservedAt: o.PriceObservedAt, StakeFraction: o.StakeFraction, Strategy: o.Strategy,
		Reasons: o.Reasons, Synthetic: synthetic, FairSources: []fairSourceJSON{},
	}
	if g.PK != 0 {
		r.GamePK = &g.PK
	}
	if o.Market.HasLine() {
		runs := o.Line.ForSide(o.Market, o.Side).Runs()
		r.Line = &runs
	}
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
