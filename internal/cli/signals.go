package cli

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mlb-betting/mlb-betting/internal/app"
	"github.com/mlb-betting/mlb-betting/internal/detect"
	"github.com/mlb-betting/mlb-betting/internal/market"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

func (e *env) signalsCommand() *cobra.Command {
	var date string
	c := &cobra.Command{
		Use: "signals", Short: "List steam, reverse line movement and sharp money", Args: cobra.NoArgs,
		Long: "Replays a day's prices and public splits in the order they were observed and lists what the\n" +
			"rules found: steam (independent books moving one way within minutes, a sharp one first),\n" +
			"reverse line movement (the price moves against most tickets) and sharp money (the money's\n" +
			"share above the tickets'). Where the data cannot tell, that is said, with the reason. None\n" +
			"of these has been shown to win: they are features under test.",
		Example: "mlb-betting signals --date 2026-07-18",
		RunE:    func(cmd *cobra.Command, _ []string) error { return e.onDay(cmd.Context(), date, e.listSignals) },
	}
	c.Flags().StringVar(&date, "date", "", "official date, YYYY-MM-DD (today in New York)")
	return c
}

// listSignals prints what the rules found in a day.
func (e *env) listSignals(ctx context.Context, a *app.App, day mlb.Date) error {
	s, err := a.Signals(ctx, day, e.now(), market.DefaultConfig(), detect.DefaultSignals())
	if err != nil {
		return err
	}
	if e.json {
		return e.printJSON(signalRows(s, e.synthetic))
	}
	return e.printSignals(s, day)
}

// signalJSON is a signal as --json prints it. A rule that could judge nothing
// of a game has the verdict not_identifiable and its reason alone.
type signalJSON struct {
	ID              string      `json:"id"`
	DetectedAt      time.Time   `json:"detected_at"`
	Since           *time.Time  `json:"since"` // when the move, or the split it rests on, began
	GameID          mlb.GameID  `json:"game_id"`
	GamePK          *int64      `json:"game_pk"`
	OfficialDate    mlb.Date    `json:"official_date"`
	Matchup         string      `json:"matchup"`
	Strategy        string      `json:"strategy"`
	Verdict         string      `json:"verdict"`
	NotIdentifiable *string     `json:"not_identifiable"`
	Market          *string     `json:"market"`
	Period          *string     `json:"period"`
	Side            *string     `json:"side"` // where the signal points
	Line            *float64    `json:"line"`
	LogOdds         float64     `json:"log_odds"`
	Points          float64     `json:"points"` // of probability, as a fraction
	Originator      *string     `json:"originator"`
	Path            []stepJSON  `json:"path"`
	Behind          []behindRow `json:"behind"`
	Crowd           *crowdJSON  `json:"crowd"`
	News            *string     `json:"news"`
	Reasons         []string    `json:"reasons"`
	MayAlert        bool        `json:"may_alert"`
	Synthetic       bool        `json:"synthetic"`
}

type stepJSON struct {
	Book     string    `json:"book"`
	From     float64   `json:"from"`
	To       float64   `json:"to"`
	At       time.Time `json:"at"`
	LatencyS float64   `json:"latency_s"`
}

type behindRow struct {
	Book        string  `json:"book"`
	Probability float64 `json:"probability"`
	Behind      float64 `json:"behind"`
	AgeS        float64 `json:"age_s"`
}

type crowdJSON struct {
	Provider string   `json:"provider"`
	Side     string   `json:"side"`
	AgeS     float64  `json:"age_s"`
	Tickets  *int64   `json:"tickets"`
	Bets     float64  `json:"bets"`
	Money    *float64 `json:"money"`
}

func signalRows(s app.Signals, synthetic bool) []signalJSON {
	rows := make([]signalJSON, len(s.All))
	for i, x := range s.All {
		rows[i] = signalRow(s, x, synthetic)
	}
	return rows
}

func signalRow(s app.Signals, x mlb.Signal, synthetic bool) signalJSON {
	g := s.Games[x.Game]
	r := signalJSON{
		ID: x.ID(), DetectedAt: x.DetectedAt, Since: orNull(x.Since), GameID: g.ID, OfficialDate: g.Date, Matchup: g.Matchup(),
		Strategy: x.Strategy, Verdict: x.Verdict().String(), LogOdds: x.LogOdds, Points: x.Points, Path: []stepJSON{},
		Behind: []behindRow{}, Reasons: append([]string{}, x.Reasons...), MayAlert: x.MayAlert, Synthetic: synthetic,
	}
	if g.PK != 0 {
		r.GamePK = &g.PK
	}
	if x.NotIdentifiable != "" {
		r.NotIdentifiable = &x.NotIdentifiable
		return r
	}
	market, period, side := x.Market.String(), x.Period.String(), x.Side.String()
	r.Market, r.Period, r.Side, r.Line = &market, &period, &side, runs(x.LineKey, x.Side)
	if x.News != "" {
		r.News = &x.News
	}
	for _, p := range x.Path {
		r.Path = append(r.Path, stepJSON{s.Books[p.Book].Brand.Slug, p.From, p.To, p.At, p.Latency.Seconds()})
	}
	if len(r.Path) > 0 {
		r.Originator = &r.Path[0].Book
	}
	for _, b := range x.Behind {
		r.Behind = append(r.Behind, behindRow{s.Books[b.Book].Brand.Slug, b.Probability, b.Behind, b.Age.Seconds()})
	}
	r.Crowd = crowdOf(x.Crowd)
	return r
}

func crowdOf(c *mlb.Crowd) *crowdJSON {
	if c == nil {
		return nil
	}
	j := &crowdJSON{Provider: c.Provider, Side: c.Side.String(), AgeS: c.Age.Seconds(), Bets: c.Bets}
	if c.Tickets > 0 {
		j.Tickets = &c.Tickets
	}
	if c.Money > 0 {
		j.Money = &c.Money
	}
	return j
}

func (e *env) printSignals(s app.Signals, day mlb.Date) error {
	found := slices.DeleteFunc(slices.Clone(s.All), func(x mlb.Signal) bool { return x.NotIdentifiable != "" })
	if len(found) > 0 {
		t := e.table("UTC", "MATCHUP", "SIGNAL", "MARKET", "TOWARDS", "POINTS", "VERDICT", "BECAUSE")
		for _, x := range found {
			g := s.Games[x.Game]
			t.row(x.DetectedAt.Format("01-02 15:04:05"), g.Matchup(), x.Strategy, x.Market.String(), detect.Selection(g, x.LineKey, x.Side),
				fmt.Sprintf("%+.1f", 100*x.Points), x.Verdict().String(), strings.Join(x.Reasons, "; "))
		}
		if err := t.print(); err != nil {
			return err
		}
	}
	e.line("%s: %d signals in %d games", day, len(found), len(s.Games))
	mute := map[string]int{}
	for _, x := range s.All {
		if x.NotIdentifiable != "" {
			mute[x.Strategy+" cannot be told from this data: "+x.NotIdentifiable]++
		}
	}
	for _, why := range slices.Sorted(maps.Keys(mute)) {
		e.line("%d games: %s", mute[why], why)
	}
	return nil
}
