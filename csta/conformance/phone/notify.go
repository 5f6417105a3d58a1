package phone

import (
	"context"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// statusBadEvent: the event package is not understood (RFC 6665 8.3.2).
const statusBadEvent = 489

// onNotify handles remote control of the phone (Event: talk, hold) and the
// progress of a transfer (Event: refer).
func (p *Phone) onNotify(req *sip.Request, tx sip.ServerTransaction) {
	event := ""
	if h := req.GetHeader("Event"); h != nil {
		event, _, _ = strings.Cut(h.Value(), ";")
	}
	p.journal.note("%s gets NOTIFY %s", p.cfg.User, event)
	c := p.call(req)
	b := p.Behaviour()
	obeyed := event == "talk" && b.Talk || event == "hold" && b.HoldByNotify
	if (event == "talk" || event == "hold") && !obeyed {
		respond(tx, sip.NewResponseFromRequest(req, statusBadEvent, "Bad Event", nil))
		return
	}
	respond(tx, sip.NewResponseFromRequest(req, sip.StatusOK, "OK", nil))
	if event == featureEvent {
		p.onFeatures(req)
	}
	if c == nil {
		return
	}
	var err error
	switch {
	case event == "refer":
		c.onTransferProgress(req.Body())
	case event == "talk" && c.State() < Connected:
		err = c.accept()
	case event == "talk":
		err = c.Retrieve(context.Background())
	case event == "hold":
		err = c.Hold(context.Background())
	}
	if err != nil {
		p.journal.note("%v", err)
	}
}

// onTransferProgress reads the status line of a message/sipfrag body. Whose transfer
// has succeeded hangs up (RFC 5589 6.1), if the switch has not done so before.
func (c *Call) onTransferProgress(fragment []byte) {
	fields := strings.Fields(string(fragment))
	if len(fields) < 2 {
		return
	}
	status, err := strconv.Atoi(fields[1])
	if err != nil {
		return
	}
	c.mu.Lock()
	c.transfer = status
	c.wake()
	c.mu.Unlock()
	if status/100 != 2 {
		return
	}
	if err := c.HangUp(context.Background()); err != nil {
		c.phone.journal.note("%v", err)
	}
}
