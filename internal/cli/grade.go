package cli

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mlb-betting/mlb-betting/internal/app"
	"github.com/mlb-betting/mlb-betting/internal/detect"
	"github.com/mlb-betting/mlb-betting/internal/grade"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/odds"
	"github.com/mlb-betting/mlb-betting/internal/stats"
)

func (e *env) gradeCommand() *cobra.Command {
	var date string
	c := &cobra.Command{
		Use: "grade", Short: "Settle a day's opportunities and measure them against the close", Args: cobra.NoArgs,
		Long: "Settles what `opportunities` took, one unit each at the price it was first seen at, by results\n" +
			"and innings under each book's rules, and measures it against the closing line: the last\n" +
			"price before the first pitch or, where that is not known, before the scheduled start\n" +
			"(start_basis says which). What cannot be settled is manual, with the reason.",
		Example: "mlb-betting grade --date 2026-07-18",
		RunE:    func(cmd *cobra.Command, _ []string) error { return e.onDay(cmd.Context(), date, e.gradeDay) },
	}
	c.Flags().StringVar(&date, "date", "", "official date, YYYY-MM-DD (today in New York)")
	return c
}

func (e *env) gradeDay(ctx context.Context, a *app.App, day mlb.Date) error {
	mc, dc, err := e.limits()
	if err != nil {
		return err
	}
	g, err := a.Grade(ctx, day, e.now(), mc, dc)
	if err != nil {
		return err
	}
	if e.json {
		return e.printJSON(gradesOf(g, e.synthetic))
	}
	return e.printGrades(g, day.String())
}

// gradedJSON is a graded opportunity as --json prints it.
type gradedJSON struct {
	opportunityJSON
	Outcome    string      `json:"outcome"`
	Return     *float64    `json:"return"` // per unit staked, stake included; null while not settled
	Event      string      `json:"event"`
	Note       string      `json:"note,omitempty"`
	Citation   string      `json:"citation"`
	StartBasis string      `json:"start_basis"`
	Close      *odds.Price `json:"close"` // null where there is none that counts
	FairClose  *float64    `json:"fair_close"`
	CLV        *float64    `json:"clv"`       // no-vig: EV of the price taken at the closing fair probability
	CLVPrice   *float64    `json:"clv_price"` // price taken over the book's closing price, less 1
	CLVMissing *string     `json:"clv_missing"`
}

// gradesJSON is a day's grades as --json prints them. Yield and CLV are null
// where no bet has one.
type gradesJSON struct {
	Bets        []gradedJSON   `json:"bets"`
	Outcomes    map[string]int `json:"outcomes"`
	StartBasis  map[string]int `json:"start_basis"`
	Staked      float64        `json:"staked"` // units with action: a void has none
	Profit      float64        `json:"profit"`
	Yield       *float64       `json:"yield"`
	CLV         *float64       `json:"clv"`
	CLVCoverage *float64       `json:"clv_coverage"`
}

func gradesOf(g app.Grades, synthetic bool) gradesJSON {
	out := gradesJSON{Bets: []gradedJSON{}, Outcomes: map[string]int{}, StartBasis: map[string]int{}}
	var clv []float64
	for _, x := range g.All {
		out.Bets = append(out.Bets, gradedRow(g.Detection, x, synthetic))
		out.Outcomes[x.Outcome.String()]++
		out.StartBasis[x.Close.Basis.String()]++
		switch x.Outcome {
		case grade.Win, grade.Lose, grade.Push:
			out.Staked++
			out.Profit += x.Return - 1
		}
		if x.CLV != nil {
			clv = append(clv, x.CLV.NoVig)
		}
	}
	if out.Staked > 0 {
		y := out.Profit / out.Staked
		out.Yield = &y
	}
	if mean, _, err := stats.Mean(clv); err == nil {
		out.CLV = &mean
	}
	if n := len(g.All); n > 0 {
		share := float64(len(clv)) / float64(n)
		out.CLVCoverage = &share
	}
	return out
}

func gradedRow(d app.Detection, x app.Graded, synthetic bool) gradedJSON {
	r := gradedJSON{
		opportunityJSON: opportunityRow(d, x.Opportunity, synthetic), Outcome: x.Outcome.String(), Event: x.Event, Note: x.Note,
		Citation: x.Citation, StartBasis: x.Close.Basis.String(), FairClose: x.FairClose,
	}
	if x.Outcome.Settled() {
		r.Return = &x.Return
	}
	if x.Close.Final {
		r.Close = &x.Close.Quote.Price
	}
	if x.CLV != nil {
		r.CLV, r.CLVPrice = &x.CLV.NoVig, &x.CLV.Price
	} else {
		r.CLVMissing = &x.CLVMissing
	}
	return r
}

func (e *env) printGrades(g app.Grades, day string) error {
	if len(g.All) == 0 {
		e.line("%s: no opportunity was taken.", day)
		return nil
	}
	t := e.table("MATCHUP", "MARKET", "SELECTION", "BOOK", "PRICE", "CLOSE", "CLV", "OUTCOME", "BECAUSE")
	for _, x := range g.All {
		closing, clv := "-", "-"
		if x.Close.Final {
			closing = x.Close.Quote.Price.String()
		}
		if x.CLV != nil {
			clv = fmt.Sprintf("%+.1f %%", 100*x.CLV.NoVig)
		}
		game := g.Games[x.Game]
		t.row(game.Matchup(), x.Market.String(), detect.Selection(game, x.LineKey, x.Side), g.Books[x.Book].Brand.Slug,
			x.Price.String(), closing, clv, x.Outcome.String(), x.Event)
	}
	if err := t.print(); err != nil {
		return err
	}
	sum := gradesOf(g, e.synthetic)
	e.line("%s: %d bets of one unit: %s", day, len(g.All), counted(sum.Outcomes))
	if sum.Yield != nil {
		e.line("profit %+.2f units of %.0f staked, yield %+.1f %%: %d bets tell nothing yet", sum.Profit, sum.Staked, 100**sum.Yield, int(sum.Staked))
	}
	if sum.CLV != nil {
		e.line("no-vig CLV %+.2f %% on %.0f %% of the bets", 100**sum.CLV, 100**sum.CLVCoverage)
	}
	e.line("closes cut off by: %s", counted(sum.StartBasis))
	return nil
}

// counted prints counts by name: "2 lose, 3 win".
func counted(n map[string]int) string {
	parts := make([]string, 0, len(n))
	for _, name := range slices.Sorted(maps.Keys(n)) {
		parts = append(parts, fmt.Sprintf("%d %s", n[name], name))
	}
	return strings.Join(parts, ", ")
}
