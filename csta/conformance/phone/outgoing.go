package phone

import (
	"cmp"
	"context"
	"fmt"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
	"github.com/google/uuid"
)

// prebuilt tells the SIP library that a request is complete.
func prebuilt(*sipgo.Client, *sip.Request) error { return nil }

// Dial calls a number of the phone's own domain. It returns when the INVITE is
// on its way; what becomes of it is learned from the call's Wait methods.
// headers are added to the INVITE.
func (p *Phone) Dial(ctx context.Context, number string, headers ...sip.Header) (*Call, error) {
	c := newCall(p, false)
	c.id = uuid.NewString()
	c.called, c.caller = number, p.cfg.User
	c.display = p.cfg.DisplayName
	c.local = sip.Uri{Scheme: "sip", User: p.cfg.User, Host: p.cfg.Domain}
	c.remote = sip.Uri{Scheme: "sip", User: number, Host: p.cfg.Domain}
	c.target = c.remote
	var err error
	if c.media, err = newMedia(p.addr.IP, cmp.Or(p.cfg.Tone, usualTone)); err != nil {
		return nil, fmt.Errorf("call %s: %w", c, err)
	}
	req := c.buildLocked(sip.INVITE, c.cseq)
	req.AppendHeader(sip.NewHeader("Content-Type", contentSDP))
	req.AppendHeader(sip.NewHeader("Allow", allowed))
	for _, h := range headers {
		req.AppendHeader(h)
	}
	req.SetBody(c.media.offer(sendRecv))
	c.invite = req
	p.add(c)
	p.journal.note("%s sends INVITE", c)
	// The transaction must outlive ctx: that bounds the sending only.
	tx, err := p.client.TransactionRequest(context.WithoutCancel(ctx), req)
	if err != nil {
		c.end(Ending{By: Nobody, Reason: err.Error()})
		return nil, fmt.Errorf("call %s: INVITE: %w", c, err)
	}
	go c.follow(tx)
	return c, nil
}

// allowed lists the methods the phone understands.
const allowed = "INVITE, ACK, CANCEL, BYE, NOTIFY, INFO, UPDATE, OPTIONS, REFER, MESSAGE"

// follow takes the responses to the INVITE until a final one.
func (c *Call) follow(tx sip.ClientTransaction) {
	challenged := false
	for {
		select {
		case res := <-tx.Responses():
			c.phone.journal.note("%s INVITE answered %d %s", c, res.StatusCode, res.Reason)
			switch {
			case res.IsProvisional():
				c.progress(res)
			case res.IsSuccess():
				c.established(tx, res)
				return
			case !challenged && c.phone.cfg.Password != "" &&
				(res.StatusCode == sip.StatusUnauthorized || res.StatusCode == sip.StatusProxyAuthRequired):
				challenged = true
				next, err := c.authenticate(tx, res)
				if err != nil {
					c.end(Ending{By: Nobody, Status: res.StatusCode, Reason: err.Error()})
					return
				}
				tx = next
			default:
				by := Them
				if c.abandoned() {
					by = Us
				}
				c.end(Ending{By: by, Status: res.StatusCode, Reason: reasonOf(res, res.Reason)})
				return
			}
		case <-tx.Done():
			c.end(Ending{By: Nobody, Reason: fmt.Sprintf("INVITE: %v", tx.Err())})
			return
		}
	}
}

func (c *Call) abandoned() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.givingUp
}

func (c *Call) authenticate(tx sip.ClientTransaction, res *sip.Response) (sip.ClientTransaction, error) {
	// The first transaction may still be sending its request again.
	req := c.invite.Clone()
	req.Laddr = c.invite.Laddr
	req.SetDestination(c.phone.cfg.Proxy)
	next, err := c.phone.client.TransactionDigestAuth(context.Background(), req, res,
		sipgo.DigestAuth{Username: c.phone.cfg.User, Password: c.phone.cfg.Password})
	if err != nil {
		return nil, fmt.Errorf("digest: %w", err)
	}
	c.mu.Lock()
	c.invite = req
	c.cseq = req.CSeq().SeqNo
	c.provisional = false
	c.mu.Unlock()
	return next, nil
}

func (c *Call) progress(res *sip.Response) {
	c.mu.Lock()
	first := !c.provisional
	c.provisional = true
	c.learn(res)
	cancel := first && c.givingUp
	c.mu.Unlock()
	if cancel {
		go func() {
			if err := c.cancel(context.Background()); err != nil {
				c.phone.journal.note("%v", err)
			}
		}()
		return
	}
	switch {
	case len(res.Body()) > 0:
		c.media.connect(res.Body(), c.phone.Behaviour().Sound)
		c.set(Early)
	case res.StatusCode == sip.StatusRinging && c.State() < Ringing:
		c.set(Ringing)
	}
}

// learn takes tag and target of the far end from a response. c.mu is held.
func (c *Call) learn(res *sip.Response) {
	if to := res.To(); to != nil {
		if tag, ok := to.Params.Get("tag"); ok {
			c.remoteTag = tag
		}
	}
	if contact := res.Contact(); contact != nil {
		c.target = *contact.Address.Clone()
	}
}

func (c *Call) established(tx sip.ClientTransaction, res *sip.Response) {
	c.mu.Lock()
	c.learn(res)
	ack := c.buildLocked(sip.ACK, c.invite.CSeq().SeqNo)
	giveUp := c.givingUp
	c.mu.Unlock()
	ack.SetBody(nil)
	tx.OnRetransmission(func(again *sip.Response) {
		if again.IsSuccess() {
			// An error here only means that the switch asks once more.
			_ = c.phone.client.WriteRequest(ack.Clone(), withNewBranch)
		}
	})
	if err := c.phone.client.WriteRequest(ack.Clone(), withNewBranch); err != nil {
		c.end(Ending{By: Nobody, Reason: fmt.Sprintf("ACK: %v", err)})
		return
	}
	c.media.connect(res.Body(), c.phone.Behaviour().Sound)
	c.set(Connected)
	if giveUp {
		if err := c.bye(context.Background()); err != nil {
			c.phone.journal.note("%v", err)
		}
	}
}

// withNewBranch completes a request that goes out beside any transaction.
func withNewBranch(cl *sipgo.Client, req *sip.Request) error {
	return sipgo.ClientRequestBuild(cl, req)
}

// reasonOf is the text of the Reason header, or else.
func reasonOf(m interface{ GetHeader(string) sip.Header }, otherwise string) string {
	if h := m.GetHeader("Reason"); h != nil {
		return h.Value()
	}
	return otherwise
}
