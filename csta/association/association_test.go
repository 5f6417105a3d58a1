package association

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Each state is reached, and left but for the last one; no other step is taken.
func TestTransitions(t *testing.T) {
	reached, left := map[State]bool{Bare: true}, map[State]bool{Ended: true}
	for _, tr := range transitions {
		reached[tr.to], left[tr.from] = true, true
		assert.NotEmpty(t, tr.why)
	}
	for s := Bare; s <= Ended; s++ {
		assert.True(t, reached[s] && left[s], s)
		assert.NotEmpty(t, s.String())
	}
	s := Waiting
	s.Step(Attached)
	assert.Panics(t, func() { s.Step(Lost) })
	assert.Equal(t, Attached, s)
}

// stream is a connection of which everything is numbered by its bytes.
type stream struct {
	end  uint64
	sent []string
}

func (s *stream) send(m Message) uint64 {
	s.end += uint64(len(m.Body))
	s.sent = append(s.sent, string(m.Body))
	return s.end
}

// say sends a message to a client that is connected.
func (s *stream) say(a *Association, text string) {
	a.Next()
	a.Keep(false, []byte(text), s.send(Message{Body: []byte(text)}))
}

func started() (*Association, *stream) {
	a := &Association{}
	a.Start(NewID())
	return a, &stream{}
}

func TestResume(t *testing.T) {
	a, first := started()
	for _, text := range []string{"one", "two", "three"} {
		first.say(a, text)
	}
	// "two" is on its way.
	a.Part(4)
	a.Next()
	a.Keep(true, []byte("four"), 1<<63)
	require.True(t, a.Complete(Resumption{}))
	assert.Equal(t, 3, a.Missed(Resumption{}))
	assert.Equal(t, 2, a.Missed(Resumption{2, true}), "it knows better")
	assert.Equal(t, 4, a.Missed(Resumption{0, true}))
	assert.False(t, a.Complete(Resumption{5, true}))
	second := &stream{}
	a.Resume(Resumption{}, second.send)
	assert.Equal(t, []string{"two", "three", "four"}, second.sent)
	assert.Equal(t, Attached, a.State())
	// Broken again before all of that has come.
	a.Part(uint64(len("two")))
	third := &stream{}
	a.Resume(Resumption{}, third.send)
	assert.Equal(t, []string{"three", "four"}, third.sent)
	a.Part(0)
	fourth := &stream{}
	a.Resume(Resumption{4, true}, fourth.send)
	assert.Empty(t, fourth.sent)
	a.Stop()
	assert.Empty(t, a.ID())
	assert.Zero(t, a.Kept())
	a.End()
	a.End()
}

// What is kept for a client that is connected stays small, as long as its host acknowledges.
func TestTrim(t *testing.T) {
	a, s := started()
	long := strings.Repeat("x", 1000)
	for range 1000 {
		s.say(a, long)
		a.Trim(func() Bounds { return Bounds{s.end, leastRecent, 1 << 20} })
		require.LessOrEqual(t, a.Kept(), 2*leastRecent+2000)
	}
	require.True(t, a.Complete(Resumption{990, true}))
	require.False(t, a.Complete(Resumption{10, true}))
	stuck := s.end
	asked := 0
	for range 2000 {
		s.say(a, long)
		a.Trim(func() Bounds { asked++; return Bounds{stuck, leastRecent, 1 << 20} })
		require.LessOrEqual(t, a.Kept(), 1<<20+leastRecent+2000)
	}
	assert.Less(t, asked, 100, "the system is not asked for each message")
	a.Part(stuck)
	assert.False(t, a.Complete(Resumption{}), "what did not come is not all kept")
	assert.True(t, a.Complete(Resumption{2999, true}))
	a.Lose()
	assert.False(t, a.Complete(Resumption{3000, true}))
	assert.Zero(t, a.Kept())
	a.End()
}

