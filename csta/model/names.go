package model

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"strconv"
)

// names are the numbers that clients know calls by, some of which read a call's
// identifier as one.
type names struct{ calls map[string]*Call }

// NumberCalls has calls that are made from now on known by numbers of 63 bits, in decimal
// digits. A number follows from the call's ID and nothing else: whoever finds the call
// after a reload knows it by the same one, and no state has to outlive a restart.
func (m *Model) NumberCalls() { m.names = &names{map[string]*Call{}} }

// give gives a call its number: the beginning of a digest of its ID, which is as random as
// that one. Of a billion calls two have the same with a probability of a twentieth; of
// those that there are at a time never, as the later one gets the next that is free.
func (n *names) give(c *Call) {
	digest := sha256.Sum256([]byte(c.ID))
	number := binary.BigEndian.Uint64(digest[:]) & math.MaxInt64
	for {
		c.Name = strconv.FormatUint(number, 10)
		if number > 0 && n.calls[c.Name] == nil {
			n.calls[c.Name] = c
			return
		}
		number = (number + 1) & math.MaxInt64
	}
}
