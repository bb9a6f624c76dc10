package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mlb-betting/mlb-betting/internal/app"
	"github.com/mlb-betting/mlb-betting/internal/ingest"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/store"
)

func (e *env) identityCommand() *cobra.Command {
	return group(&cobra.Command{Use: "identity", Short: "See and settle what could not be identified"},
		e.identityListCommand(), e.identityResolveCommand())
}

// waitingJSON is a provisional game as --json prints it.
type waitingJSON struct {
	gameJSON
	Sources    []string     `json:"sources"`
	Candidates []mlb.GameID `json:"candidates"`
}

type unknownJSON struct {
	Source string `json:"source"`
	Reason string `json:"reason"`
	Name   string `json:"name"`
	Rows   int64  `json:"rows"`
}

func (e *env) identityListCommand() *cobra.Command {
	var all bool
	c := &cobra.Command{
		Use: "list", Short: "List games and names that wait for an identity", Args: cobra.NoArgs,
		Long: "Lists provisional games that a named game of the same day and teams may be (--all: every\n" +
			"game without a gamePk), and the names of teams, books and games that are in no table, with\n" +
			"the number of rows set aside for each.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return e.onDatabase(cmd.Context(), func(ctx context.Context, a *app.App) error {
				return e.listWaiting(ctx, a, all)
			})
		},
	}
	c.Flags().BoolVar(&all, "all", false, "every game without a gamePk")
	return c
}

func (e *env) listWaiting(ctx context.Context, a *app.App, all bool) error {
	games, err := a.DB.WaitingGames(ctx, !all)
	if err != nil {
		return err
	}
	names, err := a.DB.UnknownNames(ctx)
	if err != nil {
		return err
	}
	if e.json {
		return e.printWaitingJSON(games, names)
	}
	if len(games) == 0 && len(names) == 0 {
		e.line("Nothing waits.")
		return nil
	}
	if len(games) > 0 {
		t := e.table("GAME", "DATE", "MATCHUP", "START", "TOLD BY", "MAY BE")
		for _, g := range games {
			row := gameRow(g.Game, e.synthetic)
			t.row(fmt.Sprint(g.ID), g.Date.String(), g.Matchup(), row.startText(), strings.Join(g.Sources, ", "), listIDs(g.Candidates))
		}
		if err := t.print(); err != nil {
			return err
		}
		e.line("`mlb-betting identity resolve GAME --is OTHER` makes a game the one it is.")
	}
	if len(names) > 0 {
		t := e.table("SOURCE", "WHY", "NAME", "ROWS")
		for _, n := range names {
			t.row(n.Source, n.Reason, n.Name, strconv.FormatInt(n.Rows, 10))
		}
		return t.print()
	}
	return nil
}

func listIDs(ids []mlb.GameID) string {
	if len(ids) == 0 {
		return "-"
	}
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = fmt.Sprint(id)
	}
	return strings.Join(texts, ", ")
}

func (e *env) printWaitingJSON(games []store.WaitingGame, names []store.UnknownName) error {
	out := struct {
		Games []waitingJSON `json:"games"`
		Names []unknownJSON `json:"names"`
	}{[]waitingJSON{}, []unknownJSON{}}
	for _, g := range games {
		out.Games = append(out.Games, waitingJSON{gameRow(g.Game, e.synthetic), g.Sources, append([]mlb.GameID{}, g.Candidates...)})
	}
	for _, n := range names {
		out.Names = append(out.Names, unknownJSON(n))
	}
	return e.printJSON(out)
}

func (e *env) identityResolveCommand() *cobra.Command {
	var is int64
	c := &cobra.Command{
		Use: "resolve GAME", Short: "Say which game a provisional game is", Args: cobra.ExactArgs(1),
		Long: "Moves everything observed of a provisional game to the game it is, found by its number or\n" +
			"its gamePk, and makes the summaries and closing prices anew. The old number goes on to find it.",
		Example: "mlb-betting identity resolve 17 --is 777001",
		RunE: func(cmd *cobra.Command, args []string) error {
			game, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil || is <= 0 {
				return fmt.Errorf("want a game's number and --is with the number or gamePk of the game it is: %w", errUsage)
			}
			return e.onDatabase(cmd.Context(), func(ctx context.Context, a *app.App) error {
				into, n, err := ingest.Resolve(ctx, a.DB, game, is)
				if err != nil {
					return err
				}
				if e.json {
					return e.printJSON(map[string]any{"game": gameRow(into, e.synthetic), "clashes": n.Clashes})
				}
				e.line("Game %d is game %d, %s of %s (%d prices gave way).", game, into.ID, into.Matchup(), into.Date, n.Clashes)
				return nil
			})
		},
	}
	c.Flags().Int64Var(&is, "is", 0, "number or gamePk of the game it is")
	return c
}
