package phone

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

func (p *Phone) onInvite(req *sip.Request, tx sip.ServerTransaction) {
	p.journal.note("%s gets INVITE", p.cfg.User)
	if c := p.call(req); c != nil {
		c.onReinvite(req, tx)
		return
	}
	if to := req.To(); to != nil && to.Params.Has("tag") {
		respond(tx, sip.NewResponseFromRequest(req, sip.StatusCallTransactionDoesNotExists, "No such call", nil))
		return
	}
	p.onCall(req, tx)
}

// onCall takes a new call. It blocks until the final response is sent, as the
// SIP library forgets the transaction when its handler returns.
func (p *Phone) onCall(req *sip.Request, tx sip.ServerTransaction) {
	c := newCall(p, true)
	c.received = time.Now()
	c.id = req.CallID().Value()
	c.invite, c.serverTx = req, tx
	from, to := req.From(), req.To()
	c.caller, c.called = from.Address.User, req.Recipient.User
	c.remoteTag, _ = from.Params.Get("tag")
	c.remote, c.local = *from.Address.Clone(), *to.Address.Clone()
	c.target = c.remote
	if contact := req.Contact(); contact != nil {
		c.target = *contact.Address.Clone()
	}
	var err error
	if c.media, err = newMedia(p.addr.IP, cmp.Or(p.cfg.Tone, usualTone)); err != nil {
		p.journal.note("%s: %v", c, err)
		respond(tx, sip.NewResponseFromRequest(req, sip.StatusInternalServerError, "No media", nil))
		return
	}
	if len(req.Body()) > 0 {
		c.media.remember(req.Body())
	}
	tx.OnCancel(func(cancel *sip.Request) {
		c.end(Ending{By: Them, Status: sip.StatusRequestTerminated, Reason: reasonOf(cancel, "CANCEL")})
	})
	p.add(c)
	c.present()
	select {
	case p.incoming <- c:
	default:
		p.journal.note("%s: nobody fetched the last %d incoming calls", c, incomingLimit)
	}
	select {
	case <-c.finalSent:
	case <-tx.Done():
		c.end(Ending{By: Nobody, Reason: fmt.Sprintf("INVITE transaction: %v", tx.Err())})
	}
}

// present lets the phone do what its behaviour says with a new call.
func (c *Call) present() {
	b := c.phone.Behaviour()
	var err error
	switch {
	case b.Silent:
	case b.RejectWith != 0:
		err = c.Reject(context.Background(), b.RejectWith)
	case b.RedirectTo != "":
		err = c.Redirect(b.RedirectTo)
	case b.AnswerAfter && wantsAnswer(c.invite):
		err = c.accept()
	case b.EarlyMedia:
		err = c.StartEarlyMedia()
	default:
		err = c.Ring()
	}
	if err != nil {
		c.phone.journal.note("%v", err)
	}
	if b.AnswerIn > 0 && c.State() < Connected {
		time.AfterFunc(b.AnswerIn, func() {
			if err := c.accept(); err != nil {
				c.phone.journal.note("%v", err)
			}
		})
	}
}

// wantsAnswer tells whether the caller asks the phone to answer by itself.
func wantsAnswer(req *sip.Request) bool {
	for _, h := range req.GetHeaders("Call-Info") {
		if strings.Contains(h.Value(), "answer-after") {
			return true
		}
	}
	return false
}

// Ring sends 180.
func (c *Call) Ring() error {
	if err := c.respond(sip.StatusRinging, "Ringing", nil); err != nil {
		return err
	}
	c.set(Ringing)
	return nil
}

// StartEarlyMedia sends 183 with a session description.
func (c *Call) StartEarlyMedia() error {
	if err := c.respond(sip.StatusSessionInProgress, "Session Progress", c.media.answer()); err != nil {
		return err
	}
	c.media.start(c.phone.Behaviour().Sound)
	c.set(Early)
	return nil
}

// Answer sends 200 and waits for the ACK.
func (c *Call) Answer(ctx context.Context) error {
	if err := c.accept(); err != nil {
		return err
	}
	return c.WaitConnected(ctx)
}

// accept sends 200, without waiting.
func (c *Call) accept() error {
	c.mu.Lock()
	if !c.incoming || c.state >= Connected {
		state := c.state
		c.mu.Unlock()
		return fmt.Errorf("call %s: cannot be answered: it is %s", c, state)
	}
	c.mu.Unlock()
	res := c.response(sip.StatusOK, "OK", c.media.answer())
	c.set(Connected)
	if err := c.send(res); err != nil {
		c.end(Ending{By: Nobody, Reason: err.Error()})
		return err
	}
	c.media.start(c.phone.Behaviour().Sound)
	go c.repeatUntilAcknowledged(res)
	return nil
}

// repeatUntilAcknowledged sends the 200 again until the ACK comes (RFC 3261
// 13.3.1.4), then lets the transaction go.
func (c *Call) repeatUntilAcknowledged(res *sip.Response) {
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		select {
		case <-c.finalSent:
		default:
			close(c.finalSent)
		}
	}()
	interval := sip.T1
	deadline := time.Now().Add(ackLimit)
	for time.Now().Before(deadline) {
		ctx, cancel := context.WithTimeout(context.Background(), interval)
		err := c.WaitConnected(ctx)
		cancel()
		if err == nil || c.State() == Ended {
			return
		}
		if err := c.serverTx.Respond(res); err != nil {
			c.phone.journal.note("%s: 200 again: %v", c, err)
		}
		interval = min(2*interval, sip.T2)
	}
	c.end(Ending{By: Nobody, Reason: "no ACK"})
}

