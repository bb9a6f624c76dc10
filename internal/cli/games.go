package cli

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/guptarohit/asciigraph"
	"github.com/spf13/cobra"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// gameJSON is a game as --json prints it.
type gameJSON struct {
	ID           mlb.GameID `json:"id"`
	GamePK       *int64     `json:"game_pk"`
	OfficialDate mlb.Date   `json:"official_date"`
	Matchup      string     `json:"matchup"`
	Home         string     `json:"home"`
	Away         string     `json:"away"`
	Start        time.Time  `json:"start"`
	Provisional  bool       `json:"provisional"`
	Synthetic    bool       `json:"synthetic"`
}

func gameRow(g mlb.Game, synthetic bool) gameJSON {
	row := gameJSON{
		ID: g.ID, OfficialDate: g.Date, Matchup: g.Matchup(), Home: g.Home.String(), Away: g.Away.String(),
		Start: g.Start, Provisional: g.Provisional(), Synthetic: synthetic,
	}
	if g.PK != 0 {
		row.GamePK = &g.PK
	}
	return row
}

func (e *env) gamesCommand() *cobra.Command {
	var date string
	c := &cobra.Command{
		Use: "games", Short: "List a day's games", Args: cobra.NoArgs,
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
			games, err := a.DB.GamesOn(cmd.Context(), day)
			if err != nil {
				return err
			}
			rows := make([]gameJSON, len(games))
			for i, g := range games {
				rows[i] = gameRow(g, e.demo)
			}
			if e.json {
				return e.printJSON(rows)
			}
			for _, r := range rows {
				fmt.Fprintf(e.out, "%6d  %-11s %s%s\n", r.ID, r.Matchup, r.Start.Format("2006-01-02 15:04 UTC"), mark(r.Synthetic))
			}
			return nil
		},
	}
	c.Flags().StringVar(&date, "date", "", "official date, YYYY-MM-DD (today)")
	return c
}

// mark ends every line about synthetic data.
func mark(synthetic bool) string {
	if synthetic {
		return "  SYNTHETIC"
	}
	return ""
}

func (e *env) linesCommand() *cobra.Command {
	return &cobra.Command{
		Use: "lines GAME", Short: "Show a game's lines and their history", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			key, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil {
				return fmt.Errorf("game %q is no number: %w", args[0], errUsage)
			}
			a, err := e.open(cmd.Context())
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, a.Close()) }()
			g, err := a.DB.Game(cmd.Context(), key)
			if err != nil {
				return err
			}
			ticks, err := a.DB.Ticks(cmd.Context(), []mlb.GameID{g.ID})
			if err != nil {
				return err
			}
			var home []float64
			for _, q := range ticks {
				if q.Market == mlb.Moneyline && q.Side == mlb.Home {
					home = append(home, 100*q.Price.Prob())
				}
			}
			fmt.Fprintf(e.out, "%s, %s%s\n", g.Matchup(), g.Date, mark(e.demo))
			if len(home) > 1 {
				fmt.Fprintln(e.out, asciigraph.Plot(home, asciigraph.Height(10), asciigraph.Width(70)))
			}
			return nil
		},
	}
}
