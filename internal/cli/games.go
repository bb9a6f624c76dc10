package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mlb-betting/mlb-betting/internal/app"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/store"
)

// gameJSON is a game as --json prints it.
type gameJSON struct {
	ID           mlb.GameID `json:"id"`
	GamePK       *int64     `json:"game_pk"`
	OfficialDate mlb.Date   `json:"official_date"`
	Number       int        `json:"number"`
	Matchup      string     `json:"matchup"`
	Home         string     `json:"home"`
	Away         string     `json:"away"`
	Start        *time.Time `json:"start"`       // scheduled; null where only the day is known
	FirstPitch   *time.Time `json:"first_pitch"` // actual; null until known
	Provisional  bool       `json:"provisional"`
	Status       *string    `json:"status"` // as the newest source says; null where none does
	HomeRuns     *int       `json:"home_runs"`
	AwayRuns     *int       `json:"away_runs"`
	Disputed     bool       `json:"disputed"` // sources give different final scores
	Results      []saidJSON `json:"results"`  // what each source says
	// Weather is as it was told last; null where nobody has.
	Weather   *weatherJSON `json:"weather"`
	Synthetic bool         `json:"synthetic"`
}

type weatherJSON struct {
	Condition   string `json:"condition"`
	Temperature *int   `json:"temperature_f"`
	Wind        string `json:"wind"`
}

type saidJSON struct {
	Source   string `json:"source"`
	Status   string `json:"status"`
	HomeRuns *int   `json:"home_runs"`
	AwayRuns *int   `json:"away_runs"`
}

func gameRow(g mlb.Game, synthetic bool) gameJSON {
	row := gameJSON{
		ID: g.ID, OfficialDate: g.Date, Number: g.Number, Matchup: g.Matchup(), Home: g.Home.String(), Away: g.Away.String(),
		Start: orNull(g.Start), FirstPitch: orNull(g.FirstPitch), Provisional: g.Provisional(), Results: []saidJSON{},
		Synthetic: synthetic,
	}
	if g.PK != 0 {
		row.GamePK = &g.PK
	}
	return row
}

// orNull prints no time as null.
func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// tell adds what the sources say of the game.
func (r *gameJSON) tell(all []store.SourceResult) {
	var final []mlb.Score
	for _, x := range all {
		text := x.Status.String()
		r.Status = &text
		said := saidJSON{Source: x.Source, Status: text}
		if x.Status == mlb.Final {
			final = append(final, x.Score)
			said.HomeRuns, said.AwayRuns = &x.Score.Home, &x.Score.Away
		}
		r.Results = append(r.Results, said)
	}
	if len(final) == 0 {
		return
	}
	text := mlb.Final.String()
	r.Status, r.HomeRuns, r.AwayRuns = &text, &final[0].Home, &final[0].Away
	for _, s := range final[1:] {
		r.Disputed = r.Disputed || s != final[0]
	}
}

// outcome is how the table shows it: "3-1" is the away side's runs first, as
// the matchup is written.
func (r *gameJSON) outcome() string {
	switch {
	case r.Disputed:
		return "disputed: " + r.scores()
	case r.HomeRuns != nil:
		return fmt.Sprintf("%d-%d", *r.AwayRuns, *r.HomeRuns)
	case r.Status != nil:
		return *r.Status
	default:
		return "-"
	}
}

func (r *gameJSON) startText() string {
	if r.Start == nil {
		return "day only"
	}
	return r.Start.Format("2006-01-02 15:04 UTC")
}

// scores lists every source's final score.
func (r *gameJSON) scores() string {
	var all []string
	for _, s := range r.Results {
		if s.HomeRuns != nil {
			all = append(all, fmt.Sprintf("%d-%d %s", *s.AwayRuns, *s.HomeRuns, s.Source))
		}
	}
	return strings.Join(all, ", ")
}

func (e *env) gamesCommand() *cobra.Command {
	var date string
	var best bool
	c := &cobra.Command{
		Use: "games", Short: "List a day's games", Args: cobra.NoArgs,
		Long: "Lists a day's games and how they ended. With --best it lists the best price of each side instead,\n" +
			"on the line most books offer; all processes share that board where there is a Redis.",
		Example: "mlb-betting games --date 2026-07-18",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !best {
				return e.onDay(cmd.Context(), date, e.listGames)
			}
			return e.onDay(cmd.Context(), date, func(ctx context.Context, a *app.App, day mlb.Date) error {
				l, err := a.Link(ctx, e.now, e.log(), nil)
				if err != nil {
					return err
				}
				defer l.Close()
				return e.listBoard(ctx, l, day)
			})
		},
	}
	c.Flags().BoolVar(&best, "best", false, "list the best prices")
	c.Flags().StringVar(&date, "date", "", "official date, YYYY-MM-DD (today in New York)")
	return c
}

// listGames prints a day's games and how they ended.
func (e *env) listGames(ctx context.Context, a *app.App, day mlb.Date) error {
	games, err := a.DB.GamesOn(ctx, day)
	if err != nil {
		return err
	}
	ids := mlb.GameIDs(games)
	results, err := a.DB.Results(ctx, ids)
	if err != nil {
		return err
	}
	weather, err := a.DB.Weather(ctx, ids)
	if err != nil {
		return err
	}
	return e.printGames(day, games, results, weather)
}

func (e *env) printGames(day mlb.Date, games []mlb.Game, results map[mlb.GameID][]store.SourceResult, weather map[mlb.GameID]mlb.Weather) error {
	rows := make([]gameJSON, len(games))
	for i, g := range games {
		rows[i] = gameRow(g, e.synthetic)
		rows[i].tell(results[g.ID])
		if w, ok := weather[g.ID]; ok {
			rows[i].Weather = &weatherJSON{w.Condition, w.Temperature, w.Wind}
		}
	}
	if e.json {
		return e.printJSON(rows)
	}
	if len(rows) == 0 {
		e.line("No games are known for %s.", day)
		return nil
	}
	t := e.table("GAME", "MATCHUP", "START", "RESULT", "GAMEPK")
	for _, r := range rows {
		pk := "provisional"
		if r.GamePK != nil {
			pk = strconv.FormatInt(*r.GamePK, 10)
		}
		t.row(fmt.Sprint(r.ID), r.Matchup, r.startText(), r.outcome(), pk)
	}
	return t.print()
}