// Reject ends an incoming call that is not answered with a final status.
func (c *Call) Reject(_ context.Context, status int) error {
	c.mu.Lock()
	if !c.incoming || c.state >= Connected {
		state := c.state
		c.mu.Unlock()
		if state == Ended {
			return nil
		}
		return fmt.Errorf("call %s: cannot be rejected: it is %s", c, state)
	}
	c.mu.Unlock()
	if err := c.respond(status, reasonPhrase(status), nil); err != nil {
		if errors.Is(err, sip.ErrTransactionCanceled) {
			// The switch gave the call up at the same moment.
			return nil
		}
		return err
	}
	c.end(Ending{By: Us, Status: status, Reason: "rejected"})
	return nil
}

func reasonPhrase(status int) string {
	phrases := map[int]string{
		302: "Moved Temporarily", 404: "Not Found", 408: "Request Timeout", 480: "Temporarily Unavailable",
		486: "Busy Here", 488: "Not Acceptable Here", 500: "Server Internal Error", 503: "Service Unavailable",
		600: "Busy Everywhere", 603: "Decline",
	}
	if s, ok := phrases[status]; ok {
		return s
	}
	return "Rejected"
}

// Redirect answers an incoming call with 302 to a number of the same domain.
func (c *Call) Redirect(number string) error {
	res := c.response(sip.StatusMovedTemporarily, "Moved Temporarily", nil)
	res.RemoveHeader("Contact")
	res.AppendHeader(&sip.ContactHeader{Address: sip.Uri{Scheme: "sip", User: number, Host: c.phone.cfg.Domain}})
	if err := c.send(res); err != nil {
		return err
	}
	c.end(Ending{By: Us, Status: sip.StatusMovedTemporarily, Reason: "redirected"})
	return nil
}

func (c *Call) respond(status int, reason string, body []byte) error {
	return c.send(c.response(status, reason, body))
}

func (c *Call) send(res *sip.Response) error {
	c.phone.journal.note("%s sends %d", c, res.StatusCode)
	if err := c.serverTx.Respond(res); err != nil {
		return fmt.Errorf("call %s: sending %d: %w", c, res.StatusCode, err)
	}
	return nil
}

func (c *Call) response(status int, reason string, body []byte) *sip.Response {
	res := sip.NewResponseFromRequest(c.invite, status, reason, body)
	c.complete(res, body)
	return res
}

// complete adds tag, contact and content type to a response of the dialogue.
func (c *Call) complete(res *sip.Response, body []byte) {
	if to := res.To(); to != nil {
		to.Params.Remove("tag")
		to.Params.Add("tag", c.localTag)
	}
	res.AppendHeader(c.phone.Contact())
	res.AppendHeader(sip.NewHeader("Allow", allowed))
	if len(body) > 0 {
		res.AppendHeader(sip.NewHeader("Content-Type", contentSDP))
	}
}

func respond(tx sip.ServerTransaction, res *sip.Response) {
	// The switch sends the request again if the response got lost.
	_ = tx.Respond(res)
}

// onReinvite accepts whatever the switch wants to change about the session.
func (c *Call) onReinvite(req *sip.Request, tx sip.ServerTransaction) {
	c.mu.Lock()
	state := c.state
	if contact := req.Contact(); contact != nil {
		c.target = *contact.Address.Clone()
	}
	c.mu.Unlock()
	if state != Connected {
		respond(tx, sip.NewResponseFromRequest(req, sip.StatusRequestPending, "Request Pending", nil))
		return
	}
	body := c.media.offer(c.direction())
	if len(req.Body()) > 0 {
		c.media.connect(req.Body(), c.phone.Behaviour().Sound)
		body = c.media.answer()
		offered := directionOf(req.Body())
		c.mu.Lock()
		c.remoteHeld = offered == sendOnly || offered == inactive
		c.wake()
		c.mu.Unlock()
	}
	res := sip.NewResponseFromRequest(req, sip.StatusOK, "OK", body)
	c.complete(res, body)
	c.phone.journal.note("%s accepts re-INVITE %s", c, directionOf(req.Body()))
	respond(tx, res)
	// The handler stays while a lost ACK could make the 200 be needed again.
	select {
	case <-tx.Acks():
	case <-tx.Done():
	case <-time.After(sip.T1):
	}
}

func (p *Phone) onAck(req *sip.Request, _ sip.ServerTransaction) {
	c := p.call(req)
	if c == nil {
		return
	}
	p.journal.note("%s gets ACK", c)
	if len(req.Body()) > 0 {
		c.media.connect(req.Body(), p.Behaviour().Sound)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.acked {
		c.acked = true
		c.wake()
	}
}

func (p *Phone) onBye(req *sip.Request, tx sip.ServerTransaction) {
	c := p.call(req)
	if c == nil {
		respond(tx, sip.NewResponseFromRequest(req, sip.StatusCallTransactionDoesNotExists, "No such call", nil))
		return
	}
	p.journal.note("%s gets BYE", c)
	respond(tx, sip.NewResponseFromRequest(req, sip.StatusOK, "OK", nil))
	c.end(Ending{By: Them, Reason: reasonOf(req, "BYE")})
}

// onOther answers requests that need no action: INFO, UPDATE, OPTIONS, MESSAGE.
func (p *Phone) onOther(req *sip.Request, tx sip.ServerTransaction) {
	p.journal.note("%s gets %s", p.cfg.User, req.Method)
	c := p.call(req)
	if req.Method != sip.UPDATE || c == nil || len(req.Body()) == 0 {
		respond(tx, sip.NewResponseFromRequest(req, sip.StatusOK, "OK", nil))
		return
	}
	c.media.connect(req.Body(), p.Behaviour().Sound)
	body := c.media.answer()
	res := sip.NewResponseFromRequest(req, sip.StatusOK, "OK", body)
	c.complete(res, body)
	respond(tx, res)
}
