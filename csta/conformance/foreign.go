package conformance

import (
	"context"
	"errors"
	"fmt"
	"time"

	"mod_csta_socket/csta/conformance/baresip"
	"mod_csta_socket/csta/conformance/freeswitch"
)

// errForeign: a telephone of others does not do that, or not on request. A
// scenario that needs it is skipped.
var errForeign = errors.New("baresip does not do that")

// foreignPhone is a telephone that nobody here wrote, in a scenario.
type foreignPhone struct{ *baresip.Phone }

// foreignPhone is the baresip of a subscriber, started at its first use.
func (r *Real) foreignPhone(ctx context.Context, device string) (Phone, error) {
	p := r.foreign[device]
	if p == nil {
		name := user(device)
		subscriber, known := r.Switch.User(name, freeswitch.Domain)
		if !known {
			return nil, fmt.Errorf("%s is not in the directory", device)
		}
		made, err := baresip.New(ctx, baresip.Config{
			User: name, Domain: freeswitch.Domain, Password: subscriber.Password,
			Proxy: r.Switch.Proxy(freeswitch.Domain), Tone: toneOf(device),
		})
		if err != nil {
			return nil, err
		}
		p = &foreignPhone{made}
		r.foreign[device] = p
	}
	p.ForgetIncoming()
	return p, nil
}

func (p *foreignPhone) Unregister(context.Context) error { return errForeign }

func (p *foreignPhone) RegisterFor(context.Context, time.Duration) error { return errForeign }

// Behave takes only what baresip does anyway: it rings, and it speaks.
func (p *foreignPhone) Behave(b Behaviour) error {
	b.Speaks = false
	if b != (Behaviour{}) {
		return errForeign
	}
	return nil
}

func (p *foreignPhone) Dial(ctx context.Context, number string) (Line, error) {
	if p.Busy() {
		// The driver knows one call at a time.
		return nil, errForeign
	}
	c, err := p.Phone.Dial(ctx, number)
	if err != nil {
		return nil, err
	}
	return foreignLine{c}, nil
}

func (p *foreignPhone) Rings(ctx context.Context) (Line, error) {
	c, err := p.WaitIncoming(ctx)
	if err != nil {
		return nil, err
	}
	return foreignLine{c}, nil
}

func (p *foreignPhone) SubscribeFeatures(context.Context) error { return errForeign }

func (p *foreignPhone) PressFeatureKey(context.Context, FeatureKey) error { return errForeign }

func (p *foreignPhone) FeatureLamps() (FeatureLamps, int) { return nil, 0 }

type foreignLine struct{ *baresip.Call }

func (l foreignLine) Reject(context.Context, int) error { return errForeign }

func (l foreignLine) Redirect(context.Context, string) error { return errForeign }

func (l foreignLine) Digit(context.Context, rune) error { return errForeign }

func (l foreignLine) DigitByMedia(context.Context, rune) error { return errForeign }

func (l foreignLine) AttendedTransfer(context.Context, Line) error { return errForeign }
