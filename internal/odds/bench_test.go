package odds

import "testing"

// A board is devigged at every change of a price, so the two-way paths leave
// nothing to collect.
func TestTwoWayDoesNotAllocate(t *testing.T) {
	for _, m := range Methods() {
		got := testing.AllocsPerRun(100, func() {
			if _, err := Devig2(m, .6, .434783); err != nil {
				t.Fatal(err)
			}
		})
		if got != 0 {
			t.Errorf("allocations of Devig2 by %s: got %v, want 0", m, got)
		}
	}
	got := testing.AllocsPerRun(100, func() {
		if _, _, err := WorstCase2(.6, .434783); err != nil {
			t.Fatal(err)
		}
	})
	if got != 0 {
		t.Errorf("allocations of WorstCase2: got %v, want 0", got)
	}
}

// With room in dst the closed forms of many outcomes do not allocate either.
func TestDevigUsesTheRoomGiven(t *testing.T) {
	q, room := []float64{.5, .4, .2}, make([]float64, 0, 3)
	for _, m := range []Method{Multiplicative, Additive, Shin, Goto} {
		got := testing.AllocsPerRun(100, func() {
			if _, _, err := Devig(m, q, room); err != nil {
				t.Fatal(err)
			}
		})
		if got != 0 {
			t.Errorf("allocations of Devig by %s: got %v, want 0", m, got)
		}
	}
}

func BenchmarkDevig2(b *testing.B) {
	for _, m := range Methods() {
		b.Run(m.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Devig2(m, .6, .434783); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "devigs/s")
		})
	}
}
