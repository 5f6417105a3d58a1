package phone

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
)

// State is a call's, as its phone sees it.
type State uint8

const (
	// Calling: dialled, nothing heard from the far end yet.
	Calling State = iota
	// Ringing: incoming and presented, or outgoing and 180 received.
	Ringing
	// Early: 183 with a session description was sent or received.
	Early
	// Connected: answered.
	Connected
	// Ended: see Ending.
	Ended
)

var stateNames = [...]string{"calling", "ringing", "early media", "connected", "ended"}

func (s State) String() string { return stateNames[s] }

// Party names who ended a call.
type Party uint8

const (
	// Nobody: the call has not ended, or ended by a failure.
	Nobody Party = iota
	// Us: this phone hung up, rejected or gave up.
	Us
	// Them: the switch did.
	Them
)

// Ending says how a call ended.
type Ending struct {
	By Party
	// Status is the SIP status that ended the set-up; 0 after BYE or CANCEL.
	Status int
	// Reason is the text of the Reason header or of the status line.
	Reason string
}

// Call is one dialogue of a phone.
type Call struct {
	phone    *Phone
	id       string
	incoming bool
	localTag string
	received time.Time
	// number counts the phone's calls.
	number int
	// caller is the user part of From, called that of the request URI.
	caller, called string

	// invite and its transaction; client calls may replace it (digest).
	invite   *sip.Request
	serverTx sip.ServerTransaction
	media    *media

	mu          sync.Mutex
	changed     chan struct{}
	state       State
	ending      Ending
	remoteTag   string
	local       sip.Uri
	remote      sip.Uri
	target      sip.Uri
	display     string
	cseq        uint32
	provisional bool
	givingUp    bool
	held        bool
	remoteHeld  bool
	acked       bool
	transfer    int
	finalSent   chan struct{}
}

func newCall(p *Phone, incoming bool) *Call {
	return &Call{
		phone: p, incoming: incoming,
		localTag:  sip.GenerateTagN(12),
		changed:   make(chan struct{}),
		finalSent: make(chan struct{}),
		cseq:      1,
	}
}

// ID is the SIP Call-ID.
func (c *Call) ID() string { return c.id }

// Received is when the INVITE of an incoming call came.
func (c *Call) Received() time.Time { return c.received }

// Incoming tells whether the switch called the phone.
func (c *Call) Incoming() bool { return c.incoming }

// Caller is the calling party's number as shown by From.
func (c *Call) Caller() string { return c.caller }

// Called is the number that was called.
func (c *Call) Called() string { return c.called }

// State is the call's state now.
func (c *Call) State() State {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state
}

// Ending tells how it ended; meaningful once State is Ended.
func (c *Call) Ending() Ending {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ending
}

// RemotelyHeld tells whether the switch has put the phone on hold (its last
// session description was sendonly or inactive).
func (c *Call) RemotelyHeld() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.remoteHeld
}

// Held tells whether the phone holds the far end.
func (c *Call) Held() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.held
}

// PacketsReceived counts RTP packets heard in this call.
func (c *Call) PacketsReceived() uint64 { return c.media.received.Load() }

// Amplitude is how loud a tone of that frequency has been in the last 200 ms, as
// the amplitude of a sine of 16-bit samples; 0 if nothing was heard.
func (c *Call) Amplitude(hertz int) float64 { return c.media.amplitude(hertz) }

// DigitsReceived are the RFC 4733 digits heard in this call.
func (c *Call) DigitsReceived() string { return c.media.digits() }

// wake tells waiters that something changed. The caller holds c.mu.
func (c *Call) wake() {
	close(c.changed)
	c.changed = make(chan struct{})
}

func (c *Call) set(s State) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == Ended || c.state == s {
		return
	}
	c.state = s
	c.wake()
}

func (c *Call) end(e Ending) {
	c.mu.Lock()
	if c.state == Ended {
		c.mu.Unlock()
		return
	}
	c.state, c.ending = Ended, e
	c.wake()
	select {
	case <-c.finalSent:
	default:
		close(c.finalSent)
	}
	c.mu.Unlock()
	c.phone.journal.note("%s ended by %d %d %s", c, e.By, e.Status, e.Reason)
	c.media.close()
	c.phone.remove(c)
}

func (c *Call) String() string {
	if c.incoming {
		return fmt.Sprintf("%s<-%s", c.phone.cfg.User, c.caller)
	}
	return fmt.Sprintf("%s->%s", c.phone.cfg.User, c.called)
}

// wait blocks until met is true. The function is called with c.mu held.
func (c *Call) wait(ctx context.Context, what string, met func() (bool, error)) error {
	for {
		c.mu.Lock()
		ok, err := met()
		changed, state, ending := c.changed, c.state, c.ending
		c.mu.Unlock()
		if err != nil {
			return fmt.Errorf("call %s: waiting for %s: %w", c, what, err)
		}
		if ok {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("call %s: waiting for %s, but it is %s (%d %s): %w",
				c, what, state, ending.Status, ending.Reason, ctx.Err())
		}
	}
}

func (c *Call) endedError() error {
	return fmt.Errorf("it ended: %d %s", c.ending.Status, c.ending.Reason)
}

// WaitRinging waits until the far end rings (outgoing) or the phone rings
// (incoming). A call that has got further counts too.
func (c *Call) WaitRinging(ctx context.Context) error {
	return c.wait(ctx, "ringing", func() (bool, error) {
		if c.state == Ended {
			return false, c.endedError()
		}
		return c.state >= Ringing, nil
	})
}

