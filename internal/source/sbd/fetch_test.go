package sbd_test

import (
	"testing"

	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/source/sbd"
	"github.com/mlb-betting/mlb-betting/internal/source/sourcetest"
)

const body = `{"group":"2026-07-16","games":[{"_id":"20260717.02-MLB-NYM@SD","date":"2026-07-17T02:10:00.000Z","gameday":"2026-07-16",
 "home":{"_id":"MLB_SD","code":"SD"},"away":{"_id":"MLB_NYM","code":"NYM"},"sportsbooks":[],"bettingSplits":{
 "moneyline":{"updated":"2026-07-16T20:10:15.799Z","bets":100,"home":{"bets":60,"betsPercentage":60,"stakePercentage":45.5},
 "away":{"bets":40,"betsPercentage":40,"stakePercentage":54.5}},
 "total":{"updated":"2026-07-16T20:11:15.799Z","bets":null,"over":{"bets":90,"betsPercentage":90,"stakePercentage":91.17},
 "under":{"bets":10,"betsPercentage":10,"stakePercentage":8.83}},"spread":null}}]}`

func TestAdapter(t *testing.T) {
	sourcetest.Run(t, sbd.Adapter(), []sourcetest.Case{{
		Feed: "splits", Body: body, Rows: map[source.Kind]int{source.Splits: 2},
		URLs: []string{"https://srfeeds.sportsbettingdime.com/v2/matchups/mlb/betting-splits?books=betmgm,bet365,fanatics,draftkings,caesars,fanduel"},
	}})
}
