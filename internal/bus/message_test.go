package bus

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

func TestMessagesFitAndReturn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := message{
			From: "AAAAAAAAAAAAAAAAAAAAAAAAAA",
			N:    rapid.Uint64Min(1).Draw(t, "n"),
			Mark: Mark(rapid.Int64Range(0, 1<<53).Draw(t, "mark")),
		}
		for range rapid.IntRange(0, maxGames).Draw(t, "games") {
			m.Games = append(m.Games, mlb.GameID(rapid.Int32Min(1).Draw(t, "game")))
		}
		payload := m.encode()
		if len(payload) >= 8000 {
			t.Fatalf("%d bytes; PostgreSQL takes less than 8000", len(payload))
		}
		got, err := decode(payload)
		if err != nil {
			t.Fatal(err)
		}
		if got.All {
			m.Games, m.All = nil, true
		}
		if !reflect.DeepEqual(got, m) {
			t.Fatalf("got %+v; want %+v", got, m)
		}
	})
}

// TestOutboxLosesNothing publishes in any order and takes at any moment.
func TestOutboxLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := newOutbox()
		waiting := make(map[mlb.GameID]bool)
		taken := uint64(0)
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			if g := mlb.GameID(rapid.Int32Range(0, 20).Draw(t, "game or take")); g > 0 {
				o.put(Mark(g), []mlb.GameID{g})
				waiting[g] = true
				continue
			}
			m, ok := o.take()
			if ok != (len(waiting) > 0) || len(m.Games) != len(waiting) {
				t.Fatalf("took %v; want %v", m.Games, waiting)
			}
			if !ok {
				continue
			}
			if taken++; m.N != taken || m.Mark != Mark(m.Games[len(m.Games)-1]) {
				t.Fatalf("message %d up to %d of games %v; want number %d", m.N, m.Mark, m.Games, taken)
			}
			clear(waiting)
		}
	})
}

func TestManySendersAreForgotten(t *testing.T) {
	var in inbox
	for i := range 5 * maxSenders {
		from := "process " + strings.Repeat("x", i%7) + string(rune('a'+i%26)) + strings.Repeat("y", i/26)
		if v := in.judge(message{From: from, N: 1}); v != next {
			t.Fatalf("first message of %q: verdict %d", from, v)
		}
		if len(in.last) > maxSenders {
			t.Fatalf("%d senders remembered", len(in.last))
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(message{From: "a", N: 3, Mark: 9, Games: []mlb.GameID{1, 2}}.encode())
	f.Add(message{From: "a", N: 3, Mark: 9, All: true}.encode())
	f.Add(`{"from":"a","n":-1}`)
	f.Add(`[]`)
	f.Fuzz(func(t *testing.T, payload string) {
		m, err := decode(payload)
		if err != nil {
			if !errors.Is(err, mlb.ErrInvalid) {
				t.Fatalf("%v; want ErrInvalid", err)
			}
			return
		}
		if again, err := decode(m.encode()); err != nil || again.Mark != m.Mark || again.N != m.N {
			t.Fatalf("%+v became %+v, %v", m, again, err)
		}
	})
}
