package app

import (
	"context"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/detect"
	"github.com/mlb-betting/mlb-betting/internal/live"
	"github.com/mlb-betting/mlb-betting/internal/market"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// Detection is what the strategies said of a day's games.
type Detection = live.Detection

// Detect is what the strategies said of a day's games up to now.
func (a *App) Detect(ctx context.Context, day mlb.Date, now time.Time, mc market.Config, dc detect.Config) (Detection, error) {
	return live.Detect(ctx, a.DB, day, now, mc, dc)
}
