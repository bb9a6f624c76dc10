package cli

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/mlb-betting/mlb-betting/internal/app"
	"github.com/mlb-betting/mlb-betting/internal/collect"
	"github.com/mlb-betting/mlb-betting/internal/market"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/store"
)

// gapJSON is a gap as --json prints it.
type gapJSON struct {
	Source   string     `json:"source"`
	Feed     string     `json:"feed"`
	Day      mlb.Date   `json:"official_date"`
	Game     mlb.GameID `json:"game_id"` // 0: the whole feed
	Matchup  string     `json:"matchup"`
	Book     string     `json:"book"` // "": every book
	From     time.Time  `json:"from"`
	To       time.Time  `json:"to"`
	Looks    int        `json:"looks_missing"`
	Cause    string     `json:"cause"`
	Backfill string     `json:"backfill"` // the command that fills it; "": nothing does
}

func (e *env) gapsCommand() *cobra.Command {
	var from, to string
	c := &cobra.Command{
		Use: "gaps", Short: "List what was not seen although the games asked for it, why, and what fills it", Args: cobra.NoArgs,
		Long: "Compares the looks that the cadence asked for with those that were made, by source and feed, and\n" +
			"then, where no wider gap explains it, by game and by book: the longest times before the start\n" +
			"in which a price was not confirmed. A quiet night is no gap, and neither is what a backfill\n" +
			"has filled. Without --from the last two days are looked at.",
		Example: "mlb-betting collect gaps --from 2026-07-17 --to 2026-07-18",
		RunE: func(cmd *cobra.Command, _ []string) error {
			first, last, err := e.days(from, to, 1)
			if err != nil {
				return err
			}
			return e.withCollector(cmd, func(c *collect.Collector, a *app.App) error {
				all, err := c.Gaps(cmd.Context(), first, last)
				if err != nil {
					return err
				}
				rows, err := e.gapRows(cmd.Context(), a.DB, all)
				if err != nil {
					return err
				}
				return e.printGaps(rows, first, last)
			})
		},
	}
	c.Flags().StringVar(&from, "from", "", "first official date, YYYY-MM-DD (yesterday in New York)")
	c.Flags().StringVar(&to, "to", "", "last official date (today in New York)")
	return c
}

// days reads --from and --to; without them they are today and so many days
// before it, in New York.
func (e *env) days(from, to string, back int) (first, last mlb.Date, err error) {
	eastern, err := time.LoadLocation("America/New_York")
	if err != nil {
		return first, last, err
	}
	today := e.now().In(eastern)
	first, last = mlb.DateOf(today.AddDate(0, 0, -back)), mlb.DateOf(today)
	for _, f := range []struct {
		name, text string
		day        *mlb.Date
	}{{"--from", from, &first}, {"--to", to, &last}} {
		if f.text == "" {
			continue
		}
		if *f.day, err = mlb.ParseDate(f.text); err != nil {
			return first, last, fmt.Errorf("%s: %w: %w", f.name, err, errUsage)
		}
	}
	if last.Before(first) {
		return first, last, fmt.Errorf("from %s to %s is no time: give the earlier day first: %w", first, last, errUsage)
	}
	return first, last, nil
}

func (e *env) gapRows(ctx context.Context, db *store.DB, all []collect.Gap) ([]gapJSON, error) {
	books, err := bookNames()
	if err != nil {
		return nil, err
	}
	matchups := map[mlb.GameID]string{}
	rows := make([]gapJSON, len(all))
	for i, g := range all {
		if g.Game != 0 && matchups[g.Game] == "" {
			game, err := db.Game(ctx, int64(g.Game))
			if err != nil {
				return nil, err
			}
			matchups[g.Game] = game.Matchup()
		}
		rows[i] = gapJSON{g.Source, g.Feed, g.Day, g.Game, matchups[g.Game], books[g.Book], g.From.UTC(), g.To.UTC(), g.Looks, g.Cause, g.Command()}
	}
	return rows, nil
}

func (e *env) printGaps(rows []gapJSON, first, last mlb.Date) error {
	if e.json {
		return e.printJSON(rows)
	}
	if len(rows) == 0 {
		e.line("No gaps from %s to %s.", first, last)
		return nil
	}
	t := e.table("FROM", "TO", "FOR", "SOURCE", "FEED", "MISSING", "CAUSE")
	fills := map[string]bool{}
	var commands []string
	for _, r := range rows {
		t.row(r.From.Format("01-02 15:04:05"), r.To.Format("01-02 15:04:05 UTC"), market.Short(r.To.Sub(r.From)), r.Source, r.Feed, r.missing(), r.Cause)
		if r.Backfill != "" && !fills[r.Backfill] {
			fills[r.Backfill] = true
			commands = append(commands, r.Backfill)
		}
	}
	if err := t.print(); err != nil {
		return err
	}
	for _, c := range commands {
		e.line("To fill what can be filled: `%s %s`", e.self(), c)
	}
	if len(commands) == 0 {
		e.line("Nothing of this can be had any more: these sources only show what is now.")
	}
	return nil
}

// missing says in words what was not seen.
func (r gapJSON) missing() string {
	looks := strconv.Itoa(r.Looks) + " looks"
	if r.Looks == 1 {
		looks = "1 look"
	}
	switch {
	case r.Book != "":
		return fmt.Sprintf("%s in %s (game %d), %s", r.Book, r.Matchup, r.Game, looks)
	case r.Game != 0:
		return fmt.Sprintf("%s (game %d), %s", r.Matchup, r.Game, looks)
	default:
		return looks
	}
}
