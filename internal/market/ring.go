package market

// ring keeps the newest values of a series, oldest first. It grows as it is
// filled and allocates nothing once it is full.
type ring[T any] struct {
	items []T
	first int // index of the oldest
}

// add appends x; beyond size values it takes the place of the oldest.
func (r *ring[T]) add(size int, x T) {
	if len(r.items) < size {
		r.items = append(r.items, x)
		return
	}
	r.items[r.first] = x
	r.first++
	if r.first == len(r.items) {
		r.first = 0
	}
}

func (r *ring[T]) len() int { return len(r.items) }

// at is the i-th oldest value.
func (r *ring[T]) at(i int) *T {
	i += r.first
	if i >= len(r.items) {
		i -= len(r.items)
	}
	return &r.items[i]
}

// last is the newest value, nil where there is none.
func (r *ring[T]) last() *T {
	if len(r.items) == 0 {
		return nil
	}
	return r.at(len(r.items) - 1)
}