// FuzzAssociation breaks connections anywhere: a client hears each message once, in order,
// or is told that it can't.
func FuzzAssociation(f *testing.F) {
	f.Add([]byte{1, 1, 2, 0, 1, 1, 3, 2, 9, 1, 4})
	f.Fuzz(func(t *testing.T, script []byte) {
		a, line := started()
		said, heard, acknowledged := 0, uint64(0), uint64(0)
		connected := true
		for _, b := range script {
			switch b % 4 {
			case 0, 1:
				for range int(b) {
					said++
					text := fmt.Sprintf("%d %s", said, strings.Repeat("y", int(b)))
					if connected {
						line.say(a, text)
						a.Trim(func() Bounds {
							acknowledged = max(acknowledged, line.end*uint64(b)/255)
							return Bounds{acknowledged, 2 << 10, 4 << 10}
						})
					} else {
						a.Next()
						a.Keep(false, []byte(text), 1<<63)
					}
				}
			case 2:
				if !connected {
					continue
				}
				// It came up to there.
				place := max(acknowledged, line.end*uint64(b)/255)
				at := uint64(0)
				for _, text := range line.sent {
					if at += uint64(len(text)); at > place {
						break
					}
					var number uint64
					_, _ = fmt.Sscan(text, &number)
					require.Equal(t, heard+1, number)
					heard = number
				}
				a.Part(place)
				connected = false
			case 3:
				if connected {
					continue
				}
				r := Resumption{}
				if b > 127 {
					r = Resumption{heard, true}
				}
				if !a.Complete(r) {
					return
				}
				line, acknowledged = &stream{}, 0
				a.Resume(r, line.send)
				connected = true
			}
			require.EqualValues(t, said, a.Last())
		}
	})
}

func TestBook(t *testing.T) {
	b := NewBook[string](Limits{Memory: 1000, Alone: 3, AloneFrom: 2})
	here, there := netip.MustParsePrefix("192.0.2.1/32"), netip.MustParsePrefix("192.0.2.2/32")
	var all []*Entry[string]
	for _, id := range []string{"a", "b", "c", "d", "e"} {
		all = append(all, b.Enter(id, "", id))
	}
	assert.Same(t, all[0], b.Find("a"))
	assert.Nil(t, b.Find("x"))
	assert.Nil(t, b.Parted(all[0], here, 100))
	assert.Nil(t, b.Parted(all[0], here, 100), "it has parted")
	assert.Nil(t, b.Parted(all[1], here, 200))
	assert.Same(t, all[0], b.Parted(all[2], here, 0), "the oldest of its origin")
	b.Strike(all[0])
	b.Strike(all[0])
	assert.Nil(t, b.Find("a"))
	assert.Nil(t, b.Parted(all[3], there, 0))
	assert.Same(t, all[1], b.Parted(all[4], there, 0), "the oldest of all")
	b.Strike(all[1])
	n, bytes := b.Alone()
	assert.Equal(t, []int{3, 0}, []int{n, bytes})
	assert.Nil(t, b.Takes(all[2], 250))
	assert.Same(t, all[2], b.Takes(all[2], 251), "more than its share")
	assert.Nil(t, b.Takes(all[2], 250))
	assert.Nil(t, b.Takes(all[3], 240))
	b.SetLimits(Limits{Memory: 600})
	assert.Same(t, all[4], b.Takes(all[4], 200))
	assert.Nil(t, b.Takes(all[4], 100))
	b.SetLimits(Limits{Memory: 560})
	assert.Same(t, all[2], b.Takes(all[4], 110), "who has the most pays")
	b.Rejoined(all[2])
	assert.Nil(t, b.Takes(all[2], 1<<20), "it is connected")
	assert.Len(t, b.All(), 3)
	assert.Equal(t, leastRecent, b.Recent())
	b.SetLimits(Limits{Memory: 1 << 20})
	assert.Equal(t, 1<<19/3, b.Recent())
	b.SetLimits(Limits{Memory: 1 << 30})
	assert.Equal(t, mostRecent, b.Recent())
}

// Who has many that wait takes neither place nor memory from who has few, though he came
// later.
func TestGroupsPayForThemselves(t *testing.T) {
	b := NewBook[string](Limits{Memory: 1000, Alone: 4, AloneFrom: 3})
	here, there := netip.MustParsePrefix("192.0.2.1/32"), netip.MustParsePrefix("192.0.2.2/32")
	few := b.Enter("few", "few", "few")
	assert.Nil(t, b.Parted(few, here, 240))
	var many []*Entry[string]
	for _, id := range []string{"a", "b", "c", "d", "e"} {
		many = append(many, b.Enter(id, "many", id))
	}
	assert.Nil(t, b.Parted(many[0], here, 200))
	assert.Nil(t, b.Parted(many[1], here, 210))
	assert.Same(t, many[0], b.Parted(many[2], here, 200), "of its origin")
	b.Strike(many[0])
	assert.Nil(t, b.Parted(many[3], there, 200))
	assert.Same(t, many[1], b.Parted(many[4], there, 200), "of all")
	assert.Same(t, many[1], b.Takes(many[4], 200), "the memory")
	b.Strike(many[1])
	assert.Nil(t, b.Takes(many[4], 200))
	assert.Same(t, few, b.Find("few"))
}

func TestNobodyGuessesAnID(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		id := NewID()
		require.Len(t, id, 26)
		require.False(t, seen[id])
		seen[id] = true
	}
}
