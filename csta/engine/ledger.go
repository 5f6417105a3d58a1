package engine

// awaited is who waits for an answer.
type awaited[T any] struct {
	done func(T, error)
	// lasting: it has nothing to do with calls.
	lasting bool
	// under counts what has not been answered, whatever becomes of the picture
	// meanwhile; nil: it is not counted.
	under *int
}

// ledger finds by its number who waits for an answer. What is asked belongs to the
// picture that it was asked on: a rebuilding empties the ledger of it.
type ledger[T any] struct {
	last uint64
	open map[uint64]awaited[T]
}

// enter gives what is asked its number.
func (l *ledger[T]) enter(who awaited[T]) uint64 {
	l.last++
	if who.done == nil {
		return l.last
	}
	if l.open == nil {
		l.open = map[uint64]awaited[T]{}
	}
	if who.under != nil {
		*who.under++
	}
	l.open[l.last] = who
	return l.last
}

// answered tells who waits for the answer of that number, if anybody does.
func (l *ledger[T]) answered(number uint64, out T, err error) {
	who, waits := l.open[number]
	if !waits {
		return
	}
	delete(l.open, number)
	if who.under != nil {
		*who.under--
	}
	if who.done != nil {
		who.done(out, err)
	}
}

// forget lets nobody wait any more who waits for something about calls.
func (l *ledger[T]) forget() {
	for number, who := range l.open {
		switch {
		case who.lasting:
		case who.under != nil:
			who.done = nil
			l.open[number] = who
		default:
			delete(l.open, number)
		}
	}
}
