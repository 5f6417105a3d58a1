package engine

import (
	"maps"
	"slices"

	"mod_csta_socket/csta/ecma"
)

// begin lets the requests in that came before the first list of legs.
func (c *core) begin() {
	if !c.starting {
		return
	}
	c.starting = false
	for _, r := range c.early {
		c.request(r)
	}
	c.early = nil
}

// rebuild forgets all calls, without telling anybody, and takes them from the
// switch again: the way out of a panic. Monitors stay. Nothing that was under way
// acts on what comes after: who waits for an answer is refused.
func (c *core) rebuild() {
	defer func() {
		if r := recover(); r != nil {
			c.log.Error("engine: panic while rebuilding", "panic", r)
		}
	}()
	// In an order of their own: the same inputs are to bring the same outputs.
	for _, id := range slices.Sorted(maps.Keys(c.calls)) {
		cl := c.calls[id]
		for len(cl.Monitors) > 0 {
			c.monitoring.end(cl.Monitors[0])
		}
		c.model.RemoveCall(cl.Call)
	}
	c.ops.waiting.forget()
	c.asks.waiting.forget()
	c.clockwork.forget()
	for _, r := range c.waitingRequests() {
		if !services[r.Message.Element()].aboutDevices {
			c.refuse(r, ecma.ErrOperationGeneric)
		}
	}
	c.switchboard.clear()
	c.rules.forget()
	c.comparison.compared = compared{}
	for _, h := range c.handsets.byID {
		h.legs, h.calls, h.dialing, h.listing = nil, nil, nil, false
	}
	c.comparison.resync("panic")
}
