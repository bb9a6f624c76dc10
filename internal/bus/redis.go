package bus

import (
	"context"

	"github.com/mlb-betting/mlb-betting/internal/redis"
)

// channel is the same word in Redis and PostgreSQL.
const channel = "mlb_quotes"

// redisLine is pub/sub: whoever listens at the moment hears.
type redisLine struct{ client *redis.Client }

func (l redisLine) listen(ctx context.Context, up func(), got func(string)) error {
	return l.client.Receive(ctx, channel, up, got)
}

func (l redisLine) send(ctx context.Context, payload string) error {
	return l.client.Publish(ctx, channel, payload)
}

func (redisLine) close() {} // the client is its opener's
