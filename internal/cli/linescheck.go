package cli

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/mlb-betting/mlb-betting/internal/app"
)

func (e *env) linesCheckCommand() *cobra.Command {
	var season int
	var sourceName, against string
	c := &cobra.Command{
		Use: "check --season YEAR", Short: "Check a season's closing moneylines against the results", Args: cobra.NoArgs,
		Long: "Takes the margin out of every closing moneyline of a season (multiplicative method) and\n" +
			"compares it with the results the same source tells: how often the home side won and was\n" +
			"given to win, the Brier score, and what one unit on every home or away side came to. Games\n" +
			"left out are counted by reason. --against compares the closes of two sources instead.",
		Example: "mlb-betting lines check --season 2012\nmlb-betting lines check --season 2016 --source pinnacle2016 --against sbro",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if season < 1900 || season > 2100 {
				return fmt.Errorf("--season %d: want a year: %w", season, errUsage)
			}
			return e.onDatabase(cmd.Context(), func(ctx context.Context, a *app.App) error {
				if against != "" {
					r, err := a.CompareClosings(ctx, sourceName, against, season)
					if err != nil {
						return err
					}
					return e.printComparison(sourceName, against, r)
				}
				r, err := a.CheckClosings(ctx, sourceName, season)
				if err != nil {
					return err
				}
				return e.printCheck(sourceName, season, r)
			})
		},
	}
	c.Flags().IntVar(&season, "season", 0, "year")
	c.Flags().StringVar(&sourceName, "source", "sbro", "source of the closing prices")
	c.Flags().StringVar(&against, "against", "", "compare with the closing prices of this source")
	return c
}

// checkJSON is a check as --json prints it: a mean over no game is null.
type checkJSON struct {
	N            int            `json:"n"`
	HomeWins     int            `json:"home_wins"`
	MeanFairHome *float64       `json:"mean_fair_home"`
	Brier        *float64       `json:"brier"`
	HomeUnits    float64        `json:"home_units"`
	AwayUnits    float64        `json:"away_units"`
	StartBasis   map[string]int `json:"start_basis"`
	Skipped      map[string]int `json:"skipped"`
}

func (e *env) printCheck(sourceName string, season int, r app.ClosingCheck) error {
	if e.json {
		out := checkJSON{N: r.N, HomeWins: r.HomeWins, HomeUnits: r.HomeUnits, AwayUnits: r.AwayUnits, StartBasis: r.StartBasis, Skipped: r.Skipped}
		if r.N > 0 {
			out.MeanFairHome, out.Brier = &r.MeanFairHome, &r.Brier
		}
		return e.printJSON(out)
	}
	if r.N == 0 {
		e.line("No game of %d has a closing moneyline and a result of %s.", season, sourceName)
		return e.printSkipped(r.Skipped)
	}
	e.line("%d games of %d, closing moneylines and results of %s", r.N, season, sourceName)
	t := e.table("SIDE", "WON", "SHARE", "FAIR", "FLAT UNITS", "YIELD")
	n := float64(r.N)
	for _, side := range []struct {
		name        string
		won         int
		fair, units float64
	}{
		{"home", r.HomeWins, r.MeanFairHome, r.HomeUnits},
		{"away", r.N - r.HomeWins, 1 - r.MeanFairHome, r.AwayUnits},
	} {
		t.row(side.name, strconv.Itoa(side.won), percent(float64(side.won)/n), percent(side.fair),
			fmt.Sprintf("%+.4f", side.units), fmt.Sprintf("%+.2f %%", 100*side.units/n))
	}
	if err := t.print(); err != nil {
		return err
	}
	e.line("Brier score %.6f", r.Brier)
	return e.printSkipped(r.Skipped)
}

func percent(p float64) string { return fmt.Sprintf("%.2f %%", 100*p) }

func (e *env) printSkipped(skipped map[string]int) error {
	for _, why := range slices.Sorted(maps.Keys(skipped)) {
		e.line("left out: %-10s %d", why, skipped[why])
	}
	return nil
}

func (e *env) printComparison(first, second string, r app.ClosingComparison) error {
	if e.json {
		return e.printJSON(r)
	}
	e.line("%d games with a closing moneyline of both %s and %s", r.Matched, first, second)
	e.line("mean difference of the fair home probability %+.6f, mean absolute %.6f, %.2f %% within 2 points",
		r.MeanDifference, r.MeanAbsolute, 100*r.Within2Points)
	return nil
}
