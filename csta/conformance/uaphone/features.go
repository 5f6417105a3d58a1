package uaphone

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/emiago/sipgo/sip"

	"mod_csta_socket/csta/ecma"
)

// DoNotDisturb is what the display says of it.
func (p *Phone) DoNotDisturb() bool { p.mu.Lock(); defer p.mu.Unlock(); return p.dnd }

// Forwarding is what the display says of one kind of forwarding.
func (p *Phone) Forwarding(kind ecma.ForwardingType) ecma.ForwardListItem {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range p.forwarding {
		if f.ForwardingType == kind {
			return f
		}
	}
	return ecma.ForwardListItem{ForwardingType: kind}
}

// feature serves a request that is about no call. p.mu is held.
func (p *Phone) feature(m ecma.Message, idle bool) (ecma.Message, []ecma.Event) {
	self := ecma.Device(ecma.Subscriber(p.Name()))
	switch m := m.(type) {
	case *ecma.SetDoNotDisturb:
		if !idle {
			p.dnd = m.DoNotDisturbOn
		}
		return &ecma.SetDoNotDisturbResponse{}, []ecma.Event{&ecma.DoNotDisturbEvent{Device: self, DoNotDisturbOn: m.DoNotDisturbOn}}
	case *ecma.GetDoNotDisturb:
		return &ecma.GetDoNotDisturbResponse{DoNotDisturbOn: p.dnd}, nil
	case *ecma.SetForwarding:
		f := ecma.ForwardListItem{ForwardingType: m.ForwardingType, ForwardStatus: m.ActivateForward, ForwardDN: m.ForwardDN, RingCount: m.RingCount}
		if !idle {
			p.forward(f)
		}
		return &ecma.SetForwardingResponse{}, []ecma.Event{forwardingEvent(self, f)}
	case *ecma.GetForwarding:
		return &ecma.GetForwardingResponse{ForwardingList: slices.Clone(p.forwarding)}, nil
	}
	return ecma.ErrServiceNotSupported, nil
}

func (p *Phone) forward(f ecma.ForwardListItem) {
	p.forwarding = slices.DeleteFunc(p.forwarding, func(o ecma.ForwardListItem) bool { return o.ForwardingType == f.ForwardingType })
	p.forwarding = append(p.forwarding, f)
}

func forwardingEvent(self ecma.ExtendedDevice, f ecma.ForwardListItem) *ecma.ForwardingEvent {
	return &ecma.ForwardingEvent{Device: self, ForwardingType: f.ForwardingType, ForwardStatus: f.ForwardStatus, ForwardTo: f.ForwardDN, RingCount: f.RingCount}
}

// told takes what a phone without sessions shows of its server's state. ok is
// false if it is no such event.
func (p *Phone) told(m ecma.Message) (ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := m.(type) {
	case *ecma.DoNotDisturbEvent:
		p.dnd = e.DoNotDisturbOn
	case *ecma.ForwardingEvent:
		p.forward(ecma.ForwardListItem{ForwardingType: e.ForwardingType, ForwardStatus: e.ForwardStatus, ForwardDN: e.ForwardTo, RingCount: e.RingCount})
	default:
		return false
	}
	return true
}

// Serves says where the server is that a phone without sessions asks: host:port.
func (p *Phone) Serves(server string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.server = server
}

// PressDoNotDisturb is the user's key. A phone with sessions tells of it; one
// without asks its server.
func (p *Phone) PressDoNotDisturb(on bool) error {
	return p.press(&ecma.SetDoNotDisturb{Device: ecma.Subscriber(p.Name()), DoNotDisturbOn: on})
}

// PressForwarding is the user's key for one kind of forwarding.
func (p *Phone) PressForwarding(f ecma.ForwardListItem) error {
	return p.press(&ecma.SetForwarding{
		Device: ecma.Subscriber(p.Name()), ForwardingType: f.ForwardingType, ActivateForward: f.ForwardStatus, ForwardDN: f.ForwardDN, RingCount: f.RingCount,
	})
}

func (p *Phone) press(m ecma.Message) error {
	if p.profile.Notify {
		answer, err := p.AskServer(m)
		if err != nil {
			return err
		}
		if refusal, refused := answer.(*ecma.Error); refused {
			return refusal
		}
	}
	p.mu.Lock()
	_, events := p.feature(m, false)
	p.mu.Unlock()
	for _, e := range events {
		p.Tell(e)
	}
	return nil
}

// AskServer sends a request outside of any session, by NOTIFY, and returns what
// the server answers.
func (p *Phone) AskServer(m ecma.Message) (ecma.Message, error) {
	p.mu.Lock()
	server := p.server
	p.mu.Unlock()
	if server == "" {
		return nil, errors.New("the phone knows no server to ask")
	}
	req := sip.NewRequest(sip.NOTIFY, sip.Uri{})
	if err := sip.ParseUri("sip:"+server, &req.Recipient); err != nil {
		return nil, err
	}
	record := sip.Uri{Scheme: "sip", User: p.cfg.User, Host: p.cfg.Domain}
	from := &sip.FromHeader{Address: record}
	from.Params.Add("tag", sip.GenerateTagN(12))
	req.AppendHeader(from)
	req.AppendHeader(&sip.ToHeader{Address: record})
	req.AppendHeader(p.Contact())
	req.AppendHeader(sip.NewHeader("Event", "uaCSTA"))
	req.AppendHeader(sip.NewHeader("Subscription-State", "active"))
	req.AppendHeader(sip.NewHeader("Content-Type", contentCSTA))
	req.SetBody(p.document(m))
	req.SetDestination(server)
	ctx, cancel := context.WithTimeout(context.Background(), sendTime)
	defer cancel()
	res, err := p.Do(ctx, req)
	if err != nil {
		return nil, err
	}
	return p.answered(m, res)
}

// AskSession sends a request of the phone's own to the application, in one
// of its sessions.
func (p *Phone) AskSession(m ecma.Message) (ecma.Message, error) {
	sessions := p.sessions()
	if len(sessions) == 0 {
		return nil, errors.New("the phone has no session")
	}
	d := sessions[0]
	p.mu.Lock()
	d.cseq++
	seq := d.cseq
	p.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), sendTime)
	defer cancel()
	res, err := p.client(d.network).Do(ctx, p.build(d, sip.INFO, seq, p.document(m)))
	if err != nil {
		return nil, err
	}
	return p.answered(m, res)
}

// answered reads the answer to a request of the phone's own.
func (p *Phone) answered(m ecma.Message, res *sip.Response) (ecma.Message, error) {
	p.Note("%s: %s answered %d %s", p.cfg.User, m.Element(), res.StatusCode, res.Body())
	if res.StatusCode != sip.StatusOK || !strings.HasPrefix(header(res, "Content-Type"), contentCSTA) {
		return nil, fmt.Errorf("%s is answered with %d", m.Element(), res.StatusCode)
	}
	answer, _, err := ecma.DecodeVerbatim(res.Body())
	return answer, err
}