// WaitConnected waits until the call is answered.
func (c *Call) WaitConnected(ctx context.Context) error {
	return c.wait(ctx, "answer", func() (bool, error) {
		if c.state == Ended {
			return false, c.endedError()
		}
		return c.state == Connected && (!c.incoming || c.acked), nil
	})
}

// WaitEnded waits until the call is over and tells how it ended.
func (c *Call) WaitEnded(ctx context.Context) (Ending, error) {
	err := c.wait(ctx, "its end", func() (bool, error) { return c.state == Ended, nil })
	return c.Ending(), err
}

// WaitRemoteHold waits until the switch holds (or no longer holds) the phone.
func (c *Call) WaitRemoteHold(ctx context.Context, held bool) error {
	return c.wait(ctx, fmt.Sprintf("held=%t", held), func() (bool, error) {
		if c.state == Ended {
			return false, c.endedError()
		}
		return c.remoteHeld == held, nil
	})
}

// HangUp ends the call in the way its state asks for: CANCEL, 486 or BYE. It
// returns when the switch has confirmed; a call that has ended is no error.
func (c *Call) HangUp(ctx context.Context) error {
	c.mu.Lock()
	state, provisional := c.state, c.provisional
	if !c.incoming && state < Connected {
		c.givingUp = true
	}
	c.mu.Unlock()
	switch {
	case state == Ended:
		return nil
	case state == Connected:
		return c.bye(ctx)
	case c.incoming:
		return c.Reject(ctx, sip.StatusBusyHere)
	case provisional:
		if err := c.cancel(ctx); err != nil {
			return err
		}
	}
	// Without a provisional response CANCEL would be illegal (RFC 3261 9.1):
	// the response handler sends it when the first one comes.
	_, err := c.WaitEnded(ctx)
	return err
}

func (c *Call) cancel(ctx context.Context) error {
	c.mu.Lock()
	invite := c.invite
	c.mu.Unlock()
	req := sip.NewRequest(sip.CANCEL, *invite.Recipient.Clone())
	for _, h := range []sip.Header{invite.Via(), invite.From(), invite.To(), invite.CallID()} {
		req.AppendHeader(sip.HeaderClone(h))
	}
	req.AppendHeader(&sip.CSeqHeader{SeqNo: invite.CSeq().SeqNo, MethodName: sip.CANCEL})
	hops := sip.MaxForwardsHeader(70)
	req.AppendHeader(&hops)
	req.SetBody(nil)
	req.Laddr = invite.Laddr
	req.SetDestination(invite.Destination())
	c.phone.journal.note("%s sends CANCEL", c)
	res, err := c.phone.client.Do(ctx, req, prebuilt)
	if err != nil {
		return fmt.Errorf("call %s: CANCEL: %w", c, err)
	}
	// 481: the call was answered or ended at the same moment.
	if res.StatusCode != sip.StatusOK && res.StatusCode != sip.StatusCallTransactionDoesNotExists {
		return fmt.Errorf("call %s: CANCEL was answered %d %s", c, res.StatusCode, res.Reason)
	}
	return nil
}

func (c *Call) bye(ctx context.Context) error {
	if c.incoming {
		// A BYE before the ACK would be legal from the caller only.
		if err := c.WaitConnected(ctx); err != nil {
			if c.State() == Ended {
				return nil
			}
			return err
		}
	}
	// A switch that hangs up at the same moment may not answer any more.
	waiting, over := context.WithCancel(ctx)
	defer over()
	go func() {
		_, _ = c.WaitEnded(waiting)
		over()
	}()
	res, err := c.request(waiting, sip.BYE, "", nil)
	if err != nil {
		if c.State() == Ended {
			return nil
		}
		return fmt.Errorf("call %s: BYE: %w", c, err)
	}
	c.end(Ending{By: Us, Reason: fmt.Sprintf("BYE answered %d", res.StatusCode)})
	return nil
}

// request sends a request within the dialogue and returns its final response.
func (c *Call) request(ctx context.Context, method sip.RequestMethod, contentType string, body []byte, headers ...sip.Header) (*sip.Response, error) {
	req := c.build(method)
	for _, h := range headers {
		req.AppendHeader(h)
	}
	if contentType != "" {
		req.AppendHeader(sip.NewHeader("Content-Type", contentType))
	}
	req.SetBody(body)
	c.phone.journal.note("%s sends %s", c, method)
	res, err := c.phone.client.Do(ctx, req)
	if err != nil {
		return nil, err
	}
	c.phone.journal.note("%s %s answered %d %s", c, method, res.StatusCode, res.Reason)
	return res, nil
}

// build makes a request of the dialogue with the next sequence number.
func (c *Call) build(method sip.RequestMethod) *sip.Request {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cseq++
	return c.buildLocked(method, c.cseq)
}

func (c *Call) buildLocked(method sip.RequestMethod, seq uint32) *sip.Request {
	req := sip.NewRequest(method, *c.target.Clone())
	from := &sip.FromHeader{DisplayName: c.display, Address: *c.local.Clone()}
	from.Params.Add("tag", c.localTag)
	to := &sip.ToHeader{Address: *c.remote.Clone()}
	if c.remoteTag != "" {
		to.Params.Add("tag", c.remoteTag)
	}
	id := sip.CallIDHeader(c.id)
	req.AppendHeader(from)
	req.AppendHeader(to)
	req.AppendHeader(&id)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: seq, MethodName: method})
	req.AppendHeader(c.phone.Contact())
	req.SetDestination(c.phone.cfg.Proxy)
	return req
}

// ackLimit bounds how long the phone repeats its 200 to an INVITE (RFC 3261
// 13.3.1.4).
const ackLimit = 10 * time.Second
